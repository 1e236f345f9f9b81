package codegen

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// regex is the variable that holds a regular expression: each is compiled once, when the program starts.
func (g *generator) regex(re ir.Regex) jen.Code {
	at := slices.Index(g.regexes, re)
	if at < 0 {
		at = len(g.regexes)
		g.regexes = append(g.regexes, re)
	}
	return jen.Id(g.regexName(at))
}

func (g *generator) regexName(i int) string { return g.top("regex_" + strconv.Itoa(i+1)) }

// regexVars writes the variables.
func (g *generator) regexVars(f *jen.File) {
	for i, re := range g.regexes {
		f.Var().Id(g.regexName(i)).Op("=").Qual("regexp", "MustCompile").Call(jen.Lit(string(re)))
	}
}

// capture lowers capture(text, regex): the groups are parts of the text.
func (f *fn) capture(e *ir.Capture) optional {
	text := f.once(f.expr(e.X))
	found, groups := f.temp("found"), f.temp("groups")
	rec := f.g.recordOf(e.T.Elem)
	f.add(jen.Id(found).Op(":=").Add(f.expr(e.Regex).code).Dot("FindStringSubmatchIndex").Call(text),
		jen.Var().Id(groups).Id(rec.goName))
	values := jen.Dict{}
	for i, field := range e.T.Elem.Fields {
		n := 2 * e.Groups[i]
		part := jen.Add(text).Index(jen.Id(found).Index(jen.Lit(n)), jen.Id(found).Index(jen.Lit(n+1)))
		if field.Type.Kind == types.Optional {
			part = jen.Qual(pkgValue, "Group").Call(text, jen.Id(found), jen.Lit(e.Groups[i]))
		}
		values[jen.Id(rec.goOf[field.Name])] = part
	}
	f.add(jen.If(jen.Id(found).Op("!=").Nil()).Block(jen.Id(groups).Op("=").Id(rec.goName).Values(values)))
	return optional{jen.Id(groups), jen.Parens(jen.Id(found).Op("!=").Nil()), jen.Lit("does not match " + cut(string(e.Regex.Value.(ir.Regex)))), nil}
}

// cut shortens a text for people.
func cut(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	at := most
	for !utf8.RuneStart(text[at]) {
		at--
	}
	return text[:at] + "..."
}
