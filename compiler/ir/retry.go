package ir

// Passing reports whether a call may fail for a reason that passes: it reaches outside of the program.
func Passing(f *Func) bool { return !f.Pure && f.Builtin == "" }

// Retryable reports whether something in a block may fail so.
func Retryable(b *Block) bool {
	if b == nil {
		return false
	}
	found := false
	see := func(exprs ...Expr) {
		for _, e := range exprs {
			WalkExpr(e, func(e Expr) {
				if call, ok := e.(*FuncCall); ok && Passing(call.Func) {
					found = true
				}
			})
		}
	}
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *Let:
			see(s.Value)
		case *LetElse:
			see(s.Value)
			found = found || Retryable(s.Else)
		case *Assign:
			see(s.Target, s.Value)
		case *ExprStmt:
			see(s.X)
		case *If:
			see(s.Cond)
			found = found || Retryable(s.Then) || Retryable(s.Else)
		case *For:
			see(s.In)
			found = found || Retryable(s.Body)
		case *Emit:
			see(s.Args...)
		case *Fail:
			see(s.Why)
			found = found || s.Passes
		case *MatchStmt:
			see(s.X)
			for _, a := range s.Arms {
				found = found || Retryable(a.Body)
			}
		case *Nested:
			found = found || Retryable(s.Block)
		case *Return, *Branch:
		default:
			return true // of what is not known here, nothing is said
		}
	}
	return found
}
