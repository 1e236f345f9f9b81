package optimise

import (
	"fmt"
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// Filter moves conditions towards the spouts. A bolt that begins with `if cond { return }`, or is nothing but an `if`, has its
// condition looked at where the tuple is emitted: what it drops is neither copied nor sent. Through bolts that change nothing the condition
// goes further. Consumers come before producers, so that conditions meet on their way up.
var filter = Pass{Name: "filter", Run: func(p *ir.Program) []ir.Note {
	w := &filters{p: p, froms: map[*ir.Edge][]string{}}
	for _, c := range slices.Backward(p.Components) {
		if c.Body == nil {
			continue
		}
		for _, in := range c.Inputs {
			for w.own(c, in) {
			}
		}
		w.through(c)
	}
	return w.notes()
}}

type filters struct {
	p *ir.Program
	// froms are, for an edge with a condition, the bolts whose condition it is, as texts.
	froms map[*ir.Edge][]string
	left  []ir.Note
}

// own moves the condition that a bolt begins with into the edges of its input, and reports whether it did.
func (w *filters) own(c *ir.Component, in *ir.Input) bool {
	on := c.Body.On[in.Index]
	cond, rest, drops := leading(on)
	if cond == nil || readsState(cond) {
		return false
	}
	leave := func(format string, args ...any) {
		w.left = append(w.left, ir.Note{
			What: fmt.Sprintf("the condition %s stays in %s", text(w.p, cond.At()), c.Name), Why: fmt.Sprintf(format, args...), Left: true, Span: c.NameAt,
		})
	}
	if !pure(cond) {
		if ir.CanFail(cond) {
			leave("it can fail, and what fails in %s is %s's to tell", c.Name, c.Name)
		} else {
			leave("it gives something else each time, or reaches outside")
		}
		return false
	}
	if visitsKeys(c.Body) {
		leave("a tuple that it drops still counts for its key, which %s looks at by itself", c.Name)
		return false
	}
	var edges []*ir.Edge
	for _, e := range w.p.Edges {
		if e.Input == in {
			if why := w.refuses(e, cond); why != "" {
				leave("%s", why)
				return false
			}
			edges = append(edges, e)
		}
	}
	if drops {
		cond = &ir.Unary{Typed: ir.Typed{T: types.TBool}, Op: "not", X: cond}
	}
	for _, e := range edges {
		w.add(e, onStream(cond, in, e), c.Name)
	}
	on.Stmts = rest
	return true
}

// leading is the condition that a block begins with, and what comes after it. drops says that tuples of which it is true are dropped.
func leading(b *ir.Block) (cond ir.Expr, rest []ir.Stmt, drops bool) {
	if b == nil || len(b.Stmts) == 0 {
		return nil, nil, false
	}
	s, ok := b.Stmts[0].(*ir.If)
	if !ok || s.Let != nil || s.Else != nil {
		return nil, nil, false
	}
	if len(s.Then.Stmts) == 1 {
		if _, ok := s.Then.Stmts[0].(*ir.Return); ok {
			return s.Cond, b.Stmts[1:], true
		}
	}
	if len(b.Stmts) == 1 {
		return s.Cond, s.Then.Stmts, false
	}
	return nil, nil, false
}

// refuses says why a condition may not be looked at before an edge; "" where it may.
func (w *filters) refuses(e *ir.Edge, cond ir.Expr) string {
	from := e.Stream.From
	switch {
	case e.InCycle:
		return fmt.Sprintf("tuples from %s go round a cycle, and are counted as they do", from.Name)
	case len(e.Stream.Latest) > 0:
		return fmt.Sprintf("%s is a `latest` stream: a tuple that is dropped may still have to replace an older one", e.Stream.FullName())
	case e.Stream.Failed:
		return fmt.Sprintf("%s is made where something fails", e.Stream.FullName())
	case e.Grouping == ir.ByGo:
		return "Go chooses the task of each tuple, and may refuse it"
	case costly(cond) && (e.To.Tasks > from.Tasks || e.To.TasksParam != nil || from.TasksParam != nil):
		return fmt.Sprintf("it is dear, and %s has more tasks for it than %s", e.To.Name, from.Name)
	}
	return ""
}

// costly reports whether a condition takes longer than to send a tuple.
func costly(cond ir.Expr) bool {
	found := false
	ir.WalkExpr(cond, func(e ir.Expr) {
		switch e := e.(type) {
		case *ir.Capture:
			found = true
		case *ir.FuncCall:
			found = found || e.Func.Body != nil || e.Func.TakesArena
			for _, f := range e.Func.Params {
				found = found || f.Type.Kind == types.Regex
			}
		}
	})
	return found
}

func readsState(e ir.Expr) bool {
	found := false
	ir.WalkExpr(e, func(e ir.Expr) {
		_, state := e.(*ir.StateRef)
		found = found || state
	})
	return found
}

// onStream is a condition over an input's fields as one over those of the stream that an edge carries.
func onStream(cond ir.Expr, in *ir.Input, edge *ir.Edge) ir.Expr {
	return ir.Rewrite(cond, func(e ir.Expr) ir.Expr {
		ref, ok := e.(*ir.FieldRef)
		if !ok {
			return e
		}
		name := in.Fields[ref.Index].Name
		at := slices.IndexFunc(edge.Stream.Fields, func(f types.Field) bool { return f.Name == name })
		return &ir.FieldRef{Typed: ref.Typed, Index: at}
	})
}

func (w *filters) add(e *ir.Edge, cond ir.Expr, from ...string) {
	if e.Where != nil {
		cond = &ir.Binary{Typed: ir.Typed{T: types.TBool}, Op: "and", X: e.Where, Y: cond}
	}
	e.Where = cond
	w.froms[e] = append(w.froms[e], from...)
}

// through moves the condition on the one edge that leads out of a bolt to those that lead into it, where the bolt does nothing else than
// pass on the fields that the condition reads.
func (w *filters) through(c *ir.Component) {
	outs := outOf(w.p, c)
	if len(outs) != 1 || outs[0].Where == nil || len(c.Inputs) != 1 || len(c.Body.States)+len(c.Body.Timers) > 0 || c.Body.Finish != nil {
		return
	}
	out, in, on := outs[0], c.Inputs[0], c.Body.On[0]
	if effects(on) {
		return
	}
	// Which field of the input each field of the stream is, at every emit.
	var from []int
	same := true
	ir.WalkBlock(on, func(s ir.Stmt) {
		emit, ok := s.(*ir.Emit)
		if !ok || emit.Stream != out.Stream {
			return
		}
		fields := make([]int, len(emit.Args))
		for i, a := range emit.Args {
			fields[i] = -1
			if ref, ok := a.(*ir.FieldRef); ok {
				fields[i] = ref.Index
			}
		}
		for i := range from {
			if from[i] != fields[i] {
				fields[i] = -1
			}
		}
		from = fields
	}, func(ir.Expr) {})
	ir.WalkExpr(out.Where, func(e ir.Expr) {
		if ref, ok := e.(*ir.FieldRef); ok && (from == nil || from[ref.Index] < 0) {
			same = false
		}
	})
	if !same || from == nil {
		return
	}
	edges := into(w.p, c)
	for _, e := range edges {
		if w.refuses(e, out.Where) != "" {
			return
		}
	}
	before := ir.Rewrite(out.Where, func(e ir.Expr) ir.Expr {
		if ref, ok := e.(*ir.FieldRef); ok {
			return &ir.FieldRef{Typed: ref.Typed, Input: in, Index: from[ref.Index]}
		}
		return e
	})
	for _, e := range edges {
		w.add(e, onStream(before, in, e), w.froms[out]...)
	}
	out.Where = nil
	delete(w.froms, out)
}

func (w *filters) notes() []ir.Note {
	var out []ir.Note
	for _, e := range w.p.Edges {
		if e.Where == nil {
			continue
		}
		whose := w.froms[e][0]
		for _, other := range w.froms[e][1:] {
			if other != whose {
				whose += " and " + other
			}
		}
		out = append(out, ir.Note{
			What: fmt.Sprintf("%s sends %s only what %s keeps", e.Stream.FullName(), e.To.Name, whose),
			Why:  "what is dropped is neither copied nor sent", Span: e.Stream.From.NameAt,
		})
	}
	slices.Reverse(w.left)
	return append(out, w.left...)
}
