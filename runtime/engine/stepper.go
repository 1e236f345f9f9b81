package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
)

// Stepper runs a topology for a test: on one goroutine, by a clock that only Advance moves, and in an order that is the same every
// time. Spouts read what the test gives them: see Given.
type Stepper struct {
	run    *run
	sorted []*member
	spouts []*task
	tasks  []*task // of bolts and sinks, each behind those that feed it
	now    time.Time
	random *rand.Rand // nil: in the order of tasks
	ended  bool
	work   atomic.Pointer[task] // whose code runs
	rows   atomic.Int64         // that were handed to it and those before it
}

// Working says whose code runs, for a test that does not come to its end: "count (all tasks together were handed 12 tuples)". It may be called by
// another goroutine; "" where none runs.
func (s *Stepper) Working() string {
	t := s.work.Load()
	if t == nil {
		return ""
	}
	name := t.member.name
	if len(t.member.tasks) > 1 {
		name = fmt.Sprintf("task %d of %s", t.number, name)
	}
	return fmt.Sprintf("%s (all tasks together were handed %d tuples)", name, s.rows.Load())
}

// doing runs a task's code.
func (s *Stepper) doing(t *task, what func() bool) bool {
	s.work.Store(t)
	defer s.work.Store(nil)
	return what()
}

// StepOptions are what a stepped run may be given.
type StepOptions struct {
	Start time.Time
	Seed  uint64 // where not 0, whose turn it is among the tasks with work is chosen at random
	// Fail is told of every tuple that fails, or has to be given again.
	Fail func(StepFailed)
	// Tracking, where not nil, lets the run keep at-least-once.
	Tracking *Tracking
}

// Step makes the tasks and opens them.
func (t *Topology) Step(o StepOptions) (*Stepper, error) {
	sorted, err := t.validate(Options{})
	if err != nil {
		return nil, fmt.Errorf("topology %s: %w", t.name, err)
	}
	t.ran = true
	s := &Stepper{sorted: sorted, now: o.Start}
	t.onFail = o.Fail
	if o.Seed != 0 {
		s.random = rand.New(rand.NewPCG(o.Seed, o.Seed))
	}
	now := func() time.Time { return s.now }
	s.run = newRun(context.Background(), t, Options{Now: now, Tracking: o.Tracking, Context: func(name string, task, tasks int) *component.Context {
		return &component.Context{
			Topology: t.name, Component: name, Task: task, Tasks: tasks, Now: now,
			Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Stepped: true,
		}
	}})
	s.run.stepped = true
	s.run.virtual = func() time.Duration { return s.now.Sub(o.Start) }
	s.run.wire(sorted)
	s.run.open(sorted)
	for _, m := range sorted {
		if m.newTask != nil {
			s.tasks = append(s.tasks, m.tasks...)
		} else {
			s.spouts = append(s.spouts, m.tasks...)
		}
	}
	return s, s.run.failure()
}

// Now is the test's clock.
func (s *Stepper) Now() time.Time { return s.now }

// Settle lets every task work until there is nothing left to do before the clock moves.
func (s *Stepper) Settle() error {
	for _, m := range s.sorted {
		for _, t := range m.tasks {
			t.flush()
		}
	}
	for more := true; more && s.run.failure() == nil; {
		s.read()
		s.process()
		more = s.replay() || s.canRead()
	}
	return s.run.failure()
}

// process lets tasks work until all queues are empty.
func (s *Stepper) process() {
	for s.run.failure() == nil {
		if s.random != nil {
			if !s.any() {
				break
			}
			continue
		}
		worked := false
		for _, t := range s.tasks {
			worked = s.turn(t) || worked
		}
		if !worked {
			break
		}
	}
}

// any gives one of the tasks that have work its turn.
func (s *Stepper) any() bool {
	var ready []*task
	for _, t := range s.tasks {
		if len(t.queue) > 0 {
			ready = append(ready, t)
		}
	}
	if len(ready) == 0 {
		return false
	}
	s.turn(ready[s.random.IntN(len(ready))])
	return true
}

