package ast

// Block is `{ statements }`.
type Block struct {
	Node
	Stmts []Stmt
}

// Stmt is a statement of a body.
type Stmt interface {
	Spanned
	stmt()
}

// State is `state n int per word [= initial] [ttl 24h] [opaque in postgres(...)]`.
type State struct {
	Node
	Doc
	Name    *Ident
	Type    *Type
	Per     []*Ident // `per word`, `per a, b`; empty for shared and per task
	Shared  bool     // `shared`
	PerTask bool     // `per task`
	Initial Expr
	TTL     Expr
	Mode    *Ident // opaque, transactional, plain
	In      *Call  // `in postgres(...)`; `in pebble` has no arguments
}

// Let is `let x = expr` or `let m = expr else why { ... }`.
type Let struct {
	Node
	Name  *Ident
	Value Expr
	Else  *LetElse
}

// LetElse is `else why { ... }`; Why is nil where not written.
type LetElse struct {
	Node
	Why  *Ident
	Body *Block
}

// Var is `var x T = expr`; Type or Value may be missing, not both.
type Var struct {
	Node
	Name  *Ident
	Type  *Type
	Value Expr
}

// Assign is `target op value`, op being = += -= *=.
type Assign struct {
	Node
	Target Expr
	Op     string
	Value  Expr
	// Foreign says that it was written as a step, `n++`, which was reported.
	Foreign bool
}

// ExprStmt is an expression standing alone.
type ExprStmt struct {
	Node
	X Expr
}

// If is `if cond { } else ...` or `if let n = opt { } else ...`.
type If struct {
	Node
	Let  *Ident // of `if let`
	Cond Expr   // the condition, or the optional of `if let`
	Then *Block
	Else Stmt // *Block, *If or nil
}

// For is `for x in xs { }` or `for k, v in m { }`.
type For struct {
	Node
	Key   *Ident // the first name
	Value *Ident // the second; nil where there is one
	In    Expr
	Body  *Block
}

// MatchStmt is `match x { a => statement ... }`: its arms hold blocks or expressions.
type MatchStmt struct {
	Node
	Match *Match
}

// Emit is `emit (args)`, `emit bad(args)`, `emit (args) to task`, `emit (args) unanchored`.
type Emit struct {
	Node
	Stream *Ident // nil for the unnamed output
	Args   []*Arg
	To     Expr
	// Unanchored is the word itself; nil where it is not written.
	Unanchored *Ident
}

// Fail is `fail "why"`.
type Fail struct {
	Node
	Why Expr
}

// Return is `return` or, in a function, `return expr`.
type Return struct {
	Node
	Value Expr
}

// Branch is `break` or `continue`.
type Branch struct {
	Node
	Word string
}

// On is `on input { }`.
type On struct {
	Node
	Input *Ident
	Body  *Block
}

// Timer is `every 10s [per k] { }` or `after 5m { }`.
type Timer struct {
	Node
	Word  string // every, after
	Delay Expr
	Per   []*Ident
	Body  *Block
}

// BadStmt is a statement that could not be parsed. What stands around it is as it was.
type BadStmt struct {
	Node
	Err   error    // what is wrong with it, for the parser
	Names []*Ident // that it would have declared
	State bool     // it is a state
	Lost  bool     // it declares something, and nobody knows what
	Body  []*Block // those blocks of it that could be read
}

// Finish is `finish [per k] { }`: runs once when the input has ended.
type Finish struct {
	Node
	Per  []*Ident
	Body *Block
}

func (*Block) stmt()     {}
func (*State) stmt()     {}
func (*Let) stmt()       {}
func (*Var) stmt()       {}
func (*Assign) stmt()    {}
func (*ExprStmt) stmt()  {}
func (*If) stmt()        {}
func (*For) stmt()       {}
func (*MatchStmt) stmt() {}
func (*Emit) stmt()      {}
func (*Fail) stmt()      {}
func (*Return) stmt()    {}
func (*Branch) stmt()    {}
func (*On) stmt()        {}
func (*Timer) stmt()     {}
func (*Finish) stmt()    {}
func (*BadStmt) stmt()   {}
