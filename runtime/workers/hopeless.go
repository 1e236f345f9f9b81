package workers

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// hopeless says why a worker can't be started anew; nil where it can.
func (s *Supervisor) hopeless(w *worker, what string) *Fault {
	switch {
	case !s.begun && !s.cfg.Replayed:
		return &Fault{What: what + " before the run began"}
	case w.starts >= mostStarts && time.Since(w.since) <= longLife:
		return &Fault{What: fmt.Sprintf("%s, again and again: it is not started anew any more", what),
			Hint: "see what it said before; with one worker the same may happen to the whole run"}
	}
	for _, c := range s.cfg.Assigned.Components {
		p := s.cfg.Place(c.Component)
		for task, at := range c.Workers {
			switch {
			case at != w.number:
			case p.Whole && s.begun:
				return &Fault{What: fmt.Sprintf("%s: what %s had taken is lost, since it writes at the end", what, c.Component),
					Hint: "run it again"}
			case p.Replays && !s.cfg.Replayed && !slices.Contains(w.read, Task{c.Component, task}):
				return &Fault{What: fmt.Sprintf("%s: spout %s would read again from its beginning, and without a guarantee nothing tells how far it was", what, c.Component),
					Hint: "run it again; `guarantee at-least-once` lets a spout go on"}
			}
		}
	}
	return nil
}

// keepers are the components of a worker that keep state in its memory.
func (s *Supervisor) keepers(w *worker) []string {
	var out []string
	for _, c := range s.cfg.Assigned.Components {
		if s.cfg.Place(c.Component).Keeps && slices.Contains(c.Workers, w.number) {
			out = append(out, c.Component)
		}
	}
	return out
}

// goneAtEnd is told that a worker is gone whose tasks had ended. Sinks write what they hold back when they end, so nothing is lost, unless something was to be
// written, or made whole, behind that.
func (s *Supervisor) goneAtEnd(w *worker, what string) {
	if s.aborted || s.fault != nil {
		return // that is what the run ends with
	}
	if writes := s.writesAtEnd(w); len(writes) > 0 {
		s.fault = &Fault{What: fmt.Sprintf("%s while it completed what %s writes at the end", what, strings.Join(writes, ", ")), Hint: "run it again"}
		return
	}
	w.cleared = !s.draining
	s.cfg.Say("warning: %s when its tasks had ended, and all of theirs was written: %s", what, s.tasksOf(w.number))
}

// writesAtEnd are the components of a worker that write, or make whole what they have written, when the run has come to its end.
func (s *Supervisor) writesAtEnd(w *worker) []string {
	var out []string
	for _, c := range s.cfg.Assigned.Components {
		if s.cfg.Place(c.Component).Whole && slices.Contains(c.Workers, w.number) {
			out = append(out, c.Component)
		}
	}
	return out
}

// tasksOf lists the tasks of a worker.
func (s *Supervisor) tasksOf(number int) string {
	var out []string
	for _, c := range s.cfg.Assigned.Components {
		for task, w := range c.Workers {
			switch {
			case w != number:
			case len(c.Workers) == 1:
				out = append(out, c.Component)
			default:
				out = append(out, fmt.Sprintf("%s[%d]", c.Component, task))
			}
		}
	}
	return strings.Join(out, ", ")
}

// printsAtEnd reports whether a worker writes to the process's own streams when the run has come to its end: what was written of that can't be taken back.
func (s *Supervisor) printsAtEnd(w *worker) bool {
	return slices.ContainsFunc(s.writesAtEnd(w), func(component string) bool { return s.cfg.Place(component).Home })
}
