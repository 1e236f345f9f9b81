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

// loopTaker is what takes the N of `loop max N`, in messages.
const loopTaker = "the bound of a loop"

// loopMax types the N of `loop max N`; nil where there is none.
func (c *compilation) loopMax(comp *component, src *ast.Source) ir.Expr {
	if src.LoopMax == nil {
		return nil
	}
	e := &env{compilation: c, comp: comp, argument: true}
	v := e.value(src.LoopMax, types.TInt, loopTaker)
	switch v := v.(type) {
	case *ir.ParamRef:
		c.boundRounds(comp, src.LoopMax, v)
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

// boundRounds notes what the param that bounds a loop lies within, and looks at its default. By a param none may go round at all.
func (c *compilation) boundRounds(comp *component, at ast.Expr, ref *ir.ParamRef) {
	b := ir.Bound{Most: maxRounds, Use: loopTaker, Of: comp.name.Name}
	if ref.Param == nil || slices.Contains(ref.Param.Bounds, b) {
		return
	}
	ref.Param.Within(b)
	if n, ok := ir.Constant(ref.Param.Default); ok && (n.(int64) < 0 || n.(int64) > maxRounds) {
		c.err(loopBound, at.Span(), "a tuple goes round 0 to %d times, not %d", maxRounds, n).
			related(ref.Param.Default.At(), "this is what param %s is, where nothing else is given", ref.Param.Name).help("write e.g. `10` there")
	}
}

// A ring is a group of components that feed one another.
type ring struct {
	members []*component // in the order of the text
	parts   map[*ir.Component]bool
	entered bool // something beside them feeds them, or may
}

// rings finds the cycles, closed by loops or not: the strongly connected components of the graph, as Tarjan finds them, in time linear in it.
func (c *compilation) rings() []*ring {
	at := make(map[*ir.Component]int, len(c.order))
	for i, comp := range c.order {
		at[comp.ir] = i
	}
	t := &tarjan{c: c, at: at, index: make([]int, len(c.order)), low: make([]int, len(c.order)), group: make([]int, len(c.order)), self: make([]bool, len(c.order))}
	for i := range c.order {
		if t.index[i] == 0 {
			t.visit(i)
		}
	}
	size := make([]int, t.groups+1)
	for _, g := range t.group {
		size[g]++
	}
	var out []*ring
	of := map[int]*ring{}
	for i, comp := range c.order {
		g := t.group[i]
		if size[g] == 1 && !t.self[i] {
			continue
		}
		r := of[g]
		if r == nil {
			r = &ring{parts: map[*ir.Component]bool{}}
			of[g] = r
			out = append(out, r)
		}
		r.members = append(r.members, comp)
		r.parts[comp.ir] = true
		r.entered = r.entered || comp.open || slices.ContainsFunc(comp.inputs, func(in *input) bool { return in.opaque })
	}
	for _, r := range out {
		for _, m := range r.members {
			for _, in := range m.inputs {
				for _, s := range in.sources {
					r.entered = r.entered || !r.has(s.ir.From) // perhaps the input of a graph
				}
			}
		}
	}
	return out
}

// tarjan numbers the components of a graph by the group that they feed one another in.
type tarjan struct {
	c          *compilation
	at         map[*ir.Component]int
	index, low []int // from 1; 0: not seen
	group      []int // from 1
	self       []bool
	stack      []int
	count      int
	groups     int
}

func (t *tarjan) visit(i int) {
	t.count++
	t.index[i], t.low[i] = t.count, t.count
	t.stack = append(t.stack, i)
	for _, in := range t.c.order[i].inputs {
		for _, s := range in.sources {
			from, ok := t.at[s.ir.From]
			switch {
			case !ok:
				continue
			case from == i:
				t.self[i] = true
			case t.index[from] == 0:
				t.visit(from)
			}
			if t.group[from] == 0 {
				t.low[i] = min(t.low[i], t.low[from])
			}
		}
	}
	if t.low[i] != t.index[i] {
		return
	}
	t.groups++
	for {
		top := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.group[top] = t.groups
		if top == i {
			return
		}
	}
}

func (r *ring) has(comp *ir.Component) bool { return r.parts[comp] }

// proveLoops checks that each `loop` closes a cycle, that tuples come into each cycle, and that all in it count the rounds.
func (c *compilation) proveLoops(rings []*ring) {
	for _, r := range rings {
		c.proveRing(r)
	}
	for _, comp := range c.order {
		for _, in := range comp.inputs {
			for _, e := range in.edges {
				if e.Loop == nil || e.InCycle || in.opaque || c.brokenComponents {
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
