package parser

import (
	"slices"

	"github.com/topo-lang/topo/lang/ast"
)

// queryDecl takes `query name(fields) -> (fields) = (values)` or `= select ...`; the word query has been taken.
func (c *cursor) queryDecl(d *ast.Query) *ast.Query {
	d.Name = c.name("the name of the query")
	if !c.is("(") {
		c.expected("`(`", formOf("query"))
	}
	d.Params = c.fields()
	c.want("->", formOf("query"))
	if !c.is("(") {
		c.expected("`(`", "the fields of the answer stand in brackets: `-> (n int)`")
	}
	d.Fields = c.fields()
	c.want("=", formOf("query"))
	open := c.peek()
	switch {
	case c.is("select"):
		d.Select = c.querySelect()
	case c.eat("("):
		d.Row = append(d.Row, c.expr(0))
		for c.eat(",") && !c.is(")") {
			d.Row = append(d.Row, c.expr(0))
		}
		c.closeList(")", tokenNode(open))
	default:
		c.expected("`(` or `select`", "a row of the answer stands in brackets: `= (count.n[word] ?? 0)`; many rows come from `select ... from c: BOLT.STATE`")
	}
	if t := c.peek(); t.Type != tEOF && t.Type != tEOL {
		help := ""
		if d.Select == nil {
			help = "all of the row stands in its brackets"
		}
		c.expected("the end of the declaration", help)
	}
	return d
}

// selectWords begin the parts of a select.
var selectWords = []string{"from", "where", "group", "having", "order", "limit"}

const selectForm = "written `select c.word, c.n from c: count.n where c.n > 1 order by c.n desc limit 10`"

// querySelect takes `select values from alias: bolt.state where ... order by ... limit n`.
func (c *cursor) querySelect() *ast.QuerySelect {
	s := &ast.QuerySelect{}
	start := c.next().Pos
	defer func(was bool) { c.inQuery = was }(c.inQuery)
	c.inQuery = true
	for {
		if slices.ContainsFunc(selectWords, c.is) {
			c.expected("a value", selectForm)
		}
		s.Items = append(s.Items, c.expr(0))
		if !c.eat(",") {
			break
		}
	}
	c.want("from", selectForm)
	s.Alias = c.name("a name for the rows")
	c.want(":", "the rows are given a name: `from c: count.n`")
	for {
		s.Bolt = append(s.Bolt, c.ident("the name of a bolt"))
		if !c.eat(".") {
			break
		}
	}
	if len(s.Bolt) > 1 { // which of them is the state is for the checker to see
		s.State = s.Bolt[len(s.Bolt)-1]
	}
	if c.eat("where") {
		s.Where = c.expr(0)
	}
	if c.eat("group") {
		c.want("by", "written `group by c.kind`")
		s.Group = c.exprs()
	}
	if c.eat("having") {
		s.Having = c.expr(0)
	}
	if c.eat("order") {
		c.want("by", selectForm)
		for {
			first := c.peek().Pos
			c.orderMissing()
			o := &ast.Order{By: c.expr(0)}
			if o.Desc = c.eat("desc"); !o.Desc {
				c.eat("asc")
			}
			o.Node = c.nodeFrom(first)
			s.Order = append(s.Order, o)
			if !c.eat(",") {
				break
			}
		}
	}
	if c.eat("limit") {
		s.Limit = c.expr(0)
	}
	s.Node = c.nodeFrom(start)
	return s
}
