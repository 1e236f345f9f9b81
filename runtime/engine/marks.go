package engine

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// How event time gets on. A stream whose tuples have a time of their own says how much later than a newer one a tuple may come (Times). From that each of its
// senders knows a watermark: the newest time that it has emitted less that lateness. Behind that, no tuple from it is on time any more.
//
// Watermarks travel behind the tuples, on those edges only whose readers want them (EdgeSpec.Timed): when an end of an edge is flushed, all that was emitted has left, and
// it tells its receivers how far its time has come, where that is further than it said before. A task's own watermark is the least over the lanes that its senders' come on. What is emitted
// on streams without a time of their own belongs to the time of its cause, so these have the watermark of their task. A sender that has been silent for long
// says that it is idle, and is left out until it speaks again; one that has ended stands at the end of time.
//
// A watermark never goes back. In a run that commits in epochs every task has had the same of each sender when it comes to a barrier, and
// a task that is told (Marked) keeps its own as a part of its state, so a later run ends no window twice. Where tuples are followed, a spout's watermark waits for
// those that are not settled: what it gives again comes no later than it did.

const (
	// NoMark is the watermark of who knows nothing yet, EndMark that of who has come to its end.
	NoMark, EndMark = int64(math.MinInt64), int64(math.MaxInt64)
	// Ahead is how far before the run's clock a tuple's time may be, to move the watermark: one wrong clock must not make all others' tuples late.
	Ahead = 24 * time.Hour
	// IdleAfter is how long a sender may be silent before nobody waits for it, where it does not say.
	IdleAfter = time.Minute
	// ClockStep is how exactly receivers are told of the clock's time.
	ClockStep = 100 * time.Millisecond
)

// Marked is a Task that is told of its watermark.
type Marked interface {
	Task
	// Advance says that no tuple from before mark, nanoseconds since 1970, is on time any more. It grows from call to call; at the end of the input it is EndMark.
	Advance(mark int64) error
}

// Times says that a stream's tuples have a time of their own.
type Times struct {
	Lateness time.Duration // how much later than a newer one a tuple may come
	Idle     time.Duration // after which silence nobody waits for its sender; 0: IdleAfter
	// Clock says that tuples have the time at which they are emitted: it gets on with the run's clock, also where there are none, and is told each Step of it, at least every so often: of
	// ClockStep where that is 0.
	Clock bool
	Step  time.Duration
}

// lanes is what a task knows of its senders' time.
type lanes struct {
	at   []int64 // by lane
	idle []bool
	mark int64 // the task's own
	rest bool  // all are idle
	told Marked
}

// newLanes is for so many senders, none of which has said anything.
func newLanes(n int) lanes {
	l := lanes{at: make([]int64, n), idle: make([]bool, n), mark: NoMark}
	for i := range l.at {
		l.at[i] = NoMark
	}
	return l
}

// least is the watermark that the lanes give; all is true where none of them counts.
func (l *lanes) least() (mark int64, all bool) {
	mark, all = EndMark, true
	for i, at := range l.at {
		if !l.idle[i] {
			mark, all = min(mark, at), false
		}
	}
	return mark, all
}

// timed is what an end of a Timed edge knows. Its task uses it alone.
type timed struct {
	task   *task
	own    *Times // nil: its tuples have the time of their cause, or
	behind int64  // lie so far behind it
	seen   time.Duration
	last   int64 // the newest time when it was looked at last, and
	rows   int64 // how many had left
	sent   int64 // what was told last
	idle   bool  // was told
	told   atomic.Bool
	lost   atomic.Bool // what was told last was lost on its way
}

// See notes the time of a tuple that is emitted, of a stream with a time of its own.
func (o *Out[R]) See(at int64) {
	if at > o.Newest {
		o.newer(at)
	}
}

func (o *Out[R]) newer(at int64) {
	if at <= o.bound {
		o.Newest = at
		return
	}
	o.ahead(at)
}

// ahead looks whether a time is too far before the clock.
func (o *Out[R]) ahead(at int64) {
	now := o.timed.task.run.topology.now()
	if o.bound = now.Add(Ahead).UnixNano(); at <= o.bound {
		o.Newest = at
		return
	}
	t := o.timed.task
	if t.run.note != nil && !t.member.ahead.Swap(true) {
		t.run.note(fmt.Sprintf("%s gives tuples of %s, and it is %s: times that lie more than %s ahead don't let time get on, so that other tuples don't come too late for them",
			t.member.name, time.Unix(0, at).UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), Ahead))
	}
}

// step is how often an end with the clock's time tells it.
func (t *Times) step() time.Duration {
	if t.Step <= 0 {
		return ClockStep
	}
	return t.Step
}

// mark is how far the end's time has come.
func (o *Out[R]) mark() (at int64, idle bool) {
	w := o.timed
	t := w.task
	if w.own != nil && w.own.Clock {
		now, in := t.run.topology.now().UnixNano(), int64(w.own.step())
		return now - ((now%in)+in)%in, false
	}
	if w.own == nil {
		return before(t.lanes.mark, w.behind), t.lanes.rest
	}
	newest := o.Newest
	if t.source != nil {
		newest = t.source.settledUpTo(newest)
	}
	if newest < NoMark+int64(w.own.Lateness) {
		return NoMark, w.idle
	}
	return newest - int64(w.own.Lateness), w.idle
}

