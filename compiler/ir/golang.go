package ir

import (
	"slices"

	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// GoCode is where the Go code lies that a topology names.
type GoCode struct {
	Folder      string // of the topology, in the module that the packages are found in; absolute
	Fingerprint string // names all that it was compiled from
}

// GoType is the Go type that a value of the language has in a user's Go code, where generated code hands it over or takes it.
type GoType struct {
	Type *types.Type
	// Own says that it is the language's own Go type (see GoTypes): nothing is converted.
	Own bool
	// Pkg and Name are what a named type is called, or a word of Go such as int with no Pkg; "" for a list or map written out.
	Pkg, Name string
	Key, Elem *GoType   // of lists, maps and optionals
	Fields    []GoField // of a record: those that both sides have
	Pointer   bool      // an optional is a pointer
	// Var says that a type variable of a generic function stands for it: Go has it as the language does, and may also give the zero value of that Go
	// type.
	Var bool
}

// Bind returns a copy of what a signature with type variables says, for the types that these stand for. ToGo is set of what Go is handed.
func (t *GoType) Bind(bound map[string]*types.Type, toGo bool) *GoType {
	if t == nil || !t.Type.Vars() {
		return t
	}
	out := *t
	out.Type = t.Type.Subst(bound)
	switch t.Type.Kind {
	case types.Var:
		out.Var, out.Own = true, toGo || Whole(out.Type)
	case types.List, types.Optional:
		out.Elem = t.Elem.Bind(bound, toGo)
		out.Own = t.Type.Kind == types.List && out.Elem.Own && out.Name == ""
	case types.Map:
		out.Key, out.Elem = t.Key.Bind(bound, toGo), t.Elem.Bind(bound, toGo)
		out.Own = out.Key.Own && out.Elem.Own && out.Name == "" && toGo
	}
	return &out
}

// Whole reports whether each value of the Go type that values of t have is a value of the language.
func Whole(t *types.Type) bool {
	switch t.Kind {
	case types.Time, types.Decimal, types.JSON, types.Map:
		return false
	case types.List, types.Optional:
		return Whole(t.Elem)
	case types.Record:
		return !slices.ContainsFunc(t.Fields, func(f types.Field) bool { return !Whole(f.Type) })
	}
	return true
}

// GoField is a field of a record, and the field of a Go struct that carries it.
type GoField struct {
	Index int    // in the record's, or stream's, fields
	Name  string // Go's
	Type  *GoType
}

// GoFunc is a function of a user's Go package.
type GoFunc struct {
	Pkg, Name string
	Params    []*GoType
	Result    *GoType // of an optional result: its element's, unless it is a pointer
	// Second is what is returned behind the result: "", "error" or "bool".
	Second string
	// Seq, where not "", names a Go function with the same parameters (no arena) that returns an iterator with a method `Next() (T, bool)`, for a
	// list that is only ranged over.
	Seq string
	// SeqPointer says that the iterator form returns a pointer.
	SeqPointer bool
	// SeqGeneric says that its types are found out from what it is called with.
	SeqGeneric bool
	// Borrows says that its first parameter is an *arena.Arena: it knows how long text lives, and gets it as it is.
	Borrows bool
	// Context says that its first parameter is a context.Context, which ends when the caller's `timeout` is over.
	Context bool
	// Aggregate is set of an aggregate, of which Name is the type.
	Aggregate *GoAggregate
}

// Bind returns a copy of a generic function, for the types that its variables stand for.
func (f *GoFunc) Bind(bound map[string]*types.Type) *GoFunc {
	out := *f
	out.Params = make([]*GoType, len(f.Params))
	for i, p := range f.Params {
		out.Params[i] = p.Bind(bound, true)
	}
	out.Result = f.Result.Bind(bound, false)
	if f.Aggregate != nil {
		a := *f.Aggregate
		a.TypeArgs = nil
		for _, t := range f.Aggregate.TypeArgs {
			a.TypeArgs = append(a.TypeArgs, t.Bind(bound, true))
		}
		out.Aggregate = &a
	}
	return &out
}

// GoAggregate is a Go type to whose values others are added one by one, with methods Add and Result. A call of the function goes over lists.
type GoAggregate struct {
	// Fields are, by parameter, the field of the struct that an argument sets; "" of one whose values are added: its GoType is that of an item.
	Fields   []string
	TypeArgs []*GoType // of a generic type
	AddFails bool      // Add returns an error
	// Merge says that two of them can be made one: it has a method Merge, which returns an error where MergeFails is set.
	Merge, MergeFails bool
}

// GoPart is a component that a user's Go function or type implements. Of a type, each task has one of its own, its fields set
// to the arguments.
type GoPart struct {
	Pkg, Name string
	Func      bool // a function, called for each tuple of the one input
	Args      []*GoArg
	Span      source.Span

	// A spout's Next, or a sink's Write, moves many rows a call; Rows is their struct, nil for what takes tuples one by one.
	Rows *GoType
	// Calls is what the tuples of each input are handed to; Finish what runs at the end, Tick at a time that Due says; nil where there is none.
	Calls        []*GoCall
	Finish, Tick *GoCall
	Open, Flush  bool
	// Close is "" where there is no such method, else what it returns: "error" or "nothing". CloseComplete says that it is told whether
	// the input was whole.
	Close         string
	CloseComplete bool
	// Replayable says that a spout can give tuples again: it has Position and Rewind, or Ack and Fail.
	Replayable bool
	// Keeps says that it says itself that it keeps something in memory, Saved that it says how that is written and read: as package encoding wants it, or as component.Kept.
	Keeps, Saved bool
	// Commits says that a sink writes with the commit of its epoch: it is a component.Commits.
	Commits bool
}

// GoArg is an argument: a field of the component's struct.
type GoArg struct {
	Name, Field string
	Type        *GoType
	Value       Expr
}

// GoCall is a function or method that takes a tuple and emits to outputs.
type GoCall struct {
	Name  string
	Takes *GoType // the struct of the tuple
	Emits []GoEmit
	Error bool // it returns an error
	// Context says that its first parameter is a context.Context, which ends when the component's `timeout` is over.
	Context bool
}

// GoEmit is an emitter that a call takes.
type GoEmit struct {
	Output int // index in the component's outputs
	Row    *GoType
}

// GoGrouping is a user's Go function that names the task of a tuple.
type GoGrouping struct {
	Pkg, Name string
	Takes     *GoType
}
