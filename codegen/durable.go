package codegen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// A durable spout is two structs. The source packs what the component gives into rows of its own, whose codec makes what the log keeps of them; the spout takes such rows out of
// a batch, which came from the log, to the outputs. Between the two stands runtime/durable.

// logs reports whether a log stands in front of a spout.
func (g *generator) logs(c *ir.Component) bool {
	return c.Durable && g.followed() && g.tests == nil
}

// followed reports whether tuples are followed until they are settled, as a guarantee wants.
func (g *generator) followed() bool {
	return g.prog.Guarantee != "none" && g.prog.Guarantee != ""
}

// logRow is the row of a spout's log. It is no edge's: what the log keeps depends on the spout's own text only.
func (g *generator) logRow(s *ir.Stream) *rowType {
	local := newNames()
	r := &rowType{goName: g.global.take(s.FullName() + "LogRow"), fields: s.Fields, hash: local.take("hash"), hop: local.take("hop"), origin: local.take("origin")}
	for _, f := range s.Fields {
		r.goOf = append(r.goOf, local.take(f.Name))
	}
	g.rowList = append(g.rowList, r)
	return r
}

// inFront returns the ends of a spout's source, where a log stands in front of the spout, whose own are written then; otherwise they are returned.
func (g *generator) inFront(f *jen.File, behind *ends, stream *ir.Stream) *ends {
	if !g.logs(behind.comp) {
		return behind
	}
	row := g.logRow(stream)
	behind.fromRows(f, stream, row)
	to := &output{edge: &ir.Edge{Stream: stream, Grouping: ir.ByGlobal}, field: "packed", row: row, single: true, log: true}
	front := &ends{g: g, comp: behind.comp, goName: g.global.take(behind.comp.Name + "Source"), behind: behind,
		outs: outputs{list: []*output{to}, of: map[*ir.Stream][]*output{stream: {to}}}}
	front.failing = &failing{g: g, comp: behind.comp, owner: front.goName, name: "failed"}
	return front
}

// fromRows writes the struct of the spout behind a log, and its method route.
func (e *ends) fromRows(f *jen.File, stream *ir.Stream, row *rowType) {
	g := e.g
	e.failing.values = func() []named { return g.rowValues(stream.Fields, row) }
	batch := jen.Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))
	e.failing.params = []jen.Code{jen.Id("b").Add(batch), jen.Id("in").Op("*").Id(row.goName)}
	e.failing.args = []jen.Code{jen.Id("b"), jen.Id("in")}
	fn := e.newFn()
	before, each := e.numbered(fn, stream)
	body := fn.block(func() {
		args := make([]jen.Code, len(stream.Fields))
		for i, field := range stream.Fields {
			value := jen.Id("in").Dot(row.goField(field.Name))
			if args[i] = value; field.Type.Kind != types.Time {
				args[i] = g.unpack(field.Type, "b", value)
			}
		}
		fn.choose(e.outs.of[stream], stream, args)
		for _, o := range e.outs.of[stream] {
			fn.add(g.appendRow(fn, o, jen.Id("t").Dot(o.field), stream, args)...)
		}
		fn.ignore(args) // what no edge takes
		for _, o := range e.outs.of[stream] {
			fn.add(o.check(jen.Id("t").Dot(o.field)))
		}
	})
	in := []jen.Code{jen.Id("in").Op(":=").Op("&").Id("b").Dot("Rows").Index(jen.Id("i"))}
	if len(stream.Fields) == 0 {
		in = append(in, jen.Id("_").Op("=").Id("in"))
	}
	if e.scratch {
		before = append(before, jen.Id("t").Dot("scratch").Dot("Reset").Call())
	}
	if e.quits() {
		e.failer = true
	}
	e.write(f)
	if e.quits() {
		e.quit(f, batch, jen.For(jen.Id("i").Op(":=").Range().Id("rows").Dot("Rows")).Block(append([]jen.Code{
			jen.Id("b").Op(":=").Id("rows"), jen.Id("in").Op(":=").Op("&").Id("b").Dot("Rows").Index(jen.Id("i"))}, e.quitRow(e.failing)...)...))
	}
	f.Line().Comment("route takes what the log has kept to the outputs.")
	f.Func().Params(jen.Id("t").Op("*").Id(e.goName)).Id("route").Params(jen.Id("b").Add(batch)).Block(append(before,
		jen.For(jen.Id("i").Op(":=").Range().Id("b").Dot("Rows")).Block(slices.Concat(in, each, body)...))...)
}

// logged is code that makes what stands at both sides of the log.
func (e *ends) logged() []jen.Code {
	row := e.outs.list[0].row
	return []jen.Code{
		jen.Id("log").Op(":=").New(jen.Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))),
		jen.Id("refused").Op(":=").New(jen.Qual(pkgDurable, "Refused")),
		jen.Id("behind").Op(":=").Add(e.behind.literal()),
	}
}

// fromLog is code for the task that a spout is behind its log.
func (e *ends) fromLog(made jen.Code) jen.Code {
	row := e.outs.list[0].row
	one := jen.Qual(pkgDurable, "New").Call(made, jen.Id("log"), jen.Id("refused"), jen.Id(row.codecVar()), jen.Lit(durableShape(row.fields)), jen.Id("behind").Dot("route"))
	if e.behind.quits() {
		one.Dot("GivesUp").Call(jen.Id("behind").Dot("quit"))
	}
	if len(e.behind.failing.outs) == 0 {
		return one
	}
	return jen.Qual(pkgTask, "FailingSpout").Call(one, jen.Id("behind").Dot("report"))
}

// shape says what a log's tuples are, so that another version of the program knows whether it can read them.
func durableShape(fields []types.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Name + " " + typeKey(f.Type)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// durable are the names of the spouts that need a store.
func (g *generator) durable() []string {
	var names []string
	for _, c := range g.prog.Components {
		if c.Kind == ir.Spout && g.logs(c) {
			names = append(names, c.Name)
		}
	}
	return names
}
