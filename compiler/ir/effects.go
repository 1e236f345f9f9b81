package ir

import (
	"time"

	"github.com/topo-lang/topo/compiler/types"
)

// An execution is atomic: a tuple that fails leaves nothing behind, no emit and no change of state. What follows says where
// that needs care: taking back costs something for every tuple, so it is done only in bodies in which something can fail after something was done.

// NeedsRollback reports whether a block can fail after it has emitted or changed state.
func NeedsRollback(b *Block) bool {
	w := &effects{}
	w.block(b)
	return w.late
}

type effects struct {
	done bool // an emit or a change of state has been seen
	late bool // something that can fail was seen after it
	// fine, where not nil, says which failures do not count.
	fine func(Expr) bool
}

func (w *effects) block(b *Block) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		w.stmt(s)
	}
}

func (w *effects) expr(exprs ...Expr) {
	for _, e := range exprs {
		if e != nil && w.done && canFail(e, w.fine) {
			w.late = true
		}
	}
}

func (w *effects) stmt(s Stmt) {
	switch s := s.(type) {
	case *Let:
		w.expr(s.Value)
	case *LetElse:
		w.expr(s.Value)
		w.block(s.Else)
	case *Assign:
		w.expr(s.Value)
		w.expr(TargetIndexes(s.Target)...)
		w.late = w.late || w.done && placeCanFail(s.Target)
		if _, state := TargetRoot(s.Target).(*StateRef); state {
			w.done = true
		}
	case *ExprStmt:
		w.expr(s.X)
	case *Return:
		w.expr(s.Value)
	case *If:
		w.expr(s.Cond)
		w.block(s.Then)
		w.block(s.Else)
	case *For:
		w.expr(s.In)
		// Twice: what the loop's end does comes before its start again.
		w.block(s.Body)
		w.block(s.Body)
	case *Emit:
		w.expr(s.Args...)
		for _, a := range s.Args {
			if a.Type().Kind == types.Time && w.done && (w.fine == nil || !w.fine(a)) {
				w.late = true
			}
		}
		if s.To != nil {
			w.expr(s.To)
			if _, ok := Constant(s.To); !ok && w.done {
				w.late = true
			}
		}
		if s.Stream.Chosen && w.done {
			w.late = true
		}
		w.done = true
	case *Fail:
		if w.done {
			w.late = true
		}
	case *MatchStmt:
		w.expr(s.X)
		for _, a := range s.Arms {
			w.block(a.Body)
		}
	case *Nested:
		w.block(s.Block)
	}
}

// BlockCanFail reports whether anything in a block can fail the tuple.
func BlockCanFail(b *Block) bool { return BlockCanFailBut(b, nil) }

// BlockCanFailBut is BlockCanFail, but for what fails in the expressions that fine accepts; it is asked too of times that are emitted.
func BlockCanFailBut(b *Block, fine func(Expr) bool) bool {
	// As if something had been done before.
	w := &effects{done: true, fine: fine}
	w.block(b)
	return w.late
}

// CanFail reports whether evaluating e can fail the tuple.
func CanFail(e Expr) bool { return canFail(e, nil) }

func canFail(e Expr, fine func(Expr) bool) bool {
	fails := false
	WalkExpr(e, func(e Expr) {
		if fine != nil && fine(e) {
			return
		}
		switch e := e.(type) {
		case *Must, *Failing:
			fails = true
		case *Unary:
			fails = fails || e.Op == "-" && e.T.Kind != types.Float && e.T.Kind != types.Decimal
		case *Binary:
			switch e.Op {
			case "*", "/", "div", "mod":
				fails = fails || e.Op == "*" && e.T.Kind != types.Float || e.Op != "*" && !SafeDivisor(e)
			case "+", "-":
				fails = fails || e.T.Kind == types.Int || e.T.Kind == types.Duration || e.T.Kind == types.Decimal
			}
		case *FuncCall:
			fails = fails || e.Func.Builtin == "abs" || e.Func.Fails
		}
	})
	return fails
}

// placeCanFail reports whether the way to a place may end where there is nothing.
func placeCanFail(target Expr) bool {
	switch t := target.(type) {
	case *RecordField:
		if i, ok := t.X.(*Index); ok && i.X.Type().Kind == types.Map {
			return true
		}
		return placeCanFail(t.X)
	case *Index:
		return t.X.Type().Kind == types.List || placeCanFail(t.X)
	}
	return false
}

// SafeDivisor reports whether a division is by a constant that it cannot fail with.
func SafeDivisor(e *Binary) bool {
	c, ok := Constant(e.Y)
	return ok && c != 0.0 && c != int64(0) && c != int64(-1) && c != time.Duration(0) && e.T.Kind != types.Duration && e.T.Kind != types.Decimal
}
