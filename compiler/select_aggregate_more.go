package compiler

import (
	"math"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// Aggregates that keep more than a sum.

// deviation is that of a sample, by Welford's method.
func (g *aggregating) deviation() ir.Expr {
	n := g.state("rows", types.TInt, nil)
	mean := g.state("mean", types.TFloat, nil)
	squares := g.state("squares", types.TFloat, nil)
	g.row(func(v ir.Expr) []ir.Stmt {
		if v.Type().Kind == types.Int {
			v = toFloat(v)
		}
		off := &ir.Local{ID: g.e.nextLocal(), Name: "off", Type: types.TFloat}
		ref := &ir.LocalRef{Typed: typed(types.TFloat, g.x), Local: off}
		return []ir.Stmt{
			&ir.Let{Pos: ir.Pos{Span: g.x.Span()}, Local: off, Value: g.op("-", v, mean)},
			g.set(n, g.op("+", n, g.int(1))),
			g.set(mean, g.op("+", mean, g.helper("_mean", ref, n))),
			g.set(squares, g.op("+", squares, g.op("*", ref, g.op("-", v, mean)))),
		}
	})
	// Two parts: the squares of both, and those of their means' distance from the mean of all.
	on, all := g.s.with(n), &ir.Local{ID: g.e.nextLocal(), Name: "rows", Type: types.TInt}
	off := &ir.Local{ID: g.e.nextLocal(), Name: "off", Type: types.TFloat}
	allRef, offRef := &ir.LocalRef{Typed: typed(types.TInt, g.x), Local: all}, &ir.LocalRef{Typed: typed(types.TFloat, g.x), Local: off}
	g.merge(
		&ir.Let{Pos: ir.Pos{Span: g.x.Span()}, Local: all, Value: g.op("+", n, on)},
		&ir.Let{Pos: ir.Pos{Span: g.x.Span()}, Local: off, Value: g.op("-", g.s.with(mean), mean)},
		g.set(squares, g.op("+", g.op("+", squares, g.s.with(squares)), g.op("*", g.op("*", offRef, offRef), g.helper("_mean", g.op("*", toFloat(n), toFloat(on)), allRef)))),
		g.set(mean, g.op("+", mean, g.helper("_mean", g.op("*", offRef, toFloat(on)), allRef))),
		g.set(n, allRef))
	v := g.helper("_deviation", squares, n)
	if g.maybe {
		return g.unless(n, v)
	}
	return v
}

// extreme is the least or greatest value. Of whole numbers it begins with the other end, so that senders may add up.
func (g *aggregating) extreme(t *types.Type) ir.Expr {
	if !g.maybe && (t.Kind == types.Int || t.Kind == types.Duration) {
		begin := int64(math.MaxInt64)
		if g.name == "max" {
			begin = math.MinInt64
		}
		var initial any = begin
		if t.Kind == types.Duration {
			initial = time.Duration(begin)
		}
		m := g.state("", t, initial)
		g.row(func(v ir.Expr) []ir.Stmt { return []ir.Stmt{g.set(m, g.builtin(g.name, t, m, v))} })
		g.merge(g.set(m, g.builtin(g.name, t, m, g.s.with(m))))
		return m
	}
	if !g.maybe {
		seen, m := g.state("seen", types.TBool, nil), g.state("", t, nil)
		g.row(func(v ir.Expr) []ir.Stmt {
			return []ir.Stmt{
				g.set(m, choice(g.x, t, seen, g.builtin(g.name, t, m, v), v)),
				g.set(seen, &ir.Const{Typed: typed(types.TBool, g.x), Value: true}),
			}
		})
		v := g.s.with(m)
		g.merge(&ir.If{Pos: ir.Pos{Span: g.x.Span()}, Cond: g.s.with(seen), Then: &ir.Block{Stmts: []ir.Stmt{
			g.set(m, choice(g.x, t, seen, g.builtin(g.name, t, m, v), v)),
			g.set(seen, &ir.Const{Typed: typed(types.TBool, g.x), Value: true}),
		}}})
		return m
	}
	opt := types.OptionalOf(t)
	m := g.state("", opt, nil)
	g.row(func(v ir.Expr) []ir.Stmt {
		old := &ir.Default{Typed: typed(t, g.x), X: m, Y: v}
		next, _ := convert(g.builtin(g.name, t, old, v), opt)
		return []ir.Stmt{g.set(m, next)}
	})
	l := &ir.Local{ID: g.e.nextLocal(), Name: "value", Type: t}
	v := &ir.LocalRef{Typed: typed(t, g.x), Local: l}
	next, _ := convert(g.builtin(g.name, t, &ir.Default{Typed: typed(t, g.x), X: m, Y: v}, v), opt)
	g.merge(&ir.If{Pos: ir.Pos{Span: g.x.Span()}, Let: l, Cond: g.s.with(m), Then: &ir.Block{Stmts: []ir.Stmt{g.set(m, next)}}})
	return m
}

// edge is the first or the last value: by their coming, or in a window that goes by the time of tuples by that.
func (g *aggregating) edge(t *types.Type) ir.Expr {
	kept := t
	if g.maybe {
		kept = types.OptionalOf(t)
	}
	timed := g.s.window != nil && g.s.window.mark != nil
	var seen *ir.StateRef
	if g.name == "first" || timed {
		seen = g.state("seen", types.TBool, nil)
	}
	m := g.state("", kept, nil)
	pos := ir.Pos{Span: g.x.Span()}
	is := &ir.Const{Typed: typed(types.TBool, g.x), Value: true}
	not := func(x ir.Expr) ir.Expr { return &ir.Unary{Typed: typed(types.TBool, g.x), Op: "not", X: x} }
	if timed {
		when := g.state("at", types.TTime, nil)
		better := func(at ir.Expr) ir.Expr {
			op := map[string]string{"first": "<", "last": ">="}[g.name]
			return &ir.Binary{Typed: typed(types.TBool, g.x), Op: "or", X: not(seen), Y: g.op(op, at, when)}
		}
		g.row(func(v ir.Expr) []ir.Stmt {
			v, _ = convert(v, kept)
			at := g.s.rowTime(g.e.compilation)
			return []ir.Stmt{&ir.If{Pos: pos, Cond: better(at), Then: &ir.Block{Stmts: []ir.Stmt{g.set(seen, is), g.set(m, v), g.set(when, at)}}}}
		})
		g.merge(&ir.If{Pos: pos, Cond: &ir.Binary{Typed: typed(types.TBool, g.x), Op: "and", X: g.s.with(seen), Y: better(g.s.with(when))},
			Then: &ir.Block{Stmts: []ir.Stmt{g.set(seen, is), g.set(m, g.s.with(m)), g.set(when, g.s.with(when))}}})
		return m
	}
	g.row(func(v ir.Expr) []ir.Stmt {
		v, _ = convert(v, kept)
		if seen == nil {
			return []ir.Stmt{g.set(m, v)}
		}
		return []ir.Stmt{&ir.If{Pos: pos, Cond: not(seen), Then: &ir.Block{Stmts: []ir.Stmt{g.set(seen, is), g.set(m, v)}}}}
	})
	return m
}

// declared types an aggregate that a library or the topology declares. Its values are kept, and it goes over them.
func (g *aggregating) declared() ir.Expr {
	e := g.e
	f := e.aggregateOf(g.x)
	call := &ast.Call{Node: g.x.Node, Fun: g.x.Fun}
	for i, a := range g.x.Args {
		b := *a
		once := false
		for p := range f.decl.Params {
			if a.Name == nil && p == i || a.Name != nil && f.decl.Params[p].Name.Name == a.Name.Name {
				once = f.once(p)
			}
		}
		if !once && a.Value != nil {
			b.Value = &ast.List{Node: a.Node, Items: []ast.Expr{a.Value}}
		}
		call.Args = append(call.Args, &b)
	}
	v, ok := e.callOwn(f, g.x.Fun.Span(), call).(*ir.FuncCall)
	if !ok {
		return nil
	}
	for i, a := range v.Args {
		item, is := a.(*ir.ListLit)
		if !is || f.once(i) {
			continue
		}
		all := g.state(map[bool]string{true: "values"}[i > 0], item.T, nil)
		g.row(func(ir.Expr) []ir.Stmt { return []ir.Stmt{g.set(all, g.op("+", all, item))} })
		g.merge(g.set(all, g.op("+", all, g.s.with(all))))
		v.Args[i] = all
	}
	return v
}
