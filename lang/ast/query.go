package ast

// Query is a question to the running topology: `query total(word string) -> (n int) = (count.n[word] ?? 0)`, or `= select ...` for the parentheses.
type Query struct {
	Node
	Doc
	Name   *Ident
	Params []*Field
	Fields []*Field
	// One of these is set.
	Row    []Expr
	Select *QuerySelect
}

// QuerySelect is `select c.account, c.cents from c: balance.cents where c.cents > 0 order by c.cents desc limit 10`.
type QuerySelect struct {
	Node
	Items []Expr
	Alias *Ident
	Bolt  []*Ident // `count`, or `stats.count` of a bolt in a graph's instance
	State *Ident   // nil where all of the bolt's keyed states are meant
	Where Expr     // nil where there is none
	// Group are the fields that the rows of a group have in common.
	Group  []Expr
	Having Expr // nil where there is none
	Order  []*Order
	Limit  Expr // nil where there is none
}

// Order is `c.cents desc`.
type Order struct {
	Node
	By   Expr
	Desc bool
}
