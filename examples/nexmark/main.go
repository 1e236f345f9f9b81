// Nexmark runs the queries that a program by hand answers, too, each on one core, and prints how many events both take in a second of processor time.
//
//	go run ./examples/nexmark                    two million events, five rounds
//	go run ./examples/nexmark -events 200000 -runs 3
//	go run ./examples/nexmark -only q5
//
// Whole processes run in turns, and what they write is compared; a ratio is the median of the rounds' ratios. Both make the events themselves, with the same generator, which
// is a good part of the work: "events only" says how much.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/topo-lang/topo/stdlib/nexmark"
)

var queries = []string{"q0", "q1", "q2", "q5", "q7", "q8"}

// rateOf is how many events a second a query's topology makes.
func rateOf(query string) int64 {
	if query < "q3" {
		return 10_000
	}
	return 1_000
}

func main() {
	if len(os.Args) == 5 && os.Args[1] == "by-hand" {
		events, err := strconv.ParseInt(os.Args[3], 10, 64)
		if err == nil && os.Args[2] == "events" {
			err = each(&nexmark.Bids{Events: events, Seed: seed, Rate: 1_000, Start: start}, func(*nexmark.BidsRow) {})
		} else if err == nil {
			err = byHand(os.Args[2], events, os.Args[4])
		}
		exit(err)
		return
	}
	events := flag.Int64("events", 2_000_000, "how many events")
	runs := flag.Int("runs", 5, "rounds; medians are shown")
	only := flag.String("only", "", "run one query: "+strings.Join(queries, ", "))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(compare(ctx, *events, max(1, *runs), *only))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "nexmark:", err)
		os.Exit(1)
	}
}

// compare runs what was asked for.
func compare(ctx context.Context, events int64, runs int, only string) error {
	if only != "" && !slices.Contains(queries, only) {
		return fmt.Errorf("nobody does %q by hand; there are %s", only, strings.Join(queries, ", "))
	}
	dir, err := os.MkdirTemp("", "topo-nexmark-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	topoc := filepath.Join(dir, "topoc")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", topoc, "github.com/topo-lang/topo/cmd/topoc").CombinedOutput(); err != nil {
		return fmt.Errorf("run this inside the repository: %w\n%s", err, out)
	}
	here, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "github.com/topo-lang/topo/examples/nexmark").Output()
	if err != nil {
		return err
	}
	n := strconv.FormatInt(events, 10)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\ttopo, M events/s\tby hand\ttime, by hand = 1\t\n")
	if only == "" {
		took, err := spent(ctx, self, "by-hand", "events", n, "-")
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "events only\t\t%.2f\t\t\n", float64(events)/1e6/took.Seconds())
	}
	for _, query := range queries {
		if only != "" && query != only {
			continue
		}
		binary := filepath.Join(dir, query)
		build := exec.CommandContext(ctx, topoc, "build", "--guarantee", "none", "-o", binary, filepath.Join(strings.TrimSpace(string(here)), query+".topo"))
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		ours, theirs := filepath.Join(dir, query+".tsv"), filepath.Join(dir, query+".byhand.tsv")
		var a, b []time.Duration
		for round := range runs + 1 {
			topo, err := spent(ctx, binary, "run", "--events", n, "--out", ours)
			if err != nil {
				return err
			}
			hand, err := spent(ctx, self, "by-hand", query, n, theirs)
			if err != nil {
				return err
			}
			if round == 0 { // which warms the caches
				if err := same(ours, theirs); err != nil {
					return fmt.Errorf("%s: %w", query, err)
				}
				continue
			}
			a, b = append(a, topo), append(b, hand)
		}
		ratios := make([]float64, runs)
		for i := range a {
			ratios[i] = a[i].Seconds() / b[i].Seconds()
		}
		slices.Sort(ratios)
		rate := func(all []time.Duration) float64 {
			slices.Sort(all)
			return float64(events) / 1e6 / all[runs/2].Seconds()
		}
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.2f\t\n", query, rate(a), rate(b), ratios[runs/2])
	}
	return table.Flush()
}

// spent runs a command on one core, and returns the processor time that it took.
func spent(ctx context.Context, name string, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// same compares the lines of two files, in whatever order they are.
func same(a, b string) error {
	var lines [2][][]byte
	for i, name := range []string{a, b} {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines[i] = bytes.Split(text, []byte("\n"))
		slices.SortFunc(lines[i], bytes.Compare)
	}
	if !slices.EqualFunc(lines[0], lines[1], bytes.Equal) {
		return fmt.Errorf("the topology and the program by hand write different lines: %d and %d", len(lines[0]), len(lines[1]))
	}
	return nil
}
