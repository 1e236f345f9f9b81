package codegen

import (
	"cmp"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// ends is the code of a spout or a sink: a library's Go type with a function that moves rows.
type ends struct {
	g       *generator
	comp    *ir.Component
	goName  string
	outs    outputs
	scratch bool
	failer  bool
	param   bool
	now     bool
	failing *failing
	objects *objects // nil where the component gives no JSON objects
	// behind, of the source of a durable spout, is the code behind its log.
	behind *ends
}

func (g *generator) newEnds(c *ir.Component, suffix string) *ends {
	e := &ends{g: g, comp: c, goName: g.global.take(c.Name + suffix),
		outs: g.outputsOf(c, newNames("failer", "scratch", "param", "now", "route", "fill", "failed", "report", "tuple", "object", "objects", "only", "quick", "careful", "failed_object", "names", "field"))}
	e.failing = &failing{g: g, comp: c, owner: e.goName, name: "failed"}
	e.failing.streams(e.outs)
	return e
}

// newFn returns an fn for what is computed for each row; a failed row is left out.
func (e *ends) newFn() *fn {
	f := &fn{g: e.g, comp: e.comp, reads: map[*ir.Local]int{}}
	f.paramOf = func() *jen.Statement { e.param = true; return jen.Id("t").Dot("param") }
	f.arenaOf = func() *jen.Statement { e.scratch = true; return jen.Id("t").Dot("scratch") }
	f.nowOf = func() *jen.Statement {
		e.now = true
		return jen.Id("t").Dot("now").Call().Dot("Round").Call(jen.Lit(0)).Dot("UTC").Call()
	}
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(e.g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		e.failer = true
		f.add(e.failing.call(place, why, jen.Lit(1)), jen.Continue())
	}
	return f
}

// write writes the struct.
func (e *ends) write(f *jen.File) {
	f.Commentf("%s is %s %s (%s).", e.goName, e.comp.Kind, e.comp.Name, cleanPlace(e.g.place(e.comp.Span)))
	f.Type().Id(e.goName).StructFunc(func(s *jen.Group) {
		if e.failer || len(e.failing.outs) > 0 {
			s.Id("failer").Qual(pkgEngine, "Failer")
		}
		if e.failer {
			s.Id("tuple").Index().Byte().Comment("// the last that failed")
		}
		if e.param {
			s.Id("param").Op("*").Id(e.g.top("params"))
		}
		if e.now {
			s.Id("now").Func().Params().Qual("time", "Time")
		}
		if e.scratch {
			s.Id("scratch").Qual(pkgArena, "Arena")
		}
		if e.objects != nil {
			s.Id("objects").Index().Id(e.objects.goName).Comment("// what Next has read")
			s.Id("names").Qual(pkgJSON, "Names")
			s.Id("only").Qual(pkgTask, "Only").Comment("// of them, where some are given again")
		}
		for _, o := range e.outs.list {
			if o.log {
				s.Id(o.field).Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(o.row.goName))
				continue
			}
			s.Id(o.field).Op("*").Qual(pkgEngine, "Out").Types(jen.Id(o.row.goName))
			if o.next != "" {
				s.Id(o.next).Op("*").Id(e.g.boltName[o.edge.To])
			}
		}
	})
	if e.failer {
		f.Line().Add(e.failing.method())
	}
	e.reporter(f)
}

// reporter writes the method that a component tells of what it can't do, where somebody reads that.
func (e *ends) reporter(f *jen.File) {
	if len(e.failing.outs) > 0 {
		place := jen.Id("f").Dot("Place")
		body := []jen.Code{
			jen.If(jen.Add(place).Op("==").Lit("")).Block(jen.Add(place).Op("=").Lit(e.g.place(e.comp.Span))),
			jen.Id("t").Dot("failer").Dot("Handled").Call(jen.Lit(e.comp.Name), jen.Lit(""), jen.Id("f").Dot("Reason")),
		}
		body = append(body, e.failing.emit(jen.Id("f").Dot("JSON").Call(), jen.Id("f").Dot("Reason"), place, jen.Max(jen.Lit(1), jen.Id("f").Dot("Attempts")))...)
		f.Line().Comment("report takes what the component says that it can't do.")
		f.Func().Params(jen.Id("t").Op("*").Id(e.goName)).Id("report").Params(jen.Id("f").Qual(pkgComponent, "Failed")).Block(body...)
	}
}

