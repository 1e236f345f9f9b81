package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// callOfLibrary types `common.f(args)` and `common.Hit(url: x)`.
func (e *env) callOfLibrary(m *module, lib *ast.Name, name *ast.Ident, x *ast.Call) ir.Expr {
	if !strings.HasPrefix(name.Name, "_") {
		if t := m.types[name.Name]; t != nil && t.home == m {
			// With its own names in sight only the type is found, the arguments are the caller's.
			return e.construct(t, x)
		}
		if f := m.funcs[name.Name]; f != nil && f.home == m {
			return e.callOwn(f, lib.Span().To(name.Span()), x)
		}
	}
	e.ignoreArgs(x.Args)
	if f := m.funcs[name.Name]; f != nil && f.home == m {
		e.err(unknownLibraryPart, name.Span(), "function %s is library %s's own: its name begins with `_`", name.Name, m.name).
			related(f.name.Span(), "declared here").help("call what the library gives, or name the function there without the `_`")
		return invalid(x)
	}
	r := e.err(unknownLibraryPart, name.Span(), "library %s has no function %s", m.name, name.Name)
	if s := m.signatures[name.Name]; s != nil && s.home == m {
		r.note("%s.%s is a %s", m.name, name.Name, s.kind).
			help("declare it: `%s NAME ... = %s.%s(...)`", s.kind, m.name, name.Name)
		return invalid(x)
	}
	if called := m.name + "." + name.Name; printing.MatchString(called) {
		r.help("%s", shows)
		return invalid(x)
	}
	names, what := m.funcNamesOf(), "its functions"
	for _, t := range m.typeOrder {
		names, what = append(names, t.name.Name), "its functions and types"
	}
	r.choose(name.Span(), name.Name, what, names)
	return invalid(x)
}

// construct types `Hit(url: x)` and `Kind(text)`.
func (e *env) construct(t *typeSymbol, x *ast.Call) ir.Expr {
	e.resolveType(t)
	if t.typ.Kind == types.Invalid {
		e.ignoreArgs(x.Args)
		return invalid(x)
	}
	if t.typ.Kind == types.Enum {
		return e.parseEnum(t, x)
	}
	if v, ok := e.recordOfJSON(t.typ, x); ok {
		return v
	}
	return e.record(t.typ, x)
}

// valueOfLibrary types `common.limit`; nil where x is no such thing.
func (e *env) valueOfLibrary(x *ast.Select) ir.Expr {
	n, ok := x.X.(*ast.Name)
	if !ok || !e.namesNothing(n.Name) {
		if s := e.enumOfLibrary(x.X); s != nil {
			return e.qualifiedEnumValue(s, x)
		}
		return nil
	}
	m := e.library(n.Name)
	if m == nil {
		if slices.Contains(e.unloaded, n.Name) {
			return invalid(x) // reported
		}
		return nil
	}
	name := x.Field.Name
	if v := m.values[name]; v != nil && v.home == m && !strings.HasPrefix(name, "_") {
		return e.valueRef(v, &ast.Name{Node: x.Node, Name: name})
	}
	var names []string
	for _, v := range m.valueOrder {
		names = append(names, v.name.Name)
	}
	r := e.err(unknownLibraryPart, x.Field.Span(), "library %s has no constant %s", m.name, name)
	if f := m.funcs[name]; f != nil && f.home == m {
		r.note("%s.%s is a function", m.name, name).help("call it: `%s.%s(...)`", m.name, name)
	} else {
		r.choose(x.Field.Span(), name, "its constants", names)
	}
	return invalid(x)
}
