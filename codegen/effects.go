package codegen

import "github.com/topo-lang/topo/compiler/ir"

// walkBlock is ir.WalkBlock.
func walkBlock(b *ir.Block, stmt func(ir.Stmt), expr func(ir.Expr)) { ir.WalkBlock(b, stmt, expr) }

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
