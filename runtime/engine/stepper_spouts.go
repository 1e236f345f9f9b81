package engine

import (
	"strings"
	"time"
)

// What stands here is how a stepped run reads, and how it keeps at-least-once: a spout's task is followed by the source that follows it in a
// run, by the test's clock.

// Given is a SpoutTask of a stepped run, which reads what a test has given it.
type Given interface {
	SpoutTask
	// Waiting is how many tuples the test has given that were not read.
	Waiting() int
	// Take says how many of them the next Next may read.
	Take(n int)
}

// StepFailed is a tuple that failed in a stepped run.
type StepFailed struct {
	Component, Place, Why string
	Attempts              int64 // how often it was tried, in place and by its spout
	Handled               bool  // the topology reads the component's failed tuples
	Again                 bool  // it has not failed: its spout gives it again
}

// StepFailer is the Failer of a task of a test, which is told more.
type StepFailer interface {
	Failer
	// Tried says of the tuple that is told of next how often its component has tried it. origin is 0 where it is not known.
	Tried(attempts int64, origin uint64)
	// AgainFor is Again for a tuple of which more is known.
	AgainFor(origin uint64, component, place, why string, attempts int64) bool
}

// trying is what the code of tests says of a tuple before it tells that it has failed.
type trying struct{ attempts int64 }

// take returns how often the tuple was tried.
func (t *trying) take() int64 {
	n := max(1, t.attempts)
	t.attempts = 0
	return n
}

// Tried implements StepFailer.
func (t *Topology) Tried(attempts int64, origin uint64) {
	t.trying.attempts = attempts * t.round(origin)
}

// AgainFor implements StepFailer.
func (t *Topology) AgainFor(origin uint64, component, place, why string, attempts int64) bool {
	round := t.round(origin)
	if !t.Again(origin) {
		return false
	}
	if t.onFail != nil {
		t.onFail(StepFailed{Component: component, Place: place, Why: strings.Clone(why), Attempts: attempts * round, Again: true})
	}
	return true
}

// round is which attempt of its spout a tuple is.
func (t *Topology) round(origin uint64) int64 {
	if s := t.source(origin); s != nil {
		return s.round(origin)
	}
	return 1
}

// round is which attempt at a tuple its flight is.
func (s *source) round(origin uint64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flight(origin); f != nil {
		return int64(f.attempt)
	}
	return 1
}

// read lets spouts read what the test has given them; it reports whether one has read.
func (s *Stepper) read() bool {
	read := false
	for _, t := range s.spouts {
		g, ok := as[Given](t.spout)
		if !ok || s.run.failure() != nil {
			continue
		}
		n := int64(g.Waiting())
		if t.source != nil {
			n = min(n, t.source.how.Pending-t.source.rows)
		}
		if n <= 0 {
			continue
		}
		g.Take(int(n))
		read = true
		if t.source == nil {
			t.try(processing, func() error { return t.spout.Next(s.run.reading) })
			t.flush()
		} else if err := t.source.next(); err != nil {
			t.fail(err)
		}
	}
	return read
}

// replay lets spouts give again what it is time for; it reports whether there is something to do then.
func (s *Stepper) replay() bool {
	for _, t := range s.spouts {
		for more := t.source != nil; more && s.run.failure() == nil; more = t.source.settling() {
			if !t.source.work() {
				return false
			}
		}
	}
	for _, t := range s.tasks {
		if len(t.queue) > 0 {
			return true
		}
	}
	return false
}

// settling reports whether there is something to collect.
func (s *source) settling() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.settled)+len(s.parted) > 0
}

// sourceDue finds the spout's task that wants to do something first: to give tuples again, or for the last time.
func (s *Stepper) sourceDue() (first *task, at time.Time) {
	for _, t := range s.spouts {
		if t.source == nil {
			continue
		}
		t.source.mu.Lock()
		d, ok := t.source.patience()
		t.source.mu.Unlock()
		if due := s.now.Add(d); ok && (first == nil || due.Before(at)) {
			first, at = t, due
		}
	}
	return first, at
}

// unsettled is how many tuples of spouts are not settled.
func (s *Stepper) unsettled() (n int64) {
	for _, t := range s.spouts {
		if t.source != nil {
			n += t.source.rows
		}
	}
	return n
}

// Waiting is how many tuples wait to be given again by their spouts, and how long the first of them.
func (s *Stepper) Waiting() (n int, first time.Duration) {
	for _, t := range s.spouts {
		if t.source == nil {
			continue
		}
		for _, w := range t.source.again {
			if w.gone {
				continue
			}
			if d := w.due - s.run.clock(); n == 0 || d < first {
				first = d
			}
			n += len(w.which)
		}
	}
	return n, first
}

// settleAll moves the clock on until nothing that spouts gave is on its way, as a run waits for it before its input has ended.
func (s *Stepper) settleAll() error {
	for tries := 0; s.unsettled() > 0 && tries < maxTicks; tries++ {
		next, at := s.next()
		if next == nil {
			break
		}
		if err := s.Advance(max(0, at.Sub(s.now))); err != nil {
			return err
		}
	}
	return s.run.failure()
}

// canRead reports whether a spout could read on.
func (s *Stepper) canRead() bool {
	for _, t := range s.spouts {
		if g, ok := as[Given](t.spout); ok && g.Waiting() > 0 && (t.source == nil || t.source.rows < t.source.how.Pending) {
			return true
		}
	}
	return false
}
