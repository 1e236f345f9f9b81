// Perf runs Storm's benchmark topologies, and for most of them a program that does the same by hand, and prints a table.
//
//	go run ./examples/perf                      everything
//	go run ./examples/perf -size 0.1 -runs 3    a quick look
//	go run ./examples/perf -only json
//
// Whole processes run in turns, topology and program by hand, and what they print is compared; a ratio is the median of the rounds' ratios. A
// topology that measures latencies says them itself: they count from when a tuple should have been there.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	if len(os.Args) > 3 && os.Args[1] == "by-hand" {
		if err := byHand(os.Args[2], os.Args[3], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "perf:", err)
			os.Exit(1)
		}
		return
	}
	size := flag.Float64("size", 1, "how much work, as a factor")
	runs := flag.Int("runs", 5, "rounds; medians are shown")
	only := flag.String("only", "", "run one topology: "+strings.Join(names(), ", "))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := perf(ctx, os.Stdout, *size, *runs, *only); err != nil {
		fmt.Fprintln(os.Stderr, "perf:", err)
		os.Exit(1)
	}
}

// subject is a topology to run.
type subject struct {
	name  string
	title string
	flag  string // what it is given
	units int    // at size 1: its value, or the lines of the file that is made for it
	made  func(w io.Writer, lines int) error
	hand  bool // there is a program that does it by hand
	times bool // it prints latencies
}

var subjects = []subject{
	{name: "null", title: "source -> null", flag: "tuples", units: 20_000_000, hand: true},
	{name: "id", title: "source -> id -> null", flag: "tuples", units: 20_000_000, hand: true},
	{name: "words", title: "word count of a file, a line", flag: "input", units: 1_000_000, made: textLines, hand: true},
	{name: "simple", title: "word count of made-up text, a line", flag: "lines", units: 1_000_000, hand: true},
	{name: "json", title: "JSON lines -> records -> map, filter", flag: "input", units: 2_000_000, made: jsonLines, hand: true},
	{name: "backpressure", title: "a slow step holds a fast source back", flag: "tuples", units: 200_000, hand: true},
	{name: "low", title: "a tuple each 10 ms", flag: "tuples", units: 300, hand: true, times: true},
	{name: "latency", title: "100,000 lines a second", flag: "tuples", units: 500_000, hand: true, times: true},
}

func names() []string {
	var all []string
	for _, s := range subjects {
		all = append(all, s.name)
	}
	return all
}

// perf runs what was asked for.
func perf(ctx context.Context, out io.Writer, size float64, runs int, only string) error {
	if only != "" && !slices.Contains(names(), only) {
		return fmt.Errorf("no topology is called %s; there are %s", only, strings.Join(names(), ", "))
	}
	dir, err := os.MkdirTemp("", "topo-perf-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	topoc := filepath.Join(dir, "topoc")
	if err := execute(ctx, "go", "build", "-o", topoc, "github.com/topo-lang/topo/cmd/topoc"); err != nil {
		return fmt.Errorf("run this inside the repository: %w", err)
	}
	here, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "github.com/topo-lang/topo/examples/perf").Output()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "ns\tby hand\tratio\tM/s\t\n")
	var latencies bytes.Buffer
	for _, s := range subjects {
		if only != "" && s.name != only {
			continue
		}
		binary := filepath.Join(dir, s.name)
		if err := execute(ctx, topoc, "build", "-o", binary, filepath.Join(strings.TrimSpace(string(here)), s.name+".topo")); err != nil {
			return err
		}
		units := max(1, int(float64(s.units)*size))
		input := strconv.Itoa(units)
		if s.made != nil {
			input = filepath.Join(dir, s.name+".txt")
			if err := write(input, units, s.made); err != nil {
				return err
			}
		}
		fmt.Fprintf(os.Stderr, "%s ...\n", s.name)
		ours, theirs, printed, byHand, err := rounds(ctx, runs, []string{binary, "run", "--" + s.flag, input}, []string{self, "by-hand", s.name, input}, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if s.times {
			fmt.Fprintf(&latencies, "\n%s: %s\n%sby hand\n%s", s.name, s.title, printed, byHand)
			continue
		}
		each := float64(median(ours)) / float64(units)
		hand, ratio := "", ""
		if s.hand {
			hand = fmt.Sprintf("%.1f", float64(median(theirs))/float64(units))
			ratio = fmt.Sprintf("%.2f", medianRatio(ours, theirs))
		}
		fmt.Fprintf(table, "%.1f\t%s\t%s\t%.2f\t  %s: %s\n", each, hand, ratio, 1e3/each, s.name, s.title)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = latencies.WriteTo(out)
	return err
}

// rounds runs the topology and the program by hand in turns; the first round warms the caches and is not counted.
func rounds(ctx context.Context, runs int, topo, hand []string, s subject) (ours, theirs []time.Duration, printed, byHand string, err error) {
	if s.times {
		runs = 0 // it takes the time that its rate says
	}
	for round := range runs + 1 {
		took, text, err := timed(ctx, topo)
		if err != nil {
			return nil, nil, "", "", err
		}
		printed = text
		if round > 0 {
			ours = append(ours, took)
		}
		if !s.hand {
			continue
		}
		took, text, err = timed(ctx, hand)
		if err != nil {
			return nil, nil, "", "", err
		}
		byHand = text
		if text != printed && !s.times {
			return nil, nil, "", "", fmt.Errorf("the topology and the program by hand print different things:\n%.200s\n%.200s", printed, text)
		}
		if round > 0 {
			theirs = append(theirs, took)
		}
	}
	return ours, theirs, printed, byHand, nil
}

func timed(ctx context.Context, command []string) (time.Duration, string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	begun := time.Now()
	err := cmd.Run()
	return time.Since(begun), out.String(), err
}

func execute(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

func medianRatio(ours, theirs []time.Duration) float64 {
	if len(ours) == 0 {
		return 0
	}
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = float64(ours[i]) / float64(theirs[i])
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
