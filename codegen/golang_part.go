package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// goPart is the code around a component that a user's Go implements.
type goPart struct {
	*ends
	part     *ir.GoPart
	member   *names
	emitters map[*ir.GoEmit]string
	order    []*ir.GoEmit
	marks    bool       // tuples are taken back
	failings []*failing // what is told of failed tuples
	keeps    []jen.Code // methods that copy a tuple which waits to be tried again
}

// goComponent writes a component of a user's Go.
func (g *generator) goComponent(f *jen.File, c *ir.Component) {
	switch {
	case c.Go.Rows != nil && c.Kind == ir.Spout:
		g.goSpout(f, c)
	case c.Go.Rows != nil:
		g.goSink(f, c)
	default:
		g.goBolt(f, c)
	}
}

func (g *generator) newGoPart(c *ir.Component, suffix string) *goPart {
	member := newNames("Bolt", "Open", "Process", "Idle", "Finish", "Close", "Due", "Tick", "failer", "param", "scratch", "now", "user", "rows", "route", "to", "failed", "report", "tuple", "retry", "Held", "began", "limit", "Inner")
	e := &ends{g: g, comp: c, goName: g.global.take(c.Name + suffix), outs: g.outputsOf(c, member)}
	e.failing = &failing{g: g, comp: c, owner: e.goName, name: "failed"}
	e.failing.streams(e.outs)
	return &goPart{ends: e, part: c.Go, member: member, emitters: map[*ir.GoEmit]string{}}
}

// userValue is code for a new value of the user's type, its fields set to the arguments.
func (p *goPart) userValue(start *fn) jen.Code {
	if made := p.g.embed.user(p.comp, start); made != nil {
		return made
	}
	values := jen.Dict{}
	for _, a := range p.part.Args {
		values[jen.Id(a.Field)] = p.g.toGo(a.Type, start.once(start.expr(a.Value)), true)
	}
	return jen.Op("&").Qual(p.part.Pkg, p.part.Name).Values(values)
}

// userField is the field of the struct that holds the user's value.
func (p *goPart) userField(s *jen.Group) {
	if !p.part.Func {
		s.Id("user").Op("*").Qual(p.part.Pkg, p.part.Name)
	}
}

func (p *goPart) receiver() *jen.Statement { return jen.Id("t").Op("*").Id(p.goName) }

// goBolt writes a bolt, or a sink, that takes its tuples one by one.
func (g *generator) goBolt(f *jen.File, c *ir.Component) {
	p := g.newGoPart(c, "Go"+string(c.Kind))
	calls := p.part.Calls
	for _, more := range []*ir.GoCall{p.part.Finish, p.part.Tick} {
		if more != nil {
			calls = append(calls[:len(calls):len(calls)], more)
		}
	}
	for _, call := range calls {
		for i := range call.Emits {
			e := &call.Emits[i]
			p.emitters[e] = p.member.take("emit" + strconv.Itoa(len(p.order)))
			p.order = append(p.order, e)
			s := c.Outputs[e.Output]
			p.marks = p.marks || s.Chosen
			for _, field := range s.Fields {
				p.marks = p.marks || field.Type.Kind == types.Time || holdsEnum(field.Type)
			}
		}
	}
	var methods, cases []jen.Code
	for i, in := range c.Inputs {
		method := p.member.take("on_" + in.Alias)
		row := g.inputRow(c, in)
		methods = append(methods, p.handler(in, row, p.part.Calls[i], method))
		cases = append(cases, jen.Case(jen.Lit(in.Index)).Block(
			jen.Id("t").Dot(method).Call(jen.Id("b").Assert(jen.Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))))))
	}
	if call := p.part.Finish; call != nil {
		body := append(p.once(call, nil), jen.Return(jen.Nil()))
		methods = append(methods, jen.Comment("Finish runs when every input has ended.").Line().
			Func().Params(p.receiver()).Id("Finish").Params().Error().Block(body...))
	}
	methods = append(methods, p.timerMethods()...)
	methods = append(methods, p.keeps...)

	f.Commentf("%s is %s %s (%s), which is %s in Go.", p.goName, c.Kind, c.Name, cleanPlace(g.place(c.Span)), p.part.Name)
	f.Type().Id(p.goName).StructFunc(func(s *jen.Group) {
		s.Qual(pkgTask, "Bolt")
		s.Id("failer").Qual(pkgEngine, "Failer")
		s.Id("tuple").Index().Byte().Comment("// the last that failed")
		p.userField(s)
		p.retryFields(s)
		p.needs(s)
		for _, e := range p.order {
			s.Id(p.emitters[e]).Qual(pkgComponent, "Emitter").Types(g.userType(e.Row)).Comment("// for " + c.Outputs[e.Output].FullName())
		}
		for _, o := range p.outs.list {
			s.Id(o.field).Op("*").Qual(pkgEngine, "Out").Types(jen.Id(o.row.goName))
			if p.marks {
				s.Id(o.field+"Mark").Index().Qual(pkgTask, "Mark")
			}
		}
	})
	p.writeOpen(f)
	p.writeClose(f)
	f.Line()
	f.Comment("Process reads one batch.")
	f.Func().Params(p.receiver()).Id("Process").Params(jen.Id("input").Int(), jen.Id("b").Any()).Error().Block(
		jen.Switch(jen.Id("input")).Block(cases...), jen.Return(jen.Nil()))
	for _, m := range methods {
		f.Line().Add(m)
	}
	for _, x := range p.failings {
		f.Line().Add(x.method())
	}
	if (p.part.Saved || p.part.Commits) && g.commits() {
		f.Line().Comment("Inner is what says how its state is written.")
		f.Func().Params(p.receiver()).Id("Inner").Params().Any().Block(jen.Return(jen.Id("t").Dot("user")))
	}
	start := g.startup(c)
	d := jen.Dict{jen.Id("failer"): jen.Id("topology").Dot("Failer").Call()}
	p.needed(d)
	if !p.part.Func {
		d[jen.Id("user")] = p.userValue(start)
	}
	for _, o := range p.outs.list {
		d[jen.Id(o.field)] = jen.Id("edges").Dot(g.edgeVar[o.edge]).Dot("Out").Call(jen.Id("n"))
	}
	g.maker(f, c, "Task", append(start.stmts, jen.Return(jen.Op("&").Id(p.goName).Values(d))))
}

