package compiler

import (
	"strconv"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// defaultBackoff is how long a tuple waits where nothing is said.
const defaultBackoff = 100 * time.Millisecond

// maxRetries is how often a tuple may be tried again: with the wait doubling that is a long time.
const maxRetries = 100

// retry reads `retry 3`, and the `backoff 100ms` beside it.
func (c *compilation) retry(comp *component, o *ast.Option) {
	comp.retryAt = o.Span()
	if comp.decl.Kind == ast.Spout {
		c.reportRetry(comp)
		return
	}
	out := &ir.Retry{Backoff: &ir.Const{Typed: ir.Typed{T: types.TDuration, Span: o.Span()}, Value: defaultBackoff}}
	for _, other := range comp.decl.Options {
		if other.Name.Name == "backoff" && other.Value != nil {
			out.Backoff = c.delay(comp, other.Value, "the backoff")
		}
	}
	if o.Value == nil {
		return // reported by the parser
	}
	n, ok := c.bounded(o.Value, bounded{
		what: "the number of retries", of: comp.name.Name, typ: types.TInt, bound: ir.Bound{Least: 1, Most: maxRetries},
		wrong: func(at source.Span, n int64) report {
			return c.err(badRetry, at, "a tuple is tried again 1 to %d times, not %d", maxRetries, n).help("write e.g. `retry 3`; nothing is tried again where the option is left out")
		},
	})
	if !ok {
		return
	}
	out.Times, out.TimesParam = int(n.n), n.param
	comp.ir.Retry = out
}

func (c *compilation) reportRetry(comp *component) {
	c.err(badRetry, comp.retryAt, "`retry` is for bolts, and for sinks that take tuples one by one: in %s there is no work on one tuple to try again", comp.name.Name).help("take it out")
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
		c.proveRetryOrder(comp)
		c.proveSharedRetry(comp)
		c.proveTimeout(comp)
		if comp.ir.Retry != nil && comp.ir.Call != nil && comp.ir.Go == nil {
			c.reportRetry(comp)
		}
		if p := comp.ir.Go; p != nil && p.Rows != nil && comp.ir.Retry != nil && !c.failed() {
			c.err(badRetry, comp.retryAt, "`retry` is for what takes tuples one by one, and %s writes many at a time", comp.name.Name).
				note("an error of `Write` ends the run: which of its rows were written, nobody knows").
				help("take it out, or write the sink as a function that takes one tuple: an error of its fails that tuple")
		}
		if comp.ir.Retry == nil || comp.ir.Body == nil || c.failed() {
			continue
		}
		c.proveRetryWaits(comp)
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

// maxBackoff is the longest wait, and defaultTimeout the header's `timeout` where nothing is said, as the engine has them.
const (
	maxBackoff     = 5 * time.Minute
	defaultTimeout = 30 * time.Second
)

// proveRetryWaits warns where a tuple may wait for its retries for longer than its spout waits for it.
func (c *compilation) proveRetryWaits(comp *component) {
	r, settings := comp.ir.Retry, &c.program.Settings
	byDefault := r.TimesParam != nil || settings.TimeoutParam != nil
	value := r.Backoff
	if ref, isParam := value.(*ir.ParamRef); isParam {
		value, byDefault = ref.Param.Default, true
	}
	backoff, ok := ir.Constant(value)
	wait, isDuration := backoff.(time.Duration)
	timeout, whose := settings.Timeout, ""
	if timeout == 0 {
		timeout, whose = defaultTimeout, ", which holds where the header says nothing"
	}
	if !ok || !isDuration || settings.TimeoutParam != nil && settings.Timeout == 0 || c.program.Guarantee == "none" {
		return
	}
	var all time.Duration
	for range r.Times {
		all += min(wait, maxBackoff)
		wait = min(2*wait, maxBackoff)
	}
	if all >= timeout {
		w := c.warn(longRetry, comp.retryAt, "a tuple of %s may wait for %s in all to be tried again: longer than `timeout %s`%s", comp.name.Name, all, timeout, whose).
			note("its spout takes the tuple for late meanwhile, and gives it again")
		if byDefault {
			w.note("reckoned with what the params are where nothing else is given")
		}
		if p := settings.TimeoutParam; p != nil {
			w.help("give param `%s` a longer default, such as `%s`; or have fewer retries", p.Name, roundUp(2*all))
		} else {
			w.help("write a longer one in the header, such as `timeout %s`; or fewer retries", roundUp(2*all))
		}
	}
}

// roundUp is a duration as people write one: whole seconds, minutes or hours.
func roundUp(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}} {
		if d > 2*unit.of {
			return strconv.Itoa(int((d+unit.of-1)/unit.of)) + unit.name
		}
	}
	return strconv.Itoa(int((d+time.Second-1)/time.Second)) + "s"
}

// proveRetryOrder refuses `retry` where a tuple that waits could come out behind a newer one of a `latest by` stream, and be taken for the newest:
// only tuples of one key, `by fields`, wait for each other.
func (c *compilation) proveRetryOrder(comp *component) {
	if comp.ir.Retry == nil {
		return
	}
	for _, out := range comp.outputs {
		if len(out.ir.Latest) == 0 {
			continue
		}
		for _, in := range comp.inputs {
			if in.grouping == "" || in.grouping == ir.ByFields {
				continue
			}
			c.err(badRetry, comp.retryAt, "%s is `latest by`, and a tuple that is tried again could overtake a newer one", out.ir.FullName()).
				related(in.decl.Span(), "its tuples do not wait for each other").
				note("tuples wait for one of their own key that is tried again, which is known `by fields` only").
				help("group this input `by fields`, or take `retry` out")
			return
		}
	}
}

// proveSharedRetry refuses a change of shared state where some tasks may make it and others not: where a function that may fail another time, or
// answer otherwise, is called for the same tuple.
func (c *compilation) proveSharedRetry(comp *component) {
	if comp.body == nil || comp.ir.Body == nil || !comp.ir.Many() || c.failed() {
		return
	}
	for _, u := range comp.body.uses {
		if !u.write || u.input == nil || u.state.ir.Scope != ir.Shared || u.input.ir.Index >= len(comp.ir.Body.On) {
			continue
		}
		if ir.Retryable(comp.ir.Body.On[u.input.ir.Index]) {
			c.err(sharedRandom, u.at, "shared state would differ between the tasks of %s", comp.name.Name).
				related(u.input.decl.Span(), "what is done for its tuples calls a function that reaches outside, and may fail in one task only").
				note("every task must make the same change for the same tuple").
				help("call it in a bolt before this one, and send what it answers `by all`")
			return
		}
	}
}
