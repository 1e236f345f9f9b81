package parser

import (
	"fmt"
	"maps"
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/runtime/spell"
)

// block takes `{ statements }`.
func (c *cursor) block() *ast.Block {
	c.enter()
	defer c.leave()
	open := c.peek()
	help := "what belongs together stands in braces"
	c.foreignCondition()
	if open.Type == tEOL {
		help = "the `{` stands on the same line"
	}
	if d, ok := c.done[open.Pos.Offset]; ok && isToken(open, "{") {
		c.lex.LoadCheckpoint(d.end)
		return d.block
	}
	c.want("{", help)
	b := c.blockBehind(open)
	if c.done == nil {
		c.done = map[int]doneBlock{}
	}
	c.done[open.Pos.Offset] = doneBlock{b, c.lex.MakeCheckpoint()}
	return b
}

// blockBehind takes the statements of a block and its closing brace.
func (c *cursor) blockBehind(open *lexer.Token) *ast.Block {
	b := &ast.Block{}
	column := c.lineColumn(open)
	c.columns = append(c.columns, column)
	c.eols()
	for !c.is("}") && c.peek().Type != tEOF {
		b.Stmts = append(b.Stmts, c.wholeStmt())
		c.eols()
	}
	outer := c.columns[:len(c.columns)-1]
	c.columns = outer
	t := c.peek()
	missing := diag.Diagnostic{Code: codeBracket, Span: tokenSpan(open), Message: "this `{` is not closed"}
	switch {
	case t.Type == tEOF && !c.ended:
		c.ended = true // once is enough
		missing.Span, missing.Message = tokenSpan(t), "`}` is missing"
		missing.Related = []diag.Label{{Span: tokenSpan(open), Text: "opened here"}}
	case t.Type == tEOF:
	case t.Pos.Column < column && c.lineColumn(t) == t.Pos.Column && slices.Contains(outer, t.Pos.Column) && c.lacksBraces():
		// The brace of a block around this one: it is this one's that is missing.
		missing.Related = []diag.Label{{Span: tokenSpan(t), Text: "this `}` closes a block further out"}}
	default:
		c.next()
		b.Node = c.nodeFrom(open.Pos)
		return b
	}
	b.Node = c.nodeFrom(open.Pos)
	bad := &ast.BadStmt{Node: ast.Node{Pos: b.EndPos, EndPos: b.EndPos}}
	if missing.Related != nil {
		bad.Err = &syntaxError{missing}
	}
	b.Stmts = append(b.Stmts, bad)
	return b
}

// statement takes a statement with its end.
func (c *cursor) statement() ast.Stmt {
	s := c.stmt()
	if t := c.peek(); t.Type != tEOL && t.Type != tEOF && !isToken(t, "}") {
		help := ""
		c.foreignElse()
		c.foreignBehind()
		switch {
		case isToken(t, "="):
			help = "equality is `==`"
		case isToken(t, ","):
			if _, returns := s.(*ast.Return); returns {
				foreignForm(tokenSpan(t), "a function returns one value", "what can fail returns a `T?`: `return none because \"why\"`; what has several parts is a record, `type Pair(a int, b int)`")
			}
		case isToken(t, "where"):
			if _, emits := s.(*ast.Emit); emits {
				foreignForm(tokenSpan(t), "a statement has no `where`", "write `if condition { emit (...) }`")
			}
		case isToken(t, "to"):
			if e, ok := s.(*ast.Emit); ok && e.Unanchored != nil && e.To == nil {
				help = "the task stands before it: `emit (...) to task unanchored`"
			}
		case t.Type == tIdent && statements[t.Value] != nil:
			help = "each statement stands on a line of its own"
		}
		d := unexpected(t, "the end of the statement", help)
		if n := loneName(s); help == "" && n != nil && t.Type == tIdent {
			if near := spell.Suggest(n.Name, slices.Sorted(maps.Keys(statements))); near != "" {
				d.Span, d.Message = n.Span(), "`"+n.Name+"` begins no statement"
				d.Help, d.Fixes = "did you mean `"+near+"`?", []diag.Fix{{Title: "write " + near, Span: n.Span(), Text: near}}
			}
		}
		panic(&syntaxError{d})
	}
	return s
}

// names takes `a, b`.
func (c *cursor) names(what string) []*ast.Ident {
	out := []*ast.Ident{c.ident(what)}
	for c.eat(",") {
		out = append(out, c.ident(what))
	}
	return out
}

