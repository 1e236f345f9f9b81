package stdout

import (
	"io"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/runtime/component"
)

// screen draws the rows on a terminal, each picture over the one before.
type screen struct {
	out   io.Writer
	rows  *rows
	style bool // bold and dim may be used

	one   component.Columns
	buf   []byte
	drawn int // lines of the picture that stands there
	shown bool
}

// What a terminal is told.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	clearLine  = "\x1b[K"
	clearBelow = "\x1b[J"
	bold       = "\x1b[1m"
	dim        = "\x1b[2m"
	plain      = "\x1b[0m"
)

func newScreen(out io.Writer, rows *rows, style bool) *screen {
	s := &screen{out: out, rows: rows, style: style}
	for _, c := range rows.schema {
		s.one.Cols = append(s.one.Cols, component.Column{Name: c.Name, Kind: c.Kind})
	}
	return s
}

// frame draws the rows that fit.
func (s *screen) frame(width, height, limit int) error {
	s.picture(width, height, limit, "")
	return s.flush()
}

// final draws the last picture and gives the cursor back. It stays as tall as the window, like those before: thousands of
// rows would push away what was on the screen. Whoever wants them all pipes the output.
func (s *screen) final(width, height, limit int) error {
	s.picture(width, height, limit, "; piped, all are printed")
	s.buf = append(s.buf, showCursor...)
	return s.flush()
}

// picture draws the rows that fit over the picture before; hint stands behind how many more there are.
func (s *screen) picture(width, height, limit int, hint string) {
	room := max(1, height-3) // the heading, how many more, and the cursor's line
	n := s.rows.len()
	if limit > 0 {
		n = min(n, limit)
	}
	shown := min(n, room)
	s.begin()
	if n > 0 {
		s.table(s.rows.top(shown), width)
	}
	if more := n - shown; more > 0 {
		s.line(dim, "... and "+strconv.Itoa(more)+" more"+hint, width-1)
	}
	s.buf = append(s.buf, clearBelow...)
}

// leave gives the cursor back and lets the last picture stand.
func (s *screen) leave() error {
	if !s.shown {
		return nil
	}
	s.buf = append(s.buf[:0], showCursor...)
	return s.flush()
}

// begin goes back to where the last picture began.
func (s *screen) begin() {
	s.buf = append(s.buf[:0], hideCursor...)
	if s.drawn > 0 {
		s.buf = append(s.buf, "\x1b["+strconv.Itoa(s.drawn)+"A\r"...)
	}
	s.drawn, s.shown = 0, true
}

func (s *screen) flush() error {
	_, err := s.out.Write(s.buf)
	return cannotWrite(err)
}

// table draws the heading and rows.
func (s *screen) table(order []int, width int) {
	texts := make([][]string, 0, len(order)+1)
	heading := make([]string, len(s.one.Cols))
	for i, c := range s.one.Cols {
		heading[i] = printable(c.Name)
	}
	texts = append(texts, heading)
	for _, row := range order {
		s.one.Reset()
		s.rows.columns(&s.one, row)
		line := make([]string, len(s.one.Cols))
		for i := range line {
			line[i] = display(&s.one.Cols[i])
		}
		texts = append(texts, line)
	}
	width-- // a terminal whose last column is written to is at odds with others about what comes next
	widths := fit(texts, width)
	var b strings.Builder
	for i, line := range texts {
		b.Reset()
		for j, text := range line {
			if j > 0 {
				b.WriteString("  ")
			}
			text = cut(text, widths[j])
			gap := strings.Repeat(" ", widths[j]-textWidth(text))
			switch {
			case numeric(s.one.Cols[j].Kind):
				b.WriteString(gap + text)
			case j == len(line)-1:
				b.WriteString(text)
			default:
				b.WriteString(text + gap)
			}
		}
		style := ""
		if i == 0 {
			style = bold
		}
		s.line(style, b.String(), width)
	}
}

// line draws one line of the picture.
func (s *screen) line(style, text string, width int) {
	text = cut(text, width)
	if s.style && style != "" {
		text = style + text + plain
	}
	s.buf = append(s.buf, text...)
	s.buf = append(s.buf, clearLine+"\n"...)
	s.drawn++
}

func numeric(k component.Kind) bool {
	return k == component.Int || k == component.Float || k == component.Decimal || k == component.Duration
}

// fit returns a width for each column: what its texts take, the widest cut down where all together take too much.
func fit(lines [][]string, width int) []int {
	widths := make([]int, len(lines[0]))
	total := 2 * (len(widths) - 1)
	for j := range widths {
		for _, line := range lines {
			widths[j] = max(widths[j], textWidth(line[j]))
		}
		total += widths[j]
	}
	for total > width {
		widest := 0
		for j, w := range widths {
			if w > widths[widest] {
				widest = j
			}
		}
		if widths[widest] <= 4 {
			break // too narrow to show all: the line itself is cut
		}
		widths[widest]--
		total--
	}
	return widths
}
