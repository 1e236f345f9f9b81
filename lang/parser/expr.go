package parser

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// precedence of the binary operators: higher binds more tightly. All are left-associative; a comparison
// does not take another as its operand.
var precedence = map[string]int{
	"??": 1, "or": 2, "and": 3,
	"==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5,
	"..": 6, "+": 7, "-": 7, "*": 8, "/": 8, "div": 8, "mod": 8,
}

// notPrecedence is that of `not`: below comparison, above and.
const notPrecedence = 4

// expr takes an expression whose operators bind more tightly than above.
func (c *cursor) expr(above int) ast.Expr {
	c.enter()
	defer c.leave()
	start := c.peek().Pos
	x := c.unary()
	for {
		t := c.peek()
		if t.Type != tOp && t.Type != tIdent && t.Type != tHabit {
			return x
		}
		if above == 0 && isToken(t, "?") {
			c.foreignQuestion(start, x)
		}
		op := meant(t)
		p := precedence[op]
		if p == 0 || p <= above {
			return x
		}
		c.next()
		if op == ".." && c.is("]") {
			foreignCut(t)
		}
		b := &ast.Binary{X: x, Op: op, OpPos: tokenNode(t), Foreign: t.Type == tHabit}
		b.Y = c.expr(p)
		b.Node = c.nodeFrom(start)
		x = b
		if n := c.peek(); p == 5 && n.Type == tOp && precedence[meant(n)] == 5 {
			panic(&syntaxError{diag.Diagnostic{Code: codeExpected, Span: tokenSpan(n),
				Message: "comparisons do not chain", Help: "write `a < b and b < c`"}})
		}
	}
}

func (c *cursor) unary() ast.Expr {
	t := c.peek()
	switch {
	case isToken(t, "-"):
		c.enter()
		defer c.leave()
		c.next()
		u := &ast.Unary{Op: "-", X: c.unary()}
		u.Node = c.nodeFrom(t.Pos)
		return u
	case isToken(t, "not"):
		c.next()
		u := &ast.Unary{Op: "not", X: c.expr(notPrecedence)}
		u.Node = c.nodeFrom(t.Pos)
		return u
	case isToken(t, "!"):
		panic(&syntaxError{diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t), Message: "not is written as a word",
			Help:  "write `not x`; `x!` behind a value means: or fail the tuple",
			Fixes: []diag.Fix{{Title: "write not", Span: tokenSpan(t), Text: "not "}}}})
	}
	return c.postfix(c.primary())
}

// postfix takes what stands behind an operand: .field ?.field [i] (args) !
func (c *cursor) postfix(x ast.Expr) ast.Expr {
	start := nodeOf(x)
	for {
		t := c.peek()
		switch {
		case isToken(t, "."), isToken(t, "?."):
			c.next()
			e := &ast.Select{X: x, Optional: t.Value == "?.", Field: c.ident("the name of a field")}
			e.Node = c.nodeFrom(start.Pos)
			x = e
		case isToken(t, "["):
			c.next()
			if c.is("..") {
				foreignCut(c.peek())
			}
			e := &ast.Index{X: x, Index: c.expr(0)}
			c.foreignSlice()
			c.close("]", tokenNode(t))
			e.Node = c.nodeFrom(start.Pos)
			x = e
		case isToken(t, "("):
			e := &ast.Call{Fun: x, Args: c.args()}
			e.Node = c.nodeFrom(start.Pos)
			x = e
			if c.inQuery && c.is("filter") && isToken(c.second(), "(") {
				x = c.filtered(e)
			}
		case isToken(t, "!"):
			c.next()
			e := &ast.Must{X: x}
			e.Node = c.nodeFrom(start.Pos)
			x = e
		default:
			return x
		}
	}
}

// nodeOf is the place of any expression.
func nodeOf(x ast.Expr) ast.Node {
	switch x := x.(type) {
	case *ast.Literal:
		return x.Node
	case *ast.None:
		return x.Node
	case *ast.String:
		return x.Node
	case *ast.Name:
		return x.Node
	case *ast.List:
		return x.Node
	case *ast.MapLit:
		return x.Node
	case *ast.Paren:
		return x.Node
	case *ast.Match:
		return x.Node
	case *ast.Case:
		return x.Node
	}
	panic(fmt.Sprintf("parser: %T is no primary expression", x))
}

// args takes `(value, name: value, ..record)`.
func (c *cursor) args() []*ast.Arg {
	open := c.peek()
	c.want("(", "")
	var out []*ast.Arg
	for !c.is(")") {
		start := c.peek().Pos
		a := &ast.Arg{}
		if c.inQuery {
			c.queryArg(a)
		}
		if c.eat("..") {
			a.Spread = true
		} else if c.peek().Type == tIdent && isToken(c.second(), ":") {
			a.Name = c.ident("")
			c.next()
		}
		a.Value = c.expr(0)
		a.Node = c.nodeFrom(start)
		out = append(out, a)
		if c.is("=") {
			c.expected("`,` or `)`", "arguments are named with a colon: `name: value`; equality is `==`")
		}
		if !c.eat(",") {
			break
		}
	}
	c.closeList(")", tokenNode(open))
	return out
}