func (c *cursor) stmt() ast.Stmt {
	t := c.peek()
	if t.Type == tIdent {
		if production := statements[t.Value]; production != nil {
			c.next()
			return production(c, t.Pos)
		}
		c.foreignStatement(t)
		next := c.second()
		if help := foreignStatements[t.Value]; help != "" && (next.Type == tIdent || next.Type == tString ||
			isToken(next, "(") && (t.Value == "while" || t.Value == "switch" || t.Value == "assert") || isToken(next, "{") && t.Value == "do" || isToken(next, "*")) {
			panic(&syntaxError{diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t), Message: "there is no `" + t.Value + "`", Help: help}})
		}
	}
	switch {
	case isToken(t, "{"):
		return c.block()
	case isToken(t, "else"):
		c.expected("a statement", "`else` stands behind the `}` of its `if`")
	case t.Type == tIdent && slices.Contains(declarations, t.Value) && c.second().Type == tIdent && !reserved[c.second().Value]:
		panic(&syntaxError{diag.Diagnostic{Code: codeDeclaration, Span: tokenSpan(t), Message: fmt.Sprintf("a %s cannot be declared here", t.Value),
			Help: "declarations stand outside of braces, in column 1"}})
	}
	return c.simple(t.Pos)
}

// foreignStatements begin statements elsewhere.
var foreignStatements = map[string]string{
	"while":  "write `for x in xs { }`; what repeats without an end is the stream itself",
	"switch": "write `if ... { } else if ... { }`, or `match`",
	"const":  "inside of a body write `let`",
	"mut":    "write `var x = ...`",
	"auto":   "write `let x = ...`",
	"throw":  "write `fail \"why\"`",
	"raise":  "write `fail \"why\"`",
	"yield":  "write `emit (...)`",
	"select": "a query is a bolt of its own, outside of braces: `bolt NAME = select ...`",
	"static": "what stays from tuple to tuple is a state: `state n int per word`, or `state n int per task`",
	"defer":  "what is to be done at the end stands in `finish { ... }`",
	"go":     "bolts run at the same time by themselves, in as many tasks as `tasks 4` says",
	"import": "declarations stand outside of braces: `use \"./folder\"`",
	"assert": "write `if not (...) { fail \"why\" }`",
	"case":   "write `match x { a => ..., b => ... }`",
	"do":     "write `for x in xs { }`",
	"using":  "write `let x = ...`",
	"print":  "send tuples to a sink: `sink out(bolt) = stdout.print()`",
}

// statements are the productions by their first word, which has been taken; start is where it stood. The
// map is filled in init because the productions lead back to it.
var statements map[string]func(c *cursor, start lexer.Position) ast.Stmt

func init() {
	statements = map[string]func(c *cursor, start lexer.Position) ast.Stmt{
		"state":    (*cursor).state,
		"let":      (*cursor).let,
		"var":      (*cursor).variable,
		"if":       (*cursor).ifStmt,
		"for":      (*cursor).forStmt,
		"match":    (*cursor).matchStmt,
		"emit":     (*cursor).emit,
		"fail":     (*cursor).fail,
		"return":   (*cursor).returnStmt,
		"break":    (*cursor).branch,
		"continue": (*cursor).branch,
		"on":       (*cursor).on,
		"every":    (*cursor).timer,
		"after":    (*cursor).timer,
		"finish":   (*cursor).finish,
	}
}

func (c *cursor) state(start lexer.Position) ast.Stmt {
	s := &ast.State{Name: c.name("the name of the state")}
	if c.is("per") || c.is("shared") || c.is("=") {
		c.expected("the type of the state", "a state is written `state n int per word`")
	}
	s.Type = c.typ()
	const scopes = "a state says how many of it there are: `per KEY`, `shared` or `per task`"
	switch {
	case c.eat("shared"):
		s.Shared = true
	case c.eat("per"):
		s.Per = c.names("the field that the state is kept by")
		if len(s.Per) == 1 && s.Per[0].Name == "task" {
			s.Per, s.PerTask = nil, true
		}
	default:
		c.foreignScope(s)
		c.expected("`per`, `shared` or `per task`", scopes)
	}
	for {
		t := c.peek()
		switch {
		case isToken(t, "=") && s.Initial == nil:
			c.next()
			s.Initial = c.expr(0)
		case isToken(t, "ttl") && s.TTL == nil:
			c.next()
			s.TTL = c.expr(0)
		case (isToken(t, "opaque") || isToken(t, "transactional") || isToken(t, "plain")) && s.Mode == nil:
			s.Mode = c.ident("")
		case isToken(t, "in") && s.In == nil:
			c.next()
			s.In = c.backend()
		default:
			s.Node = c.nodeFrom(start)
			return s
		}
	}
}

// backend takes `pebble` or `postgres(url: url)`.
func (c *cursor) backend() *ast.Call {
	start := c.peek().Pos
	name := c.ident("the name of a state backend")
	call := &ast.Call{Fun: &ast.Name{Node: name.Node, Name: name.Name}}
	if c.eat(".") {
		field := c.ident("the name of a state backend")
		call.Fun = &ast.Select{Node: c.nodeFrom(start), X: call.Fun, Field: field}
	}
	if c.is("(") {
		call.Args = c.args()
	}
	call.Node = c.nodeFrom(start)
	return call
}

