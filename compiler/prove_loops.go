package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// maxRounds is how often a tuple may go round at the most: the engine counts in 32 bits.
const maxRounds = 1 << 30

// loopMax types the N of `loop max N`; nil where there is none.
func (c *compilation) loopMax(comp *component, src *ast.Source) ir.Expr {
	if src.LoopMax == nil {
		return nil
	}
	e := &env{compilation: c, comp: comp, argument: true}
	v := e.value(src.LoopMax, types.TInt, "the bound of a loop")
	switch v := v.(type) {
	case *ir.ParamRef:
	case *ir.Const:
		if n, ok := v.Value.(int64); ok && (n < 1 || n > maxRounds) {
			c.err(loopBound, src.LoopMax.Span(), "a tuple goes round 1 to %d times, not %d", maxRounds, n).help("write e.g. `loop max 10`")
		}
	default:
		if !isInvalid(v) {
			c.err(loopBound, src.LoopMax.Span(), "the bound of a loop is a number, a constant or a param").
				help("give what you compute a name: `const ROUNDS = ...`")
		}
	}
	return v
}

// A ring is a group of components that feed one another.
type ring struct {
	members []*component // in the order of the text
	entered bool         // something beside them feeds them, or may
}

// rings finds the cycles, closed by loops or not. They are found by what each component can reach.
func (c *compilation) rings() []*ring {
	of := map[*ir.Component]*component{}
	for _, comp := range c.order {
		of[comp.ir] = comp
	}
	reads := func(comp *component) []*component {
		var out []*component
		for _, in := range comp.inputs {
			for _, s := range in.sources {
				if from := of[s.ir.From]; from != nil {
					out = append(out, from)
				}
			}
		}
		return out
	}
	reach := map[*component]map[*component]bool{}
	for _, comp := range c.order {
		seen := map[*component]bool{}
		stack := reads(comp)
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if !seen[at] {
				seen[at] = true
				stack = append(stack, reads(at)...)
			}
		}
		reach[comp] = seen
	}
	var out []*ring
	done := map[*component]bool{}
	for _, comp := range c.order {
		if done[comp] || !reach[comp][comp] {
			continue
		}
		r := &ring{}
		for _, other := range c.order {
			if reach[comp][other] && reach[other][comp] {
				done[other] = true
				r.members = append(r.members, other)
				r.entered = r.entered || other.open || slices.ContainsFunc(other.inputs, func(in *input) bool { return in.opaque })
			}
		}
		for _, m := range r.members {
			for _, in := range m.inputs {
				for _, s := range in.sources {
					r.entered = r.entered || !r.has(s.ir.From) // perhaps the input of a graph
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func (r *ring) has(comp *ir.Component) bool {
	return slices.ContainsFunc(r.members, func(m *component) bool { return m.ir == comp })
}

// proveLoops checks that each `loop` closes a cycle, that tuples come into each cycle, and that all in it count the rounds.
func (c *compilation) proveLoops() {
	rings := c.rings()
	for _, r := range rings {
		c.proveRing(r)
	}
	for _, comp := range c.order {
		for _, in := range comp.inputs {
			for _, e := range in.edges {
				if e.Loop == nil || e.InCycle || in.opaque {
					continue
				}
				r := c.err(loopWithoutCycle, e.Span, "%s does not read %s, not even through others: there is no cycle to bound", e.Stream.From.Name, comp.ir.Name)
				text := c.text(e.Span)
				if i := strings.Index(text, "loop"); i > 0 {
					at := e.Span
					at.Start += len(strings.TrimRight(text[:i], " \t\n\r"))
					r.fix(at, "", "take `%s` out", text[i:])
				}
			}
		}
	}
}

func (c *compilation) proveRing(r *ring) {
	var loop *ir.Edge
	reported := false
	for _, m := range r.members {
		reported = reported || m.cyclic
		for _, in := range m.inputs {
			for _, e := range in.edges {
				e.InCycle = r.has(e.Stream.From)
				if e.InCycle && e.Loop != nil && loop == nil {
					loop = e
				}
			}
		}
	}
	if reported || loop == nil {
		return // as a cycle without a loop
	}
	if !r.entered {
		names := make([]string, len(r.members))
		for i, m := range r.members {
			names[i] = m.ir.Name
		}
		c.err(notReached, r.members[0].name.Span(), "no spout reaches %s", strings.Join(names, ", ")).
			related(loop.Span, "the cycle closes here, and nothing enters it").
			help("let one of them read something else, too: `(x: source | %s)`", c.text(loop.Span))
		return
	}
	for _, m := range r.members {
		for _, s := range m.outputs {
			c.proveFinish(r, m, s)
		}
	}
}

// proveFinish refuses a `finish` that emits into the cycle of its bolt: that could come back to it, when all is over.
func (c *compilation) proveFinish(r *ring, m *component, s *stream) {
	for _, e := range s.emits {
		if e.block != "finish" {
			continue
		}
		for _, to := range r.members {
			for _, in := range to.inputs {
				if i := slices.Index(in.sources, s); i >= 0 {
					c.err(finishLoops, c.emitHead(e.decl), "`finish` runs when the cycle has drained, but this would go round in it again").
						related(in.edges[i].Span, "%s, a part of the cycle, reads it here", to.ir.Name).
						help("emit it to an output that leaves the cycle")
					return
				}
			}
		}
	}
}

// emitHead is the span of an emit's first line.
func (c *compilation) emitHead(s *ast.Emit) source.Span { return firstLine(c, s.Span()) }
