// Package harness runs a topology in a test of Go: what `topoc gen` writes into a Go package has a Harness, whose spouts give what the test
// sends, and whose sinks keep what they are given, as the package's own types. It runs on one goroutine, by a clock that only the test moves, in an
// order that is the same every time.
package harness

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/trial"
)

// TB is what a harness needs of a *testing.T.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Failed is a tuple that failed and that nothing in the topology handled.
type Failed struct {
	Component string
	Place     string // in the .topo text
	Reason    string
	Attempts  int64
}

// Run is a topology under test.
type Run struct {
	tb      TB
	stepper *engine.Stepper
	failed  []Failed
	broken  bool
}

// Start opens a topology that build has registered. It is for generated code.
func Start(tb TB, name string, tracking *engine.Tracking, build func(t *engine.Topology)) *Run {
	tb.Helper()
	r := &Run{tb: tb}
	t := engine.New(name)
	build(t)
	var err error
	r.stepper, err = t.Step(engine.StepOptions{Start: trial.Start, Tracking: tracking, Fail: func(f engine.StepFailed) {
		if !f.Again && !f.Handled {
			r.failed = append(r.failed, Failed{f.Component, f.Place, strings.Clone(f.Why), f.Attempts})
		}
	}})
	if r.stepper != nil {
		tb.Cleanup(r.close)
	}
	r.check(err)
	return r
}

// check ends the test where the topology broke down.
func (r *Run) check(err error) {
	if err != nil && !r.broken {
		r.broken = true
		r.tb.Helper()
		r.tb.Fatalf("topology: %v", err)
	}
}

// close ends the topology with the test. Tuples that failed and that the test has not asked for fail it.
func (r *Run) close() {
	r.tb.Helper()
	err := r.stepper.Close()
	if r.broken {
		return
	}
	if err != nil {
		r.tb.Errorf("topology: %v", err)
	}
	for _, f := range r.failed {
		r.tb.Errorf("a tuple failed in %s at %s, and the test does not ask for it (Failed): %s", f.Component, f.Place, f.Reason)
	}
}

// Now is the test's clock. It begins with the year 2000.
func (r *Run) Now() time.Time { return r.stepper.Now() }

// Settle lets every task work until there is nothing left to do before the clock moves. Send does so by itself.
func (r *Run) Settle() {
	r.tb.Helper()
	r.check(r.stepper.Settle())
}

// Advance moves the clock on, and runs on its way whatever is due, earliest first.
func (r *Run) Advance(d time.Duration) {
	r.tb.Helper()
	if d <= 0 {
		r.tb.Fatalf("the clock moves forward only, not by %s", d)
		return
	}
	r.check(r.stepper.Advance(d))
}

// End ends the input: what runs in `finish` runs now.
func (r *Run) End() {
	r.tb.Helper()
	r.check(r.stepper.End())
}

// Failed returns the tuples that have failed since it was last called and that nothing in the topology handled.
func (r *Run) Failed() []Failed {
	out := r.failed
	r.failed = nil
	return out
}

// Sink is a sink under test: it keeps what it is given.
type Sink[T any] struct {
	got []T
	key func(T) string // of `latest by`: only the newest of a key counts; nil: all do
	at  map[string]int
}

// NewSink is for generated code.
func NewSink[T any](key func(T) string) *Sink[T] { return &Sink[T]{key: key, at: map[string]int{}} }

// Add keeps a tuple. It is for generated code.
func (s *Sink[T]) Add(v T) {
	if s.key != nil {
		k := s.key(v)
		if i, ok := s.at[k]; ok {
			s.got[i] = v
			return
		}
		s.at[k] = len(s.got)
	}
	s.got = append(s.got, v)
}

// Take returns what the sink was given since it was last called, in its order; of streams that are `latest by` a key, the newest of each.
func (s *Sink[T]) Take() []T {
	out := s.got
	s.got = nil
	clear(s.at)
	return out
}

// Sorted is Take in an order of the test's own, for sinks that several tasks feed.
func (s *Sink[T]) Sorted(compare func(a, b T) int) []T {
	out := s.Take()
	slices.SortStableFunc(out, compare)
	return out
}

// Key makes one text of the fields that a stream is `latest by`. It is for generated code.
func Key(fields ...any) string { return fmt.Sprintf("%q", fields) }
