package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// fake types `fake http.get(url) = ...`: a function with the same parameters and result.
func (t *testCheck) fake(s *ast.Fake) ir.TestStep {
	if comp := t.fakedPart(s); comp != nil {
		return t.part(s, comp)
	}
	reals, name := t.faked(s)
	if len(reals) == 0 {
		return nil
	}
	real := reals[0]
	if len(s.Params) != len(real.Params) {
		t.err(testFake, s.Name.Span(), "%s takes %s, this %d", name, plural(len(real.Params), "argument"), len(s.Params)).
			help("it is %s", name+types.Schema(real.Params)+" -> "+real.Result.String())
		return nil
	}
	first := map[string]*ast.Ident{}
	for _, p := range s.Params {
		if first[p.Name] != nil && p.Name != "_" {
			t.again("parameter", p, first[p.Name])
			return nil
		}
		first[p.Name] = p
	}
	var last *ir.Fake
	for _, real := range reals {
		if last != nil {
			t.out.Steps = append(t.out.Steps, last)
		}
		said := len(t.all)
		if last = t.fakeOf(s, real); len(t.all) > said {
			break // of a generic function: the other types would say the same
		}
	}
	return last
}

// fakeOf types what stands for one function.
func (t *testCheck) fakeOf(s *ast.Fake, real *ir.Func) *ir.Fake {
	at := s.Name.Node
	decl := &ast.Func{Node: s.Node, Name: s.Name, Expr: s.Expr, Body: s.Body, Result: &ast.Type{Node: at, Name: s.Name}}
	for _, p := range s.Params {
		decl.Params = append(decl.Params, &ast.Field{Node: p.Node, Name: p, Type: &ast.Type{Node: p.Node, Name: p}})
	}
	f := &funcSymbol{name: s.Name, decl: decl, home: t.module, used: true, tested: true, fakes: real, ir: &ir.Func{
		Name: "fake_" + s.Name.Name, Result: real.Result, Params: real.Params, Pure: !ir.Passing(real),
		Body: &ir.FuncBody{Span: s.Span(), Block: &ir.Block{}},
	}}
	t.checkFunc(f)
	return &ir.Fake{Pos: posOf(s), Func: real, With: f.ir, Kept: f.kept}
}

// faked finds the function that is replaced, for each of the types that a generic one is called with, and what it is called by.
func (t *testCheck) faked(s *ast.Fake) ([]*ir.Func, string) {
	name := s.Name.Name
	if s.Library != nil {
		if comp := t.components[s.Library.Name]; comp != nil && (comp.instance != nil || len(s.Within) > 0) {
			return nil, "" // reported
		}
		if len(s.Within) > 0 {
			t.source(s.Library, func(c *component) bool { return c.kind != ast.Spout })
			return nil, ""
		}
		m := t.anyLibrary(s.Library.Name)
		if m == nil {
			t.err(unknownLibrary, s.Library.Span(), "unknown library %s", s.Library.Name).
				choose(s.Library.Span(), s.Library.Name, "libraries", t.libraryNames())
			return nil, ""
		}
		f := m.funcs[name]
		if f == nil || f.home != m {
			t.err(unknownLibraryPart, s.Name.Span(), "library %s has no function %s", s.Library.Name, name).
				choose(s.Name.Span(), name, "its functions", m.funcNamesOf())
			return nil, ""
		}
		return t.fakedOwn(s, f, s.Library.Name+"."+name)
	}
	if f := t.funcs[name]; f != nil {
		return t.fakedOwn(s, f, name)
	}
	if name == "now" {
		return []*ir.Func{fakeNow}, name
	}
	if builtins[name] != nil {
		t.err(testFake, s.Name.Span(), "%s is a function of the language and can't be replaced", name).
			help("what depends on the world can be: `now`, functions of libraries, and your own")
		return nil, ""
	}
	if f := t.prelude().funcs[name]; f != nil {
		return t.fakedOwn(s, f, name)
	}
	t.err(unknownFunction, s.Name.Span(), "there is no function and no component %s", name).suggest(s.Name.Span(), name, append(t.funcNames(), t.fakeable()...))
	return nil, ""
}

// parts are the bolts, sinks and instances in an instance of a graph.
func (comp *component) parts() []string {
	var names []string
	for _, name := range keysOf(comp.instance.inside.components) {
		if other := comp.part(name); other != nil && other.kind != ast.Spout {
			names = append(names, name)
		}
	}
	return names
}

// fakeable are the bolts and sinks.
func (c *compilation) fakeable() []string {
	var names []string
	for _, comp := range c.order {
		if comp.kind == ast.Bolt || comp.kind == ast.Sink {
			names = append(names, comp.name.Name)
		}
	}
	return names
}

func (t *testCheck) fakedOwn(s *ast.Fake, f *funcSymbol, name string) ([]*ir.Func, string) {
	t.checkFunc(f)
	if f.ir == nil || f.unclear || f.ir.Result.Kind == types.Invalid {
		return nil, ""
	}
	f.tested = true // the real one may be called in other tests
	switch {
	case !f.generic && !f.ir.Result.Vars():
		return []*ir.Func{f.ir}, name
	case f.home.standard != nil || f.ir.Go == nil || f.ir.Go.Result == nil:
		t.err(testFake, s.Name.Span(), "%s takes values of many types and can't be replaced", name).
			help("put the call into a function of your own, and replace that")
		return nil, ""
	case len(f.made) == 0:
		t.err(testFake, s.Name.Span(), "nothing calls %s, so nobody knows the types of what stands for it", name).help("take it out, or call it")
		return nil, ""
	}
	return f.runs(), name
}

// fakeNow stands for now() in tests.
var fakeNow = &ir.Func{Name: "now", Builtin: "now", Result: types.TTime}
