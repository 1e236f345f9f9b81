package ir

import (
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Query is a question to the running topology. Its parameters, and what it reads of bolts' states, are locals to its expressions.
type Query struct {
	Name   string
	Doc    string
	Params []*Local
	Fields []types.Field // of the answer
	// Of one row: what is looked up first, all at once, and the values of the fields.
	Gets []*Get
	Row  []Expr
	Scan *Scan // of many rows; nil of one
	Span source.Span
}

// Get is `count.n[word]`, or a state that there is once.
type Get struct {
	Component *Component
	State     *State
	Keys      []Expr // of keyed state: in the key's order, over the parameters
	Local     *Local // a T? where the state is keyed, for a key of which nothing is kept
}

// Scan is `select ... from c: count.n ...`: the rows of a bolt's keyed state.
type Scan struct {
	Component *Component
	Keys      []*Local // the key's fields, in its order
	States    []*State // that can be read
	Values    []*Local // of these
	Where     Expr     // nil: all
	Order     []Order
	Limit     Expr // an int over the parameters; nil: none
	Row       []Expr
}

// Order is what rows are ordered by.
type Order struct {
	By   Expr
	Desc bool
}
