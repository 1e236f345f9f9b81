package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/generate"
)

// countMade counts the words of the lines that simple.topo makes: the same text out of the same generator, read on one goroutine and counted on another.
func countMade(lines int, out io.Writer) error {
	text := generate.Text{Lines: int64(lines), Words: 10, Vocabulary: 5_000, Seed: 1}
	if err := text.Open(&component.Context{Tasks: 1}); err != nil {
		return err
	}
	full, free := newBlocks()
	failed := make(chan error, 1)
	go func() {
		defer close(full)
		emitter := &component.Emitter[generate.TextRow]{}
		for {
			emitter.Rows = emitter.Rows[:0]
			err := text.Next(context.Background(), emitter)
			block := (<-free)[:0]
			for _, row := range emitter.Rows {
				block = append(append(block, row.Line...), '\n')
			}
			full <- block
			if errors.Is(err, io.EOF) {
				err = nil
			} else if err == nil {
				continue
			}
			failed <- err
			return
		}
	}()
	counts := map[string]*int{}
	for block := range full {
		countBlock(counts, block)
		free <- block
	}
	return errors.Join(<-failed, printCounts(counts, out))
}

// tick is a tuple of the topologies that measure latencies: when it was due.
type tick struct {
	n  int
	at time.Time
}

// ticks sends a tick each period, the first after one, all that are due at once.
func ticks(n int, period time.Duration) <-chan []tick {
	c := make(chan []tick, 8)
	go func() {
		defer close(c)
		start := time.Now()
		due := func(i int) time.Time { return start.Add(time.Duration(i+1) * period) }
		for i := 0; i < n; {
			time.Sleep(time.Until(due(i)))
			var batch []tick
			for now := time.Now(); i < n && !due(i).After(now); i++ {
				batch = append(batch, tick{i, due(i)})
			}
			if len(batch) > 0 {
				c <- batch
			}
		}
	}()
	return c
}

// low is a tuple now and then that goes over a channel.
func low(n int, out io.Writer) error {
	var took []time.Duration
	for batch := range ticks(n, 10*time.Millisecond) {
		now := time.Now()
		for _, t := range batch {
			took = append(took, now.Sub(t.at))
		}
	}
	return printLatencies(took, out)
}

// latency cuts lines into words on one goroutine and counts them on another.
func latency(n int, out io.Writer) error {
	type word struct {
		text string
		at   time.Time
	}
	words := make(chan []word, 8)
	go func() {
		defer close(words)
		for batch := range ticks(n, 10*time.Microsecond) {
			var some []word
			for _, t := range batch {
				for w := range strings.FieldsSeq(fmt.Sprintf("the cat and the hat %d", t.n%100)) {
					some = append(some, word{w, t.at})
				}
			}
			words <- some
		}
	}()
	counts := map[string]int{}
	var took []time.Duration
	for batch := range words {
		for _, w := range batch {
			counts[w.text]++
		}
		now := time.Now()
		for _, w := range batch {
			took = append(took, now.Sub(w.at))
		}
	}
	return printLatencies(took, out)
}

// printLatencies prints what stdout.latency does.
func printLatencies(took []time.Duration, out io.Writer) error {
	if len(took) == 0 {
		return errors.New("no tuple has come")
	}
	slices.Sort(took)
	var sum time.Duration
	for _, d := range took {
		sum += d
	}
	at := func(part float64) time.Duration {
		return took[min(len(took)-1, int(part*float64(len(took))))].Round(time.Microsecond)
	}
	_, err := fmt.Fprintf(out, "tuples\t%d\nmean\t%s\np50\t%s\np99\t%s\np99.9\t%s\nmax\t%s\n",
		len(took), (sum / time.Duration(len(took))).Round(time.Microsecond), at(0.5), at(0.99), at(0.999), at(1))
	return err
}
