package compiler

import (
	"slices"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// choice checks an argument whose signature says which values it takes: a constant now, a param's value when the binary starts. What is computed from params
// the component itself looks at.
func (c *compilation) choice(comp *component, sig *signature, p *parameter, x ast.Expr, v ir.Expr) {
	if p.in == nil || v.Type().Kind != types.String {
		return
	}
	if ref, ok := v.(*ir.ParamRef); ok {
		c.paramChoice(comp, p, ref)
		return
	}
	given, ok := ir.Constant(v)
	if !ok || slices.Contains(p.in, given.(string)) {
		return
	}
	r := c.err(badChoice, x.Span(), "%s.%s knows no %s %q", sig.home.name, sig.name.Name, p.name, given)
	known := "it knows " + strings.Join(quoted(p.in), ", ")
	if given.(string) != "" {
		for _, near := range p.in {
			if strings.EqualFold(near, given.(string)) {
				r.note("%s", known).fix(x.Span(), strconv.Quote(near), "write `%q`", near)
				return
			}
		}
		if r.suggest(x.Span(), strconv.Quote(given.(string)), quoted(p.in)); r.Help != "" {
			r.note("%s", known)
			return
		}
	}
	r.help("write %s", strings.Join(quoted(p.in), " or "))
}

// paramChoice notes what a param may be, and checks its default.
func (c *compilation) paramChoice(comp *component, p *parameter, ref *ir.ParamRef) {
	param := ref.Param
	use := "argument " + p.name + " of " + string(comp.kind) + " " + comp.name.Name
	if param.Choices == nil {
		param.Choices = slices.Clone(p.in)
	} else {
		param.Choices = slices.DeleteFunc(param.Choices, func(s string) bool { return !slices.Contains(p.in, s) })
	}
	param.For = append(param.For, use)
	if len(param.Choices) == 0 {
		c.err(badChoice, ref.Span, "param %s can't be %s at once: they have no value in common", param.Name, strings.Join(param.For, " and ")).
			help("declare a param for each")
		return
	}
	if given, ok := ir.Constant(param.Default); ok && !slices.Contains(p.in, given.(string)) {
		c.err(badChoice, param.Default.At(), "param %s can't be %q: it is %s", param.Name, given, use).
			related(ref.Span, "given here").
			help("write %s", strings.Join(quoted(p.in), " or "))
	}
}

// quoted are texts in quotes.
func quoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strconv.Quote(t)
	}
	return out
}
