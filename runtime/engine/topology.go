package engine

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Topology is the components and edges that generated code registers. It runs once.
type Topology struct {
	name    string
	members []*member
	edges   []edge
	failed  failures
	now     func() time.Time // the run's clock
	ran     bool
	sources []*source           // of spouts' tasks, by their numbers, in a run that follows tuples
	making  *task               // whose code is being made
	running atomic.Pointer[run] // once it is wired
	// onFail, where not nil, is told of failed tuples.
	onFail func(StepFailed)
	trying trying
	asking sync.Mutex // of who is asked, not of what
}

var _ Failer = (*Topology)(nil)

// member is a registered component.
type member struct {
	name     string
	count    int // of tasks
	inputs   int
	newSpout func(task int) SpoutTask // of a spout
	newTask  func(task int) Task      // of a bolt or sink
	tasks    []*task
	lanes    int         // of each of its tasks: see marks.go
	ahead    atomic.Bool // it was told that its times lie too far ahead
	aside    bool        // see asides
	away     int         // how many of them other processes run
	place    Place
	cycle    *cycle         // that it is part of; mostly nil
	owners   *[Slots]uint16 // of its keys, where it was asked
	edges    []int          // numbers of the edges it sends on, in the order of its tasks' ports
}

// isSink reports whether it sends to nobody.
func (m *member) isSink() bool { return m.newTask != nil && len(m.edges) == 0 }

// asides finds the members that are only there for what others could not do, or what came too late: nobody runs a topology for their sake, so that the spouts
// end when no other sink wants more. Where all sinks are such none is aside.
func (t *Topology) asides() {
	main := map[string]bool{}
	for _, m := range t.members {
		main[m.name] = m.newSpout != nil
	}
	for again := true; again; {
		again = false
		for _, e := range t.edges {
			if s := e.describe(); main[s.From] && !main[s.To] && !s.Aside {
				main[s.To], again = true, true
			}
		}
	}
	if slices.ContainsFunc(t.members, func(m *member) bool { return m.isSink() && main[m.name] }) {
		for _, m := range t.members {
			m.aside = !main[m.name]
		}
	}
}

// New returns an empty topology.
func New(name string) *Topology {
	return &Topology{name: name, failed: failures{at: map[[2]string]*failure{}}, now: time.Now}
}

// Now is the time by the run's clock, for what generated code computes before a task has a Context.
func (t *Topology) Now() time.Time { return t.now() }

// Spout adds a spout; Run calls newTask once for each of its tasks.
func (t *Topology) Spout(name string, tasks int, newTask func(task int) SpoutTask) {
	t.members = append(t.members, &member{name: name, count: tasks, newSpout: newTask})
}

// Bolt adds a bolt or a sink; Run calls newTask once for each of its tasks.
func (t *Topology) Bolt(name string, tasks, inputs int, newTask func(task int) Task) {
	t.members = append(t.members, &member{name: name, count: tasks, inputs: inputs, newTask: newTask})
}

func (t *Topology) member(name string) *member {
	for _, m := range t.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// validate checks what the compiler has promised, and returns the members so that each stands after those that feed it.
func (t *Topology) validate(o Options) ([]*member, error) {
	if t.ran {
		return nil, errors.New("a topology runs once")
	}
	if o.Epochs != nil {
		if _, ok := o.Fleet.(Coordinated); o.Tracking != nil || o.Fleet != nil && !ok {
			return nil, errors.New("what commits in epochs is not followed by trees, and several processes need a coordinator")
		}
	}
	seen := map[string]bool{}
	for _, m := range t.members {
		switch {
		case seen[m.name]:
			return nil, fmt.Errorf("two components are named %s", m.name)
		case m.count < 1:
			return nil, fmt.Errorf("%s has %d tasks", m.name, m.count)
		case m.newTask != nil && m.inputs < 1:
			return nil, fmt.Errorf("%s has no input", m.name)
		}
		seen[m.name] = true
	}
	fed := map[*member][]bool{}
	feeds := map[*member][]*member{} // without loops
	all := map[*member][]*member{}
	for _, e := range t.edges {
		s := e.describe()
		from, to := t.member(s.From), t.member(s.To)
		switch {
		case from == nil:
			return nil, fmt.Errorf("an edge to %s comes from %s, which is no component", s.To, s.From)
		case to == nil:
			return nil, fmt.Errorf("an edge from %s goes to %s, which is no component", s.From, s.To)
		case s.Input < 0 || s.Input >= to.inputs:
			return nil, fmt.Errorf("an edge from %s goes to input %d of %s, which has %d", s.From, s.Input, s.To, to.inputs)
		case s.Grouping == Fields && to.count > Slots:
			return nil, fmt.Errorf("%s has %d tasks: by fields there can be %d", s.To, to.count, Slots)
		case s.Loop && (s.LoopMax < 0 || s.LoopMax > maxLoops):
			return nil, fmt.Errorf("the loop from %s to %s has max %d: it can be 0 to %d", s.From, s.To, s.LoopMax, maxLoops)
		case o.Transport != nil && !e.hasCodec():
			return nil, fmt.Errorf("the edge from %s to %s has no codec for the transport", s.From, s.To)
		}
		if fed[to] == nil {
			fed[to] = make([]bool, to.inputs)
		}
		fed[to][s.Input] = true
		all[from] = append(all[from], to)
		if !s.Loop {
			feeds[from] = append(feeds[from], to)
		}
	}
	for _, m := range t.members {
		for i := range m.inputs {
			if fed[m] == nil || !fed[m][i] {
				return nil, fmt.Errorf("nothing feeds input %d of %s", i, m.name)
			}
		}
	}
	findCycles(t.members, all)
	for _, m := range t.members {
		if m.cycle != nil && !entered(m.cycle, t.members, all) {
			return nil, fmt.Errorf("nothing enters the cycle of %s", m.name)
		}
	}
	if err := t.validateFused(); err != nil {
		return nil, err
	}
	return order(t.members, feeds)
}

// maxLoops is how often a tuple may go round at the most.
const maxLoops = 1 << 30

// entered reports whether tuples can come into a cycle.
func entered(c *cycle, members []*member, feeds map[*member][]*member) bool {
	for _, m := range members {
		if m.cycle != c && slices.ContainsFunc(feeds[m], func(to *member) bool { return to.cycle == c }) {
			return true
		}
	}
	return false
}

// order sorts members so that each stands after those that feed it; ties stay in the order of registration.
func order(members []*member, feeds map[*member][]*member) ([]*member, error) {
	waits := map[*member]int{} // for how many edges
	for _, to := range feeds {
		for _, m := range to {
			waits[m]++
		}
	}
	var sorted []*member
	for done := map[*member]bool{}; len(sorted) < len(members); {
		before := len(sorted)
		for _, m := range members {
			if done[m] || waits[m] > 0 {
				continue
			}
			done[m] = true
			sorted = append(sorted, m)
			for _, to := range feeds[m] {
				waits[to]--
			}
		}
		if len(sorted) == before {
			return nil, errors.New("the edges form a cycle")
		}
	}
	return sorted, nil
}

// error says that a task of the component failed.
func (m *member) error(task int, err error) error {
	return &Error{Component: m.name, Task: task, Tasks: m.count, Err: err}
}
