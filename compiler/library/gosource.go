package library

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	gotypes "go/types"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/diag"
)

// goPackage is what the signatures need to know of one folder of Go source.
type goPackage struct {
	funcs   map[string]*ast.FuncDecl
	structs map[string]*ast.StructType
	types   map[string]bool
	objects map[string]bool // types whose method Next takes *component.Objects
	err     error           // the folder or a file of it can't be read or parsed
}

// goPackage reads the Go source of a folder once.
func (s *Set) goPackage(dir string) *goPackage {
	if p := s.dirs[dir]; p != nil {
		return p
	}
	p := &goPackage{funcs: map[string]*ast.FuncDecl{}, structs: map[string]*ast.StructType{}, types: map[string]bool{}, objects: map[string]bool{}}
	s.dirs[dir] = p
	entries, err := fs.ReadDir(s.fsys, dir)
	if err != nil {
		p.err = err
		return p
	}
	fset := token.NewFileSet()
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		name := path.Join(dir, e.Name())
		text, err := fs.ReadFile(s.fsys, name)
		if err == nil {
			var f *ast.File
			if f, err = parser.ParseFile(fset, name, text, parser.SkipObjectResolution|parser.ParseComments); err == nil {
				p.collect(f)
			}
		}
		if err != nil && p.err == nil {
			p.err = err
		}
	}
	return p
}

func (p *goPackage) collect(f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				p.funcs[d.Name.Name] = d
			} else if params := flatten(d.Type.Params); d.Name.Name == "Next" && len(params) == 2 && params[1].typ == "*component.Objects" {
				p.objects[strings.TrimPrefix(flatten(d.Recv)[0].typ, "*")] = true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if t, ok := s.(*ast.TypeSpec); ok {
					p.types[t.Name.Name] = true
					if st, ok := t.Type.(*ast.StructType); ok {
						p.structs[t.Name.Name] = st
					}
				}
			}
		}
	}
}

// goType writes the Go type that values of t have.
func goType(t *types.Type) string {
	switch t.Kind {
	case types.Bool:
		return "bool"
	case types.Int:
		return "int64"
	case types.Float:
		return "float64"
	case types.String, types.JSON:
		return "string"
	case types.Decimal:
		return "value.Decimal"
	case types.Bytes:
		return "[]byte"
	case types.Time:
		return "time.Time"
	case types.Duration:
		return "time.Duration"
	case types.Regex:
		return "*regexp.Regexp"
	case types.List:
		return "[]" + goType(t.Elem)
	case types.Map:
		return "map[" + goType(t.Key) + "]" + goType(t.Elem)
	case types.Optional:
		return "arena.Option[" + goType(t.Elem) + "]"
	case types.Var, types.Record:
		return t.Name
	}
	return "?"
}

// param is one parameter, result or field of Go source.
type param struct{ name, typ string }

// flatten lists `a, b string` as two.
func flatten(list *ast.FieldList) []param {
	var out []param
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		typ := gotypes.ExprString(f.Type)
		if len(f.Names) == 0 {
			out = append(out, param{"", typ})
		}
		for _, n := range f.Names {
			out = append(out, param{n.Name, typ})
		}
	}
	return out
}

// impure reports whether a Go function says of itself that it asks the world, by a line `//topo:impure` above it.
func impure(decl *ast.FuncDecl) bool {
	return decl.Doc != nil && slices.ContainsFunc(decl.Doc.List, func(c *ast.Comment) bool { return c.Text == "//topo:impure" })
}

