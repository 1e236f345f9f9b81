package ir

import (
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Block is a sequence of statements with a scope of its own.
type Block struct{ Stmts []Stmt }

// Stmt is a statement.
type Stmt interface{ At() source.Span }

// Pos is embedded in statements and says where their text stands.
type Pos struct{ Span source.Span }

// At returns the statement's place.
func (p Pos) At() source.Span { return p.Span }

// Local is a variable of a body, or a for's or let's name.
type Local struct {
	ID      int
	Name    string
	Type    *types.Type
	Mutable bool // var
}

// Let declares a local: let, var.
type Let struct {
	Pos
	Local *Local
	Value Expr // nil: the zero value
}

// LetElse unwraps an optional into a local, or runs Else, which leaves the block.
type LetElse struct {
	Pos
	Local *Local
	Value Expr   // optional
	Why   *Local // a string; nil where not named
	Else  *Block
}

// Assign sets a target. `n += 1` arrives as Target n, Value n + 1.
type Assign struct {
	Pos
	// Target is a *LocalRef, a *StateRef, or a part of one: *Index and *RecordField nested. In it the type of an *Index is that of the
	// item, never an optional, but for the outermost.
	Target Expr
	Value  Expr
}

// ExprStmt evaluates for its failure only.
type ExprStmt struct {
	Pos
	X Expr
}

// If is `if`, and `if let` where Let is set (Cond is then optional, of which Let is the value).
type If struct {
	Pos
	Let  *Local
	Cond Expr
	Then *Block
	Else *Block // nil where there is none
}

// For ranges over a list (Value nil: Key is the item; else index and item), a map (key, or key and value), or an int range.
type For struct {
	Pos
	Key, Value *Local // Value may be nil
	In         Expr   // list, map, or *Range
	Body       *Block
}

// Emit sends a tuple; Args are in the order of the stream's fields.
type Emit struct {
	Pos
	Stream *Stream
	Args   []Expr
	To     Expr // int: the receiving task, where all readers of the stream are `by direct`; else nil
	// Unanchored says that the tuple is a root of its own: the one at work is done without it, and what becomes of it is waited for by nobody.
	Unanchored bool
}

// Fail fails the tuple.
type Fail struct {
	Pos
	Why Expr
	// Passes says that another attempt may do better: of what stands for a component in a test.
	Passes bool
}

// Return leaves the handler, or the function with its result.
type Return struct {
	Pos
	Value Expr // of a function; nil in a handler
}

// Branch is break or continue.
type Branch struct {
	Pos
	Word string
}

// Nested is a block standing alone.
type Nested struct {
	Pos
	Block *Block
}

// MatchStmt runs the first arm that takes X. Between them the arms take every value.
type MatchStmt struct {
	Pos
	X    Expr
	Arms []*MatchArm
}
