package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/golang"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// Visible lists what a bare name can stand for at a place, the nearest first: locals, states, inputs, params, constants and functions.
func (x *Index) Visible(file string, offset int) []*Symbol {
	var out []*Symbol
	for _, s := range x.Symbols {
		if s.Seen.File == file && s.Seen.Start <= offset && offset <= s.Seen.End {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b *Symbol) int { return b.Seen.Start - a.Seen.Start })
	seen := map[string]bool{}
	out = slices.DeleteFunc(out, func(s *Symbol) bool {
		twice := seen[s.Name]
		seen[s.Name] = true
		return twice
	})
	if x.x.c == nil {
		return out
	}
	m := x.namespace(file, offset)
	for _, name := range keysOf(m.values) {
		if !seen[name] {
			out = append(out, x.x.valueSymbol(m.values[name]))
		}
	}
	return out
}

// Functions lists what can be called without a prefix.
func (x *Index) Functions() []*Symbol {
	var out []*Symbol
	if x.x.c == nil {
		return nil
	}
	c := x.x.c
	for _, name := range keysOf(c.funcs) {
		out = append(out, x.x.funcSymbol(c.funcs[name]))
	}
	for _, name := range keysOf(builtins) {
		out = append(out, x.x.word("builtin", name))
	}
	prelude := c.prelude()
	for _, name := range keysOf(prelude.funcs) {
		if !strings.HasPrefix(name, "_") {
			out = append(out, x.x.funcSymbol(prelude.funcs[name]))
		}
	}
	return out
}

// Types lists the records and enums that are declared.
func (x *Index) Types() []*Symbol {
	var out []*Symbol
	if x.x.c == nil {
		return nil
	}
	for _, name := range keysOf(x.x.c.types) {
		out = append(out, x.x.typeSymbol(x.x.c.types[name]))
	}
	return out
}

// Components lists the components that can be read at a place.
func (x *Index) Components(file string, offset int) []*Symbol {
	var out []*Symbol
	if x.x.c == nil {
		return nil
	}
	m := x.namespace(file, offset)
	for _, name := range keysOf(m.components) {
		if strings.Contains(name, ".") {
			continue // a part of a select, which no text can name
		}
		out = append(out, x.x.component(m.components[name]))
	}
	return out
}

// HasLate reports whether tuples can come too late for a component, which has a stream `.late` then.
func (x *Index) HasLate(s *Symbol) bool {
	if s == nil || s.comp == nil {
		return false
	}
	c := s.comp
	if c.ordering != nil {
		c = c.ordering.groups
	}
	return c.tooLate() != nil
}

// Streams lists the outputs of a component.
func (x *Index) Streams(s *Symbol) []*Symbol {
	var out []*Symbol
	if s == nil || s.comp == nil {
		return nil
	}
	for _, o := range s.comp.outputs {
		if sym := x.x.stream(s, o); sym != nil {
			out = append(out, sym)
		}
	}
	return out
}

// Output reports whether a stream has a name of its own, by which it is read: `parse.ok`.
func (s *Symbol) Output() bool {
	return s.Kind == "stream" && s.In != nil && s.In.Name != s.Name && s.Name != ""
}

// Libraries lists the libraries that can be named.
func (x *Index) Libraries() []*Symbol {
	var out []*Symbol
	if x.x.c == nil {
		return nil
	}
	for _, u := range x.x.c.uses {
		out = append(out, x.x.library(u.of))
	}
	for _, name := range x.x.c.libs.Names() {
		if m := x.x.c.standard(name); m != nil && name != library.Prelude {
			out = append(out, x.x.library(m))
		}
	}
	return out
}

// Library lists what a library has: components, graphs, functions, types and constants.
func (x *Index) Library(name string) []*Symbol {
	if x.x.c == nil {
		return nil
	}
	m := x.x.c.anyLibrary(name)
	if m == nil {
		return nil
	}
	var out []*Symbol
	for _, s := range m.signatureOrder {
		out = append(out, x.x.signatureSymbol(s))
	}
	for _, g := range m.graphOrder {
		out = append(out, x.x.graphSymbol(g))
	}
	for _, f := range m.funcOrder {
		if f.decl != nil {
			out = append(out, x.x.funcSymbol(f))
		}
	}
	for _, t := range m.typeOrder {
		out = append(out, x.x.typeSymbol(t))
	}
	for _, v := range m.valueOrder {
		out = append(out, x.x.valueSymbol(v))
	}
	return slices.DeleteFunc(out, func(s *Symbol) bool { return strings.HasPrefix(s.Name, "_") })
}

