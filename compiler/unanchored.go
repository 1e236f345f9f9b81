package compiler

import "github.com/topo-lang/topo/lang/ast"

// unanchored checks `emit (...) unanchored`: the tuple is a root of its own, so the one at work does not wait for what becomes of it.
func (e *env) unanchored(s *ast.Emit) bool {
	if s.Unanchored == nil {
		return false
	}
	at := s.Unanchored.Span()
	switch {
	case e.declared == "exactly-once":
		e.err(unanchoredExactly, at, "a tuple can't be unanchored under exactly-once").
			related(e.guaranteeAt, "this guarantee").
			note("whatever a tuple leads to is committed together with it, or not at all").
			fix(at, "", "take `unanchored` out")
	case e.declared == "none":
		e.warn(idleUnanchored, at, "`unanchored` has no effect with guarantee none").
			note("no tuple waits for what becomes of it").
			fix(at, "", "take `unanchored` out")
	case e.inBlock != "":
		e.warn(idleUnanchored, at, "`unanchored` has no effect in `%s`", e.inBlock).
			note("its tuples come from state: they are roots of their own").
			fix(at, "", "take `unanchored` out")
	}
	return true
}
