package golang

import (
	gotypes "go/types"
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Signature is what a library says of a component.
type Signature struct {
	// Args are its arguments: fields of the Go struct. Without a type it is the index of a column, an int.
	Args []types.Field
	// Columns says that it takes, or gives, tuples of any schema.
	Columns bool
	// Store says that it is where state can lie, a store.Backend.
	Store bool
	Shape Shape
}

// Signature compares a Go type, or function, with a component of a library. It says how each argument is handed over, and, where tuples are no columns, what
// is called.
func (p *Package) Signature(obj gotypes.Object, s Signature) (Found, *Mismatch) {
	f := &finder{Package: p, shape: s.Shape, obj: obj, part: &ir.GoPart{Pkg: p.Path, Name: obj.Name()}}
	args := f.arguments(s.Args)
	switch {
	case f.wrong != nil:
	case s.Store:
		f.has(storeBackend, backend)
	case s.Columns:
		f.columns()
	default:
		part, wrong := p.Component(obj, s.Shape)
		found := Found{Args: args, Part: part, At: p.At(obj)}
		found.Replayable = part != nil && part.Replayable
		found.Commits = part != nil && part.Commits
		return found, wrong
	}
	return Found{Args: args, Objects: f.objects, Replayable: f.replayable, Commits: f.commits, At: p.At(obj)}, f.wrong
}

// Found is how a component of a library is run.
type Found struct {
	Args    []Argument // one for each of the signature's
	Part    *ir.GoPart // nil of one with columns
	Objects bool       // a spout that is a component.ObjectSpout
	// Replayable says that a spout can give tuples again: it has Position and Rewind, or Ack and Fail.
	Replayable bool
	// Commits says that a sink writes with the commit of its epoch: it is a component.Commits, or has one within.
	Commits bool
	At      source.Span // of the Go type or function
}

// arguments finds the field of each argument.
func (f *finder) arguments(args []types.Field) []Argument {
	name, ok := f.obj.(*gotypes.TypeName)
	if !ok {
		if len(args) > 0 {
			f.fail(f.At(f.obj), "a function", "type "+f.obj.Name()+" struct, with a field for each", f.obj.Name()+" is a Go function, which takes tuples only").Param = 0
		}
		return nil
	}
	s, ok := name.Type().Underlying().(*gotypes.Struct)
	if !ok {
		f.fail(f.At(name), "this type", "type "+name.Name()+" struct", "a component is a struct with methods, and "+name.Name()+" is no struct")
		return nil
	}
	var out []Argument
	for n, a := range args {
		word := "int"
		if a.Type != nil {
			word = GoText(a.Type)
		}
		want := "type " + name.Name() + " struct { " + exported(a.Name) + " " + word + " }"
		i := fieldFor(s, a.Name)
		if i < 0 {
			f.fail(f.At(name), "this type", want, "type "+name.Name()+" has no exported field for parameter "+a.Name).Param = n
			return nil
		}
		field := s.Field(i)
		found := Argument{Name: a.Name, Field: field.Name(), At: f.set.Name(field.Pos(), field.Name())}
		if a.Type == nil {
			if !isBasic(field.Type(), gotypes.Int) {
				f.fail(found.At, "this field", want, "field "+field.Name()+" of "+name.Name()+" is "+f.text(field.Type())+", and the number of a column is an int").Param = n
				return nil
			}
			found.Type = &ir.GoType{Type: types.TInt, Name: "int"}
		} else {
			typ, why := f.fit(a.Type, field.Type(), ToGo)
			if why != nil {
				m := f.fail(found.At, "this field", want, why.Why)
				m.Param = n
				return nil
			}
			found.Type = typ
		}
		out = append(out, found)
	}
	return out
}

// fieldFor is the index of a struct's exported field for a name of the language, -1 where there is none.
func fieldFor(s *gotypes.Struct, name string) int {
	for i := range s.NumFields() {
		if v := s.Field(i); v.Exported() && !v.Embedded() && (Argument{Name: argumentName(v.Name(), s.Tag(i))}).Fits(name) {
			return i
		}
	}
	return -1
}

// method is a method of an interface of package component, its types with their full names.
type method struct {
	name            string
	params, results []string
	text            string // as it is shown
}

const (
	contextType = "*" + componentPath + ".Context"
	columnsType = "*" + componentPath + ".Columns"
	schemaType  = "[]" + componentPath + ".Column"
	tableType   = storePath + ".Table"
	rowType     = storePath + ".Row"
)

const storeBackend = "store.Backend"

// The interfaces component.ColumnSpout and component.ColumnSink.
var (
	openColumns = method{"Open", []string{contextType, schemaType}, []string{"error"}, "Open(ctx *component.Context, schema []component.Column) error"}
	columnSpout = []method{
		openColumns,
		{"Next", []string{"context.Context", columnsType}, []string{"error"}, "Next(ctx context.Context, out *component.Columns) error"},
		{"Close", nil, []string{"error"}, "Close() error"},
	}
	// nextObject is what a component.ObjectSpout has in place of Next.
	nextObject = method{"Next", []string{"context.Context", "*" + componentPath + ".Objects"}, []string{"error"}, ""}
	columnSink = []method{
		openColumns,
		{"Write", []string{columnsType}, []string{"error"}, "Write(rows *component.Columns) error"},
		{"Flush", nil, []string{"error"}, "Flush() error"},
		{"Close", []string{"bool"}, []string{"error"}, "Close(complete bool) error"},
	}
	// The interface store.Backend.
	backend = []method{
		{"Open", []string{contextType, tableType}, []string{"error"}, "Open(ctx *component.Context, t store.Table) error"},
		{"Get", []string{"[][]byte"}, []string{"[]" + rowType, "error"}, "Get(keys [][]byte) ([]store.Row, error)"},
		{"Put", []string{"[]" + rowType, "[]byte"}, []string{"error"}, "Put(rows []store.Row, mark []byte) error"},
		{"Mark", nil, []string{"[]byte", "error"}, "Mark() ([]byte, error)"},
		{"Each", []string{"func(" + rowType + ") error"}, []string{"error"}, "Each(f func(store.Row) error) error"},
		{"Sync", nil, []string{"error"}, "Sync() error"},
		{"Close", nil, []string{"error"}, "Close() error"},
	}
)

// columns sees that a type is a component.ColumnSpout or a component.ColumnSink.
func (f *finder) columns() {
	what, wanted := "component.ColumnSink", columnSink
	if f.shape.Kind == ir.Spout {
		what, wanted = "component.ColumnSpout", columnSpout
	}
	methods := f.has(what, wanted)
	if methods == nil {
		return
	}
	exact := func(name string) *gotypes.Func {
		for have := range methods.Methods() {
			if fn, ok := have.Obj().(*gotypes.Func); ok && fn.Name() == name {
				return fn
			}
		}
		return nil
	}
	if f.shape.Kind == ir.Spout {
		f.replayable = f.replays(exact)
		return
	}
	inner := exact("Inner")
	f.commits = commits(exact) || inner != nil && plainSignature(inner.Type().(*gotypes.Signature)) == "() any"
}

// has sees that a type has the methods of an interface, and gives its own; nil where it has them not.
func (f *finder) has(what string, wanted []method) *gotypes.MethodSet {
	name, ok := f.obj.(*gotypes.TypeName)
	named, isNamed := gotypes.Unalias(f.obj.Type()).(*gotypes.Named)
	if !ok || !isNamed || named.TypeParams().Len() > 0 {
		why := "tuples of any schema are for"
		if what == storeBackend {
			why = "state lies in"
		}
		f.fail(f.At(f.obj), "this", "type "+f.obj.Name()+" struct", why+" a struct with methods, a "+what)
		return nil
	}
	methods := gotypes.NewMethodSet(gotypes.NewPointer(named))
	for _, m := range wanted {
		var fn *gotypes.Func
		for have := range methods.Methods() {
			if have.Obj().Name() == m.name {
				fn, _ = have.Obj().(*gotypes.Func)
			}
		}
		switch {
		case fn == nil:
			f.fail(f.At(name), "this type", f.receiver()+m.text, "type "+name.Name()+" has no method "+m.name+", so it is no "+what)
			return nil
		case m.name == "Next" && nextObject.is(fn.Type().(*gotypes.Signature)):
			f.objects = true
		case !m.is(fn.Type().(*gotypes.Signature)):
			f.fail(f.At(fn), f.signature(fn), f.receiver()+m.text, "method "+m.name+" of "+name.Name()+" is not that of a "+what)
			return nil
		}
	}
	return methods
}

// is reports whether a Go method is this one.
func (m method) is(sig *gotypes.Signature) bool {
	list := func(t *gotypes.Tuple) []string {
		var out []string
		for v := range t.Variables() {
			if f, ok := gotypes.Unalias(v.Type()).(*gotypes.Signature); ok {
				out = append(out, "func"+plainSignature(f)) // its parameters may have any names
				continue
			}
			out = append(out, gotypes.TypeString(gotypes.Unalias(v.Type()), (*gotypes.Package).Path))
		}
		return out
	}
	return !sig.Variadic() && slices.Equal(list(sig.Params()), m.params) && slices.Equal(list(sig.Results()), m.results)
}
