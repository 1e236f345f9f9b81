package parser

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// Heads of loops as C, Java, Go and JavaScript write them: seen as text, because their signs mean nothing here.

// loopWord begins such a head, and declares its name.
const loopWord = `^for\b[ \t]*\(?[ \t]*(?:(?:final|const|let|var|int|long|auto|String|Integer|Tuple)[ \t]+)*`

var (
	// countingLoop has three parts; of the first it takes the name.
	countingLoop = regexp.MustCompile(loopWord + `([A-Za-z_]\w*)[ \t]*(?::=|=)[ \t]*([^;{}\n]*);([^;{}\n]*);([^;{}\n]*)`)
	// upTo and upBy are the parts of one that counts up by one.
	upTo = regexp.MustCompile(`^[ \t]*([A-Za-z_]\w*)[ \t]*(<=?)[ \t]*(.*?)[ \t]*$`)
	upBy = regexp.MustCompile(`^[ \t]*(?:\w+\+\+|\+\+\w+|\w+[ \t]*\+=[ \t]*1)[ \t]*\)?[ \t]*$`)
	// severalConditions are more than one.
	severalConditions = regexp.MustCompile(`\b(?:and|or)\b|&&|\|\||[<>=]`)
	// ifDeclares is Go's `if n := f(x); n > 3 {` and `if n, ok := m[k]; ok {`.
	ifDeclares = regexp.MustCompile(`^if[ \t]+([A-Za-z_]\w*)[ \t]*(,[ \t]*([A-Za-z_]\w*)[ \t]*)?:=[ \t]*([^;{}\n]*?)[ \t]*;[ \t]*([^;{}\n]*?)[ \t]*\{`)
	// rangeLoop is Go's.
	rangeLoop = regexp.MustCompile(`^for[ \t]+([A-Za-z_]\w*)(?:([ \t]*,[ \t]*)([A-Za-z_]\w*))?[ \t]*(:?=[ \t]*range)\b`)
	// eachLoop is Java's and JavaScript's.
	eachLoop = regexp.MustCompile(`^for\b[ \t]*\([ \t]*(?:[A-Za-z_][\w.<>\[\]]*[ \t]+)*?([A-Za-z_]\w*)[ \t]*(?::|\bof\b|\bin\b)[ \t]*`)
)

// foreignLoop sees the head of a loop of another language. It is reported once, its names are known in the block behind it.
func (s *scanner) foreignLoop(rest string) bool {
	line := line(rest)
	return s.counting(line) || s.goRange(line) || s.eachOf(line)
}

// loopHead reports the head that the next n bytes are, and reads it as `for name`, which nothing more is said of.
func (s *scanner) loopHead(n int, name []int, message, help, text string) {
	d := diag.Diagnostic{Code: codeHabit, Message: message, Help: help,
		Span: source.Span{File: s.file.Name, Start: s.base + s.at, End: s.base + s.at + n}}
	if text != "" {
		d.Fixes = []diag.Fix{{Title: "write " + text, Span: d.Span, Text: text}}
	}
	s.diags = append(s.diags, d)
	s.token(tIdent, len("for"))
	s.token(tSpace, name[0]-len("for"))
	s.token(tIdent, name[1]-name[0])
	s.token(tSpace, n-name[1])
}

// foreignIf sees the head of Go's `if` that declares names; they are known in the block behind it.
func (s *scanner) foreignIf(rest string) bool {
	line := line(rest)
	m := ifDeclares.FindStringSubmatchIndex(line)
	if m == nil {
		return false
	}
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return line[m[2*i]:m[2*i+1]]
	}
	name, second, value, cond := part(1), part(3), part(4), part(5)
	n := len(strings.TrimRight(line[:m[1]-1], " \t"))
	d := diag.Diagnostic{Code: codeHabit, Message: "an `if` declares one name, by `let`",
		Help: "write `let " + name + " = " + value + "` on a line of its own before it",
		Span: source.Span{File: s.file.Name, Start: s.base + s.at, End: s.base + s.at + n}}
	there, text := second != "" && cond == second, "if let "+name+" = "+value
	switch {
	case there && name != "_":
		d.Help = "what may be missing is unwrapped: write `" + text + " { ... }`"
		d.Fixes = []diag.Fix{{Title: "write " + text, Span: d.Span, Text: text}}
	case there:
		d.Message, d.Help = "nothing gives a second value", "whether a key is there says `has(map, key)`, a value in a list `includes(list, value)`"
	case second != "":
		d.Help = "what may be missing is unwrapped: write `" + text + " { ... }`, and `else` for where it is not there"
	}
	s.diags = append(s.diags, d)
	s.token(tIdent, len("if"))
	s.token(tSpace, m[2]-len("if"))
	s.token(tIdent, m[3]-m[2])
	if m[4] >= 0 {
		s.token(tSpace, m[4]-m[3])
		s.token(tOp, 1)
		s.token(tSpace, m[6]-m[4]-1)
		s.token(tIdent, m[7]-m[6])
		s.token(tSpace, n-m[7])
	} else {
		at := m[3] + strings.Index(line[m[3]:], ":=")
		s.token(tSpace, at-m[3])
		s.token(tHabit, len(":="))
		s.token(tSpace, n-at-len(":="))
	}
	return true
}

