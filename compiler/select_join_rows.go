package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// What a join keeps of a side is, for each key, a list of its rows in the order of their coming: with the fields that the query names, when it came, and
// whether it has found another one where that matters. A row goes over the list of the other side and joins its own. What has waited for too long is
// left out when a row of its key comes, and when its key has been silent for so long.

// rows finds the fields that the join gives.
func (k *joining) rows() {
	right := k.sides[len(k.sides)-1]
	for i, d := range k.sides {
		one := *d
		one.at = make([]int, len(d.fields))
		all, named := namedOf(k.s.decl, d.alias)
		for f, field := range d.fields {
			one.at[f] = -1
			if !all && !named[field.Name] {
				continue
			}
			name := field.Name
			if slices.ContainsFunc(k.sides, func(other *side) bool { return other.alias != d.alias && fieldIndex(other.fields, name) >= 0 }) {
				name = d.alias + "_" + name
			}
			one.at[f] = k.field(name, field.Type)
		}
		if d.maybe || i == len(k.sides)-1 && k.keepsLeft() || i < len(k.sides)-1 && k.keepsRight() {
			one.maybe = true
			for f, at := range one.at {
				if at >= 0 && d.fields[f].Type.Kind != types.Optional {
					k.fields[at].Type = types.OptionalOf(d.fields[f].Type)
				}
			}
			one.here = k.field("has_"+d.alias, types.OptionalOf(types.TBool))
		}
		k.sides[i] = &one
		if d.alias != right.alias {
			k.lefts = len(k.fields)
		}
	}
	k.stamped()
	if len(k.fields) == 0 {
		k.field("joined", types.TBool)
	}
}

// field adds a field to the join's rows.
func (k *joining) field(name string, t *types.Type) int {
	for fieldIndex(k.fields, name) >= 0 {
		name += "_"
	}
	k.fields = append(k.fields, types.Field{Name: name, Type: t})
	return len(k.fields) - 1
}

// namedOf are the fields that a query names of a stream; all says that it names the whole.
func namedOf(q *ast.Selection, alias string) (all bool, named map[string]bool) {
	named = map[string]bool{}
	ast.Walk(q, func(n ast.Spanned) bool {
		switch n := n.(type) {
		case *ast.Select:
			if of, ok := n.X.(*ast.Name); ok && of.Name == alias {
				named[n.Field.Name] = true
				return false
			}
		case *ast.Name:
			all = all || n.Name == alias && !countedIn(q, n)
		case *ast.Column:
			all = all || n.X == nil
		}
		return true
	})
	return all, named
}

// countedIn reports whether a name is all that a `count` counts: of its row nothing is read.
func countedIn(q *ast.Selection, name *ast.Name) bool {
	found := false
	ast.Walk(q, func(n ast.Spanned) bool {
		if call, ok := n.(*ast.Call); ok && len(call.Args) == 1 && call.Args[0].Value == ast.Expr(name) {
			if f, ok := call.Fun.(*ast.Name); ok && f.Name == "count" {
				found = true
			}
		}
		return !found
	})
	return found
}

// sideOf is where a field of the join's rows comes from.
func (k *joining) sideOf(at int) (d *side, field int) {
	for _, d := range k.sides {
		if d.here == at && at >= 0 {
			return d, -1
		}
		if i := slices.Index(d.at, at); i >= 0 {
			return d, i
		}
	}
	return nil, -1
}

// residual types what else has to hold, as if both rows were there.
func (k *joining) residual() bool {
	k.pair = &input{decl: k.j.Input, ir: &ir.Input{Alias: "join", Fields: slices.Clone(k.fields)}, used: true}
	var sides []*side
	for i, d := range k.sides {
		pair := *d
		if i == len(k.sides)-1 || i < len(k.s.sides) && !k.s.sides[i].maybe {
			pair.maybe = false
			for f, at := range d.at {
				if at >= 0 {
					k.pair.ir.Fields[at].Type = d.fields[f].Type
				}
			}
		}
		sides = append(sides, &pair)
	}
	sel := *k.s
	sel.comp, sel.in, sel.sides, sel.place = k.b, k.pair, sides, "on"
	e := k.c.queryEnv(&sel)
	for _, x := range k.rest {
		cond := e.condition(x, "the condition of `on`")
		if isInvalid(cond) {
			return false
		}
		if k.only == nil {
			k.only = cond
		} else {
			k.only = &ir.Binary{Typed: typed(types.TBool, x), Op: "and", X: k.only, Y: cond}
		}
	}
	return true
}

