package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// lines lets a row wait for its turn.
func (t *byTime) lines(d *timely) *ir.Block {
	stmts, at := t.arrives(d)
	stmts = append(stmts, t.keepRow(d, at, t.flag(false)))
	return &ir.Block{Stmts: append(stmts, t.earlier(t.core("_due", at, t.none()))...)}
}

// turn finds whose turn it is: of both sides' first rows that have not had theirs the earlier one, where time has passed it. Of rows of one time the
// one has it first that the other may come after.
func (t *byTime) turn() (stmts []ir.Stmt, left, right ir.Expr) {
	limit, last := t.let("limit", t.core("_gone", t.mark, t.none()))
	l, isLeft := t.local("is_left", types.TBool)
	r, isRight := t.local("is_right", types.TBool)
	l.Mutable, r.Mutable = true, true
	ready := func(d *timely) (ir.Expr, ir.Expr) {
		at := t.part(t.nth(d, d.done), d.at)
		return t.binary("<", types.TBool, d.done, t.length(d)), at
	}
	hasLeft, leftAt := ready(t.left)
	hasRight, rightAt := ready(t.right)
	op := "<="
	if after, _ := t.waits(); !after {
		op = "<"
	}
	return []ir.Stmt{
		limit,
		&ir.Let{Pos: t.pos(), Local: l, Value: t.flag(false)},
		&ir.Let{Pos: t.pos(), Local: r, Value: t.flag(false)},
		t.iff(hasLeft, t.set(isLeft, t.binary("<=", types.TBool, leftAt, last))),
		t.iff(hasRight, t.set(isRight, t.binary("<=", types.TBool, rightAt, last))),
		t.iff(t.binary("and", types.TBool, isLeft, isRight),
			t.set(isLeft, t.binary(op, types.TBool, leftAt, rightAt)), t.set(isRight, t.not(isLeft))),
	}, isLeft, isRight
}

// next lets the row whose turn it is find the nearest one before it that has found none.
func (t *byTime) next() *ir.Block {
	stmts, isLeft, isRight := t.turn()
	return &ir.Block{Stmts: append(stmts, t.iff(isLeft, t.nearest(t.left, t.right)...), t.iff(isRight, t.nearest(t.right, t.left)...))}
}

func (t *byTime) nearest(own, other *timely) []ir.Stmt {
	let, mine := t.let("mine", t.nth(own, own.done))
	at := t.part(mine, own.at)
	from, first := t.let("first", t.upTo(other, t.core("_gone", at, own.back)))
	many, n := t.let("n", t.core("_less", other.done, first))
	i, index := t.local("i", types.TInt)
	place, where := t.let("place", t.core("_from_end", other.done, index))
	other1, row := t.let("row", t.nth(other, where))
	left, right := own.ordered(t.ofRecord(mine), t.ofRecord(row))
	then := []ir.Stmt{
		t.stampedEmit(left, right, at, at), t.change(own, ir.Check, own.done, nil), t.change(other, ir.Check, where, nil),
		&ir.Branch{Pos: t.pos(), Word: "break"},
	}
	return []ir.Stmt{let, from, many, &ir.For{Pos: t.pos(), Key: i, In: &ir.Range{Typed: typed(types.ListOf(types.TInt), t.j), From: t.number(0), To: n}, Body: &ir.Block{Stmts: []ir.Stmt{
		place, other1, t.iff(t.not(t.part(row, other.found)), t.when(left, right, then...)...),
	}}}}
}

// passed goes on to the next row behind one's turn, tells of what nothing can belong to any more and has found no other one, and forgets it.
func (t *byTime) passed() *ir.Block {
	stmts, isLeft, isRight := t.turn()
	one := t.number(1)
	stmts = append(stmts,
		t.iff(isLeft, t.set(t.left.done, t.core("_more", t.left.done, one))),
		t.iff(isRight, t.set(t.right.done, t.core("_more", t.right.done, one))),
		t.set(t.due, t.number(never)))
	now, isNow := t.local("until", types.TInt)
	now.Mutable = true
	stmts = append(stmts, &ir.Let{Pos: t.pos(), Local: now, Value: t.mark})
	sides := []*timely{t.left, t.right}
	zero := t.none()
	for _, d := range sides {
		at := t.part(t.nth(d, d.done), d.at)
		then := append([]ir.Stmt{t.iff(t.binary("<", types.TBool, at, isNow), t.set(isNow, at))}, t.earlier(t.core("_due", at, zero))...)
		stmts = append(stmts, t.iff(t.binary("<", types.TBool, d.done, t.length(d)), then...))
	}
	for _, d := range sides {
		let, n := t.let("n", t.upTo(d, t.core("_gone", isNow, d.ahead)))
		stmts = append(stmts, let)
		if d.alone {
			stmts = append(stmts, t.tellAlone(d, n))
		}
		stmts = append(stmts, t.change(d, ir.Cut, n, nil), t.set(d.done, t.core("_less", d.done, n)),
			t.iff(t.binary(">", types.TBool, t.length(d), t.number(0)), t.earlier(t.core("_due", t.part(t.nth(d, t.number(0)), d.at), d.ahead))...))
	}
	return &ir.Block{Stmts: stmts}
}
