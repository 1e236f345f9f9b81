package lsp

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/topo-lang/topo/lsp/protocol"
)

func TestPositions(t *testing.T) {
	text := "a\u00e4\U0001d11e b\r\nc\rd\n\u20ac"
	for _, c := range []struct {
		units           string
		line, character uint32
		offset          int
	}{
		{utf16Units, 0, 0, 0}, {utf16Units, 0, 2, 3}, {utf16Units, 0, 3, 3}, {utf16Units, 0, 4, 7}, {utf16Units, 0, 99, 9},
		{utf8Units, 0, 2, 1}, {utf8Units, 0, 3, 3}, {utf8Units, 0, 7, 7}, {utf8Units, 0, 5, 3},
		{utf32Units, 0, 3, 7}, {utf16Units, 1, 0, 11}, {utf16Units, 1, 7, 12}, {utf16Units, 2, 0, 13}, {utf16Units, 3, 1, 18}, {utf16Units, 9, 0, 18},
		{utf16Units, 4294967295, 4294967295, 18}, {utf16Units, 0, 4294967295, 9},
	} {
		if got := newLines(text, c.units).offset(protocol.Position{Line: c.line, Character: c.character}); got != c.offset {
			t.Errorf("%s %d:%d is %d, not %d", c.units, c.line, c.character, got, c.offset)
		}
	}
	for _, units := range []string{utf8Units, utf16Units, utf32Units} {
		l := newLines(text, units)
		for at := range text {
			if p := l.position(at); l.offset(p) != at && text[at] != '\n' {
				t.Errorf("%s: %d is %v, which is %d", units, at, p, l.offset(p))
			}
		}
	}
}

// Edits at random give what a plain model of the protocol gives: lines of UTF-16.
func TestEdits(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	alphabet := []string{"a", "\u00e4", "\U0001d11e", "\n", "\r\n", " ", "", "\u20ac\n\n"}
	d := newDocument("x", "file:///x", "", utf16Units)
	var model []uint16
	for step := range 3000 {
		begin := func(p protocol.Position) int {
			line := 0
			for i := 0; i <= len(model); i++ {
				if line == int(p.Line) {
					end := i
					for end < len(model) && model[end] != '\n' && model[end] != '\r' {
						end++
					}
					return min(i+int(p.Character), end)
				}
				if i < len(model) && model[i] == '\n' {
					line++
				}
			}
			return len(model)
		}
		p := protocol.Position{Line: uint32(random.IntN(6)), Character: uint32(random.IntN(8))}
		q := protocol.Position{Line: p.Line + uint32(random.IntN(2)), Character: uint32(random.IntN(8))}
		from, to := begin(p), begin(q)
		if from > to {
			from, to = to, from
		}
		low := func(i int) bool { return i < len(model) && i > 0 && model[i] >= 0xdc00 && model[i] < 0xe000 }
		if low(from) {
			from--
		}
		if low(to) {
			to--
		}
		text := strings.Repeat(alphabet[random.IntN(len(alphabet))], random.IntN(3))
		d.change([]protocol.ContentChange{{Range: &protocol.Range{Start: p, End: q}, Text: text}}, utf16Units)
		model = append(append(append([]uint16{}, model[:from]...), utf16.Encode([]rune(text))...), model[to:]...)
		if got, want := d.text, string(utf16.Decode(model)); got != want {
			t.Fatalf("step %d: %q, not %q", step, got, want)
		}
		if len(model) > 100 {
			model = model[:0]
			d.set("", utf16Units)
		}
	}
}