// rowOf gives the value of a field of one side: of the left its index among the join's fields, of the right the same.
type rowOf func(at int) ir.Expr

// values are those of a row of the join; of a side that is not there the function is nil.
func (k *joining) values(left, right rowOf) []ir.Expr {
	var out []ir.Expr
	for at, f := range k.fields {
		d, field := k.sideOf(at)
		of := left
		if d != nil && d == k.sides[len(k.sides)-1] {
			of = right
		}
		var v ir.Expr
		switch {
		case at == k.stampAt:
			v = k.stamp
		case d == nil:
			v = &ir.Const{Typed: typed(types.TBool, k.j), Value: true}
		case of == nil:
			v = &ir.NoneConst{Typed: typed(f.Type, k.j)}
		case field < 0 && !k.before(d):
			v, _ = convert(&ir.Const{Typed: typed(types.TBool, k.j), Value: true}, f.Type)
		default:
			v, _ = convert(of(at), f.Type)
		}
		out = append(out, v)
	}
	return out
}

// before reports whether a side may have been missing before this join already.
func (k *joining) before(d *side) bool {
	was := k.s.side(d.alias)
	return was != nil && was.maybe
}

// ofInput reads a side's field of the tuple that has come.
func (k *joining) ofInput(in *input) rowOf {
	return func(at int) ir.Expr {
		d, field := k.sideOf(at)
		i := field
		if was := k.s.side(d.alias); was != nil && was.at != nil {
			if i = was.here; field >= 0 {
				i = was.at[field]
			}
		}
		return &ir.FieldRef{Typed: typed(in.ir.Fields[i].Type, k.j), Input: in.ir, Index: i}
	}
}

// ofRecord reads it of a row that is kept.
func (k *joining) ofRecord(row ir.Expr) rowOf {
	return func(at int) ir.Expr {
		t := row.Type().Field(k.fields[at].Name)
		return &ir.RecordField{Typed: typed(t, k.j), X: row, Name: k.fields[at].Name}
	}
}

// finish writes the statements of the join, and lets the query read it.
func (k *joining) finish() {
	c, s := k.c, k.s
	k.out = &stream{used: true, ir: &ir.Stream{From: k.b.ir, Fields: k.fields, Span: s.decl.Span(), Time: k.time}}
	k.b.outputs, k.b.ir.Outputs = []*stream{k.out}, []*ir.Stream{k.out.ir}
	if k.lookup {
		k.lookupKeys()
	}
	k.left.regroup(ir.ByFields, k.keys)
	k.right.regroup(ir.ByFields, k.keys)
	k.left.ir.Index, k.right.ir.Index = 0, 1
	k.b.inputs, k.b.ir.Inputs = []*input{k.left, k.right}, []*ir.Input{k.left.ir, k.right.ir}
	for _, in := range k.b.inputs {
		for _, e := range in.edges {
			e.To = k.b.ir
		}
	}
	body := &ir.Body{}
	k.b.ir.Body = body
	switch {
	case k.lookup:
		if k.stampAt >= 0 {
			k.stamp = &ir.FieldRef{Typed: typed(types.TTime, k.j), Input: k.left.ir, Index: c.timeOf(k.left).Field}
		}
		k.lookUp(body)
	case k.byTime:
		k.meetByTime(body)
	default:
		k.meet(body)
	}
	c.enter(k.b)
	next := &input{decl: s.decl.From, ir: &ir.Input{Alias: "join", Fields: k.fields}, used: true, sources: []*stream{k.out}, from: k.left.from[:1]}
	next.edges = []*ir.Edge{{Stream: k.out.ir, To: s.comp.ir, Input: next.ir, Span: s.decl.From.Span()}}
	next.regroup(ir.ByLocal, nil)
	s.in, s.sides, s.joinedAt = next, k.sides, k.stampAt
	s.comp.inputs, s.comp.ir.Inputs = []*input{next}, []*ir.Input{next.ir}
}

// lookupKeys are the fields by which what is looked up is told apart; what is looked for has them by the same names.
func (k *joining) lookupKeys() {
	var lefts, rights []ir.Expr
	for _, x := range conjuncts(k.j.On) {
		eq, is := unparen(x).(*ast.Binary)
		if !is || slices.Contains(k.rest, x) {
			continue
		}
		l, r := eq.X, eq.Y
		if k.names(l, true) {
			l, r = r, l
		}
		lefts, rights = append(lefts, k.key(l, k.left, k.s.sides)), append(rights, k.key(r, k.right, nil))
	}
	k.group(lefts, rights)
}