// Graphs lists the graphs of the topology.
func (x *Index) Graphs() []*Symbol {
	var out []*Symbol
	if x.x.c == nil {
		return nil
	}
	for _, g := range x.x.c.graphOrder {
		out = append(out, x.x.graphSymbol(g))
	}
	return out
}

// Parameters are what a function, a component or a graph is given, or what a type or stream is made of.
func (s *Symbol) Parameters() []*Symbol { return s.parts }

// Needed reports whether a parameter must be given.
func (s *Symbol) Needed() bool {
	if s.In == nil {
		return true
	}
	var fields []*ast.Field
	switch d := s.In.decl.(type) {
	case *ast.Component:
		fields = d.Params
	case *ast.Func:
		fields = d.Params
	case *ast.Graph:
		fields = d.Params
	}
	for _, f := range fields {
		if f.Name.Name == s.Name {
			return f.Default == nil && !(f.Type != nil && f.Type.Name != nil && f.Type.Name.Name == "any")
		}
	}
	return true
}

// Values are the texts that a parameter allows; none: all.
func (s *Symbol) Values() []string {
	if s.In == nil {
		return nil
	}
	if d, ok := s.In.decl.(*ast.Component); ok {
		for _, f := range d.Params {
			if list, isList := f.In.(*ast.List); isList && f.Name.Name == s.Name {
				var out []string
				for _, i := range list.Items {
					if text, isText := i.(*ast.String); isText && len(text.Parts) == 1 {
						out = append(out, text.Parts[0].Text)
					}
				}
				return out
			}
		}
	}
	return nil
}

// Members are what stands behind a dot after a symbol: the fields of a tuple or record, the values of an enum.
func (x *Index) Members(s *Symbol) []*Symbol {
	switch {
	case s == nil:
		return nil
	case s.Kind == "input", s.Kind == "enum", s.Kind == "stream":
		return s.parts
	}
	return x.membersOf(s.typ)
}

// MembersAt are the fields of the expression that ends at a place.
func (x *Index) MembersAt(file string, end int) []*Symbol { return x.membersOf(x.typeAt(file, end)) }

func (x *Index) membersOf(t *types.Type) []*Symbol {
	if t != nil && t.Kind == types.Optional {
		t = t.Elem
	}
	if t == nil || t.Kind != types.Record {
		return nil
	}
	var out []*Symbol
	for _, f := range t.Fields {
		if s := x.x.recordField(t, f.Name); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// namespace is the one that a place is in: a graph's, or the topology's.
func (x *Index) namespace(file string, offset int) *module {
	c := x.x.c
	for _, p := range x.x.s.last.parts {
		if p.in.Name != file || offset < p.base || offset > p.base+len(p.file.Text) {
			continue
		}
		for _, d := range p.tree.Decls {
			if g, ok := d.(*ast.Graph); ok && c.graphs[g.Name.Name] != nil && c.graphs[g.Name.Name].decl == g && c.graphs[g.Name.Name].inside != nil {
				return c.graphs[g.Name.Name].inside
			}
		}
	}
	return c.module
}

// GoName is what a Go package has, that a topology could name.
type GoName struct{ Name, Text string }

// GoNames lists the functions and types of a Go package that a file names.
func (s *Session) GoNames(file, path string) []GoName {
	if !s.opts.Go || s.last == nil {
		return nil
	}
	ref := golang.Ref{File: file, Path: path}
	var p *golang.Package
	for _, set := range s.last.c.golang.sets {
		if found := set.Package(ref); found != nil {
			p = found
		}
	}
	if p == nil {
		p = s.opts.GoCache.load(s.opts.Base, file, []golang.Ref{ref}, golang.Extra{}).Package(ref)
	}
	if p == nil || p.Types == nil {
		return nil
	}
	var out []GoName
	for _, name := range p.Exports(true) {
		if obj := p.Lookup(name); obj != nil {
			out = append(out, GoName{name, obj.String()})
		}
	}
	return out
}
