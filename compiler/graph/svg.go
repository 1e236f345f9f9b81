package graph

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// Sizes of texts and of the parts of a box, in pixels.
const (
	nameSize    = 15.0
	textSize    = 11.5
	labelSize   = 11.5
	lineHeight  = 16.0
	padding     = 14.0
	titleHeight = 34.0
	// schemaWidth is how many characters of a schema stand in one line.
	schemaWidth = 30
)

// textWidth is how wide a text in the monospaced font is.
func textWidth(s string, size float64) float64 { return float64(len([]rune(s))) * size * 0.605 }

// box is what stands in a component's box, line by line.
type box struct {
	c       *ir.Component
	w, h    float64
	head    float64 // height of what is above the outputs
	outputs []output
}

// output is one stream's lines in the box, and where its edges begin.
type output struct {
	stream *ir.Stream
	lines  []string
	top    float64
	at     float64
}

func newBox(c *ir.Component) *box {
	b := &box{c: c}
	b.head = padding + 12 + nameSize + 6 + lineHeight + 4
	b.w = max(150, textWidth(c.Name, nameSize)*1.06+2*padding, textWidth(runs(c), textSize)+2*padding,
		textWidth(string(c.Kind)+tasks(c), textSize)+2*padding+30)
	y := b.head
	for _, s := range c.Outputs {
		o := output{stream: s, lines: schemaLines(s), top: y}
		for _, l := range o.lines {
			b.w = max(b.w, textWidth(l, textSize)+2*padding)
		}
		height := float64(len(o.lines))*lineHeight + 10
		o.at = y + 5 + lineHeight/2 // beside its first line
		b.outputs = append(b.outputs, o)
		y += height
	}
	b.h = y
	if len(c.Outputs) == 0 {
		b.h += 6
	}
	return b
}

// inY is the middle of where edges end: as high as the first output begins, so that a chain is a straight line.
func (b *box) inY() float64 {
	if len(b.outputs) > 0 {
		return b.outputs[0].at
	}
	return b.h * 0.62
}

// outY is where edges of a stream begin.
func (b *box) outY(s *ir.Stream) float64 {
	for _, o := range b.outputs {
		if o.stream == s {
			return o.at
		}
	}
	return b.h / 2
}

// schemaLines breaks `ok: (url string, ip string)` into lines.
func schemaLines(s *ir.Stream) []string {
	line := ""
	if s.Name != "" {
		line = s.Name + ": "
	}
	var lines []string
	add := func(piece string) {
		if line != "" && len([]rune(line+piece)) > schemaWidth && strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimRight(line, " "))
			line = "  "
		}
		line += piece
	}
	line += "("
	for i, f := range s.Fields {
		piece := f.Name + " " + typeText(f.Type)
		if i < len(s.Fields)-1 {
			piece += ", "
		} else {
			piece += ")"
		}
		add(piece)
	}
	if len(s.Latest) > 0 {
		lines = append(lines, strings.TrimRight(line, " "))
		return append(lines, "  latest by "+names(s.Fields, s.Latest))
	}
	return append(lines, line)
}

// typeText is a type, cut off where it would burst the box.
func typeText(t *types.Type) string {
	text := t.String()
	if len(text) > schemaWidth {
		return text[:schemaWidth-1] + "…"
	}
	return text
}

// style is for light and for dark surroundings. librsvg and others ignore the second half.
const style = `
text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 11.5px; fill: #3a4250; }
.back { fill: #ffffff; }
.heading { font-size: 14px; font-weight: 600; fill: #1b2230; }
.name { font-size: 15px; font-weight: 700; fill: #10151f; }
.kind { font-size: 10px; letter-spacing: 1px; }
.box { stroke-width: 1.5; }
.spout .box { fill: #e3f5ea; stroke: #2e8b57; } .spout .kind { fill: #1f6e42; } .spout .rule { stroke: #a9d8bc; }
.bolt .box { fill: #e6eefc; stroke: #3f6fc1; } .bolt .kind { fill: #2c559c; } .bolt .rule { stroke: #b4c9ee; }
.sink .box { fill: #fdeeda; stroke: #c07a22; } .sink .kind { fill: #8f5611; } .sink .rule { stroke: #efcf9f; }
.line { fill: none; stroke: #6b7585; stroke-width: 1.4; }
.head { fill: #6b7585; }
.label { fill: #566072; }
@media (prefers-color-scheme: dark) {
text { fill: #c3cad6; } .back { fill: #14181f; } .heading { fill: #e8ecf3; } .name { fill: #f4f6fa; } .label { fill: #a8b2c3; }
.spout .box { fill: #16301f; stroke: #4fb57c; } .spout .kind { fill: #7fd3a3; } .spout .rule { stroke: #2c5a3d; }
.bolt .box { fill: #172641; stroke: #6d9bea; } .bolt .kind { fill: #9dbdf5; } .bolt .rule { stroke: #2d4674; }
.sink .box { fill: #38260d; stroke: #e0a050; } .sink .kind { fill: #efbf82; } .sink .rule { stroke: #664619; }
.line { stroke: #8792a5; } .head { fill: #8792a5; }
}
`

