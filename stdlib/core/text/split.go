package text

import (
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
)

// Split returns the parts of s between the separators; with an empty separator, its characters.
func Split(a *arena.Arena, s, sep string) []string {
	n := 0
	if sep == "" {
		n = utf8.RuneCountInString(s)
	} else {
		n = strings.Count(s, sep) + 1
	}
	list := a.Strings(n)
	it := SplitSeq(s, sep)
	for i := range list {
		list[i], _ = it.Next()
	}
	return list
}

// SplitIter walks over the parts of a text.
type SplitIter struct {
	rest, sep string
	done      bool
}

// SplitSeq returns the parts of s one by one, without a list.
func SplitSeq(s, sep string) SplitIter {
	return SplitIter{rest: s, sep: sep, done: s == "" && sep == ""}
}

// Next returns the next part, and whether there was one.
func (it *SplitIter) Next() (string, bool) {
	if it.done {
		return "", false
	}
	s := it.rest
	var end, skip int
	if it.sep == "" {
		_, end = utf8.DecodeRuneInString(s)
		it.done = end == len(s)
	} else if end = strings.Index(s, it.sep); end < 0 {
		it.done = true
		return s, true
	} else {
		skip = len(it.sep)
	}
	it.rest = s[end+skip:]
	return s[:end], true
}

// Lines returns the lines of s, without their ends (LF or CRLF). A last line without an end counts; nothing after the last end does not.
func Lines(a *arena.Arena, s string) []string {
	n := strings.Count(s, "\n")
	if s != "" && s[len(s)-1] != '\n' {
		n++
	}
	list := a.Strings(n)
	it := LinesSeq(s)
	for i := range list {
		list[i], _ = it.Next()
	}
	return list
}

// LineIter walks over the lines of a text.
type LineIter struct{ rest string }

// LinesSeq returns the lines of s one by one, without a list.
func LinesSeq(s string) LineIter { return LineIter{rest: s} }

// Next returns the next line, and whether there was one.
func (it *LineIter) Next() (string, bool) {
	if it.rest == "" {
		return "", false
	}
	line, rest, _ := strings.Cut(it.rest, "\n")
	it.rest = rest
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, true
}

// Join returns the items with sep between them.
func Join(a *arena.Arena, items []string, sep string) string {
	if len(items) == 0 {
		return ""
	}
	n := len(sep) * (len(items) - 1)
	for _, s := range items {
		n += len(s)
	}
	b := a.Bytes(n)
	for i, s := range items {
		if i > 0 {
			b = append(b, sep...)
		}
		b = append(b, s...)
	}
	return a.Commit(b)
}
