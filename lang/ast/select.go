package ast

// Selection is `select ... from ...`, what a bolt is instead of statements.
type Selection struct {
	Node
	Distinct *Ident // the word; nil where it is not written
	Columns  []*Column
	From     *Input
	Joins    []*Join
	Where    Expr   // nil where there is none, as of all that follows
	Keys     []Expr // of `group by`
	Skewed   *Ident // the word behind the keys
	TTL      Expr   // `ttl 24h`: after so long a group that gets no row is forgotten
	Window   *Window
	Early    Expr // the duration of `emit every D`
	Having   Expr
	Order    []*Order
	Limit    Expr
	// Union is the query behind `union all`; All is the word, nil where it is not written.
	Union   *Selection
	UnionAt *Ident
	All     *Ident
}

// Column is `expr`, `expr as name` or `*`.
type Column struct {
	Node
	X    Expr // nil of `*`
	Name *Ident
}

// Join is `left join one c: click on cond within 30m after v`.
type Join struct {
	Node
	Kind   *Ident // left, right, full, inner; nil where it is not written
	One    *Ident
	Input  *Input
	On     Expr
	Within Expr
	Side   *Ident // after, before
	Of     *Ident
}

// Window is `window tumbling 10s`, `window sliding 1m every 10s`, `window session 30m`, `window count 100`, `window cumulative 1d every 1h`.
type Window struct {
	Node
	Kind  *Ident
	Size  Expr
	Every Expr
}

// Case is `case when cond then value ... else value end`, or `case x when value then value ... end`; only queries have it.
type Case struct {
	Node
	X     Expr
	Whens []*When
	Else  Expr
}

// When is `when cond then value`.
type When struct {
	Node
	Cond, Value Expr
}

// Filtered is `count() filter (where cond)`; only queries have it.
type Filtered struct {
	Node
	X     *Call
	Open  Node // the bracket
	Where Expr
}

func (*Case) expr()     {}
func (*Filtered) expr() {}

// Each calls visit for the query, and for those that a union adds to it.
func (q *Selection) Each(visit func(q *Selection)) {
	for ; q != nil; q = q.Union {
		visit(q)
	}
}

// walk walks a query in the order of its text.
func (w walker) selection(n *Selection) {
	w.ident(n.Distinct)
	all(w, n.Columns)
	one(w, n.From)
	all(w, n.Joins)
	w.any(n.Where)
	for _, k := range n.Keys {
		w.any(k)
	}
	w.ident(n.Skewed)
	w.any(n.TTL)
	one(w, n.Window)
	w.any(n.Early)
	w.any(n.Having)
	all(w, n.Order)
	w.any(n.Limit)
	w.ident(n.UnionAt)
	w.ident(n.All)
	one(w, n.Union)
}
