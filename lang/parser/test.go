package parser

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/runtime/spell"
)

// testDecl takes `test "name" with param = value { steps }`; the word test has been taken.
func (c *cursor) testDecl(d *ast.Test) *ast.Test {
	if c.peek().Type != tString {
		c.expected("the name of the test in quotes", formOf("test"))
	}
	d.Title = c.title()
	if c.eat("with") {
		for {
			start := c.peek().Pos
			w := &ast.With{Name: c.ident("the name of a param")}
			c.want("=", "a param is set for a test with `with depth = 2`")
			w.Value = c.expr(0)
			w.Node = c.nodeFrom(start)
			d.With = append(d.With, w)
			if !c.eat(",") {
				break
			}
		}
	}
	open := c.peek()
	c.want("{", formOf("test"))
	c.eols()
	for !c.is("}") && c.peek().Type != tEOF {
		d.Steps = append(d.Steps, c.testStep())
		if t := c.peek(); t.Type != tEOL && t.Type != tEOF && !isToken(t, "}") {
			c.expected("the end of the step", "each step of a test stands on a line of its own")
		}
		c.eols()
	}
	c.close("}", tokenNode(open))
	if t := c.peek(); t.Type != tEOF && t.Type != tEOL {
		c.expected("the end of the declaration", "")
	}
	return d
}

// title takes a string in which braces are braces: it is a name and nothing that is computed.
func (c *cursor) title() *ast.String {
	t := c.next()
	body := strings.TrimSuffix(t.Value[1:], t.Value[:1])
	var text strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] == '\\' {
			if value, n := unescape(body[i:]); n > 0 {
				text.WriteString(value)
				i += n - 1
				continue
			}
		}
		text.WriteByte(body[i])
	}
	return &ast.String{Node: tokenNode(t), Parts: []ast.StringPart{{Text: text.String()}}}
}

// testSteps are the words that steps of a test begin with.
var testSteps = []string{"given", "advance", "end", "expect", "fake"}

// foreignSteps are what other tools call them.
var foreignSteps = map[string]string{
	"assert": "expect", "should": "expect", "want": "expect", "then": "expect", "verify": "expect", "send": "given", "input": "given",
	"emit": "given", "when": "given", "mock": "fake", "stub": "fake", "sleep": "advance", "wait": "advance", "finish": "end", "stop": "end",
}

func (c *cursor) testStep() ast.TestStep {
	t := c.peek()
	switch {
	case c.eat("given"):
		return c.given(t.Pos)
	case c.eat("advance"):
		s := &ast.Advance{By: c.expr(0)}
		s.Node = c.nodeFrom(t.Pos)
		return s
	case c.eat("end"):
		return &ast.End{Node: tokenNode(t)}
	case c.eat("expect"):
		return c.expect(t.Pos)
	case c.eat("fake"):
		return c.fake(t.Pos)
	}
	help := "a test has the steps given, advance, expect, end and fake"
	if t.Type == tIdent {
		near := foreignSteps[t.Value]
		if near == "" {
			near = spell.Suggest(t.Value, testSteps)
		}
		if near != "" {
			panic(&syntaxError{diag.Diagnostic{Code: codeExpected, Span: tokenSpan(t), Message: fmt.Sprintf("expected a step of the test, found %s", describe(t)),
				Help: fmt.Sprintf("did you mean `%s`? %s", near, help), Fixes: []diag.Fix{{Title: "write " + near, Span: tokenSpan(t), Text: near}}}})
		}
	}
	c.expected("a step of the test", help)
	return nil
}

// given takes `lines: (...), (...)`, `view at 5s: (...)`.
func (c *cursor) given(start lexer.Position) ast.TestStep {
	const help = "tuples are given with `given lines: (\"a\"), (\"b\")`"
	if c.peek().Type != tIdent {
		c.expected("the name of a spout", help)
	}
	s := &ast.Given{Spout: c.ident("")}
	s.Within, s.Stream = c.way("the name of an output")
	if c.eat("at") {
		s.At = c.expr(0)
	}
	c.want(":", help)
	s.Tuples = c.testTuples(help)
	s.Node = c.nodeFrom(start)
	return s
}

