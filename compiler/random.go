package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// Every task of a bolt keeps a copy of its shared states, and each computes it by itself: what is assigned to
// one must follow from the tuple and from the state, and from nothing that differs between tasks.

// randomIn returns where an expression calls a function that may give another value each time.
func (e *env) randomIn(x ir.Expr) source.Span {
	var at source.Span
	ir.WalkExpr(x, func(x ir.Expr) {
		switch x := x.(type) {
		case *ir.FuncCall:
			if !x.Func.Pure {
				at = x.Span
			}
		case *ir.LocalRef:
			for s := e.scope; s != nil; s = s.outer {
				for _, l := range s.order {
					if l.ir == x.Local && !l.random.IsZero() {
						at = l.random
					}
				}
			}
		}
	})
	return at
}

// noteRandom remembers that a var holds such a value.
func (e *env) noteRandom(target, v ir.Expr) {
	ref, ok := target.(*ir.LocalRef)
	if !ok {
		return
	}
	if at := e.randomIn(v); !at.IsZero() {
		for s := e.scope; s != nil; s = s.outer {
			for _, l := range s.order {
				if l.ir == ref.Local {
					l.random = at
				}
			}
		}
	}
}

// reportRandom reports a value of that kind in an assignment to shared state.
func (e *env) reportRandom(at ast.Spanned, from source.Span) {
	if !e.comp.ir.Many() {
		return
	}
	r := e.err(sharedRandom, at.Span(), "shared state would differ between the tasks of %s", e.comp.name.Name).
		note("each task computes its own copy, and this value is another one in each")
	if from != at.Span() && from.Start != at.Span().Start {
		r.related(from, "it comes from here")
	}
	r.help("let the tuple carry the value")
}
