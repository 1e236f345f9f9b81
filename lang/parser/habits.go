package parser

import (
	"regexp"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// habits are signs of other languages, with what is written here.
var habits = []struct {
	sign, message, help string
	meant               string // the fix, and how it is read; "" is left out, ";" ends a statement
}{
	{"===", "equality is written ==", "write `==`", "=="},
	{"!==", "what differs is written !=", "write `!=`", "!="},
	{"=~", "a text is matched by a function", "write matches(text, `a.*b`)", ""},
	{"<<", "there is no <<", "a list grows by `xs += [x]`, a tuple is sent by `emit (...)`, a number is doubled by `n * 2`", ""},
	{"|>", "there is no |>", "functions stand before their arguments: `lower(x)`", ""},
	{"...", "a range has two dots", "write `0..10`: from 0 to 9", ".."},
	{"<>", "what differs is written !=", "write `!=`", "!="},
	{"**", "a power is a function", "write `pow(x, y)` of floats", ""},
	{"&&", "and is written as a word", "write `and`", "and"},
	{"||", "or is written as a word", "write `or`", "or"},
	{":=", "a new name is declared with let", "write `let x = ...`, or `var x = ...` to change it later", "="},
	{"++", "there is no ++", "write `n += 1`", ""},
	{"--", "there is no --", "write `n -= 1`; for a number below zero leave a space between the two", ""},
	{"/*", "comments begin with // and end with their line", "write // before each line", ""},
	{";", "a statement ends with its line", "leave out the `;`", ";"},
	{"%", "the remainder is written as a word", "write `a mod b`", "mod"},
	{"#", "comments begin with //", "write `//` for `#`", ""},
	{"'", "strings stand in double quotes", `write "text"`, ""},
	{"/=", "there is no /=", "write `x = x / y`", "="},
	{"$", "a name has no $", `write w.word, and inside of a string "{w.word}"`, ""},
	{"@", "a name has no @", "take it out; what is said of a component are its options, such as `tasks 4`", ""},
	{"&", "there is no &", "conditions are joined by `and`; work on single bits is for a function in Go; there are no pointers: a value is copied where it is given", ""},
	{"~", "there is no ~", "work on single bits is for a function in Go: `func f(n int) -> int = go \"./folder\".F`", ""},
	{"^", "there is no ^", "a power is `pow(x, y)` of floats; work on single bits is for a function in Go", ""},
	{"\\", "a line needs no \\ at its end", "inside of brackets a line may end anywhere", ""},
}

// meant returns what a token is read as: itself, where it is no sign of another language.
func meant(t *lexer.Token) string {
	if t.Type == tHabit {
		if strings.HasSuffix(t.Value, "range") {
			return "in"
		}
		for _, h := range habits {
			if h.sign == t.Value {
				return h.meant
			}
		}
	}
	return t.Value
}

// severalNames are what others declare at once.
var severalNames = regexp.MustCompile(`\w+[ \t]*,[ \t]*\w+[ \t]*$`)

// lastWord is what is declared by a sign behind it.
var lastWord = regexp.MustCompile(`[A-Za-z_]\w* *$`)

// What a sign stands behind or before: a name, a field of it, or a number.
var (
	placeBefore = regexp.MustCompile(`[A-Za-z_0-9]\w*(?:\.\w+)* *$`)
	placeBehind = regexp.MustCompile(`^ *([A-Za-z_0-9]\w*(?:\.\w+)*) *(?:$|[^\w(\[. ])`)
)

// beside is the name that a step stands behind, or before.
func (s *scanner) beside(rest string) string {
	if m := nameBefore.FindString(s.text[s.begin:s.at]); m != "" {
		return m
	}
	return nameBehind.FindString(rest)
}

var (
	nameBefore = regexp.MustCompile(`[A-Za-z_]\w*(?:\.\w+)*$`)
	nameBehind = regexp.MustCompile(`^[A-Za-z_]\w*(?:\.\w+)*`)
)

// emptyLiteral is Go's `map[string]int{}`, and `[]int{}`.
var emptyLiteral = regexp.MustCompile(`^:=[ \t]*((?:map\[[\w.]+\]|\[\])[\w.\[\]]*\w)[ \t]*\{[ \t]*\}`)

// habit takes a sign of another language, reports it and reads it as what was meant.
func (s *scanner) habit(rest string) bool {
	for _, h := range habits {
		if !strings.HasPrefix(rest, h.sign) {
			continue
		}
		n := len(h.sign)
		d := diag.Diagnostic{Code: codeHabit, Message: h.message, Help: h.help,
			Span: source.Span{File: s.file.Name, Start: s.base + s.at, End: s.base + s.at + n}}
		switch h.sign {
		case "--":
			if end := sqlComment(s.text[s.begin:s.at], rest); end > 0 {
				n = end
				d.Message, d.Help = "comments begin with //", "write `//` for `--`"
				d.Fixes = []diag.Fix{{Title: "write //", Span: d.Span, Text: "//"}}
				s.diags = append(s.diags, d)
				s.token(tSpace, n)
				return true
			}
			d.Fixes = s.stepFix(d.Span, rest, " -= 1")
			if name := s.beside(rest[n:]); name != "" {
				d.Help = "write `" + name + " -= 1`; for a number below zero leave a space between the two"
			}
		case ":=":
			if severalNames.MatchString(s.text[s.begin:s.at]) {
				d.Message, d.Help = "a statement declares one name", severalValues
			} else if m := emptyLiteral.FindStringSubmatch(rest); m != nil {
				d.Help = "write `var " + lastWord.FindString(s.text[s.begin:s.at]) + m[1] + "`, which is empty"
			}
		case "++":
			d.Fixes = s.stepFix(d.Span, rest, " += 1")
			if name := s.beside(rest[n:]); name != "" {
				d.Help = "write `" + name + " += 1`"
			}
		case "%":
			if a, b := placeBefore.FindString(s.text[s.begin:s.at]), placeBehind.FindStringSubmatch(rest[n:]); a != "" && b != nil {
				d.Help = "write `" + strings.TrimSpace(a) + " mod " + b[1] + "`"
			}
		case "/*":
			n = len(rest)
			if end := strings.Index(rest, "*/"); end >= 0 {
				n = end + 2
			}
		case "#":
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				n = end
			} else {
				n = len(rest)
			}
			d.Fixes = []diag.Fix{{Title: "write //", Span: d.Span, Text: "//"}}
		case "'":
			if end := strings.IndexAny(rest[1:], "'\n"); end >= 0 && rest[1+end] == '\'' {
				n = end + 2
				d.Span.End = s.base + s.at + n
				d.Fixes = []diag.Fix{{Title: "use double quotes", Span: d.Span, Text: `"` + rest[1:n-1] + `"`}}
				s.diags = append(s.diags, d)
				s.token(tString, n)
				return true
			}
		}
		if h.meant != "" && h.sign != ":=" { // which may mean let, var or a plain =
			text := " " + h.meant + " "
			if h.meant == ";" {
				text = "\n"
			}
			d.Fixes = []diag.Fix{{Title: "write " + strings.TrimSpace(h.meant), Span: d.Span, Text: strings.TrimSpace(text)}}
		}
		s.diags = append(s.diags, d)
		switch h.meant {
		case "":
			if meantStep[h.sign] != "" {
				s.token(tHabit, n)
			} else {
				s.token(tSpace, n)
			}
		case ";":
			s.token(tSpace, n)
			s.newline = true
		default:
			s.token(tHabit, n)
		}
		return true
	}
	return false
}

// sqlComment sees that `--` begins a comment, as in SQL: words stand behind it, or nothing stands before it. It returns its length.
func sqlComment(before, rest string) int {
	end := strings.IndexByte(rest, '\n')
	if end < 0 {
		end = len(rest)
	}
	text := strings.TrimSpace(rest[2:end])
	spaced := strings.HasPrefix(rest[2:], " ")
	if spaced && strings.TrimSpace(before) == "" || spaced && text != "" && strings.HasSuffix(before, " ") && isLetter(rune(text[0])) {
		return end
	}
	return 0
}

// stepFix is the fix of a step that stands behind its name, at the end of a line.
func (s *scanner) stepFix(at source.Span, rest, text string) []diag.Fix {
	behind := strings.TrimLeft(rest[2:], " \t\r")
	if behind != "" && behind[0] != '\n' && behind[0] != '}' && behind[0] != '/' || s.last.Pos.Line != s.line {
		return nil
	}
	return []diag.Fix{{Title: "write" + text, Span: at, Text: text}}
}
