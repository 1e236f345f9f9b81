package parser

import (
	"fmt"
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
)

// clauses are the words that begin the parts of a query, in their order. An expression ends before them.
var clauses = []string{"from", "join", "where", "group", "ttl", "window", "emit", "having", "order", "limit", "union"}

// joinWords may stand before `join`.
var joinWords = []string{"inner", "left", "right", "full", "outer", "cross"}

// query takes `select ... from ...`, up to the end of the declaration.
func (c *cursor) query() *ast.Selection {
	c.inQuery = true
	defer func() { c.inQuery = false }()
	q := c.selection()
	if c.peek().Type != tEOF {
		c.clauseExpected()
	}
	return q
}

// selection is query, as a part of a union.
func (c *cursor) selection() *ast.Selection {
	c.enter()
	defer c.leave()
	start := c.peek().Pos
	c.want("select", "a query begins with `select`")
	q := &ast.Selection{}
	if t := c.peek(); isToken(t, "distinct") && !isToken(c.second(), "(") {
		q.Distinct = c.ident("")
	}
	q.Columns = c.columnsOf()
	if !c.is("from") {
		c.expected("`,` or `from`", "a query says what it reads: `select w.word from w: words`")
	}
	c.next()
	q.From = c.from()
	for c.is("join") || c.peek().Type == tIdent && slices.Contains(joinWords, c.peek().Value) {
		q.Joins = append(q.Joins, c.join())
	}
	if c.eat("where") {
		q.Where = c.queryCondition()
	}
	if c.is("group") {
		c.next()
		c.want("by", "written `group by w.word`")
		q.Keys = c.exprs()
		if c.is("skewed") {
			q.Skewed = c.ident("")
		}
	}
	if c.eat("ttl") {
		q.TTL = c.expr(0)
	}
	if c.is("window") {
		q.Window = c.window()
	}
	if c.is("emit") {
		c.next()
		c.want("every", "early results come `emit every 10s`")
		q.Early = c.expr(0)
	}
	if c.eat("having") {
		q.Having = c.queryCondition()
	}
	if c.is("order") {
		c.next()
		c.want("by", "written `order by n desc`")
		q.Order = c.orders()
	}
	if c.eat("limit") {
		q.Limit = c.expr(0)
	}
	if c.is("union") {
		q.UnionAt = c.ident("")
		if c.is("all") {
			q.All = c.ident("")
		}
		q.Union = c.selection()
	}
	q.Node = c.nodeFrom(start)
	return q
}

// clauseExpected fails behind a query, where something stands that is no part of it.
func (c *cursor) clauseExpected() {
	t := c.peek()
	if t.Type == tIdent && (slices.Contains(clauses, t.Value) || slices.Contains(joinWords, t.Value)) {
		c.expected("the end of the query", "its parts come in this order: select, from, join, where, group by, ttl, window, emit every, having, order by, limit, union all")
	}
	if isToken(t, "=") {
		panic(&syntaxError{diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t), Message: "equality is written ==", Help: "write `==`", Fixes: []diag.Fix{instead(t, "==")}}})
	}
	c.expected("another part of the query, or its end", "a query is `select columns from alias: source where condition group by keys`")
}

// queryCondition takes an expression of `where` and `having`.
func (c *cursor) queryCondition() ast.Expr {
	x := c.expr(0)
	if t := c.peek(); isToken(t, "=") || isToken(t, "is") || isToken(t, "like") || isToken(t, "between") {
		c.foreignTest(t)
	}
	return x
}

// foreignTest reports SQL's tests that are written otherwise here.
func (c *cursor) foreignTest(t *lexer.Token) {
	help := "write `==`"
	var fixes []diag.Fix
	switch t.Value {
	case "=":
		fixes = append(fixes, instead(t, "=="))
	case "is":
		help = "what is missing is `none`: write `x == none`, or `x != none`"
	case "like":
		help = "write `starts_with(x, \"a\")`, `contains(x, \"a\")` or, with a regular expression, matches(x, `^a.*b$`)"
	case "between":
		help = "write `a <= x and x <= b`"
	}
	message := "there is no `" + t.Value + "` in a condition"
	if t.Value == "=" {
		message = "equality is written =="
	}
	foreignForm(tokenSpan(t), message, help, fixes...)
}

