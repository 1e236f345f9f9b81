package graph

import (
	"math"
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
)

// Sizes, in pixels.
const (
	margin    = 24.0
	columnGap = 26.0 // between a column of components and one of labels: where lines bend
	maxBend   = 60.0 // what is added there at the most, for lines that climb far
	rowGap    = 30.0 // between boxes of a column
	lineGap   = 14.0 // between lines, or their labels
	portGap   = 18.0 // between the ends of lines at one box
	edgeGap   = 12.0 // between the end of a line and the corner of the box
	arrow     = 10.0 // the length of an arrow's head
)

// node is something with a place: a component's box, what is written on an edge, or a point
// where a long edge passes a column of boxes.
type node struct {
	comp  *ir.Component
	box   *box
	label string // of an edge, on the last piece of its way
	rank  int    // even for boxes, odd for labels
	order int
	w, h  float64
	y     float64 // of its top
	ins   []*link
	outs  []*link
}

// link joins nodes of neighbouring ranks. Offsets are from the nodes' tops.
type link struct {
	from, to      *node
	fromY, toY    float64
	fromOut, toIn float64 // places among a node's ends, for the order: 0 to 1
}

// route is the way of an edge: links from box to box.
type route struct {
	edge  *ir.Edge
	links []*link
}

// layout is a graph with places.
type layout struct {
	nodes   []*node
	columns [][]*node // by rank
	x, w    []float64 // of the columns
	routes  []*route
	loops   []*loop // drawn below all else
	width   float64
	height  float64
}

// arrange lays a program out.
func arrange(p *ir.Program) *layout {
	l := &layout{}
	boxes := l.boxes(p)
	l.lines(p, boxes)
	l.orderColumns()
	l.ports()
	l.placeRows()
	l.placeColumns()
	l.height += float64(len(l.loops)) * laneGap
	return l
}

// boxes makes the nodes of the components, ranked by the longest path that leads to them.
func (l *layout) boxes(p *ir.Program) map[*ir.Component]*node {
	boxes := map[*ir.Component]*node{}
	for _, c := range p.Components { // sources first
		b := newBox(c)
		n := &node{comp: c, box: b, w: b.w, h: b.h}
		for _, e := range p.Edges {
			if e.To == c && e.Loop != nil {
				n.h += portGap
			} else if e.To == c {
				n.rank = max(n.rank, boxes[e.Stream.From].rank+2)
			}
		}
		boxes[c] = n
		l.add(n)
	}
	return boxes
}

func (l *layout) add(n *node) {
	for len(l.columns) <= n.rank {
		l.columns = append(l.columns, nil)
	}
	n.order = len(l.columns[n.rank])
	l.columns[n.rank] = append(l.columns[n.rank], n)
	l.nodes = append(l.nodes, n)
}

// lines makes the nodes that edges pass through, and the links between them.
func (l *layout) lines(p *ir.Program, boxes map[*ir.Component]*node) {
	into := map[*node]int{}
	for _, e := range p.Edges {
		from, to := boxes[e.Stream.From], boxes[e.To]
		if e.Loop != nil {
			l.loops = append(l.loops, &loop{edge: e, from: from, to: to, lane: len(l.loops), port: into[to]})
			into[to]++
			continue
		}
		r := &route{edge: e}
		at, atY := from, from.box.outY(e.Stream)
		for rank := from.rank + 1; rank < to.rank; rank++ {
			n := &node{rank: rank, h: 2}
			if rank == to.rank-1 {
				n.label = grouping(e)
				n.w, n.h = textWidth(n.label, labelSize), labelSize+6
			}
			l.add(n)
			r.links = append(r.links, join(at, n, atY, n.h))
			at, atY = n, n.h
		}
		r.links = append(r.links, join(at, to, atY, to.h/2))
		l.routes = append(l.routes, r)
	}
}

