package engine

import (
	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/tree"
)

// Gather is what waits outside of an edge's batches: the numbers of the rows, in a bolt's keyed state, whose newest tuple has yet to leave.
// Several edges of one stream share one. A row stands in the list once, however often its key was updated: that is
// what makes a `latest by` stream cheap.
type Gather struct {
	Waiting []int32
	// Move appends a tuple for each row that waits to the batches of every edge of the stream. It leaves Waiting as it is.
	Move func()
	// Moved, where not nil, is told how many rows waited, when tuples were made of them.
	Moved func(rows int)

	roots tree.Set // of the tuples that wait
	outs  []port   // of the stream
}

const (
	// mostWaiting is how many rows may wait: far more than there are keys in most streams, for the longer a row waits the fewer travel.
	mostWaiting = 1 << 20
	// pieceOfWaiting is how many of them leave together: few enough that who reads them finds them in the processor's cache.
	pieceOfWaiting = 2 * batch.Rows
)

// Add lets a row wait.
func (g *Gather) Add(row int32) { g.Waiting = append(g.Waiting, row) }

// Settle makes tuples of all rows that wait.
func (g *Gather) Settle() {
	if len(g.Waiting) > 0 {
		g.Move()
		g.done(g.Waiting)
		g.roots = g.roots.Bundle()
		g.handOver()
		g.roots = g.roots.Release()
	}
}

// handOver lets the batches of what was just moved hold the roots of what waited.
func (g *Gather) handOver() {
	if len(g.roots) > 0 {
		for _, o := range g.outs {
			o.adopt(g.roots)
		}
	}
}

// done says that tuples were made of all these.
func (g *Gather) done(waiting []int32) {
	g.Waiting = waiting[:0]
	if g.Moved != nil {
		g.Moved(len(waiting))
	}
}

// Full reports whether so many rows wait that they should leave.
func (g *Gather) Full() bool { return len(g.Waiting) >= mostWaiting }

// Leave makes tuples of all rows that wait, and lets them leave, some at a time. It is called between tuples.
func (g *Gather) Leave() {
	if len(g.Waiting) == 0 {
		return
	}
	all, rest := g.Waiting, g.Waiting
	g.roots = g.roots.Bundle()
	for len(rest) > 0 {
		n := min(len(rest), pieceOfWaiting)
		g.Waiting, rest = rest[:n], rest[n:]
		g.Move()
		g.handOver()
		for _, o := range g.outs {
			o.sendAll()
		}
	}
	g.done(all)
	g.roots = g.roots.Release()
}
