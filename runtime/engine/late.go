package engine

// Tuples that take too long, and those that are given up.

import (
	"fmt"
	"slices"
)

// waits reports whether a flight may become late. What tells of tuples that were given up takes as long as it takes: nothing is left to be done about it.
func (f *flight) waits() bool { return !f.over && !f.late && !f.last && f.n > 0 }

// expire gives up waiting for what has been on its way for too long: for those tuples of a flight that are held back, where nothing else of it is on its way, else for
// all that are not known to be settled.
func (s *source) expire() error {
	now := s.task.run.clock()
	var late []*flight
	s.mu.Lock()
	before := s.before
	for _, f := range s.flights {
		if f.waits() {
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
	if len(late) == 0 {
		return nil
	}
	var acked []uint64
	for _, f := range late {
		held, only := f.root.Parts()
		if only {
			s.close(f, held, false, &acked)
		}
		notes := map[int]string{}
		for _, h := range held {
			for k := range f.numbers([]uint64{h.Tuple}) {
				notes[k] = h.Note
			}
		}
		s.mu.Lock()
		counted := f.numbers(f.counted)
		s.mu.Unlock()
		open := slices.DeleteFunc(slices.Clone(f.unsettled()), func(k int) bool {
			if counted[k] {
				s.settle(f.of, k, &acked)
				s.complete(f.of, 1)
			}
			return counted[k]
		})
		f.narrow, f.open = true, open
		within := fmt.Sprintf("not settled within %s, attempt", s.how.Timeout<<min(f.attempt-1, 10))
		s.later(f, open, func(k int) string {
			why := fmt.Sprintf("%s %d", within, s.attempt(f, k))
			if note := notes[k]; note != "" {
				why += ": " + note
			}
			return why
		}, &acked)
	}
	if err := s.ack(acked); err != nil {
		return err
	}
	return s.forget()
}

// came takes what came late, but came: where its tuples wait to be given again, they need not.
func (s *source) came(f *flight, numbers []int, acked *[]uint64) {
	w := f.again
	if w == nil || w.gone {
		return
	}
	n := 0
	w.which = slices.DeleteFunc(w.which, func(k int) bool {
		_, is := slices.BinarySearch(numbers, k)
		if is {
			s.settle(f.of, k, acked)
			n++
		}
		return is
	})
	s.complete(f.of, n)
	w.gone = len(w.which) == 0
}

// giveUp counts tuples as failed. Where somebody is to be told of them, they are settled when that is done.
func (s *source) giveUp(g *given, all []GivenUp, acked *[]uint64) {
	if len(all) == 0 {
		return
	}
	s.task.meter.roots.failed.Add(int64(len(all)))
	if s.quit != nil {
		s.quits = append(s.quits, &leaving{g, all})
		return
	}
	s.countUp(all)
	for _, one := range all {
		s.settle(g, one.Number, acked)
	}
}

// countUp counts tuples that were given up, of which nobody else is told.
func (s *source) countUp(all []GivenUp) {
	t := s.task
	for _, one := range all {
		if t.run.stepped {
			t.run.topology.trying.attempts = one.Attempts
		}
		if t.run.topology.Fail(t.member.name, "", one.Why) {
			t.run.topology.Show(t.member.name, "", one.Why, "")
		}
	}
}

// quitAll tells of the tuples that are given up. They are settled when who reads of them has settled that, and come again to him as any others where it is lost.
func (s *source) quitAll() error {
	quits := s.quits
	s.quits = nil
	for _, l := range quits {
		f := &flight{of: l.of, which: make([]int, len(l.all)), attempt: s.how.Attempts, last: true, quits: l.all}
		for i, one := range l.all {
			f.which[i] = one.Number
		}
		told := false
		err := s.send(f, func() (err error) {
			told, err = s.quit.GiveUp(s.task.run.ctx, l.of.position, l.all)
			return err
		})
		if err != nil {
			return fmt.Errorf("telling of %d tuples that were given up: %w", len(l.all), err)
		}
		if !told {
			s.countUp(l.all)
		}
	}
	return nil
}

// tell tells once more of tuples that were given up: it was lost.
func (s *source) tell(f *flight, which map[int]bool) {
	all := slices.DeleteFunc(slices.Clone(f.quits), func(one GivenUp) bool { return !which[one.Number] })
	if len(all) > 0 {
		s.quits = append(s.quits, &leaving{f.of, all})
	}
}
