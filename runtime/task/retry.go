package task

import (
	"fmt"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

// Retry holds back tuples that failed for a reason that may pass, and tries them again in place: what came after one with the same key waits behind it,
// in order, and other keys go on. Their copies are batches of one row.
type Retry struct {
	times   int           // how often a tuple is tried again
	backoff time.Duration // before the first time; it doubles
	run     func(input int, b any) error
	lines   map[uint64]*line
	numbers []*line // by number in the deadlines
	free    []int32
	due     Deadlines
	running *line // the line whose first tuple is being tried
	again   bool  // and failed
	n       int   // tuples that wait
	alone   uint64
	name    string        // of the component
	note    string        // why the tuple failed that Again was last asked for
	trees   *tree.Tracker // nil where tuples are not followed
}

// line is the tuples of a key that wait, the first of which is tried.
type line struct {
	key    uint64
	number int32
	waits  []heldTuple
	note   string // why the first one failed
	behind string // and why those behind it wait
}

type heldTuple struct {
	input int
	b     any
	tries int // that failed
	roots tree.Set
}

// NewRetry returns a Retry that calls run, the task's Process, with what it tries again. A tuple that waits holds its part of its trees.
func NewRetry(ctx *component.Context, times int, backoff time.Duration, run func(input int, b any) error) *Retry {
	return &Retry{times: times, backoff: backoff, run: run, lines: map[uint64]*line{}, trees: ctx.Trees, name: ctx.Component}
}

// maxHeld is how many tuples may wait before the task takes no more.
const maxHeld = 4096

// Held implements engine.Holder.
func (r *Retry) Held() (n int, full bool) { return r.n, r.n >= maxHeld }

// Any reports whether a tuple that comes may have to wait behind another.
func (r *Retry) Any() bool { return r.n > 0 && r.running == nil }

// Follows reports whether tuples with this key wait.
func (r *Retry) Follows(key uint64) bool { return r.lines[key] != nil }

// Alone is a key for a tuple that nothing waits behind.
func (r *Retry) Alone() uint64 {
	r.alone++
	return ^r.alone
}

// Attempts is how often the tuple at work has been tried, this time included.
func (r *Retry) Attempts() int64 {
	if r.running == nil {
		return 1
	}
	return int64(r.running.waits[0].tries) + 1
}

// Again reports whether the tuple at work, which has failed, is tried again. With hold it is a new one: Hold must be given a copy. Where it takes too long until it
// is settled, place and why are told.
func (r *Retry) Again(place, why string) (hold, again bool) {
	if r.running == nil {
		hold, again = true, r.times > 0
	} else {
		r.again = r.running.waits[0].tries < r.times
		again = r.again
	}
	if r.trees == nil || !again {
		return hold, again
	}
	r.note = fmt.Sprintf("%s at %s: %s", r.name, place, why)
	if l := r.running; l != nil {
		l.note, l.behind = r.note, behind(r.note)
		l.waits[0].roots.Note(l.note)
		for i := range l.waits[1:] {
			l.waits[1+i].roots.Note(l.behind)
		}
	}
	return hold, again
}

// Hold lets a copy of a tuple wait that has failed once. origin is the tuple of a spout that it comes from, 0 where that is not known.
func (r *Retry) Hold(now time.Duration, key uint64, input int, origin uint64, b any) {
	l := r.line(key)
	l.note, l.behind = r.note, behind(r.note)
	l.wait(heldTuple{input, b, 1, r.trees.Keep(origin)})
	r.n++
	r.due.Add(now+r.wait(key, 1), l.number)
}

// Follow lets a copy of a tuple wait behind those of its key.
func (r *Retry) Follow(key uint64, input int, origin uint64, b any) {
	r.lines[key].wait(heldTuple{input, b, 0, r.trees.Keep(origin)})
	r.n++
}

// behind is why a tuple waits that is not the one which failed: what holds up the first one holds up all. That may be an earlier attempt at itself.
func behind(note string) string {
	if note == "" {
		return ""
	}
	return "it waits behind what is tried again of its key: " + note
}

// wait adds a tuple.
func (l *line) wait(one heldTuple) {
	if len(l.waits) == 0 {
		one.roots.Note(l.note)
	} else {
		one.roots.Note(l.behind)
	}
	l.waits = append(l.waits, one)
}

func (r *Retry) line(key uint64) *line {
	l := &line{key: key}
	if n := len(r.free); n > 0 {
		l.number = r.free[n-1]
		r.free = r.free[:n-1]
		r.numbers[l.number] = l
	} else {
		l.number = int32(len(r.numbers))
		r.numbers = append(r.numbers, l)
	}
	r.lines[key] = l
	return l
}

// maxBackoff is where waiting longer and longer ends, unless it began so.
const maxBackoff = 5 * time.Minute

// wait is how long a tuple waits after a number of tries that failed: twice as long each time, give or take an eighth, so that what failed together
// does not come back together. The same key waits the same in every run.
func (r *Retry) wait(key uint64, tries int) time.Duration {
	d := r.backoff
	for i := 1; i < tries && d < maxBackoff; i++ {
		d = min(2*d, max(maxBackoff, r.backoff))
	}
	if spread := uint64(d / 4); spread > 0 {
		mixed := (key ^ uint64(tries)*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
		d += time.Duration((mixed>>32)%spread) - d/8
	}
	return d
}

// Due adds when the next tuple is tried.
func (r *Retry) Due(d *Due, start time.Time) { d.First(start, &r.due) }

// Tick tries the tuples whose time has come.
func (r *Retry) Tick(now time.Duration) error {
	for n := r.due.Some(); n > 0; n-- {
		number, ok := r.due.Next(now)
		if !ok {
			break
		}
		l := r.numbers[number]
		for len(l.waits) > 0 {
			first := &l.waits[0]
			r.running, r.again = l, false
			err := r.trees.Run(first.roots, func() error { return r.run(first.input, first.b) })
			r.running = nil
			if err != nil {
				return err
			}
			if r.again {
				first.tries++
				r.due.Add(now+r.wait(l.key, first.tries), number)
				break
			}
			first.roots.Release()
			first.b, first.roots = nil, nil
			l.waits = l.waits[1:]
			r.n--
		}
		if len(l.waits) == 0 {
			delete(r.lines, l.key)
			r.numbers[number] = nil
			r.free = append(r.free, number)
		}
	}
	return nil
}