// task is code for the task that runs a component, its failed tuples taken where somebody reads them.
func (e *ends) task(wrap string, made jen.Code) jen.Code {
	if len(e.failing.outs) == 0 {
		return made
	}
	return jen.Qual(pkgTask, wrap).Call(made, jen.Id("t").Dot("report"))
}

func (e *ends) literal() jen.Code {
	d := jen.Dict{}
	if e.behind != nil {
		if e.failer {
			d[jen.Id("failer")] = jen.Id("refused")
		}
	} else if e.failer || len(e.failing.outs) > 0 {
		d[jen.Id("failer")] = jen.Id("topology")
	}
	if e.param {
		d[jen.Id("param")] = jen.Id("param")
	}
	if e.now {
		d[jen.Id("now")] = jen.Id("topology").Dot("Now")
	}
	e.outs.values(e.g, d)
	return jen.Op("&").Id(e.goName).Values(d)
}

// columnOf describes how a type travels in columns: the slice's field and the kind.
func columnOf(t *types.Type) (slice, kind string) {
	switch t.Kind {
	case types.Bool:
		return "Bools", "Bool"
	case types.Int:
		return "Ints", "Int"
	case types.Float:
		return "Floats", "Float"
	case types.Decimal:
		return "Decimals", "Decimal"
	case types.String, types.Enum:
		return "Strings", "String"
	case types.Bytes:
		return "Blobs", "Bytes"
	case types.Time:
		return "Times", "Time"
	case types.Duration:
		return "Durations", "Duration"
	}
	return "Strings", "JSON"
}

// schema is code for the columns of fields, then of per-tuple arguments.
func (g *generator) schema(fields []types.Field, args []*ir.CallArg, reads bool) jen.Code {
	return jen.Index().Qual(pkgComponent, "Column").ValuesFunc(func(v *jen.Group) {
		for _, f := range fields {
			_, kind := columnOf(f.Type)
			column := jen.Dict{jen.Id("Name"): jen.Lit(f.Name), jen.Id("Kind"): jen.Qual(pkgComponent, kind)}
			if f.Type.Kind == types.Optional {
				_, of := columnOf(f.Type.Elem)
				column[jen.Id("Optional")], column[jen.Id("Of")] = jen.True(), jen.Qual(pkgComponent, of)
			}
			if t := cmp.Or(f.Type.Elem, f.Type); reads && t.Kind == types.Enum && (t == f.Type || f.Type.Kind == types.Optional) {
				column[jen.Id("Check")] = jen.Func().Params(jen.Id("name").String()).Error().Block(
					jen.List(jen.Id("_"), jen.Err()).Op(":=").Id(g.enumOf(t).parse).Call(jen.Id("name")), jen.Return(jen.Err()))
			}
			v.Values(column)
		}
		for _, a := range args {
			_, kind := columnOf(a.Value.Type())
			v.Values(jen.Dict{jen.Id("Name"): jen.Lit(a.Name), jen.Id("Kind"): jen.Qual(pkgComponent, kind), jen.Id("PerTuple"): jen.True()})
		}
	})
}

