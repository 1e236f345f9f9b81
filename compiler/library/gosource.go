package library

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	gotypes "go/types"
	"io/fs"
	"path"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
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
			if f, err = parser.ParseFile(fset, name, text, parser.SkipObjectResolution); err == nil {
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

// Mismatch is how Go differs from a signature.
type Mismatch struct{ Message, Help string }

func differs(help, format string, args ...any) *Mismatch {
	return &Mismatch{fmt.Sprintf(format, args...), help}
}

// Func compares a function's signature with its Go implementation, name in a folder of the library's, and notes in f what a call has
// to look like. Constraints says what Go asks of each type variable.
func (s *Set) Func(dir, name string, f *ir.Func) (constraints map[string]types.Constraint, _ *Mismatch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pkg := s.goPackage(dir)
	decl := pkg.funcs[name]
	if decl == nil {
		if pkg.err != nil {
			return nil, differs("", "can't read the Go package of function %s: %v", f.Name, pkg.err)
		}
		return nil, differs("", "Go package %s has no function %s", dir, name)
	}
	f.GoPkg, f.GoName = path.Join(ImportPath, dir), name
	if t := recordResult(f.Result); t != nil {
		var why string
		if f.GoRecord, why = goRecord(pkg, f.GoPkg, t); why != "" {
			return nil, differs("", "%s", why)
		}
	}
	for _, p := range flatten(decl.Type.TypeParams) {
		what, ok := map[string]types.Constraint{"any": {}, "comparable": types.Comparable, "cmp.Ordered": types.Sortable}[p.typ]
		if !ok {
			return nil, differs("type variables are any, comparable or cmp.Ordered", "type parameter %s of Go function %s is %s", p.name, name, p.typ)
		}
		if what.Allows != nil {
			if constraints == nil {
				constraints = map[string]types.Constraint{}
			}
			constraints[p.name] = what
		}
	}
	params := flatten(decl.Type.Params)
	if len(params) > 0 && params[0].typ == "context.Context" {
		f.TakesContext = true
		params = params[1:]
	}
	if len(params) > 0 && params[0].typ == "*arena.Arena" {
		f.TakesArena = true
		params = params[1:]
	}
	if len(params) != len(f.Params) {
		return nil, differs("", "Go function %s takes %d parameters, the signature has %d", name, len(params), len(f.Params))
	}
	for i, p := range f.Params {
		if want := goType(p.Type); params[i].typ != want {
			return nil, differs("a "+p.Type.String()+" is Go's "+want, "parameter %s of Go function %s is %s, not %s", p.Name, name, params[i].typ, want)
		}
	}
	want := []string{goType(f.Result)}
	if f.Result.Kind == types.Optional {
		want = []string{goType(f.Result.Elem), "error"}
	}
	var got []string
	for _, r := range flatten(decl.Type.Results) {
		got = append(got, r.typ)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		return nil, differs("a "+f.Result.String()+" is returned as ("+strings.Join(want, ", ")+")",
			"Go function %s returns (%s), not (%s)", name, strings.Join(got, ", "), strings.Join(want, ", "))
	}
	if pkg.funcs[name+"Seq"] != nil && f.Result.Kind == types.List {
		f.GoSeq = name + "Seq"
	}
	return constraints, nil
}

// Arg is an argument of a component that is a field of its Go struct; Type is nil where it is the index of a column.
type Arg struct {
	Name string
	Type *types.Type
}

// Component compares a component's signature with its Go type, name in a folder of the library's. Rows says that its rows are Go structs of a type named
// after it; objects, that it hands over JSON objects as text.
func (s *Set) Component(dir, name string, args []Arg, rows bool) (objects bool, all []Mismatch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := func(format string, args ...any) { all = append(all, *differs("", format, args...)) }
	pkg := s.goPackage(dir)
	decl := pkg.structs[name]
	if decl == nil {
		if pkg.err != nil {
			fail("can't read the Go package of %s: %v", name, pkg.err)
		} else {
			fail("Go package %s has no struct %s", dir, name)
		}
		return false, all
	}
	fields := map[string]string{}
	for _, f := range flatten(decl.Fields) {
		fields[f.name] = f.typ
	}
	for _, a := range args {
		want := "int" // the index of a column
		if a.Type != nil {
			want = goType(a.Type)
		}
		switch got := fields[GoName(a.Name)]; {
		case got == "":
			fail("Go struct %s has no field %s for parameter %s", name, GoName(a.Name), a.Name)
		case got != want:
			fail("field %s of Go struct %s is %s, not %s", GoName(a.Name), name, got, want)
		}
	}
	if rows && !pkg.types[name+"Row"] {
		fail("Go package %s has no type %sRow for its rows", dir, name)
	}
	return pkg.objects[name], all
}

// GoName is the exported Go name of a .topo name: max_line is MaxLine.
func GoName(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// recordResult returns the record that a function returns, or may return; nil where it returns something else.
func recordResult(t *types.Type) *types.Type {
	if t.Kind == types.Optional {
		t = t.Elem
	}
	if t.Kind == types.Record {
		return t
	}
	return nil
}

// goRecord compares a record with the Go struct of its name, and says how generated code reads it; why is not "" where they differ.
func goRecord(pkg *goPackage, path string, t *types.Type) (out *ir.GoType, why string) {
	decl := pkg.structs[t.Name]
	if decl == nil {
		return nil, fmt.Sprintf("Go package %s has no struct %s", path, t.Name)
	}
	fields := map[string]string{}
	for _, f := range flatten(decl.Fields) {
		fields[f.name] = f.typ
	}
	out = &ir.GoType{Type: t, Pkg: path, Name: t.Name}
	for i, f := range t.Fields {
		name, want := GoName(f.Name), goType(f.Type)
		if got := fields[name]; got != want {
			return nil, fmt.Sprintf("field %s of Go struct %s is %q, not %s", name, t.Name, got, want)
		}
		out.Fields = append(out.Fields, ir.GoField{Index: i, Name: name, Type: &ir.GoType{Type: f.Type, Own: true}})
	}
	return out, ""
}
