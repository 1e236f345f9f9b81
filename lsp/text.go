package lsp

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// The units that columns are counted in.
const (
	utf8Units  = "utf-8"
	utf16Units = "utf-16"
	utf32Units = "utf-32"
)

// byteOrderMark is a mark, which some editors leave at the start: it is no part of what the compiler sees.
const byteOrderMark = "\ufeff"

// lines maps offsets of a text to positions and back. Lines end as the protocol says, at \n, \r\n and \r.
type lines struct {
	text   string
	starts []int
	units  string
}

func newLines(text, units string) *lines {
	l := &lines{text: text, starts: []int{0}, units: units}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			l.starts = append(l.starts, i+1)
		case '\n':
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// line returns a line without its end.
func (l *lines) line(n int) (text string, start int) {
	start = l.starts[n]
	end := len(l.text)
	if n+1 < len(l.starts) {
		end = l.starts[n+1]
	}
	return strings.TrimRight(l.text[start:end], "\r\n"), start
}

// width is how many units a rune counts; what is no UTF-8 counts as one byte.
func (l *lines) width(r rune, size int) int {
	switch {
	case l.units == utf8Units:
		return size
	case l.units == utf16Units && r >= 0x10000:
		return 2
	}
	return 1
}

// offset is where a position is; positions outside of the text are moved to its nearest place, those within a rune to its begin.
func (l *lines) offset(p protocol.Position) int {
	if int64(p.Line) >= int64(len(l.starts)) {
		return len(l.text)
	}
	text, start := l.line(int(p.Line))
	units := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		units += l.width(r, size)
		if int64(units) > int64(p.Character) {
			return start + i
		}
		i += size
	}
	return start + len(text)
}

// position is where an offset is.
func (l *lines) position(offset int) protocol.Position {
	offset = max(0, min(offset, len(l.text)))
	n := sort.Search(len(l.starts), func(i int) bool { return l.starts[i] > offset }) - 1
	start, units := l.starts[n], 0
	for i := start; i < offset; {
		r, size := utf8.DecodeRuneInString(l.text[i:])
		units += l.width(r, size)
		i += size
	}
	return protocol.Position{Line: uint32(n), Character: uint32(units)}
}

// document is a text: of the editor where it is open there, else of the disk.
type document struct {
	path    string
	uri     protocol.URI // as the client writes it
	version int32
	open    bool
	*lines
	skip int // how long its byte order mark is
	// Of its colours: those of declarations by the lexer, and all as they were told last.
	lexed  map[*source.File][]coloured
	tokens []uint32
}

func newDocument(path string, uri protocol.URI, text, units string) *document {
	d := &document{path: path, uri: uri}
	d.set(text, units)
	return d
}

func (d *document) set(text, units string) {
	text = strings.ToValidUTF8(text, "\ufffd")
	d.lines, d.skip = newLines(text, units), 0
	if strings.HasPrefix(text, byteOrderMark) {
		d.skip = len(byteOrderMark)
	}
}

// source is the text that the compiler sees.
func (d *document) source() string { return d.text[d.skip:] }

// at is where a position is in what the compiler sees.
func (d *document) at(p protocol.Position) int { return max(0, d.offset(p)-d.skip) }

// place is the position of an offset in what the compiler sees.
func (d *document) place(offset int) protocol.Position { return d.position(offset + d.skip) }

// units is how long a stretch of a line is that the compiler sees.
func (d *document) units(start, end int) (n uint32) {
	for text := d.source()[start:end]; text != ""; {
		r, size := utf8.DecodeRuneInString(text)
		n += uint32(d.width(r, size))
		text = text[size:]
	}
	return n
}

func (d *document) rangeOf(start, end int) protocol.Range {
	return protocol.Range{Start: d.place(start), End: d.place(max(start, end))}
}

// change applies the changes of a document in their order.
func (d *document) change(changes []protocol.ContentChange, units string) {
	for _, c := range changes {
		if c.Range == nil {
			d.set(c.Text, units)
			continue
		}
		start, end := d.offset(c.Range.Start), d.offset(c.Range.End)
		if end < start {
			start, end = end, start
		}
		d.set(d.text[:start]+c.Text+d.text[end:], units)
	}
}
