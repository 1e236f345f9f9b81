package codegen

import (
	"github.com/topo-lang/topo/compiler/ir"
)

// caseOnce finds the function that changes the case of every word of a text:
//
//	for w in words(s) { emit (lower(w)) }
//
// One call for the text is less than one for each word, and gives the same words: no character changes between white space and
// something else with its case, and none depends on its neighbours. The word must be used in no other way.
func caseOnce(s *ir.For, words *ir.Func) *ir.Func {
	if words.GoPkg != pkgText || words.GoName != "Words" {
		return nil
	}
	var change *ir.Func
	uses, changed := 0, 0
	walkBlock(s.Body, func(ir.Stmt) {}, func(e ir.Expr) {
		switch e := e.(type) {
		case *ir.LocalRef:
			if e.Local == s.Key {
				uses++
			}
		case *ir.FuncCall:
			if argument(e) != s.Key || e.Func.GoPkg != pkgText || e.Func.GoName != "Lower" && e.Func.GoName != "Upper" {
				return
			}
			if change == nil {
				change = e.Func
			}
			if e.Func.GoName == change.GoName {
				changed++
			}
		}
	})
	if uses != changed {
		return nil
	}
	return change
}

// argument is the local that a call's only argument is, or nil.
func argument(e *ir.FuncCall) *ir.Local {
	if len(e.Args) == 1 {
		if l, ok := e.Args[0].(*ir.LocalRef); ok {
			return l.Local
		}
	}
	return nil
}
