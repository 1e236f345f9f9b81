package parser

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// Values as other languages write them.

// behind is the last token that was taken; nil where there is none.
func (c *cursor) behind() *lexer.Token {
	before := c.lex.Range(0, c.lex.RawCursor())
	for i := len(before) - 1; i >= 0; i-- {
		if significant(&before[i]) {
			return &before[i]
		}
	}
	return nil
}

// textOf is the text of a place that was read.
func (c *cursor) textOf(at source.Span) string {
	var b strings.Builder
	tokens := c.lex.Range(0, c.lex.RawCursor())
	for i := range tokens {
		if o := tokens[i].Pos.Offset; o >= at.Start && o < at.End {
			b.WriteString(tokens[i].Value)
		}
	}
	return b.String()
}

// attempt reports whether a production can be read; if not, nothing was read.
func (c *cursor) attempt(production func()) (ok bool) {
	at, depth, columns := c.lex.MakeCheckpoint(), c.depth, len(c.columns)
	defer func() {
		if r := recover(); r != nil {
			if _, syntax := r.(*syntaxError); !syntax {
				panic(r)
			}
			c.lex.LoadCheckpoint(at)
			c.depth, c.columns = depth, c.columns[:columns]
			ok = false
		}
	}()
	production()
	return true
}

// foreignQuestion sees, behind an expression that began at start, `? a : b`, and the `?` of those who have it for errors.
func (c *cursor) foreignQuestion(start lexer.Position, x ast.Expr) {
	t, next := c.peek(), c.second()
	if next.Type == tEOL || next.Type == tEOF || next.Type == tOp && slices.Contains([]string{")", "}", "]", ",", "."}, next.Value) {
		foreignForm(tokenSpan(t), "what may be missing is unwrapped by `!`", "write `!`, which fails the tuple where it is missing; `?? value` stands in for it", instead(t, "!"))
	}
	var yes, no ast.Expr
	at := tokenSpan(t)
	if c.attempt(func() {
		c.next()
		yes = c.expr(0)
		c.want(":", "")
		no = c.expr(0)
	}) {
		at = c.nodeFrom(start).Span()
		c.foreignChoice(at, tokenSpan(t), "there is no `c ? a : b`", x, yes, no)
	}
	foreignForm(at, "there is no `c ? a : b`", "write `match c { true => a, false => b }`")
}

// foreignChoice says how a choice of two values is written.
func (c *cursor) foreignChoice(all, at source.Span, message string, cond, yes, no ast.Expr) {
	text := "match " + c.textOf(cond.Span()) + " { true => " + c.textOf(yes.Span()) + ", false => " + c.textOf(no.Span()) + " }"
	help := "write `" + text + "`"
	if len(text) > 100 || strings.Contains(text, "\n") {
		help = "write `match c { true => a, false => b }`"
	}
	if !tells(cond) {
		help += "; what is no bool is compared first: `x != \"\"`, `n > 0`"
	}
	foreignForm(at, message, help, diag.Fix{Title: "write match", Span: all, Text: text, Asks: !tells(cond)})
}

// tells reports whether an expression is true or false by its form; what others take for true, such as a text, is no condition.
func tells(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Paren:
		return tells(x.X)
	case *ast.Unary:
		return x.Op == "not"
	case *ast.Binary:
		return slices.Contains([]string{"==", "!=", "<", "<=", ">", ">=", "and", "or"}, x.Op)
	case *ast.Literal:
		return x.Kind == ast.BoolLit
	}
	return false
}

// foreignIf sees an `if` where a value should stand.
func (c *cursor) foreignIf() {
	t := c.next()
	var cond, yes, no ast.Expr
	if c.attempt(func() {
		cond = c.condition("a condition")
		yes = c.valueInBraces()
		c.want("else", "")
		no = c.valueInBraces()
	}) {
		c.foreignChoice(c.nodeFrom(t.Pos).Span(), tokenSpan(t), "`if` is a statement and has no value", cond, yes, no)
	}
	foreignForm(tokenSpan(t), "`if` is a statement and has no value", "write `match c { true => a, false => b }`; or declare a `var`, and set it in the branches")
}

