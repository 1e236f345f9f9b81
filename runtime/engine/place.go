package engine

import (
	"cmp"
	"fmt"
	"slices"
)

// Place is what the topology says about where a component's tasks run.
type Place struct {
	Near    string // its tasks run where this component's do; "" where nothing is said
	Isolate bool   // its tasks share their process with no other component
	CPU     int    // percent of a core for each task; 0 where nothing is said
	Memory  int64  // bytes for each task; 0 where nothing is said
	// Home says that it reads or writes the process's own streams: it runs in the first process, which has them.
	Home bool
	// Replays says that a spout begins with its first tuple again when it is opened again.
	Replays bool
	// Whole says that what a sink writes is complete at the end only, and lost before.
	Whole bool
	// Keeps says that what tuples do stays in the memory of the process: state.
	Keeps bool
	// Stores says that state lies in a store outside of the engine, whose rows remember epochs.
	Stores bool
}

// Place says where a component's tasks may run, which takes effect in a run of several processes, and what outlasts it.
func (t *Topology) Place(component string, p Place) {
	if m := t.member(component); m != nil {
		m.place = p
	}
}

// Stores is a component whose state lies in a store outside of the engine, and remembers epochs; "" where there is none.
func (t *Topology) Stores() string {
	for _, m := range t.members {
		if m.place.Stores {
			return m.name
		}
	}
	return ""
}

// PlaceOf is what Place has said.
func (t *Topology) PlaceOf(component string) Place {
	if m := t.member(component); m != nil {
		return m.place
	}
	return Place{}
}

// Assignment says which process runs each task, of components in the order of registration.
type Assignment struct {
	Components []Assigned
	Workers    int // processes; each has a task
}

// Assigned is the processes that run the tasks of a component.
type Assigned struct {
	Component string
	Spout     bool
	Workers   []int // by task
	Why       string
}

// Where is the process of a task, -1 where there is no such task.
func (a *Assignment) Where(component string, task int) int {
	for _, c := range a.Components {
		if c.Component == component && task < len(c.Workers) {
			return c.Workers[task]
		}
	}
	return -1
}

// spare is how much more than the least loaded process one may have, in parts of a task, to be chosen for having a task's neighbours.
const spare = 2

// Assign spreads the tasks over so many processes at the most: evenly by what they need, and where that leaves a choice, beside
// those that they send to and take from. It is the same in every process and run.
func (t *Topology) Assign(workers int) (*Assignment, error) {
	if workers < 1 {
		return nil, fmt.Errorf("%d workers: there must be one", workers)
	}
	p, err := t.placer(workers)
	if err != nil {
		return nil, err
	}
	for _, m := range p.sorted {
		if m.place.Near == "" {
			p.component(m)
		}
	}
	// What is near another stands behind it, however long the chain is.
	for range p.sorted {
		for _, m := range p.sorted {
			if near := t.member(m.place.Near); m.place.Near != "" && (near == nil || p.at[near] != nil) {
				p.component(m)
			}
		}
	}
	for _, m := range p.sorted {
		if m.place.Near != "" {
			m.place.Near = "" // they are near one another, and near nothing else
			p.component(m)
		}
	}
	return p.result(t), nil
}

// placer is the state of Assign.
type placer struct {
	t      *Topology
	sorted []*member
	around map[*member][]*member // neighbours by edges on which tuples may stay in the process
	at     map[*member][]int
	why    map[*member]string
	load   []int // of each process, in thousandths of a core
	own    map[*member][]int
	common []int // processes for those that are not isolated
}

func (t *Topology) placer(workers int) (*placer, error) {
	p := &placer{t: t, around: map[*member][]*member{}, at: map[*member][]int{}, why: map[*member]string{}, own: map[*member][]int{}, load: make([]int, workers)}
	feeds, all := map[*member][]*member{}, map[*member][]*member{}
	for _, e := range t.edges {
		s := e.describe()
		from, to := t.member(s.From), t.member(s.To)
		if from == nil || to == nil {
			return nil, fmt.Errorf("an edge from %s to %s leads from or to no component", s.From, s.To)
		}
		all[from] = append(all[from], to)
		if !s.Loop {
			feeds[from] = append(feeds[from], to)
		}
		if s.Grouping == Shuffle || s.Grouping == Local || from.count == 1 || to.count == 1 {
			p.around[from] = append(p.around[from], to)
			p.around[to] = append(p.around[to], from)
		}
	}
	findCycles(t.members, all)
	var err error
	if p.sorted, err = order(t.members, feeds); err != nil {
		return nil, err
	}
	return p, p.isolate(workers)
}

