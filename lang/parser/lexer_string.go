package parser

import (
	"regexp"
	"strings"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// str takes "text", to its closing quote; quotes inside {braces} belong to the expression there.
func (s *scanner) str(rest string) {
	n, ok := stringEnd(rest)
	if ok {
		s.token(tString, n)
		return
	}
	d := diag.Diagnostic{Code: codeUnclosed, Message: "the string is not closed",
		Help: `a string ends with " on its line; for text with line ends write \n or a ` + "`raw string`", Span: s.spanOf(0, n)}
	if brace, end := plainEnd(rest[:n]); brace > 0 {
		// It would be closed, were it not for the brace.
		d.Help = `a { begins an expression, which ends with }; write \{ for the brace itself`
		if end > 0 && strings.Count(line(rest[end:]), `"`)%2 == 0 {
			n = end
			d.Message, d.Span = "this { begins an expression that does not end", s.spanOf(brace, brace+1)
			d.Fixes = []diag.Fix{{Title: `write \{`, Span: d.Span, Text: `\{`}}
		}
	} else if m := linesEnd(rest, n); m > 0 {
		n = m
		d.Message = "a string ends on its line"
		if text := rest[1 : n-1]; !strings.ContainsAny(text, "`\\{") {
			d.Fixes = []diag.Fix{{Title: "write a raw string", Span: s.spanOf(0, n), Text: "`" + text + "`"}}
		}
	}
	s.diags = append(s.diags, d)
	s.token(tString, n)
}

// spanOf is the place of the bytes from..to of what comes next.
func (s *scanner) spanOf(from, to int) source.Span {
	return source.Span{File: s.file.Name, Start: s.base + s.at + from, End: s.base + s.at + to}
}

// plainEnd reads a string that is not closed as if braces were text: where the first brace stands, and where the string ends; 0 where
// there is none.
func plainEnd(line string) (brace, end int) {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '{':
			if brace == 0 {
				brace = i
			}
		case '"':
			return brace, i + 1
		}
	}
	return brace, 0
}

// line is the line that a text begins with.
func line(text string) string {
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		return text[:end]
	}
	return text
}

// closers are what stands behind a string that ends its line.
var closers = regexp.MustCompile(`^[ \t]*([)\]},!].*)?\r?$`)

// linesEnd is the end of a string that goes over several lines, where it is clear that one was meant: a later line has the one quote
// that closes it, with nothing behind it but brackets. 0 where it is not.
func linesEnd(text string, first int) int {
	at := first
	for range 50 {
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			return 0
		}
		at += next + 1
		line := line(text[at:])
		if beginsDeclaration(line) || strings.HasPrefix(line, "}") {
			return 0
		}
		switch strings.Count(line, `"`) {
		case 0:
		case 1:
			quote := strings.IndexByte(line, '"')
			if closers.MatchString(line[quote+1:]) && !strings.HasSuffix(strings.TrimRight(line[:quote], " \t"), "(") {
				return at + quote + 1
			}
			return 0
		default:
			return 0
		}
	}
	return 0
}

// stringEnd returns the length of the string literal that text begins with, and whether it is closed.
func stringEnd(text string) (n int, closed bool) {
	depth := 0
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n' || c == '\r':
			return i, false
		case c == '\\' && depth == 0:
			i++
			if i < len(text) && text[i] == '\n' {
				return i, false
			}
		case c == '"' && depth == 0:
			return i + 1, true
		case c == '"':
			m, ok := stringEnd(text[i:])
			if !ok {
				return i + m, false
			}
			i += m - 1
		case c == '`' && depth > 0:
			m := rawEnd(text[i:])
			if m == 0 || strings.Contains(text[i:i+m], "\n") {
				return i, false
			}
			i += m - 1
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		}
	}
	return len(text), false
}

// rawEnd returns the length of the raw string that text begins with, or 0 where it is not closed.
func rawEnd(text string) int {
	n := strings.IndexByte(text[1:], '`')
	if n < 0 {
		return 0
	}
	return n + 2
}
