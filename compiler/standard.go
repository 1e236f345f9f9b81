package compiler

import (
	"path"

	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// The standard library is compiled by the same passes as users' libraries. Only two things are not: its declarations are parsed once
// for all compilations, and resolved when they are first needed; and its Go is looked at as text (see package library), so that no
// check of a topology waits for the go command.

// standard is the namespace of a standard library; nil where there is none of that name.
func (c *compilation) standard(name string) *module {
	m, known := c.standards[name]
	if known {
		return m
	}
	if text := c.libs.Load(name); text != nil {
		m = newModule()
		m.name, m.standard = name, text
		m.files = append(m.files, text.Tree)
		c.standards[name] = m
		c.add(text.Diags...)
		lib := c.in(m)
		lib.libraryName()
		lib.collect()
	}
	c.standards[name] = m
	return m
}

// libraryName sees that a standard library stands in the folder of its name.
func (c *compilation) libraryName() {
	for _, f := range c.files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.Library); ok && d.Name != nil && d.Name.Name != c.name {
				c.err(libraryName, d.Name.Span(), "library %s stands in the folder of library %s", d.Name.Name, c.name).help("name it as its folder")
			}
		}
	}
}

// prelude is the library whose functions need no prefix; an empty one where there is none.
func (c *compilation) prelude() *module {
	if m := c.standard(library.Prelude); m != nil {
		return m
	}
	return &module{}
}

// anyLibrary finds a library by the name that it has in the current namespace: one that is used, or a standard one.
func (c *compilation) anyLibrary(name string) *module {
	if m := c.library(name); m != nil {
		return m
	}
	return c.standard(name)
}

// standardSources are the texts of standard libraries that diagnostics point into.
func (c *compilation) standardSources() []*source.File {
	var out []*source.File
	for _, name := range keysOf(c.standards) {
		m := c.standards[name]
		if m == nil {
			continue
		}
		for _, d := range c.all {
			if d.Span.File == m.standard.Source.Name {
				out = append(out, m.standard.Source)
				break
			}
		}
	}
	return out
}

// standardFunc compares a function of a standard library with the Go that it names, as text.
func (c *compilation) standardFunc(f *funcSymbol) {
	g := f.goRef()
	ref, ok := goRefOf(g)
	if !ok {
		c.err(goNoPackage, g.Span(), "the name of a Go package is a text without values in it")
		return
	}
	constraints, differs := c.libs.Func(path.Join(c.name, ref.Path), g.Name.Name, f.ir)
	f.constraints = constraints
	if differs != nil {
		c.err(goDiffers, g.Span(), "%s", differs.Message).helpIf(differs.Help)
	}
}

// standardComponent compares a component of a standard library with its Go type, as text.
func (c *compilation) standardComponent(s *signature) {
	g := s.goRef()
	ref, ok := goRefOf(g)
	if !ok {
		c.err(goNoPackage, g.Span(), "the name of a Go package is a text without values in it")
		return
	}
	var args []library.Arg
	for _, p := range s.params {
		if !p.perTuple {
			args = append(args, library.Arg{Name: p.name, Type: p.typ})
		}
	}
	dir := path.Join(c.name, ref.Path)
	s.goPkg, s.goType = path.Join(library.ImportPath, dir), g.Name.Name
	objects, differs := c.libs.Component(dir, s.goType, args, s.kind == ast.Spout && !s.anyOutput)
	s.objects = objects
	for _, m := range differs {
		c.err(goPart, s.name.Span(), "%s", m.Message).helpIf(m.Help)
	}
}
