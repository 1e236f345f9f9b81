// Crash kills a topology that is exactly-once, with SIGKILL, at random and at every named point of a commit, starts it again on the same store, and compares what it
// has made in the end with an independent count: nothing may be lost, and nothing doubled.
//
//	go run ./testdata/crash                          1,000 kills
//	go run ./testdata/crash -kills 30 -moves 300000  fewer
//	go run ./testdata/crash -workers 3               in three workers: these are killed, and their supervisor, which has the server and the log
//	go run ./testdata/crash -transport nats          in one process, with frames between the tasks
//	go run ./testdata/crash -control forget          the negative control that leaves changes of state out of a recovery: it must find something
//	go run ./testdata/crash -control early           the one that lets sinks write before the commit: so must it
//	go run ./testdata/crash -seed 7                  another order of events
//
// The topology counts words and moves money from account to account, each move in two legs; some moves fail. Looked at are: each word's count, each account's balance
// and number of legs, each leg in the journal, which is to stand there once, and each move that failed, told of once. When a run has come to its end, another one on its store
// must make the same and write no more.
//
// The folder is called testdata so that no build or test of the module includes it.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/topo-lang/topo/runtime/commitlog" // whose points are named below
	_ "github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/failpoint"
	_ "github.com/topo-lang/topo/stdlib/file"
)

type settings struct {
	kills, moves, lines        int
	workers                    int
	control, binary, transport string
	seed                       uint64
	pause                      time.Duration
}

func main() {
	var s settings
	flag.IntVar(&s.kills, "kills", 1000, "how often to kill")
	flag.IntVar(&s.moves, "moves", 300_000, "moves of money in each run: two legs each")
	flag.IntVar(&s.lines, "lines", 60_000, "lines of ten words in each run")
	flag.IntVar(&s.workers, "workers", 1, "how many processes run it")
	flag.StringVar(&s.transport, "transport", "memory", "how tuples travel in one process: memory or nats")
	flag.StringVar(&s.control, "control", "", "forget or early: what is broken on purpose, and must be found")
	flag.StringVar(&s.binary, "binary", "", "the topology, where it has been built already")
	flag.Uint64Var(&s.seed, "seed", 1, "of the order of events")
	flag.DurationVar(&s.pause, "pause", 400*time.Millisecond, "the longest life before a kill at random")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := crash(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

// crash builds the topology and kills as often as asked, in as many runs as that needs.
func crash(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "topo-crash-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if s.binary == "" {
		s.binary = filepath.Join(dir, "crash")
		cmd := exec.CommandContext(ctx, "go", "run", "./cmd/topoc", "build", "-o", s.binary, "./testdata/crash/topology")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building the topology: %w\n%s", err, out)
		}
	}
	if s.binary, err = filepath.Abs(s.binary); err != nil {
		return err
	}
	kills, tuples, at, tried := 0, 0, map[string]int{}, map[string]int{}
	var wrong []string
	for round := 0; kills < s.kills; round++ {
		r := &run{settings: s, dir: filepath.Join(dir, fmt.Sprint(round)), random: rand.New(rand.NewPCG(s.seed, uint64(round))), at: at, tried: tried, points: points()}
		if err := r.whole(ctx, s.kills-kills); err != nil {
			return fmt.Errorf("run %d: %w", round, err)
		}
		fmt.Printf("run %d: %d kills, %d lines and %d moves: %s\n", round, r.kills, s.lines, s.moves, r.found())
		if r.kills < 10 && kills+r.kills < s.kills {
			s.moves, s.lines = 2*s.moves, 2*s.lines // it was quicker than the kills
		}
		kills, tuples, wrong = kills+r.kills, tuples+s.lines*11+3*s.moves, append(wrong, r.wrong...)
		if len(wrong) > 0 {
			break
		}
	}
	var hit []string
	for _, name := range points() {
		hit = append(hit, fmt.Sprintf("%s %d", name, at[name]))
	}
	fmt.Printf("in all: %d kills, of which at points: %s; %d tuples\n", kills, strings.Join(hit, ", "), tuples)
	var missed []string
	for _, name := range points() {
		if at[name] == 0 {
			missed = append(missed, name)
		}
	}
	switch {
	case s.control == "" && len(wrong) == 0 && kills >= 4*len(points()) && len(missed) > 0:
		return fmt.Errorf("nothing was killed at %s: the test does not look there", strings.Join(missed, ", "))
	case s.control == "" && len(wrong) > 0:
		return fmt.Errorf("it was not exactly once")
	case s.control != "" && len(wrong) == 0:
		return fmt.Errorf("the negative control found nothing: this test shows nothing")
	}
	return nil
}

// points are the named places of a commit.
func points() []string {
	return slices.DeleteFunc(failpoint.Names(), func(name string) bool {
		return strings.HasPrefix(name, "control.") || strings.HasSuffix(name, ".no-fence")
	})
}
