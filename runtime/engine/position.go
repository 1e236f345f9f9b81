package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// saveAfter is how often positions are kept at the most, maxPosition how long one may be.
const (
	saveAfter   = 100 * time.Millisecond
	maxPosition = 64 << 10
)

// resume goes to where the last run stood.
func (s *source) resume() error {
	if s.kept == nil {
		return nil
	}
	t := s.task
	if at := s.kept.Load(t.member.name, t.number); at != nil {
		if err := s.back.Rewind(at); err != nil {
			return fmt.Errorf("going on where the last run stood: %w", err)
		}
		if r, ok := s.kept.(Resumer); ok {
			r.Resumed(t.member.name, t.number, at)
		}
		s.stored = string(at)
	}
	return nil
}

// lowest is where the first tuple stands that is not settled.
func (s *source) lowest() ([]byte, error) {
	if len(s.givens) > 0 {
		return s.givens[0].position, nil
	}
	return s.back.Position()
}

// store keeps where a later run should go on, now and then.
func (s *source) store(last bool) error {
	now := s.task.run.clock()
	if s.kept == nil || !last && now-s.saved < saveAfter {
		return nil
	}
	s.saved = now
	at, err := s.lowest()
	if err != nil {
		return err
	}
	s.moved = s.rows > 0
	if string(at) == s.stored {
		return nil
	}
	if !json.Valid(at) {
		return fmt.Errorf("the position %.100q is no JSON", at)
	}
	s.stored = string(at)
	s.kept.Save(s.task.member.name, s.task.number, at)
	return nil
}

// atEnd notes where the task stands at its end.
func (s *source) atEnd() error {
	if s.trim == nil || s.rows > 0 {
		return s.store(true)
	}
	at, err := s.lowest()
	if err != nil {
		return err
	}
	return s.trim.Settled(at)
}

// forget drops where spouts stood when all of them have come to their ends, and everything is settled: another run begins anew.
func (r *run) forget() {
	if r.tracking == nil || r.tracking.Positions == nil || r.failure() != nil {
		return
	}
	for _, s := range r.topology.sources {
		if s != nil && !s.ended {
			return
		}
	}
	r.tracking.Positions.Clear()
}

// Keeper is a component behind a spout that holds in memory what became of its tuples, until the end or for good: "" where there is none. Such a
// spout begins anew in each run, since what it gave is lost with the process, settled or not.
func (t *Topology) Keeper(spout string) string {
	return t.behind(spout, func(p Place) bool { return p.Keeps || p.Whole })
}

// Whole is a sink behind a spout that shows what it was given when the input has ended, and not before: "" where there is none.
func (t *Topology) Whole(spout string) string {
	return t.behind(spout, func(p Place) bool { return p.Whole })
}

// behind is a component that a spout's tuples reach, or what is made of them.
func (t *Topology) behind(spout string, is func(Place) bool) string {
	reached := []string{spout}
	for i := 0; i < len(reached); i++ {
		if m := t.member(reached[i]); m != nil && is(m.place) {
			return m.name
		}
		for _, e := range t.edges {
			if s := e.describe(); s.From == reached[i] && !slices.Contains(reached, s.To) {
				reached = append(reached, s.To)
			}
		}
	}
	return ""
}

// Lasts reports whether a run that dies leaves something that its next begin does not: a spout that does not begin with its first tuple again, a sink that writes before the end.
func (t *Topology) Lasts() bool {
	sends := map[string]bool{}
	for _, e := range t.edges {
		sends[e.describe().From] = true
	}
	return slices.ContainsFunc(t.members, func(m *member) bool {
		return m.newSpout != nil && !m.place.Replays || m.newSpout == nil && !sends[m.name] && !m.place.Whole
	})
}

// Spouts returns the spouts and how many tasks each has, in the order of registration.
func (t *Topology) Spouts() []SpoutTasks {
	var all []SpoutTasks
	for _, m := range t.members {
		if m.newSpout != nil {
			all = append(all, SpoutTasks{m.name, m.count})
		}
	}
	return all
}

// SpoutTasks is a spout and how many tasks it has.
type SpoutTasks struct {
	Name  string
	Tasks int
}
