package compiler

import (
	"github.com/topo-lang/topo/compiler/golang"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// An aggregate goes over many values: `aggregate median(x float) -> float`. Called as a function it goes over lists, `median(latencies)`. The first parameter, and others
// that are `per tuple`, are added one by one; the rest are arguments, given once. To whoever calls it, it is a function in Go whose first parameters are lists.

// what is how messages call it.
func (f *funcSymbol) what() string {
	if f.aggregate() {
		return "aggregate"
	}
	return "function"
}

func (f *funcSymbol) aggregate() bool { return f.decl != nil && f.decl.Aggregate }

// once reports whether a parameter of an aggregate is an argument.
func (f *funcSymbol) once(i int) bool { return i > 0 && !f.decl.Params[i].PerTuple }

// aggregateShape sees that an aggregate says what it goes over, and where its Go is.
func (c *compilation) aggregateShape(f *funcSymbol) bool {
	d := f.decl
	switch {
	case len(d.Params) == 0:
		c.err(wrongSignature, f.name.Span(), "aggregate %s does not say what it goes over", f.name.Name).
			help("its first parameter is what is added of each row: `%s(x float)`", f.name.Name)
	case f.goRef() == nil:
		r := c.err(badShape, f.name.Span(), "aggregate %s does not say where its Go is", f.name.Name)
		if d.Expr != nil || d.Body != nil {
			r.Message = "aggregate " + f.name.Name + " is not written in Go"
			r.help("write `= go \"./folder\".%s`; what goes over a list here is a `func`", besideIt(f.name).Name.Name)
		} else {
			r.help("write `= go \"./folder\".%s` behind it; only a library finds it in the Go package beside it", besideIt(f.name).Name.Name)
		}
	case f.home.standard != nil:
		c.err(goAggregate, f.name.Span(), "the standard library has no aggregates: its Go is not looked at by types")
	default:
		return true
	}
	return false
}

// addedParam is the type of an aggregate's parameter as a call of it sees it: a list, where its values are added.
func (c *compilation) addedParam(f *funcSymbol, i int, t *types.Type) *types.Type {
	p := f.decl.Params[i]
	if f.once(i) {
		return t
	}
	if p.Default != nil {
		c.err(badShape, p.Default.Span(), "%s is taken of each row, and has no default", p.Name.Name).help("take the default out")
		f.unclear = true
	}
	if t.Kind == types.Regex {
		c.err(typeNotAllowed, p.Type.Span(), "no row has a regex").help("make it an argument, which is given once: not the first, and not `per tuple`")
		return types.TInvalid
	}
	if t.Kind == types.Invalid {
		return t
	}
	return types.ListOf(t)
}

// goAggregate compares an aggregate with the Go type that it names.
func (c *compilation) goAggregate(f *funcSymbol, p *golang.Package, g *ast.GoRef) {
	obj := c.goObject(p, g, true)
	if obj == nil {
		return
	}
	var params []golang.Added
	for i, param := range f.ir.Params {
		if !f.once(i) {
			param.Type = param.Type.Elem
		}
		params = append(params, golang.Added{Field: param, Once: f.once(i)})
	}
	found, differs := p.Aggregate(obj, params, f.ir.Result)
	if differs != nil {
		c.goFuncDiffers(goAggregate, f, g, differs)
		return
	}
	f.ir.Go, f.constraints = found.Go, found.Constraints
}

// goFuncDiffers reports how a function or an aggregate differs from its Go, at both places.
func (c *compilation) goFuncDiffers(code string, f *funcSymbol, g *ast.GoRef, differs *golang.Mismatch) {
	at := g.Span()
	switch {
	case differs.Param >= 0:
		at = f.decl.Params[differs.Param].Span()
	case differs.Result && f.decl.Result != nil:
		at = f.decl.Result.Span()
	}
	what := "its Go function"
	if f.aggregate() {
		what = "its Go type"
	}
	c.golang.wrong = true
	c.err(code, at, "%s differs from %s: %s", f.name.Name, what, differs.Message).
		related(differs.Go, "%s", differs.Label).
		help("%s", differs.Help())
}