var literalKinds = map[int]ast.LiteralKind{
	int(tInt): ast.IntLit, int(tFloat): ast.FloatLit, int(tDuration): ast.DurationLit, int(tSize): ast.SizeLit, int(tRaw): ast.RawLit,
}

func (c *cursor) primary() ast.Expr {
	t := c.peek()
	if kind, ok := literalKinds[int(t.Type)]; ok {
		c.next()
		return &ast.Literal{Node: tokenNode(t), Kind: kind, Text: t.Value}
	}
	switch t.Type {
	case tString:
		return c.str()
	case tIdent:
		if c.inQuery && t.Value == "case" {
			return c.caseOf()
		}
		c.foreignOperand(t)
		return c.word()
	}
	switch {
	case isToken(t, "("):
		c.next()
		e := &ast.Paren{X: c.expr(0)}
		if c.is(",") {
			c.expected("`)`", "a tuple is emitted with `emit (a, b)`; a record is written with its type's name: `Hit(url: x)`")
		}
		c.close(")", tokenNode(t))
		e.Node = c.nodeFrom(t.Pos)
		c.foreignCast(e)
		return e
	case isToken(t, "["):
		c.next()
		e := &ast.List{}
		for !c.is("]") {
			e.Items = append(e.Items, c.expr(0))
			if !c.eat(",") {
				break
			}
		}
		c.closeList("]", tokenNode(t))
		e.Node = c.nodeFrom(t.Pos)
		if n := c.peek(); len(e.Items) == 0 && n.Type == tIdent && n.Pos.Offset == e.EndPos.Offset {
			foreignForm(e.Span(), "a list is written without its type", "write `[a, b]`; an empty one takes its type from its name: `var xs []"+n.Value+"`")
		}
		return e
	case isToken(t, "{"):
		c.expected("an expression", "braces hold code; write a map as `map[k: v]`, a record as `Hit(url: x)`")
	}
	c.expected("an expression", "")
	return nil
}

// word takes an expression that begins with a word.
func (c *cursor) word() ast.Expr {
	t := c.peek()
	switch t.Value {
	case "true", "false":
		c.next()
		return &ast.Literal{Node: tokenNode(t), Kind: ast.BoolLit, Text: t.Value}
	case "none":
		c.next()
		if c.is("because") {
			c.next()
			n := &ast.None{Why: c.expr(precedence["??"])}
			n.Node = c.nodeFrom(t.Pos)
			return n
		}
		return &ast.Literal{Node: tokenNode(t), Kind: ast.NoneLit, Text: t.Value}
	case "map":
		if !isToken(c.second(), "(") {
			return c.mapLit()
		} // else there may be a function of that name, of which it is told that it can't be
		c.next()
		return &ast.Name{Node: tokenNode(t), Name: t.Value}
	case "match":
		return c.match()
	case "nil", "null", "None", "undefined":
		c.next()
		if isToken(c.peek(), "(") {
			return &ast.Name{Node: tokenNode(t), Name: t.Value} // likewise
		}
		return &ast.Literal{Node: tokenNode(t), Kind: ast.NoneLit, Text: t.Value} // reportStmts says so
	case "if":
		c.foreignIf()
	}
	if reserved[t.Value] && !(functionWords[t.Value] && isToken(c.second(), "(")) {
		c.expected("an expression", "`"+t.Value+"` is a word of the language")
	}
	c.next()
	return &ast.Name{Node: tokenNode(t), Name: t.Value}
}

func (c *cursor) mapLit() ast.Expr {
	t := c.next()
	open := c.peek()
	c.want("[", "a map is written `map[key: value]`")
	e := &ast.MapLit{}
	for !c.is("]") {
		start := c.peek().Pos
		m := &ast.MapEntry{Key: c.expr(0)}
		if c.is("]") && len(e.Entries) == 0 {
			foreignForm(tokenSpan(t), "a map is written without its type", "write `map[key: value]`; an empty one takes its type from its name: `var m map[string]int`")
		}
		c.want(":", "a map is written `map[key: value]`")
		m.Value = c.expr(0)
		m.Node = c.nodeFrom(start)
		e.Entries = append(e.Entries, m)
		if !c.eat(",") {
			break
		}
	}
	c.closeList("]", tokenNode(open))
	e.Node = c.nodeFrom(t.Pos)
	return e
}

// match takes `match x { pattern, pattern => value ... }`.
func (c *cursor) match() *ast.Match { return c.matchFrom(c.next().Pos) }

