package codegen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// ownFunc is a function written in the language: a Go function that takes of the task only what it needs, and
// says by a second result that the tuple fails, where it can. Small ones Go puts in line.
type ownFunc struct {
	goName             string
	arena, params, now bool
	limit              bool // how long its calls to the outside may take
	fails              bool
	stmts              []jen.Code
}

// prepareFuncs lowers the functions, each behind those it calls: what a call needs is known when it is written.
func (g *generator) prepareFuncs() {
	for _, f := range g.prog.Funcs {
		if f.Go != nil {
			g.own[f] = &ownFunc{goName: g.global.take("go_" + strings.ReplaceAll(f.Name, ".", "_")), fails: true, arena: f.Go.Borrows, limit: g.limits && ir.Passing(f)}
			continue
		}
		f.Fails = ir.BlockCanFail(f.Body.Block)
		o := &ownFunc{goName: g.global.take("fn_" + strings.ReplaceAll(f.Name, ".", "_")), fails: f.Fails}
		g.own[f] = o
		b := g.newOwn(f, o)
		o.stmts = b.block(func() { b.body(f.Body.Block) })
		if last := len(f.Body.Block.Stmts) - 1; last < 0 || !goSees(f.Body.Block.Stmts[last]) {
			// Go does not see what the checker has: that this is never reached.
			o.stmts = append(o.stmts, jen.Panic(jen.Lit("unreachable")))
		}
	}
}

// goSees reports whether Go knows, too, that nothing comes after a statement.
func goSees(s ir.Stmt) bool {
	switch s.(type) {
	case *ir.Return, *ir.Fail:
		return true
	}
	return false
}

// newOwn returns an fn for the body of a function.
func (g *generator) newOwn(own *ir.Func, o *ownFunc) *fn {
	f := &fn{g: g, reads: countReads(own.Body.Block), deep: assignsDeep(own.Body.Block), uncounted: g.tests.isFake(own)}
	f.paramOf = func() *jen.Statement { o.params = true; return jen.Id("param") }
	f.arenaOf = func() *jen.Statement { o.arena = true; return jen.Parens(jen.Op("*").Id("scratch")) }
	f.nowOf = func() *jen.Statement { o.now = true; return jen.Id("now") }
	f.stateOf = func(s *ir.State) val { return simple(jen.Id(g.tests.keeps[s])) } // of a fake
	if g.limits {
		f.limitOf = func() *jen.Statement { o.limit = true; return jen.Id("limit") }
	}
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		d := jen.Dict{jen.Id("Place"): place, jen.Id("Why"): why}
		switch {
		case !ir.Passing(own): // nobody asks
		case !f.passing:
			d[jen.Id("Permanent")] = jen.True()
		case f.lasting != nil:
			d[jen.Id("Permanent")] = f.lasting
		}
		f.add(jen.Return(jen.Id("result"), jen.Op("&").Qual(pkgValue, "Fault").Values(d)))
	}
	f.result = func(v jen.Code) {
		if o.fails {
			f.add(jen.Return(v, jen.Nil()))
		} else {
			f.add(jen.Return(v))
		}
	}
	return f
}

// funcs writes the functions.
func (g *generator) funcs(file *jen.File) {
	for _, f := range g.prog.Funcs {
		if f.Go != nil {
			g.goFunc(file, f, g.own[f])
			continue
		}
		g.ownFunc(file, f)
	}
}

// ownFunc writes one function.
func (g *generator) ownFunc(file *jen.File, f *ir.Func) {
	o := g.own[f]
	var params []jen.Code
	if o.arena {
		params = append(params, jen.Id("scratch").Op("*").Qual(pkgArena, "Arena"))
	}
	if o.params {
		params = append(params, jen.Id("param").Op("*").Id(g.top("params")))
	}
	if o.now {
		params = append(params, jen.Id("now").Qual("time", "Time"))
	}
	if o.limit {
		params = append(params, jen.Id("limit").Op("*").Qual(pkgTask, "Limit"))
	}
	for _, l := range f.Body.Params {
		params = append(params, jen.Id(localName(l)).Add(g.goType(l.Type)))
	}
	file.Commentf("%s is function %s (%s).", o.goName, f.Name, cleanPlace(g.place(f.Body.Span)))
	decl := file.Func().Id(o.goName).Params(params...)
	if o.fails {
		decl.Params(jen.Id("result").Add(g.goType(f.Result)), jen.Id("fault").Op("*").Qual(pkgValue, "Fault"))
	} else {
		decl.Add(g.goType(f.Result))
	}
	decl.Block(o.stmts...)
	file.Line()
}

// ownCall lowers the call of a function written in the language.
func (f *fn) ownCall(e *ir.FuncCall) val {
	o := f.g.own[e.Func]
	// The arguments first: what they put before themselves needs its own scratch memory.
	values := make([]jen.Code, len(e.Args))
	for i, a := range e.Args {
		values[i] = f.expr(a).code
	}
	var args []jen.Code
	if o.arena {
		args = append(args, jen.Op("&").Add(f.arenaOf()))
	}
	if o.params {
		args = append(args, f.paramOf())
	}
	if o.now {
		args = append(args, f.nowOf())
	}
	if o.limit {
		args = append(args, f.limit())
	}
	call := jen.Id(o.goName).Call(append(args, values...)...)
	if !o.fails {
		return computed(call)
	}
	v, fault := f.temp("tmp"), f.temp("fault")
	f.add(jen.List(jen.Id(v), jen.Id(fault)).Op(":=").Add(call))
	f.add(jen.If(jen.Id(fault).Op("!=").Nil()).Block(f.block(func() {
		f.mayPass(e.Func, func() {
			f.lasting = jen.Id(fault).Dot("Permanent")
			place := jen.Code(jen.Id(fault).Dot("Place"))
			if e.Func.Go != nil {
				place = jen.Lit(f.g.place(e.Span)) // where it is called: who declares it may be a library
			}
			f.failedIn(place, jen.Id(fault).Dot("Why"))
			f.lasting = nil
		})
	})...))
	return simple(jen.Id(v))
}

// limit is code for how long a call to the outside may take from here.
func (f *fn) limit() jen.Code {
	if f.limitOf == nil {
		return jen.Nil()
	}
	return f.limitOf()
}

// inTime writes that a call of a library's function ends in time, which takes a context: first comes what the call is given, and after, given the
// name of its error, what comes behind it.
func (f *fn) inTime(e *ir.FuncCall) (ctx jen.Code, after func(err string)) {
	if !e.Func.TakesContext {
		return nil, func(string) {}
	}
	if f.limitOf == nil {
		return jen.Qual("context", "Background").Call(), func(string) {}
	}
	name, cancel := f.temp("ctx"), f.temp("cancel")
	f.add(jen.List(jen.Id(name), jen.Id(cancel)).Op(":=").Add(f.limit()).Dot("Context").Call())
	return jen.Id(name), func(err string) {
		ended := f.limit()
		if err == "" {
			f.add(jen.Id(cancel).Call())
			return
		}
		f.add(jen.Id(err).Op("=").Add(ended).Dot("Ended").Call(jen.Id(name), jen.Id(cancel), jen.Id(err)))
	}
}
