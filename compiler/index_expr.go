package compiler

import (
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// code notes the names in an expression.
func (x *indexer) code(s *codeScope, n ast.Expr) {
	switch n := n.(type) {
	case nil:
	case *ast.None:
		x.code(s, n.Why)
	case *ast.String:
		for _, p := range n.Parts {
			x.code(s, p.Expr)
		}
	case *ast.Name:
		if sym := s.name(n); sym != nil {
			x.ref(&ast.Ident{Node: n.Node, Name: n.Name}, sym)
		}
	case *ast.Select:
		x.selector(s, n)
	case *ast.Index:
		x.code(s, n.X)
		x.code(s, n.Index)
	case *ast.Call:
		x.callExpr(s, n)
	case *ast.Unary:
		x.code(s, n.X)
	case *ast.Binary:
		x.code(s, n.X)
		x.code(s, n.Y)
	case *ast.Must:
		x.code(s, n.X)
	case *ast.List:
		for _, i := range n.Items {
			x.code(s, i)
		}
	case *ast.MapLit:
		for _, e := range n.Entries {
			x.code(s, e.Key)
			x.code(s, e.Value)
		}
	case *ast.Paren:
		x.code(s, n.X)
	case *ast.Match:
		x.match(s, n)
	case *ast.Case:
		x.code(s, n.X)
		for _, w := range n.Whens {
			x.code(s, w.Cond)
			x.code(s, w.Value)
		}
		x.code(s, n.Else)
	case *ast.Filtered:
		x.callExpr(s, n.X)
		x.code(s, n.Where)
	}
}

// name is what a bare name stands for, nearest first.
func (s *codeScope) name(n *ast.Name) *Symbol {
	if l := s.names[n.Name]; l != nil {
		return l
	}
	if st := s.states[n.Name]; st != nil {
		return st
	}
	if in := s.inputs[n.Name]; in != nil {
		return in
	}
	if v := s.m.values[n.Name]; v != nil {
		return s.x.valueSymbol(v)
	}
	return s.x.enumValue(s.m, n.Name, s.x.noted(n))
}

// enumValue is the value of an enum that a bare name stands for: of the type wanted, or of the one enum that has it.
func (x *indexer) enumValue(m *module, name string, t *types.Type) *Symbol {
	list := m.enumValues[name]
	for _, e := range list {
		if len(list) == 1 || t.Enum() != nil && e.name.Name == t.Enum().Name {
			return x.typeSymbol(e).field(name)
		}
	}
	return nil
}

func (x *indexer) selector(s *codeScope, n *ast.Select) {
	if x.asked(s, n) {
		return
	}
	first, ok := n.X.(*ast.Name)
	if ok && s.names[first.Name] == nil && s.states[first.Name] == nil {
		name := &ast.Ident{Node: first.Node, Name: first.Name}
		if in := s.inputs[first.Name]; in != nil {
			x.ref(name, in)
			x.ref(n.Field, in.field(n.Field.Name))
			return
		}
		if t := s.m.types[first.Name]; t != nil && t.enum != nil && s.m.values[first.Name] == nil {
			x.ref(name, x.typeSymbol(t))
			x.ref(n.Field, x.typeSymbol(t).field(n.Field.Name))
			return
		}
		if lib := x.c.of2(s.m).anyLibrary(first.Name); lib != nil && s.m.values[first.Name] == nil {
			x.ref(name, x.library(lib))
			if v := lib.values[n.Field.Name]; v != nil && v.home == lib {
				x.ref(n.Field, x.valueSymbol(v))
			} else if t := lib.types[n.Field.Name]; t != nil && t.home == lib {
				x.ref(n.Field, x.typeSymbol(t))
			}
			return
		}
	}
	x.code(s, n.X)
	if inner, ok := n.X.(*ast.Select); ok { // common.Kind.good
		if lib, ok := inner.X.(*ast.Name); ok && s.name(lib) == nil {
			if m := x.c.of2(s.m).anyLibrary(lib.Name); m != nil {
				if t := m.types[inner.Field.Name]; t != nil && t.enum != nil {
					x.ref(n.Field, x.typeSymbol(t).field(n.Field.Name))
					return
				}
			}
		}
	}
	x.ref(n.Field, x.recordField(x.noted(n.X), n.Field.Name))
}

func (x *indexer) callExpr(s *codeScope, n *ast.Call) {
	var of *Symbol
	switch fun := n.Fun.(type) {
	case *ast.Name:
		name := &ast.Ident{Node: fun.Node, Name: fun.Name}
		switch {
		case s.m.types[fun.Name] != nil:
			of = x.typeSymbol(s.m.types[fun.Name])
		case s.m.funcs[fun.Name] != nil:
			of = x.funcSymbol(s.m.funcs[fun.Name])
		case s.aggregateWord(fun.Name) != nil:
			of = s.aggregateWord(fun.Name)
		case builtins[fun.Name] != nil || fun.Name == "capture" || fun.Name == "time":
			of = x.word("builtin", fun.Name)
		default:
			if f := x.c.of2(s.m).prelude().funcs[fun.Name]; f != nil {
				of = x.funcSymbol(f)
			}
		}
		x.ref(name, of)
	case *ast.Select:
		lib, ok := fun.X.(*ast.Name)
		if !ok || s.name(lib) != nil {
			x.code(s, fun.X)
			break
		}
		m := x.c.of2(s.m).anyLibrary(lib.Name)
		if m == nil {
			break
		}
		x.ref(&ast.Ident{Node: lib.Node, Name: lib.Name}, x.library(m))
		if f := m.funcs[fun.Field.Name]; f != nil && f.home == m {
			of = x.funcSymbol(f)
		} else if t := m.types[fun.Field.Name]; t != nil && t.home == m {
			of = x.typeSymbol(t)
		}
		x.ref(fun.Field, of)
	default:
		x.code(s, n.Fun)
	}
	x.arguments(s, n.Args, of)
}

func (x *indexer) match(s *codeScope, n *ast.Match) {
	x.code(s, n.X)
	t := x.noted(n.X)
	if t != nil && t.Kind == types.Optional {
		t = t.Elem
	}
	for _, a := range n.Arms {
		at := a.Span()
		arm := s.inner(at)
		for _, p := range a.Patterns {
			name, ok := p.(*ast.Name)
			if !ok {
				x.code(s, p)
				continue
			}
			ident := &ast.Ident{Node: name.Node, Name: name.Name}
			switch {
			case name.Name == "_":
			case t != nil && t.Kind == types.Enum && t.Value(name.Name) >= 0:
				x.ref(ident, x.enumValue(s.m, name.Name, t))
			case s.m.values[name.Name] != nil && s.m.values[name.Name].konst != nil && s.names[name.Name] == nil:
				x.ref(ident, x.valueSymbol(s.m.values[name.Name]))
			default:
				arm.declare(ident, at.Start, t)
			}
		}
		x.code(arm, a.Value)
		x.block(arm, a.Block)
	}
}

// test notes a test.
func (x *indexer) test(m *module, d *ast.Test) {
	s := &codeScope{x: x, m: m}
	for _, w := range d.With {
		if v := m.values[w.Name.Name]; v != nil {
			x.ref(w.Name, x.valueSymbol(v))
		}
		x.code(s, w.Value)
	}
	for _, step := range d.Steps {
		switch step := step.(type) {
		case *ast.Given:
			x.tuples(s, step.Spout, step.Within, step.Stream, step.Tuples)
			x.code(s, step.At)
		case *ast.Advance:
			x.code(s, step.By)
		case *ast.Expect:
			x.tuples(s, step.Component, step.Within, step.Stream, step.Tuples)
		case *ast.ExpectTrue:
			x.code(s, step.X)
		case *ast.Fake:
			x.fake(m, step)
		}
	}
}

// tuples notes what a step of a test gives or expects.
func (x *indexer) tuples(s *codeScope, name *ast.Ident, within []*ast.Ident, stream *ast.Ident, tuples []*ast.TestTuple) {
	var out *Symbol
	comp := s.m.components[name.Name]
	if comp != nil {
		x.ref(name, x.component(comp))
	}
	if part, last := x.way(comp, within, stream); part != comp {
		if comp = part; part != nil {
			output := ""
			if last != nil {
				output = last.Name
			}
			out = x.stream(x.component(part), part.output(output))
			if last != nil {
				x.ref(last, out)
			}
		}
	} else if comp != nil {
		out = x.source(s.m, &ast.Source{Component: name, Stream: stream})
		if stream != nil {
			x.ref(stream, out)
		}
	}
	for _, t := range tuples {
		x.arguments(s, t.Args, out)
	}
}

// way notes the names that lead into an instance of a graph, and returns the component they lead to, nil where there is none, with the name behind it.
func (x *indexer) way(comp *component, within []*ast.Ident, last *ast.Ident) (*component, *ast.Ident) {
	if last != nil {
		within = append(within[:len(within):len(within)], last)
	}
	for i, name := range within {
		end := i == len(within)-1
		if comp == nil || end && comp.output(name.Name) != nil {
			return comp, last
		}
		part := comp.part(name.Name)
		if part == nil {
			if end {
				return comp, last
			}
			return nil, nil
		}
		x.ref(name, x.component(part))
		comp = part
	}
	return comp, nil
}

func (x *indexer) fake(m *module, d *ast.Fake) {
	home := m
	if d.Library != nil && m.components[d.Library.Name] != nil && m.components[d.Library.Name].instance != nil {
		comp := m.components[d.Library.Name]
		x.ref(d.Library, x.component(comp))
		x.way(comp, d.Within, d.Name)
		home = nil
	} else if d.Library != nil {
		if home = x.c.of2(m).anyLibrary(d.Library.Name); home != nil {
			x.ref(d.Library, x.library(home))
		}
	}
	if home != nil {
		f := home.funcs[d.Name.Name]
		if f == nil && d.Library == nil {
			f = x.c.of2(m).prelude().funcs[d.Name.Name]
		}
		if f != nil {
			x.ref(d.Name, x.funcSymbol(f))
		}
	}
	s := &codeScope{x: x, m: m, names: map[string]*Symbol{}, seen: d.Span()}
	for _, p := range d.Params {
		s.declare(p, d.Span().Start, x.noted(p))
	}
	x.code(s, d.Expr)
	x.block(s, d.Body)
}