// spout writes the struct of a spout and its route method, which takes what was read to the outputs.
func (g *generator) spout(f *jen.File, c *ir.Component) {
	e := g.newEnds(c, "Spout")
	stream := c.Outputs[0]
	e = g.inFront(f, e, stream)
	fn := e.newFn()
	rows := jen.Index().Qual(c.Call.GoPkg, c.Call.GoType+"Row")
	var loop *jen.Statement
	value := func(i int) jen.Code {
		if c.Call.AnyOutput {
			slice, _ := columnOf(stream.Fields[i].Type)
			return jen.Id("rows").Dot("Cols").Index(jen.Lit(i)).Dot(slice).Index(jen.Id("i"))
		}
		return jen.Id("in").Dot(camel(c.Call.RowFields[i]))
	}
	e.failing.values = func() []named {
		var out []named
		for i, field := range stream.Fields {
			t := field.Type
			if _, kind := columnOf(t); c.Call.AnyOutput && kind == "JSON" {
				t = types.TJSON // the column holds its text
			} else if t.Kind == types.Enum {
				t = types.TString // and that a name
			}
			out = append(out, named{field.Name, t, value(i)})
		}
		return out
	}
	if c.Call.AnyOutput {
		e.failing.params = []jen.Code{jen.Id("rows").Op("*").Qual(pkgComponent, "Columns"), jen.Id("i").Int()}
		e.failing.args = []jen.Code{jen.Id("rows"), jen.Id("i")}
	} else {
		e.failing.params = []jen.Code{jen.Id("in").Op("*").Qual(c.Call.GoPkg, c.Call.GoType+"Row")}
		e.failing.args = []jen.Code{jen.Id("in")}
	}
	before, each := e.numbered(fn, stream)
	release := g.hold(e.outs.of[stream])
	counts, counted := e.count(stream)
	owns := g.collectOwns()
	body := fn.block(func() {
		args := make([]jen.Code, len(stream.Fields))
		for i, field := range stream.Fields {
			args[i] = value(i)
			if _, kind := columnOf(field.Type); c.Call.AnyOutput && kind == "JSON" && field.Type.Kind != types.JSON {
				out, decoder := fn.decoded(field.Type, args[i])
				fn.failUnless(jen.Id(decoder).Dot("OK").Call(), c.Span, jen.Lit("field "+field.Name+": ").Op("+").Id(decoder).Dot("Why").Call())
				args[i] = jen.Id(out)
			}
			if field.Type.Kind == types.Time {
				args[i] = fn.checked(jen.Qual(pkgValue, "Nanos").Call(args[i]), c.Span,
					jen.Lit("a tuple carries times from the years 1678 to 2262 only")).code
			}
			if field.Type.Kind == types.Enum {
				args[i] = fn.named(field, args[i], c.Span)
			}
		}
		fn.choose(e.outs.of[stream], stream, args)
		for _, o := range e.outs.of[stream] {
			if o.next != "" {
				fn.add(g.callReader(fn, o, args)...)
				continue
			}
			fn.add(g.appendRow(fn, o, jen.Id("t").Dot(o.field), stream, args)...)
		}
		if len(e.outs.of[stream]) == 0 {
			fn.ignore(args)
		}
	})
	var checks []jen.Code
	for _, o := range e.outs.of[stream] {
		if o.next == "" {
			checks = append(checks, o.check(jen.Id("t").Dot(o.field)))
		}
	}
	body = append(each, body...)
	if c.Call.AnyOutput {
		rows = jen.Op("*").Qual(pkgComponent, "Columns")
		loop = jen.For(jen.Id("i").Op(":=").Range().Id("rows").Dot("N")).Block(append(body, checks...)...)
	} else {
		in := []jen.Code{jen.Id("in").Op(":=").Op("&").Id("rows").Index(jen.Id("i"))}
		loop = jen.For(jen.Id("i").Op(":=").Range().Id("rows")).Block(append(append(in, body...), checks...)...)
		if len(stream.Fields) == 0 {
			loop = jen.For(jen.Range().Id("rows")).Block(append(body, checks...)...) // nothing of them is read
		}
	}
	held := []jen.Code{loop}
	if o := e.copied(stream); o != nil {
		held = []jen.Code{o.copying(stream, value)}
		release()
	}
	for _, o := range e.outs.of[stream] {
		if o.held != nil {
			held = o.holding(held)
		}
	}
	release()
	counted()
	held = holdingOwns(owns(), append(counts, held...))
	route := held
	if e.scratch {
		route = append([]jen.Code{jen.Id("t").Dot("scratch").Dot("Reset").Call()}, held...)
	}
	var quit []jen.Code
	if e.quits() {
		e.failer = true
		loop := jen.For(jen.Id("i").Op(":=").Range().Id("rows"))
		in := jen.Id("in").Op(":=").Op("&").Id("rows").Index(jen.Id("i"))
		if c.Call.AnyOutput {
			loop, in = jen.For(jen.Id("i").Op(":=").Range().Id("rows").Dot("N")), jen.Null()
		}
		quit = []jen.Code{loop.Block(append([]jen.Code{in}, e.quitRow(e.failing)...)...)}
	}
	if c.Call.Objects {
		e.objects = e.newObjects(stream)
		if quit != nil {
			quit = append(e.objects.quit(), quit...)
		}
		route = append(e.objects.routed(), append([]jen.Code{jen.Id("t").Dot("scratch").Dot("Reset").Call()}, held...)...)
	}
	route = append(route, g.takes(e.outs, jen.Id("t"))...)
	e.write(f)
	f.Line()
	f.Func().Params(jen.Id("t").Op("*").Id(e.goName)).Id("route").Params(jen.Id("rows").Add(rows)).Block(append(before, route...)...)
	if quit != nil {
		e.quit(f, rows, quit...)
	}
	if c.Call.Objects {
		e.objects.write(f)
	}

	// The function that build calls to make a task.
	start := g.startup(c)
	component := start.component(c.Call)
	make_ := jen.Qual(pkgTask, "Spout").Types(jen.Qual(c.Call.GoPkg, c.Call.GoType+"Row")).Call(component, jen.Id("t").Dot("route"))
	if c.Call.AnyOutput {
		make_ = jen.Qual(pkgTask, "ColumnSpout").Call(component, g.schema(stream.Fields, nil, true), jen.Id("t").Dot("route"))
	}
	if c.Call.Objects {
		make_ = jen.Qual(pkgTask, "ObjectSpout").Call(component, g.schema(stream.Fields, nil, true), jen.Id("t").Dot("object"), jen.Op("&").Id("t").Dot("only"), jen.Id("t").Dot("route"))
	}
	if quit != nil {
		make_ = jen.Qual(pkgTask, "GivesUp").Call(make_, jen.Id("t").Dot("quit"))
	}
	g.spoutMaker(f, e, start, e.literal(), make_)
}

