package ir

import "github.com/topo-lang/topo/compiler/types"

// Outline is what a topology declares, as far as that does not depend on the Go that it names: what Go code is written against.
type Outline struct {
	Name, Doc  string
	Types      []*types.Type // records, in the order of the text
	Params     []*Param
	Components []*OutlinePart // in the order of the text
	Queries    []*OutlineQuery
}

// OutlineQuery is a query of an outline.
type OutlineQuery struct {
	Name, Doc      string
	Params, Fields []types.Field
	Many           bool // it answers with rows
}

// OutlinePart is a component of an outline.
type OutlinePart struct {
	*Component
	// GoPath and GoName are what it says that it is in Go, "" where it is no Go of the user's.
	GoPath, GoName string
	// Arguments says that it gives its Go arguments.
	Arguments bool
	// Sources are, for each input, the first stream that it reads.
	Sources []*Stream
}