func (k *joining) pos() ir.Pos { return ir.Pos{Span: headOf(k.j, "join")} }

func (k *joining) local(name string, t *types.Type) (*ir.Local, *ir.LocalRef) {
	e := &env{compilation: k.c, comp: k.b}
	l := &ir.Local{ID: e.nextLocal(), Name: name, Type: t}
	return l, &ir.LocalRef{Typed: typed(t, k.j), Local: l}
}

func (k *joining) flag(on bool) ir.Expr { return &ir.Const{Typed: typed(types.TBool, k.j), Value: on} }

func (k *joining) set(target, v ir.Expr) ir.Stmt {
	return &ir.Assign{Pos: k.pos(), Target: target, Value: v}
}

func (k *joining) binary(op string, t *types.Type, x, y ir.Expr) ir.Expr {
	return &ir.Binary{Typed: typed(t, k.j), Op: op, X: x, Y: y}
}

func (k *joining) emit(left, right rowOf) ir.Stmt {
	return &ir.Emit{Pos: k.pos(), Stream: k.out.ir, Args: k.values(left, right)}
}

// when lets statements run where the rest of the condition holds.
func (k *joining) when(left, right rowOf, then ...ir.Stmt) []ir.Stmt {
	if k.only == nil {
		return then
	}
	last := k.sides[len(k.sides)-1]
	cond := ir.Rewrite(k.only, func(x ir.Expr) ir.Expr {
		ref, ok := x.(*ir.FieldRef)
		if !ok || ref.Input != k.pair.ir {
			return x
		}
		if d, _ := k.sideOf(ref.Index); d == last {
			return right(ref.Index)
		}
		return left(ref.Index)
	})
	return []ir.Stmt{&ir.If{Pos: k.pos(), Cond: cond, Then: &ir.Block{Stmts: then}}}
}

// state makes a state of the join.
func (k *joining) state(name string, t *types.Type, ttl ir.Expr) *ir.StateRef {
	st := &ir.State{Name: name, Type: t, Scope: ir.PerKey, TTL: ttl, Span: k.j.Span()}
	for _, key := range k.keys {
		st.Key = append(st.Key, k.left.ir.Fields[fieldIndex(k.left.ir.Fields, key)])
	}
	k.b.ir.Body.States = append(k.b.ir.Body.States, st)
	return &ir.StateRef{Typed: typed(t, k.j), State: st}
}

// record is what is kept of a row of a side.
func (k *joining) record(right bool, more ...types.Field) *types.Type {
	t := &types.Type{Kind: types.Record}
	for at, f := range k.fields {
		if d, field := k.sideOf(at); d != nil && (d == k.sides[len(k.sides)-1]) == right {
			switch {
			case field >= 0 && !k.before(d):
				f.Type = d.fields[field].Type
			case field < 0 && !k.before(d):
				continue // it is there
			}
			t.Fields = append(t.Fields, f)
		}
	}
	t.Fields = append(t.Fields, more...)
	return t
}

func (k *joining) keep(t *types.Type, of rowOf, more ...ir.Expr) ir.Expr {
	rec := &ir.RecordLit{Typed: typed(t, k.j)}
	for _, f := range t.Fields[:len(t.Fields)-len(more)] {
		rec.Values = append(rec.Values, of(fieldIndex(k.fields, f.Name)))
	}
	rec.Values = append(rec.Values, more...)
	return rec
}

// lookUp is a join with the newest row of each key.
func (k *joining) lookUp(body *ir.Body) {
	t := k.record(true, types.Field{Name: "known", Type: types.TBool})
	kept := k.state("newest", types.OptionalOf(t), nil)
	row, _ := convert(k.keep(t, k.ofInput(k.right), k.flag(true)), kept.T)
	l, ref := k.local("row", t)
	left := k.ofInput(k.left)
	found := k.when(left, k.ofRecord(ref), k.emit(left, k.ofRecord(ref)))
	if k.keepsLeft() && k.only != nil {
		found = append(slices.Clone(k.when(left, k.ofRecord(ref), k.emit(left, k.ofRecord(ref)), &ir.Return{Pos: k.pos()})), k.emit(left, nil))
	}
	look := &ir.If{Pos: k.pos(), Let: l, Cond: kept, Then: &ir.Block{Stmts: found}}
	if k.keepsLeft() {
		look.Else = &ir.Block{Stmts: []ir.Stmt{k.emit(left, nil)}}
	}
	body.On = []*ir.Block{{Stmts: []ir.Stmt{look}}, {Stmts: []ir.Stmt{k.set(kept, row)}}}
}