// spoutMaker writes the function that makes a spout's task; t is the value of its struct.
func (g *generator) spoutMaker(f *jen.File, e *ends, start *fn, t, made jen.Code) {
	if e.behind == nil {
		g.maker(f, e.comp, "SpoutTask", append(start.stmts, jen.Id("t").Op(":=").Add(t), jen.Return(e.task("FailingSpout", made))))
		return
	}
	g.maker(f, e.comp, "SpoutTask", append(start.stmts, append(e.logged(), jen.Id("t").Op(":=").Add(t), jen.Return(e.fromLog(made)))...))
}

// sink writes the struct of a sink and its fill method, which turns a batch into columns.
func (g *generator) sink(f *jen.File, c *ir.Component) {
	e := g.newEnds(c, "Sink")
	in := c.Inputs[0]
	row := g.inputRow(c, in)
	fn := e.newFn()
	usesRow := false
	fn.fieldOf = func(_ *ir.Input, i int) val {
		usesRow = true
		return computed(g.unpack(in.Fields[i].Type, "b", jen.Id("in").Dot(row.goField(in.Fields[i].Name))))
	}
	e.failing.values = func() []named {
		usesRow = true
		return g.rowValues(in.Fields, row)
	}
	e.failing.params = []jen.Code{jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)), jen.Id("in").Op("*").Id(row.goName)}
	e.failing.args = []jen.Code{jen.Id("b"), jen.Id("in")}
	column := func(i int, t *types.Type, v jen.Code) jen.Code {
		slice, kind := columnOf(t)
		if t.Kind == types.Enum {
			v = jen.Add(v).Dot("String").Call()
		} else if t.Kind == types.JSON {
			v = jen.Qual(pkgJSON, "Text").Call(v)
		} else if kind == "JSON" {
			v = jen.String().Call(jen.Add(g.jsonFunc(t)).Call(jen.Nil(), v))
		}
		target := jen.Id("cols").Index(jen.Lit(i)).Dot(slice)
		return jen.Add(target).Op("=").Append(target, v)
	}
	body := fn.block(func() {
		// What can fail comes before the first column is written.
		args := make([]jen.Code, len(c.Call.TupleArgs))
		for i, a := range c.Call.TupleArgs {
			args[i] = fn.once(fn.expr(a.Value))
		}
		for i, field := range in.Fields {
			fn.add(column(i, field.Type, fn.fieldOf(in, i).code))
		}
		for i, a := range c.Call.TupleArgs {
			fn.add(column(len(in.Fields)+i, a.Value.Type(), args[i]))
		}
		fn.add(jen.Id("rows").Dot("N").Op("++"))
	})
	if usesRow {
		body = append([]jen.Code{jen.Id("in").Op(":=").Op("&").Id("b").Dot("Rows").Index(jen.Id("i"))}, body...)
	}
	var before []jen.Code
	if e.scratch {
		// Columns hold text made in the arena until the sink has taken them: reset once a batch.
		before = append(before, jen.Id("t").Dot("scratch").Dot("Reset").Call())
	}
	before = append(before, jen.Id("cols").Op(":=").Id("rows").Dot("Cols"))
	e.write(f)
	f.Line()
	f.Func().Params(jen.Id("t").Op("*").Id(e.goName)).Id("fill").Params(
		jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)),
		jen.Id("rows").Op("*").Qual(pkgComponent, "Columns")).Block(
		append(before, jen.For(jen.Id("i").Op(":=").Range().Id("b").Dot("Rows")).Block(body...))...)

	start := g.startup(c)
	component := start.component(c.Call)
	g.maker(f, c, "Task", append(start.stmts, jen.Id("t").Op(":=").Add(e.literal()),
		jen.Return(e.task("FailingSink", jen.Qual(pkgTask, "ColumnSink").Types(jen.Id(row.goName)).Call(component, g.schema(in.Fields, c.Call.TupleArgs, false), jen.Id("t").Dot("fill"))))))
}