func (s *scanner) counting(line string) bool {
	m := countingLoop.FindStringSubmatchIndex(line)
	if m == nil {
		return false
	}
	part := func(i int) string { return strings.TrimSpace(line[m[2*i]:m[2*i+1]]) }
	n := len(strings.TrimRight(line[:m[1]], " \t"))
	const message = "a loop counts through a range"
	to := upTo.FindStringSubmatch(part(3))
	if to == nil || to[1] != part(1) || !upBy.MatchString(part(4)) || severalConditions.MatchString(to[3]) {
		s.loopHead(n, m[2:4], message, "write `for "+part(1)+" in 0..n { }`, and compute in it what else you need: `let j = n - 1 - "+part(1)+"`", "")
		return true
	}
	if to[2] == "<=" {
		to[3] += " + 1"
	}
	text := fmt.Sprintf("for %s in %s..%s", part(1), part(2), to[3])
	s.loopHead(n, m[2:4], message, "write `"+text+" { }`", text)
	return true
}

// goRange reads `i, w := range` as `i, w in`: the loop is checked as it was meant.
func (s *scanner) goRange(line string) bool {
	m := rangeLoop.FindStringSubmatchIndex(line)
	if m == nil {
		return false
	}
	first := line[m[2]:m[3]]
	text, help := "for "+first+" in", "write `for "+first+" in xs { }`"
	switch {
	case m[6] < 0:
		// Go gives the index where there is one name; here it is the item.
		help += ", which gives the items; the index too gives `for i, x in xs`"
	case first == "_":
		text = "for " + line[m[6]:m[7]] + " in"
		help = "write `" + text + " xs { }`"
	default:
		text = "for " + first + ", " + line[m[6]:m[7]] + " in"
		help = "write `" + text + " xs { }`"
	}
	span := source.Span{File: s.file.Name, Start: s.base + s.at, End: s.base + s.at + m[1]}
	d := diag.Diagnostic{Code: codeHabit, Span: span, Message: "a loop goes through what stands behind `in`", Help: help}
	d.Fixes = []diag.Fix{{Title: "write " + text, Span: span, Text: text, Asks: m[6] < 0}} // an item is no index
	s.diags = append(s.diags, d)
	s.token(tIdent, len("for"))
	s.token(tSpace, m[2]-len("for"))
	if m[6] >= 0 {
		s.token(tIdent, m[3]-m[2])
		s.token(tSpace, strings.IndexByte(line[m[4]:m[5]], ','))
		s.token(tOp, 1)
		s.token(tSpace, m[6]-m[4]-1-strings.IndexByte(line[m[4]:m[5]], ','))
		s.token(tIdent, m[7]-m[6])
	} else {
		s.token(tIdent, m[3]-m[2])
	}
	last := max(m[3], m[7])
	s.token(tSpace, m[8]-last)
	s.token(tHabit, m[9]-m[8])
	return true
}

func (s *scanner) eachOf(line string) bool {
	m := eachLoop.FindStringSubmatchIndex(line)
	if m == nil {
		return false
	}
	depth, n := 1, m[1]
	for ; n < len(line) && depth > 0; n++ {
		switch line[n] {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	if depth > 0 {
		return false
	}
	text := fmt.Sprintf("for %s in %s", line[m[2]:m[3]], strings.TrimSpace(line[m[1]:n-1]))
	s.loopHead(n, m[2:4], "a loop goes through what stands behind `in`, without brackets", "write `"+text+" { }`", text)
	return true
}

// foreignFor sees, behind `for`, loops that do not go through anything.
func (c *cursor) foreignFor(at lexer.Position) {
	t, next := c.peek(), c.second()
	span := source.Span{File: at.Filename, Start: at.Offset, End: at.Offset + len("for")}
	switch {
	case isToken(t, "{"):
		foreignForm(span, "a loop goes through something", "write `for x in xs { }`; what repeats without an end is the stream itself")
	case t.Type == tIdent && next.Type == tOp && precedence[next.Value] == 5, isToken(t, "true"), t.Type == tIdent && isToken(next, "(") && !isToken(t, "in"):
		foreignForm(span, "there is no loop with a condition", "write `for x in xs { }` with `break` in it; what repeats without an end is the stream itself")
	}
}
