package library

import (
	"fmt"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// A library may declare records, `type Response(status int, body bytes)`, and return them, or none, from its functions. In Go a
// record is a struct of that name in the function's package; generated code turns it into the record that the rest of the program knows.

func (l *Library) declareType(d *ast.TypeDecl) {
	t := &types.Type{Kind: types.Record, Name: d.Name.Name}
	for _, f := range d.Fields {
		field := types.Field{Name: f.Name.Name, Type: l.typeOf(f.Type)}
		if types.Basic(typeWord(f.Type)) == nil {
			l.broken(f.Span(), "field "+field.Name+" of record "+t.Name+" is not of a basic type", "records of libraries hold basic types only")
			field.Type = types.TInvalid
		}
		t.Fields = append(t.Fields, field)
	}
	if l.types[t.Name] != nil {
		l.broken(d.Name.Span(), "type "+t.Name+" is declared twice", "")
		return
	}
	l.types[t.Name] = t
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
