package compiler

import (
	"math"
	"strconv"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// An order is one of all groups of a window, which live in several tasks. So what groups them is a bolt before the query, `x.groups`, whose rows say when their window ends and what they
// are ordered by; the query keeps the rows of each window, as many as its limit wants, and gives them in their order when time has come to that end.

// ordering is what a query says of the order of its groups.
type ordering struct {
	q      *ast.Selection // as it is written
	outer  *ast.Selection // what is left of it
	groups *component
}

// What rows of `x.groups` have beside the columns.
const (
	orderField = "_order"
	untilField = "_until"
)

// endsTogether reports whether windows of all groups end at the same times.
func endsTogether(w *ast.Window) bool {
	return w.Kind.Name == "tumbling" || w.Kind.Name == "sliding" || w.Kind.Name == "cumulative"
}

// ordered takes the order out of a query.
func (l *lowering) ordered(q *ast.Selection) *ast.Selection {
	if len(q.Order) == 0 || q.Window == nil || !endsTogether(q.Window) || !l.c.groups(q) || l.comp.decl.Select != q {
		return q
	}
	inner := *q
	inner.Order, inner.Limit, inner.Columns = nil, nil, append([]*ast.Column(nil), q.Columns...)
	for i, o := range q.Order {
		inner.Columns = append(inner.Columns, &ast.Column{Node: o.Node, X: o.By, Name: &ast.Ident{Node: o.Node, Name: orderField + strconv.Itoa(i+1)}})
	}
	o := &ordering{q: q, groups: l.bolt("groups", &inner, true)}
	o.groups.until = o
	o.outer = &ast.Selection{Node: q.Node, Columns: []*ast.Column{{Node: q.Node}}, From: l.reads("row", q.From.Node, o.groups)}
	l.comp.ordering = o
	return o.outer
}

// orderWrong reports an order that nothing has.
func (c *compilation) orderWrong(q *ast.Selection) bool {
	if q.Window == nil || len(q.Order) == 0 && q.Limit == nil {
		return false
	}
	switch {
	case !endsTogether(q.Window):
		at := q.Limit
		if len(q.Order) > 0 {
			at = q.Order[0].By
		}
		c.err(windowOrder, at.Span(), "windows `%s` end each for itself: there is no time at which all their rows are there to be ordered", q.Window.Kind.Name).
			help("let a query over this one order them by windows that end together: `window tumbling 1m order by ... limit ...`")
		return true
	case len(q.Order) == 0:
		c.err(windowOrder, q.Limit.Span(), "nothing says which rows are the first ones").help("write `order by n desc limit %s`", c.text(q.Limit.Span()))
		return true
	}
	return false
}

// until adds the column that says when a window ends.
func (s *selecting) until(c *compilation) {
	w := s.window
	if w.end == nil {
		w.end = &ir.Local{ID: c.queryEnv(s).nextLocal(), Name: "window_end", Type: types.TTime}
	}
	s.columns = append(s.columns, &column{name: untilField, at: s.decl.Span(), value: &ir.LocalRef{Typed: typed(types.TTime, s.decl), Local: w.end}})
}

// orders types what is left of a query that orders its groups.
func (c *compilation) orders(s *selecting, o *ordering) {
	fields := s.in.ir.Fields
	until := fieldIndex(fields, untilField)
	if until < 0 || s.comp.ordering.groups.open {
		s.broken = true
		return
	}
	s.in.used = true
	s.grouped, s.keys = true, []selectKey{{field: until}}
	shown := until - len(o.q.Order)
	spec := []int{}
	for i, by := range o.q.Order {
		if t := fields[shown+i].Type; !t.Ordered() || t.Kind == types.Bytes {
			r := c.err(windowOrder, by.By.Span(), "rows can't be ordered by a %s", t)
			if t.Kind == types.Optional {
				r.help("say what stands for a missing one: `%s ?? %s`", short(c.text(by.By.Span())), zeroText(t.Elem))
			} else {
				r.help("order by numbers, texts, times or durations")
			}
			s.broken = true
			return
		}
		n := shown + i + 1
		if by.Desc {
			n = -n
		}
		spec = append(spec, n)
	}
	for i, f := range fields[:shown] {
		if f.Type.Ordered() && f.Type.Kind != types.Bytes {
			spec = append(spec, i+1) // so that the order of equal ones is the same in every run
		}
	}
	at := o.q.Order[0]
	var limit ir.Expr = &ir.Const{Typed: typed(types.TInt, at), Value: int64(math.MaxInt64)}
	if o.q.Limit != nil {
		e := &env{compilation: c, comp: s.comp, argument: true}
		limit = e.value(o.q.Limit, types.TInt, "the limit of "+s.comp.name.Name)
		if isInvalid(limit) {
			s.broken = true
			return
		}
		if n, ok := ir.Constant(limit); ok && n.(int64) < 1 {
			c.err(windowOrder, o.q.Limit.Span(), "a limit is one row at least").help("write e.g. `limit 10`")
			s.broken = true
			return
		}
	}
	row := &types.Type{Kind: types.Record, Fields: fields[:until]}
	list := types.ListOf(row)
	rows := s.state(at, "rows", list, nil)
	rec := &ir.RecordLit{Typed: typed(row, at)}
	for i, f := range fields[:until] {
		rec.Values = append(rec.Values, &ir.FieldRef{Typed: typed(f.Type, at), Input: s.in.ir, Index: i})
	}
	pos := posOf(at)
	sorted := func(x ir.Expr) ir.Expr {
		return &ir.FuncCall{Typed: typed(list, at), Args: []ir.Expr{x, limit}, Func: &ir.Func{Name: "sorted", Builtin: "sorted", Result: list, Pure: true, Order: spec}}
	}
	s.steps = []ir.Stmt{&ir.Assign{Pos: pos, Target: rows, Value: &ir.Binary{Typed: typed(list, at), Op: "+", X: rows, Y: &ir.ListLit{Typed: typed(list, at), Items: []ir.Expr{rec}}}}}
	if o.q.Limit != nil {
		// No more are kept than four times as many as are wanted.
		n := &ir.FuncCall{Typed: typed(types.TInt, at), Args: []ir.Expr{rows}, Func: &ir.Func{Name: "len", Builtin: "len", Result: types.TInt, Pure: true}}
		many := &ir.Binary{Typed: typed(types.TInt, at), Op: "div", X: n, Y: &ir.Const{Typed: typed(types.TInt, at), Value: int64(4)}}
		s.steps = append(s.steps, &ir.If{Pos: pos, Cond: &ir.Binary{Typed: typed(types.TBool, at), Op: ">", X: many, Y: limit},
			Then: &ir.Block{Stmts: []ir.Stmt{&ir.Assign{Pos: pos, Target: rows, Value: sorted(rows)}}}})
	}
	e := &env{compilation: c, comp: s.comp}
	item := &ir.Local{ID: e.nextLocal(), Name: "row", Type: row}
	emit := &ir.Emit{Pos: pos}
	for i, f := range fields[:shown] {
		s.columns = append(s.columns, &column{name: f.Name, at: at.Span(), value: &ir.FieldRef{Typed: typed(f.Type, at), Input: s.in.ir, Index: i}})
		emit.Args = append(emit.Args, &ir.RecordField{Typed: typed(f.Type, at), X: &ir.LocalRef{Typed: typed(row, at), Local: item}, Name: f.Name})
	}
	s.output()
	emit.Stream = s.comp.output("").ir
	s.order = &ir.Timer{Kind: ir.AtMark, Span: at.Span(), Keys: s.keyLocals(c), Block: &ir.Block{Stmts: []ir.Stmt{
		&ir.For{Pos: pos, Key: item, In: sorted(rows), Body: &ir.Block{Stmts: []ir.Stmt{emit}}}}}}
	s.mark = markState(o.q.Window)
	s.states = append(s.states, s.mark)
}
