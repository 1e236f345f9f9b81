package task

import (
	"math"
	"time"
)

// Following returns when a timer that ran at now runs next: a whole number of periods after next. Times that were missed meanwhile count as one.
func Following(next time.Time, period time.Duration, now time.Time) time.Time {
	if late := now.Sub(next); late >= period {
		next = next.Add(late - late%period)
	}
	return next.Add(period)
}

// Due finds the earliest of several times.
type Due struct {
	at  time.Time
	set bool
}

// At adds a time.
func (d *Due) At(t time.Time) {
	if !d.set || t.Before(d.at) {
		d.at, d.set = t, true
	}
}

// First adds the earliest of the deadlines, which count from start.
func (d *Due) First(start time.Time, l *Deadlines) {
	if len(l.heap) > 0 {
		d.At(start.Add(l.heap[0].at))
	}
}

// Later adds the earliest of the deadlines, and the time that what has expired may stay longer: its memory is not
// wanted back so urgently that the task should wake for each key.
func (d *Due) Later(start time.Time, l *Deadlines) {
	if len(l.heap) > 0 {
		d.At(start.Add(l.heap[0].at + sweepAfter))
	}
}

const sweepAfter = time.Second

// Never is a time that does not come.
const Never = time.Duration(1<<63 - 1)

// Time returns the earliest time; false where there is none.
func (d *Due) Time() (time.Time, bool) { return d.at, d.set }

// Deadlines are times that keys' rows wait for, the earliest first. A row stands there once: where its time has moved on meanwhile, that
// is noticed when the deadline comes, so that a tuple costs no more than noting the time in its key's row. The zero value is empty.
type Deadlines struct{ heap []deadline }

type deadline struct {
	at  time.Duration
	row int32
}

// before orders deadlines; those of one time by row, so that their order is the same in every run.
func (d deadline) before(e deadline) bool { return d.at < e.at || d.at == e.at && d.row < e.row }

// Len is how many rows wait.
func (l *Deadlines) Len() int { return len(l.heap) }

// tickRows is how many rows one Tick looks at the most: tuples do not wait behind all keys of a table.
const tickRows = 4096

// Some is how many rows may be looked at in one Tick.
func (l *Deadlines) Some() int { return min(len(l.heap), tickRows) }

// Add lets a row wait.
func (l *Deadlines) Add(at time.Duration, row int32) {
	l.heap = append(l.heap, deadline{at, row})
	h, i := l.heap, len(l.heap)-1
	for i > 0 {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

// Next takes out the row whose time came first, if it has come at now.
func (l *Deadlines) Next(now time.Duration) (row int32, ok bool) {
	h := l.heap
	if len(h) == 0 || h[0].at > now {
		return 0, false
	}
	row = h[0].row
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if right := down + 1; right < last && h[right].before(h[down]) {
			down = right
		}
		if !h[down].before(h[i]) {
			break
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
	if cap(h) > 1024 && len(h) < cap(h)/4 {
		h = append(make([]deadline, 0, cap(h)/2), h...)
	}
	l.heap = h
	return row, true
}

// Ends is when what begins at a time, in nanoseconds since 1970, and lasts so long is over: that of the last time there is, where it would lie behind it.
func Ends(start int64, d time.Duration) time.Duration {
	if end := start + int64(d); end >= start {
		return time.Duration(end)
	}
	return math.MaxInt64
}

// Aligned returns the first time behind now that is a whole multiple of a period since 1970.
func Aligned(now time.Time, period time.Duration) time.Time {
	in := now.UnixNano() % int64(period)
	if in < 0 {
		in += int64(period)
	}
	return now.Add(period - time.Duration(in))
}