// SVG is the topology as a picture.
func SVG(p *ir.Program) string {
	l := arrange(p)
	w := max(l.width, textWidth(heading(p), 14)+2*margin)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" aria-labelledby="title desc">`+"\n",
		num(w), num(l.height), num(w), num(l.height))
	fmt.Fprintf(&b, "<title id=\"title\">topology %s</title>\n", escape(p.Name))
	fmt.Fprintf(&b, "<desc id=\"desc\">%s</desc>\n", escape(describe(p)))
	fmt.Fprintf(&b, "<style>%s</style>\n", style)
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0,1 L10,5 L0,9 z"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect class="back" width="%s" height="%s" rx="10"/>`+"\n", num(w), num(l.height))
	fmt.Fprintf(&b, `<text class="heading" x="%s" y="%s">%s</text>`+"\n", num(margin), num(margin+12), escape(heading(p)))
	for _, r := range l.routes {
		l.drawRoute(&b, r)
	}
	for _, k := range l.loops {
		l.drawLoop(&b, k)
	}
	for _, n := range l.nodes {
		if n.box != nil {
			l.drawBox(&b, n)
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func heading(p *ir.Program) string { return "topology " + p.Name + ", guarantee " + p.Guarantee }

// describe says in words what the picture shows.
func describe(p *ir.Program) string {
	var parts []string
	for _, c := range p.Components {
		parts = append(parts, fmt.Sprintf("%s %s (%s, %s)", c.Kind, c.Name, runs(c), tasks(c)))
	}
	for _, e := range p.Edges {
		parts = append(parts, fmt.Sprintf("%s to %s %s", e.Stream.FullName(), e.To.Name, grouping(e)))
	}
	return strings.Join(parts, "; ")
}

// drawRoute draws an edge: level through the columns, bent between them.
func (l *layout) drawRoute(b *strings.Builder, r *route) {
	var d strings.Builder
	for i, k := range r.links {
		x1, y1 := l.x[k.from.rank]+l.w[k.from.rank], k.from.y+k.fromY
		x2, y2 := l.x[k.to.rank], k.to.y+k.toY
		if i == 0 {
			fmt.Fprintf(&d, "M%s,%s", num(x1), num(y1))
		} else {
			fmt.Fprintf(&d, " L%s,%s", num(x1), num(y1))
		}
		last := i == len(r.links)-1
		if last {
			x2 -= arrow // the head stands level
		}
		mid := (x1 + x2) / 2
		if math.Abs(y1-y2) < 0.1 {
			fmt.Fprintf(&d, " L%s,%s", num(x2), num(y2))
		} else {
			fmt.Fprintf(&d, " C%s,%s %s,%s %s,%s", num(mid), num(y1), num(mid), num(y2), num(x2), num(y2))
		}
		if last {
			fmt.Fprintf(&d, " h%s", num(arrow-1))
		}
	}
	e := r.edge
	fmt.Fprintf(b, `<g><title>%s</title><path class="line" marker-end="url(#arrow)" d="%s"/>`,
		escape(e.Stream.FullName()+" "+schema(e.Stream)+" to "+e.To.Name+" "+grouping(e)), d.String())
	for _, k := range r.links {
		if n := k.to; n.label != "" {
			fmt.Fprintf(b, `<text class="label" text-anchor="middle" x="%s" y="%s">%s</text>`,
				num(l.x[n.rank]+l.w[n.rank]/2), num(n.y+n.h-5), escape(n.label))
		}
	}
	b.WriteString("</g>\n")
}

// drawBox draws a component. A spout is round where tuples begin, a sink where they end.
func (l *layout) drawBox(b *strings.Builder, n *node) {
	c, x, y, w := n.comp, l.x[n.rank], n.y, l.w[n.rank]
	left, right := 7.0, 7.0
	switch c.Kind {
	case ir.Spout:
		left = min(26, n.h/2)
	case ir.Sink:
		right = min(26, n.h/2)
	}
	fmt.Fprintf(b, `<g class="%s"><title>%s</title>`, c.Kind, escape(tooltip(c)))
	fmt.Fprintf(b, `<path class="box" d="M%s,%s h%s a%s,%s 0 0 1 %s,%s v%s a%s,%s 0 0 1 %s,%s h%s a%s,%s 0 0 1 %s,%s v%s a%s,%s 0 0 1 %s,%s z"/>`,
		num(x+left), num(y), num(w-left-right), num(right), num(right), num(right), num(right),
		num(n.h-2*right), num(right), num(right), num(-right), num(right),
		num(-(w - left - right)), num(left), num(left), num(-left), num(-left),
		num(-(n.h - 2*left)), num(left), num(left), num(left), num(-left))
	text := func(class, anchor string, tx, ty float64, s string) {
		fmt.Fprintf(b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, num(tx), num(ty), escape(s))
	}
	text("kind", "start", x+padding, y+padding+8, strings.ToUpper(string(c.Kind)))
	text("kind", "end", x+w-padding, y+padding+8, tasks(c))
	text("name", "start", x+padding, y+padding+12+nameSize, c.Name)
	text("runs", "start", x+padding, y+padding+12+nameSize+lineHeight+1, runs(c))
	for _, o := range n.box.outputs {
		fmt.Fprintf(b, `<path class="rule" d="M%s,%s h%s"/>`, num(x+1), num(y+o.top), num(w-2))
		for i, line := range o.lines {
			lead := float64(len(line)-len(strings.TrimLeft(line, " "))) * textSize * 0.605
			text("schema", "start", x+padding+lead, y+o.top+5+float64(i+1)*lineHeight-4, strings.TrimLeft(line, " "))
		}
	}
	b.WriteString("</g>\n")
}

// num writes a coordinate, to a tenth of a pixel.
func num(f float64) string {
	s := strconv.FormatFloat(f, 'f', 1, 64)
	if s = strings.TrimSuffix(s, ".0"); s == "-0" {
		return "0"
	}
	return s
}

// escape makes a text one of XML's; characters that XML can't hold are left out.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
