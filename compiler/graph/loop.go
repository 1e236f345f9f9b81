package graph

import (
	"fmt"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
)

// laneGap is what each loop takes below the graph, in pixels: its line, and what is written on it.
const laneGap = 26.0

// loop is an edge that closes a cycle. It takes no part in the layout of the rest: it goes back below all boxes, in a lane of its own.
type loop struct {
	edge     *ir.Edge
	from, to *node
	lane     int // from the top
	port     int // among the loops that lead to the same box, from the bottom
}

// laneY is where a loop goes back.
func (l *layout) laneY(k *loop) float64 {
	return l.height - margin - laneGap*float64(len(l.loops)-1-k.lane)
}

// portY is where a loop ends, at the left of its box.
func (l *layout) portY(k *loop) float64 { return k.to.y + k.to.h - portGap*(float64(k.port)+0.6) }

// drawLoop draws a loop: down between two columns, back in its lane, and up between two others.
func (l *layout) drawLoop(b *strings.Builder, k *loop) {
	fromX, toX := l.x[k.from.rank]+l.w[k.from.rank], l.x[k.to.rank]
	fromY := k.from.y + k.from.box.outY(k.edge.Stream)
	toY, lane := l.portY(k), l.laneY(k)
	turn := columnGap/2 - float64(k.lane%3)*3
	e := k.edge
	fmt.Fprintf(b, `<g><title>%s</title><path class="line" marker-end="url(#arrow)" d="M%s,%s H%s V%s H%s V%s H%s"/>`,
		escape(e.Stream.FullName()+" "+schema(e.Stream)+" to "+e.To.Name+" "+grouping(e)),
		num(fromX), num(fromY), num(fromX+turn), num(lane), num(toX-turn), num(toY), num(toX-1))
	fmt.Fprintf(b, `<text class="label" text-anchor="middle" x="%s" y="%s">%s</text></g>`+"\n",
		num((fromX+toX)/2), num(lane-5), escape(grouping(e)))
}
