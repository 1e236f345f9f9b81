package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// What `retry` and `timeout` make of a component in Go: an error that is not permanent holds the tuple back, and a call ends in time.

// retryFields are the fields of the struct that these need.
func (p *goPart) retryFields(s *jen.Group) {
	p.param = p.param || p.usesParam()
	if p.comp.Retry != nil {
		p.now = true
		s.Id("retry").Op("*").Qual(pkgTask, "Retry")
		s.Id("began").Qual("time", "Time").Comment("// when the task was opened")
	}
	if p.comp.Timeout != nil {
		s.Id("limit").Op("*").Qual(pkgTask, "Limit").Comment("// of its calls")
	}
}

// usesParam reports whether the durations and numbers of these come out of params.
func (p *goPart) usesParam() bool {
	uses := false
	see := func(e ir.Expr) {
		if e != nil {
			ir.WalkExpr(e, func(e ir.Expr) { _, ok := e.(*ir.ParamRef); uses = uses || ok })
		}
	}
	see(p.comp.Timeout)
	if r := p.comp.Retry; r != nil {
		see(r.Backoff)
		uses = uses || r.TimesParam != nil
	}
	return uses
}

// writeOpen writes the Open method of a bolt or sink.
func (p *goPart) writeOpen(f *jen.File) {
	var body []jen.Code
	if r := p.comp.Retry; r != nil {
		times := jen.Lit(r.Times)
		if r.TimesParam != nil {
			times = jen.Int().Call(jen.Id("t").Dot("param").Dot(p.g.paramField(r.TimesParam)))
		}
		body = append(body,
			jen.Id("t").Dot("began").Op("=").Id("ctx").Dot("Now").Call(),
			jen.Var().Id("backoff").Qual("time", "Duration"))
		body = append(body, p.g.openDuration(p.comp, r.Backoff, jen.Id("backoff"), func() {})...)
		body = append(body, jen.Id("t").Dot("retry").Op("=").Qual(pkgTask, "NewRetry").Call(jen.Id("ctx"), times, jen.Id("backoff"), jen.Id("t").Dot("Process")))
	}
	if p.comp.Timeout != nil {
		most := "OneAtATime" // methods are called one after the other
		if p.part.Func {
			most = "MostLeft"
		}
		body = append(body, jen.Var().Id("limit").Qual("time", "Duration"))
		body = append(body, p.g.openDuration(p.comp, p.comp.Timeout, jen.Id("limit"), func() {})...)
		body = append(body, jen.Id("t").Dot("limit").Op("=").Qual(pkgTask, "NewLimit").Call(jen.Id("limit"), jen.Qual(pkgTask, most), jen.Id("ctx")))
	}
	switch {
	case p.part.Open:
		body = append(body, jen.Return(jen.Id("t").Dot("user").Dot("Open").Call(jen.Id("ctx"))))
	case body == nil:
		return
	default:
		body = append(body, jen.Return(jen.Nil()))
	}
	f.Line().Func().Params(p.receiver()).Id("Open").Params(jen.Id("ctx").Op("*").Qual(pkgComponent, "Context")).Error().Block(body...)
}

// attempts is code for how often the tuple at work has been tried.
func (p *goPart) attempts() jen.Code {
	if p.comp.Retry != nil {
		return jen.Id("t").Dot("retry").Dot("Attempts").Call()
	}
	return jen.Lit(1)
}

// retries is code that holds a tuple back which failed, and that lets one wait behind another of its key.
func (p *goPart) retries(in *ir.Input, row *rowType) (again, wait []jen.Code) {
	if p.comp.Retry == nil {
		return nil, nil
	}
	keep := p.member.take("keep_" + in.Alias)
	p.keeps = append(p.keeps, keepMethod(p.goName, keep, in.Fields, row))
	key := func() jen.Code { return jen.Id("t").Dot("retry").Dot("Alone").Call() }
	if p.g.comesByFields(p.comp, in) {
		key = func() jen.Code { return jen.Id("in").Dot(row.hash) }
		wait = append(wait, waitBehind(in, keep, key(), originIn(row)))
	}
	return tryAgain(in, keep, key(), jen.Lit(p.g.place(p.part.Span)), jen.Err().Dot("Error").Call(), originIn(row), jen.Qual(pkgComponent, "IsPermanent").Call(jen.Err())), wait
}

