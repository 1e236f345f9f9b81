package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// failing is a method that is told of what failed at one place that runs: a handler, a timer, a spout's rows. It counts
// the tuple, or emits it to the component's stream `.failed`, where somebody reads that.
type failing struct {
	g      *generator
	comp   *ir.Component
	owner  string // the Go type
	name   string
	params []jen.Code
	args   []jen.Code // for params, at the place
	values func() []named
	input  string // the tuple's input, where there are several
	outs   []*output
	failed *ir.Stream
	used   func() // called at the first call
	// hop, where not nil, is code for how often the tuple has gone round a cycle.
	hop func() jen.Code
	// origin, where not nil, is code for the spout's tuple that it comes from.
	origin func() jen.Code
}

// named is a value of a tuple that failed.
type named struct {
	name string
	typ  *types.Type
	code jen.Code
}

func (b *boltGen) newFailing(place string, values func() []named, params ...jen.Code) *failing {
	f := &failing{g: b.g, comp: b.comp, owner: b.goName, name: b.member.take("failed_" + place), params: params, values: values}
	f.used = func() { b.failings = append(b.failings, f) }
	f.streams(b.outs)
	return f
}

// streams finds where failed tuples go.
func (x *failing) streams(outs outputs) {
	for _, s := range x.comp.Outputs {
		if s.Failed {
			x.failed, x.outs = s, outs.of[s]
		}
	}
}

// rowValues are the fields of a row that arrived in a batch.
func (g *generator) rowValues(fields []types.Field, row *rowType) []named {
	var out []named
	for _, f := range fields {
		out = append(out, named{f.Name, f.Type, g.unpack(f.Type, "b", jen.Id("in").Dot(row.goField(f.Name)))})
	}
	return out
}

// call is code that tells of a failure.
func (x *failing) call(place, why, attempts jen.Code) jen.Code {
	if x.used != nil {
		x.used()
		x.used = nil
	}
	if x.values != nil {
		x.values() // which notes what it needs
	}
	return jen.Id("t").Dot(x.name).Call(append(slices.Clone(x.args), place, why, attempts)...)
}

// method writes the method.
func (x *failing) method() jen.Code {
	params := append(slices.Clone(x.params), jen.List(jen.Id("place"), jen.Id("why")).String(), jen.Id("attempts").Int64())
	failer := jen.Id("t").Dot("failer")
	name := jen.Lit(x.comp.Name)
	var body []jen.Code
	if x.g.tests != nil {
		origin := jen.Code(jen.Lit(0))
		if x.origin != nil {
			origin = x.origin()
		}
		body = append(body, jen.Add(failer).Assert(jen.Qual(pkgEngine, "StepFailer")).Dot("Tried").Call(jen.Id("attempts"), origin))
	}
	if len(x.outs) == 0 {
		if x.g.tests == nil {
			params[len(params)-1] = jen.Id("_").Int64()
		}
		body = append(body, jen.If(jen.Op("!").Add(failer).Dot("Fail").Call(name, jen.Id("place"), jen.Id("why"))).Block(jen.Return()))
		body = append(body, x.render()...)
		body = append(body, jen.Add(failer).Dot("Show").Call(name, jen.Id("place"), jen.Id("why"), jen.Qual(pkgArena, "View").Call(jen.Id("t").Dot("tuple"))))
	} else {
		body = append(body, jen.Add(failer).Dot("Handled").Call(name, jen.Id("place"), jen.Id("why")))
		body = append(body, x.render()...)
		body = append(body, x.emit(jen.Qual(pkgArena, "View").Call(jen.Id("t").Dot("tuple")), jen.Id("why"), jen.Id("place"), jen.Id("attempts"))...)
	}
	return jen.Commentf("%s is told of what failed.", x.name).Line().
		Func().Params(jen.Id("t").Op("*").Id(x.owner)).Id(x.name).Params(params...).Block(body...)
}

// emit writes a tuple to the stream `.failed`. The execution is over: its batches may leave.
func (x *failing) emit(tuple, why, place, attempts jen.Code) []jen.Code {
	f := &fn{g: x.g, comp: x.comp, hopOf: x.hop, originOf: x.origin}
	return f.block(func() {
		for _, o := range x.outs {
			f.add(x.g.appendRow(f, o, jen.Id("t").Dot(o.field), x.failed, []jen.Code{tuple, why, place, attempts})...)
			f.add(o.check(jen.Id("t").Dot(o.field)))
		}
	})
}

// render writes the tuple as JSON into the task's memory.
func (x *failing) render() []jen.Code {
	text := func() *jen.Statement { return jen.Id("t").Dot("tuple") }
	out := []jen.Code{jen.Add(text()).Op("=").Append(jen.Add(text()).Index(jen.Empty(), jen.Lit(0)), jen.LitByte('{'))}
	var values []named
	if x.values != nil {
		values = x.values()
	}
	lead := ""
	if x.input != "" && !slices.ContainsFunc(values, func(v named) bool { return v.name == "input" }) {
		out = append(out, jen.Add(text()).Op("=").Append(text(), jen.Lit(`"input":"`+x.input+`"`).Op("...")))
		lead = ","
	}
	for _, v := range values {
		out = append(out, jen.Add(text()).Op("=").Append(text(), jen.Lit(lead+`"`+v.name+`":`).Op("...")),
			jen.Add(text()).Op("=").Add(x.g.jsonFunc(v.typ)).Call(text(), v.code))
		lead = ","
	}
	return append(out, jen.Add(text()).Op("=").Append(text(), jen.LitByte('}')))
}
