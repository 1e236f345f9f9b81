package format

import "github.com/topo-lang/topo/lang/parser"

const indentWidth = 4

// line is one line of the output. (A kept item may hold several.)
type line struct {
	place
	cells []cell
	blank bool // an empty line stands before it
}

// place is where a line begins: so many spaces from the margin; or, inside of a bracket whose first item
// stands behind it on its line, from below that item: the bracket is then cell `opener` of the line `under`.
type place struct {
	indent int
	under  *line
	opener int
}

func (p place) deeper() place {
	p.indent += indentWidth
	return p
}

// cell is an item on its line.
type cell struct {
	*item
	gap   int // spaces before it
	depth int // open brackets
}

// frame is an open bracket.
type frame struct {
	brace  bool
	commas bool  // of an enum or a match: its items end with a comma too
	match  bool  // in it, `match` has been met and its brace has not
	base   place // of what closes it
	inside place // of what stands in it
}

type layouter struct {
	roles  roles
	items  []*item
	open   map[int]bool // the braces, by index, whose contents stand on lines of their own
	close  map[int]bool
	frames []frame
	lines  []*line
}

// layOut divides the items into lines and indents them.
func layOut(roles roles, items []*item) []*line {
	l := &layouter{roles: roles, items: items, open: map[int]bool{}, close: map[int]bool{}}
	l.findBlocks()
	for i := range items {
		l.add(i)
	}
	return l.lines
}

// findBlocks marks the braces that stand apart from their contents: those with a line end between them.
func (l *layouter) findBlocks() {
	var stack []int
	for i, it := range l.items {
		if it.newlines > 0 || it.kept && it.multiline() {
			for _, at := range stack {
				l.open[at] = true
			}
		}
		if !it.inside {
			stack = stack[:0]
		}
		switch {
		case it.opens():
			stack = append(stack, i)
		case it.closes() && len(stack) > 0:
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			l.open[at] = l.open[at] && l.items[at].is("{")
			l.close[i] = l.open[at]
		}
	}
}

// breaks is how many line ends stand before item i: 0, 1, or 2 for an empty line.
func (l *layouter) breaks(i int) int {
	if i == 0 {
		return 1
	}
	a, b := l.items[i-1], l.items[i]
	n := min(b.newlines, 2)
	switch {
	case a.is("}") && b.isWord("else") && b.inside:
		n = 0
	case a.is("{") && l.open[i-1] && b.Kind != parser.Comment, b.is("}") && l.close[i], a.Kind == parser.Comment:
		n = max(n, 1)
	}
	if a.opens() || b.closes() {
		n = min(n, 1)
	}
	return n
}

// add puts item i on its line.
func (l *layouter) add(i int) {
	it := l.items[i]
	if !it.inside {
		l.frames = l.frames[:0]
	}
	if n := l.breaks(i); n > 0 {
		ln := &line{blank: n > 1}
		l.indent(i, ln)
		l.lines = append(l.lines, ln)
		ln.cells = append(ln.cells, cell{item: it, depth: len(l.frames)})
	} else {
		ln := l.lines[len(l.lines)-1]
		c := cell{item: it, depth: len(l.frames)}
		a := l.items[i-1]
		switch {
		case it.Kind == parser.Comment && it.newlines == 0:
			c.gap = max(1, it.column-a.end)
		case l.roles.spaced(a, it):
			c.gap = 1
		}
		ln.cells = append(ln.cells, c)
	}
	l.bracket(i)
}

// indent sets where the line that begins with item i begins.
func (l *layouter) indent(i int, ln *line) {
	it := l.items[i]
	if len(l.frames) == 0 {
		if it.inside && !it.is("{") {
			ln.place = place{}.deeper()
			if l.roles.parts[it.Start] {
				ln.place = ln.place.deeper()
			}
		}
		return
	}
	f := l.frames[len(l.frames)-1]
	switch {
	case it.closes():
		ln.place = f.base
	case f.brace && !l.begins(i, f) && !it.is("{"):
		ln.place = f.inside.deeper()
	default:
		ln.place = f.inside
	}
}

// begins reports whether item i begins a statement of the block, or is a comment before one.
func (l *layouter) begins(i int, f frame) bool {
	if l.items[i].newStmt || l.items[i].isWord("else") {
		return true
	}
	for i--; i >= 0 && l.items[i].Kind == parser.Comment; i-- {
	}
	return i < 0 || l.items[i].is("{") || f.commas && l.items[i].is(",")
}

// bracket opens or closes a frame behind item i, which stands at the end of the last line.
func (l *layouter) bracket(i int) {
	it := l.items[i]
	n := len(l.frames)
	switch {
	case it.kept:
	case it.isWord("match") && n > 0 && !l.items[i-1].is(".") && !l.items[i-1].is("?."):
		l.frames[n-1].match = true
	case it.closes() && n > 0:
		l.frames = l.frames[:n-1]
	case it.opens():
		ln := l.lines[len(l.lines)-1]
		f := frame{brace: it.is("{"), base: ln.place}
		switch {
		case f.brace && n == 0:
			f.base = place{}
			f.commas = l.inEnumOrMatch(i)
		case f.brace:
			f.commas, l.frames[n-1].match = l.frames[n-1].match, false
			if l.frames[n-1].brace {
				f.base = l.frames[n-1].inside
			}
		}
		f.inside = f.base.deeper()
		if !f.brace && i+1 < len(l.items) && l.items[i+1].newlines == 0 && l.items[i+1].Kind != parser.Comment {
			f.inside = place{under: ln, opener: len(ln.cells) - 1}
		}
		l.frames = append(l.frames, f)
	}
}

// inEnumOrMatch reports whether the brace at depth 0 is that of an enum, or of a function that is a match.
func (l *layouter) inEnumOrMatch(i int) bool {
	for i--; i >= 0; i-- {
		if l.items[i].isWord("match") || l.items[i].isWord("enum") && !l.items[i].inside {
			return true
		}
		if !l.items[i].inside {
			return false
		}
	}
	return false
}