// writeClose writes the Close method of a bolt or sink.
func (p *goPart) writeClose(f *jen.File) {
	if p.part.Close == "" {
		return
	}
	name, arg := jen.Id("_"), []jen.Code{}
	if p.part.CloseComplete {
		name, arg = jen.Id("complete"), []jen.Code{jen.Id("complete")}
	}
	call := jen.Id("t").Dot("user").Dot("Close").Call(arg...)
	body := []jen.Code{jen.Return(call)}
	if p.part.Close == "nothing" {
		body = []jen.Code{call, jen.Return(jen.Nil())}
	}
	f.Line().Func().Params(p.receiver()).Id("Close").Params(name.Bool()).Error().Block(body...)
}

// callee is code for the user's function or method.
func (p *goPart) callee(call *ir.GoCall) *jen.Statement {
	if p.part.Func {
		return jen.Qual(p.part.Pkg, p.part.Name)
	}
	return jen.Id("t").Dot("user").Dot(call.Name)
}

// newFailing returns what is told of the failures of one place.
func (p *goPart) newFailing(place string, values func() []named, params ...jen.Code) *failing {
	x := &failing{g: p.g, comp: p.comp, owner: p.goName, name: p.member.take("failed_" + place), params: params, values: values}
	x.used = func() { p.failings = append(p.failings, x) }
	x.streams(p.outs)
	return x
}

// newFn returns an fn for what follows a call; leave leaves the tuple.
func (p *goPart) newFn(x *failing, leave jen.Code) *fn {
	f := p.ends.newFn()
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(p.g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		if p.marks {
			for _, o := range p.outs.list {
				f.add(jen.Qual(pkgTask, "Rollback").Call(jen.Id("t").Dot(o.field), jen.Id("t").Dot(o.field+"Mark")))
			}
		}
		f.add(x.call(place, why, p.attempts()), leave)
	}
	return f
}