func (c *cursor) columnsOf() []*ast.Column {
	var out []*ast.Column
	for {
		start := c.peek().Pos
		col := &ast.Column{}
		if c.is("*") {
			c.next()
		} else {
			col.X = c.expr(0)
			if c.eat("as") {
				col.Name = c.ident("the name of the column")
			}
		}
		if t := c.peek(); t.Type == tIdent && t.Value != "from" && isToken(c.second(), ",") {
			c.expected("`as`", "a column is named by `as`: `count() as "+t.Value+"`")
		}
		col.Node = c.nodeFrom(start)
		out = append(out, col)
		if !c.eat(",") {
			return out
		}
		if c.is("from") {
			c.expected("a column", "take the comma before `from` out")
		}
	}
}

// from takes `alias: source | source`.
func (c *cursor) from() *ast.Input {
	start := c.peek().Pos
	if c.is("(") {
		c.expected("the name of an input", "a query in brackets is named before them: `from o: (select ...)`")
	}
	in := &ast.Input{}
	if isToken(c.second(), ":") {
		in.Alias = c.ident("the name of an input")
		c.next()
	}
	if in.Alias != nil && c.is("(") {
		in.Sources = append(in.Sources, c.inner())
	} else {
		for {
			in.Sources = append(in.Sources, c.source())
			if !c.eat("|") {
				break
			}
		}
	}
	if t := c.peek(); t.Type == tIdent && in.Alias == nil && !slices.Contains(clauses, t.Value) && !slices.Contains(joinWords, t.Value) {
		alias, source := t.Value, c.nodeFrom(start)
		if alias == "as" && c.second().Type == tIdent {
			alias = c.second().Value
		}
		panic(&syntaxError{diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t), Message: "the name of an input stands before its source",
			Help: fmt.Sprintf("write `from %s: %s`", alias, in.Sources[0].Component.Name), Related: []diag.Label{{Span: source.Span(), Text: "the source"}}}})
	}
	if c.is("by") {
		c.expected("another part of the query", "a query finds out by itself which task gets a tuple: take the grouping out")
	}
	if c.is(",") {
		c.expected("another part of the query", "streams are joined by `join b: other on a.key == b.key within 10s`, and put together by `union all`")
	}
	in.Node = c.nodeFrom(start)
	return in
}

// inner takes `(select ...)`.
func (c *cursor) inner() *ast.Source {
	start := c.peek().Pos
	open := tokenNode(c.next())
	s := &ast.Source{Component: &ast.Ident{Node: open}}
	if !c.is("select") {
		c.expected("`select`", "in brackets behind `from` stands a query: `from o: (select ...)`")
	}
	s.Query = c.selection()
	if !c.is(")") && c.peek().Type != tEOF {
		c.clauseExpected()
	}
	c.close(")", open)
	s.Node = c.nodeFrom(start)
	if c.is("|") {
		c.expected("another part of the query", "a query in brackets is read alone; several are put together by `union all`")
	}
	return s
}

// join takes `left join one c: click on cond within 30m after v`.
func (c *cursor) join() *ast.Join {
	start := c.peek().Pos
	j := &ast.Join{}
	if !c.is("join") {
		j.Kind = c.ident("")
		c.eat("outer")
	}
	c.want("join", "written `left join b: other on a.key == b.key within 10s`")
	if c.is("one") && c.second().Type == tIdent {
		j.One = c.ident("")
	}
	j.Input = c.from()
	if c.eat("on") {
		j.On = c.queryCondition()
	}
	if c.eat("within") {
		j.Within = c.expr(0)
		if c.is("after") || c.is("before") {
			j.Side = c.ident("")
			j.Of = c.ident("the name of an input")
		}
	}
	j.Node = c.nodeFrom(start)
	return j
}

// windowKinds are the words behind `window`, and how each goes on.
var windowKinds = map[string]string{
	"tumbling": "tumbling 10s", "sliding": "sliding 1m every 10s", "session": "session 30m", "count": "count 100", "cumulative": "cumulative 24h every 1h",
}

