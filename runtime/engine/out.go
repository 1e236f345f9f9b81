package engine

import (
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/tree"
)

// How long rows wait for a batch to fill while their sender is busy. Rows of a `latest by` edge replace one
// another while they wait, so they wait longer, and also while their sender is idle: where a batch's worth of keys has come together
// within that time the stream is a fast one, and the longer its rows are held the fewer of them travel.
const (
	flushAfter        = time.Millisecond
	latestFlushAfter  = 10 * time.Millisecond
	latestGatherAfter = 100 * time.Millisecond
	// Where so many wait that to move them costs milliseconds, they wait a little longer still.
	latestManyAfter = 250 * time.Millisecond
	latestMany      = 16 * batch.Rows
)

// Out is a sending task's end of an edge: a batch that fills for each receiving task, or the one batch
// of a global edge. Generated code appends rows to the batch that For, Next, Less or To gives, to all of Pending (all), or to Pending[0]
// (global), and after each tuple calls Check, at least if Full. Batches leave no earlier, so indexes of rows and Gen hold until then.
type Out[R any] struct {
	Pending []*batch.Batch[R] // by receiving task
	Limit   int               // rows at which a batch is full
	// Passed counts tuples that generated code handed to the receiver itself, on a fused edge, and not through Pending, since they were last folded
	// into the counters that others may read.
	Passed int64
	// Withheld counts tuples that were emitted and do not travel, since they were last folded likewise: the edge's condition does not hold for
	// them, or another one's row stands for them too.
	Withheld int64
	// Newest is the newest time of a tuple, of a stream whose tuples have one of their own.
	Newest int64
	bound  int64  // up to which a time is not looked at
	timed  *timed // of an edge that watermarks travel on
	// Gather, where not nil, holds rows that wait outside of Pending; set by generated code before the run.
	Gather  *Gather
	last    int // the batch that was appended to last
	looks   uint8
	slots   *[Slots]uint16
	gen     uint64
	sender  sender[R]
	wait    time.Duration // how long rows may wait
	left    time.Duration // when everything was last sent, since the run began
	stats   counter
	spared  atomic.Int64 // Withheld, folded
	stall   stall
	sent    []int64 // rows that left for each receiving task, of a partial edge
	lane    lane
	cycle   *cycle   // of an edge inside of one
	rounds  uint32   // how often a tuple may pass, of a loop
	over    int64    // tuples that would have passed more often
	late    int64    // tuples that came when the cycle had drained
	fused   bool     // the receiver is part of the sender's chain
	to      *task    // which is it, then
	numbers *numbers // of a spout
	// anchors, where not nil, follows the trees of tuples.
	anchors *anchors
	// hurry, where not nil, tells how long rows may wait for others at the most.
	hurry *hurry
}

// sender moves a batch to a receiving task and returns the batch to fill next.
type sender[R any] interface {
	send(to int, b *batch.Batch[R]) *batch.Batch[R]
	// barrier ends an epoch: see epoch.go.
	barrier(epoch uint64, all bool)
	// mark tells all receivers a watermark: see marks.go.
	mark(at int64, idle bool)
	end()
}

// For returns the batch of the task that owns a key's hash.
func (o *Out[R]) For(hash uint64) *batch.Batch[R] {
	o.last = int(o.slots[hash>>(64-SlotBits)])
	return o.Pending[o.last]
}

// Next returns the batch of the task whose turn it is: evenly, round-robin.
func (o *Out[R]) Next() *batch.Batch[R] {
	o.last++
	if o.last == len(o.Pending) {
		o.last = 0
	}
	return o.Pending[o.last]
}

// To returns the batch of the task with this number, which is in range.
func (o *Out[R]) To(task int64) *batch.Batch[R] {
	o.last = int(task)
	return o.Pending[o.last]
}

// Loops reports whether a tuple that has passed so many loops may pass this one; one that may not is counted.
func (o *Out[R]) Loops(hops uint32) bool {
	if hops < o.rounds {
		return true
	}
	o.over++
	return false
}

// Over and SetOver let a tuple that failed take back what Loops has counted for it.
func (o *Out[R]) Over() int64 { return o.over }

// SetOver sets what Loops has counted.
func (o *Out[R]) SetOver(n int64) { o.over = n }

// Full reports whether Check may have something to send; unlike Check, it is inlined. It looks at the batch that was last
// appended to, and lets Check look at all of them now and then: a tuple of many rows may have filled others.
func (o *Out[R]) Full() bool {
	o.looks++
	return o.looks&15 == 0 || o.Pending[o.last].Full(o.Limit)
}

// Room adds rows to the one batch of an output, as many as it takes before it is full, but no more than n and one at least, and returns
// them for the caller to set.
func (o *Out[R]) Room(n int) []R {
	b := o.Pending[0]
	at := len(b.Rows)
	n = min(n, max(1, o.Limit-at))
	b.Rows = slices.Grow(b.Rows, n)[:at+n]
	return b.Rows[at:]
}

