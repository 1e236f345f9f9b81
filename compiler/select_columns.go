package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// columnsOf types the columns of a query.
func (e *env) columnsOf(q *ast.Selection) {
	s := e.sel
	for _, col := range q.Columns {
		if col.X == nil {
			e.allColumns(col)
			continue
		}
		name, at := "", col.Span()
		sel, isField := col.X.(*ast.Select)
		switch {
		case col.Name != nil:
			name, at = col.Name.Name, col.Name.Span()
		case isField:
			name = sel.Field.Name
		}
		if name == "" && s.first != nil && len(s.columns) < len(s.first.columns) {
			name = s.first.columns[len(s.columns)].name
		}
		s.naming = name
		v := e.expr(col.X, nil)
		switch t := v.Type(); {
		case t.Kind == types.Invalid:
			s.broken = true
			continue
		case t.Kind == types.None:
			e.err(typeUnknown, col.X.Span(), "a column that is always missing has no type").help("give it a value, or take it out")
			s.broken = true
			continue
		case name == "":
			say := "value"
			if call, ok := unparen(col.X).(*ast.Call); ok {
				if n, ok := call.Fun.(*ast.Name); ok {
					say = n.Name
				}
			}
			e.err(columnNoName, col.X.Span(), "this column has no name").fix(after(col.X.Span()), " as "+say, "write `as NAME` behind it: `%s as %s`", short(e.text(col.X.Span())), say).asks()
			s.broken = true
			continue
		}
		e.addColumn(&column{name: name, ident: col.Name, at: at, value: v})
	}
}

func (e *env) addColumn(col *column) {
	s := e.sel
	for _, other := range s.columns {
		if other.name == col.name {
			e.err(declaredTwice, col.at, "column %s is there twice", col.name).related(other.at, "the first one").help("name one of them otherwise: `as NAME`")
			s.broken = true
			return
		}
	}
	s.columns = append(s.columns, col)
}

// allColumns is `*`: all fields of what the query reads.
func (e *env) allColumns(col *ast.Column) {
	s := e.sel
	if s.grouped && s.decl.Distinct == nil {
		e.err(columnNotGrouped, col.Span(), "the rows of a group differ in their fields: `*` gives those of one row").help("name the keys and aggregates that are wanted")
		s.broken = true
		return
	}
	s.in.used = true
	if s.sides != nil {
		for _, d := range s.sides {
			for i, f := range d.fields {
				at := s.in.ir.Fields[d.at[i]]
				e.addColumn(&column{name: f.Name, at: col.Span(), value: &ir.FieldRef{Typed: typed(at.Type, col), Input: s.in.ir, Index: d.at[i]}})
			}
		}
		return
	}
	for i, f := range s.in.ir.Fields {
		if s.grouped && !slices.ContainsFunc(s.keys, func(k selectKey) bool { return k.field == i }) {
			continue // computed for another column
		}
		e.addColumn(&column{name: f.Name, at: col.Span(), value: &ir.FieldRef{Typed: typed(f.Type, col), Input: s.in.ir, Index: i}})
	}
}

// column finds a column before the one that is typed by its name, where it stands alone.
func (s *selecting) column(e *env, x *ast.Name) ir.Expr {
	if s == nil || s.inside != nil || s.place != "" {
		return nil
	}
	for _, col := range s.columns {
		if col.name != x.Name {
			continue
		}
		switch v := col.value.(type) {
		case *ir.Const, *ir.FieldRef, *ir.StateRef, *ir.ParamRef:
			return v
		}
		if col.local == nil {
			col.local = &ir.Local{ID: e.nextLocal(), Name: col.name, Type: col.value.Type()}
		}
		return &ir.LocalRef{Typed: typed(col.value.Type(), x), Local: col.local}
	}
	return nil
}

// known finds an expression that the rows are grouped by.
func (s *selecting) known(e *env, x ast.Expr) ir.Expr {
	if !s.grouped || s.inside != nil || s.place != "" || x == nil {
		return nil
	}
	for _, k := range s.keys {
		if k.x == nil {
			continue
		}
		if sel, is := k.x.(*ast.Select); is && !sel.Optional {
			if _, is := sel.X.(*ast.Name); is {
				continue // a field
			}
		}
		if words(e.text(x.Span())) == k.text {
			f := s.in.ir.Fields[k.field]
			return &ir.FieldRef{Typed: typed(f.Type, x), Input: s.in.ir, Index: k.field}
		}
	}
	return nil
}