func (c *cursor) window() *ast.Window {
	start := c.next().Pos
	t := c.peek()
	if t.Type != tIdent || windowKinds[t.Value] == "" {
		c.expected("the kind of the window", "windows are `tumbling 10s`, `sliding 1m every 10s`, `session 30m`, `count 100` and `cumulative 24h every 1h`")
	}
	w := &ast.Window{Kind: c.ident("")}
	w.Size = c.expr(0)
	if t.Value != "tumbling" && t.Value != "session" {
		if c.eat("every") {
			w.Every = c.expr(0)
		} else if t.Value != "count" {
			c.expected("`every`", "written `window "+windowKinds[t.Value]+"`")
		}
	} else if c.is("every") {
		c.expected("another part of the query", "a "+t.Value+" window has no `every`: `window sliding 1m every 10s` is one that moves on by less than its length; early results come by `emit every 1s`")
	}
	w.Node = c.nodeFrom(start)
	return w
}

// exprs takes expressions with commas between them.
func (c *cursor) exprs() []ast.Expr {
	out := []ast.Expr{c.expr(0)}
	for c.eat(",") {
		out = append(out, c.expr(0))
	}
	return out
}

func (c *cursor) orders() []*ast.Order {
	var out []*ast.Order
	for {
		start := c.peek().Pos
		c.orderMissing()
		o := &ast.Order{By: c.expr(0)}
		if !c.eat("asc") {
			o.Desc = c.eat("desc")
		}
		o.Node = c.nodeFrom(start)
		out = append(out, o)
		if !c.eat(",") {
			return out
		}
	}
}

// orderMissing fails where `order by` is followed by what comes behind it: the word of the next part, or nothing.
func (c *cursor) orderMissing() {
	t := c.peek()
	behind := c.second()
	missing := t.Type == tEOF || t.Type == tEOL || isToken(t, "desc") || isToken(t, "asc") || isToken(t, ",")
	if isToken(t, "limit") || isToken(t, "union") { // else a column of that name
		missing = missing || behind.Type == tInt || behind.Type == tIdent && !slices.Contains([]string{"desc", "asc", "limit", "union"}, behind.Value)
	}
	if missing {
		c.expected("what to order by", "written `order by n desc`")
	}
}

// filtered takes `filter (where cond)` behind a call.
func (c *cursor) filtered(call *ast.Call) ast.Expr {
	c.next()
	open := c.next()
	f := &ast.Filtered{X: call, Open: tokenNode(open)}
	c.want("where", "written `count() filter (where x.ok)`")
	f.Where = c.queryCondition()
	c.close(")", tokenNode(open))
	f.Node = c.nodeFrom(call.Pos)
	return f
}

// queryArg takes what only queries have before an argument: the word of `count(distinct x)`.
func (c *cursor) queryArg(a *ast.Arg) {
	t := c.peek()
	if isToken(t, "*") && isToken(c.second(), ")") {
		foreignForm(tokenSpan(t), "all rows are counted by `count()`", "write `count()`", diag.Fix{Title: "take the * out", Span: tokenSpan(t)})
	}
	if next := c.second(); isToken(t, "distinct") && (next.Type == tIdent || next.Type == tString) {
		a.Distinct = c.ident("")
	}
}

// caseOf takes `case when cond then value ... else value end`.
func (c *cursor) caseOf() ast.Expr {
	start := c.next().Pos
	const help = "written `case when a.n > 9 then \"many\" else \"few\" end`"
	x := &ast.Case{}
	if !c.is("when") {
		x.X = c.expr(0)
	}
	for c.is("when") {
		begin := c.next().Pos
		w := &ast.When{Cond: c.queryCondition()}
		c.want("then", help)
		w.Value = c.expr(0)
		w.Node = c.nodeFrom(begin)
		x.Whens = append(x.Whens, w)
	}
	if len(x.Whens) == 0 {
		c.expected("`when`", help)
	}
	if c.eat("else") {
		x.Else = c.expr(0)
	}
	c.want("end", help)
	x.Node = c.nodeFrom(start)
	return x
}
