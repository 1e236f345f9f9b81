package compiler

import (
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// waiting is a side whose rows wait for those of the other one.
type waiting struct {
	in    *input
	right bool
	list  *ir.StateRef // nil where its rows do not wait
	row   *types.Type
	alone bool // its rows are given without the other side where none has come
}

// ordered gives the left side first.
func (w *waiting) ordered(own, other rowOf) (left, right rowOf) {
	if w.right {
		return other, own
	}
	return own, other
}

// meet is a join of rows that come within some time of one another.
func (k *joining) meet(body *ir.Body) {
	idle := &ir.Const{Typed: typed(types.TDuration, k.j), Value: idleGroups}
	var ttl ir.Expr = &ir.Binary{Typed: idle.Typed, Op: "+", X: k.delay, Y: idle}
	if d, ok := ir.Constant(k.delay); ok && d.(time.Duration) < 1<<62 {
		idle.Value, ttl = d.(time.Duration)+idleGroups, idle
	}
	keepLeft, keepRight := k.waits()
	sides := []*waiting{{in: k.left, alone: k.keepsLeft()}, {in: k.right, right: true, alone: k.keepsRight()}}
	for i, w := range sides {
		if i == 0 && keepLeft || i == 1 && keepRight {
			w.row = k.record(w.right, types.Field{Name: "came", Type: types.TTime}, types.Field{Name: "found", Type: types.TBool})
			w.list = k.state([]string{"left", "right"}[i], types.ListOf(w.row), ttl)
		}
	}
	body.On = []*ir.Block{k.comes(sides[0], sides[1]), k.comes(sides[1], sides[0])}

	var over, end []ir.Stmt
	for _, w := range sides {
		if w.list == nil {
			continue
		}
		if w.alone {
			over, end = append(over, k.leftAlone(w)), append(end, k.leftAlone(w))
		}
		over = append(over, k.set(w.list, &ir.ListLit{Typed: w.list.Typed}))
	}
	timer := &ir.Timer{Kind: ir.After, Delay: k.delay, Keys: k.keyLocals(), Span: k.j.Within.Span(), Block: &ir.Block{Stmts: over}}
	body.Timers = append(body.Timers, timer)
	if len(end) > 0 {
		body.FinishPer = &ir.FinishPer{Keys: k.keyLocals(), Block: &ir.Block{Stmts: end}}
	}
}

func (k *joining) keyLocals() []*ir.Local {
	var out []*ir.Local
	for _, key := range k.keys {
		l, _ := k.local(key, k.left.ir.Fields[fieldIndex(k.left.ir.Fields, key)].Type)
		out = append(out, l)
	}
	return out
}

// leftAlone gives the rows of a list that have found no other one.
func (k *joining) leftAlone(w *waiting) ir.Stmt {
	l, ref := k.local("row", w.row)
	left, right := w.ordered(k.ofRecord(ref), nil)
	found := &ir.RecordField{Typed: typed(types.TBool, k.j), X: ref, Name: "found"}
	return &ir.For{Pos: k.pos(), Key: l, In: w.list, Body: &ir.Block{Stmts: []ir.Stmt{
		&ir.If{Pos: k.pos(), Cond: &ir.Unary{Typed: typed(types.TBool, k.j), Op: "not", X: found}, Then: &ir.Block{Stmts: []ir.Stmt{k.emit(left, right)}}},
	}}}
}

// comes is what a row does that comes on one side.
func (k *joining) comes(own, other *waiting) *ir.Block {
	now, at := k.local("now", types.TTime)
	found, isFound := k.local("found", types.TBool)
	found.Mutable = true
	stmts := []ir.Stmt{
		&ir.Let{Pos: k.pos(), Local: now, Value: &ir.FuncCall{Typed: typed(types.TTime, k.j), Func: &ir.Func{Name: "now", Builtin: "now", Result: types.TTime}}},
		&ir.Let{Pos: k.pos(), Local: found, Value: k.flag(false)},
	}
	for _, w := range []*waiting{own, other} {
		if w.list != nil {
			stmts = append(stmts, k.forget(w, at)...)
		}
	}
	mine := k.ofInput(own.in)
	if other.list != nil {
		stmts = append(stmts, k.search(own, other, mine, at, isFound)...)
	}
	alone := func() ir.Stmt {
		left, right := own.ordered(mine, nil)
		return k.emit(left, right)
	}
	not := &ir.Unary{Typed: typed(types.TBool, k.j), Op: "not", X: isFound}
	switch {
	case own.list != nil:
		row := &ir.ListLit{Typed: own.list.Typed, Items: []ir.Expr{k.keep(own.row, mine, at, isFound)}}
		add := k.set(own.list, k.binary("+", own.list.T, own.list, row))
		if k.j.One != nil {
			add = &ir.If{Pos: k.pos(), Cond: not, Then: &ir.Block{Stmts: []ir.Stmt{add}}}
		}
		stmts = append(stmts, add)
	case own.alone:
		stmts = append(stmts, &ir.If{Pos: k.pos(), Cond: not, Then: &ir.Block{Stmts: []ir.Stmt{alone()}}})
	}
	return &ir.Block{Stmts: stmts}
}

// late is whether a row that is kept has waited for longer than so long.
func (k *joining) late(row ir.Expr, at ir.Expr, delay ir.Expr) ir.Expr {
	came := &ir.RecordField{Typed: typed(types.TTime, k.j), X: row, Name: "came"}
	return k.binary(">", types.TBool, k.binary("-", types.TDuration, at, came), delay)
}

// forget leaves out the rows that have waited for too long. Where nothing has to be said of them that is done when they are as many as the others, or so.
func (k *joining) forget(w *waiting, at ir.Expr) []ir.Stmt {
	delay := k.delay
	if d, ok := ir.Constant(k.delay); ok && !w.alone && d.(time.Duration) < 1<<61 {
		delay = &ir.Const{Typed: typed(types.TDuration, k.j), Value: 2 * d.(time.Duration)}
	}
	stale, isStale := k.local("stale", types.TBool)
	stale.Mutable = true
	first, firstRow := k.local("first", w.row)
	kept, keptList := k.local("kept", w.list.T)
	kept.Mutable = true
	l, ref := k.local("row", w.row)
	keep := []ir.Stmt{k.set(keptList, k.binary("+", w.list.T, keptList, &ir.ListLit{Typed: w.list.Typed, Items: []ir.Expr{ref}}))}
	leave := &ir.If{Pos: k.pos(), Cond: k.late(ref, at, k.delay), Then: &ir.Block{}, Else: &ir.Block{Stmts: keep}}
	if w.alone {
		left, right := w.ordered(k.ofRecord(ref), nil)
		not := &ir.Unary{Typed: typed(types.TBool, k.j), Op: "not", X: &ir.RecordField{Typed: typed(types.TBool, k.j), X: ref, Name: "found"}}
		leave.Then.Stmts = []ir.Stmt{&ir.If{Pos: k.pos(), Cond: not, Then: &ir.Block{Stmts: []ir.Stmt{k.emit(left, right)}}}}
	} else {
		leave = &ir.If{Pos: k.pos(), Cond: &ir.Unary{Typed: typed(types.TBool, k.j), Op: "not", X: k.late(ref, at, k.delay)}, Then: &ir.Block{Stmts: keep}}
	}
	return []ir.Stmt{
		&ir.Let{Pos: k.pos(), Local: stale, Value: k.flag(false)},
		&ir.For{Pos: k.pos(), Key: first, In: w.list, Body: &ir.Block{Stmts: []ir.Stmt{
			k.set(isStale, k.late(firstRow, at, delay)), &ir.Branch{Pos: k.pos(), Word: "break"},
		}}},
		&ir.If{Pos: k.pos(), Cond: isStale, Then: &ir.Block{Stmts: []ir.Stmt{
			&ir.Let{Pos: k.pos(), Local: kept, Value: &ir.ListLit{Typed: w.list.Typed}},
			&ir.For{Pos: k.pos(), Key: l, In: w.list, Body: &ir.Block{Stmts: []ir.Stmt{leave}}},
			k.set(w.list, keptList),
		}}},
	}
}

// search goes over the rows of the other side that wait.
func (k *joining) search(own, other *waiting, mine rowOf, at ir.Expr, isFound ir.Expr) []ir.Stmt {
	l, ref := k.local("row", other.row)
	in := func(then ...ir.Stmt) ir.Stmt {
		left, right := own.ordered(mine, k.ofRecord(ref))
		fresh := &ir.Unary{Typed: typed(types.TBool, k.j), Op: "not", X: k.late(ref, at, k.delay)}
		return &ir.If{Pos: k.pos(), Cond: fresh, Then: &ir.Block{Stmts: k.when(left, right, then...)}}
	}
	left, right := own.ordered(mine, k.ofRecord(ref))
	emit := k.emit(left, right)
	mark := k.set(isFound, k.flag(true))
	if k.j.One == nil && !other.alone {
		return []ir.Stmt{&ir.For{Pos: k.pos(), Key: l, In: other.list, Body: &ir.Block{Stmts: []ir.Stmt{in(emit, mark)}}}}
	}
	i, index := k.local("i", types.TInt)
	item := func(name string) ir.Expr {
		list := other.list
		at := &ir.Index{Typed: typed(other.row, k.j), X: list, Index: index}
		return &ir.RecordField{Typed: typed(types.TBool, k.j), X: at, Name: name}
	}
	if k.j.One == nil {
		return []ir.Stmt{&ir.For{Pos: k.pos(), Key: i, Value: l, In: other.list, Body: &ir.Block{Stmts: []ir.Stmt{in(emit, mark, k.set(item("found"), k.flag(true)))}}}}
	}
	// The last one is the nearest. Both are found then, and wait no more.
	best, isBest := k.local("best", types.TInt)
	best.Mutable = true
	none := &ir.Const{Typed: typed(types.TInt, k.j), Value: int64(-1)}
	j, second := k.local("j", types.TInt)
	kept, keptList := k.local("kept", other.list.T)
	kept.Mutable = true
	l2, ref2 := k.local("row", other.row)
	left2, right2 := own.ordered(mine, k.ofRecord(ref2))
	keep := k.set(keptList, k.binary("+", other.list.T, keptList, &ir.ListLit{Typed: other.list.Typed, Items: []ir.Expr{ref2}}))
	return []ir.Stmt{
		&ir.Let{Pos: k.pos(), Local: best, Value: none},
		&ir.For{Pos: k.pos(), Key: i, Value: l, In: other.list, Body: &ir.Block{Stmts: []ir.Stmt{in(k.set(isBest, index))}}},
		&ir.If{Pos: k.pos(), Cond: k.binary(">=", types.TBool, isBest, &ir.Const{Typed: typed(types.TInt, k.j), Value: int64(0)}), Then: &ir.Block{Stmts: []ir.Stmt{
			&ir.Let{Pos: k.pos(), Local: kept, Value: &ir.ListLit{Typed: other.list.Typed}},
			&ir.For{Pos: k.pos(), Key: j, Value: l2, In: other.list, Body: &ir.Block{Stmts: []ir.Stmt{
				&ir.If{Pos: k.pos(), Cond: k.binary("==", types.TBool, second, isBest), Then: &ir.Block{Stmts: []ir.Stmt{k.emit(left2, right2)}}, Else: &ir.Block{Stmts: []ir.Stmt{keep}}},
			}}},
			k.set(other.list, keptList), mark,
		}}},
	}
}
