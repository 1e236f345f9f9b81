package codegen

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// An execution is atomic: a tuple that fails leaves nothing behind, no emit and no change of state.
// Taking back costs something for every tuple, so it is generated only for bodies in which something can
// fail after something was done.

// needsRollback reports whether a block can fail after it has emitted or changed state.
func needsRollback(b *ir.Block) bool {
	w := &effects{}
	w.block(b)
	return w.late
}

type effects struct {
	done bool // an emit or a change of state has been seen
	late bool // something that can fail was seen after it
}

func (w *effects) block(b *ir.Block) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		w.stmt(s)
	}
}

func (w *effects) expr(exprs ...ir.Expr) {
	for _, e := range exprs {
		if e != nil && w.done && canFail(e) {
			w.late = true
		}
	}
}

func (w *effects) stmt(s ir.Stmt) {
	switch s := s.(type) {
	case *ir.Let:
		w.expr(s.Value)
	case *ir.LetElse:
		w.expr(s.Value)
		w.block(s.Else)
	case *ir.Assign:
		w.expr(s.Value)
		w.expr(ir.TargetIndexes(s.Target)...)
		w.late = w.late || w.done && placeCanFail(s.Target)
		if rootState(s.Target) != nil {
			w.done = true
		}
	case *ir.ExprStmt:
		w.expr(s.X)
	case *ir.Return:
		w.expr(s.Value)
	case *ir.If:
		w.expr(s.Cond)
		w.block(s.Then)
		w.block(s.Else)
	case *ir.For:
		w.expr(s.In)
		// Twice: what the loop's end does comes before its start again.
		w.block(s.Body)
		w.block(s.Body)
	case *ir.Emit:
		w.expr(s.Args...)
		for _, a := range s.Args {
			if a.Type().Kind == types.Time && w.done {
				w.late = true
			}
		}
		if s.To != nil {
			w.expr(s.To)
			if _, ok := ir.Constant(s.To); !ok && w.done {
				w.late = true
			}
		}
		if s.Stream.Chosen && w.done {
			w.late = true
		}
		w.done = true
	case *ir.Fail:
		if w.done {
			w.late = true
		}
	case *ir.MatchStmt:
		w.expr(s.X)
		for _, a := range s.Arms {
			w.block(a.Body)
		}
	case *ir.Nested:
		w.block(s.Block)
	}
}

// blockCanFail reports whether anything in a block can fail the tuple.
func blockCanFail(b *ir.Block) bool {
	// As if something had been done before.
	w := &effects{done: true}
	w.block(b)
	return w.late
}

// canFail reports whether evaluating e can fail the tuple.
func canFail(e ir.Expr) bool {
	fails := false
	ir.WalkExpr(e, func(e ir.Expr) {
		switch e := e.(type) {
		case *ir.Must, *ir.Failing:
			fails = true
		case *ir.Unary:
			fails = fails || e.Op == "-" && e.T.Kind != types.Float && e.T.Kind != types.Decimal
		case *ir.Binary:
			switch e.Op {
			case "*", "/", "div", "mod":
				fails = fails || e.Op == "*" && e.T.Kind != types.Float || e.Op != "*" && !safeDivisor(e)
			case "+", "-":
				fails = fails || e.T.Kind == types.Int || e.T.Kind == types.Duration || e.T.Kind == types.Decimal
			}
		case *ir.FuncCall:
			fails = fails || e.Func.Builtin == "abs" || e.Func.Fails
		}
	})
	return fails
}

// walkBlock calls stmt and expr for everything in b; expressions that are assigned to are not visited, their indexes are.
func walkBlock(b *ir.Block, stmt func(ir.Stmt), expr func(ir.Expr)) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		stmt(s)
		switch s := s.(type) {
		case *ir.Let:
			ir.WalkExpr(s.Value, expr)
		case *ir.LetElse:
			ir.WalkExpr(s.Value, expr)
			walkBlock(s.Else, stmt, expr)
		case *ir.Assign:
			ir.WalkExpr(s.Value, expr)
			for _, i := range ir.TargetIndexes(s.Target) {
				ir.WalkExpr(i, expr)
			}
		case *ir.ExprStmt:
			ir.WalkExpr(s.X, expr)
		case *ir.If:
			ir.WalkExpr(s.Cond, expr)
			walkBlock(s.Then, stmt, expr)
			walkBlock(s.Else, stmt, expr)
		case *ir.For:
			ir.WalkExpr(s.In, expr)
			walkBlock(s.Body, stmt, expr)
		case *ir.Emit:
			for _, a := range s.Args {
				ir.WalkExpr(a, expr)
			}
			if s.To != nil {
				ir.WalkExpr(s.To, expr)
			}
		case *ir.Fail:
			ir.WalkExpr(s.Why, expr)
		case *ir.Return:
			ir.WalkExpr(s.Value, expr)
		case *ir.MatchStmt:
			ir.WalkExpr(s.X, expr)
			for _, a := range s.Arms {
				walkBlock(a.Body, stmt, expr)
			}
		case *ir.Nested:
			walkBlock(s.Block, stmt, expr)
		}
	}
}

// countReads counts how often each local of a block is read.
func countReads(b *ir.Block) map[*ir.Local]int {
	reads := map[*ir.Local]int{}
	walkBlock(b, func(ir.Stmt) {}, func(e ir.Expr) {
		if l, ok := e.(*ir.LocalRef); ok {
			reads[l.Local]++
		}
	})
	return reads
}

// usesKeyed reports whether a block reads or writes state that is kept per key.
func usesKeyed(block *ir.Block) bool {
	found := false
	see := func(e ir.Expr) {
		if s, ok := e.(*ir.StateRef); ok && s.State.Scope == ir.PerKey {
			found = true
		}
	}
	walkBlock(block, func(s ir.Stmt) {
		if a, ok := s.(*ir.Assign); ok {
			see(ir.TargetRoot(a.Target))
		}
	}, see)
	return found
}
