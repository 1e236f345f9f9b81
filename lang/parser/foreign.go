package parser

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// What people bring along from other languages, where it is more than one sign: each is answered once, with what is written here.

// foreignForm fails with a form of another language.
func foreignForm(at source.Span, message, help string, fixes ...diag.Fix) {
	panic(&syntaxError{diag.Diagnostic{Code: codeHabit, Span: at, Message: message, Help: help, Fixes: fixes}})
}

// instead is a fix that writes a text in the place of a token.
func instead(t *lexer.Token, text string) diag.Fix {
	return diag.Fix{Title: "write " + strings.TrimSpace(text), Span: tokenSpan(t), Text: text}
}

// foreignCondition sees, where a block should begin behind a condition, what was meant to belong to the condition.
func (c *cursor) foreignCondition() {
	t, next := c.peek(), c.second()
	switch {
	case isToken(t, "is") && isToken(next, "not"):
		at := tokenSpan(t)
		at.End = tokenSpan(next).End
		foreignForm(at, "there is no `is not`", "write `!=`", diag.Fix{Title: "write !=", Span: at, Text: "!="})
	case isToken(t, "is"):
		foreignForm(tokenSpan(t), "there is no `is`", "write `==`; a value that may be missing is unwrapped by `if let x = ... { }`", instead(t, "=="))
	case isToken(t, "in") || isToken(t, "not") && isToken(next, "in"):
		foreignForm(tokenSpan(t), "`in` stands in a `for` only", "write `includes(list, x)`, for a text `contains(text, part)`, for a map `has(map, key)`")
	case isToken(t, ":"):
		foreignForm(tokenSpan(t), "a block stands in braces", "write `{ ... }` for the `:`")
	case isToken(t, "then"):
		foreignForm(tokenSpan(t), "there is no `then`", "write `{ ... }` behind the condition")
	}
}

// foreignElse sees an `elif`, or an `else` that goes on with a condition.
func (c *cursor) foreignElse() {
	t := c.peek()
	if t.Type == tIdent && slices.Contains([]string{"elif", "elsif", "elseif", "elsf"}, t.Value) {
		foreignForm(tokenSpan(t), "there is no `"+t.Value+"`", "write `else if`", instead(t, "else if"))
	}
}

// foreignTypes are types that begin a declaration elsewhere: `int x = 3`.
var foreignTypes = []string{
	"int", "float", "string", "bool", "double", "long", "decimal", "bytes", "String", "Integer", "boolean", "val", "final", "time", "duration",
}

// foreignStatement sees forms of other languages where a statement begins.
func (c *cursor) foreignStatement(t *lexer.Token) {
	next := c.second()
	switch {
	case slices.Contains(foreignTypes, t.Value) && next.Type == tIdent && !reserved[next.Value]:
		foreignForm(tokenSpan(t), "a local is declared by `let`, or by `var` where it changes", "write `var` for `"+t.Value+"`; the type may stand behind the name: `var x int = 0`", instead(t, "var"))
	case t.Value == "try" && isToken(next, "{"):
		foreignForm(tokenSpan(t), "there is no `try`", "what can fail gives a `T?`: `let x = int(s) else why { ... }`; a tuple that fails is taken back as a whole")
	case strings.HasSuffix(strings.ToLower(t.Value), "collector") && isToken(next, "."):
		foreignForm(tokenSpan(t), "a tuple is emitted by a statement", "write `emit (a, b)`, to a named output `emit ok(a, b)`")
	}
}

// foreignOperand sees forms of other languages where an operand begins.
func (c *cursor) foreignOperand(t *lexer.Token) {
	next := c.second()
	switch {
	case t.Value == "new" && next.Type == tIdent:
		at := tokenSpan(t)
		at.End = next.Pos.Offset
		foreignForm(tokenSpan(t), "there is no `new`", "a record is written `Hit(url: x)`, a list `[a, b]`; a tuple is emitted by `emit (a, b)`", diag.Fix{Title: "take it out", Span: at})
	case t.Value == "lambda" && next.Type == tIdent:
		foreignForm(tokenSpan(t), "functions are declared, not written into expressions", "declare `func f(x int) -> int = x + 1`, and call it in a loop")
	case len(t.Value) == 1 && strings.Contains("fFruUb", t.Value) && next.Type == tString && next.Pos.Offset == tokenSpan(t).End:
		foreignForm(tokenSpan(t), "a string needs no letter before it", "`{values}` in a string are written out: \"{n} words\"", diag.Fix{Title: "take it out", Span: tokenSpan(t)})
	}
}

