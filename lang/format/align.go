package format

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/lang/parser"
)

// align keeps what the author aligned: cells of neighbouring lines that stood in one column, at least one of
// them behind more than one space, stand in one column again, as far left as they can. Comments behind code keep their
// distance too. Comments come last, for nothing stands behind them.
func align(lines []*line) {
	for _, comments := range []bool{false, true} {
		for _, g := range groups(lines, comments) {
			g.align(comments)
		}
	}
}

// group are cells of neighbouring lines that stood in one column.
type group struct {
	column int
	lines  []*line
	cells  []int // of each line, which
}

// groups returns the groups, those further left first: they move those to their right.
func groups(lines []*line, comments bool) []*group {
	var out []*group
	last := map[int]*group{} // those that the line before belongs to, by column
	for _, ln := range lines {
		now := map[int]*group{}
		for i, c := range ln.cells {
			if i > 0 && ln.cells[i-1].multiline() || c.kept {
				break
			}
			// Lines below a bracket's first item move with it: only their comments can be aligned.
			if i == 0 || c.gap == 0 || c.newlines > 0 || comments != (c.Kind == parser.Comment) || !comments && (ln.under != nil || i == 1 && ln.head()) {
				continue
			}
			g := last[c.column]
			if g != nil && !ln.blank && g.takes(ln, c) {
				g.lines, g.cells = append(g.lines, ln), append(g.cells, i)
			} else {
				g = &group{column: c.column, lines: []*line{ln}, cells: []int{i}}
				out = append(out, g)
			}
			now[c.column] = g
		}
		last = now
	}
	slices.SortStableFunc(out, func(a, b *group) int { return cmp.Compare(a.column, b.column) })
	return out
}

// head reports whether a declaration begins with the line. What it is called stands right behind its first word.
func (ln *line) head() bool { return !ln.cells[0].inside }

// takes reports whether a cell of a line can stand below the last of the group: a sign only below the same one, another word of a declaration's first line only
// below one of the same kind of declaration.
func (g *group) takes(ln *line, c cell) bool {
	last := g.lines[len(g.lines)-1]
	above := last.cells[g.cells[len(g.cells)-1]]
	if c.Kind != parser.Sign && c.Kind != parser.Comment && (ln.head() || last.head()) && last.cells[0].Text != ln.cells[0].Text {
		return false
	}
	return above.depth == c.depth && (above.Kind == parser.Sign) == (c.Kind == parser.Sign) && (c.Kind != parser.Sign || above.Text == c.Text)
}

func (g *group) align(comments bool) {
	if len(g.lines) == 1 {
		return
	}
	least, most := 1<<30, 0
	for i, ln := range g.lines {
		c := ln.cells[g.cells[i]]
		gap := c.column - ln.cells[g.cells[i]-1].end
		least, most = min(least, gap), max(most, gap)
	}
	if most < 2 {
		return
	}
	if !comments {
		least = 1
	}
	target := 0
	for i, ln := range g.lines {
		target = max(target, ln.endOf(g.cells[i]-1)+max(1, least))
	}
	for i, ln := range g.lines {
		ln.cells[g.cells[i]].gap = target - ln.endOf(g.cells[i]-1)
	}
}

// start is the column at which the line begins.
func (p place) start() int {
	if p.under == nil {
		return p.indent
	}
	return p.under.endOf(p.opener) + p.indent
}

// endOf is the column behind cell i.
func (ln *line) endOf(i int) int {
	n := ln.start()
	for _, c := range ln.cells[:i+1] {
		if at := strings.LastIndexByte(c.Text, '\n'); at >= 0 {
			n = utf8.RuneCountInString(c.Text[at+1:])
			continue
		}
		n += c.gap + utf8.RuneCountInString(c.Text)
	}
	return n
}

// write returns the text of the lines.
func write(lines []*line) string {
	var b strings.Builder
	for _, ln := range lines {
		if ln.blank {
			b.WriteByte('\n')
		}
		if first := ln.cells[0]; first.kept {
			b.WriteString(first.lead)
		} else {
			b.WriteString(strings.Repeat(" ", ln.start()))
		}
		for i, c := range ln.cells {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", c.gap))
			}
			b.WriteString(c.Text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
