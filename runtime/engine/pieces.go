package engine

import (
	"slices"
	"time"
)

// A batch whose tuples take long is handed to the component in pieces: what became of the first of them goes on meanwhile, the clock is looked at, the run can
// be stopped, and who waits for its roots sees that they get on. How large a piece is follows from how long those before took. A component that takes long for a
// call, however few tuples it is given, gets whole batches.

// pieceTime is how long a piece of a batch may take, as far as that can be foreseen.
const pieceTime = 100 * time.Millisecond

// firstPiece is how many tuples of the first batch are tried.
const firstPiece = 16

// pieces is a batch that can be looked at in part.
type pieces interface {
	// Narrow leaves the rows from..to of the whole batch to be seen.
	Narrow(from, to int)
	// Widen shows the whole again.
	Widen()
}

// pace is what a task's time for a piece has shown.
type pace struct {
	limit  int           // tuples of a piece; 0 where nothing is known
	tuple  time.Duration // how long the last piece took for a tuple
	halved bool          // the next piece is half as large as the one before
	whole  bool          // smaller pieces don't take less: a call costs, not a tuple
}

// piece is how many tuples to hand over next, of so many.
func (p *pace) piece(rows int) int {
	switch {
	case p.whole:
		return rows
	case p.limit == 0:
		return min(rows, firstPiece)
	}
	return min(rows, p.limit)
}

// took notes how long a piece took.
func (p *pace) took(rows int, d time.Duration) {
	if p.whole || rows == 0 {
		return
	}
	tuple := d / time.Duration(rows)
	if p.halved && tuple > p.tuple*3/2 {
		p.whole = true
		return
	}
	p.tuple, p.halved = tuple, false
	switch {
	case d > 2*pieceTime && rows > 1:
		p.limit, p.halved = rows/2, true
	case d < pieceTime/2:
		p.limit = max(p.limit, 2*rows, int(pieceTime/max(tuple, 1)))
	}
}

// inPieces processes a batch, in one piece where that does not take long.
func (t *task) inPieces(m *message) bool {
	whole := m.rows
	b, ok := m.b.(pieces)
	if !ok || whole < 2 || t.pace.piece(whole) == whole {
		return t.piece(m)
	}
	defer b.Widen()
	for from := 0; from < whole; {
		m.rows = min(whole-from, t.pace.piece(whole-from))
		b.Narrow(from, from+m.rows)
		if !t.piece(m) {
			return false
		}
		if from += m.rows; from < whole && !t.between() {
			return false
		}
		if t.done {
			break
		}
	}
	m.rows = whole
	return true
}

// piece processes the rows that are to be seen.
func (t *task) piece(m *message) bool {
	t.dirty = true
	ok := t.work(m)
	t.meter.executed.add(m.rows)
	now, took := t.ended, t.ended-t.began
	t.pace.took(m.rows, took)
	if took >= pieceTime/10 {
		for _, r := range m.roots {
			r.Touch(now)
		}
	}
	return ok
}

// between is what there is to do between two pieces; it reports false where the run is stopped. The tasks before this one in its chain stand in the middle of
// their work, and are left alone; it and those behind it pass on what they hold, and write it.
func (t *task) between() bool {
	if t.run.ctx.Err() != nil {
		return false
	}
	if !t.fused && !t.chain.due() {
		return false
	}
	now := t.run.clock()
	for _, one := range t.chain.tasks[slices.Index(t.chain.tasks, t):] {
		for _, p := range one.ports {
			if at, waiting := p.deadline(); waiting && (at <= now || p.inside() && !p.latest()) {
				p.flush(now)
			}
		}
		if one.code != nil && one.dirty && now >= one.rested+flushAfter {
			one.rested = now
			if !one.idle() {
				return false
			}
		}
	}
	return true
}