func (c *cursor) let(start lexer.Position) ast.Stmt {
	if t := c.peek(); isToken(t, "mut") && c.second().Type == tIdent {
		panic(&syntaxError{diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t), Message: "what changes is declared with var", Help: "write `var x = ...`"}})
	}
	if c.is("(") || c.is("[") || c.is("{") {
		c.expected("the name of the value", severalValues)
	}
	s := &ast.Let{Name: c.name("the name of the value")}
	c.oneName()
	if t := c.peek(); t.Type == tIdent || isToken(t, ":") || isToken(t, "[") {
		c.expected("`=`", "a let takes its type from its value; `var x T = ...` names one")
	}
	c.want("=", "written `let x = value`")
	s.Value = c.expr(0)
	if t := c.peek(); isToken(t, "else") {
		c.next()
		e := &ast.LetElse{}
		if !c.is("{") {
			if c.peek().Type != tIdent {
				c.expected("`{`", "written `else { ... }`, or with a name for the reason, `else why { ... }`")
			}
			e.Why = c.name("the name of the reason")
		}
		e.Body = c.block()
		e.Node = c.nodeFrom(t.Pos)
		s.Else = e
	}
	s.Node = c.nodeFrom(start)
	return s
}

// oneName refuses a second name.
func (c *cursor) oneName() {
	if t := c.peek(); isToken(t, ",") {
		foreignForm(tokenSpan(t), "a statement declares one name", severalValues)
	}
}

func (c *cursor) variable(start lexer.Position) ast.Stmt {
	s := &ast.Var{Name: c.name("the name of the variable")}
	c.oneName()
	if t := c.peek(); t.Type == tEOL {
		c.expected("its type or value", "write `var "+s.Name.Name+" int`, or `var "+s.Name.Name+" = 0`")
	}
	if !c.is("=") {
		s.Type = c.typ()
	}
	if c.eat("=") {
		s.Value = c.expr(0)
	}
	s.Node = c.nodeFrom(start)
	return s
}

func (c *cursor) ifStmt(start lexer.Position) ast.Stmt {
	s := &ast.If{}
	if c.eat("let") {
		s.Let = c.name("the name of the value")
		c.want("=", "")
	}
	s.Cond = c.condition("a condition")
	s.Then = c.block()
	if c.eat("else") {
		t := c.peek()
		switch {
		case isToken(t, "if"):
			c.enter()
			c.next()
			s.Else = c.ifStmt(t.Pos)
			c.leave()
		case isToken(t, "{"):
			s.Else = c.block()
		default:
			c.expected("`{` or `if`", "with another condition it is written `else if`")
		}
	}
	s.Node = c.nodeFrom(start)
	return s
}

// condition takes an expression before a block, and sees `=` where `==` was meant.
func (c *cursor) condition(what string) ast.Expr {
	if c.is("{") {
		c.expected(what, "")
	}
	x := c.expr(0)
	if t := c.peek(); isToken(t, "=") {
		panic(&syntaxError{diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t), Message: "equality is written ==", Help: "write `==`",
			Fixes: []diag.Fix{{Title: "write ==", Span: tokenSpan(t), Text: "=="}}}})
	}
	return x
}

func (c *cursor) forStmt(start lexer.Position) ast.Stmt {
	const help = "a loop is written `for x in xs { }`, `for k, v in m { }` or `for i in 0..10 { }`"
	c.foreignFor(start)
	if c.peek().Type != tIdent {
		c.expected("the name of the item", help)
	}
	s := &ast.For{Key: c.name("the name of the item")}
	if c.eat(",") {
		s.Value = c.name("the name of the value")
	}
	c.want("in", help)
	s.In = c.condition("what to loop over")
	s.Body = c.block()
	s.Node = c.nodeFrom(start)
	return s
}

func (c *cursor) matchStmt(start lexer.Position) ast.Stmt {
	m := c.matchFrom(start)
	return &ast.MatchStmt{Node: m.Node, Match: m}
}

func (c *cursor) emit(start lexer.Position) ast.Stmt {
	const help = "a tuple is emitted with `emit (a, b)`, to a named output with `emit ok(a, b)`"
	s := &ast.Emit{}
	if !c.is("(") {
		t := c.peek()
		if t.Type != tIdent {
			c.expected("`(`", help)
		}
		s.Stream = c.ident("")
		if s.Stream.Name == unanchored && c.peek().Type == tIdent && isToken(c.second(), "(") {
			panic(&syntaxError{diag.Diagnostic{Code: codeExpected, Span: tokenSpan(t), Message: "`unanchored` stands behind the tuple", Help: "write `emit " + c.peek().Value + "(...) unanchored`"}})
		}
		if !c.is("(") {
			panic(&syntaxError{diag.Diagnostic{Code: codeExpected, Span: tokenSpan(t), Message: "the values of a tuple stand in brackets", Help: help}})
		}
	}
	s.Args = c.args()
	if c.eat("to") {
		s.To = c.expr(0)
	}
	if t := c.peek(); isToken(t, unanchored) {
		s.Unanchored = c.ident("")
	}
	s.Node = c.nodeFrom(start)
	return s
}