func join(from, to *node, fromY, toY float64) *link {
	k := &link{from: from, to: to, fromY: fromY, toY: toY}
	if from.h > 0 {
		k.fromOut = fromY / from.h
	}
	k.toIn = 0.5
	from.outs = append(from.outs, k)
	to.ins = append(to.ins, k)
	return k
}

// orderColumns sorts each column by the barycentre of its neighbours, to and fro, and keeps the
// order with the fewest crossings.
func (l *layout) orderColumns() {
	best, fewest := l.snapshot(), l.crossings()
	for sweep := 0; sweep < 12 && fewest > 0; sweep++ {
		if sweep%2 == 0 {
			for _, col := range l.columns {
				sortBy(col, func(n *node) (float64, bool) {
					sum := 0.0
					for _, k := range n.ins {
						sum += float64(k.from.order) + k.fromOut
					}
					return sum / float64(max(1, len(n.ins))), len(n.ins) > 0
				})
			}
		} else {
			for i := len(l.columns) - 1; i >= 0; i-- {
				sortBy(l.columns[i], func(n *node) (float64, bool) {
					sum := 0.0
					for _, k := range n.outs {
						sum += float64(k.to.order) + k.toIn
					}
					return sum / float64(max(1, len(n.outs))), len(n.outs) > 0
				})
			}
		}
		if n := l.crossings(); n < fewest {
			best, fewest = l.snapshot(), n
		}
	}
	for i, order := range best {
		copy(l.columns[i], order)
		number(l.columns[i])
	}
}

func (l *layout) snapshot() [][]*node {
	out := make([][]*node, len(l.columns))
	for i, col := range l.columns {
		out[i] = slices.Clone(col)
	}
	return out
}

func number(col []*node) {
	for i, n := range col {
		n.order = i
	}
}

// sortBy orders a column; nodes without a key stay where they are.
func sortBy(col []*node, key func(*node) (float64, bool)) {
	keys := make(map[*node]float64, len(col))
	var free []int
	var moving []*node
	for i, n := range col {
		if k, ok := key(n); ok {
			keys[n] = k
			free = append(free, i)
			moving = append(moving, n)
		}
	}
	slices.SortStableFunc(moving, func(a, b *node) int {
		switch {
		case keys[a] < keys[b]:
			return -1
		case keys[a] > keys[b]:
			return 1
		}
		return 0
	})
	for i, at := range free {
		col[at] = moving[i]
	}
	number(col)
}