// matchFrom is match behind its word, which stood at start.
func (c *cursor) matchFrom(start lexer.Position) *ast.Match {
	m := &ast.Match{X: c.expr(0)}
	open := c.peek()
	c.want("{", "")
	c.eols()
	for !c.is("}") && c.peek().Type != tEOF {
		begin := c.peek().Pos
		arm := &ast.MatchArm{}
		for {
			arm.Patterns = append(arm.Patterns, c.expr(0))
			if !c.eat(",") {
				break
			}
		}
		c.want("=>", "an arm is written `pattern => value`")
		switch t := c.peek(); {
		case isToken(t, "{"):
			arm.Block = c.block()
		case t.Type == tIdent && statements[t.Value] != nil && t.Value != "match":
			arm.Block = c.lone()
		default:
			switch s := c.simple(t.Pos).(type) {
			case *ast.ExprStmt:
				arm.Value = s.X
			default: // `a => n += 1`
				arm.Block = &ast.Block{Node: c.nodeFrom(t.Pos), Stmts: []ast.Stmt{s}}
			}
		}
		arm.Node = c.nodeFrom(begin)
		m.Arms = append(m.Arms, arm)
		if !c.eat(",") && c.peek().Type != tEOL && !c.is("}") {
			c.expected("the end of the arm", "arms stand on lines of their own, or have commas between them")
		}
		c.eols()
	}
	c.close("}", tokenNode(open))
	m.Node = c.nodeFrom(start)
	return m
}

// lone takes a statement that stands in an arm without braces.
func (c *cursor) lone() *ast.Block {
	start := c.peek().Pos
	b := &ast.Block{Stmts: []ast.Stmt{c.stmt()}}
	b.Node = c.nodeFrom(start)
	return b
}

// str takes a string and the expressions in its braces.
func (c *cursor) str() *ast.String {
	t := c.next()
	out := &ast.String{Node: tokenNode(t)}
	body := t.Value[1:]
	if _, closed := stringEnd(t.Value); !closed && t.Value[0] == '"' {
		// The scanner has said so: what stands around it can't be read either.
		panic(&syntaxError{diag.Diagnostic{Code: codeUnclosed, Span: tokenSpan(t), Message: "the string is not closed"}})
	}
	if n, closed := stringEnd(t.Value); closed && n == len(t.Value) || strings.HasSuffix(body, "'") {
		body = body[:len(body)-1]
	}
	base := t.Pos.Offset + 1
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out.Parts = append(out.Parts, ast.StringPart{Text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(body); {
		switch body[i] {
		case '\\':
			value, n := unescape(body[i:])
			if n == 0 {
				_, size := utf8.DecodeRuneInString(body[i+1:])
				panic(&syntaxError{diag.Diagnostic{Code: codeBadEscape, Message: "unknown escape",
					Span: source.Span{File: t.Pos.Filename, Start: base + i, End: base + i + 1 + size},
					Help: `there are \n \r \t \" \\ \{ \} \u{1F600}; a regular expression is written as a ` + "`raw string`"}})
			}
			text.WriteString(value)
			i += n
		case '{':
			n := partEnd(body[i:])
			flush()
			out.Parts = append(out.Parts, ast.StringPart{Expr: c.part(body[i+1:i+n-1], shift(t.Pos, 1+i+1))})
			i += n
		default:
			text.WriteByte(body[i])
			i++
		}
	}
	flush()
	return out
}

// partEnd is the length of `{expr}` that text begins with.
func partEnd(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			n, _ := stringEnd(text[i:])
			i += n - 1
		case '`':
			i += max(1, rawEnd(text[i:])) - 1
		}
	}
	return len(text) + 1
}

// part parses the expression inside of an interpolation, which stands at base.
func (c *cursor) part(text string, base lexer.Position) ast.Expr {
	tokens, diags := scanPart(text, base)
	if len(diags) > 0 {
		panic(&syntaxError{diags[0]})
	}
	sub := &cursor{lex: peeking(tokens), depth: c.depth + 1, quoted: true, inQuery: c.inQuery}
	if sub.peek().Type == tEOF {
		panic(&syntaxError{diag.Diagnostic{Code: codeExpected, Message: "nothing stands between the braces",
			Span: source.Span{File: base.Filename, Start: base.Offset - 1, End: base.Offset + len(text) + 1}, Help: `write \{ for a brace in a string`}})
	}
	x := sub.expr(0)
	if t := sub.peek(); t.Type != tEOF {
		panic(&syntaxError{unexpected(t, "`}`", `write \{ for a brace in a string`)})
	}
	return x
}

func shift(p lexer.Position, n int) lexer.Position {
	p.Offset += n
	p.Column += n
	return p
}

// unescape reads one escape; n is 0 where it is none.
func unescape(s string) (value string, n int) {
	if len(s) < 2 {
		return "", 0
	}
	switch s[1] {
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case '"', '\\', '{', '}', '\'':
		return s[1:2], 2
	case 'u':
		end := strings.IndexByte(s, '}')
		if !strings.HasPrefix(s, `\u{`) || end < 4 || end > 9 {
			return "", 0
		}
		code, err := strconv.ParseUint(s[3:end], 16, 32)
		if err != nil || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
			return "", 0
		}
		return string(rune(code)), end + 1
	}
	return "", 0
}