// sees reports whether a field can be read where the query is: of a group its keys only, and all within an aggregate.
func (s *selecting) sees(e *env, in *input, x *ast.Select) bool {
	if s == nil || !s.grouped || s.inside != nil || s.place != "" || in.opaque {
		return true
	}
	return s.seesField(e, fieldIndex(in.ir.Fields, x.Field.Name), x)
}

// seesField is sees of the field with a number.
func (s *selecting) seesField(e *env, i int, x *ast.Select) bool {
	if !s.grouped || s.inside != nil || s.place != "" || i < 0 || slices.ContainsFunc(s.keys, func(k selectKey) bool { return k.field == i }) {
		return true
	}
	s.broken = true
	text := e.text(x.Span())
	r := e.err(columnNotGrouped, x.Span(), "the rows of a group differ in %s", text)
	if len(s.decl.Keys) > 0 {
		last := s.decl.Keys[len(s.decl.Keys)-1]
		r.related(last.Span(), "this is what they have in common").
			fix(after(last.Span()), ", "+text, "group by it too, or say which one is meant: `last(%s)`, `max(%s)`", text, text).asks()
	} else {
		r.help("say which one is meant, `last(%s)` or `max(%s)`, or write `group by %s`", text, text, text)
	}
	return false
}

// caseExpr types `case when cond then value else value end`.
func (e *env) caseExpr(x *ast.Case, want *types.Type) ir.Expr {
	var of ir.Expr
	if x.X != nil {
		of = e.expr(x.X, nil)
	}
	var conds, values []ir.Expr
	var at []ast.Expr
	ok := of == nil || !isInvalid(of)
	for _, w := range x.Whens {
		var cond ir.Expr
		if x.X != nil {
			if y := e.expr(w.Cond, of.Type()); ok && !isInvalid(y) {
				cond = e.operation(w, x.X, w.Cond, "==", of, y)
			} else {
				cond = invalid(w)
			}
		} else {
			cond = e.condition(w.Cond, "the condition of `when`")
		}
		v := e.expr(w.Value, want)
		ok = ok && !isInvalid(cond) && !isInvalid(v)
		conds, values, at = append(conds, cond), append(values, v), append(at, w.Value)
	}
	if x.Else != nil {
		v := e.expr(x.Else, want)
		ok = ok && !isInvalid(v)
		values, at = append(values, v), append(at, x.Else)
	} else {
		values, at = append(values, &ir.NoneConst{Typed: typed(types.TNone, x)}), append(at, x)
	}
	if !ok {
		return invalid(x)
	}
	values, t := e.oneType(values, at, want)
	switch {
	case t == nil:
		e.err(typeUnknown, headOf(x, "case"), "nothing says what this `case` gives").help("give a value behind one of its `then`")
		return invalid(x)
	case t.Kind == types.Invalid:
		return invalid(x)
	}
	out := values[len(values)-1]
	for i := len(conds) - 1; i >= 0; i-- {
		out = choice(x, t, conds[i], values[i], out)
	}
	return out
}

// choice is one value or the other.
func choice(at ast.Spanned, t *types.Type, cond, yes, no ir.Expr) ir.Expr {
	return &ir.Match{Typed: typed(t, at), X: cond, Arms: []*ir.MatchArm{
		{Patterns: []ir.Pattern{{Value: &ir.Const{Typed: typed(types.TBool, at), Value: true}}}, Value: yes},
		{Rest: true, Value: no},
	}}
}

// filtered types `count() filter (where cond)`.
func (e *env) filtered(x *ast.Filtered) ir.Expr {
	if e.sel != nil && e.aggregates(x.X) {
		return e.aggregate(x.X, x)
	}
	if e.query.aggregates(e, x.X) {
		return e.query.aggregate(e, x.X, x)
	}
	e.expr(x.X, nil)
	e.err(aggregatePlace, x.X.Span(), "only an aggregate has a filter").help("aggregates are %s, and those of libraries", strings.Join(aggregateNames, ", "))
	return invalid(x)
}

// where lets only rows through that a condition holds for.
func (s *selecting) where(cond ir.Expr) {
	if !isInvalid(cond) {
		s.cond = cond
	}
}

// having lets only groups through that a condition holds for.
func (s *selecting) having(cond ir.Expr) { s.only = cond }

