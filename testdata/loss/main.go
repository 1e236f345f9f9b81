// Loss kills the processes of a running topology with SIGKILL, at random, and looks afterwards whether every tuple has
// reached the sink.
//
//	go run ./testdata/loss                         200 kills, workers over NATS
//	go run ./testdata/loss -workers 1              the same in one process
//	go run ./testdata/loss -guarantee none         the negative control: it must find losses
//	go run ./testdata/loss -source file -workers 1    a file, whose reader goes on where the store says
//	go run ./testdata/loss -source stdin -workers 1   a standard input with a log in front of it: see stdin.go
//	go run ./testdata/loss -source http -workers 1    clients that post, and know what was accepted; with -guarantee none they are answered too early
//	go run ./testdata/loss -seed 7 -kills 20       another order of events
//
// The source numbers its tuples, so what is missing from the file is lost, and what stands in it twice came again. A worker is killed and
// the rest goes on; or the process that all was started from, with the embedded server in it, and then the test starts it again on the same store.
//
// The folder is called testdata so that no build or test of the module includes it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// settings are what the command line says.
type settings struct {
	kills     int
	workers   int
	tuples    int // of one run; there are as many runs as the kills need
	guarantee string
	binary    string // "": it is built first
	source    string
	seed      uint64
	pause     time.Duration // the longest time between two kills
	out       func(format string, args ...any)
}

// mostTuples is how many tuples a run may have.
const mostTuples = 1 << 30

// mostMore is how many more runs a control gets that has found nothing.
const mostMore = 20

func main() {
	s := settings{out: func(format string, args ...any) { fmt.Printf(format+"\n", args...) }}
	flag.IntVar(&s.kills, "kills", 200, "how many processes to kill")
	flag.IntVar(&s.workers, "workers", 3, "worker processes; 1: all in one process, over memory")
	flag.IntVar(&s.tuples, "tuples", 10_000_000, "tuples of each run")
	flag.StringVar(&s.guarantee, "guarantee", "at-least-once", "at-least-once; or none, which must lose")
	flag.StringVar(&s.binary, "binary", "", "the topology, where it has been built already")
	flag.StringVar(&s.source, "source", "numbers", "numbers, that the process makes itself; file; stdin or http, which are durable")
	flag.Uint64Var(&s.seed, "seed", 1, "of the order of events")
	flag.DurationVar(&s.pause, "pause", 400*time.Millisecond, "the longest time between two kills")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := loss(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "loss:", err)
		os.Exit(1)
	}
}

// kills runs the topology of a source to its end, killing on the way.
var kills = map[string]func(ctx context.Context, s settings, binary, dir string, round, kills int) (found, error){
	"": kill, "numbers": kill, "file": kill, "stdin": killStdin, "http": killHTTP,
}

// loss builds the topology, kills as often as asked, and fails where what was found is not what the guarantee promises.
func loss(ctx context.Context, s settings) error {
	if kills[s.source] == nil {
		return fmt.Errorf("-source %s is none", s.source)
	}
	dir, err := os.MkdirTemp("", "topo-loss-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := s.binary
	if binary == "" {
		binary = filepath.Join(dir, "loss")
		if err := build(ctx, s, binary); err != nil {
			return err
		}
	}
	var all found
	// A kill may fall where nothing was under way: the control goes on until one has not, for some time.
	for round, more := 0, 0; all.kills < s.kills || s.guarantee == "none" && all.lost == 0 && more < mostMore; round++ {
		budget := s.kills - all.kills
		if budget <= 0 {
			budget, more = s.kills, more+1
		}
		one, err := kills[s.source](ctx, s, binary, filepath.Join(dir, fmt.Sprint(round)), round, budget)
		if err != nil {
			return fmt.Errorf("run %d: %w", round, err)
		}
		s.out("run %d: %s", round, one)
		if one.kills == 0 {
			// The machine was quicker than the one whose kills are waited for: give it more to do.
			if s.tuples *= 4; s.tuples > mostTuples {
				return fmt.Errorf("run %d ended before anything was killed", round)
			}
			s.out("it ended before anything was killed: %d tuples from now on", s.tuples)
		}
		all.add(one)
	}
	s.out("in all: %s", all)
	switch {
	case s.guarantee == "none" && all.lost == 0:
		return fmt.Errorf("the negative control found no loss: this test shows nothing")
	case s.guarantee != "none" && all.lost > 0:
		return fmt.Errorf("%d tuples were lost", all.lost)
	}
	return nil
}
