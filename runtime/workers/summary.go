package workers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/runtime/engine"
)

// result puts together what the workers did, and says what went wrong.
func (s *Supervisor) result() (engine.Summary, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []engine.Summary
	for _, w := range s.workers {
		if w.summary != nil {
			all = append(all, *w.summary)
		}
	}
	sum := Merge(all, s.cfg.Assigned)
	if s.fault != nil && s.fault.Again {
		return sum, &Again{s.fault.What}
	}
	if s.fault != nil {
		return sum, s.fault
	}
	if len(s.died) > 0 && !s.cfg.Replayed {
		return sum, &Fault{What: fmt.Sprintf("%s: what its tasks had kept is lost, with what was under way to them (up to %d tuples from other workers): "+
			"the output is not complete", strings.Join(s.died, ", "), s.lost),
			Hint: "`guarantee at-least-once` lets tuples that were under way come again"}
	}
	if s.lost > 0 && s.cfg.Replayed {
		s.cfg.Say("warning: %s: up to %d tuples were lost that came out of state, by the clock or at the end: no spout gives them again", strings.Join(s.died, ", "), s.lost)
	}
	if len(s.kept) > 0 {
		slices.Sort(s.kept)
		return sum, &Fault{What: fmt.Sprintf("%s: the state of %s was lost with it, which is kept in memory: the output is not complete",
			strings.Join(s.died, ", "), strings.Join(slices.Compact(s.kept), ", ")),
			Hint: "tuples that were under way came again; what was counted before did not: run it again"}
	}
	s.forget()
	return sum, nil
}

// Merge makes one summary of those of several processes.
func Merge(all []engine.Summary, a *engine.Assignment) engine.Summary {
	var out engine.Summary
	for _, s := range all {
		out.Tasks = append(out.Tasks, s.Tasks...)
		for i, e := range s.Edges {
			if i == len(out.Edges) {
				out.Edges = append(out.Edges, engine.EdgeSummary{EdgeSpec: e.EdgeSpec})
			}
			to := &out.Edges[i]
			to.Rows += e.Rows
			to.Batches += e.Batches
			to.Over += e.Over
			to.Late += e.Late
		}
		out.Failures = mergeFailures(out.Failures, s.Failures)
	}
	inOrder(out.Tasks, a, func(t engine.TaskSummary) (string, int) { return t.Component, t.Task })
	return out
}

// inOrder sorts what workers say of tasks as the topology names their components.
func inOrder[T any](tasks []T, a *engine.Assignment, of func(T) (component string, task int)) {
	order := map[string]int{}
	for i, c := range a.Components {
		order[c.Component] = i
	}
	slices.SortStableFunc(tasks, func(x, y T) int {
		xc, xt := of(x)
		yc, yt := of(y)
		return cmp.Or(cmp.Compare(order[xc], order[yc]), cmp.Compare(xt, yt))
	})
}

// keptReasons is how many different reasons are kept for one place, as the engine does.
const keptReasons = 3
