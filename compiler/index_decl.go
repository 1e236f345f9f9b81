package compiler

import (
	"cmp"
	"path/filepath"

	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// file is the text that a declaration stands in.
func (x *indexer) file(d ast.Spanned) *source.File {
	name := d.Span().File
	if p := x.parts[name]; p != nil {
		return p.file
	}
	if len(x.files) == 0 {
		for _, m := range x.allModules() {
			for _, f := range m.files {
				if f.Source != nil {
					x.files[f.Source.Name] = f.Source
				}
			}
		}
	}
	return x.files[name]
}

// module goes over what a namespace declares.
func (x *indexer) module(m *module) {
	for _, f := range m.files {
		for _, d := range f.Decls {
			x.decl(m, d)
		}
	}
}

func (x *indexer) decl(m *module, d ast.Decl) {
	switch d := d.(type) {
	case *ast.Topology:
		s := x.symbol("topology", d.Name)
		s.describeDecl(d, x.file(d))
		x.declares(d.Name, s)
		for _, o := range d.Settings {
			x.code(&codeScope{x: x, m: m}, o.Value)
		}
	case *ast.Library:
		s := x.symbol("library", d.Name)
		s.describeDecl(d, x.file(d))
		x.declares(d.Name, s)
	case *ast.Param:
		x.value(m, d.Name)
		x.typeExpr(m, d.Type)
		x.code(&codeScope{x: x, m: m}, d.Default)
	case *ast.Const:
		x.value(m, d.Name)
		x.code(&codeScope{x: x, m: m}, d.Value)
	case *ast.TypeDecl:
		if t := m.types[d.Name.Name]; t != nil && t.decl == d {
			s := x.typeSymbol(t)
			x.declares(d.Name, s)
			for _, f := range d.Fields {
				x.declares(f.Name, x.symbol("field", f.Name))
				x.typeExpr(m, f.Type)
			}
		}
	case *ast.Enum:
		if t := m.types[d.Name.Name]; t != nil && t.enum == d {
			x.declares(d.Name, x.typeSymbol(t))
			for _, v := range d.Values {
				x.declares(v, x.symbol("value", v))
			}
		}
	case *ast.Func:
		x.function(m, d)
	case *ast.Component:
		if m.name != "" {
			x.signature(m, d)
			return
		}
		if comp := x.compOf[d]; comp != nil {
			x.componentDecl(m, comp, d)
		}
	case *ast.Graph:
		if g := m.graphs[d.Name.Name]; g != nil && g.decl == d && m != x.c.root {
			x.graph(m, g)
		}
	case *ast.Test:
		x.test(m, d)
	case *ast.Query:
		x.query(m, d)
	case *ast.BadDecl:
		x.badDecl(m, d)
	}
}

// badDecl notes what could be read of a declaration with mistakes.
func (x *indexer) badDecl(m *module, d *ast.BadDecl) {
	if d.Name == nil {
		return
	}
	if comp := m.components[d.Name.Name]; comp != nil && comp.name == d.Name {
		x.declares(d.Name, x.component(comp))
	}
	if p, ok := d.Partial.(*ast.Component); ok {
		for _, in := range p.Inputs {
			x.inputDecl(m, in, d.Span())
		}
	}
}

// value notes the declaration of a param or const.
func (x *indexer) value(m *module, name *ast.Ident) {
	if v := m.values[name.Name]; v != nil && v.name == name {
		x.declares(name, x.valueSymbol(v))
	}
}

func (x *indexer) valueSymbol(v *valueSymbol) *Symbol {
	kind := "param"
	switch {
	case v.konst != nil:
		kind = "const"
	case v.given != nil:
		kind = "parameter"
	}
	s := x.symbol(kind, v.name)
	if s.decl == nil {
		s.setType(v.typ)
		switch {
		case v.param != nil:
			s.describeDecl(v.param, x.file(v.param))
		case v.konst != nil:
			s.describeDecl(v.konst, x.file(v.konst))
		}
		s.Standard = v.home != nil && v.home.standard != nil
	}
	return s
}

func (x *indexer) funcSymbol(f *funcSymbol) *Symbol {
	s := x.symbol("func", f.name)
	if s.decl == nil && f.decl != nil {
		s.describeDecl(f.decl, x.file(f.decl))
		s.Standard = f.home != nil && f.home.standard != nil
		if f.home != nil && f.home.name != "" && f.home.name != library.Prelude {
			s.In = x.library(f.home)
		}
		for _, p := range f.decl.Params {
			param := x.symbol("parameter", p.Name)
			param.In = s
			if p.Type != nil {
				param.Type = typeText(p.Type)
			}
			s.parts = append(s.parts, param)
		}
	}
	return s
}

// library is the symbol of a library's name.
func (x *indexer) library(m *module) *Symbol {
	if x.libs[m] == nil {
		s := &Symbol{Kind: "library", Name: m.name, At: m.libraryAt, Standard: m.standard != nil}
		for _, f := range m.files {
			for _, d := range f.Decls {
				if d, ok := d.(*ast.Library); ok {
					s = x.symbol("library", d.Name)
					s.Standard = m.standard != nil
					s.describeDecl(d, f.Source)
				}
			}
		}
		x.libs[m] = s
	}
	return x.libs[m]
}

func (x *indexer) function(m *module, d *ast.Func) {
	f := m.funcs[d.Name.Name]
	if f == nil || f.decl != d {
		return
	}
	s := x.funcSymbol(f)
	x.declares(d.Name, s)
	scope := &codeScope{x: x, m: m, seen: d.Span(), names: map[string]*Symbol{}}
	for i, p := range d.Params {
		param := x.symbol("parameter", p.Name)
		param.Seen = x.real(d.Span())
		if f.ir != nil && i < len(f.ir.Params) {
			param.setType(f.ir.Params[i].Type)
		}
		x.declares(p.Name, param)
		x.typeExpr(m, p.Type)
		x.code(&codeScope{x: x, m: m}, p.Default)
		scope.names[p.Name.Name] = param
	}
	x.typeExpr(m, d.Result)
	x.code(scope, d.Expr)
	if d.Body != nil {
		x.block(scope, d.Body)
	}
	x.goRef(d.Go)
	if d.Go == nil && beside(d) && f.home.standard == nil {
		x.goObject(f.goRef(), d.Name)
	}
}

// signature notes a component of a library.
func (x *indexer) signature(m *module, d *ast.Component) {
	sig := m.signatures[d.Name.Name]
	if sig == nil || sig.decl != d {
		return
	}
	x.declares(d.Name, x.signatureSymbol(sig))
	for _, p := range d.Params {
		x.declares(p.Name, x.symbol("key", p.Name))
		x.typeExpr(m, p.Type)
		x.code(&codeScope{x: x, m: m}, p.Default)
	}
	for _, o := range d.Outputs {
		for _, f := range o.Fields {
			x.declares(f.Name, x.symbol("field", f.Name))
			x.typeExpr(m, f.Type)
		}
	}
	x.goRef(d.Go)
}

func (x *indexer) signatureSymbol(sig *signature) *Symbol {
	s := x.symbol(string(sig.kind), sig.name)
	if s.decl == nil {
		s.describeDecl(sig.decl, x.file(sig.decl))
		s.Standard, s.In = sig.home.standard != nil, x.library(sig.home)
		for _, p := range sig.decl.Params {
			param := x.symbol("key", p.Name)
			param.In = s
			if p.Type != nil {
				param.Type = typeText(p.Type)
			}
			s.parts = append(s.parts, param)
		}
	}
	return s
}

func (x *indexer) graphSymbol(g *graphSymbol) *Symbol {
	s := x.symbol("graph", g.name)
	if s.decl == nil && g.decl != nil {
		s.describeDecl(g.decl, x.file(g.decl))
		if g.home != nil && g.home.name != "" {
			s.In = x.library(g.home)
		}
		for _, p := range g.decl.Params {
			param := x.symbol("parameter", p.Name)
			param.In = s
			param.Type = typeText(p.Type)
			s.parts = append(s.parts, param)
		}
	}
	return s
}

// graph notes a graph, which was compiled by itself.
func (x *indexer) graph(home *module, g *graphSymbol) {
	if g.decl == nil {
		return
	}
	s := x.graphSymbol(g)
	x.declares(g.decl.Name, s)
	m := g.inside
	if m == nil {
		return
	}
	for _, in := range g.decl.Inputs {
		comp := m.components[in.Shape.Name.Name]
		if comp == nil {
			continue
		}
		input := x.component(comp)
		input.Kind = "input"
		input.Seen = x.real(g.decl.Span())
		x.declares(in.Shape.Name, input)
		var shape *Symbol
		for _, out := range comp.outputs {
			shape = x.stream(input, out)
		}
		x.output(home, shape, in.Shape)
		if in.Grouping != nil && shape != nil {
			for _, f := range in.Grouping.Fields {
				x.ref(f, shape.field(f.Name))
			}
		}
	}
	for _, p := range g.decl.Params {
		if v := m.values[p.Name.Name]; v != nil && v.name == p.Name {
			param := x.valueSymbol(v)
			param.Seen = x.real(g.decl.Span())
			x.declares(p.Name, param)
		}
		x.typeExpr(home, p.Type)
		x.code(&codeScope{x: x, m: home}, p.Default)
	}
	for _, out := range g.outputs {
		sym := x.stream(s, out)
		if out.decl.Name != nil {
			x.declares(out.decl.Name, sym)
		}
		x.output(home, sym, out.decl)
	}
	x.know(m)
	for _, d := range g.decl.Decls {
		x.decl(m.unnamed(), d)
	}
	for _, b := range g.decl.Binds {
		var out *Symbol
		for _, o := range g.outputs {
			if outputName(o) == b.Name.Name {
				out = x.stream(s, o)
				if o.decl.Name != nil {
					x.ref(b.Name, out)
				}
			}
		}
		x.sources(m, nil, b.Sources)
		for _, src := range b.Sources {
			unite(out, x.source(m, src))
		}
	}
}

// unnamed is the namespace in a graph, whose components are no signatures even where the graph is a library's.
func (m *module) unnamed() *module {
	n := *m
	n.name = ""
	return &n
}

// output notes the fields and words of an output.
func (x *indexer) output(m *module, sym *Symbol, o *ast.Output) {
	for _, f := range o.Fields {
		x.declares(f.Name, sym.field(f.Name.Name))
		x.typeExpr(m, f.Type)
	}
	if o.Record != nil {
		x.typeName(m, o.Library, o.Record)
	}
	for _, k := range o.Latest {
		x.ref(k, sym.field(k.Name))
	}
	if o.Time != nil {
		x.ref(o.Time.Field, sym.field(o.Time.Field.Name))
	}
}

// goRef notes the Go that a text names.
func (x *indexer) goRef(g *ast.GoRef) {
	if g != nil {
		x.goObject(g, g.Name)
	}
}

// goObject makes a name one of Go's, where the Go is known.
func (x *indexer) goObject(g *ast.GoRef, name *ast.Ident) {
	if g == nil || name == nil {
		return
	}
	ref, ok := goRefOf(g)
	if !ok {
		return
	}
	for _, set := range x.c.golang.sets {
		p := set.Package(ref)
		if p == nil || p.Types == nil {
			continue
		}
		if obj := p.Lookup(g.Name.Name); obj != nil {
			at := p.At(obj)
			if !filepath.IsAbs(at.File) {
				at.File = filepath.Join(cmp.Or(x.c.golang.base, "."), at.File)
			}
			x.refs = append(x.refs, Ref{At: x.real(name.Span()), Symbol: &Symbol{Kind: "go", Name: g.Name.Name, At: at, Signature: obj.String()}})
			return
		}
	}
}
