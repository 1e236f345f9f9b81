package compiler

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// params types `with name = value`.
func (t *testCheck) params(d *ast.Test) {
	seen := map[string]*ast.With{}
	for _, w := range d.With {
		name := w.Name.Name
		if first := seen[name]; first != nil {
			t.err(declaredTwice, w.Name.Span(), "param %s is set twice", name).related(first.Name.Span(), "here first")
			continue
		}
		seen[name] = w
		v := t.values[name]
		switch {
		case v == nil || v.param == nil && v.konst != nil:
			r := t.err(testParam, w.Name.Span(), "there is no param %s", name)
			if v != nil {
				r.related(v.name.Span(), "this is a constant").help("make it a param, to set it for a test")
			} else {
				r.choose(w.Name.Span(), name, "the params", t.paramNames())
				if len(t.paramNames()) == 0 {
					r.help("the topology has no params: declare it, `param %s TYPE = default`, or take `with` out", name)
				}
			}
		case v.ir == nil || v.typ.Kind == types.Invalid:
		default:
			e := &env{compilation: t.compilation, constant: "what a test sets a param to"}
			var x ir.Expr
			if v.typ.Kind == types.Regex {
				x = e.regexArg(w.Value, "param "+name)
			} else {
				x = e.computed(w.Value, e.value(w.Value, v.typ, "param "+name))
			}
			if !isInvalid(x) && t.within(w, v, x) {
				t.out.Params = append(t.out.Params, &ir.TestParam{Param: v.ir, Value: x})
			}
		}
	}
}

// within reports a value that the binary would refuse: out of the bounds of what the param is used for, or none of its choices.
func (t *testCheck) within(w *ast.With, v *valueSymbol, x ir.Expr) bool {
	value, ok := ir.Constant(x)
	if !ok {
		return true
	}
	switch value := value.(type) {
	case int64, time.Duration:
		n := inUnits(value)
		for _, b := range v.ir.Bounds {
			if n >= b.Least && n <= b.Most {
				continue
			}
			use := b.Use
			if b.Of != "" {
				use += " of " + b.Of
			}
			r := t.err(testBound, w.Value.Span(), "param %s can't be %v: it is %s", w.Name.Name, value, use).
				related(v.name.Span(), "declared here")
			switch {
			case b.Most < math.MaxInt64:
				r.help("set it to a value from %v to %v", unitsLike(value, b.Least), unitsLike(value, b.Most))
			case v.typ.Kind == types.Duration:
				r.help("set it to a duration longer than nothing")
			default:
				r.help("set it to %v or more", b.Least)
			}
			return false
		}
	case string:
		if v.ir.Choices != nil && !slices.Contains(v.ir.Choices, value) {
			t.err(testBound, w.Value.Span(), "param %s can't be %q: it is %s", w.Name.Name, value, strings.Join(v.ir.For, " and ")).
				related(v.name.Span(), "declared here").choose(w.Value.Span(), value, "it may be", v.ir.Choices)
			return false
		}
	}
	return true
}

// unitsLike shows a bound as a value of a param's kind.
func unitsLike(value any, n int64) any {
	if _, ok := value.(time.Duration); ok {
		return time.Duration(n)
	}
	return n
}

// needs reports params without a default that the topology reads and the test does not set. (`topoc run` asks for their values; nobody is there to ask now.)
func (t *testCheck) needs(d *ast.Test) {
	if d.Title == nil {
		return
	}
	for _, v := range t.valueOrder {
		if v.param == nil || v.ir == nil || v.ir.Default != nil || !v.needed || v.typ.Kind == types.Invalid ||
			slices.ContainsFunc(d.With, func(w *ast.With) bool { return w.Name.Name == v.name.Name }) {
			continue
		}
		t.err(testNeeds, d.Title.Span(), "this test does not say what the param %s is", v.name.Name).
			related(v.name.Span(), "it has no default").
			help("write `with %s = ...` after the name of the test", v.name.Name)
	}
}

func (c *compilation) paramNames() []string {
	var names []string
	for _, v := range c.valueOrder {
		if v.param != nil {
			names = append(names, v.name.Name)
		}
	}
	return names
}
