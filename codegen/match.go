package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// loop is a loop that `break` may have to leave from inside of a switch.
type loop struct{ label string }

// match lowers a match that gives a value.
func (f *fn) match(e *ir.Match) val {
	out := f.temp("tmp")
	f.add(jen.Var().Id(out).Add(f.g.goType(e.T)))
	f.arms(e.X, e.Arms, func(a *ir.MatchArm) {
		if fails, ok := a.Value.(*ir.Failing); ok {
			why := f.expr(fails.Why)
			f.failed(fails.Span, why.code)
			return
		}
		f.add(jen.Id(out).Op("=").Add(f.expr(a.Value).code))
	})
	return simple(jen.Id(out))
}

// matchStmt lowers a match that stands alone.
func (f *fn) matchStmt(s *ir.MatchStmt) {
	f.arms(s.X, s.Arms, func(a *ir.MatchArm) {
		inside := f.inSwitch
		f.inSwitch = true
		f.body(a.Body)
		f.inSwitch = inside
	})
}

// arms writes the switch of a match. The arms take every value between them: the last one is the default.
func (f *fn) arms(x ir.Expr, arms []*ir.MatchArm, write func(a *ir.MatchArm)) {
	t := x.Type()
	optional := t.Kind == types.Optional
	if optional {
		t = t.Elem
	}
	var v, ok jen.Code
	if optional {
		o := f.opt(x)
		v, ok = o.v, o.ok
		// Which of the two is needed depends on the arms.
		f.add(jen.List(jen.Id("_"), jen.Id("_")).Op("=").List(v, ok))
	} else {
		v = f.once(f.expr(x))
	}
	if len(arms) == 1 {
		// Nothing is decided.
		f.add(jen.Id("_").Op("=").Add(v))
		f.add(jen.Block(f.block(func() { f.arm(arms[0], x, v, write) })...))
		return
	}
	plain := !optional && plainSwitch(t, arms)
	var cases []jen.Code
	for i, a := range arms {
		body := f.block(func() { f.arm(a, x, v, write) })
		switch {
		case i == len(arms)-1:
			cases = append(cases, jen.Default().Block(body...))
		case plain:
			values := make([]jen.Code, len(a.Patterns))
			for j, p := range a.Patterns {
				values[j] = f.expr(p.Value).code
			}
			cases = append(cases, jen.Case(values...).Block(body...))
		default:
			cases = append(cases, jen.Case(f.takes(a, t, v, ok)).Block(body...))
		}
	}
	if plain {
		f.add(jen.Switch(v).Block(cases...))
	} else {
		f.add(jen.Switch().Block(cases...))
	}
}

// arm writes what one arm does.
func (f *fn) arm(a *ir.MatchArm, x ir.Expr, v jen.Code, write func(a *ir.MatchArm)) {
	if a.Local != nil {
		f.declare(a.Local, f.boundTo(x, a.Local.Type, v))
	}
	write(a)
}

// plainSwitch reports whether Go's switch compares values of a type as the language does, and all patterns are single values.
func plainSwitch(t *types.Type, arms []*ir.MatchArm) bool {
	switch t.Kind {
	case types.Bool, types.Int, types.Float, types.String, types.Duration, types.Enum:
	default:
		return false
	}
	for _, a := range arms {
		for _, p := range a.Patterns {
			if p.To != nil {
				return false
			}
		}
	}
	return true
}

// takes is the condition under which an arm takes the value.
func (f *fn) takes(a *ir.MatchArm, t *types.Type, v, ok jen.Code) jen.Code {
	if a.Present {
		return ok
	}
	var values, all []jen.Code
	for _, p := range a.Patterns {
		switch {
		case p.None:
			all = append(all, jen.Op("!").Add(ok))
		case p.To != nil:
			from := f.order(">=", t.Kind, v, f.expr(p.Value).code).code
			values = append(values, jen.Add(from).Op("&&").Add(f.order("<", t.Kind, v, f.expr(p.To).code).code))
		default:
			values = append(values, f.g.equal(t, v, f.expr(p.Value).code))
		}
	}
	if len(values) > 0 {
		any := either(values)
		if ok != nil {
			any = jen.Add(ok).Op("&&").Parens(any)
		}
		all = append(all, any)
	}
	return either(all)
}

func either(conds []jen.Code) jen.Code {
	out := jen.Add(conds[0])
	for _, c := range conds[1:] {
		out = out.Op("||").Add(c)
	}
	return out
}
