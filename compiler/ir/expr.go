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

// Const is a constant. Value is a bool, int64, float64, string, time.Duration, time.Time or []byte.
type Const struct {
	Typed
	Value any
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

// Constant reports the value of e where it is a constant.
func Constant(e Expr) (any, bool) {
	if c, ok := e.(*Const); ok {
		return c.Value, true
	}
	return nil, false
}
