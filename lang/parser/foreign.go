package parser

import (
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
	case t.Type == tIdent && foreignComparisons[strings.ToLower(t.Value)] != "":
		foreignForm(tokenSpan(t), "there is no `"+t.Value+"`", foreignComparisons[strings.ToLower(t.Value)])
	case t.Type == tIdent && durationWords[t.Value] != "" && c.behind() != nil && c.behind().Type == tInt:
		number := c.behind()
		at := tokenSpan(number)
		at.End = tokenSpan(t).End
		text := number.Value + durationWords[t.Value]
		foreignForm(at, "a duration is one word: a number with its unit", "write `"+text+"`", diag.Fix{Title: "write " + text, Span: at, Text: text})
	}
}

// foreignComparisons are operators of other languages, and what is written here.
var foreignComparisons = map[string]string{
	"like": "write `contains(text, \"part\")`, `starts_with(text, \"a\")`, or matches(text, `a.*b`)", "matches": "write matches(text, `a.*b`)",
	"between": "write `a <= x and x <= b`", "contains": "write `contains(text, part)`, for a list `includes(list, x)`", "instanceof": "each value has one type: take the condition out",
	"eq": "write `==`", "xor": "write `a != b`",
}

// durationWords are units as words of their own.
var durationWords = map[string]string{
	"seconds": "s", "second": "s", "sec": "s", "secs": "s", "minutes": "m", "minute": "m", "min": "m", "hours": "h", "hour": "h",
	"days": "d", "day": "d", "milliseconds": "ms", "millis": "ms", "ms": "ms", "s": "s", "m": "m", "h": "h",
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
	case slices.Contains(foreignTypes, next.Value) && next.Type == tIdent && foreignStatements[t.Value] == "" && c.keepsState():
		at := source.Span{File: t.Pos.Filename, Start: t.Pos.Offset, End: t.Pos.Offset} // n int per word
		foreignForm(tokenSpan(t), "what is kept from tuple to tuple is a state", "write `state "+t.Value+" "+next.Value+" ...`", diag.Fix{Title: "write state", Span: at, Text: "state "})
	case slices.Contains(foreignTypes, next.Value) && next.Type == tIdent && foreignStatements[t.Value] == "" && !slices.Contains(declarations, t.Value):
		at := source.Span{File: t.Pos.Filename, Start: t.Pos.Offset, End: t.Pos.Offset} // n int
		foreignForm(tokenSpan(t), "a local is declared by `let`, or by `var` where it changes", "write `var "+t.Value+" "+next.Value+"`", diag.Fix{Title: "write var", Span: at, Text: "var "})
	case isToken(next, ",") && c.declaresSeveral():
		foreignForm(tokenSpan(t), "a statement declares one name", severalValues)
	case t.Value == "try" && isToken(next, "{"):
		foreignForm(tokenSpan(t), "there is no `try`", "what can fail gives a `T?`: `let x = int(s) else why { ... }`; a tuple that fails is taken back as a whole")
	case isToken(next, "."):
		c.foreignMethod(t)
	case isToken(next, "(") && (t.Value == "ack" || t.Value == "nack"):
		foreignForm(tokenSpan(t), stormAck, stormAckHelp)
	}
}

const (
	stormEmit     = "a tuple is emitted by a statement"
	stormEmitHelp = "write `emit (a, b)`, to a named output `emit ok(a, b)`"
	stormAck      = "nothing is acknowledged by hand"
	stormAckHelp  = "take it out: a tuple is done when its statements are; it fails by `fail \"why\"`"
	severalValues = "write a statement for each; what can fail gives a `T?` and no second value: `let n = int(s) else why { fail why }`"
)

// foreignMethod sees calls of Storm's and others' methods where a statement begins.
func (c *cursor) foreignMethod(t *lexer.Token) {
	at := c.lex.MakeCheckpoint()
	c.next()
	c.next()
	method, calls := c.peek(), isToken(c.second(), "(")
	c.lex.LoadCheckpoint(at)
	span := tokenSpan(t)
	span.End = tokenSpan(method).End
	collector := strings.HasSuffix(strings.ToLower(t.Value), "collector")
	switch {
	case !calls && !collector:
	case collector && (method.Value == "ack" || method.Value == "reportError"):
		foreignForm(span, stormAck, stormAckHelp)
	case collector && method.Value == "fail":
		foreignForm(span, "a tuple fails by a statement", "write `fail \"why\"`")
	case collector, method.Value == "emit", method.Value == "collect":
		foreignForm(span, stormEmit, stormEmitHelp)
	case t.Value == "declarer" || strings.HasPrefix(method.Value, "declare"):
		foreignForm(span, "the output stands in the head of the bolt", "write `bolt name(input: source) -> (word string, n int) { ... }`")
	case t.Value == "builder" || strings.HasPrefix(method.Value, "setBolt") || strings.HasPrefix(method.Value, "setSpout"):
		foreignForm(span, stormBuilder, stormBuilderHelp)
	case t.Value == "Thread" && method.Value == "sleep", t.Value == "time" && method.Value == "Sleep":
		foreignForm(span, "a bolt does not wait: it would hold up what comes behind", waitHelp)
	}
}

