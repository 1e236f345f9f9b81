package compiler

import (
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// component is the symbol of a component: what its name stands for.
func (x *indexer) component(comp *component) *Symbol {
	s := x.symbol(kindOf(comp), comp.name)
	if s.comp == nil {
		s.comp = comp
		if comp.decl != nil {
			s.describeDecl(comp.decl, x.file(comp.decl))
		}
	}
	return s
}

// stream is the symbol of an output, with its fields; nil where it has no text.
func (x *indexer) stream(of *Symbol, s *stream) *Symbol {
	if s == nil {
		return nil
	}
	d := s.decl
	if d == nil || s.ir != nil && s.ir.Failed {
		return x.textless(of, s)
	}
	if known := x.streams[d]; known != nil {
		return known
	}
	sym := &Symbol{Kind: "stream", At: x.real(d.Span()), In: of, Doc: ""}
	if d.Name != nil {
		sym = x.symbol("stream", d.Name)
		sym.In = of
	} else if of != nil {
		sym.Name = of.Name
	}
	x.streams[d] = sym
	sym.Type = types.Schema(s.ir.Fields)
	for _, f := range s.ir.Fields {
		sym.parts = append(sym.parts, x.fieldOf(sym, s, f))
	}
	return sym
}

// fieldOf is the symbol of a stream's field: where the field is declared, or its record type's field.
func (x *indexer) fieldOf(sym *Symbol, s *stream, f types.Field) *Symbol {
	for _, field := range s.decl.Fields {
		if field.Name.Name == f.Name {
			out := x.symbol("field", field.Name)
			out.In = sym
			out.setType(f.Type)
			return out
		}
	}
	if s.decl.Record != nil {
		for _, m := range x.allModules() {
			for _, t := range m.typeOrder {
				if t.decl != nil && t.name.Name == s.decl.Record.Name {
					if out := x.typeField(t, f.Name); out != nil {
						return out
					}
				}
			}
		}
	}
	out := &Symbol{Kind: "field", Name: f.Name, In: sym}
	out.setType(f.Type)
	return out
}

// textless is a stream that nobody has written: `.failed`, or what comes out of an instance of a graph.
func (x *indexer) textless(of *Symbol, s *stream) *Symbol {
	if s.ir == nil {
		return nil
	}
	sym := &Symbol{Kind: "stream", Name: s.ir.Name, In: of, Type: types.Schema(s.ir.Fields)}
	if of != nil {
		sym.At = of.At
	}
	for _, f := range s.ir.Fields {
		field := &Symbol{Kind: "field", Name: f.Name, In: sym}
		field.setType(f.Type)
		sym.parts = append(sym.parts, field)
	}
	return sym
}

// field is the symbol of a stream's field; nil where it has none of this name.
func (s *Symbol) field(name string) *Symbol {
	if s == nil {
		return nil
	}
	for _, f := range s.parts {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// unite says that the fields of two streams, by their names, must have one name.
func unite(a, b *Symbol) {
	if a == nil || b == nil {
		return
	}
	for _, f := range a.parts {
		union(f, b.field(f.Name))
	}
}

// source is the stream that a source names, in a namespace.
func (x *indexer) source(m *module, src *ast.Source) *Symbol {
	comp := m.components[src.Component.Name]
	if comp == nil {
		return nil
	}
	of := x.component(comp)
	name := ""
	if src.Stream != nil {
		name = src.Stream.Name
	}
	if name == "failed" {
		return x.stream(of, comp.failed)
	}
	s := comp.output(name)
	out := x.stream(of, s)
	if comp.instance != nil && comp.instance.of != nil {
		// What comes out of an instance is what its graph says.
		for _, g := range comp.instance.of.outputs {
			if g.ir.Name == name || g.decl != nil && g.decl.Name != nil && g.decl.Name.Name == name {
				inner := x.stream(x.graphSymbol(comp.instance.of), g)
				unite(inner, out)
				if s != nil && s.decl == nil || out == nil {
					return inner
				}
			}
		}
	}
	return out
}

// sources notes the sources of an input, and gives the input's fields.
func (x *indexer) sources(m *module, sym *Symbol, list []*ast.Source) {
	for _, src := range list {
		comp := m.components[src.Component.Name]
		if comp == nil {
			continue
		}
		if src.Query == nil {
			x.ref(src.Component, x.component(comp))
		}
		s := x.source(m, src)
		if s == nil {
			continue
		}
		if src.Stream != nil {
			x.ref(src.Stream, s)
		}
		if sym == nil {
			continue
		}
		for _, f := range s.parts {
			if first := sym.field(f.Name); first != nil {
				union(first, f)
			} else {
				sym.parts = append(sym.parts, f)
			}
		}
		if sym.Type == "" {
			sym.Type = s.Type
		}
	}
}

// typeSymbol is the symbol of a record or enum type.
func (x *indexer) typeSymbol(t *typeSymbol) *Symbol {
	kind := "type"
	if t.enum != nil {
		kind = "enum"
	}
	s := x.symbol(kind, t.name)
	if s.decl == nil && (t.decl != nil || t.enum != nil) {
		var d ast.Decl = t.decl
		if t.enum != nil {
			d = t.enum
		}
		s.describeDecl(d, x.file(d))
		s.Standard = t.home != nil && t.home.standard != nil
		if t.decl != nil {
			for _, f := range t.decl.Fields {
				field := x.symbol("field", f.Name)
				field.In = s
				field.setType(t.typ.Field(f.Name.Name))
				s.parts = append(s.parts, field)
			}
		} else {
			for _, v := range t.enum.Values {
				value := x.symbol("value", v)
				value.In, value.Type = s, t.name.Name
				s.parts = append(s.parts, value)
			}
		}
	}
	return s
}

func (x *indexer) typeField(t *typeSymbol, name string) *Symbol { return x.typeSymbol(t).field(name) }

// allModules are the namespaces of a compilation.
func (x *indexer) allModules() []*module {
	out := []*module{x.c.root}
	for _, path := range keysOf(x.c.modules) {
		if m := x.c.modules[path]; m != nil {
			out = append(out, m)
		}
	}
	for _, name := range keysOf(x.c.standards) {
		if m := x.c.standards[name]; m != nil {
			out = append(out, m)
		}
	}
	return out
}

// recordField is the field of a type that has a name; nil of others.
func (x *indexer) recordField(t *types.Type, name string) *Symbol {
	if t != nil && t.Kind == types.Optional {
		t = t.Elem
	}
	if t == nil || t.Kind != types.Record {
		return nil
	}
	for _, m := range x.allModules() {
		for _, s := range m.typeOrder {
			if s.decl != nil && t.Name != "" && (s.typ == t || s.typ.Kind == types.Record && s.typ.Name == t.Name && s.typ.Equal(t)) {
				return x.typeField(s, name)
			}
		}
	}
	if ft := t.Field(name); ft != nil {
		s := &Symbol{Kind: "field", Name: name}
		s.setType(ft)
		return s
	}
	return nil
}