// after is what follows a call: its error, or its rows on their way.
func (p *goPart) after(f *fn, x *failing, call *ir.GoCall, made, leave jen.Code, again []jen.Code) {
	place := jen.Lit(p.g.place(p.part.Span))
	f.add(jen.If(jen.Err().Op(":=").Add(made), jen.Err().Op("!=").Nil()).Block(f.block(func() {
		f.add(again...)
		if f.originOf != nil && len(x.outs) == 0 {
			f.add(jen.If(jen.Op("!").Qual(pkgComponent, "IsPermanent").Call(jen.Err()).Op("&&").
				Add(p.g.again(p.comp, f.originOf(), place, jen.Err().Dot("Error").Call(), p.attempts()))).Block(leave))
		}
		f.add(x.call(place, jen.Err().Dot("Error").Call(), p.attempts()), leave)
	})...))
	emitted := map[*output]bool{}
	for i := range call.Emits {
		e := &call.Emits[i]
		s := p.comp.Outputs[e.Output]
		rows := jen.Id("t").Dot(p.emitters[e]).Dot("Rows")
		inner := f.block(func() {
			f.add(jen.Id("row").Op(":=").Op("&").Add(rows.Clone()).Index(jen.Id("j")))
			args := make([]jen.Code, len(s.Fields))
			for _, field := range e.Row.Fields {
				args[field.Index] = f.once(f.taken(s.Fields[field.Index], field.Type, jen.Id("row").Dot(field.Name), p.part.Span))
			}
			f.choose(p.outs.of[s], s, args)
			for _, o := range p.outs.of[s] {
				emitted[o] = true
				f.add(p.g.appendRow(f, o, jen.Id("t").Dot(o.field), s, args)...)
			}
			if len(p.outs.of[s]) == 0 {
				f.ignore(args)
			}
		})
		f.add(jen.For(jen.Id("j").Op(":=").Range().Add(rows.Clone())).Block(inner...))
	}
	for _, o := range p.outs.list {
		if emitted[o] {
			f.add(o.check(jen.Id("t").Dot(o.field)))
		}
	}
}

// begin is what comes before a call: empty emitters, and marks to come back to.
func (p *goPart) begin(call *ir.GoCall) []jen.Code {
	var out []jen.Code
	for i := range call.Emits {
		rows := jen.Id("t").Dot(p.emitters[&call.Emits[i]]).Dot("Rows")
		out = append(out, rows.Clone().Op("=").Add(rows.Clone()).Index(jen.Empty(), jen.Lit(0)))
	}
	if p.marks && len(call.Emits) > 0 {
		for _, o := range p.outs.list {
			mark := jen.Id("t").Dot(o.field + "Mark")
			out = append(out, jen.Add(mark).Op("=").Qual(pkgTask, "Marks").Call(jen.Id("t").Dot(o.field), mark))
		}
	}
	return out
}

// handler writes the loop over a batch of one input.
func (p *goPart) handler(in *ir.Input, row *rowType, call *ir.GoCall, method string) jen.Code {
	x := p.newFailing(in.Alias, func() []named { return p.g.rowValues(in.Fields, row) },
		jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)), jen.Id("in").Op("*").Id(row.goName))
	x.args = []jen.Code{jen.Id("b"), jen.Id("in")}
	if len(p.comp.Inputs) > 1 {
		x.input = in.Alias
	}
	leave := jen.Continue().Id("tuples")
	f := p.newFn(x, leave)
	if row.hops {
		f.hopOf = func() jen.Code { return jen.Id("in").Dot(row.hop) }
		x.hop = f.hopOf
	}
	if row.origins {
		f.originOf = func() jen.Code { return jen.Id("in").Dot(row.origin) }
		x.origin = f.originOf
	}
	t := &tupleOf{goPart: p, in: in, row: row}
	f.add(jen.Id("in").Op(":=").Op("&").Id("b").Dot("Rows").Index(jen.Id("i")))
	again, wait := p.retries(in, row)
	f.add(wait...)
	f.add(p.begin(call)...)
	given := t.fields(f, call.Takes)
	taken := p.g.userType(call.Takes)
	p.after(f, x, call, p.guarded(call, []jen.Code{jen.Id("v").Add(taken)}, []jen.Code{jen.Id("v")}, []jen.Code{p.g.userType(call.Takes).Values(given)}), leave, again)
	body := t.copies()
	loop := jen.Id("tuples").Op(":").Line().For(jen.Id("i").Op(":=").Range().Id("b").Dot("Rows")).Block(f.stmts...)
	return jen.Func().Params(p.receiver()).Id(method).
		Params(jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))).Block(append(body, loop)...)
}

// once is code for a call that no tuple brings: at the end, or at a time.
func (p *goPart) once(call *ir.GoCall, at jen.Code) []jen.Code {
	x := p.newFailing(call.Name, nil)
	leave := jen.Return(jen.Nil())
	f := p.newFn(x, leave)
	f.add(p.begin(call)...)
	var params, args, given []jen.Code
	if at != nil {
		params, args, given = []jen.Code{jen.Id("v").Qual("time", "Time")}, []jen.Code{jen.Id("v")}, []jen.Code{at}
	}
	p.after(f, x, call, p.guarded(call, params, args, given), leave, nil)
	return f.stmts
}