// rowLimit is the limit of rows, where a sender may set it.
func (o *Out[R]) rowLimit() *int {
	if o.Limit != batch.Rows {
		return nil
	}
	return &o.Limit
}

// Check sends the batches that are full.
func (o *Out[R]) Check() {
	for i, b := range o.Pending {
		if b.Full(o.Limit) {
			o.send(i)
		}
	}
}

// send lets one batch go.
func (o *Out[R]) send(to int) {
	b := o.Pending[to]
	if len(b.Rows) == 0 {
		b.Arena = b.Arena[:0]
		return
	}
	if o.anchors != nil {
		o.leave(to, b)
	}
	if len(b.Arena) > math.MaxUint32 {
		// Offsets of text in a batch have 32 bits. Only one tuple that emits so much gets here.
		panic(errors.New("one tuple emitted more than 4 GiB of text"))
	}
	if o.cycle != nil && !o.cycle.send(len(b.Rows)) && o.lane == looping {
		// A block by the clock emitted it: its readers take nothing more from here.
		o.late += int64(len(b.Rows))
		b.Roots = b.Roots.Release()
		b.Reset()
		o.gen++
		b.Gen = o.gen
		return
	}
	o.stats.add(len(b.Rows))
	if o.sent != nil {
		o.sent[to] += int64(len(b.Rows))
	}
	o.gen++
	b = o.sender.send(to, b)
	b.Gen = o.gen
	o.Pending[to] = b
}

// port is an Out whose rows are of any type: what its task's loop sees of it, once a batch.
type port interface {
	// flush sends everything that waits.
	flush(now time.Duration)
	// sendAll sends what waits in batches.
	sendAll()
	gathers()
	// deadline is when flush is due; waiting tells whether there is anything to send.
	deadline() (at time.Duration, waiting bool)
	// latest tells that rows should wait for their deadline also while the task is idle.
	latest() bool
	// inside tells that the rows stay in the sender's chain.
	inside() bool
	// barrier tells every receiving task that an epoch ends here.
	barrier(epoch uint64, all bool)
	// hush tells every receiving task where the end has been silent for so long that they need not wait for it; lull is when that will be.
	hush(now time.Duration)
	lull() (at time.Duration, ok bool)
	watched() bool
	pass(now int64)
	newestTime() int64
	// tell tells them how far the end's time has come.
	tell()
	// end tells every receiving task that this one has ended.
	end()
	traffic() Traffic
	// withheld is how many tuples were emitted that did not travel.
	withheld() int64
	// stalled is what the end knows of waiting for room.
	stalled() *stall
	// fold counts what was handed to the receiver directly, or withheld, since the last time.
	fold()
	lost() LoopLoss
	// Of a run that follows tuples: see anchors.
	track()
	begin(roots tree.Set)
	anchor()
	adopt(roots tree.Set)
	number(n *numbers)
}

func (o *Out[R]) flush(now time.Duration) {
	if o.Gather != nil {
		o.Gather.Leave()
		o.spare()
	}
	o.sendAll()
	o.left = now
	o.tell()
}

func (o *Out[R]) sendAll() {
	for i := range o.Pending {
		o.send(i)
	}
}

// gathers tells the Gather, where there is one, of this end of its stream.
func (o *Out[R]) gathers() {
	if o.Gather != nil {
		o.Gather.outs = append(o.Gather.outs, o)
	}
}

func (o *Out[R]) deadline() (time.Duration, bool) {
	rows := 0
	if o.Gather != nil {
		rows = len(o.Gather.Waiting)
	}
	for _, b := range o.Pending {
		rows += len(b.Rows)
	}
	if rows == 0 {
		return o.left + o.wait, o.news()
	}
	wait := o.wait
	if o.latest() && rows >= batch.Rows {
		wait = latestGatherAfter
		if rows >= latestMany {
			wait = latestManyAfter
		}
	}
	return o.left + o.hurry.atMost(wait), rows > 0
}

func (o *Out[R]) barrier(epoch uint64, all bool) { o.sender.barrier(epoch, all) }

func (o *Out[R]) latest() bool     { return o.wait == latestFlushAfter }
func (o *Out[R]) inside() bool     { return o.fused }
func (o *Out[R]) lost() LoopLoss   { return LoopLoss{Over: o.over, Late: o.late} }
func (o *Out[R]) traffic() Traffic { return o.stats.traffic() }
func (o *Out[R]) withheld() int64  { return o.spared.Load() }
func (o *Out[R]) stalled() *stall  { return &o.stall }

func (o *Out[R]) fold() {
	if o.Passed > 0 {
		o.stats.rows.Add(o.Passed)
		o.to.meter.executed.rows.Add(o.Passed)
		o.Passed = 0
	}
	o.spare()
}

func (o *Out[R]) spare() {
	if o.Withheld > 0 {
		o.spared.Add(o.Withheld)
		o.Withheld = 0
	}
}

// end tells the receivers. Those of a loop know it by the cycle's having drained.
func (o *Out[R]) end() {
	if o.lane != looping {
		o.sender.end()
	}
}