// isolate gives isolated components processes of their own, the last ones, as many as their share of the work is and at least one.
func (p *placer) isolate(workers int) error {
	var alone []*member
	total, others := 0, false
	for _, m := range p.sorted {
		total += m.count * m.weight()
		if m.place.Isolate && !p.home(m) && m.cycle == nil {
			alone = append(alone, m)
		} else {
			others = true
		}
	}
	need := len(alone)
	if others {
		need++
	}
	if need > workers && workers > 1 {
		return fmt.Errorf("%d workers are too few: %d components stand in isolation, and need one each", workers, len(alone))
	}
	next := workers
	if workers > 1 {
		for i, m := range alone {
			n := max(1, min(m.count, workers*m.count*m.weight()/max(total, 1)))
			left := len(alone) - i - 1
			if others {
				left++
			}
			n = max(1, min(n, next-left))
			for range n {
				next--
				p.own[m] = append(p.own[m], next)
			}
			slices.Sort(p.own[m])
		}
	}
	for w := range next {
		p.common = append(p.common, w)
	}
	return nil
}

// weight is what a task needs, in thousandths of a core; a GiB of memory counts as one.
func (m *member) weight() int {
	w := 1000
	if m.place.CPU > 0 {
		w = m.place.CPU * 10
	}
	return max(1, w+int(m.place.Memory>>20))
}

// component places the tasks of one component, and of all that must stand with it.
func (p *placer) component(m *member) {
	if p.at[m] != nil {
		return
	}
	if head := p.t.head(m); head != m {
		p.component(head)
		p.why[m] = "fused to " + head.name
		for i, w := range p.at[head] {
			p.put(m, i, w)
		}
		return
	}
	switch {
	case m.cycle != nil:
		p.together(m)
		return
	case p.own[m] != nil:
		p.why[m] = "isolated"
	case p.home(m):
		p.why[m] = "the process's own streams"
		for i := range m.count {
			p.put(m, i, p.common[0])
		}
		return
	}
	near := p.t.member(m.place.Near)
	for i := range m.count {
		if near != nil && p.own[m] == nil {
			p.why[m] = "near " + near.name
			p.put(m, i, p.at[near][i%near.count])
			continue
		}
		p.put(m, i, p.best(m, i))
	}
}

// home reports whether a component, or one that is fused to it, has to run where the process's own streams are.
func (p *placer) home(m *member) bool {
	for _, other := range p.sorted {
		if other.place.Home && p.t.head(other) == m {
			return true
		}
	}
	return m.place.Home
}

// together places all tasks of a cycle in one process, which counts what goes round in it.
func (p *placer) together(m *member) {
	home := false
	for _, other := range p.sorted {
		home = home || other.cycle == m.cycle && other.place.Home
	}
	w := p.common[0]
	if !home {
		w = p.best(m, 0)
	}
	for _, other := range p.sorted {
		if other.cycle != m.cycle {
			continue
		}
		p.why[other] = "a cycle stays in one process"
		for i := range other.count {
			p.put(other, i, w)
		}
	}
}

// best is the process for a task: of those that have little to do the one with most neighbours.
func (p *placer) best(m *member, task int) int {
	from := p.common
	if p.own[m] != nil {
		from = p.own[m]
	}
	least := p.load[from[0]]
	mine := map[int]int{} // tasks of the component in each process
	for _, w := range p.at[m] {
		mine[w]++
	}
	fewest := mine[from[0]]
	for _, w := range from {
		least, fewest = min(least, p.load[w]), min(fewest, mine[w])
	}
	neighbours := func(w int) int {
		n := 0
		for _, other := range p.around[m] {
			for i, v := range p.at[other] {
				if v == w {
					n++
					if other.count == m.count && i == task {
						n += len(p.load)
					}
				}
			}
		}
		return n
	}
	open := slices.DeleteFunc(slices.Clone(from), func(w int) bool {
		return p.load[w] > least+m.weight()/spare || mine[w] > fewest
	})
	if len(open) == 0 { // the least loaded has more of this component already
		open = slices.DeleteFunc(slices.Clone(from), func(w int) bool { return p.load[w] > least })
	}
	return slices.MinFunc(open, func(a, b int) int {
		return cmp.Or(cmp.Compare(neighbours(b), neighbours(a)), cmp.Compare(p.load[a], p.load[b]), cmp.Compare(a, b))
	})
}

func (p *placer) put(m *member, task, worker int) {
	if p.at[m] == nil {
		p.at[m] = []int{}
	}
	p.at[m] = append(p.at[m], worker)
	p.load[worker] += m.weight()
}

// result numbers the processes that have a task, and leaves out the others.
func (p *placer) result(t *Topology) *Assignment {
	number := make([]int, len(p.load))
	a := &Assignment{}
	for w := range p.load {
		if number[w] = a.Workers; p.load[w] > 0 {
			a.Workers++
		}
	}
	for _, m := range t.members {
		c := Assigned{Component: m.name, Spout: m.newSpout != nil, Why: p.why[m]}
		for _, w := range p.at[m] {
			c.Workers = append(c.Workers, number[w])
		}
		a.Components = append(a.Components, c)
	}
	return a
}