// goSpout writes a spout: rows of the user's struct are routed to the outputs.
func (g *generator) goSpout(f *jen.File, c *ir.Component) {
	p := g.newGoPart(c, "GoSpout")
	s := c.Outputs[0]
	p.ends = g.inFront(f, p.ends, s)
	p.failing.values = func() []named {
		var out []named
		for _, field := range p.part.Rows.Fields {
			of, v := s.Fields[field.Index], jen.Id("in").Dot(field.Name)
			switch {
			case of.Type.Kind == types.Enum: // which may be none
				out = append(out, named{of.Name, types.TString, enumName(field.Type, v)})
			case !holdsEnum(of.Type):
				out = append(out, named{of.Name, of.Type, g.fromGo(field.Type, v, true)})
			}
		}
		return out
	}
	p.failing.params = []jen.Code{jen.Id("in").Op("*").Add(g.userType(p.part.Rows))}
	p.failing.args = []jen.Code{jen.Id("in")}
	fn := p.ends.newFn()
	before, each := p.ends.numbered(fn, s)
	body := fn.block(func() {
		args := make([]jen.Code, len(s.Fields))
		for _, field := range p.part.Rows.Fields {
			args[field.Index] = fn.once(fn.taken(s.Fields[field.Index], field.Type, jen.Id("in").Dot(field.Name), p.part.Span))
		}
		fn.choose(p.outs.of[s], s, args)
		for _, o := range p.outs.of[s] {
			fn.add(g.appendRow(fn, o, jen.Id("t").Dot(o.field), s, args)...)
		}
		if len(p.outs.of[s]) == 0 {
			fn.ignore(args)
		}
		for _, o := range p.outs.of[s] {
			fn.add(o.check(jen.Id("t").Dot(o.field)))
		}
	})
	sent := g.embed.sent(c)
	quits := sent == nil && p.ends.quits()
	p.ends.failer = p.ends.failer || quits
	p.ends.write(f)
	f.Line()
	row := g.userType(p.part.Rows)
	f.Func().Params(p.receiver()).Id("route").Params(jen.Id("rows").Index().Add(row)).Block(append(before,
		jen.For(jen.Id("i").Op(":=").Range().Id("rows")).Block(append(append(each, jen.Id("in").Op(":=").Op("&").Id("rows").Index(jen.Id("i"))), body...)...))...)

	made := func(task jen.Code) jen.Code { return task }
	if quits {
		p.ends.quit(f, jen.Index().Add(row), jen.For(jen.Id("i").Op(":=").Range().Id("rows")).Block(
			append([]jen.Code{jen.Id("in").Op(":=").Op("&").Id("rows").Index(jen.Id("i"))}, p.ends.quitRow(p.ends.failing)...)...))
		made = func(task jen.Code) jen.Code {
			return jen.Qual(pkgTask, "GivesUp").Call(task, jen.Id("t").Dot("quit"))
		}
	}

	start := g.startup(c)
	if sent != nil {
		g.spoutMaker(f, p.ends, start, p.literal(), sent)
		return
	}
	user := p.userValue(start)
	if !p.part.Open || p.part.Close != "error" {
		// What the user's type has not, a spout has all the same.
		source := g.global.take(c.Name + "Source")
		f.Line()
		f.Commentf("%s is %s with all methods of a spout.", source, p.part.Name)
		f.Type().Id(source).Struct(jen.Op("*").Qual(p.part.Pkg, p.part.Name))
		if !p.part.Open {
			f.Line().Func().Params(jen.Id(source)).Id("Open").Params(jen.Op("*").Qual(pkgComponent, "Context")).Error().Block(jen.Return(jen.Nil()))
		}
		switch p.part.Close {
		case "":
			f.Line().Func().Params(jen.Id(source)).Id("Close").Params().Error().Block(jen.Return(jen.Nil()))
		case "nothing":
			f.Line().Func().Params(jen.Id("s").Id(source)).Id("Close").Params().Error().Block(
				jen.Id("s").Dot(p.part.Name).Dot("Close").Call(), jen.Return(jen.Nil()))
		}
		user = jen.Id(source).Values(user)
	}
	g.spoutMaker(f, p.ends, start, p.literal(), made(jen.Qual(pkgTask, "Spout").Types(g.userType(p.part.Rows)).Call(user, jen.Id("t").Dot("route"))))
}