// crossings counts how often links cross.
func (l *layout) crossings() int {
	total := 0
	for _, col := range l.columns {
		var links []*link
		for _, n := range col {
			links = append(links, n.outs...)
		}
		slices.SortStableFunc(links, func(a, b *link) int {
			if c := compare(float64(a.from.order)+a.fromOut, float64(b.from.order)+b.fromOut); c != 0 {
				return c
			}
			return a.to.order - b.to.order // links of one beginning do not cross
		})
		// Inversions of the far ends, by insertion into a sorted list.
		var seen []float64
		for _, k := range links {
			end := float64(k.to.order)
			at, _ := slices.BinarySearchFunc(seen, end, func(a, b float64) int {
				if a <= b {
					return -1
				}
				return 1
			})
			total += len(seen) - at
			seen = slices.Insert(seen, at, end)
		}
	}
	return total
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// ports spreads the ends of the lines that lead to one box over its left side, in the order they come in.
func (l *layout) ports() {
	for _, n := range l.nodes {
		if n.box == nil {
			continue
		}
		slices.SortStableFunc(n.ins, func(a, b *link) int { return a.from.order - b.from.order })
		n.h = max(n.h, float64(len(n.ins)+1)*portGap)
		reach := float64(len(n.ins)-1) / 2 * portGap
		middle := max(min(n.box.inY(), n.h-edgeGap-reach), edgeGap+reach)
		for i, k := range n.ins {
			k.toY = middle - reach + float64(i)*portGap
		}
	}
}

// placeColumns gives each column its place and width. Where lines climb far, they get more room to bend.
func (l *layout) placeColumns() {
	l.x, l.w = make([]float64, len(l.columns)), make([]float64, len(l.columns))
	x := margin
	for i, col := range l.columns {
		for _, n := range col {
			l.w[i] = max(l.w[i], n.w)
		}
		l.x[i] = x
		x += l.w[i]
		if i == len(l.columns)-1 {
			break
		}
		climb := 0.0
		for _, n := range col {
			for _, k := range n.outs {
				climb = max(climb, math.Abs(k.from.y+k.fromY-k.to.y-k.toY))
			}
		}
		x += columnGap + min(climb/8, maxBend)
		if i%2 == 1 {
			x += arrow
		}
	}
	l.width = x + margin
}

// placeRows gives each node its place in its column: near its neighbours, in order, apart.
func (l *layout) placeRows() {
	for _, col := range l.columns {
		y := 0.0
		for i, n := range col {
			if i > 0 {
				y += gap(col[i-1], n)
			}
			n.y = y
			y += n.h
		}
	}
	for sweep := range 24 {
		if sweep%2 == 0 {
			for _, col := range l.columns {
				settle(col, true, sweep > 7, true)
			}
		} else {
			for i := len(l.columns) - 1; i >= 0; i-- {
				settle(l.columns[i], sweep > 7, true, false)
			}
		}
	}
	top, bottom := 0.0, 0.0
	for i, n := range l.nodes {
		if i == 0 || n.y < top {
			top = n.y
		}
		if i == 0 || n.y+n.h > bottom {
			bottom = n.y + n.h
		}
	}
	for _, n := range l.nodes {
		n.y += margin + titleHeight - top
	}
	l.height = bottom - top + 2*margin + titleHeight
}

func gap(a, b *node) float64 {
	if a.box != nil && b.box != nil {
		return rowGap
	}
	if a.box != nil || b.box != nil {
		return (rowGap + lineGap) / 2
	}
	return lineGap
}

// settle moves the nodes of a column to where their lines would be straight, as far as their order and
// distances allow: the least squares of what is left over, by pooling neighbours that are in each other's way.
func settle(col []*node, byIns, byOuts, forward bool) {
	type pool struct {
		want, weight float64
		first, last  int
	}
	offsets := make([]float64, len(col)) // of a node's top, were all as near as allowed
	var pools []pool
	for i, n := range col {
		if i > 0 {
			offsets[i] = offsets[i-1] + col[i-1].h + gap(col[i-1], n)
		}
		want, weight := n.want(byIns, byOuts, forward)
		pools = append(pools, pool{want - offsets[i], weight, i, i})
		for len(pools) > 1 && pools[len(pools)-2].want > pools[len(pools)-1].want {
			a, b := pools[len(pools)-2], pools[len(pools)-1]
			sum := a.weight + b.weight
			pools = append(pools[:len(pools)-2], pool{(a.want*a.weight + b.want*b.weight) / sum, sum, a.first, b.last})
		}
	}
	for _, p := range pools {
		for i := p.first; i <= p.last; i++ {
			col[i].y = p.want + offsets[i]
		}
	}
}

// want is where a node's top would make its lines straight, and how much that counts.
func (n *node) want(byIns, byOuts bool, forward bool) (y, weight float64) {
	if n.box == nil {
		// A line is as high as the piece before or after it: it bends in few places, not a little everywhere.
		byIns, byOuts = forward, !forward
	}
	if byIns {
		for _, k := range n.ins {
			y += k.from.y + k.fromY - k.toY
			weight++
		}
	}
	if byOuts {
		for _, k := range n.outs {
			y += k.to.y + k.toY - k.fromY
			weight++
		}
	}
	if weight == 0 {
		return n.y, 0.1
	}
	y /= weight
	if n.box == nil {
		weight *= 4 // long lines should be straight first of all
	}
	return y, weight
}
