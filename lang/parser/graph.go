package parser

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
)

// graph parses a composite: its head by hand, and each declaration in it as a piece of its own, so that a broken one
// costs itself only.
func (p *pieceParser) graph(piece []lexer.Token, node ast.Node) (ast.Decl, *diag.Diagnostic) {
	g := &ast.Graph{Node: node}
	c := &cursor{lex: peeking(piece)}
	open, err := guard(c.lex, func(c *cursor) *lexer.Token {
		c.graphHead(g)
		if !c.is("{") {
			c.expected("`{`", formOf("graph"))
		}
		return c.peek()
	})
	if err != nil {
		return g, problem(err, piece)
	}
	first := slices.IndexFunc(piece, func(t lexer.Token) bool { return t.Pos.Offset == open.Pos.Offset && t.Type == tOp }) + 1
	last := len(piece) - 2
	for last >= first && !significant(&piece[last]) {
		last--
	}
	if last < first || !isToken(&piece[last], "}") {
		return g, &diag.Diagnostic{Code: codeBracket, Span: tokenSpan(&piece[len(piece)-1]), Message: "`}` is missing",
			Related: []diag.Label{{Span: tokenSpan(open), Text: "opened here"}}}
	}
	for _, item := range itemsOf(piece[first:last]) {
		p.graphItem(g, item)
	}
	return g, nil
}

// graphHead takes `graph NAME(inputs, parameters) -> outputs`.
func (c *cursor) graphHead(g *ast.Graph) {
	c.next()
	g.Name = c.name("the name of the graph")
	if open := c.peek(); c.eat("(") {
		for !c.is(")") {
			if c.peek().Type != tIdent {
				c.expected("the name of an input or parameter", formOf("graph"))
			}
			if isToken(c.second(), ":") {
				g.Inputs = append(g.Inputs, c.graphInput())
			} else {
				g.Params = append(g.Params, c.field())
			}
			if !c.eat(",") {
				break
			}
		}
		c.closeList(")", tokenNode(open))
	}
	if c.eat("->") {
		list, _ := c.outputs().(outs)
		g.Outputs = list
	}
}

// graphInput takes `urls: (url string) by fields(url)`.
func (c *cursor) graphInput() *ast.GraphInput {
	start := c.peek().Pos
	c.inputs = true
	in := &ast.GraphInput{Shape: c.output()}
	c.inputs = false
	if c.eat("by") {
		in.Grouping = c.grouping()
	}
	in.Node = c.nodeFrom(start)
	return in
}

// significant reports whether a token is more than space.
func significant(t *lexer.Token) bool {
	return t.Type != tSpace && t.Type != tComment && t.Type != tEOL && t.Type != tItem
}

// itemsOf cuts the inside of a graph into the pieces of its declarations, each with an EOF behind it.
func itemsOf(tokens []lexer.Token) [][]lexer.Token {
	var out [][]lexer.Token
	for len(tokens) > 0 {
		end := slices.IndexFunc(tokens, func(t lexer.Token) bool { return t.Type == tItem })
		item := tokens
		if end >= 0 {
			item, tokens = tokens[:end], tokens[end+1:]
		} else {
			tokens = nil
		}
		for len(item) > 0 && !significant(&item[0]) {
			item = item[1:]
		}
		for len(item) > 0 && !significant(&item[len(item)-1]) {
			item = item[:len(item)-1]
		}
		if len(item) > 0 {
			out = append(out, append(slices.Clone(item), lexer.Token{Type: tEOF, Pos: tokenEnd(&item[len(item)-1])}))
		}
	}
	return out
}

// notInGraph are the words of declarations that stand outside of graphs only.
var notInGraph = []string{"topology", "library", "use", "param", "type", "enum", "func", "aggregate", "graph", "query", "test"}

// graphItem parses one declaration of a graph, or the binding of an output.
func (p *pieceParser) graphItem(g *ast.Graph, item []lexer.Token) {
	first := item[0]
	if first.Type == tIdent && slices.Contains(notInGraph, first.Value) {
		d := broken(item, nil)
		p.report(item, &diag.Diagnostic{Code: codeDeclaration, Span: tokenSpan(&first), Message: fmt.Sprintf("a %s cannot be declared in a graph", first.Value),
			Help: "a graph has spouts, bolts, sinks and constants; move this out of it, to column 1"})
		g.Decls = append(g.Decls, d)
		return
	}
	if first.Type == tIdent && binds(item) {
		c := &cursor{lex: peeking(item)}
		b, err := guard(c.lex, (*cursor).bind)
		if err == nil {
			g.Binds = append(g.Binds, b)
			return
		}
		p.report(item, problem(err, item))
		g.Decls = append(g.Decls, broken(item, nil))
		return
	}
	if !slices.Contains(declarations, first.Value) {
		d := unknownDeclaration([]lexer.Token{first, item[len(item)-1]})
		if strings.HasPrefix(d.Help, "a declaration begins with") {
			d.Help = "in a graph stand spouts, bolts, sinks, constants, and what its outputs are: `out = component`"
		}
		p.report(item, d)
		g.Decls = append(g.Decls, broken(item, nil))
		return
	}
	g.Decls = append(g.Decls, p.decl(item))
}

// binds reports whether a piece begins with `name =`.
func binds(item []lexer.Token) bool {
	for _, t := range item[1:] {
		if significant(&t) {
			return isToken(&t, "=")
		}
	}
	return false
}

// bind takes `out = first | second`.
func (c *cursor) bind() *ast.Bind {
	start := c.peek().Pos
	b := &ast.Bind{Name: c.ident("the name of an output")}
	c.want("=", "")
	for {
		b.Sources = append(b.Sources, c.source())
		if !c.eat("|") {
			break
		}
	}
	if c.peek().Type != tEOF {
		c.expected("the end of the line", "an output is bound to a component inside: `out = first`")
	}
	b.Node = c.nodeFrom(start)
	return b
}
