package ast

// Expr is an expression.
type Expr interface {
	Spanned
	expr()
}

// LiteralKind says what a literal is.
type LiteralKind int

// The kinds of literals that are one token.
const (
	IntLit      LiteralKind = iota // 42, 1_000
	FloatLit                       // 1.5, 2e9
	DurationLit                    // 10s, 100ms, 1h30m
	SizeLit                        // 512MB: an int, in bytes
	BoolLit                        // true, false
	NoneLit                        // none
	RawLit                         // `raw`
)

// Literal is a one-token literal; Text is as it was written.
type Literal struct {
	Node
	Kind LiteralKind
	Text string
}

// None is `none because "why"`; a bare none is a Literal.
type None struct {
	Node
	Why Expr
}

// String is `"text"` or `"{w.word}: {n}"`. Parts alternate freely; a plain string has at most one, a text.
type String struct {
	Node
	Parts []StringPart
}

// StringPart is text (unescaped) or an interpolated expression.
type StringPart struct {
	Text string // where Expr is nil
	Expr Expr
}

// Name is a bare name.
type Name struct {
	Node
	Name string
}

// Select is `x.field`, or `x?.field` where Optional.
type Select struct {
	Node
	X        Expr
	Field    *Ident
	Optional bool
}

// Index is `x[i]`.
type Index struct {
	Node
	X, Index Expr
}

// Call is `f(args)`, `file.lines(path: x)`, and also a record literal `Hit(url: x)`:
// which it is, is for the compiler to say.
type Call struct {
	Node
	Fun  Expr // *Name or *Select
	Args []*Arg
}

// Arg is `value`, `name: value` or `..record`.
type Arg struct {
	Node
	Name     *Ident
	Spread   bool
	Distinct *Ident // the word of `count(distinct x)`, in a query
	Value    Expr
}

// Unary is `-x` or `not x`.
type Unary struct {
	Node
	Op string
	X  Expr
}

// Binary is `x op y`: ?? or and == != < <= > >= .. + - * / div mod.
type Binary struct {
	Node
	X       Expr
	Op      string
	Foreign bool // the operator is another language's, which was reported
	OpPos   Node // where the operator stands
	Y       Expr
}

// Must is `x!`: the value, or the tuple fails.
type Must struct {
	Node
	X Expr
}

// List is `[a, b]`.
type List struct {
	Node
	Items []Expr
}

// MapLit is `map[k: v, ...]`.
type MapLit struct {
	Node
	Entries []*MapEntry
}

// MapEntry is `key: value`.
type MapEntry struct {
	Node
	Key, Value Expr
}

// Paren is `(x)`.
type Paren struct {
	Node
	X Expr
}

// Match is `match x { pattern => expr ... }`.
type Match struct {
	Node
	X    Expr
	Arms []*MatchArm
}

// MatchArm is `a, b => value`; the pattern `_` matches all. One of Value and Block is set.
type MatchArm struct {
	Node
	Patterns []Expr
	Value    Expr
	Block    *Block // also of a lone statement, `a => emit (x)` or `a => n += 1`: then it has no braces
}

func (*Literal) expr() {}
func (*None) expr()    {}
func (*String) expr()  {}
func (*Name) expr()    {}
func (*Select) expr()  {}
func (*Index) expr()   {}
func (*Call) expr()    {}
func (*Unary) expr()   {}
func (*Binary) expr()  {}
func (*Must) expr()    {}
func (*List) expr()    {}
func (*MapLit) expr()  {}
func (*Paren) expr()   {}
func (*Match) expr()   {}