func (c *cursor) valueInBraces() ast.Expr {
	c.want("{", "")
	c.eols()
	x := c.expr(0)
	c.eols()
	c.want("}", "")
	return x
}

// foreignBehind sees what other languages write behind a value.
func (c *cursor) foreignBehind() {
	t, next := c.peek(), c.second()
	switch {
	case isToken(t, "=>") || isToken(t, "->"):
		foreignForm(tokenSpan(t), noLambda, noLambdaHelp)
	case isToken(t, "as") && next.Type == tIdent:
		at := tokenSpan(t)
		at.End = tokenSpan(next).End
		foreignForm(at, "a value is converted by a call", "write `"+next.Value+"(x)`")
	case isToken(t, "is"), t.Type == tIdent && foreignComparisons[strings.ToLower(t.Value)] != "":
		c.foreignCondition()
	}
}

// foreignSlice sees the `:` of a slice behind its start.
func (c *cursor) foreignSlice() {
	if t := c.peek(); isToken(t, ":") {
		foreignForm(tokenSpan(t), "parts are cut out by a function", "write `slice(list, 0, 3)`, of a text `substring(text, 0, 3)`")
	}
}

// foreignCut answers a range with one end, as an index.
func foreignCut(at *lexer.Token) {
	foreignForm(tokenSpan(at), "parts are cut out by a function", "write `slice(list, 2, len(list))`, of a text `substring(text, 0, 3)`")
}

// foreignCast sees `(int) x`.
func (c *cursor) foreignCast(p *ast.Paren) {
	n, ok := p.X.(*ast.Name)
	t := c.peek()
	if ok && slices.Contains(foreignTypes, n.Name) && (t.Type == tIdent && !reserved[t.Value] && precedence[t.Value] == 0 || t.Type == tInt || t.Type == tFloat || t.Type == tString) {
		foreignForm(p.Span(), "a value is converted by a call", "write `"+n.Name+"(x)`")
	}
}

// foreignSend sees `stream <- value` where a statement stands.
func foreignSend(x ast.Expr) {
	b, ok := x.(*ast.Binary)
	if !ok || b.Op != "<" {
		return
	}
	if u, ok := b.Y.(*ast.Unary); ok && u.Op == "-" && u.Pos.Offset == b.OpPos.EndPos.Offset {
		at := b.OpPos.Span()
		at.End++
		foreignForm(at, stormEmit, stormEmitHelp)
	}
}

// foreignScope sees `= 0 per word` behind a state's type.
func (c *cursor) foreignScope(s *ast.State) {
	equals := c.peek()
	var value ast.Expr
	scope := equals
	if !isToken(equals, "=") || !c.attempt(func() {
		c.next()
		value = c.expr(0)
		scope = c.peek()
		switch {
		case c.eat("shared"):
		case c.eat("per"):
			c.names("the field that the state is kept by")
		default:
			c.expected("", "")
		}
	}) {
		return
	}
	at := c.nodeFrom(equals.Pos).Span()
	per := at
	per.Start = scope.Pos.Offset
	text := c.textOf(per) + " = " + c.textOf(value.Span())
	foreignForm(at, "the scope of a state stands before its first value", "write `state "+s.Name.Name+" "+c.textOf(s.Type.Span())+" "+text+"`", diag.Fix{Title: "write " + text, Span: at, Text: text})
}

// declaresAhead sees `a :=` and `a, b :=` ahead.
func (c *cursor) declaresAhead() bool {
	t := c.second()
	return isToken(t, ",") || t.Type == tHabit && t.Value == ":="
}

// declaresSeveral sees `a, b :=` and `a, b =` ahead.
func (c *cursor) declaresSeveral() bool {
	at := c.lex.MakeCheckpoint()
	defer c.lex.LoadCheckpoint(at)
	for c.peek().Type == tIdent {
		c.next()
		if c.is("=") {
			return true
		}
		if !c.eat(",") {
			return false
		}
	}
	return false
}
