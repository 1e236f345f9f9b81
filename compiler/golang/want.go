package golang

import (
	gotypes "go/types"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/types"
)

// What a component's Go would look like, for the messages that say what it lacks.

// rowStruct is a struct for tuples that a user is to write.
type rowStruct struct{ name, text string }

// row is what the struct for tuples with these fields is called: one that the package has, which is looked for by its name first, or one to be written.
func (f *finder) row(name string, fields []types.Field, way Way) string {
	found, text := f.rowType(name, fields, way)
	if text == "" {
		return found
	}
	one := rowStruct{found, text}
	for f.Types.Scope().Lookup(one.name) != nil || slices.ContainsFunc(f.rows, func(r rowStruct) bool { return r.name == one.name && r.text != text }) {
		one = rowStruct{one.name + "Row", strings.Replace(text, "type "+one.name, "type "+one.name+"Row", 1)}
		text = one.text
	}
	if !slices.Contains(f.rows, one) {
		f.rows = append(f.rows, one)
	}
	return one.name
}

// rowType finds a struct of the package that tuples with these fields fit, or writes one.
func (p *Package) rowType(name string, fields []types.Field, way Way) (found, text string) {
	scope := p.Types.Scope()
	names := append([]string{name, name + "Tuple"}, scope.Names()...)
	for _, n := range names {
		obj, ok := scope.Lookup(n).(*gotypes.TypeName)
		if !ok || !obj.Exported() || len(fields) == 0 {
			continue
		}
		if typ, why := p.fitFields(nil, fields, obj.Type(), way); why == nil && len(typ.Fields) == len(fields) {
			return n, ""
		}
	}
	var parts []string
	for _, field := range fields {
		parts = append(parts, exported(field.Name)+" "+GoText(field.Type))
	}
	if len(parts) == 0 {
		return name, ""
	}
	return name, "type " + name + " struct { " + strings.Join(parts, "; ") + " }"
}

// withRows adds to a text of what is wanted the structs that it names.
func (f *finder) withRows(want string) string {
	word := " and `"
	for _, r := range f.rows {
		named := []string{"in " + r.name + ",", "in " + r.name + ")", "[" + r.name + "]", "[]" + r.name + ")"}
		if !slices.ContainsFunc(named, func(s string) bool { return strings.Contains(want, s) }) {
			continue
		}
		if !strings.Contains(want, "`") {
			want += "`, with `" + r.text
		} else {
			want += "`" + word + r.text
		}
	}
	return want
}

// receiver writes the beginning of a method.
func (f *finder) receiver() string {
	return "func (" + strings.ToLower(f.obj.Name()[:1]) + " *" + f.obj.Name() + ") "
}

func (f *finder) wantNext() string {
	row := "Row"
	if len(f.shape.Outputs) > 0 && f.shape.Outputs[0].From != nil {
		row = f.row(exported(f.shape.Outputs[0].From.Name), f.shape.Outputs[0].Fields, FromGo)
	}
	return f.receiver() + "Next(ctx context.Context, out *component.Emitter[" + row + "]) error"
}

func (f *finder) wantMethod(input int) string {
	name := "Process"
	if len(f.shape.Inputs) > 1 {
		name = "On" + exported(f.shape.Inputs[input].Alias)
	}
	return f.receiver() + name + f.wantCall(input)
}

// wantCall writes the parameters and the result that a call is to have; the structs are named after what they carry.
func (f *finder) wantCall(input int) string {
	var parts []string
	if input >= 0 && input < len(f.shape.Inputs) {
		parts = append(parts, "in "+f.row(exported(f.shape.Inputs[input].Alias), f.shape.Inputs[input].Fields, ToGo))
	}
	for _, o := range f.shape.Outputs {
		name, row := "out", exported(o.From.Name)
		if o.Name != "" {
			name, row = goWord(o.Name), exported(o.Name)
		}
		parts = append(parts, name+" *component.Emitter["+f.row(row, o.Fields, FromGo)+"]")
	}
	return "(" + strings.Join(parts, ", ") + ") error"
}

// exported is a name of the language as Go exports it.
func exported(name string) string {
	word := strings.TrimSuffix(goWord(name), "_")
	if word == "" {
		return "In"
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
