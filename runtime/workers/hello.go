package workers

import (
	"fmt"
	"time"
)

// hello lets a worker in, or says why not.
func (s *Supervisor) hello(c message) Welcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aborted || s.closing {
		return Welcome{Refused: "the run is ending"}
	}
	var w *worker
	if c.Worker < 0 {
		mine, err := s.cfg.Build()
		if err != nil {
			return Welcome{Refused: "the supervisor can't tell what binary it is: " + err.Error()}
		}
		if mine != c.Hello.Build {
			return Welcome{Refused: fmt.Sprintf("this is another binary than the supervisor's (%.12s and %.12s): all workers must run the same one, for the same system",
				c.Hello.Build, mine)}
		}
		for _, one := range s.workers[min(s.cfg.Local, len(s.workers)):] {
			if one.state == awaited {
				w = one
				break
			}
		}
		if w == nil {
			return Welcome{Refused: fmt.Sprintf("the run of %s has all the workers that it accepts", s.cfg.Topology)}
		}
		s.cfg.Say("%s: worker %d joins from %s (process %d)", s.cfg.Topology, w.number+1, c.Hello.Host, c.Hello.PID)
	} else if c.Worker < len(s.workers) && s.workers[c.Worker].attempt == c.Attempt && s.workers[c.Worker].state == awaited {
		w = s.workers[c.Worker]
	}
	if w == nil {
		return Welcome{Refused: "nobody waits for this worker"}
	}
	w.state, w.host, w.client, w.since = opening, c.Hello.Host, c.Hello.Client, time.Now()
	to := s.cfg.Welcome
	to.Worker, to.Attempt, to.Peers = w.number, w.attempt, s.attempts()
	to.Assigned, to.Read, to.Positions = *s.cfg.Assigned, w.read, s.positionsOf(w)
	if to.Drain = s.draining; s.draining {
		to.Fault = s.fault
	}
	return to
}

func (s *Supervisor) attempts() []uint16 {
	var out []uint16
	for _, w := range s.workers {
		out = append(out, w.attempt)
	}
	return out
}
