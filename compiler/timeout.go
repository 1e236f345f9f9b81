package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
)

// timeout reads `timeout 10s` of a component: how long each of its calls to the outside may take.
func (c *compilation) timeout(comp *component, o *ast.Option) {
	comp.limitAt = o.Span()
	if comp.decl.Kind == ast.Spout {
		c.reportTimeout(comp)
		return
	}
	if o.Value != nil {
		comp.ir.Timeout = c.delay(comp, o.Value, "the timeout")
	}
}

func (c *compilation) reportTimeout(comp *component) {
	c.err(badTimeout, comp.limitAt, "`timeout` is for bolts, and for sinks that take tuples one by one: in %s nothing is called for a tuple", comp.name.Name).help("take it out")
}

// proveTimeout warns of a `timeout` where nothing reaches outside.
func (c *compilation) proveTimeout(comp *component) {
	switch {
	case comp.ir.Timeout != nil && comp.ir.Call != nil && comp.ir.Go == nil:
		c.reportTimeout(comp)
	case comp.ir.Timeout == nil || c.failed():
	case comp.ir.Go != nil && comp.ir.Go.Rows != nil:
		c.err(badTimeout, comp.limitAt, "`timeout` is for what takes tuples one by one, and %s writes many at a time", comp.name.Name).
			note("a call that was left behind may still write: which of its rows, nobody knows").
			help("take it out, and let its method `Write` mind how long it takes; or write it as a function that takes one tuple")
	case comp.ir.Body != nil && !reachesOut(comp.ir.Body):
		c.warn(idleTimeout, comp.limitAt, "nothing in %s reaches outside, such as functions in Go do: `timeout` has no effect", comp.name.Name).
			help("take it out")
	}
}

// reachesOut reports whether anything in a bolt's statements calls what lies outside.
func reachesOut(b *ir.Body) bool {
	blocks := append([]*ir.Block{b.Finish}, b.On...)
	if b.FinishPer != nil {
		blocks = append(blocks, b.FinishPer.Block)
	}
	for _, t := range b.Timers {
		blocks = append(blocks, t.Blocks()...)
	}
	for _, block := range blocks {
		if ir.Retryable(block) {
			return true
		}
	}
	return false
}
