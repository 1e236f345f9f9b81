package engine

import "fmt"

// A run may be spread over several processes, each of which registers the same components and edges, and runs some of the tasks. Between
// two tasks of one process batches pass through memory; between two processes a Spread transport carries them. The rest of
// what processes of a run have to know of each other passes through the Fleet.

// Fleet is the processes of a run, as one of them sees it. Its methods may be called by several goroutines.
type Fleet interface {
	// Self is the number of this process.
	Self() int
	// Attempt counts how often it was started, from 1.
	Attempt() uint16
	// Where is the number of the process that runs a task.
	Where(component string, task int) int
	// Begin says that all that this process runs has opened, and waits until all that the others run has. What they then have
	// to say to this process comes by way of the Member.
	Begin(m *Member) error
	// Failed tells the others the error of a task. drain says that only spouts end, and what they read is processed. It returns when the others
	// know.
	Failed(err error, drain bool)
	// SinkDone tells that a task that sends to nobody wants no more.
	SinkDone()
	// SpoutEnded tells that a task of a spout has read all, before its readers know.
	SpoutEnded(component string, task int)
	// HasRead reports whether a task of a spout has read all in an earlier attempt of this process: it has nothing left to do.
	HasRead(component string, task int) bool
	// End says how the tasks of this process have ended, and what they did, and waits until all processes have said so. It returns the error of another one.
	End(s Summary, err error) error
}

// Spread is a Transport between processes.
type Spread interface {
	Transport
	// Lay tells of an edge: which process runs each sending task, and which each receiving one. It is called for each edge that leads from one process
	// to another, in the same order in every process, before any Receive. Receive is called for tasks of this process only, Send for frames to others.
	Lay(edge int, from, to []int) error
}

// Member is a run of one process, for what others have to say to it.
type Member struct{ r *run }

// Sinks is how many of its tasks send to nobody.
func (m *Member) Sinks() int { return m.r.sinks }

// Owns is what components of this process own, of which there is one: the owner by what it is.
func (m *Member) Owns() map[string]string { return m.r.owners.All() }

// Stopping says that the spouts of all processes are going to be ended before their input does: nothing is finished from then on.
func (m *Member) Stopping() { m.r.stopping.Store(true) }

// Drain ends the spouts, and what they have read is processed. err, where not nil, is an error of another process.
func (m *Member) Drain(err error) {
	if err != nil {
		m.r.keep(err)
	}
	m.r.stopSpout()
}

// Abort stops everything at once, because of an error of another process.
func (m *Member) Abort(err error) {
	m.r.keep(err)
	m.r.cancel()
}

// local are the tasks that this process runs.
func (m *member) local() []*task {
	if m.away == 0 {
		return m.tasks
	}
	var out []*task
	for _, t := range m.tasks {
		if !t.away {
			out = append(out, t)
		}
	}
	return out
}

// place finds out which tasks other processes run.
func (r *run) place(m *member, t *task) {
	if r.fleet == nil {
		return
	}
	if t.where = r.fleet.Where(m.name, t.number); t.where != r.fleet.Self() {
		t.away = true
		m.away++
	}
}

// lay tells the transport of the edges that lead from one process to another.
func (r *run) lay() error {
	if r.fleet == nil {
		return nil
	}
	t, ok := r.transport.(Spread)
	if !ok {
		return fmt.Errorf("%T carries nothing between processes", r.transport)
	}
	for id, e := range r.topology.edges {
		s := e.describe()
		from, to := where(r.topology.member(s.From)), where(r.topology.member(s.To))
		if s.Fused || !apart(from, to) {
			continue
		}
		if err := t.Lay(id, from, to); err != nil {
			return err
		}
	}
	return nil
}

// where are the processes that run a component's tasks.
func where(m *member) []int {
	out := make([]int, len(m.tasks))
	for i, t := range m.tasks {
		out[i] = t.where
	}
	return out
}

// apart reports whether any two tasks run in different processes.
func apart(from, to []int) bool {
	for _, w := range from {
		for _, v := range to {
			if w != v {
				return true
			}
		}
	}
	return false
}

// begin waits for the other processes.
func (r *run) begin() error {
	if s, ok := r.transport.(interface{ Start() error }); ok {
		if err := s.Start(); err != nil {
			return err
		}
	}
	return r.fleet.Begin(&Member{r})
}
