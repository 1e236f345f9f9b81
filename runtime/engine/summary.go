package engine

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

// summary is called when no task runs any more.
func (r *run) summary() Summary {
	s := Summary{Failures: r.topology.failed.sorted()}
	for _, e := range r.topology.edges {
		s.Edges = append(s.Edges, EdgeSummary{EdgeSpec: e.describe()})
	}
	for _, m := range r.topology.members {
		for _, t := range m.local() {
			one := TaskSummary{Component: m.name, Task: t.number, Executed: t.meter.executed.traffic()}
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