// foreignType sees, behind the name of a type, how other languages write lists, maps and what may be missing.
func (c *cursor) foreignType(name *lexer.Token) {
	t := c.peek()
	switch {
	case isToken(t, "[") && isToken(c.second(), "]"):
		at := tokenSpan(name)
		at.End = tokenSpan(c.second()).End
		text := "[]" + name.Value
		foreignForm(at, "a list's type begins with its brackets", "write `"+text+"`", diag.Fix{Title: "write " + text, Span: at, Text: text})
	case isToken(t, "<"):
		foreignForm(tokenSpan(t), "types have no parameters in angle brackets", "a list's type is `[]T`, a map's `map[K]V`, one that may be missing `T?`")
	}
}

// foreignField sees fields that are named by texts: `by fields("word")`.
func (c *cursor) foreignField() {
	t := c.peek()
	if t.Type != tString {
		return
	}
	name := strings.Trim(t.Value, `"`)
	if bareWord.MatchString(name) {
		foreignForm(tokenSpan(t), "fields are named without quotes", "write `"+name+"`", instead(t, name))
	}
}

var bareWord = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// foreignTail sees, where a declaration should end, what its form lacks: an arrow.
func foreignTail(keyword string, t *lexer.Token, before *lexer.Token) *diag.Diagnostic {
	if before == nil {
		return nil
	}
	d := diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t)}
	at := source.Span{File: d.Span.File, Start: d.Span.Start, End: d.Span.Start}
	switch {
	case keyword == "func" && t.Type == tIdent && isToken(before, ")"):
		d.Message, d.Help = "the result of a function stands behind `->`", fmt.Sprintf("write `-> %s`", t.Value)
	case (keyword == "spout" || keyword == "bolt") && isToken(t, "(") && isToken(before, ")"):
		d.Message, d.Help = "the output stands behind `->`", "write `-> (...)`"
	default:
		return nil
	}
	d.Fixes = []diag.Fix{{Title: "write ->", Span: at, Text: "-> "}}
	return &d
}

// countingLoop is the head of a loop as C, Java and Go write it.
var countingLoop = regexp.MustCompile(`^for\b[ \t]*\(?[ \t]*(?:(?:int|let|var|long|auto)[ \t]+)?([A-Za-z_]\w*)[ \t]*(?::=|=)[ \t]*([^;{}\n]+);[ \t]*([A-Za-z_]\w*)[ \t]*(<=?)[ \t]*([^;{}\n]+);[ \t]*(?:\w+\+\+|\+\+\w+|\w+[ \t]*\+=[ \t]*1)[ \t]*\)?`)

// counting sees such a head, and reports it once: what is left of it is no loop, so nothing more is said of the declaration.
func (s *scanner) counting(rest string) bool {
	m := countingLoop.FindStringSubmatch(rest)
	if m == nil || m[1] != m[3] {
		return false
	}
	to := strings.TrimSpace(m[5])
	if m[4] == "<=" {
		to += " + 1"
	}
	text := fmt.Sprintf("for %s in %s..%s", m[1], strings.TrimSpace(m[2]), to)
	span := source.Span{File: s.file.Name, Start: s.base + s.at, End: s.base + s.at + len(strings.TrimRight(m[0], " \t"))}
	s.diags = append(s.diags, diag.Diagnostic{Code: codeHabit, Span: span, Message: "a loop counts through a range", Help: "write `" + text + " { }`",
		Fixes: []diag.Fix{{Title: "write " + text, Span: span, Text: text}}})
	s.token(tIdent, len("for"))
	s.token(tSpace, len(m[0])-len("for"))
	return true
}
