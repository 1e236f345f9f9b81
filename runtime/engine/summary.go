package engine

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Summary is what a run did. Everything in it is in a fixed order, and for a topology whose
// work does not depend on timing, rows are the same in every run; batches are not.
type Summary struct {
	Tasks    []TaskSummary // in the order of registration
	Edges    []EdgeSummary // in the order of Connect
	Failures []Failure     // by component and place
}

// Traffic counts tuples and the batches that they travelled in.
type Traffic struct{ Rows, Batches int64 }

func (t *Traffic) add(u Traffic) {
	t.Rows += u.Rows
	t.Batches += u.Batches
}

// TaskSummary is what one task took in, and sent over all its edges.
type TaskSummary struct {
	Component         string
	Task              int
	Executed, Emitted Traffic
}

// EdgeSummary is what one edge carried.
type EdgeSummary struct {
	EdgeSpec
	Traffic
	LoopLoss
}

// LoopLoss is what did not pass a loop.
type LoopLoss struct {
	Over int64 // tuples that had gone round as often as they may
	Late int64 // tuples emitted by the clock when the input had ended and the loop had drained
}

// Failure is the tuples that failed at one place of the text.
type Failure struct {
	Component, Place string
	Count            int64
	Reasons          []string // the first different ones, sorted
}

// Failed is how many tuples failed in the whole run.
func (s *Summary) Failed() int64 {
	n := int64(0)
	for _, f := range s.Failures {
		n += f.Count
	}
	return n
}

// keptReasons is how many different reasons are kept for one place.
const keptReasons = 3

// failures collects failed tuples from all tasks.
type failures struct {
	mu sync.Mutex
	at map[[2]string]*Failure // by component and place
}

// Fail counts a failed tuple. Its reason may be a view into a batch: it is copied where it is kept.
func (t *Topology) Fail(component, place, why string) {
	t.failed.mu.Lock()
	defer t.failed.mu.Unlock()
	f := t.failed.at[[2]string{component, place}]
	if f == nil {
		f = &Failure{Component: component, Place: place}
		t.failed.at[[2]string{component, place}] = f
	}
	f.Count++
	if len(f.Reasons) < keptReasons && !slices.Contains(f.Reasons, why) {
		f.Reasons = append(f.Reasons, strings.Clone(why))
	}
}

func (f *failures) sorted() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Failure
	for _, one := range f.at {
		one := *one
		one.Reasons = slices.Sorted(slices.Values(one.Reasons))
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Place, b.Place))
	})
	return all
}

// summary is called when no task runs any more.
func (r *run) summary() Summary {
	s := Summary{Failures: r.topology.failed.sorted()}
	for _, e := range r.topology.edges {
		s.Edges = append(s.Edges, EdgeSummary{EdgeSpec: e.describe()})
	}
	for _, m := range r.topology.members {
		for _, t := range m.tasks {
			one := TaskSummary{Component: m.name, Task: t.number, Executed: t.executed}
			for i, p := range t.ports {
				one.Emitted.add(p.traffic())
				s.Edges[m.edges[i]].Traffic.add(p.traffic())
				s.Edges[m.edges[i]].Over += p.lost().Over
				s.Edges[m.edges[i]].Late += p.lost().Late
			}
			s.Tasks = append(s.Tasks, one)
		}
	}
	return s
}
