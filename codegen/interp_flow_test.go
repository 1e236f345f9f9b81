package codegen_test

import (
	"fmt"
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
)

// run gives each bolt what its inputs' streams carry, when all that feeds it has run; the bolts of a cycle run together. Streams that one bolt
// reads have no key in common, or it keeps nothing, so that the order among them is nobody's business.
func (m *machine) run() {
	m.out, m.to, m.failed = map[*ir.Stream][]tuple{}, map[*ir.Stream][]int64{}, map[string]int{}
	left := m.groups()
	done := map[*ir.Component]bool{}
	for len(left) > 0 {
		next := slices.IndexFunc(left, func(group []*ir.Component) bool {
			return !slices.ContainsFunc(m.prog.Edges, func(e *ir.Edge) bool {
				return slices.Contains(group, e.To) && !slices.Contains(group, e.Stream.From) && !done[e.Stream.From]
			})
		})
		if next < 0 {
			panic("interpreter: a cycle without a loop")
		}
		group := left[next]
		left = slices.Delete(left, next, next+1)
		switch c := group[0]; {
		case m.cyclic(group):
			m.cycle(group)
		case c.Kind == ir.Spout:
			for n := range m.given[len(m.given)-1].to {
				m.put(c.Outputs[0], tuple{int64(n)}, 0)
			}
		case c.Kind == ir.Bolt:
			m.bolt(c)
		}
		for _, c := range group {
			done[c] = true
		}
	}
}

// groups are the components, those of one cycle together.
func (m *machine) groups() [][]*ir.Component {
	in := map[*ir.Component]int{}
	for i, c := range m.prog.Components {
		in[c] = i
	}
	for range m.prog.Components {
		for _, e := range m.prog.Edges {
			if e.InCycle {
				least := min(in[e.To], in[e.Stream.From])
				in[e.To], in[e.Stream.From] = least, least
			}
		}
	}
	byNumber := make([][]*ir.Component, len(in))
	for _, c := range m.prog.Components {
		byNumber[in[c]] = append(byNumber[in[c]], c)
	}
	return slices.DeleteFunc(byNumber, func(g []*ir.Component) bool { return len(g) == 0 })
}

func (m *machine) cyclic(group []*ir.Component) bool {
	return slices.ContainsFunc(m.prog.Edges, func(e *ir.Edge) bool { return e.InCycle && slices.Contains(group, e.To) })
}

// cycle runs the bolts of a cycle, which keep nothing: what comes round is worked on in whatever order.
func (m *machine) cycle(group []*ir.Component) {
	type work struct {
		edge *ir.Edge
		t    tuple
		to   int64
		hops int64
	}
	var queue []work
	keepers := map[*ir.Component]*keeper{}
	for _, c := range group {
		keepers[c] = m.keeper(c)
	}
	for _, e := range m.prog.Edges {
		if keepers[e.To] == nil || e.InCycle {
			continue
		}
		for i, t := range m.out[e.Stream] {
			queue = append(queue, work{e, t, m.to[e.Stream][i], 0})
		}
	}
	for steps := 0; len(queue) > 0; steps++ {
		if steps > 1_000_000 {
			panic("interpreter: a cycle without an end")
		}
		w := queue[0]
		queue = queue[1:]
		had := map[*ir.Stream]int{}
		for _, s := range w.edge.To.Outputs {
			had[s] = len(m.out[s])
		}
		keepers[w.edge.To].arrives(w.edge, w.t, w.to)
		for _, e := range m.prog.Edges {
			if e.Stream.From != w.edge.To || !e.InCycle {
				continue
			}
			hops := w.hops
			if e.Loop != nil {
				if hops >= m.expr(e.Loop).(int64) {
					continue // it has gone round as often as it may
				}
				hops++
			}
			for i, t := range m.out[e.Stream][had[e.Stream]:] {
				queue = append(queue, work{e, t, m.to[e.Stream][had[e.Stream]+i], hops})
			}
		}
	}
}

// put adds a tuple to a stream.
func (m *machine) put(s *ir.Stream, t tuple, to int64) {
	m.out[s], m.to[s] = append(m.out[s], t), append(m.to[s], to)
}

// emit adds a tuple to a stream, for the task that the statement names.
func (m *machine) emit(s *ir.Emit, t tuple) {
	to := int64(0)
	if s.To != nil {
		to = m.expr(s.To).(int64)
		for _, e := range m.prog.Edges {
			if n := e.To.Tasks; e.Stream == s.Stream && (to < 0 || to >= int64(n)) {
				why := fmt.Sprintf("%s has the tasks 0 to %d: there is no task %d", e.To.Name, n-1, to)
				if n == 1 {
					why = fmt.Sprintf("%s has one task, 0: there is no task %d", e.To.Name, to)
				}
				panic(failure{at: s.To, why: why})
			}
		}
	}
	m.put(s.Stream, t, to)
}
