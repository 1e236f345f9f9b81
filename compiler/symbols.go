package compiler

import (
	"maps"
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// typeSymbol is a name of the types' namespace.
type typeSymbol struct {
	name  *ast.Ident
	decl  *ast.TypeDecl // nil where broken, and of an enum
	enum  *ast.Enum     // nil of a record
	typ   *types.Type   // Invalid until resolved, and where broken
	state resolution
	home  *module
}

// valueSymbol is a param or a const: they share the namespace of bare names.
type valueSymbol struct {
	name  *ast.Ident
	param *ast.Param // one of param and konst is set; none where broken
	konst *ast.Const
	given *graphArg // of the parameter of a graph
	ir    *ir.Param // of a param
	value ir.Expr   // of a const
	typ   *types.Type
	state resolution
	used  bool
	// needed: a bolt, a function or a test reads the param.
	needed bool
	home   *module
}

// resolution is how far a symbol that may need others of its kind has come.
type resolution int

const (
	untouched resolution = iota
	underway
	resolved
)

// component is one spout, bolt or sink on its way to an ir.Component.
type component struct {
	decl *ast.Component // nil where broken
	name *ast.Ident
	kind ast.ComponentKind // "" where not even that is known
	ir   *ir.Component
	home *module   // whose names it sees
	rep  *reporter // of what is wrong with it
	// instance is set for an instance of a graph: it is no component itself, but has streams like one. expanded says that
	// this was looked for.
	instance *instance
	expanded bool
	grouping *ast.Grouping // of the input of a graph, for those in it who read it and say none
	// open says that its outputs are not known, because it is broken or not compiled yet: every stream of it
	// exists, with every field.
	open    bool
	unread  bool // a statement of it could not be parsed
	lost    bool // nor what that declares
	cyclic  bool // part of a cycle that was reported
	outputs []*stream
	inputs  []*input
	query   resolution     // of a bolt that is a query: how far it has come
	sel     *ast.Selection // of these, what is compiled: those in brackets and parts of unions are bolts of their own
	// ordering is what the order of its groups is made of, where it says one; until is that of the bolt that groups them.
	ordering *ordering
	until    *ordering
	whole    *component   // of such a one: the query whose text it stands in
	rows     bool         // it computes what a query groups by, and stands before it
	body     *body        // of a bolt whose body was checked
	keyed    *input       // of these, the first whose tuples use keyed state
	timers   []*ast.Timer // of these, those that tuples start
	endless  *ast.Call    // of a spout that nothing ends
	failed   *stream      // its `.failed`, where somebody reads it
	late     *lateness    // of a query with a window of event time, and of a join by it
	joinLate []*lateness  // of a query: those of its joins
	retryAt  source.Span  // of `retry N`
	limitAt  source.Span  // of `timeout D`
	lib      *signature   // of a component found in a library
	tasksAt  source.Span  // of `tasks N`

	// fake is set of what stands for a component in a test.
	fake *ast.Test
	sink bool // and that is a sink

	astray  bool // an emit of its names no output
	queried bool // a query reads its state

	durableAt, acceptsAt source.Span // of these options, with the space behind them
}

// stream is one output on its way to an ir.Stream.
type stream struct {
	// alias says that it stands for others, its parts: what comes out of an instance of a graph, or into it.
	alias  bool
	parts  []*stream
	loop   ir.Expr // of what comes into an instance by a loop
	ir     *ir.Stream
	decl   *ast.Output
	opaque bool // its fields are not known: every field exists
	used   bool
	emits  []emitted // of a bolt's statements
}

// input is one input on its way to an ir.Input and its edges.
type input struct {
	decl     *ast.Input
	ir       *ir.Input
	opaque   bool            // its fields are not known: every field exists
	at       source.Span     // where it is declared, where decl is not the place: in a fake
	doubled  bool            // another input has its name, which was reported
	grouping ir.GroupingKind // "" where it is not known, or not proven
	chooser  *ir.GoGrouping  // of a grouping by Go
	keys     []string        // of a fields grouping
	lacks    []string        // of these, those that it has not and nothing resembles: once is enough
	sources  []*stream       // of components
	from     []*ast.Source   // of each, where it is named
	edges    []*ir.Edge
	used     bool
}

func (c *component) output(name string) *stream {
	if c == nil {
		return nil // in a function
	}
	for _, s := range c.outputs {
		if s.ir.Name == name {
			return s
		}
	}
	return nil
}

func (c *component) outputNames() []string {
	var names []string
	for _, s := range c.outputs {
		if s.ir.Name != "" {
			names = append(names, s.ir.Name)
		}
	}
	return names
}

// fieldNames lists fields as candidates for suggestions.
func fieldNames(fields []types.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// fieldIndex returns the position of a field, or -1.
func fieldIndex(fields []types.Field, name string) int {
	return slices.IndexFunc(fields, func(f types.Field) bool { return f.Name == name })
}

// keysOf returns the keys of a namespace in order.
func keysOf[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
