package parser

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// cursor reads what participle's tags cannot say well: expressions by precedence, statements, lists whose items
// differ by their second word. It panics with a *syntaxError, which leaves through guard.
type cursor struct {
	lex     *lexer.PeekingLexer
	depth   int
	quoted  bool              // in a string: its end is a `}`
	done    map[int]doneBlock // by the offset of its brace
	braces  int               // whether more open than close: 1, or -1; 0 where nobody has looked
	ended   bool              // it was said that a brace is missing at the end
	columns []int             // where the lines of the open blocks begin
	inQuery bool              // in a `select`
	inputs  bool              // among a graph's inputs: a `name TYPE` behind a comma is a parameter
}

// syntaxError is an error at a place.
type syntaxError struct{ diag.Diagnostic }

// Error implements error.
func (e *syntaxError) Error() string { return e.Message }

// maxDepth bounds how deep brackets and blocks may nest, so that no text overflows the stack.
const maxDepth = 200

// guard runs a production and returns its syntax error.
func guard[T any](lex *lexer.PeekingLexer, production func(c *cursor) T) (out T, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*syntaxError)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	return production(&cursor{lex: lex}), nil
}

func (c *cursor) peek() *lexer.Token { return c.lex.Peek() }

// second is the token behind the next.
func (c *cursor) second() *lexer.Token {
	at := c.lex.MakeCheckpoint()
	c.lex.Next()
	t := c.lex.Peek()
	c.lex.LoadCheckpoint(at)
	return t
}

func (c *cursor) next() *lexer.Token { return c.lex.Next() }

// is reports whether the next token is this word or sign.
func (c *cursor) is(text string) bool { return isToken(c.peek(), text) }

func isToken(t *lexer.Token, text string) bool {
	return (t.Type == tOp || t.Type == tIdent) && t.Value == text || t.Type == tHabit && meant(t) == text
}

// eat takes the next token where it is this word or sign.
func (c *cursor) eat(text string) bool {
	if c.is(text) {
		c.next()
		return true
	}
	return false
}

// want takes the next token, which must be this word or sign.
func (c *cursor) want(text, why string) {
	if !c.eat(text) {
		c.expected("`"+text+"`", why)
	}
}

// close takes a closing bracket, or says which opening one is without.
func (c *cursor) close(text string, open ast.Node) {
	if !c.eat(text) {
		c.unclosed(text, "`"+text+"`", open)
	}
}

// closeList is close behind the items of a list, where a comma could have stood too.
func (c *cursor) closeList(text string, open ast.Node) {
	if !c.eat(text) {
		c.unclosed(text, "`,` or `"+text+"`", open)
	}
}

func (c *cursor) unclosed(text, what string, open ast.Node) {
	if !c.is("->") { // of a head whose bracket is not closed
		c.foreignBehind()
	}
	t := c.peek()
	if isToken(t, "for") && c.lineColumn(t) != t.Pos.Column { // not a loop behind it
		foreignForm(tokenSpan(t), "a list is made by a loop", "write `var out []T`, and `for x in xs { out += [f(x)] }`")
	}
	d := diag.Diagnostic{Code: codeExpected, Message: fmt.Sprintf("expected %s, found %s", what, describe(t)), Span: tokenSpan(t)}
	if t.Type == tEOF {
		d.Code = codeBracket
		d.Message = fmt.Sprintf("`%s` is missing", text)
	}
	d.Related = []diag.Label{{Span: open.Span(), Text: "opened here"}}
	panic(&syntaxError{d})
}

// expected fails at the next token.
func (c *cursor) expected(what, help string) {
	d := unexpected(c.peek(), what, help)
	if c.quoted && c.peek().Type == tEOF {
		d.Message = fmt.Sprintf("expected %s, found `}`", what)
	}
	panic(&syntaxError{d})
}

// unexpected is the diagnostic of a token that cannot stand where it does.
func unexpected(t *lexer.Token, what, help string) diag.Diagnostic {
	return diag.Diagnostic{Code: codeExpected, Message: fmt.Sprintf("expected %s, found %s", what, describe(t)), Span: tokenSpan(t), Help: help}
}

// describe names a token as people would.
func describe(t *lexer.Token) string {
	switch t.Type {
	case tEOF:
		return "the end of the declaration"
	case tEOL:
		return "the end of the line"
	case tString:
		return "a string"
	case tRaw:
		return "a raw string"
	case tInt, tFloat, tDuration, tSize:
		return "the number `" + t.Value + "`"
	}
	text := t.Value
	if len(text) > 40 {
		text = strings.ToValidUTF8(text[:40], "") + "..."
	}
	return "`" + text + "`"
}

func tokenSpan(t *lexer.Token) source.Span {
	return source.Span{File: t.Pos.Filename, Start: t.Pos.Offset, End: t.Pos.Offset + len(t.Value)}
}

// nodeFrom is the place from start to the last token taken.
func (c *cursor) nodeFrom(start lexer.Position) ast.Node {
	raw := c.lex.RawCursor()
	if raw == 0 {
		return ast.Node{Pos: start, EndPos: start}
	}
	return ast.Node{Pos: start, EndPos: tokenEnd(&c.lex.Range(raw-1, raw)[0])}
}

// taken is the text of the last token taken.
func (c *cursor) taken() string {
	raw := c.lex.RawCursor()
	return c.lex.Range(raw-1, raw)[0].Value
}

func tokenEnd(t *lexer.Token) lexer.Position {
	end := t.Pos
	end.Offset += len(t.Value)
	end.Column += len(t.Value)
	return end
}

func tokenNode(t *lexer.Token) ast.Node { return ast.Node{Pos: t.Pos, EndPos: tokenEnd(t)} }

// ident takes any word as a name: a field's, an alias, an output's.
func (c *cursor) ident(what string) *ast.Ident {
	t := c.peek()
	if t.Type != tIdent {
		c.expected(what, "")
	}
	c.next()
	return &ast.Ident{Node: tokenNode(t), Name: t.Value}
}

// name takes a word that can be used bare: no statement word.
func (c *cursor) name(what string) *ast.Ident {
	if t := c.peek(); t.Type == tIdent && reserved[t.Value] {
		panic(&syntaxError{diag.Diagnostic{Code: codeReserved, Span: tokenSpan(t),
			Message: fmt.Sprintf("`%s` is a word of the language and cannot name %s", t.Value, strings.TrimPrefix(what, "the name of ")),
			Help:    "choose another name"}})
	}
	return c.ident(what)
}

// enter goes one level deeper; leave with defer.
func (c *cursor) enter() {
	c.depth++
	if c.depth > maxDepth {
		panic(&syntaxError{diag.Diagnostic{Code: codeTooDeep, Span: tokenSpan(c.peek()),
			Message: fmt.Sprintf("nested more than %d levels deep", maxDepth), Help: "name parts of it with `let`"}})
	}
}

func (c *cursor) leave() { c.depth-- }

// eols takes the ends of statements.
func (c *cursor) eols() {
	for c.peek().Type == tEOL {
		c.next()
	}
}
