package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// pattern types one pattern of an arm: a constant, a range, `none`, a name for the value that is there, or `_`.
func (e *env) pattern(m *matching, a *ast.MatchArm, p ast.Expr, arm *ir.MatchArm) {
	switch x := unparen(p).(type) {
	case *ast.Literal:
		if x.Kind == ast.NoneLit {
			e.nonePattern(m, x, arm)
			return
		}
	case *ast.Binary:
		if x.Op == ".." {
			e.rangePattern(m, x, arm)
			return
		}
	case *ast.Name:
		if e.namePattern(m, a, x, arm) {
			return
		}
	}
	v, ok := e.patternConst(m, p)
	if !ok {
		m.known = false
		return
	}
	key := constKey(v.Value)
	if first := m.first[key]; first != nil {
		e.err(doubledArm, p.Span(), "%s has its arm already", short(e.text(p.Span()))).
			related(first.Span(), "here").help("take it out of one of them")
		return
	}
	m.first[key] = p
	for _, r := range m.ranges {
		if ordered("<=", r.from, v.Value) && ordered("<", v.Value, r.to) {
			e.err(doubledArm, p.Span(), "%s has its arm already", short(e.text(p.Span()))).
				related(r.at.Span(), "it lies in this range").help("put its arm before that of the range")
			return
		}
	}
	arm.Patterns = append(arm.Patterns, ir.Pattern{Value: v})
}

// patternConst types a constant of the type that is matched.
func (e *env) patternConst(m *matching, p ast.Expr) (*ir.Const, bool) {
	pe := *e
	pe.constant = "a pattern"
	if m.of.Kind == types.Invalid {
		pe.expr(p, nil)
		return nil, false
	}
	if m.optional && !matchable(m.of) {
		pe.expr(p, nil)
		e.err(badPattern, p.Span(), "a %s can't be compared with a pattern", m.of).
			help("a name stands for the value that is there, `none` for a missing one, `_` for all the rest")
		return nil, false
	}
	c, ok := pe.computed(p, pe.value(p, m.of, "this pattern")).(*ir.Const)
	return c, ok
}

func (e *env) nonePattern(m *matching, x *ast.Literal, arm *ir.MatchArm) {
	switch {
	case m.of.Kind == types.Invalid:
	case !m.optional:
		m.known = false
		e.err(notOptional, x.Span(), "a %s is never missing", m.of).help("take this arm out")
	case m.none != nil:
		e.err(doubledArm, x.Span(), "none has its arm already").related(m.none.Span(), "here").help("take it out of one of them")
	default:
		m.none = x
		arm.Patterns = append(arm.Patterns, ir.Pattern{None: true})
	}
}

// rangePattern types `a..b`: from a up to and without b, as in `for`.
func (e *env) rangePattern(m *matching, x *ast.Binary, arm *ir.MatchArm) {
	from, okFrom := e.patternConst(m, x.X)
	to, okTo := e.patternConst(m, x.Y)
	if !okFrom || !okTo {
		m.known = false
		return
	}
	if !m.of.Ordered() || m.of.Kind == types.Enum {
		m.known = false
		r := e.err(badPattern, x.Span(), "there are no ranges of %s values", m.of)
		if m.of.Kind == types.Enum {
			r.help("name the values: `a, b => ...`")
		}
		return
	}
	if !ordered("<", from.Value, to.Value) {
		m.known = false
		e.err(badPattern, x.Span(), "nothing lies in this range").
			note("a range goes from its first value up to its last, and without that")
		return
	}
	for _, r := range m.ranges {
		if ordered("<=", r.from, from.Value) && ordered("<=", to.Value, r.to) {
			e.err(doubledArm, x.Span(), "this range has its arm already").related(r.at.Span(), "it lies in this range").
				help("put its arm before that of the wider range")
			return
		}
	}
	m.ranges = append(m.ranges, matchedRange{from.Value, to.Value, x})
	arm.Patterns = append(arm.Patterns, ir.Pattern{Value: from, To: to})
}

// namePattern types a bare name: `_`, or a name for the value that is there. It returns false for the name of a constant.
func (e *env) namePattern(m *matching, a *ast.MatchArm, x *ast.Name, arm *ir.MatchArm) bool {
	if x.Name == "_" {
		m.rest = x
		arm.Rest, arm.Patterns = true, nil
		if len(a.Patterns) > 1 {
			m.known = false
			e.err(badPattern, x.Span(), "`_` stands for all the rest: nothing stands beside it").help("give it an arm of its own")
		}
		return true
	}
	if m.of.Kind == types.Enum && m.of.Value(x.Name) >= 0 {
		return false
	}
	if v := e.values[x.Name]; v != nil && v.konst != nil && e.lookup(x.Name) == nil {
		return false
	}
	switch {
	case m.of.Kind == types.Invalid:
		m.known = false
		if !e.namesNothing(x.Name) {
			e.expr(x, nil)
		} else {
			// It may be a value of what could not be understood, or a name for it.
			e.declare(&ast.Ident{Node: x.Node, Name: x.Name}, types.TInvalid, "match")
		}
	case m.optional:
		e.binding(m, a, x, arm)
	case !e.namesNothing(x.Name):
		m.known = false
		e.expr(x, nil)
		e.err(badPattern, x.Span(), "a pattern is a constant, and %s is none", x.Name).
			help("compare it in an `if`: `%s == %s`", short(e.text(m.x.X.Span())), x.Name)
	case m.of.Kind == types.Enum || len(e.enumValues[x.Name]) > 0:
		return false // which reports it
	default:
		m.known = false
		r := e.err(badPattern, x.Span(), "a pattern is a constant, and %s names none", x.Name)
		if m.of.Kind == types.String {
			r.fix(x.Span(), `"`+x.Name+`"`, "for the text, write `\"%s\"`; `_` stands for all the rest", x.Name)
		} else {
			r.help("`_` stands for all the rest")
		}
		e.declare(&ast.Ident{Node: x.Node, Name: x.Name}, types.TInvalid, "match") // others name the value so
	}
	return true
}

// binding types a name for the value that is there, of an optional.
func (e *env) binding(m *matching, a *ast.MatchArm, x *ast.Name, arm *ir.MatchArm) {
	if len(a.Patterns) > 1 {
		m.known = false
		e.err(badPattern, x.Span(), "%s stands for every value that is there: nothing stands beside it", x.Name).
			help("give it an arm of its own")
	}
	if m.present != nil {
		e.err(doubledArm, x.Span(), "%s would stand for every value that is there: they have their arm already", x.Name).
			related(m.present.Span(), "here").help("take one of them out")
	}
	m.present = x
	arm.Present = true
	arm.Local = e.declare(&ast.Ident{Node: x.Node, Name: x.Name}, m.of, "match").ir
}
