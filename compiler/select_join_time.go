package compiler

import (
	"math"
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// A join by the time of tuples keeps for each key and side the rows that others may still belong to, in the order of their time: what a row meets is a
// range of the other list, found by bisection. A row that comes behind the watermark could have missed others, and is late. Each key knows when the
// first of its rows is over (ir.Timer.Due): then what found no other one is told alone, and what is over is forgotten.
//
// `join one` takes the rows of a key by their time, whatever the order of their coming, as soon as the watermark has passed them: so it finds the same pairs in each run.

// byTime is a join by the time of tuples.
type byTime struct {
	*joining
	mark  *ir.StateRef
	due   *ir.StateRef // of a key: when it is looked at; the least int where it keeps nothing
	left  *timely
	right *timely
	late  *lateness
}

// timely is a side of it.
type timely struct {
	*waiting
	time        int     // the field of its input
	back, ahead ir.Expr // how far the rows that it meets lie before and behind it
	at, found   string  // the fields of what is kept
	done        *ir.StateRef
}

// never is the due of a key that keeps nothing.
const never = int64(math.MinInt64)

// times sees whether a join goes by the time of tuples; ok is false where it can't be said.
func (k *joining) times() (by, ok bool) {
	l, r := k.c.timeOf(k.left), k.c.timeOf(k.right)
	if l != nil && r != nil || k.lookup || !timed(k.left) && !timed(k.right) {
		return l != nil && r != nil && !k.lookup, true
	}
	with, without := k.left, k.right
	if l == nil {
		with, without = k.right, k.left
	}
	rep := k.err(joinTimes, headOf(k.j, "join"), "the rows of %s have a time of their own, and those of %s have none: they can't be so far apart in time", with.ir.Alias, without.ir.Alias)
	switch src := without.sources[0]; {
	case timed(without):
		rep.help("let all that %s reads say `time FIELD`, with one field's name", without.ir.Alias)
	case k.c.ofWindows(src) != nil:
		rep.help("let %s give on when its windows begin: `select ..., ALIAS.window_start as start`", k.c.ofWindows(src).comp.name.Name)
	default:
		rep.help("let both say `time FIELD lateness D` behind their fields, or neither: then a row comes when the join gets it")
	}
	return false, false
}

// stamped finds the field of the join's rows that has their time, and makes it where somebody wants it.
func (k *joining) stamped() {
	k.stampAt = -1
	l, r := k.c.timeOf(k.left), k.c.timeOf(k.right)
	if l == nil || r == nil && !k.lookup {
		return
	}
	later := -1 // what has the later time of both already
	right := k.sides[len(k.sides)-1]
	if w, both := k.waits(); !k.lookup && k.kind() != "left" && k.kind() != "full" && k.kind() != "right" && w && !both && k.right.sources[0] == right.from {
		later = right.at[r.Field]
	}
	wanted := k.s.decl.Window != nil || k.j != k.s.decl.Joins[len(k.s.decl.Joins)-1]
	for _, d := range k.sides {
		_, named := namedOf(k.s.decl, d.alias)
		wanted = wanted || named[joinedAt]
	}
	switch {
	case later >= 0 && !wanted:
		k.time = &ir.Time{Field: later}
	case wanted:
		k.stampAt = k.field(joinedAt, types.TTime)
		k.time = &ir.Time{Field: k.stampAt}
	}
}

// joinedAt is what a query calls the time of a join's rows.
const joinedAt = "joined_at"

// meetByTime writes the statements of such a join.
func (k *joining) meetByTime(body *ir.Body) {
	k.b.ir.Body = body
	mark := &ir.State{Name: "watermark", Type: types.TInt, Scope: ir.Shared, Span: k.j.Span(), Initial: k.number(never)}
	body.States, body.Mark = append(body.States, mark), mark
	t := &byTime{joining: k, mark: &ir.StateRef{Typed: typed(types.TInt, k.j), State: mark}}
	t.due = k.state("due", types.TInt, nil)
	t.due.State.Initial = k.number(never)
	after, before := k.waits()
	zero := k.none()
	reach := func(is bool) ir.Expr {
		if is {
			return k.delay
		}
		return zero
	}
	t.left = &timely{waiting: &waiting{in: k.left, alone: k.keepsLeft()}, back: reach(before), ahead: reach(after)}
	t.right = &timely{waiting: &waiting{in: k.right, right: true, alone: k.keepsRight()}, back: reach(after), ahead: reach(before)}
	for i, d := range []*timely{t.left, t.right} {
		d.time = k.c.timeOf(d.in).Field
		d.at, d.found = k.unused("time"), k.unused("found")
		more := []types.Field{{Name: d.at, Type: types.TInt}}
		if d.flagged(k) {
			more = append(more, types.Field{Name: d.found, Type: types.TBool})
		}
		d.row = k.record(d.right, more...)
		d.list = k.state([]string{"left", "right"}[i], types.ListOf(d.row), nil)
		if k.j.One != nil {
			d.done = k.state([]string{"left_done", "right_done"}[i], types.TInt, nil)
		}
		if k.time != nil && d.alone && d.ahead == k.delay {
			k.time.Behind = k.delay
		}
	}
	t.late = &lateness{comp: k.b}
	k.b.late = t.late
	k.s.comp.joinLate = append(k.s.comp.joinLate, t.late)
	timer := &ir.Timer{Kind: ir.AtMark, Due: t.due.State, Keys: k.keyLocals(), Span: k.j.Within.Span()}
	if k.j.One != nil {
		body.On = []*ir.Block{t.lines(t.left), t.lines(t.right)}
		timer.Block, timer.Then = t.next(), t.passed()
	} else {
		body.On = []*ir.Block{t.comes(t.left, t.right), t.comes(t.right, t.left)}
		timer.Block, timer.Then = t.over(), t.forget()
	}
	body.Timers = []*ir.Timer{timer}
}

// flagged reports whether it matters if a row has found another one.
func (d *timely) flagged(k *joining) bool { return d.alone || k.j.One != nil }

// unused is a name that no field of the join's rows has.
func (k *joining) unused(name string) string {
	for fieldIndex(k.fields, name) >= 0 {
		name += "_"
	}
	return name
}

func (k *joining) number(n int64) ir.Expr {
	return &ir.Const{Typed: typed(types.TInt, k.j), Value: n}
}

// none is no time at all.
func (k *joining) none() ir.Expr {
	return &ir.Const{Typed: typed(types.TDuration, k.j), Value: time.Duration(0)}
}

// core calls a function of the core library that only queries use.
func (k *joining) core(name string, args ...ir.Expr) ir.Expr {
	m := k.c.prelude()
	f := m.funcs[name]
	k.c.in(m).checkFunc(f)
	return &ir.FuncCall{Typed: typed(f.ir.Result, k.j), Func: f.ir, Args: args}
}

func (k *joining) iff(cond ir.Expr, then ...ir.Stmt) *ir.If {
	return &ir.If{Pos: k.pos(), Cond: cond, Then: &ir.Block{Stmts: then}}
}

func (k *joining) not(x ir.Expr) ir.Expr {
	return &ir.Unary{Typed: typed(types.TBool, k.j), Op: "not", X: x}
}

// let keeps a value.
func (k *joining) let(name string, v ir.Expr) (ir.Stmt, *ir.LocalRef) {
	l, ref := k.local(name, v.Type())
	return &ir.Let{Pos: k.pos(), Local: l, Value: v}, ref
}

// upTo is how many rows of a list are not later than at.
func (t *byTime) upTo(d *timely, at ir.Expr) ir.Expr {
	return &ir.Ordered{Typed: typed(types.TInt, t.j), Op: ir.UpTo, X: d.list, I: at, Name: d.at}
}

func (t *byTime) length(d *timely) ir.Expr { return t.upTo(d, t.number(math.MaxInt64)) }

func (t *byTime) nth(d *timely, i ir.Expr) ir.Expr {
	return &ir.Ordered{Typed: typed(d.row, t.j), Op: ir.Nth, X: d.list, I: i}
}

// change is an assignment that changes a list.
func (t *byTime) change(d *timely, op ir.OrderedOp, i, item ir.Expr) ir.Stmt {
	return t.set(d.list, &ir.Ordered{Typed: d.list.Typed, Op: op, X: d.list, I: i, Item: item, Name: d.found})
}

// part is a field of what is kept that the join adds itself.
func (t *byTime) part(row ir.Expr, name string) ir.Expr {
	return &ir.RecordField{Typed: typed(row.Type().Field(name), t.j), X: row, Name: name}
}

// earlier lets the key be due at a time, where it is not before.
func (t *byTime) earlier(at ir.Expr) []ir.Stmt {
	let, due := t.let("due", at)
	none := t.binary("==", types.TBool, t.due, t.number(never))
	return []ir.Stmt{let, t.iff(t.binary("or", types.TBool, none, t.binary("<", types.TBool, due, t.due)), t.set(t.due, due))}
}

// arrives begins the block of a row: it finds its time, and sees whether it is late.
func (t *byTime) arrives(d *timely) (stmts []ir.Stmt, at *ir.LocalRef) {
	moment := &ir.FieldRef{Typed: typed(types.TTime, t.j), Input: d.in.ir, Index: d.time}
	let, at := t.let("at", t.core("_nanos", moment))
	behind := t.core("_behind", moment, t.mark)
	rec := &ir.RecordLit{Typed: typed(&types.Type{Kind: types.Record}, t.j)}
	for i, f := range d.in.ir.Fields {
		if at := slices.Index(t.keys, f.Name); at >= 0 && t.added[at] {
			continue
		}
		rec.T.Fields, rec.Values = append(rec.T.Fields, f), append(rec.Values, &ir.FieldRef{Typed: typed(f.Type, t.j), Input: d.in.ir, Index: i})
	}
	emit := []ir.Expr{&ir.FuncCall{Typed: typed(types.TJSON, t.j), Args: []ir.Expr{rec}, Func: &ir.Func{Name: "to_json", Builtin: "to_json", Result: types.TJSON, Pure: true}}, behind, moment}
	block := &ir.Block{Stmts: []ir.Stmt{&ir.Fail{Pos: t.pos(), Why: &ir.Interp{Typed: typed(types.TString, t.j), Parts: []ir.Expr{
		&ir.Const{Typed: typed(types.TString, t.j), Value: "too late to be joined: time has come on by "}, behind}}}}}
	t.late.places = append(t.late.places, latePlace{block: block, emit: emit})
	return []ir.Stmt{let, &ir.If{Pos: t.pos(), Cond: t.binary("<", types.TBool, at, t.mark), Then: block}}, at
}

// keepRow puts a row among those that wait.
func (t *byTime) keepRow(d *timely, at ir.Expr, found ir.Expr) ir.Stmt {
	more := []ir.Expr{at}
	if d.flagged(t.joining) {
		more = append(more, found)
	}
	return t.change(d, ir.Put, t.upTo(d, at), t.keep(d.row, t.ofInput(d.in), more...))
}

// stampedEmit emits a row of the join whose time is the later one of two.
func (t *byTime) stampedEmit(left, right rowOf, a, b ir.Expr) ir.Stmt {
	if t.stampAt >= 0 {
		t.stamp = t.core("_later", a, b)
	}
	return t.emit(left, right)
}

// comes is what a row does that comes on one side.
func (t *byTime) comes(own, other *timely) *ir.Block {
	stmts, at := t.arrives(own)
	mine := t.ofInput(own.in)
	found, isFound := t.local("found", types.TBool)
	found.Mutable = true
	if own.alone {
		stmts = append(stmts, &ir.Let{Pos: t.pos(), Local: found, Value: t.flag(false)})
	}
	from, first := t.let("first", t.upTo(other, t.core("_gone", at, own.back)))
	to, last := t.let("last", t.upTo(other, t.core("_plus", at, own.ahead)))
	i, index := t.local("i", types.TInt)
	let, row := t.let("row", t.nth(other, index))
	left, right := own.ordered(mine, t.ofRecord(row))
	then := []ir.Stmt{t.stampedEmit(left, right, at, t.part(row, other.at))}
	if own.alone {
		then = append(then, t.set(isFound, t.flag(true)))
	}
	if other.alone {
		then = append(then, t.change(other, ir.Check, index, nil))
	}
	stmts = append(stmts, from, to,
		&ir.For{Pos: t.pos(), Key: i, In: &ir.Range{Typed: typed(types.ListOf(types.TInt), t.j), From: first, To: last}, Body: &ir.Block{Stmts: append([]ir.Stmt{let}, t.when(left, right, then...)...)}},
		t.keepRow(own, at, isFound))
	return &ir.Block{Stmts: append(stmts, t.earlier(t.core("_due", at, own.ahead))...)}
}

// tellAlone gives the first rows of a list that have found no other one.
func (t *byTime) tellAlone(d *timely, n ir.Expr) ir.Stmt {
	i, index := t.local("i", types.TInt)
	let, row := t.let("row", t.nth(d, index))
	left, right := d.ordered(t.ofRecord(row), nil)
	at := t.part(row, d.at)
	return &ir.For{Pos: t.pos(), Key: i, In: &ir.Range{Typed: typed(types.ListOf(types.TInt), t.j), From: t.number(0), To: n}, Body: &ir.Block{Stmts: []ir.Stmt{
		let, t.iff(t.not(t.part(row, d.found)), t.stampedEmit(left, right, at, at)),
	}}}
}

// over tells of the rows that are over and have found no other one.
func (t *byTime) over() *ir.Block {
	block := &ir.Block{}
	for _, d := range []*timely{t.left, t.right} {
		if d.alone {
			let, n := t.let("n", t.upTo(d, t.core("_gone", t.mark, d.ahead)))
			block.Stmts = append(block.Stmts, let, t.tellAlone(d, n))
		}
	}
	return block
}

// forget takes out the rows that are over.
func (t *byTime) forget() *ir.Block {
	block := &ir.Block{Stmts: []ir.Stmt{t.set(t.due, t.number(never))}}
	for _, d := range []*timely{t.left, t.right} {
		first := t.part(t.nth(d, t.number(0)), d.at)
		block.Stmts = append(block.Stmts, t.change(d, ir.Cut, t.upTo(d, t.core("_gone", t.mark, d.ahead)), nil),
			t.iff(t.binary(">", types.TBool, t.length(d), t.number(0)), t.earlier(t.core("_due", first, d.ahead))...))
	}
	return block
}