const (
	stormBuilder     = "a topology is not built by calls, it is declared"
	stormBuilderHelp = "write `spout NAME -> (...) = library.component(...)`, `bolt NAME(input: source by fields(f)) -> (...) { ... }`, `sink NAME(source) = ...`"
	waitHelp         = "what comes later stands in `every 10s { ... }` or `after 10s { ... }`"
)

// foreignOperand sees forms of other languages where an operand begins.
func (c *cursor) foreignOperand(t *lexer.Token) {
	next := c.second()
	switch {
	case t.Value == "new" && next.Type == tIdent:
		at := tokenSpan(t)
		at.End = next.Pos.Offset
		foreignForm(tokenSpan(t), "there is no `new`", "a record is written `Hit(url: x)`, a list `[a, b]`; a tuple is emitted by `emit (a, b)`", diag.Fix{Title: "take it out", Span: at})
	case t.Value == "lambda" && next.Type == tIdent, (t.Value == "func" || t.Value == "function" || t.Value == "fn") && isToken(next, "("):
		foreignForm(tokenSpan(t), noLambda, noLambdaHelp)
	case t.Value == "select" && (next.Type == tIdent || isToken(next, "*")):
		foreignForm(tokenSpan(t), "a query is a bolt of its own", "write it outside of braces, in column 1: `bolt NAME = select ...`")
	case t.Value == "case" && next.Type == tIdent && strings.EqualFold(next.Value, "when"):
		foreignForm(tokenSpan(t), "there is no `case when`", "write `match n > 3 { true => a, false => b }`")
	case t.Value == "make" && isToken(next, "(") && (c.ahead(2).Value == "map" || c.ahead(2).Value == "chan" || isToken(c.ahead(2), "[") && isToken(c.ahead(3), "]")):
		foreignForm(tokenSpan(t), "there is no `make`", "write `var m map[string]int`, which is empty, or `var xs []int`")
	case isToken(next, "(") && isToken(c.ahead(2), "*") && isToken(c.ahead(3), ")"):
		foreignForm(spanTo(t, c.ahead(3)), "there is no `"+t.Value+"(*)`", "how many items a list has says `len(xs)`; how many tuples came is counted in a state: `state n int per word`, and `n += 1`")
	case t.Value == "await" && next.Type == tIdent:
		foreignForm(tokenSpan(t), "there is no `await`", "a call returns its value: take the word out", diag.Fix{Title: "take it out", Span: tokenSpan(t)})
	case len(t.Value) == 1 && strings.Contains("fFruUb", t.Value) && next.Type == tString && next.Pos.Offset == tokenSpan(t).End:
		foreignForm(tokenSpan(t), "a string needs no letter before it", "`{values}` in a string are written out: \"{n} words\"", diag.Fix{Title: "take it out", Span: tokenSpan(t)})
	}
}

const (
	noLambda     = "functions are declared, not written into expressions"
	noLambdaHelp = "declare `func f(x int) -> int = x + 1`, and call it in a loop: `for x in xs { ... }`"
)

// foreignType sees, behind the name of a type, how other languages write lists, maps and what may be missing.
func (c *cursor) foreignType(name *lexer.Token) {
	t := c.peek()
	switch {
	case isToken(t, "[") && isToken(c.second(), "]"):
		at := tokenSpan(name)
		at.End = tokenSpan(c.second()).End
		text := "[]" + name.Value
		foreignForm(at, "a list's type begins with its brackets", "write `"+text+"`", diag.Fix{Title: "write " + text, Span: at, Text: text})
	case isToken(t, "(") && c.second().Type == tInt:
		at := spanTo(t, c.second())
		for n := 2; n < 5 && !isToken(c.ahead(n-1), ")"); n++ { // decimal(10, 2)
			at = spanTo(t, c.ahead(n))
		}
		ours := map[string]string{"decimal": "decimal", "numeric": "decimal", "DECIMAL": "decimal", "NUMERIC": "decimal"}[name.Value]
		if ours == "" {
			ours = "string"
		}
		foreignForm(tokenSpan(name).To(at), "a type has no length", "write `"+ours+"`", diag.Fix{Title: "write " + ours, Span: tokenSpan(name).To(at), Text: ours})
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
