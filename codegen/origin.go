package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// Under at-least-once a tuple that fails for a reason that may pass, and that nobody handles, is given again by its spout: it alone, of all
// that came with it. So is one that its component tries again for too long. So its rows say from which of the spout's tuples they come, on those streams only below which something can fail so. Everywhere
// else there is no such field, and nothing is paid for it.

// findOrigins marks the rows that say where they come from.
func (g *generator) findOrigins() {
	if !g.followed() {
		return
	}
	needs := map[*ir.Component]bool{}
	for again := true; again; {
		again = false
		for _, c := range g.prog.Components {
			if c.Kind == ir.Spout || needs[c] {
				continue
			}
			needs[c] = asksAgain(c) || triesAgain(c) || g.tests.asksAgain(c)
			for _, s := range c.Outputs {
				for _, e := range g.outs[s] {
					needs[c] = needs[c] || needs[e.To]
				}
			}
			again = again || needs[c]
		}
	}
	for _, e := range g.prog.Edges {
		if needs[e.To] {
			g.rowOf(e.Stream).origins = true
		}
	}
}

// triesAgain reports whether a component may hold back single tuples, to try them again itself: then it is known which these are where one takes too long.
func triesAgain(c *ir.Component) bool {
	return c.Retry != nil
}

// asksAgain reports whether a component's tuples may fail so that their spout gives them again.
func asksAgain(c *ir.Component) bool {
	for _, s := range c.Outputs {
		if s.Failed {
			return false // somebody handles them
		}
	}
	if c.Go != nil && c.Go.Rows == nil {
		for _, call := range c.Go.Calls {
			if call != nil && call.Error {
				return true
			}
		}
	}
	if c.Body != nil {
		for _, block := range c.Body.On {
			if ir.Retryable(block) {
				return true
			}
		}
	}
	return false
}

// numbered prepares the code that hands a spout's rows on: each takes the next number. What it returns comes before the loop, and in it for each row.
func (e *ends) numbered(f *fn, s *ir.Stream) (before, each []jen.Code) {
	for _, o := range e.outs.of[s] {
		if o.row.origins {
			f.originOf = func() jen.Code { return jen.Id("origin") }
			return []jen.Code{jen.Id("origins").Op(":=").Id("t").Dot(o.field).Dot("Origins").Call()},
				[]jen.Code{jen.Id("origin").Op(":=").Op("*").Id("origins"), jen.Op("*").Id("origins").Op("++")}
		}
	}
	return nil, nil
}

// again is code for whether the spout of a tuple that has failed gives it again. A test is told more of it.
func (g *generator) again(c *ir.Component, origin, place, why, attempts jen.Code) *jen.Statement {
	failer := jen.Id("t").Dot("failer")
	if g.tests == nil {
		return failer.Dot("Again").Call(origin)
	}
	return failer.Assert(jen.Qual(pkgEngine, "StepFailer")).Dot("AgainFor").Call(origin, jen.Lit(c.Name), place, why, attempts)
}

// askAgain is code that leaves a tuple whose spout gives it again. What lasting, where not nil, says would fail again is not given again.
func askAgain(again *jen.Statement, lasting, leave jen.Code) jen.Code {
	if lasting != nil {
		again = jen.Op("!").Add(lasting).Op("&&").Add(again)
	}
	return jen.If(again).Block(leave)
}
