package engine

import (
	"sync/atomic"
	"time"
)

// In a run that follows tuples, a spout waits for its tuples to settle, and they wait where rows of a `latest` edge wait for others that replace them. So there the
// rows wait for as long as pays, but no longer when a spout is near to the number of tuples that may be under way; and when the spouts have read everything,
// so that nothing comes any longer that could replace a row, they leave as those of other edges do. Between processes nobody knows that of the others' spouts.

// hurry is what the tasks of a run know of its spouts.
type hurry struct {
	spouts  atomic.Int64  // tasks that may read on
	over    atomic.Bool   // all is read
	begun   chan struct{} // closed by then; nil where that is not known
	crowded atomic.Int64  // spouts' tasks that have half of what may be under way
	full    atomic.Int64  // and those that have all of it
}

// latestCrowdedAfter is how long rows wait when a spout's task has half of what it may have under way.
const latestCrowdedAfter = 50 * time.Millisecond

// atMost is how long rows may wait, where wait pays for a stream like theirs.
func (h *hurry) atMost(wait time.Duration) time.Duration {
	switch {
	case h == nil:
		return wait
	case h.over.Load():
		return min(wait, flushAfter)
	case h.full.Load() > 0:
		return min(wait, latestFlushAfter)
	case h.crowded.Load() > 0:
		return min(wait, latestCrowdedAfter)
	}
	return wait
}

// read notes that one of the spouts' tasks has read all.
func (h *hurry) read() {
	if h.spouts.Add(-1) == 0 && h.begun != nil {
		h.over.Store(true)
		close(h.begun)
	}
}

// level is one of the marks that a spout's task may be above.
type level struct {
	count *atomic.Int64
	above bool
}

// set says whether it is, where from it has to fall below to be so no more.
func (l *level) set(rows, mark int64) {
	switch {
	case !l.above && rows >= mark:
		l.above = true
		l.count.Add(1)
	case l.above && rows < mark-mark/2:
		l.above = false
		l.count.Add(-1)
	}
}

// counts notes how many tuples of the task are under way.
func (s *source) counts() {
	s.task.meter.roots.pending.Store(s.rows)
	s.crowded.set(s.rows, max(1, s.how.Pending/2))
	s.full.set(s.rows, s.how.Pending)
}
