package codegen

import "github.com/dave/jennifer/jen"

// Under at-least-once a spout gives up what was given as often as may be. Then it reads these tuples once more, to tell of them: they are counted with their values, or
// go to who reads the spout's stream `.failed`. So they are failed tuples as any others.

// quits reports whether a spout tells of what it gives up.
func (e *ends) quits() bool { return e.g.followed() && e.g.tests == nil && e.behind == nil }

// quit writes the method: x is told of each row, which the loops go over.
func (e *ends) quit(f *jen.File, rows jen.Code, loops ...jen.Code) {
	f.Line().Comment("quit tells of rows that are given up.")
	f.Func().Params(jen.Id("t").Op("*").Id(e.goName)).Id("quit").Params(jen.Id("rows").Add(rows), jen.Id("quits").Op("*").Qual(pkgTask, "Quits")).Block(loops...)
}

// quitRow is code that tells of a row.
func (e *ends) quitRow(x *failing) []jen.Code {
	return []jen.Code{
		jen.List(jen.Id("why"), jen.Id("attempts")).Op(":=").Id("quits").Dot("Next").Call(),
		x.call(jen.Lit(e.g.place(e.comp.Span)), jen.Id("why"), jen.Id("attempts")),
	}
}