// verifyFunc compares a function's signature with its Go implementation, and notes what the call has to look like.
func (l *Library) verifyFunc(f *Func) []diag.Diagnostic {
	dir := strings.TrimPrefix(f.IR.GoPkg, importPath+"/")
	at := f.decl.Go.Span()
	fail := func(help, format string, args ...any) []diag.Diagnostic {
		return []diag.Diagnostic{broken(at, fmt.Sprintf(format, args...), help)}
	}
	pkg := l.set.goPackage(dir)
	decl := pkg.funcs[f.IR.GoName]
	if decl == nil {
		if pkg.err != nil {
			return fail("", "can't read the Go package of function %s: %v", f.IR.Name, pkg.err)
		}
		return fail("", "Go package %s has no function %s", dir, f.IR.GoName)
	}
	f.constraints = map[string]string{}
	if impure(decl) {
		f.IR.Pure = false
	}
	if t := recordResult(f.IR.Result); t != nil {
		var why string
		if f.IR.GoRecord, why = goRecord(pkg, f.IR.GoPkg, t); why != "" {
			return fail("", "%s", why)
		}
	}
	for _, p := range flatten(decl.Type.TypeParams) {
		switch p.typ {
		case "any":
		case "comparable":
			f.constraints[p.name] = "comparable"
		case "cmp.Ordered":
			f.constraints[p.name] = "ordered"
		default:
			return fail("type variables are any, comparable or cmp.Ordered", "type parameter %s of Go function %s is %s", p.name, f.IR.GoName, p.typ)
		}
	}
	params := flatten(decl.Type.Params)
	if len(params) > 0 && params[0].typ == "*arena.Arena" {
		f.IR.TakesArena = true
		params = params[1:]
	}
	if len(params) != len(f.IR.Params) {
		return fail("", "Go function %s takes %d parameters, the signature has %d", f.IR.GoName, len(params), len(f.IR.Params))
	}
	for i, p := range f.IR.Params {
		if want := goType(p.Type); params[i].typ != want {
			return fail("a "+p.Type.String()+" is Go's "+want, "parameter %s of Go function %s is %s, not %s", p.Name, f.IR.GoName, params[i].typ, want)
		}
	}
	want := []string{goType(f.IR.Result)}
	if f.IR.Result.Kind == types.Optional {
		want = []string{goType(f.IR.Result.Elem), "error"}
	}
	var got []string
	for _, r := range flatten(decl.Type.Results) {
		got = append(got, r.typ)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		return fail("a "+f.IR.Result.String()+" is returned as ("+strings.Join(want, ", ")+")",
			"Go function %s returns (%s), not (%s)", f.IR.GoName, strings.Join(got, ", "), strings.Join(want, ", "))
	}
	if pkg.funcs[f.IR.GoName+"Seq"] != nil && f.IR.Result.Kind == types.List {
		f.IR.GoSeq = f.IR.GoName + "Seq"
	}
	return nil
}

// verifyComponent compares a component's signature with its Go type.
func (l *Library) verifyComponent(c *Component) []diag.Diagnostic {
	if c.Kind == "bolt" {
		return nil // not compiled yet: nobody can use it
	}
	var diags []diag.Diagnostic
	fail := func(help, format string, args ...any) {
		diags = append(diags, broken(c.Span, fmt.Sprintf(format, args...), help))
	}
	pkg := l.set.goPackage(l.Name)
	decl := pkg.structs[c.GoType]
	if decl == nil {
		if pkg.err != nil {
			fail("", "can't read the Go package of %s.%s: %v", l.Name, c.Name, pkg.err)
		} else {
			fail("", "Go package %s has no struct %s for %s.%s", l.Name, c.GoType, l.Name, c.Name)
		}
		return diags
	}
	fields := map[string]string{}
	for _, f := range flatten(decl.Fields) {
		fields[f.name] = f.typ
	}
	for _, p := range c.Params {
		if p.PerTuple {
			continue // arrives as a column
		}
		want := "int" // the index of a column
		if !p.Field {
			want = goType(p.Type)
		}
		switch got := fields[GoName(p.Name)]; {
		case got == "":
			fail("", "Go struct %s has no field %s for parameter %s", c.GoType, GoName(p.Name), p.Name)
		case got != want:
			fail("", "field %s of Go struct %s is %s, not %s", GoName(p.Name), c.GoType, got, want)
		}
	}
	c.Objects = pkg.objects[c.GoType]
	if c.Kind == "spout" && !c.AnyOutput && !pkg.types[c.GoType+"Row"] {
		fail("", "Go package %s has no type %sRow for the rows of %s.%s", l.Name, c.GoType, l.Name, c.Name)
	}
	return diags
}
