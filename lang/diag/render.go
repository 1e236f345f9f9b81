package diag

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/topo-lang/topo/lang/source"
)

// Render writes diagnostics for people: each with its code and message, the lines it concerns and what stands
// under them, the reasons and the way out. They are sorted; at most MaxShown are shown, errors before warnings, the rest counted.
func Render(w io.Writer, files []*source.File, ds []Diagnostic, colour bool) {
	render(w, files, ds, colour, MaxShown)
}

// RenderAll is Render without a limit.
func RenderAll(w io.Writer, files []*source.File, ds []Diagnostic, colour bool) {
	render(w, files, ds, colour, len(ds))
}

func render(w io.Writer, files []*source.File, ds []Diagnostic, colour bool, limit int) {
	r := &renderer{w: bufio.NewWriter(w), files: map[string]*source.File{}}
	if colour {
		r.palette = colours
	}
	for _, f := range files {
		r.files[f.Name] = f
	}
	sorted := Sorted(files, ds)
	shown := first(sorted, limit)
	for _, d := range shown {
		r.diagnostic(d)
	}
	if more := len(sorted) - len(shown); more > 0 {
		fmt.Fprintf(r.w, "%s... and %d more; `topoc check --all` shows them%s\n\n", r.bold, more, r.reset)
	}
	_ = r.w.Flush()
}

// first chooses which diagnostics are shown where there are too many: errors before warnings, and what was not said in the same words before what
// was, in their order.
func first(ds []Diagnostic, limit int) []Diagnostic {
	if len(ds) <= limit {
		return ds
	}
	again := make([]bool, len(ds))
	said := map[[3]string]bool{}
	for i, d := range ds {
		words := [3]string{d.Code, d.Message, d.Help}
		again[i] = said[words]
		said[words] = true
	}
	chosen := make([]bool, len(ds))
	for _, s := range []Severity{Error, Warning} {
		for _, repeated := range []bool{false, true} {
			for i, d := range ds {
				if limit > 0 && d.Severity == s && again[i] == repeated {
					chosen[i] = true
					limit--
				}
			}
		}
	}
	var out []Diagnostic
	for i, d := range ds {
		if chosen[i] {
			out = append(out, d)
		}
	}
	return out
}

// palette are the escape sequences of a terminal; all empty where there are no colours.
type palette struct{ red, yellow, blue, green, bold, reset string }

var colours = palette{
	red: "\x1b[1;31m", yellow: "\x1b[1;33m", blue: "\x1b[1;34m", green: "\x1b[1;32m", bold: "\x1b[1m", reset: "\x1b[0m",
}

type renderer struct {
	palette
	w     *bufio.Writer
	files map[string]*source.File
}

// mark is something written under a line.
type mark struct {
	span    source.Span
	label   string
	primary bool
}

func (r *renderer) diagnostic(d Diagnostic) {
	word, colour := "error", r.red
	if d.Severity == Warning {
		word, colour = "warning", r.yellow
	}
	if d.Code != "" {
		word += "[" + d.Code + "]"
	}
	fmt.Fprintf(r.w, "%s%s%s%s: %s%s\n", colour, word, r.reset, r.bold, clean(d.Message), r.reset)

	// The primary's file first, then the others in the order they are named in.
	marks := []mark{{d.Span, d.Label, true}}
	for _, l := range d.Related {
		marks = append(marks, mark{l.Span, l.Text, false})
	}
	var names []string
	for _, m := range marks {
		if m.span.File != "" && !slices.Contains(names, m.span.File) {
			names = append(names, m.span.File)
		}
	}
	gutter := r.gutter(marks)
	for i, name := range names {
		r.file(name, i == 0, marks, gutter, colour)
	}
	if len(names) > 0 && (len(d.Notes) > 0 || d.Help != "") {
		fmt.Fprintf(r.w, "%s%s |%s\n", r.blue, strings.Repeat(" ", gutter), r.reset)
	}
	for _, n := range d.Notes {
		r.remark(gutter, "note", n)
	}
	if d.Help != "" {
		r.remark(gutter, "help", d.Help)
	}
	fmt.Fprintln(r.w)
}

// remark writes a note or the help, its further lines under its first.
func (r *renderer) remark(gutter int, word, text string) {
	lines := strings.Split(text, "\n")
	fmt.Fprintf(r.w, "%s%s = %s%s%s:%s %s\n", r.blue, strings.Repeat(" ", gutter), r.reset, r.bold, word, r.reset, clean(lines[0]))
	for _, l := range lines[1:] {
		fmt.Fprintf(r.w, "%s%s\n", strings.Repeat(" ", gutter+3+len(word)+2), clean(l))
	}
}

// gutter is the width of the largest line number shown.
func (r *renderer) gutter(marks []mark) int {
	width := 1
	for _, m := range marks {
		if f := r.files[m.span.File]; f != nil {
			width = max(width, len(fmt.Sprint(f.Position(m.span.Start).Line)))
		}
	}
	return width
}

