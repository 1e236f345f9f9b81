package engine

import "sync/atomic"

// A run that follows tuples ends when the last of them is settled. Once its spouts have read everything nothing more comes that could replace the rows which wait on
// `latest` edges, and each hop that lets them wait all the same would only hold up the end: so from there on they leave as others do. In a run of several
// processes nobody knows of the spouts of the others, and rows wait.

// hurry is whether a run has come to that point.
type hurry struct {
	spouts atomic.Int64 // tasks that may read on
	on     atomic.Bool
	begun  chan struct{} // closed by then; nil where that is not known
}

// read notes that one of the spouts' tasks has read all.
func (h *hurry) read() {
	if h.spouts.Add(-1) == 0 && h.begun != nil {
		h.on.Store(true)
		close(h.begun)
	}
}