// timerMethods writes Due and Tick, where there is something to wait for.
func (p *goPart) timerMethods() []jen.Code {
	call, retry := p.part.Tick, p.comp.Retry != nil
	if call == nil && !retry {
		return nil
	}
	if !retry {
		body := append(p.once(call, jen.Id("at")), jen.Return(jen.Nil()))
		return []jen.Code{
			jen.Func().Params(p.receiver()).Id("Due").Params().Params(jen.Qual("time", "Time"), jen.Bool()).Block(
				jen.Return(jen.Id("t").Dot("user").Dot("Due").Call())),
			jen.Func().Params(p.receiver()).Id("Tick").Params(jen.Id("at").Qual("time", "Time")).Error().Block(body...),
		}
	}
	due := []jen.Code{jen.Var().Id("due").Qual(pkgTask, "Due"),
		jen.Id("t").Dot("retry").Dot("Due").Call(jen.Op("&").Id("due"), jen.Id("t").Dot("began"))}
	tick := []jen.Code{jen.If(jen.Err().Op(":=").Id("t").Dot("retry").Dot("Tick").Call(jen.Id("at").Dot("Sub").Call(jen.Id("t").Dot("began"))), jen.Err().Op("!=").Nil()).Block(
		jen.Return(jen.Err()))}
	if call != nil {
		users := func() *jen.Statement {
			return jen.List(jen.Id("next"), jen.Id("ok")).Op(":=").Id("t").Dot("user").Dot("Due").Call()
		}
		due = append(due, jen.If(users(), jen.Id("ok")).Block(jen.Id("due").Dot("At").Call(jen.Id("next"))))
		tick = append(tick, jen.If(users(), jen.Op("!").Id("ok").Op("||").Id("at").Dot("Before").Call(jen.Id("next"))).Block(jen.Return(jen.Nil())))
		tick = append(tick, p.once(call, jen.Id("at"))...)
	}
	return []jen.Code{
		jen.Comment("Held is how many tuples wait to be tried again.").Line().
			Func().Params(p.receiver()).Id("Held").Params().Params(jen.Int(), jen.Bool()).Block(jen.Return(jen.Id("t").Dot("retry").Dot("Held").Call())),
		jen.Func().Params(p.receiver()).Id("Due").Params().Params(jen.Qual("time", "Time"), jen.Bool()).Block(append(due, jen.Return(jen.Id("due").Dot("Time").Call()))...),
		jen.Func().Params(p.receiver()).Id("Tick").Params(jen.Id("at").Qual("time", "Time")).Error().Block(append(tick, jen.Return(jen.Nil()))...),
	}
}

// guarded is code that calls the user's code and gives its error: a panic is one too. With a timeout it answers in time: what is left behind keeps
// the emitters that it was given, and the task goes on with others.
func (p *goPart) guarded(call *ir.GoCall, params []jen.Code, args []jen.Code, given []jen.Code) jen.Code {
	limited := p.comp.Timeout != nil && !call.Context
	var body, before, after []jen.Code
	for i := range call.Emits {
		name := p.emitters[&call.Emits[i]]
		field := jen.Id("t").Dot(name)
		if !limited {
			args = append(args, jen.Op("&").Add(field))
			continue
		}
		before = append(before, jen.Id(name).Op(":=").Add(field), field.Clone().Op("=").Qual(pkgComponent, "Emitter").Types(p.g.userType(call.Emits[i].Row)).Values())
		after = append(after, field.Clone().Op("=").Id(name))
		args = append(args, jen.Op("&").Id(name))
	}
	body = append(body, jen.Defer().Qual(pkgTask, "CaughtError").Call(jen.Op("&").Err()))
	ended := false
	switch {
	case call.Context && p.comp.Timeout != nil:
		ended = true
		body = append(body, jen.List(jen.Id("ctx"), jen.Id("cancel")).Op(":=").Id("t").Dot("limit").Dot("Context").Call(), jen.Defer().Id("cancel").Call())
		args = append([]jen.Code{jen.Id("ctx")}, args...)
	case call.Context:
		args = append([]jen.Code{jen.Qual("context", "Background").Call()}, args...)
	}
	made := jen.Code(p.callee(call).Call(args...))
	switch {
	case !call.Error:
		body = append(body, made, jen.Return(jen.Nil()))
	case ended:
		body = append(body, jen.Return(jen.Id("t").Dot("limit").Dot("Ended").Call(jen.Id("ctx"), jen.Id("cancel"), made)))
	default:
		body = append(body, jen.Return(made))
	}
	if limited {
		inner := jen.Func().Params().Params(jen.Err().Error()).Block(body...)
		body = append(before, jen.Err().Op("=").Qual(pkgTask, "Call").Call(jen.Id("t").Dot("limit"), jen.Lit(call.Name), inner))
		if after != nil {
			body = append(body, jen.If(jen.Op("!").Qual(pkgTask, "IsLate").Call(jen.Err())).Block(after...))
		}
		body = append(body, jen.Return(jen.Err()))
	}
	return jen.Func().Params(params...).Params(jen.Err().Error()).Block(body...).Call(given...)
}

// openDuration writes that a duration out of constants and params is kept in a variable; Open refuses one that is not above zero.
func (g *generator) openDuration(c *ir.Component, x ir.Expr, target *jen.Statement, param func()) []jen.Code {
	f := g.startup(c)
	f.paramOf = func() *jen.Statement { param(); return jen.Id("t").Dot("param") }
	f.failed = func(span source.Span, why jen.Code) {
		f.add(jen.Return(jen.Qual(pkgTask, "StartError").Values(jen.Dict{
			jen.Id("Place"): jen.Lit(g.place(span)), jen.Id("Why"): why})))
	}
	f.add(jen.Add(target).Op("=").Add(f.expr(x).code))
	if _, ok := x.(*ir.Const); !ok {
		f.failUnless(jen.Parens(jen.Add(target).Op(">").Lit(0)), x.At(), jen.Lit("a duration here must be longer than nothing"))
	}
	return f.stmts
}
