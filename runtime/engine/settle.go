package engine

// What becomes of a source's tuples: settled, late, given again, given up.

import (
	"fmt"
	"maps"
	"slices"
)

// collect looks at what has settled.
func (s *source) collect() error {
	s.mu.Lock()
	settled := s.settled
	s.settled = nil
	n := 0
	for n < len(s.flights) && s.flights[n].over {
		s.before = max(s.before, s.flights[n].moved())
		n++
	}
	s.flights = slices.Delete(s.flights, 0, n)
	s.mu.Unlock()
	if len(settled) == 0 {
		return nil
	}
	var acked []uint64
	for _, f := range settled {
		all, tuples := f.root.Failed()
		if f.late {
			// It came late, but it came: where its tuples wait to be given again, they need not.
			if all || len(tuples) > 0 || f.again == nil || f.again.gone {
				continue
			}
			f.again.gone = true
			for _, k := range f.again.which {
				s.settle(f.of, k, &acked)
			}
			s.complete(f.of, len(f.again.which))
			continue
		}
		failed := map[int]bool{}
		if all {
			for i := range f.n {
				failed[f.number(i)] = true
			}
		}
		for _, origin := range tuples {
			if i := origin - f.first; i < uint64(f.n) { // another process may not know whose tuple it is
				failed[f.number(int(i))] = true
			}
		}
		for i := range f.n {
			if k := f.number(i); !failed[k] {
				s.settle(f.of, k, &acked)
			}
		}
		s.complete(f.of, f.n-len(failed))
		switch {
		case len(failed) == 0:
		case all:
			s.again = append(s.again, s.lost(f, failed))
		default:
			s.later(f, failed, "it failed in another process", &acked)
		}
	}
	if err := s.ack(acked); err != nil {
		return err
	}
	return s.forget()
}

// forget drops what was given and is settled.
func (s *source) forget() error {
	done := 0
	for done < len(s.givens) && s.givens[done].left == 0 {
		done++
	}
	s.givens = slices.Delete(s.givens, 0, done)
	if done > 0 && s.trim != nil {
		at, err := s.lowest()
		if err != nil {
			return err
		}
		return s.trim.Settled(at)
	}
	return nil
}

// settle counts one tuple as settled.
func (s *source) settle(g *given, number int, acked *[]uint64) {
	g.left--
	s.rows--
	s.task.meter.roots.pending.Store(s.rows)
	if g.ids != nil {
		*acked = append(*acked, g.ids[number])
	}
}

// complete counts tuples that are settled, and how long that took since they were read.
func (s *source) complete(g *given, n int) {
	if n > 0 {
		m := &s.task.meter.roots
		m.acked.Add(int64(n))
		m.complete.Add(s.task.run.clock()-g.began, int64(n))
	}
}

// later lets tuples of a flight be given again after a while, or gives them up.
func (s *source) later(f *flight, failed map[int]bool, why string, acked *[]uint64) {
	which := slices.Sorted(maps.Keys(failed))
	which = slices.DeleteFunc(which, func(k int) bool {
		if s.attempt(f, k) < s.how.Attempts && (s.back != nil || s.acks != nil) {
			return false
		}
		t := s.task
		reason := fmt.Sprintf("%s, attempt %d", why, s.attempt(f, k))
		if t.run.topology.Fail(t.member.name, "", reason) {
			t.run.topology.Show(t.member.name, "", reason, "")
		}
		s.settle(f.of, k, acked)
		t.meter.roots.failed.Add(1)
		return true
	})
	if len(which) == 0 {
		return
	}
	f.again = &waiting{of: f.of, which: which, attempt: f.attempt + 1, due: s.task.run.clock() + s.how.Backoff<<min(f.attempt-1, 10)}
	s.again = append(s.again, f.again)
}

