// Bench compares topologies with programs that a good Go programmer would write by hand for the same job.
//
//	go run ./testdata/bench                     everything: a quarter of an hour
//	go run ./testdata/bench -size 10 -tuples 5 -runs 3    a quick look, of which the start of the processes is much
//	go run ./testdata/bench -only wordcount,unique
//
// Both sides do the same work: read the file, split at Unicode white space, lower-case, count, print the table
// sorted; what they print is compared. Programs run as whole processes, in turns, forwards and backwards, so that
// a machine that slows down slows all of them; a ratio is the median of the rounds' ratios to the bar. The bar runs
// twice a round: the ratio of its second run to its first is what this machine's noise alone makes. At the end stands one table with all ratios and what
// they are to be. Nothing else should run on the machine.
//
// The folder is called testdata so that no build or test of the module includes it.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// settings are what the command line says.
type settings struct {
	size   int // megabytes of text
	tuples int // millions of tuples
	runs   int
	only   string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "baseline" {
		// This process is one of the hand-written programs.
		if err := runBaseline(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	var s settings
	flag.IntVar(&s.size, "size", 100, "megabytes of text to count the words of")
	flag.IntVar(&s.tuples, "tuples", 50, "millions of tuples to send through null and id")
	flag.IntVar(&s.runs, "runs", 7, "rounds; medians are shown")
	flag.StringVar(&s.only, "only", "", "run some comparisons: "+names(",")+",latency")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench runs the comparisons that were asked for.
func bench(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "topo-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	built, err := newBinaries(ctx, dir)
	if err != nil {
		return err
	}
	wanted := func(name string) bool {
		return s.only == "" || slices.Contains(strings.Split(s.only, ","), name)
	}
	var done []*comparison
	for _, of := range comparisons {
		if !wanted(of.name) {
			continue
		}
		c, err := of.make(s, built)
		if err := cmp.Or(err, built.failed); err != nil {
			return err
		}
		c.name = of.name
		if err := c.run(ctx, s.runs); err != nil {
			return err
		}
		c.print(os.Stdout)
		done = append(done, c)
	}
	var late *latencies
	if wanted("latency") {
		binary := built.topo("latency")
		if built.failed != nil {
			return built.failed
		}
		if late, err = measureLatency(ctx, binary); err != nil {
			return err
		}
	}
	summary(os.Stdout, done, late)
	return nil
}

// names are those of the comparisons.
func names(between string) string {
	var all []string
	for _, c := range comparisons {
		all = append(all, c.name)
	}
	return strings.Join(all, between)
}