// file writes the marked lines of one file.
func (r *renderer) file(name string, first bool, marks []mark, gutter int, colour string) {
	f := r.files[name]
	arrow := "-->"
	if !first {
		arrow = ":::"
	}
	var here []mark
	for _, m := range marks {
		if m.span.File == name {
			here = append(here, m)
		}
	}
	place := name
	if f != nil {
		p := f.Position(here[0].span.Start)
		place = fmt.Sprintf("%s:%d:%d", name, p.Line, p.Column)
	}
	fmt.Fprintf(r.w, "%s%s%s%s %s\n", strings.Repeat(" ", gutter), r.blue, arrow, r.reset, clean(place))
	if f == nil {
		return
	}
	fmt.Fprintf(r.w, "%s%s |%s\n", r.blue, strings.Repeat(" ", gutter), r.reset)
	slices.SortStableFunc(here, func(a, b mark) int { return a.span.Start - b.span.Start })
	last := 0
	for i := 0; i < len(here); {
		line := f.Position(here[i].span.Start).Line
		j := i
		for j < len(here) && f.Position(here[j].span.Start).Line == line {
			j++
		}
		if last != 0 && line > last+1 {
			fmt.Fprintf(r.w, "%s%s%s\n", r.blue, strings.Repeat(".", min(gutter+1, 3)), r.reset)
		}
		r.line(f, line, here[i:j], gutter, colour)
		last, i = line, j
	}
}

// The columns of text shown of a line: longer ones are cut around what is marked.
const (
	maxWidth = 120
	context  = 40
)

// line writes one line of text, and under it its marks, the last one's label beside it.
func (r *renderer) line(f *source.File, number int, marks []mark, gutter int, colour string) {
	text, start := f.Line(number)
	from, to := window(text, marks[0].span.Start-start, marks[len(marks)-1].span.End-start)
	shown, cells := expand(text[from:to])
	lead, tail := "", ""
	if from > 0 {
		lead = "..."
	}
	if to < len(text) {
		tail = "..."
	}
	fmt.Fprintf(r.w, "%s%*d |%s %s%s%s\n", r.blue, gutter, number, r.reset, lead, shown, tail)
	// Marks that do not touch one another share a row; the last of a row has its label beside it, so labels come last first.
	for i, m := range slices.Backward(marks) {
		column := func(offset int) int { return len(lead) + cells[max(0, min(offset-start-from, len(cells)-1))] }
		at := column(m.span.Start)
		width := max(1, column(min(m.span.End, start+len(text)))-at)
		sign, paint := "-", r.blue
		if m.primary {
			sign, paint = "^", colour
		}
		label := ""
		if m.label != "" {
			label = " " + clean(m.label)
		}
		if i < len(marks)-1 && m.span == marks[i+1].span && m.label == "" {
			continue
		}
		fmt.Fprintf(r.w, "%s%s |%s %s%s%s%s%s\n", r.blue, strings.Repeat(" ", gutter), r.reset,
			strings.Repeat(" ", at), paint, strings.Repeat(sign, width), label, r.reset)
	}
}

// window chooses which bytes of a long line are shown, so that [start, end) is among them.
func window(text string, start, end int) (from, to int) {
	if len(text) <= maxWidth {
		return 0, len(text)
	}
	start = max(0, min(start, len(text)))
	end = max(start, min(end, len(text)))
	from = max(0, start-context)
	to = min(len(text), max(from+maxWidth, min(end, start+maxWidth)+context))
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return from, to
}

// expand returns the text as it is shown, tabs as spaces and control characters as dots, and for each byte offset (and
// the end) the cell of the screen where it stands.
func expand(text string) (string, []int) {
	var b strings.Builder
	cells := make([]int, len(text)+1)
	cell := 0
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		for k := range n {
			cells[i+k] = cell
		}
		i += n
		switch {
		case c == '\t':
			tab := 4 - cell%4
			b.WriteString(strings.Repeat(" ", tab))
			cell += tab
		case c == utf8.RuneError && n == 1:
			b.WriteRune('\uFFFD')
			cell++
		case unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c):
			b.WriteByte('.')
			cell++
		default:
			b.WriteRune(c)
			cell += runeWidth(c)
		}
	}
	cells[len(text)] = cell
	return b.String(), cells
}

// runeWidth is how many cells of a terminal a character takes.
func runeWidth(c rune) int {
	switch {
	case unicode.Is(unicode.Mn, c), unicode.Is(unicode.Me, c), unicode.Is(unicode.Cf, c):
		return 0
	case unicode.Is(wide, c):
		return 2
	}
	return 1
}

// wide are the ranges that terminals draw over two cells: East Asian scripts and pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115F, Stride: 1}, {Lo: 0x2E80, Hi: 0x303E, Stride: 1}, {Lo: 0x3041, Hi: 0x33FF, Stride: 1},
		{Lo: 0x3400, Hi: 0x4DBF, Stride: 1}, {Lo: 0x4E00, Hi: 0x9FFF, Stride: 1}, {Lo: 0xA000, Hi: 0xA4CF, Stride: 1},
		{Lo: 0xAC00, Hi: 0xD7A3, Stride: 1}, {Lo: 0xF900, Hi: 0xFAFF, Stride: 1}, {Lo: 0xFE30, Hi: 0xFE6F, Stride: 1},
		{Lo: 0xFF00, Hi: 0xFF60, Stride: 1}, {Lo: 0xFFE0, Hi: 0xFFE6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1F300, Hi: 0x1F64F, Stride: 1}, {Lo: 0x1F900, Hi: 0x1F9FF, Stride: 1}, {Lo: 0x20000, Hi: 0x3FFFD, Stride: 1},
	},
}

// clean takes out of a message what could play with a terminal: it may quote the user's text.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return '\uFFFD'
		}
		return c
	}, s)
}