// lost lets tuples be given again that were lost on their way. That is no attempt at them: they are not at fault.
func (s *source) lost(f *flight, which map[int]bool) *waiting {
	f.again = &waiting{of: f.of, which: slices.Sorted(maps.Keys(which)), attempt: f.attempt, lost: true, due: s.task.run.clock() + s.how.Backoff}
	return f.again
}

// attempt is which attempt at a tuple a flight is.
func (s *source) attempt(f *flight, number int) int {
	if f.of.ids == nil {
		return f.attempt
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries[f.of.ids[number]] + 1
}

// expire gives up waiting for what has been on its way for too long.
func (s *source) expire() error {
	now := s.task.run.clock()
	var late []*flight
	s.mu.Lock()
	before := s.before
	for _, f := range s.flights {
		if !f.over && !f.late && f.n > 0 {
			if f.deadline(before, s.how.Timeout) <= now {
				f.late = true
				late = append(late, f)
			} else if f.attempt == 1 {
				break // those behind it have as much time or more
			}
		}
		before = max(before, f.moved())
	}
	s.mu.Unlock()
	var acked []uint64
	for _, f := range late {
		failed := map[int]bool{}
		for i := range f.n {
			failed[f.number(i)] = true
		}
		s.later(f, failed, fmt.Sprintf("not settled within %s", s.how.Timeout<<min(f.attempt-1, 10)), &acked)
	}
	if err := s.ack(acked); err != nil || len(late) == 0 {
		return err
	}
	return s.forget()
}

// replay gives again what it is time for.
func (s *source) replay() error {
	now := s.task.run.clock()
	var due []*waiting
	s.again = slices.DeleteFunc(s.again, func(w *waiting) bool {
		if !w.gone && w.due <= now {
			w.gone = true
			due = append(due, w)
		}
		return w.gone
	})
	for _, w := range due {
		s.replayed += int64(len(w.which))
		s.task.meter.roots.replayed.Add(int64(len(w.which)))
		if s.acks != nil {
			if err := s.ask(w); err != nil {
				return err
			}
			continue
		}
		f := &flight{of: w.of, which: w.which, attempt: w.attempt}
		err := s.send(f, func() error { return s.back.Again(s.task.run.ctx, w.of.position, w.which) })
		if err != nil {
			return fmt.Errorf("giving %d tuples again: %w", len(w.which), err)
		}
	}
	return nil
}

// ask lets the source itself give tuples again.
func (s *source) ask(w *waiting) error {
	ids := make([]uint64, len(w.which))
	for i, k := range w.which {
		ids[i] = w.of.ids[k]
		s.settle(w.of, k, new([]uint64))
	}
	s.mu.Lock()
	for _, id := range ids {
		if !w.lost {
			s.tries[id]++
		}
	}
	s.mu.Unlock()
	return s.acks.Fail(ids)
}

// ack tells the source of what is settled.
func (s *source) ack(ids []uint64) error {
	if len(ids) == 0 || s.acks == nil {
		return nil
	}
	s.mu.Lock()
	for _, id := range ids {
		delete(s.tries, id)
	}
	s.mu.Unlock()
	return s.acks.Ack(ids)
}

// fail notes that a tuple with this origin has failed for a reason that may pass; it reports whether the tuple is given again.
// Tasks that hold its root call it.
func (s *source) fail(origin uint64) bool {
	s.mu.Lock()
	f := s.flight(origin)
	if f == nil || s.back == nil && s.acks == nil {
		s.mu.Unlock()
		// Where no flight has it, a frame with it was lost, and it was given again.
		return s.back != nil || s.acks != nil
	}
	attempt, late := f.attempt, f.late
	if f.of.ids != nil {
		attempt = s.tries[f.of.ids[f.number(int(origin-f.first))]] + 1
	}
	s.mu.Unlock()
	if late {
		return true // it is given again, or was given up
	}
	if attempt >= s.how.Attempts {
		return false
	}
	f.root.Fail(origin)
	return true
}

// Again implements Failer.
func (t *Topology) Again(origin uint64) bool {
	s := t.source(origin)
	return s != nil && s.fail(origin)
}