// maker writes the function that makes one task of a component: new_NAME.
func (g *generator) maker(f *jen.File, c *ir.Component, result string, body []jen.Code) {
	f.Line()
	f.Func().Id(g.makers[c]).Params(jen.Id("topology").Op("*").Qual(pkgEngine, "Topology"), jen.Id("param").Op("*").Id(g.top("params")), jen.Id("edges").Op("*").Id(g.top("edges")), jen.Id("n").Int()).
		Qual(pkgEngine, result).Block(body...)
}

// startup returns an fn for what is computed when a task is made: a component's arguments.
func (g *generator) startup(c *ir.Component) *fn {
	f := &fn{g: g, comp: c, reads: map[*ir.Local]int{}}
	f.paramOf = func() *jen.Statement { return jen.Id("param") }
	f.nowOf = func() *jen.Statement {
		return jen.Id("topology").Dot("Now").Call().Dot("Round").Call(jen.Lit(0)).Dot("UTC").Call()
	}
	scratch := false
	f.arenaOf = func() *jen.Statement {
		if !scratch {
			scratch = true
			f.stmts = append([]jen.Code{jen.Var().Id("scratch").Qual(pkgArena, "Arena")}, f.stmts...)
		}
		return jen.Id("scratch")
	}
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		f.add(jen.Panic(jen.Qual(pkgTask, "StartError").Values(jen.Dict{jen.Id("Place"): place, jen.Id("Why"): why})))
	}
	return f
}

// component is code for &pkg.Type{Arg: value}.
func (f *fn) component(c *ir.Call) jen.Code {
	values := jen.Dict{}
	for _, a := range c.Args {
		if a.FieldIndex >= 0 && a.Value == nil {
			values[jen.Id(a.Field)] = jen.Lit(a.FieldIndex)
			continue
		}
		if a.Value == nil {
			values[jen.Id(a.Field)] = jen.Lit(-1)
			continue
		}
		if a.Type != nil {
			values[jen.Id(a.Field)] = f.g.toGo(a.Type, f.once(f.expr(a.Value)), true)
			continue
		}
		values[jen.Id(a.Field)] = f.expr(a.Value).code
	}
	return jen.Op("&").Qual(c.GoPkg, c.GoType).Values(values)
}
