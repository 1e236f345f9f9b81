package compiler

import (
	"math"
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// bounded is a whole number or a duration that a setting or an option takes.
type bounded struct {
	what  string // "the number of tasks"
	of    string // whose, where it is a component's
	typ   *types.Type
	bound ir.Bound
	// wrong reports a value out of bounds.
	wrong func(at source.Span, n int64) report
}

// amount is what such a setting is given: a number (or nanoseconds), or a param that gives one, with its default, 0 where it has none.
type amount struct {
	n     int64
	param *ir.Param
}

// bounded reads a constant, or a param, whose value is looked at when the binary starts; false where it is neither, which is reported.
func (c *compilation) bounded(x ast.Expr, b bounded) (amount, bool) {
	p, declared := c.paramNamed(x)
	if p == nil {
		value, ok := c.constValue(x, b.typ, b.what)
		if !ok {
			return amount{}, false
		}
		n := inUnits(value)
		if n < b.bound.Least || n > b.bound.Most {
			b.wrong(x.Span(), n)
			return amount{}, false
		}
		return amount{n: n}, true
	}
	switch {
	case p.Type.Kind == types.Invalid:
		return amount{}, false
	case p.Type.Kind != b.typ.Kind:
		c.err(mismatch, x.Span(), "%s is a %s, param %s is a %s", b.what, b.typ, p.Name, p.Type).related(declared, "declared here")
		return amount{}, false
	case p.Secret:
		c.err(secretShown, x.Span(), "%s is shown by `plan`: it can't be a secret", b.what).related(declared, "declared here")
		return amount{}, false
	}
	b.bound.Use, b.bound.Of = b.what, b.of
	if b.of == "" {
		b.bound.Use = "the setting " + b.what
	}
	p.Within(b.bound)
	d, ok := ir.Constant(p.Default)
	if !ok {
		return amount{param: p}, true
	}
	n := inUnits(d)
	if n < b.bound.Least || n > b.bound.Most {
		to := b.bound.Use
		if b.of != "" {
			to += " of " + b.of
		}
		b.wrong(p.Default.At(), n).related(x.Span(), "%s", to)
	}
	return amount{min(max(n, b.bound.Least), b.bound.Most), p}, true
}

// inUnits is a number, or a duration's nanoseconds.
func inUnits(v any) int64 {
	if d, ok := v.(time.Duration); ok {
		return int64(d)
	}
	return v.(int64)
}

// paramNamed is the param that an expression names, and where it is declared; nil where it is something else. The parameter of a graph is
// the param that an instance has given it.
func (c *compilation) paramNamed(x ast.Expr) (*ir.Param, source.Span) {
	name, ok := x.(*ast.Name)
	if !ok {
		return nil, source.Span{}
	}
	v := c.values[name.Name]
	switch {
	case v == nil:
	case v.given != nil:
		c.resolveValue(v)
		if ref, ok := v.value.(*ir.ParamRef); ok && !v.given.open {
			v.used = true
			return ref.Param, ref.Param.Span
		}
	case v.param != nil:
		v.used = true
		c.resolveValue(v)
		return v.ir, v.name.Span()
	}
	return nil, source.Span{}
}

// longer is the bound of a duration that must be longer than nothing.
var longer = ir.Bound{Least: 1, Most: math.MaxInt64}

// boundDelay notes that a duration out of constants and params must be longer than nothing: a param by itself is looked at when the binary starts.
func (c *compilation) boundDelay(comp *component, x ast.Expr, v ir.Expr, what string) {
	ref, ok := v.(*ir.ParamRef)
	if !ok || ref.T.Kind != types.Duration || ref.Param == nil {
		return
	}
	b := longer
	b.Use, b.Of = what, comp.name.Name
	if slices.Contains(ref.Param.Bounds, b) {
		return
	}
	ref.Param.Within(b)
	if d, ok := ir.Constant(ref.Param.Default); ok && d.(time.Duration) <= 0 {
		c.err(timerDelay, x.Span(), "%s must be longer than nothing", what).
			related(ref.Param.Default.At(), "this is what param %s is, where nothing else is given", ref.Param.Name).help("write e.g. `10s` there")
	}
}