// way takes `.a.b.c` behind a name: what is on the way, and the last one, nil where there is none.
func (c *cursor) way(what string) (within []*ast.Ident, last *ast.Ident) {
	for c.eat(".") {
		if last != nil {
			within = append(within, last)
		}
		last = c.ident(what)
	}
	return within, last
}

// testTuples takes `(a, b), (c, d)`.
func (c *cursor) testTuples(help string) []*ast.TestTuple {
	var out []*ast.TestTuple
	for {
		start := c.peek().Pos
		if !c.is("(") {
			c.expected("a tuple in brackets", help)
		}
		t := &ast.TestTuple{Args: c.args()}
		t.Node = c.nodeFrom(start)
		out = append(out, t)
		if !c.eat(",") {
			return out
		}
	}
}

// expect takes what stands behind the word: a stream and its tuples, or a condition.
func (c *cursor) expect(start lexer.Position) ast.TestStep {
	const help = "what a stream carries is expected with `expect count: (\"the\", 2), (\"cat\", 1)`, `expect count: nothing` or `expect count contains (\"the\", 2)`"
	if t := c.peek(); t.Type == tEOL || t.Type == tEOF || isToken(t, "}") {
		c.expected("the name of a stream, or a condition", help)
	}
	if t := c.peek(); t.Type == tIdent && isToken(c.second(), "==") && isToken(c.ahead(2), "(") {
		foreignForm(tokenSpan(c.second()), "what a stream carries stands behind a colon", "write `expect "+t.Value+": (...)`", instead(c.second(), ":"))
	}
	if !c.namesStream() {
		s := &ast.ExpectTrue{X: c.expr(0)}
		s.Node = c.nodeFrom(start)
		return s
	}
	s := &ast.Expect{Component: c.ident("")}
	s.Within, s.Stream = c.way("the name of an output")
	s.Failed = c.eat("failed")
	switch {
	case c.eat("contains"):
		s.Contains = true
		s.Tuples = c.testTuples(help)
	default:
		c.want(":", help)
		if c.is("nothing") {
			c.next()
			s.Nothing = true
			break
		}
		s.Tuples = c.testTuples(help)
		if t := c.peek(); isToken(t, "in") {
			c.next()
			const order = "the order of tuples is left open with `in any order`"
			c.want("any", order)
			c.want("order", order)
			s.AnyOrder = true
		}
	}
	s.Node = c.nodeFrom(start)
	return s
}

// namesStream looks ahead: `count:`, `parse.ok contains`, `parse failed`. A condition begins in no such way.
func (c *cursor) namesStream() bool {
	if c.peek().Type != tIdent {
		return false
	}
	at := c.lex.MakeCheckpoint()
	defer c.lex.LoadCheckpoint(at)
	c.next()
	for c.eat(".") {
		if c.peek().Type != tIdent {
			return false
		}
		c.next()
	}
	t := c.peek()
	return t.Type == tOp && t.Value == ":" || t.Type == tIdent && slices.Contains([]string{"contains", "failed"}, t.Value)
}

// fake takes `http.get(url) = expr`, or a body in braces.
func (c *cursor) fake(start lexer.Position) ast.TestStep {
	const help = "a function is replaced with `fake now() = time(\"2026-01-02T15:04:05Z\")`, `fake http.get(url) = ...`"
	if c.peek().Type != tIdent {
		c.expected("the name of a function", help)
	}
	s := &ast.Fake{Name: c.ident("")}
	if c.is(".") {
		s.Library = s.Name
		s.Within, s.Name = c.way("the name of a function")
	}
	open := c.peek()
	c.want("(", help)
	if !c.is(")") {
		s.Params = c.names("the name of a parameter")
	}
	c.closeList(")", tokenNode(open))
	if c.is("{") {
		s.Body = c.block()
	} else {
		c.want("=", help)
		s.Expr = c.expr(0)
	}
	s.Node = c.nodeFrom(start)
	return s
}