// output gives the bolt its stream.
func (s *selecting) output() {
	out := &stream{decl: &ast.Output{Node: s.decl.Node}, ir: &ir.Stream{From: s.comp.ir, Span: s.decl.Span()}}
	for _, col := range s.columns {
		out.ir.Fields = append(out.ir.Fields, types.Field{Name: col.name, Type: col.value.Type()})
		if col.ident != nil {
			out.decl.Fields = append(out.decl.Fields, &ast.Field{Node: col.ident.Node, Name: col.ident})
		}
	}
	out.ir.Latest = s.latest()
	out.ir.Time = s.outputTime()
	if s.order != nil || s.comp.ordering != nil {
		out.ir.Latest, out.ir.Time = nil, nil
		if t := s.in.sources[0].ir.Time; t != nil && t.Field < len(out.ir.Fields) {
			out.ir.Time = &ir.Time{Field: t.Field, Window: t.Window}
		}
	}
	s.comp.outputs, s.comp.ir.Outputs = []*stream{out}, []*ir.Stream{out.ir}
}

// latest is by which columns each row replaces the one before: by the keys of groups, or those of what a query without groups reads; none where a
// column lacks.
func (s *selecting) latest() []int {
	var keys []int
	switch {
	case s.decl.Distinct != nil || s.window != nil:
		return nil
	case s.grouped:
		for _, k := range s.keys {
			keys = append(keys, k.field)
		}
	case len(s.in.sources) == 1:
		keys = s.in.sources[0].ir.Latest
	}
	var out []int
	for _, k := range keys {
		i := slices.IndexFunc(s.columns, func(col *column) bool {
			ref, ok := col.value.(*ir.FieldRef)
			return ok && ref.Index == k
		})
		if i < 0 {
			return nil
		}
		out = append(out, i)
	}
	return out
}

// statements are what the bolt does with a row.
func (s *selecting) statements(c *compilation) *ir.Block {
	pos := posOf(s.decl)
	emit := &ir.Emit{Pos: pos, Stream: s.comp.output("").ir}
	var tail []ir.Stmt
	for _, col := range s.columns {
		v := col.value
		if col.local != nil {
			tail = append(tail, &ir.Let{Pos: pos, Local: col.local, Value: v})
			v = &ir.LocalRef{Typed: ir.Typed{T: v.Type(), Span: v.At()}, Local: col.local}
		}
		emit.Args = append(emit.Args, v)
	}
	if s.only != nil {
		tail = append(tail, &ir.If{Pos: pos, Cond: s.only, Then: &ir.Block{Stmts: []ir.Stmt{emit}}})
	} else {
		tail = append(tail, emit)
	}
	stmts := append(slices.Clone(s.steps), tail...)
	switch {
	case s.order != nil:
		stmts = s.steps
	case s.window == nil:
	case s.window.kind == "count":
		stmts = append(slices.Clone(s.steps), s.result(c, nil, true).Stmts...)
	default:
		stmts = s.steps
	}
	if s.grouped && len(s.states) == 0 {
		// Each group once.
		seen := s.state(s.decl, "seen", types.TBool, nil)
		not := &ir.Unary{Typed: typed(types.TBool, s.decl), Op: "not", X: seen}
		set := &ir.Assign{Pos: pos, Target: seen, Value: &ir.Const{Typed: typed(types.TBool, s.decl), Value: true}}
		stmts = []ir.Stmt{&ir.If{Pos: pos, Cond: not, Then: &ir.Block{Stmts: append([]ir.Stmt{set}, tail...)}}}
	}
	stmts = append(s.lateFirst(), stmts...)
	if s.cond != nil {
		stmts = []ir.Stmt{&ir.If{Pos: pos, Cond: s.cond, Then: &ir.Block{Stmts: stmts}}}
	}
	return &ir.Block{Stmts: stmts}
}

// unite sees that a part of a union has the columns of the first one.
func (c *compilation) unite(first, s *selecting) {
	e := c.queryEnv(s)
	out := s.comp.output("").ir
	if len(s.columns) != len(first.columns) {
		c.err(unionDiffers, headOf(s.decl, "select"), "the parts of a union have as many columns: this has %d, the first %d", len(s.columns), len(first.columns)).
			related(headOf(first.decl, "select"), "the first part").help("the names are those of the first; the others go by their place")
		s.broken = true
		return
	}
	for i, col := range s.columns {
		v, ok := convert(col.value, out.Fields[i].Type)
		if !ok || col.local != nil && v != col.value {
			e.err(unionDiffers, col.at, "column %s of this union is a %s, this is a %s", out.Fields[i].Name, out.Fields[i].Type, col.value.Type()).
				related(first.columns[i].at, "of the first part").help("convert one of the two")
			s.broken = true
			return
		}
		col.value = v
	}
	out.Latest = nil
}
