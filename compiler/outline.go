package compiler

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// OutlineOf finds what a topology declares, without looking at any Go. It returns nil where that is not clear, because something is wrong, of which
// the diagnostics tell as far as it shows without Go, or where it is a library.
func OutlineOf(files []*source.File, opts Options) (*ir.Outline, []diag.Diagnostic) {
	opts.Go = true
	c := newCompilation(opts)
	c.golang.unseen = true
	c.parse(files)
	if c.isLibrary() {
		return nil, nil
	}
	c.heads()
	return c.outline(), c.diagnostics()
}

func (c *compilation) outline() *ir.Outline {
	if c.header == nil {
		return nil
	}
	c.assembleFailed()
	out := &ir.Outline{Name: c.program.Name, Doc: c.program.Doc}
	for _, t := range c.typeOrder {
		switch {
		case t.enum != nil:
		case t.typ.Kind == types.Record:
			out.Types = append(out.Types, t.typ)
		default:
			return nil
		}
	}
	for _, v := range c.valueOrder {
		if v.ir != nil {
			out.Params = append(out.Params, v.ir)
		}
	}
	for _, comp := range c.order {
		if comp.instance != nil {
			continue
		}
		if comp.decl == nil || comp.open || !c.known(comp) {
			return nil
		}
		part := &ir.OutlinePart{Component: comp.ir}
		for _, s := range comp.ir.Outputs {
			if slices.ContainsFunc(s.Fields, func(f types.Field) bool { return f.Type == nil || f.Type.Kind == types.Invalid }) {
				return nil
			}
		}
		for _, in := range comp.inputs {
			part.Sources = append(part.Sources, in.sources[0].ir)
		}
		if g := comp.decl.Go; g != nil {
			part.GoPath, part.GoName, part.Arguments = c.goNamed(g)
		}
		out.Components = append(out.Components, part)
	}
	for _, d := range c.queries {
		q := &ir.OutlineQuery{Doc: d.Docs(), Params: c.fieldsOf(d.Params), Fields: c.fieldsOf(d.Fields), Many: d.Select != nil}
		if d.Name == nil || q.Params == nil || len(q.Fields) == 0 || slices.ContainsFunc(out.Queries, func(o *ir.OutlineQuery) bool { return o.Name == d.Name.Name }) {
			continue // which a compilation tells of
		}
		q.Name = d.Name.Name
		out.Queries = append(out.Queries, q)
	}
	return out
}

// fieldsOf are the fields of a list, nil where one is wrong.
func (c *compilation) fieldsOf(list []*ast.Field) []types.Field {
	out := []types.Field{}
	for _, f := range list {
		t := c.typeOf(f.Type)
		if f.Name == nil || t == nil || t.Kind == types.Invalid {
			return nil
		}
		out = append(out, types.Field{Name: f.Name.Name, Type: t})
	}
	return out
}

// goNamed is what a component is in Go; the path is "." where that is the package beside the topology.
func (c *compilation) goNamed(g *ast.GoRef) (path, name string, arguments bool) {
	ref, ok := goRefOf(g)
	if !ok {
		return "", "", false
	}
	if strings.HasPrefix(ref.Path, ".") {
		folder := filepath.Join(filepath.Dir(ref.File), filepath.FromSlash(ref.Path))
		rel, err := filepath.Rel(filepath.Dir(c.sources[0].Name), folder)
		if err != nil {
			return "", "", false
		}
		if ref.Path = filepath.ToSlash(rel); !strings.HasPrefix(ref.Path, ".") {
			ref.Path = "./" + ref.Path
		}
	}
	return ref.Path, g.Name.Name, len(g.Args) > 0
}

// ImportsOf names the packages that the topology names and that import the package of this path, which generated code in it would import in turn.
func (r *Result) ImportsOf(path string) []string {
	var out []string
	for _, p := range r.goPackages {
		if p.Types == nil || p.Path == path {
			continue
		}
		for _, imported := range p.Types.Imports() {
			if imported.Path() == path && !slices.Contains(out, p.Path) {
				out = append(out, p.Path)
			}
		}
	}
	slices.Sort(out)
	return out
}
