package parser

import (
	"slices"
	"strings"
)

// Split cuts a text at its declarations, so that each can be parsed alone and kept while others change: the offsets
// at which parts begin, the first 0. A part is a declaration with the comment directly above it and whatever stands behind it. Parsing the
// parts finds what parsing the whole does.
//
// Where that cannot be told from the lines, because a raw string goes over several of them, the text is one part.
func Split(text string) []int {
	out := []int{0}
	raw := strings.Contains(text, "`")
	comment := -1            // where the comment directly above begins
	header, open := false, 0 // in a header, and its braces that are not closed: declarations that stand in them are read with it
	for at := 0; at < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := text[at:end]
		if raw && strings.Count(line, "`")%2 != 0 {
			return []int{0}
		}
		switch {
		case strings.HasPrefix(strings.TrimLeft(line, " \t"), "//"):
			if comment < 0 {
				comment = at
			}
		case beginsDeclaration(line):
			if open > 0 {
				return []int{0}
			}
			header = strings.HasPrefix(line, "topology")
			begin := at
			if comment >= 0 {
				begin = comment
			}
			if begin > 0 {
				out = append(out, begin)
			}
			comment = -1
		default:
			comment = -1
		}
		if header {
			open += strings.Count(line, "{") - strings.Count(line, "}")
		}
		at = end
	}
	return out
}

// beginsDeclaration reports whether a line's first word, in column 1, is one of the declarations'.
func beginsDeclaration(line string) bool {
	n := 0
	for n < len(line) && (line[n] == '_' || line[n] >= 'a' && line[n] <= 'z' || line[n] >= 'A' && line[n] <= 'Z' || line[n] >= '0' && line[n] <= '9' || line[n] >= 0x80) {
		n++
	}
	return slices.Contains(declarations, line[:n])
}
