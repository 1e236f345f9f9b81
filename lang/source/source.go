// Package source holds the text of .topo files and says where things stand in it.
//
// Everything above this package speaks of places as byte offsets (Span); only
// File.Position turns an offset into a line and a column, so there is one mapper.
package source

import (
	"sort"
	"unicode/utf8"
)

// Span is a half-open range of bytes [Start, End) of the file named File.
type Span struct {
	File       string
	Start, End int
}

// IsZero reports whether the span points nowhere.
func (s Span) IsZero() bool { return s == Span{} }

// To returns the span from the start of s to the end of t, which stands after it in the same file.
func (s Span) To(t Span) Span { return Span{File: s.File, Start: s.Start, End: t.End} }

// Position is a place for people: 1-based line, 1-based column counted in runes.
type Position struct{ Line, Column int }

// File is one source text.
type File struct {
	Name  string // as it is shown to the user
	Text  string
	lines []int // byte offset at which each line starts
}

// NewFile returns the file with its line table made.
func NewFile(name, text string) *File {
	f := &File{Name: name, Text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// LineOf returns the 1-based number of the line that holds offset; offsets outside the text are clamped.
func (f *File) LineOf(offset int) int {
	return sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > offset })
}

// Line returns the text of the 1-based line n without its line end, and the offset where it starts.
func (f *File) Line(n int) (text string, start int) {
	if n < 1 || n > len(f.lines) {
		return "", len(f.Text)
	}
	start = f.lines[n-1]
	end := len(f.Text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	if end > start && f.Text[end-1] == '\r' {
		end--
	}
	return f.Text[start:end], start
}

// Position returns the line and the column in runes of a byte offset.
func (f *File) Position(offset int) Position {
	offset = max(0, min(offset, len(f.Text)))
	line := max(1, f.LineOf(offset))
	start := f.lines[line-1]
	return Position{Line: line, Column: utf8.RuneCountInString(f.Text[start:offset]) + 1}
}
