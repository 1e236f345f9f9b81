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
	// Whole says that Move must be given all of Waiting at once.
	Whole bool

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
		g.Waiting = g.Waiting[:0]
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

// Full reports whether so many rows wait that they should leave.
func (g *Gather) Full() bool { return len(g.Waiting) >= mostWaiting }

// Leave makes tuples of all rows that wait, and lets them leave, some at a time. It is called between tuples.
func (g *Gather) Leave() {
	if len(g.Waiting) == 0 {
		return
	}
	all, rest := g.Waiting, g.Waiting
	for len(rest) > 0 {
		n := min(len(rest), pieceOfWaiting)
		if g.Whole {
			n = len(rest)
		}
		g.Waiting, rest = rest[:n], rest[n:]
		g.Move()
		g.handOver()
		for _, o := range g.outs {
			o.sendAll()
		}
	}
	g.Waiting = all[:0]
	g.roots = g.roots.Release()
}
