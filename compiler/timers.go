package compiler

import (
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// checkTimer types `every D { }`, `every D per k { }` and `after D { }`; nil where nothing can be made of it.
func (c *compilation) checkTimer(comp *component, t *ast.Timer) *ir.Timer {
	e := c.blockEnv(comp, t.Word).inner()
	out := &ir.Timer{Span: headOf(t, t.Word).To(t.Delay.Span())}
	out.Delay = c.delay(comp, t.Delay, "the delay of `"+t.Word+"`")
	per := t.Per
	if t.Word == "after" {
		out.Kind = ir.After
		comp.timers = append(comp.timers, t)
		if per == nil {
			per = keyNames(comp, t)
		}
		if per == nil {
			c.err(timerKey, headOf(t, "after"), "`after` waits for the tuples of a key, and %s keeps nothing per key", comp.name.Name).
				help("declare a state `per KEY`, or write `every D { ... }`")
			return nil // what the body reads of a key is not to be found
		}
	} else if per != nil {
		out.Kind = ir.EveryPer
	}
	if per != nil {
		out.Keys = e.keyLocals(per, timerKey)
	}
	out.Block = e.inner().block(t.Body.Stmts)
	return out
}

// keyNames are the fields of the key of a bolt's state, as names at the place of a timer's first word.
func keyNames(comp *component, t *ast.Timer) []*ast.Ident {
	for _, s := range comp.body.states {
		if s.ir.Scope != ir.PerKey {
			continue
		}
		var out []*ast.Ident
		for _, k := range s.ir.Key {
			at := t.Node
			at.EndPos = at.Pos
			at.EndPos.Offset += len(t.Word)
			out = append(out, &ast.Ident{Node: at, Name: k.Name})
		}
		return out
	}
	return nil
}

// delay types a duration that is known before the first tuple: out of constants and params.
func (c *compilation) delay(comp *component, x ast.Expr, what string) ir.Expr {
	e := &env{compilation: c, comp: comp, argument: true}
	v := e.value(x, types.TDuration, what)
	if d, ok := ir.Constant(v); ok && v.Type().Kind == types.Duration && d.(time.Duration) <= 0 {
		c.err(timerDelay, x.Span(), "%s must be longer than nothing", what).help("write e.g. `10s`")
	}
	c.boundDelay(comp, x, v, what)
	return v
}

// proveTimers checks that tuples reach what waits for them.
func (c *compilation) proveTimers(comp *component) {
	for _, t := range comp.timers {
		var key []types.Field
		for _, s := range comp.body.states {
			if s.ir.Scope != ir.PerKey {
				continue
			}
			if s.broken {
				return
			}
			key = s.ir.Key
		}
		started := len(key) == 0 // reported
		for _, in := range comp.inputs {
			started = started || in.opaque || in.grouping == "" || in.grouping == ir.ByFields && (sameNames(in.keys, key) && comp.keyed == nil || comp.keyed != nil && sameWords(in.keys, comp.keyed.keys))
		}
		if started || len(comp.inputs) == 0 {
			continue
		}
		r := c.err(timerInput, headOf(t, t.Word), "no input of %s comes by fields(%s), so no tuple starts this timer", comp.name.Name, joinFields(key))
		for _, in := range comp.inputs {
			if hasFields(in.ir.Fields, key) {
				at, text := c.groupingFix(in, "fields("+joinFields(key)+")")
				r.related(in.decl.Span(), "this input is `by %s`", in.grouping).fix(at, text, "write `by fields(%s)`", joinFields(key))
				break
			}
		}
		return // once is enough
	}
}

// sameNames reports whether names are the fields of a key, in any order.
func sameNames(names []string, key []types.Field) bool {
	if len(names) != len(key) {
		return false
	}
	for _, k := range key {
		if !slices.Contains(names, k.Name) {
			return false
		}
	}
	return true
}

// hasFields reports whether all fields of a key are among fields.
func hasFields(fields, key []types.Field) bool {
	for _, k := range key {
		if i := fieldIndex(fields, k.Name); i < 0 || !fields[i].Type.Equal(k.Type) {
			return false
		}
	}
	return true
}
