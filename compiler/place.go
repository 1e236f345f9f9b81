package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// assignPart types `m[k] = v`, `r.f = v`, `xs[i].n += 1`: an assignment to a part of a var or a state. The indexes of `+=` that are
// computed are kept in locals first, so that they are computed once.
func (e *env) assignPart(s *ast.Assign) []ir.Stmt {
	p := &placing{env: e, s: s, keep: s.Op != "="}
	target, t := p.place(s.Target)
	if target == nil {
		e.expr(s.Value, nil)
		return nil
	}
	v := e.assigned(s, e.old(target, true), t)
	if i, ok := target.(*ir.Index); ok {
		i.T = types.OptionalOf(i.T)
	}
	return append(p.before, &ir.Assign{Pos: posOf(s), Target: target, Value: v})
}

// placing is the left side of an assignment on its way to the IR.
type placing struct {
	*env
	s      *ast.Assign
	keep   bool // indexes are needed twice
	before []ir.Stmt
}

// place types what stands left of `=`, and the type of what is kept there; nil where it can't be assigned to.
func (p *placing) place(x ast.Expr) (ir.Expr, *types.Type) {
	switch x := unparen(x).(type) {
	case *ast.Index:
		return p.item(x)
	case *ast.Select:
		return p.field(x)
	default:
		return p.target(x)
	}
}

// item types `place[index]`.
func (p *placing) item(x *ast.Index) (ir.Expr, *types.Type) {
	of, t := p.place(x.X)
	if of == nil {
		p.expr(x.Index, nil)
		return nil, nil
	}
	var index ir.Expr
	switch t.Kind {
	case types.List:
		index = p.value(x.Index, types.TInt, "the index of a list")
	case types.Map:
		index = p.value(x.Index, t.Key, "the key of this map")
	case types.Optional:
		p.expr(x.Index, nil)
		p.missing(x.X, t)
		return nil, nil
	default:
		p.expr(x.Index, nil)
		p.err(notIndexable, x.X.Span(), "items of a %s can't be assigned to", t)
		return nil, nil
	}
	if p.keep && !cheap(index) {
		l := &ir.Local{ID: p.nextLocal(), Name: "at", Type: index.Type()}
		p.before = append(p.before, &ir.Let{Pos: posOf(p.s), Local: l, Value: index})
		index = &ir.LocalRef{Typed: ir.Typed{T: l.Type, Span: index.At()}, Local: l}
	}
	return &ir.Index{Typed: typed(t.Elem, x), X: of, Index: index}, t.Elem
}

// field types `place.field`.
func (p *placing) field(x *ast.Select) (ir.Expr, *types.Type) {
	if n, ok := x.X.(*ast.Name); ok && p.lookup(n.Name) == nil && p.body.state(n.Name) == nil && p.alias(n.Name) != nil {
		p.err(badTarget, x.Span(), "a field of the tuple can't be assigned to").
			note("a tuple never changes").help("emit a new one: `emit (..%s, %s: ...)`", n.Name, x.Field.Name)
		return nil, nil
	}
	of, t := p.place(x.X)
	switch {
	case of == nil, t.Kind == types.Invalid:
		return nil, nil
	case t.Kind == types.Optional:
		p.missing(x.X, t)
		return nil, nil
	case t.Kind != types.Record:
		p.noFields(x, t)
		return nil, nil
	}
	if x.Optional {
		op := x.Span()
		op.Start, op.End = x.X.Span().End, x.Field.Span().Start
		p.err(notOptional, op, "a %s is never missing", t).fix(op, ".", "write `.%s`", x.Field.Name)
	}
	ft := t.Field(x.Field.Name)
	if ft == nil {
		p.err(unknownField, x.Field.Span(), "%s has no field %s", t, x.Field.Name).
			choose(x.Field.Span(), x.Field.Name, "its fields", fieldNames(t.Fields))
		return nil, nil
	}
	return &ir.RecordField{Typed: typed(ft, x), X: of, Name: x.Field.Name}, ft
}

// missing reports a place inside of what may be missing.
func (p *placing) missing(at ast.Expr, t *types.Type) {
	text := short(p.text(at.Span()))
	p.err(optionalUsed, at.Span(), "this is a %s, which may be missing: no part of it can be assigned to", t).
		help("take it out, change it, and put it back: `if let x = %s { var y = x ... }`", text)
}

// old is the value of a place before `+=`. What a map lacks counts as zero or empty, where its type has such a value; else, and beyond the
// end of a list, the tuple fails.
func (e *env) old(place ir.Expr, last bool) ir.Expr {
	switch x := place.(type) {
	case *ir.Index:
		container := x.X.Type()
		item := &ir.Index{Typed: ir.Typed{T: types.OptionalOf(container.Elem), Span: x.Span}, X: e.old(x.X, false), Index: x.Index}
		if container.Elem.Kind == types.Optional {
			return item
		}
		return e.oldItem(item, container, last)
	case *ir.RecordField:
		return &ir.RecordField{Typed: x.Typed, X: e.old(x.X, false), Name: x.Name}
	}
	return place
}

// oldItem is an item's value before `+=`, and on the way to one.
func (e *env) oldItem(item *ir.Index, t *types.Type, last bool) ir.Expr {
	at := ir.Typed{T: t.Elem, Span: item.Span}
	if t.Kind == types.Map {
		zero := zeroOf(t.Elem, item.Span)
		if t.Elem.Kind == types.Map && !last {
			zero = &ir.MapLit{Typed: at}
		}
		if zero != nil {
			return &ir.Default{Typed: at, X: item, Y: zero}
		}
	}
	return &ir.Must{Typed: at, X: item}
}
