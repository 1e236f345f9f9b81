package ir

import "github.com/topo-lang/topo/compiler/types"

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
	// Borrows says that its first parameter is an *arena.Arena: it knows how long text lives, and gets it as it is.
	Borrows bool
}