// before is the watermark of what lies so far behind one; who knows nothing, or has come to its end, does so all the same.
func before(mark, d int64) int64 {
	switch {
	case mark == EndMark:
		return EndMark
	case mark < NoMark+d:
		return NoMark
	}
	return mark - d
}

// tell sends the watermark behind what was emitted, where it is news. What a task holds back has its time still to come.
func (o *Out[R]) tell() {
	w := o.timed
	if w == nil || w.task.clock.held() > 0 {
		return
	}
	if w.own != nil {
		rows := o.stats.rows.Load() + o.Passed
		if rows != w.rows || o.Newest != w.last {
			w.rows, w.last, w.seen, w.idle = rows, o.Newest, w.task.run.clock(), false
		}
	}
	at, idle := o.mark()
	again := w.lost.Swap(false)
	if at <= w.sent && idle == w.told.Load() && !again || w.sent == NoMark && at == NoMark && !idle {
		return
	}
	at = max(at, w.sent)
	w.sent = at
	w.told.Store(idle)
	o.sender.mark(at, idle)
}

// news reports whether tell has something to tell.
func (o *Out[R]) news() bool {
	w := o.timed
	if w == nil || w.task.clock.held() > 0 {
		return false
	}
	at, idle := o.mark()
	return at > w.sent || idle != w.told.Load() || w.lost.Load()
}

// lull is when the end's silence has lasted for so long that nobody need wait for it; false where it is not to be looked at.
func (o *Out[R]) lull() (time.Duration, bool) {
	w := o.timed
	if w == nil || w.own == nil || w.idle {
		return 0, false
	}
	if w.own.Clock {
		at, _ := o.mark()
		next := time.Unix(0, max(at, w.sent)).Add(w.own.step())
		return w.task.run.clock() + next.Sub(w.task.run.topology.now()), true
	}
	idle := w.own.Idle
	if idle == 0 {
		idle = IdleAfter
	}
	return w.seen + idle, true
}

// hush says that nobody need wait for the end, where that is so.
func (o *Out[R]) hush(now time.Duration) {
	if w := o.timed; w != nil && w.own != nil && w.own.Clock {
		if o.news() {
			o.flush(now) // what was emitted before leaves first
		}
		return
	}
	at, ok := o.lull()
	if !ok || now < at {
		return
	}
	w := o.timed
	if rows := o.stats.rows.Load() + o.Passed; rows != w.rows || o.Newest != w.last {
		o.tell() // there was something since
		return
	}
	w.idle = true
	o.tell()
}

// pass moves the end's time on to the clock's, of a test.
func (o *Out[R]) pass(now int64) {
	if o.timed != nil && o.timed.own != nil {
		o.Newest = max(o.Newest, now)
	}
}

// hush looks for ends of the chain's that have been silent for long.
func (c *chain) hush() {
	for _, t := range c.tasks {
		now := t.run.clock()
		for _, p := range t.ports {
			p.hush(now)
		}
	}
}

// timekeeping reports whether the chain of a spout needs a clock.
func (c *chain) timekeeping() bool { return len(c.tasks) > 1 || c.watched }

func (o *Out[R]) newestTime() int64 { return o.Newest }

func (o *Out[R]) watched() bool { return o.timed != nil && o.timed.own != nil }

// hear takes what a sender tells of its time; it reports false where the run can't go on.
func (t *task) hear(lane int32, at int64, idle bool) bool {
	l := &t.lanes
	l.at[lane-1] = max(l.at[lane-1], at)
	l.idle[lane-1] = idle
	return t.advance()
}

// senderEnded lets a lane stand at the end of time, where its sender has come to the end of its input.
func (t *task) senderEnded(lane int32) bool {
	if lane == 0 || t.run.failure() != nil || t.run.stopped() || t.barrier.over {
		return true
	}
	return t.hear(lane, EndMark, false)
}

// advance finds the task's watermark anew, and tells it.
func (t *task) advance() bool {
	l := &t.lanes
	at, rest := l.least()
	l.rest = rest
	if rest || at <= l.mark {
		return true
	}
	l.mark = at
	if l.told == nil || t.done {
		return true
	}
	if !t.borrow() {
		return false
	}
	t.dirty = true
	return t.try(ticking, func() error { return l.told.Advance(at) })
}

// markFrame is a watermark as it travels in a frame.
func markFrame(dst []byte, at int64, idle bool) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(at))
	if idle {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func parseMarkFrame(src []byte) (at int64, idle bool, err error) {
	if len(src) != 9 || src[8] > 1 {
		return 0, false, fmt.Errorf("a watermark arrived damaged")
	}
	return int64(binary.LittleEndian.Uint64(src)), src[8] == 1, nil
}

// inputOver lets all lanes stand at the end of time, in a stepped run.
func (t *task) inputOver() bool {
	for i := range t.lanes.at {
		t.lanes.at[i], t.lanes.idle[i] = EndMark, false
	}
	return len(t.lanes.at) == 0 || t.advance()
}

// time takes a watermark out of the task's inbox, or the end of a sender that told such; it reports false where the run can't go on.
func (t *task) time(m message) bool {
	if m.end {
		return t.senderEnded(m.from)
	}
	if t.run.ctx.Err() != nil {
		return false
	}
	return t.hear(m.from, m.mark, m.idle) && t.chain.due()
}
