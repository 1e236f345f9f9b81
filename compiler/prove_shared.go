package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// Every task of a bolt keeps a copy of its shared states, and each computes it by itself: what is assigned to one, and whether it is, must
// follow from the tuple, from shared state and from params, and from nothing that differs between tasks: no clock and no chance, and no state
// that each task has its own of, neither as a value nor by what decides that the assignment is reached, or taken back.

// proveSame reports assignments to shared state that tasks could make differently.
func (c *compilation) proveSame(comp *component) {
	if comp.ir.Body == nil || !comp.ir.Many() || !comp.changesShared() {
		return
	}
	t := newTaint(true)
	for t.changed = true; t.changed; {
		t.changed = false
		t.component(comp)
	}
	told := map[source.Span]bool{}
	t.assigned = func(s *ir.Assign, value, decided source.Span) {
		root, ok := ir.TargetRoot(s.Target).(*ir.StateRef)
		if !ok || root.State.Scope != ir.Shared || t.input == nil || !comp.byAll(t.input) {
			return
		}
		from := either(value, decided)
		if from.IsZero() || told[s.Span] || told[from] {
			return
		}
		told[s.Span], told[from] = true, true
		at, note := root.Span, "each task makes its own change, and what decides on this one is not the same in all of them"
		if !value.IsZero() {
			at, note = s.Value.At(), "each task computes its own copy, and this value is another one in each"
		}
		r := c.err(sharedRandom, at, "shared state would differ between the tasks of %s", comp.name.Name).note("%s", note)
		if from != at {
			r.related(from, "%s", t.why[from])
		}
		if t.why[from] == whyOwn {
			r.help("let the tuple carry the value; or keep it `shared` too, changed by tuples that come `by all`")
		} else {
			r.help("let the tuple carry the value")
		}
	}
	t.component(comp)
}

// changesShared reports whether a component assigns to a shared state at all.
func (c *component) changesShared() bool {
	return slices.ContainsFunc(c.body.uses, func(u use) bool { return u.write && u.state.ir.Scope == ir.Shared })
}

// byAll reports whether every task gets the tuples of an input.
func (c *component) byAll(in *ir.Input) bool {
	for _, i := range c.inputs {
		if i.ir == in {
			return i.grouping == ir.ByAll
		}
	}
	return false
}