// goSink writes a sink that takes many rows a call.
func (g *generator) goSink(f *jen.File, c *ir.Component) {
	p := g.newGoPart(c, "GoSink")
	in := c.Inputs[0]
	row := g.inputRow(c, in)
	t := &tupleOf{goPart: p, in: in, row: row}
	p.failing.values = func() []named {
		t.used = true
		return g.rowValues(in.Fields, row)
	}
	p.failing.params = []jen.Code{jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)), jen.Id("in").Op("*").Id(row.goName)}
	p.failing.args = []jen.Code{jen.Id("b"), jen.Id("in")}
	fn := p.ends.newFn()
	given := t.fields(fn, p.part.Rows)
	batch := jen.Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))
	body := append([]jen.Code{jen.Id("b").Op(":=").Id("rows").Assert(batch)}, t.copies()...)
	add := jen.Id("t").Dot("rows").Op("=").Append(jen.Id("t").Dot("rows"), g.userType(p.part.Rows).Values(given))
	loop := jen.For(jen.Range().Id("b").Dot("Rows")).Block(append(fn.stmts, add)...)
	if t.used {
		row := jen.Id("in").Op(":=").Op("&").Id("b").Dot("Rows").Index(jen.Id("i"))
		loop = jen.For(jen.Id("i").Op(":=").Range().Id("b").Dot("Rows")).Block(append([]jen.Code{row}, append(fn.stmts, add)...)...)
	}
	body = append(body, jen.Id("t").Dot("rows").Op("=").Id("t").Dot("rows").Index(jen.Empty(), jen.Lit(0)), loop,
		jen.Return(jen.Id("t").Dot("user").Dot("Write").Call(jen.Id("t").Dot("rows"))))

	f.Commentf("%s is sink %s (%s), which is %s in Go.", p.goName, c.Name, cleanPlace(g.place(c.Span)), p.part.Name)
	f.Type().Id(p.goName).StructFunc(func(s *jen.Group) {
		s.Qual(pkgTask, "Bolt")
		p.userField(s)
		s.Id("rows").Index().Add(g.userType(p.part.Rows))
		if p.failer || len(p.failing.outs) > 0 {
			s.Id("failer").Qual(pkgEngine, "Failer")
		}
		if p.failer {
			s.Id("tuple").Index().Byte().Comment("// the last that failed")
		}
		p.needs(s)
		for _, o := range p.outs.list {
			s.Id(o.field).Op("*").Qual(pkgEngine, "Out").Types(jen.Id(o.row.goName))
		}
	})
	if p.failer {
		f.Line().Add(p.failing.method())
	}
	p.reporter(f)
	if p.part.Open {
		f.Line().Func().Params(p.receiver()).Id("Open").Params(jen.Id("ctx").Op("*").Qual(pkgComponent, "Context")).Error().Block(
			jen.Return(jen.Id("t").Dot("user").Dot("Open").Call(jen.Id("ctx"))))
	}
	f.Line()
	f.Comment("Process writes one batch.")
	f.Func().Params(p.receiver()).Id("Process").Params(jen.Id("_").Int(), jen.Id("rows").Any()).Error().Block(body...)
	if p.part.Flush {
		for _, name := range []string{"Idle", "Finish"} {
			f.Line().Func().Params(p.receiver()).Id(name).Params().Error().Block(jen.Return(jen.Id("t").Dot("user").Dot("Flush").Call()))
		}
	}
	p.writeClose(f)
	if p.part.Commits && g.commits() {
		f.Line().Comment("Inner is what commits with the epochs.")
		f.Func().Params(p.receiver()).Id("Inner").Params().Any().Block(jen.Return(jen.Id("t").Dot("user")))
	}
	start := g.startup(c)
	d := jen.Dict{jen.Id("user"): p.userValue(start)}
	p.needed(d)
	if p.failer || len(p.failing.outs) > 0 {
		d[jen.Id("failer")] = jen.Id("topology").Dot("Failer").Call()
	}
	for _, o := range p.outs.list {
		d[jen.Id(o.field)] = jen.Id("edges").Dot(g.edgeVar[o.edge]).Dot("Out").Call(jen.Id("n"))
	}
	g.maker(f, c, "Task", append(start.stmts, jen.Id("t").Op(":=").Op("&").Id(p.goName).Values(d), jen.Return(p.task("FailingSink", jen.Id("t")))))
}
