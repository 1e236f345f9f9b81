package ir

import (
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
	// Borrows says that its first parameter is an *arena.Arena: it knows how long text lives, and gets it as it is.
	Borrows bool
	// Context says that its first parameter is a context.Context, which ends when the caller's `timeout` is over.
	Context bool
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
