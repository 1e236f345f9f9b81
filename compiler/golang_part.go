package compiler

import (
	gotypes "go/types"
	"strings"

	"github.com/topo-lang/topo/compiler/golang"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// goComponent resolves `= go "./bolts".Split(limit: 10)`.
func (c *compilation) goComponent(comp *component) {
	d, g := comp.decl, comp.decl.Go
	part := &ir.GoPart{Span: g.Span()}
	comp.ir.Go = part
	if d.Kind == ast.Spout && len(comp.outputs) == 0 {
		c.err(outputMissing, comp.name.Span(), "spout %s does not declare its output", comp.name.Name).
			help("write `-> (field type, ...)` after its name: Go gives what you declare")
		comp.open = true
	}
	p := c.goPackage(g)
	if p == nil {
		c.ignoreGoArgs(comp, g.Args)
		return
	}
	obj := c.goObject(p, g, true)
	if obj == nil {
		c.ignoreGoArgs(comp, g.Args)
		return
	}
	c.goArguments(comp, p, obj, part)
	if comp.open || !c.known(comp) {
		return
	}
	found, differs := p.Component(obj, golang.Shape{Kind: comp.ir.Kind, Inputs: comp.ir.Inputs, Outputs: comp.ir.Outputs})
	if differs == nil {
		found.Args, found.Span = part.Args, part.Span
		*part = *found
		return
	}
	at := g.Span()
	switch {
	case differs.Input >= 0 && differs.Input < len(comp.inputs):
		at = comp.inputs[differs.Input].decl.Span()
	case differs.Output >= 0 && differs.Output < len(comp.outputs):
		at = comp.outputs[differs.Output].decl.Span()
	}
	c.golang.wrong = true
	c.err(goPart, at, "%s %s differs from its Go: %s", comp.kind, comp.name.Name, differs.Message).
		related(differs.Go, "%s", differs.Label).
		help("%s", differs.Help())
}

// known reports whether all that a component takes and gives was understood.
func (c *compilation) known(comp *component) bool {
	bad := func(fields []types.Field) bool {
		for _, f := range fields {
			if f.Type.Kind == types.Invalid {
				return true
			}
		}
		return false
	}
	for _, in := range comp.inputs {
		if in.opaque || in.doubled || len(in.sources) == 0 || bad(in.ir.Fields) {
			return false
		}
	}
	for _, s := range comp.outputs {
		if s.opaque || bad(s.ir.Fields) {
			return false
		}
	}
	return comp.decl.Kind == ast.Spout || len(comp.inputs) > 0
}

// ignoreGoArgs types arguments for the errors in them only.
func (c *compilation) ignoreGoArgs(comp *component, args []*ast.Arg) {
	e := &env{compilation: c, comp: comp, argument: true}
	e.ignoreArgs(args)
}

// goArguments matches the arguments with the fields of the Go type.
func (c *compilation) goArguments(comp *component, p *golang.Package, obj gotypes.Object, part *ir.GoPart) {
	fields := p.Arguments(obj)
	var names []string
	for _, f := range fields {
		if f.Type != nil {
			names = append(names, f.Name)
		}
	}
	e := &env{compilation: c, comp: comp, argument: true}
	first := map[string]*ast.Arg{}
	for _, a := range comp.decl.Go.Args {
		if _, ok := obj.(*gotypes.Func); ok {
			c.err(goArgument, a.Span(), "%s is a Go function: it takes tuples only", obj.Name()).
				related(p.At(obj), "declared here").help("make it a struct with an exported field for each argument, and a method `Process`")
			c.ignoreGoArgs(comp, comp.decl.Go.Args)
			return
		}
		if a.Spread || a.Name == nil {
			r := c.err(goArgument, a.Span(), "arguments of a Go type are written with their names")
			if len(names) > 0 {
				r.help("they are the exported fields of %s: %s", obj.Name(), strings.Join(names, ", "))
			}
			if a.Value != nil {
				e.expr(a.Value, nil)
			}
			continue
		}
		var field *golang.Argument
		for i := range fields {
			if fields[i].Fits(a.Name.Name) {
				field = &fields[i]
			}
		}
		switch {
		case field == nil:
			e.expr(a.Value, nil)
			c.err(goArgument, a.Name.Span(), "Go type %s has no field for argument %s", obj.Name(), a.Name.Name).
				related(p.At(obj), "declared here").
				choose(a.Name.Span(), a.Name.Name, "its fields", names)
			continue
		case first[field.Name] != nil:
			e.expr(a.Value, nil)
			c.err(declaredTwice, a.Span(), "argument %s is given twice", a.Name.Name).related(first[field.Name].Span(), "here first")
			continue
		case field.Type == nil:
			e.expr(a.Value, nil)
			c.err(goArgument, a.Name.Span(), "no value of the language goes into field %s", field.Field).
				related(field.At, "this field").help("let method `Open` set it, from arguments that are texts and numbers")
			continue
		}
		first[field.Name] = a
		part.Args = append(part.Args, &ir.GoArg{
			Name: a.Name.Name, Field: field.Field, Type: field.Type,
			Value: e.value(a.Value, field.Type.Type, "argument "+a.Name.Name+" of "+obj.Name()),
		})
	}
}

// goGrouping resolves `by go "./grouping".ByContinent`.
func (c *compilation) goGrouping(in *input, g *ast.Grouping) {
	in.chooser = &ir.GoGrouping{}
	if len(g.Go.Args) > 0 {
		c.err(badShape, g.Go.Args[0].Span(), "a function is named here, not called")
	}
	p := c.goPackage(g.Go)
	if p == nil {
		in.grouping = ""
		return
	}
	obj, _ := c.goObject(p, g.Go, false).(*gotypes.Func)
	if obj == nil || in.opaque {
		in.grouping = ""
		return
	}
	for _, source := range in.sources {
		if source.ir.Failed {
			in.grouping = ""
			c.err(goGrouping, g.Span(), "a stream of failed tuples can't be dealt out by Go, which may fail itself").help("use `by shuffle`")
			return
		}
	}
	found, differs := p.Grouping(obj, in.ir.Fields)
	if differs != nil {
		in.grouping = ""
		c.err(goGrouping, g.Span(), "this is no grouping of %s: %s", in.sourceName(), differs.Message).
			related(differs.Go, "%s", differs.Label).
			help("%s", differs.Help())
		return
	}
	in.chooser = found
}
