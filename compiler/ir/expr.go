package ir

import (
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Expr is a typed expression.
type Expr interface {
	Type() *types.Type
	At() source.Span
}

// Typed is embedded in expressions.
type Typed struct {
	T    *types.Type
	Span source.Span
}

// Type returns the expression's type.
func (t Typed) Type() *types.Type { return t.T }

// At returns the expression's place.
func (t Typed) At() source.Span { return t.Span }

// Const is a constant. Value is a bool, int64, float64, string, time.Duration, time.Time, []byte, EnumValue or Regex.
type Const struct {
	Typed
	Value any
}

// Regex is the text of a regular expression, which is known to be one.
type Regex string

// EnumValue is a value of an enum: its position, and its name. The type is the constant's.
type EnumValue struct {
	Index int
	Name  string
}

// NoneConst is `none`, or `none because why`, of an optional type.
type NoneConst struct {
	Typed
	Why Expr // a string; nil where no reason is given
}

// ParamRef reads a param.
type ParamRef struct {
	Typed
	Param *Param
}

// LocalRef reads a local.
type LocalRef struct {
	Typed
	Local *Local
}

// FieldRef reads a field of the current tuple: `w.word`.
type FieldRef struct {
	Typed
	Input *Input
	Index int
}

// StateRef reads a state. It must not be read in a handler or block without its scope; the checker has seen to it.
type StateRef struct {
	Typed
	State *State
}

// RecordField is `r.field` of a record value.
type RecordField struct {
	Typed
	X    Expr
	Name string
}

// OptField is `r?.field`: none where r is none.
type OptField struct {
	Typed
	X    Expr // optional record
	Name string
}

// FuncCall calls a library function.
type FuncCall struct {
	Typed
	Func *Func
	Args []Expr
}

// Unary is -x (int, float, duration) or not x.
type Unary struct {
	Typed
	Op string
	X  Expr
}

// Binary is x op y for operands of one type (checked: int and float are converted explicitly by the checker with Convert).
// Arithmetic on ints fails the tuple on overflow; div, mod by zero too; `/` on ints arrives as float.
// `+` also joins strings and lists; time + duration, time - time, duration * int are typed as one expects.
type Binary struct {
	Typed
	Op   string // or and == != < <= > >= + - * / div mod
	X, Y Expr
}

// Convert is an implicit conversion made explicit: int to float, T to T?.
type Convert struct {
	Typed
	X Expr
}

// Index is list[i] or map[k]: optional.
type Index struct {
	Typed
	X, Index Expr
}

// Default is `x ?? y`: x optional; the type is y's.
type Default struct {
	Typed
	X, Y Expr
}

// Must is `x!`.
type Must struct {
	Typed
	X Expr
}

// Interp is an interpolated string: string constants and expressions of any printable type.
type Interp struct {
	Typed
	Parts []Expr
}

// ListLit is [a, b].
type ListLit struct {
	Typed
	Items []Expr
}

// OrderedOp is what is done with a list whose items are ordered by a time.
type OrderedOp int

// What is done with such a list.
const (
	UpTo  OrderedOp = iota // how many items have a field Name that is not greater than I
	Nth                    // the item at I, which there is
	Put                    // Item is put before the one at I; an Assign to X
	Cut                    // the first I items are taken out; an Assign to X
	Check                  // the bool field Name of the item at I becomes true; an Assign to X
)

// Ordered works on a list of records that are ordered by an int field of theirs. Only queries make it.
type Ordered struct {
	Typed
	Op   OrderedOp
	X    Expr // a StateRef
	I    Expr // an int: a time of UpTo, how many of Cut, else an index
	Item Expr // of Put
	Name string
}

// MapLit is map[k: v].
type MapLit struct {
	Typed
	Keys, Values []Expr
}

// RecordLit is Hit(url: x): Values in the order of the type's fields.
type RecordLit struct {
	Typed
	Values []Expr
}

// Range is a..b, both ints, from a up to and without b; it stands only in a for.
type Range struct {
	Typed
	From, To Expr
}

// Match is the value of the first arm that takes X. Between them the arms take every value.
type Match struct {
	Typed
	X    Expr
	Arms []*MatchArm
}

// Failing stands for the value of an arm that fails the tuple.
type Failing struct {
	Typed
	Why Expr
}

// Capture is capture(X, Regex): a record of the regular expression's groups that have names, missing where X does not match.
type Capture struct {
	Typed
	X      Expr
	Regex  *Const
	Groups []int // the group of each field
}

// MatchArm is one arm of a match: what it takes, and what it then gives or does.
type MatchArm struct {
	Patterns []Pattern
	Present  bool   // every value that is there, of an optional
	Rest     bool   // everything
	Local    *Local // the value that is there, of an optional; nil where it has no name
	Value    Expr   // of an expression
	Body     *Block // of a statement
}

// Pattern is a constant, a range from Value up to and without To, or none.
type Pattern struct {
	Value *Const
	To    *Const // nil where it is no range
	None  bool
}

// Constant reports the value of e where it is a constant.
func Constant(e Expr) (any, bool) {
	if c, ok := e.(*Const); ok {
		return c.Value, true
	}
	return nil, false
}