// unanchored stands behind an emit whose tuple nobody waits for.
const unanchored = "unanchored"

func (c *cursor) fail(start lexer.Position) ast.Stmt {
	if t := c.peek(); t.Type == tEOL || isToken(t, "}") {
		c.expected("the reason", "a tuple fails with its reason: `fail \"why\"`")
	}
	s := &ast.Fail{Why: c.expr(0)}
	s.Node = c.nodeFrom(start)
	return s
}

func (c *cursor) returnStmt(start lexer.Position) ast.Stmt {
	s := &ast.Return{}
	if t := c.peek(); t.Type != tEOL && t.Type != tEOF && !isToken(t, "}") && !isToken(t, ",") {
		s.Value = c.expr(0)
	}
	s.Node = c.nodeFrom(start)
	return s
}

func (c *cursor) branch(start lexer.Position) ast.Stmt {
	return &ast.Branch{Node: c.nodeFrom(start), Word: c.taken()}
}

func (c *cursor) on(start lexer.Position) ast.Stmt {
	const help = "what is done with the tuples of one input is written `on input { ... }`"
	if c.peek().Type != tIdent {
		c.expected("the name of an input", help)
	}
	s := &ast.On{Input: c.ident("")}
	if t := c.peek(); !isToken(t, "{") && !isToken(t, ":") && t.Type != tEOL {
		c.expected("`{`", help)
	}
	s.Body = c.block()
	s.Node = c.nodeFrom(start)
	return s
}

func (c *cursor) timer(start lexer.Position) ast.Stmt {
	s := &ast.Timer{Word: c.taken()}
	s.Delay = c.condition("a duration")
	if c.eat("per") {
		s.Per = c.names("the field that the timer is kept by")
	}
	s.Body = c.block()
	s.Node = c.nodeFrom(start)
	return s
}

func (c *cursor) finish(start lexer.Position) ast.Stmt {
	s := &ast.Finish{}
	if c.eat("per") {
		s.Per = c.names("the field that the state is kept by")
	}
	s.Body = c.block()
	s.Node = c.nodeFrom(start)
	return s
}

// meantStep is what ++ and -- mean, which were reported.
var meantStep = map[string]string{"++": "+=", "--": "-="}

// step takes a ++ or --.
func (c *cursor) step() *lexer.Token {
	if t := c.peek(); t.Type == tHabit && meantStep[t.Value] != "" {
		return c.next()
	}
	return nil
}

// foreignStep sees `=+` and `=*`, which mean `+=` and `*=`. (`=-` assigns what is less than nothing.)
func (c *cursor) foreignStep(sign *lexer.Token) {
	t := c.peek()
	if at := spanTo(sign, t); isToken(sign, "=") && (isToken(t, "+") || isToken(t, "*")) && tokenSpan(sign).End == tokenSpan(t).Start {
		foreignForm(at, "the sign stands before the `=`", "write `"+t.Value+"=`", diag.Fix{Title: "write " + t.Value + "=", Span: at, Text: t.Value + "="})
	}
}

// simple takes an assignment or an expression standing alone.
func (c *cursor) simple(start lexer.Position) ast.Stmt {
	step := c.step()
	x := c.expr(0)
	foreignSend(x)
	if step == nil {
		step = c.step()
	}
	if step != nil {
		s := &ast.Assign{Target: x, Op: meantStep[step.Value], Value: &ast.Literal{Node: tokenNode(step), Kind: ast.IntLit, Text: "1"}, Foreign: true}
		s.Node = c.nodeFrom(start)
		return s
	}
	if n, ok := x.(*ast.Name); ok && c.peek().Type == tHabit && c.peek().Value == ":=" {
		c.next()
		s := &ast.Var{Name: &ast.Ident{Node: n.Node, Name: n.Name}, Value: c.expr(0)}
		s.Node = c.nodeFrom(start)
		return s
	}
	for _, op := range []string{"=", "+=", "-=", "*="} {
		if sign := c.peek(); c.eat(op) {
			c.foreignStep(sign)
			s := &ast.Assign{Target: x, Op: op, Value: c.expr(0)}
			s.Node = c.nodeFrom(start)
			return s
		}
	}
	s := &ast.ExprStmt{X: x}
	s.Node = c.nodeFrom(start)
	return s
}
