package engine

// What becomes of a source's tuples: settled, given again, told to have failed. What is late is in late.go.

import (
	"fmt"
	"maps"
	"slices"

	"github.com/topo-lang/topo/runtime/tree"
)

// collect looks at what has settled.
func (s *source) collect() error {
	s.mu.Lock()
	settled, parted := s.settled, s.parted
	s.settled, s.parted = nil, nil
	for _, f := range parted {
		f.parted = false
	}
	n := 0
	for n < len(s.flights) && s.flights[n].over {
		s.before = max(s.before, s.flights[n].moved())
		n++
	}
	s.flights = slices.Delete(s.flights, 0, n)
	s.mu.Unlock()
	if len(settled)+len(parted) == 0 {
		return nil
	}
	var acked []uint64
	for _, f := range parted {
		if held, only := f.root.Parts(); only {
			s.close(f, held, f.late, &acked)
		}
	}
	for _, f := range settled {
		s.close(f, nil, f.late, &acked)
	}
	if err := s.ack(acked); err != nil {
		return err
	}
	return s.forget()
}

// close takes the tuples of a flight for settled, or for failed, but those that are held back.
func (s *source) close(f *flight, held []tree.Held, late bool, acked *[]uint64) {
	lost, failing := f.root.Failed()
	if len(held) == 0 && !lost && len(failing) == 0 && !f.narrow && !late && !f.last && f.of.ids == nil {
		f.narrow = true
		s.settleAll(f.of, f.n)
		s.complete(f.of, f.n)
		return
	}
	stay := f.numbers(tuples(held))
	failed := f.numbers(failing)
	s.mu.Lock()
	counted := f.numbers(f.counted)
	s.mu.Unlock()
	var open, well []int
	again := map[int]bool{}
	for _, k := range f.unsettled() {
		switch {
		case stay[k]:
			open = append(open, k)
		case (lost || failed[k]) && !counted[k]:
			again[k] = true
		default:
			well = append(well, k)
		}
	}
	f.narrow, f.open = true, open
	switch {
	case late:
		s.came(f, well, acked)
		return
	case f.last:
		if lost {
			s.tell(f, again)
		} else {
			well = slices.AppendSeq(well, maps.Keys(again))
		}
		again = nil
	}
	for _, k := range well {
		s.settle(f.of, k, acked)
	}
	if !f.last {
		s.complete(f.of, len(well))
	}
	switch {
	case len(again) == 0:
	case lost:
		s.again = append(s.again, s.lost(f, again))
	default:
		s.later(f, slices.Sorted(maps.Keys(again)), func(k int) string {
			why := "it failed in another process"
			if note := f.root.Noted(f.origin(k)); note != "" {
				why = note
			}
			return fmt.Sprintf("%s, attempt %d", why, s.attempt(f, k))
		}, acked)
	}
}

// tuples are those of which parts are held.
func tuples(held []tree.Held) []uint64 {
	var all []uint64
	for _, h := range held {
		all = append(all, h.Tuple)
	}
	return all
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
	s.settleAll(g, 1)
	if g.ids != nil {
		*acked = append(*acked, g.ids[number])
	}
}

// settleAll counts tuples as settled whose source need not be told.
func (s *source) settleAll(g *given, n int) {
	s.pace.settled += n
	g.left -= n
	s.rows -= int64(n)
	s.counts()
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
func (s *source) later(f *flight, which []int, why func(number int) string, acked *[]uint64) {
	var quits []GivenUp
	which = slices.DeleteFunc(slices.Clone(which), func(k int) bool {
		attempt := s.attempt(f, k)
		if attempt < s.how.Attempts && (s.back != nil || s.acks != nil) {
			return false
		}
		quits = append(quits, GivenUp{Number: k, Why: why(k), Attempts: int64(attempt)})
		return true
	})
	s.giveUp(f.of, quits, acked)
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
	if err := s.quitAll(); err != nil {
		return err
	}
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

// fail notes that a tuple with this origin has failed for a reason that may pass; it reports whether the tuple is given again, or is no longer asked for. Tasks
// that hold its root call it.
func (s *source) fail(origin uint64) bool {
	again := s.back != nil || s.acks != nil
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flight(origin)
	switch {
	case f == nil || !again:
		// Where no flight has it, a frame with it was lost, and it was given again.
		return again
	case f.late:
		return true // it is given again, or was given up
	}
	attempt := f.attempt
	if f.of.ids != nil {
		attempt = s.tries[f.of.ids[f.number(int(origin-f.first))]] + 1
	}
	if attempt >= s.how.Attempts {
		f.counted = append(f.counted, origin) // by who asks
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
