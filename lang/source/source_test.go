package source_test

import (
	"testing"

	"github.com/topo-lang/topo/lang/source"
)

func TestPosition(t *testing.T) {
	f := source.NewFile("x.topo", "ab\r\nüñ c\n\nlast")
	for _, tt := range []struct{ offset, line, column int }{
		{0, 1, 1}, {2, 1, 3}, {4, 2, 1}, {6, 2, 2}, {8, 2, 3}, {10, 2, 5}, {11, 3, 1}, {12, 4, 1},
		{16, 4, 5}, {99, 4, 5}, {-1, 1, 1},
	} {
		if p := f.Position(tt.offset); p.Line != tt.line || p.Column != tt.column {
			t.Errorf("offset %d is %d:%d, not %d:%d", tt.offset, p.Line, p.Column, tt.line, tt.column)
		}
	}
}

func TestLine(t *testing.T) {
	f := source.NewFile("x.topo", "ab\r\nc\n")
	for n, want := range map[int]struct {
		text  string
		start int
	}{0: {"", 6}, 1: {"ab", 0}, 2: {"c", 4}, 3: {"", 6}, 4: {"", 6}} {
		if text, start := f.Line(n); text != want.text || start != want.start {
			t.Errorf("line %d is %q at %d, not %q at %d", n, text, start, want.text, want.start)
		}
	}
	if text, start := source.NewFile("", "").Line(1); text != "" || start != 0 {
		t.Errorf("the line of nothing is %q at %d", text, start)
	}
}

func TestSpan(t *testing.T) {
	a, b := source.Span{File: "x", Start: 1, End: 3}, source.Span{File: "x", Start: 5, End: 9}
	if got := a.To(b); got != (source.Span{File: "x", Start: 1, End: 9}) {
		t.Errorf("from a to b is %v", got)
	}
	if a.IsZero() || !(source.Span{}).IsZero() {
		t.Error("only the span of nothing is zero")
	}
}
