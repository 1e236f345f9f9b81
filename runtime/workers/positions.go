package workers

import "github.com/topo-lang/topo/runtime/engine"

// Where spouts stand is the supervisor's to know: a worker that is started anew is told, and goes on there. What is kept longer than a run it hands on to
// Config.Positions.

// Position is where a spout's task stands.
type Position struct {
	Task
	At []byte
}

// positions are those of a worker.
type positions struct {
	m  *Member
	at map[Task][]byte // when the worker was started
}

// Positions are those that the supervisor keeps.
func (m *Member) Positions() engine.Positions {
	p := &positions{m: m, at: map[Task][]byte{}}
	for _, one := range m.Welcome.Positions {
		p.at[one.Task] = one.At
	}
	return p
}

// Load implements engine.Positions.
func (p *positions) Load(component string, task int) []byte { return p.at[Task{component, task}] }

// Save implements engine.Positions. What does not get through is said again by the next one: a worker goes on further back then.
func (p *positions) Save(component string, task int, at []byte) {
	p.m.tell(message{Kind: kindPosition, Position: &Position{Task{component, task}, at}})
}

// Clear implements engine.Positions.
func (p *positions) Clear() { p.m.tell(message{Kind: kindCleared}) }

// save notes where a task of a worker stands.
func (s *Supervisor) save(p Position) {
	s.positions[p.Task] = p.At
	if s.cfg.Positions != nil {
		s.cfg.Positions.Save(p.Component, p.Number, p.At)
	}
}

// positionsOf are where the spouts of a worker stand.
func (s *Supervisor) positionsOf(w *worker) []Position {
	var out []Position
	for _, c := range s.cfg.Assigned.Components {
		if !c.Spout {
			continue
		}
		for number, at := range c.Workers {
			t := Task{c.Component, number}
			position := s.positions[t]
			if position == nil && s.cfg.Positions != nil {
				position = s.cfg.Positions.Load(t.Component, t.Number)
			}
			if at == w.number && position != nil {
				out = append(out, Position{t, position})
			}
		}
	}
	return out
}

// forget forgets where spouts stood, when all workers say that all of their input is settled.
func (s *Supervisor) forget() {
	if s.cfg.Positions == nil || s.fault != nil {
		return
	}
	for _, w := range s.workers {
		if !w.cleared {
			return
		}
	}
	s.cfg.Positions.Clear()
}
