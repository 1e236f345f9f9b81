package ir

import (
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Test is one `test` of a topology; no binary of the topology has it.
type Test struct {
	Title  string
	Span   source.Span // of its title
	Params []*TestParam
	Steps  []TestStep
}

// TestParam is what a param is in a test.
type TestParam struct {
	Param *Param
	Value Expr // constant
}

// TestStep is a statement of a test.
type TestStep interface{ At() source.Span }

// Given lets a spout read tuples.
type Given struct {
	Pos
	Stream *Stream // of a spout
	Tuples []TestTuple
}

// TestTuple is a tuple given or expected; Cells are in the order of the fields, nil where any value will do.
type TestTuple struct {
	Pos
	Cells []Expr
}

// Advance moves the clocks on.
type Advance struct {
	Pos
	By Expr // a positive duration
}

// End ends every input.
type End struct{ Pos }

// ExpectTuples compares what a stream has carried, or a sink was given, since it was last looked at.
type ExpectTuples struct {
	Pos
	Name     string // as people know it
	Fields   []types.Field
	Streams  []*Stream  // of one schema; several where an output of a graph is bound to several
	Sink     *Component // nil for a stream
	Contains bool
	AnyOrder bool
	Tuples   []TestTuple
}

// ExpectFailed compares the reasons of the tuples that failed in a component since it was last looked at.
type ExpectFailed struct {
	Pos
	Component *Component
	Contains  bool
	AnyOrder  bool
	Tuples    []TestTuple // of one string each
}

// ExpectTrue looks at a condition.
type ExpectTrue struct {
	Pos
	X Expr
}

// Fake puts a function of the test in the place of another from here on.
type Fake struct {
	Pos
	Func *Func // the one replaced
	With *Func // with a body; it takes the same and returns the same
	Kept []*State
}

// FakePart puts a bolt of the test in the place of a bolt or sink, from the test's start to its end.
type FakePart struct {
	Pos
	Component *Component // the one replaced
	// With has its inputs, streams and options, and a body; where Component is a sink it emits nothing. What an execution of it changes in its states stays
	// changed when it fails: it stands for the world, which takes nothing back.
	With *Component
	Kept []*State // its states that there is one of in the test
}

// TupleArgs are the arguments of a sink that are computed for each tuple, but for those that are a field of it by the same name.
func (c *Component) TupleArgs() []*CallArg {
	if c.Call == nil {
		return nil
	}
	var out []*CallArg
	for _, a := range c.Call.TupleArgs {
		if ref, ok := a.Value.(*FieldRef); !ok || c.Inputs[0].Fields[ref.Index].Name != a.Name {
			out = append(out, a)
		}
	}
	return out
}

// ReasonFields is the schema of what ExpectFailed compares.
var ReasonFields = []types.Field{{Name: "reason", Type: types.TString}, {Name: "attempts", Type: types.TInt}}
