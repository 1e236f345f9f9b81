package engine

import "github.com/topo-lang/topo/runtime/tree"

// Gather is what waits outside of an edge's batches: the numbers of the rows, in a bolt's keyed state, whose newest tuple has yet to leave.
// Several edges of one stream share one. A row stands in the list once, however often its key was updated: that is
// what makes a `latest by` stream cheap.
type Gather struct {
	Waiting []int32
	// Move appends a tuple for each row that waits to the batches of every edge of the stream. It leaves Waiting as it is.
	Move func()

	roots tree.Set // of the tuples that wait
	outs  []port   // of the stream, in a run that follows tuples
}

// Add lets a row wait.
func (g *Gather) Add(row int32) { g.Waiting = append(g.Waiting, row) }

// Settle makes tuples of all rows that wait.
func (g *Gather) Settle() {
	if len(g.Waiting) > 0 {
		g.Move()
		g.Waiting = g.Waiting[:0]
		if len(g.roots) > 0 {
			for _, o := range g.outs {
				o.adopt(g.roots)
			}
			g.roots = g.roots.Release()
		}
	}
}
