package compiler

import (
	gotypes "go/types"
	"slices"

	"github.com/topo-lang/topo/compiler/golang"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// goCode is the Go code that the text names.
type goCode struct {
	wanted   bool
	base     string
	sets     []*golang.Set // one, unless a library's text was found late
	reported map[*golang.Problem]bool
	refused  bool
	wrong    bool // some is not there or does not fit: it is still being written, and what is to use it, too
	unseen   bool // none is looked at, and nothing said of it: OutlineOf
}

// sources are the Go files that diagnostics point into.
func (g *goCode) sources() []*source.File {
	var out []*source.File
	for _, s := range g.sets {
		out = append(out, s.Sources()...)
	}
	return out
}

// code says where the packages are, nil where there are none.
func (g *goCode) code() *ir.GoCode {
	var out *ir.GoCode
	for _, s := range g.sets {
		if out == nil {
			out = &ir.GoCode{Folder: s.Module.Folder}
		}
		out.Fingerprint += s.Fingerprint()
	}
	return out
}

// goRefs lists the packages that the topology's files, and its libraries', name: they are loaded at once.
func (c *compilation) goRefs(first golang.Ref) []golang.Ref {
	refs := []golang.Ref{first}
	files := c.root.files
	for _, path := range keysOf(c.modules) {
		if m := c.modules[path]; m != nil {
			files = append(files[:len(files):len(files)], m.files...)
		}
	}
	for _, f := range files {
		for _, d := range f.Decls {
			if beside(d) {
				refs = append(refs, golang.Ref{File: d.Span().File, Path: "."})
			}
			ast.Walk(d, func(n ast.Spanned) bool {
				if g, ok := n.(*ast.GoRef); ok {
					if r, ok := goRefOf(g); ok {
						refs = append(refs, r)
					}
				}
				return true
			})
		}
	}
	return refs
}

// beside reports whether a declaration of a library names no Go, which is then in the package beside it.
func beside(d ast.Decl) bool {
	switch d := d.(type) {
	case *ast.Func:
		return d.Go == nil && d.Body == nil && d.Expr == nil
	case *ast.Component:
		return d.Go == nil && d.Body == nil && d.Call == nil && d.Select == nil
	}
	return false
}

func goRefOf(g *ast.GoRef) (golang.Ref, bool) {
	text := ""
	if g.Path == nil || g.Name == nil {
		return golang.Ref{}, false
	}
	for _, p := range g.Path.Parts {
		if p.Expr != nil {
			return golang.Ref{}, false
		}
		text += p.Text
	}
	return golang.Ref{File: g.Span().File, Path: text}, true
}

// goPackage returns the package that is named, or reports why there is none, once for each.
func (c *compilation) goPackage(g *ast.GoRef) *golang.Package {
	ref, ok := goRefOf(g)
	if !ok {
		c.err(goNoPackage, g.Path.Span(), "the name of a Go package is a text without values in it").help("write e.g. `go \"./folder\".Name`")
		return nil
	}
	if c.golang.unseen {
		return nil
	}
	if !c.golang.wanted {
		if !c.golang.refused {
			c.golang.refused = true
			c.err(goNeeded, g.Span(), "Go code is not looked at here").help("`topoc check` looks at it")
		}
		return nil
	}
	var p *golang.Package
	for _, s := range c.golang.sets {
		if found := s.Package(ref); found != nil {
			p = found
		}
	}
	if p == nil {
		s := c.opts.GoCache.load(c.golang.base, c.sources[0].Name, c.goRefs(ref), golang.Extra{Files: c.opts.GoFiles, Main: c.opts.GoMain})
		c.golang.sets = append(c.golang.sets, s)
		p = s.Package(ref)
	}
	problem := p.Problem
	if problem == nil {
		return p
	}
	c.golang.wrong = true
	if c.golang.reported[problem] {
		return nil
	}
	if c.golang.reported == nil {
		c.golang.reported = map[*golang.Problem]bool{}
	}
	c.golang.reported[problem] = true
	code, at := goNoPackage, g.Path.Span()
	switch problem.Kind {
	case golang.NoGo:
		code, at = goNeeded, g.Span()
	case golang.Outside:
		code = goOutside
	case golang.Broken:
		code = goBroken
	}
	r := c.err(code, at, "%s", problem.Message).related(problem.At, "here")
	for _, n := range problem.Notes {
		r.note("%s", n)
	}
	if names := c.goNamesOf(ref); problem.Empty && len(names) > 0 {
		r.help("write %s there, in a .go file", listed(names))
		if ref.Path == "." {
			r.Help += "; `topoc gen` makes the Go types of its tuples"
		}
	} else if problem.Help != "" {
		r.help("%s", problem.Help)
	} else if problem.Kind == golang.Broken && ref.Path == "." {
		r.help("mend it; if what is missing or broken is what topoc writes, such as the types of tuples in *_topo.go: `topoc gen` writes it anew")
	}
	return nil
}

// goNamesOf lists what the topology's files, and its libraries', name of a package, in their order.
func (c *compilation) goNamesOf(of golang.Ref) []string {
	var names []string
	files := c.root.files
	for _, path := range keysOf(c.modules) {
		if m := c.modules[path]; m != nil {
			files = append(files[:len(files):len(files)], m.files...)
		}
	}
	for _, f := range files {
		for _, d := range f.Decls {
			ast.Walk(d, func(n ast.Spanned) bool {
				if g, ok := n.(*ast.GoRef); ok {
					if r, ok := goRefOf(g); ok && r.Same(of) && !slices.Contains(names, g.Name.Name) {
						names = append(names, g.Name.Name)
					}
				}
				return true
			})
		}
	}
	return names
}

// goObject finds what is named in a package, or reports that it is not there. Where asTypes is set it may be a type.
func (c *compilation) goObject(p *golang.Package, g *ast.GoRef, asTypes bool) gotypes.Object {
	name := g.Name.Name
	obj := p.Lookup(name)
	what := "functions"
	if asTypes {
		what = "functions and types"
	}
	switch found := obj.(type) {
	case *gotypes.Func:
		if obj.Exported() {
			return obj
		}
	case *gotypes.TypeName:
		if asTypes && obj.Exported() {
			return found
		}
	}
	c.golang.wrong = true
	switch {
	case obj == nil:
		c.err(goUnknown, g.Name.Span(), "Go package %s has no %s", p.Types.Name(), name).
			choose(g.Name.Span(), name, "its "+what, p.Exports(asTypes))
	case !obj.Exported():
		c.err(goUnknown, g.Name.Span(), "%s is not exported by its Go package", name).
			related(p.At(obj), "declared here").help("begin its name with an upper-case letter")
	default:
		c.err(goUnknown, g.Name.Span(), "%s is no %s", name, map[bool]string{true: "function or type", false: "function"}[asTypes]).
			related(p.At(obj), "it is declared here")
	}
	return nil
}

// goFunc compares a function's signature with the Go function that it names.
func (c *compilation) goFunc(f *funcSymbol) {
	f.state = resolved
	f.ir.Body, f.ir.Pure, f.ir.Fails = nil, f.decl.Pure, true
	if f.home.standard != nil {
		f.ir.Fails = false
		if f.ir.Result.Kind != types.Invalid {
			c.standardFunc(f)
		}
		return
	}
	f.ir.Go, f.ir.Span = &ir.GoFunc{}, f.decl.Span()
	c.checked = append(c.checked, f)
	g := f.goRef()
	if len(g.Args) > 0 {
		c.err(badShape, g.Args[0].Span(), "the %s is named here, not called", f.what()).help("write `= go %s.%s`", c.text(g.Path.Span()), g.Name.Name)
	}
	if f.unclear || f.ir.Result.Kind == types.Invalid {
		return
	}
	p := c.goPackage(g)
	if p == nil {
		return
	}
	for _, param := range f.ir.Params {
		if param.Type.Kind == types.Invalid {
			return
		}
	}
	if f.aggregate() {
		c.goAggregate(f, p, g)
		return
	}
	obj, _ := c.goObject(p, g, false).(*gotypes.Func)
	if obj == nil {
		return
	}
	found, differs := p.Func(obj, f.ir.Params, f.ir.Result)
	if differs != nil {
		c.goFuncDiffers(goDiffers, f, g, differs)
		f.unclear = f.generic || obj.Signature().TypeParams().Len() > 0 // what it takes and gives nobody knows
		return
	}
	f.ir.Go, f.constraints = found.Go, found.Constraints
}
