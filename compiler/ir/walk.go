package ir

// WalkExpr calls visit for e and for every expression in it, outermost first.
func WalkExpr(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	all := func(exprs ...Expr) {
		for _, x := range exprs {
			WalkExpr(x, visit)
		}
	}
	switch e := e.(type) {
	case *NoneConst:
		all(e.Why)
	case *RecordField:
		all(e.X)
	case *OptField:
		all(e.X)
	case *FuncCall:
		all(e.Args...)
	case *Unary:
		all(e.X)
	case *Binary:
		all(e.X, e.Y)
	case *Convert:
		all(e.X)
	case *Index:
		all(e.X, e.Index)
	case *Default:
		all(e.X, e.Y)
	case *Must:
		all(e.X)
	case *Interp:
		all(e.Parts...)
	case *ListLit:
		all(e.Items...)
	case *Ordered:
		all(e.X, e.I, e.Item)
	case *MapLit:
		all(e.Keys...)
		all(e.Values...)
	case *RecordLit:
		all(e.Values...)
	case *Range:
		all(e.From, e.To)
	case *Match:
		all(e.X)
		for _, a := range e.Arms {
			all(a.Value)
		}
	case *Capture:
		all(e.X)
	case *Failing:
		all(e.Why)
	}
}

// TargetRoot is the local or state that an assignment changes: its target, or what the target is a part of.
func TargetRoot(target Expr) Expr {
	for {
		switch t := target.(type) {
		case *Index:
			target = t.X
		case *RecordField:
			target = t.X
		default:
			return target
		}
	}
}

// TargetIndexes lists the indexes of an assignment's target, the outermost container's first.
func TargetIndexes(target Expr) []Expr {
	switch t := target.(type) {
	case *Index:
		return append(TargetIndexes(t.X), t.Index)
	case *RecordField:
		return TargetIndexes(t.X)
	}
	return nil
}

// WalkBlock calls stmt and expr for everything in b; expressions that are assigned to are not visited, their indexes are.
func WalkBlock(b *Block, stmt func(Stmt), expr func(Expr)) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		stmt(s)
		switch s := s.(type) {
		case *Let:
			WalkExpr(s.Value, expr)
		case *LetElse:
			WalkExpr(s.Value, expr)
			WalkBlock(s.Else, stmt, expr)
		case *Assign:
			WalkExpr(s.Value, expr)
			for _, i := range TargetIndexes(s.Target) {
				WalkExpr(i, expr)
			}
		case *ExprStmt:
			WalkExpr(s.X, expr)
		case *If:
			WalkExpr(s.Cond, expr)
			WalkBlock(s.Then, stmt, expr)
			WalkBlock(s.Else, stmt, expr)
		case *For:
			WalkExpr(s.In, expr)
			WalkBlock(s.Body, stmt, expr)
		case *Emit:
			for _, a := range s.Args {
				WalkExpr(a, expr)
			}
			if s.To != nil {
				WalkExpr(s.To, expr)
			}
		case *Fail:
			WalkExpr(s.Why, expr)
		case *Return:
			WalkExpr(s.Value, expr)
		case *MatchStmt:
			WalkExpr(s.X, expr)
			for _, a := range s.Arms {
				WalkBlock(a.Body, stmt, expr)
			}
		case *Nested:
			WalkBlock(s.Block, stmt, expr)
		}
	}
}
