package parser

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/runtime/spell"
)

// A mistake in a body costs the statement that it is in: the parser goes on behind it, and the checker checks the others.

// wholeStmt takes a statement, and what could not be read of one as an ast.BadStmt.
func (c *cursor) wholeStmt() (s ast.Stmt) {
	start, depth, columns := c.lex.MakeCheckpoint(), c.depth, len(c.columns)
	first := c.peek()
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*syntaxError)
			if !ok || e.Code == codeTooDeep {
				panic(r)
			}
			c.lex.LoadCheckpoint(start)
			c.depth, c.columns = depth, c.columns[:columns]
			s = c.badStmt(first, e)
		}
	}()
	return c.statement()
}

// headed are the words of statements whose block may be read where their head can't.
var headed = []string{"if", "for", "every", "after", "finish"}

// badStmt takes the tokens of a statement that cannot be read, and its blocks.
func (c *cursor) badStmt(first *lexer.Token, err *syntaxError) *ast.BadStmt {
	b := &ast.BadStmt{Err: err, State: isToken(first, "state")}
	c.declared(b, first)
	blocks := first.Type == tIdent && slices.Contains(headed, first.Value)
	for depth := 0; ; {
		t := c.peek()
		if t.Type == tEOF || depth == 0 && (t.Type == tEOL || isToken(t, "}")) {
			break
		}
		if depth == 0 && t != first && t.Type == tIdent && slices.Contains(statementWords, t.Value) && c.lineColumn(t) == t.Pos.Column {
			break // the statement before it was not finished
		}
		switch {
		case isToken(t, "match"):
			blocks = false // its braces hold arms
		case isToken(t, "{") && depth == 0 && blocks:
			b.Body = append(b.Body, c.block())
			continue
		case isToken(t, "{"):
			depth++
		case isToken(t, "}"):
			depth--
		}
		c.next()
	}
	b.Node = c.nodeFrom(first.Pos)
	return b
}

// declared finds the names that a statement would have declared.
func (c *cursor) declared(b *ast.BadStmt, first *lexer.Token) {
	at := c.lex.MakeCheckpoint()
	defer c.lex.LoadCheckpoint(at)
	c.next()
	for c.peek().Type == tIdent && isToken(c.peek(), first.Value) && reserved[first.Value] { // let let x
		c.next()
	}
	t := c.peek()
	b.State = b.State || c.keepsState()
	switch {
	case isToken(first, "let"), isToken(first, "var"):
		if !c.eat("(") { // others take values apart
			c.eat("[")
		}
		b.Lost = true
	case isToken(first, "state"), isToken(first, "for"):
		b.Lost = true
	case isToken(first, "if") && c.eat("let"):
	case isToken(first, "if") && t.Type == tIdent && c.declaresAhead(): // if n := f(); n > 3 {
	case first.Type != tIdent:
		return
	case slices.Contains(foreignTypes, first.Value), slices.Contains(declarations, first.Value), first.Value == "static": // int x
	case isToken(t, ","), t.Type == tHabit && t.Value == ":=", t.Type == tIdent && slices.Contains(foreignTypes, t.Value): // n, err := x, n := x and n int
		c.lex.LoadCheckpoint(at)
	case t.Type == tIdent && spell.Suggest(first.Value, []string{"let", "var", "state"}) != "": // lett x = 3
	default:
		return
	}
	for c.peek().Type == tIdent && !reserved[c.peek().Value] {
		b.Names, b.Lost = append(b.Names, c.ident("")), false
		if !c.eat(",") {
			return
		}
	}
}

// keepsState reports whether the rest of a line says how many there are of a state.
func (c *cursor) keepsState() bool {
	at := c.lex.MakeCheckpoint()
	defer c.lex.LoadCheckpoint(at)
	for t := c.peek(); t.Type != tEOL && t.Type != tEOF && !isToken(t, "{"); t = c.peek() {
		if c.next(); isToken(t, "shared") || isToken(t, "per") && c.peek().Type == tIdent {
			return true
		}
	}
	return false
}

// loneName is the name that a statement is, and nothing else; nil where it is more.
func loneName(s ast.Stmt) *ast.Name {
	if x, ok := s.(*ast.ExprStmt); ok {
		n, _ := x.X.(*ast.Name)
		return n
	}
	return nil
}

// doneBlock is a block that was read, and where the cursor stood behind it: a statement with a mistake behind its block is
// read again, but not the block.
type doneBlock struct {
	block *ast.Block
	end   lexer.Checkpoint
}

// lineColumn is the column of the first token on the line of the next one.
func (c *cursor) lineColumn(next *lexer.Token) int {
	column := next.Pos.Column
	tokens := c.lex.Range(0, c.lex.RawCursor())
	for i := len(tokens) - 1; i >= 0 && tokens[i].Pos.Line == next.Pos.Line; i-- {
		if significant(&tokens[i]) {
			column = tokens[i].Pos.Column
		}
	}
	return column
}

// reportStmts reports the statements of a declaration that could not be read, and what others write for `none`.
func (p *pieceParser) reportStmts(d ast.Decl) {
	_, graph := d.(*ast.Graph)
	ast.Walk(d, func(n ast.Spanned) bool {
		if inner, ok := n.(ast.Decl); ok && graph && inner != d {
			return false // it has reported its own
		}
		if l, ok := n.(*ast.Literal); ok && l.Kind == ast.NoneLit && l.Text != "none" {
			p.diags = append(p.diags, diag.Diagnostic{Code: codeHabit, Span: l.Span(), Message: "what is missing is written `none`",
				Help:  "write `none` of a `T?`: `if let v = x { ... }` and `let v = x else why { ... }` unwrap what is there; all else is never missing: an empty text is `\"\"`, an empty map `map[]`",
				Fixes: []diag.Fix{{Title: "write none", Span: l.Span(), Text: "none", Asks: true}}}) // a string is never missing
		}
		b, ok := n.(*ast.BadStmt)
		if !ok {
			return true
		}
		e, ok := b.Err.(*syntaxError)
		if ok && !slices.ContainsFunc(p.diags, func(d diag.Diagnostic) bool {
			return lexical(d.Code) && d.Span.Start >= b.Pos.Offset && d.Span.Start <= b.EndPos.Offset && !innocent(&d, &e.Diagnostic)
		}) {
			p.diags = append(p.diags, e.Diagnostic)
		}
		return true
	})
}

// lacksBraces reports whether more braces open in the declaration than close.
func (c *cursor) lacksBraces() bool {
	if c.braces == 0 {
		open := 0
		count := func(t *lexer.Token) {
			if isToken(t, "{") {
				open++
			} else if isToken(t, "}") {
				open--
			}
		}
		before := c.lex.Range(0, c.lex.RawCursor())
		for i := range before {
			count(&before[i])
		}
		at := c.lex.MakeCheckpoint()
		for c.peek().Type != tEOF {
			count(c.next())
		}
		c.lex.LoadCheckpoint(at)
		c.braces = -1
		if open > 0 {
			c.braces = 1
		}
	}
	return c.braces > 0
}