// turn lets a task process one batch; it reports whether there was one.
func (s *Stepper) turn(t *task) bool {
	if len(t.queue) == 0 || s.run.failure() != nil {
		return false
	}
	m := t.queue[0]
	t.queue = t.queue[1:]
	if t.done {
		m.roots.Release()
		return true
	}
	if m.from > 0 {
		if s.doing(t, func() bool { return t.hear(m.from, m.mark, m.idle) && (len(t.queue) > 0 || t.idle()) }) {
			t.flush()
		}
		return true
	}
	t.meter.executed.add(m.rows)
	s.rows.Add(int64(m.rows))
	if s.doing(t, func() bool { return t.work(&m) && (len(t.queue) > 0 || t.idle()) }) {
		t.flush()
	}
	m.roots.Release()
	return true
}

// next finds the task that wants to be called first, and when.
func (s *Stepper) next() (next *task, at time.Time) {
	next, at = s.sourceDue()
	for _, t := range s.tasks {
		if t.clock.timed == nil || t.done {
			continue
		}
		if due, waits := t.clock.timed.Due(); waits && (next == nil || due.Before(at)) {
			next, at = t, due
		}
	}
	return next, at
}

// maxTicks bounds how often tasks may be called while the clock stands still: one that is never content is at fault.
const maxTicks = 1 << 20

// Advance moves the clock on, and runs on its way whatever is due, earliest first.
func (s *Stepper) Advance(d time.Duration) error {
	end := s.now.Add(d)
	still := 0
	for {
		next, at := s.next()
		if next == nil || at.After(end) {
			s.now = end
			return s.pass()
		}
		if still++; at.After(s.now) {
			s.now, still = at, 0
		}
		if still > maxTicks {
			return next.member.error(next.number, fmt.Errorf("it wants to be called again and again at %s", s.now.Format(time.RFC3339Nano)))
		}
		if next.code != nil && !s.doing(next, func() bool { return next.try(ticking, func() error { return next.clock.timed.Tick(s.now) }) }) {
			return s.run.failure()
		}
		if err := s.Settle(); err != nil {
			return err
		}
	}
}

// pass lets the time of what spouts emit get on with the clock.
func (s *Stepper) pass() error {
	for _, t := range s.spouts {
		for _, p := range t.ports {
			p.pass(s.now.UnixNano())
		}
	}
	return s.Settle()
}

// End ends the input: every task finishes, those that feed a task before it. As in a run, a task's input has not ended while it holds
// tuples back: the clock moves on until they have been tried for the last time.
func (s *Stepper) End() error {
	s.ended = true
	if err := s.settleAll(); err != nil {
		return err
	}
	for _, t := range s.tasks {
		for tries := 0; t.clock.held() > 0 && !t.done; tries++ {
			due, waits := t.clock.timed.Due()
			if !waits || tries > maxTicks {
				return t.member.error(t.number, errors.New("it holds tuples back, and wants never to be called for them"))
			}
			if err := s.Advance(max(0, due.Sub(s.now))); err != nil {
				return err
			}
		}
		if !t.done && !s.doing(t, func() bool { return t.inputOver() && t.try(finishing, t.code.Finish) }) {
			break
		}
		if err := s.Settle(); err != nil {
			return err
		}
	}
	return s.run.failure()
}

// Close closes the tasks.
func (s *Stepper) Close() error {
	s.run.close(s.sorted)
	s.run.cancel()
	return s.run.failure()
}

// queued sends batches to queues without a bound.
type queued[R any] struct {
	to    *member
	input int
	from  int32
}

func (q *queued[R]) send(to int, b *batch.Batch[R]) *batch.Batch[R] {
	t := q.to.tasks[to]
	t.queue = append(t.queue, message{b: b, roots: b.Roots, rows: len(b.Rows), input: q.input})
	return &batch.Batch[R]{}
}

func (q *queued[R]) barrier(uint64, bool) {}

func (q *queued[R]) end() {}

func (q *queued[R]) mark(at int64, idle bool) {
	for _, t := range q.to.tasks {
		t.queue = append(t.queue, message{input: q.input, from: q.from, mark: at, idle: idle})
	}
}
