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
	// Aggregated says that the answer has a row for each group of rows, Groups being the locals of the key and the states that these have in common; without them there is one group of all rows. Having, Order and Row
	// are over Groups and what the aggregates have made then.
	Aggregated bool
	Groups     []*Local
	Aggregates []*Aggregate
	Having     Expr // nil: all groups
	Order      []Order
	Limit      Expr // an int over the parameters; nil: none
	Row        []Expr
}

// Aggregate is what a query makes of the rows of a group.
type Aggregate struct {
	Name     string // avg, count, max, min, stddev, sum
	X        Expr   // of a row; nil of count()
	Distinct bool
	Filter   Expr   // of a row; nil: all
	Local    *Local // its value: a T? where there may be none
	Span     source.Span
}

// Order is what rows are ordered by.
type Order struct {
	By   Expr
	Desc bool
}
