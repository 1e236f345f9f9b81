package compiler

import (
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// defaultBackoff is how long a tuple waits where nothing is said.
const defaultBackoff = 100 * time.Millisecond

// maxRetries is how often a tuple may be tried again: with the wait doubling that is a long time.
const maxRetries = 100

// retry reads `retry 3`, and the `backoff 100ms` beside it.
func (c *compilation) retry(comp *component, o *ast.Option) {
	if comp.decl.Kind != ast.Bolt || comp.decl.Body == nil {
		c.err(badRetry, o.Span(), "`retry` is for bolts with statements: in %s there is no work on one tuple to try again", comp.name.Name).help("take it out")
		return
	}
	comp.retryAt = o.Span()
	out := &ir.Retry{Backoff: &ir.Const{Typed: ir.Typed{T: types.TDuration, Span: o.Span()}, Value: defaultBackoff}}
	for _, other := range comp.decl.Options {
		if other.Name.Name == "backoff" && other.Value != nil {
			out.Backoff = c.delay(comp, other.Value, "the backoff")
		}
	}
	if o.Value == nil {
		return // reported by the parser
	}
	v, ok := c.constValue(o.Value, types.TInt, "the number of retries")
	if !ok {
		return
	}
	n := v.(int64)
	if n < 1 || n > maxRetries {
		c.err(badRetry, o.Value.Span(), "a tuple is tried again 1 to %d times, not %d", maxRetries, n)
		return
	}
	out.Times = int(n)
	comp.ir.Retry = out
}

// backoff reports a `backoff` without the `retry` that it is a part of.
func (c *compilation) backoff(comp *component, o *ast.Option) {
	for _, other := range comp.decl.Options {
		if other.Name.Name == "retry" {
			return
		}
	}
	c.err(badRetry, o.Span(), "`backoff` is how long to wait before a `retry`").help("write e.g. `retry 3 backoff 100ms`")
}

// proveRetry warns of a `retry` where nothing can fail for a reason that passes.
func (c *compilation) proveRetry() {
	for _, comp := range c.order {
		if comp.ir.Retry == nil || comp.ir.Body == nil || c.failed() {
			continue
		}
		found := false
		for _, block := range comp.ir.Body.On {
			found = found || ir.Retryable(block)
		}
		if !found {
			c.warn(idleRetry, comp.retryAt, "nothing in %s is tried again: only calls that reach outside are, such as those of Go functions", comp.name.Name).
				note("what only computes would fail again").help("take `retry` out")
		}
	}
}
