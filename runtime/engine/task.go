package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

// task is one goroutine of a component: a spout's, or with an inbox a bolt's or sink's.
type task struct {
	run    *run
	member *member
	number int
	spout  SpoutTask // one of spout and code is set
	code   Task
	clock  clock // of code that is Timed
	ports  []port
	meter  meter
	pace   pace
	chain  *chain
	fused  bool          // it is not the chain's head: it runs in that one's goroutine
	rested time.Duration // in a spout's chain: when Idle was last called
	// When the code was last called, and when it returned.
	began, ended time.Duration

	queue []message // of a stepped run
	inbox inbox
	// Of a task in a cycle: see there.
	cycle   *cycle
	backlog backlog
	entry   inbox
	wake    chan struct{}
	drained <-chan struct{} // nil once the task knows
	held    int64           // tokens

	// Of a run that follows tuples.
	trees    *tree.Tracker
	source   *source // of a spout
	buffered bool    // it may hold tuples back until it is flushed
	kept     kept
	hurry    <-chan struct{} // nil once the task knows
	barrier  barrier         // of a run that commits in epochs
	lanes    lanes           // of those that tell how far their time has come

	senders int  // tasks that have not ended
	dirty   bool // something was processed since the last Idle
	timer   *time.Timer

	where int // the process that runs it
	away  bool

	opened, closed bool
	// done: a sink that wants no more. Its batches are given back unread.
	done bool
}

// loop runs the task to its end.
func (t *task) loop() {
	defer t.chain.asks.end()
	if t.spout != nil && t.run.fleet != nil && t.run.fleet.HasRead(t.member.name, t.number) {
		t.close(false)
		if t.source != nil {
			t.source.ended = t.run.reading.Err() == nil
		}
	} else if t.source != nil {
		t.source.read()
	} else if t.spout != nil && t.run.epochs != nil {
		t.readEpochs()
	} else if t.spout != nil {
		t.read()
	} else {
		t.process()
	}
	if err := t.run.ctx.Err(); err != nil {
		// Whatever stopped the run has been kept before, unless it was the caller.
		t.run.keep(context.Cause(t.run.ctx))
		return
	}
	if t.spout == nil {
		t.lastEpoch()
	}
	if t.spout != nil {
		t.chain.mu.Lock() // who asks may hold it
		defer t.chain.mu.Unlock()
	}
	for _, p := range t.ports {
		p.end()
	}
}

// read is a spout's loop. All that a Next emitted leaves at once, since the next one may wait for the
// source as long as it likes, with the rows out of reach: only a full Next is a full batch to one receiver, and
// that is where the engine's cost per tuple is least.
func (t *task) read() {
	reading := t.run.reading
	next := func() error {
		err := guard(func() error { return t.spout.Next(reading) })
		t.flush()
		return err
	}
	if t.chain.timekeeping() {
		var stop func()
		next, stop = t.nextOfChain()
		defer stop()
	}
	for reading.Err() == nil {
		err := next()
		if err == nil {
			continue
		}
		// A source that was told to stop may say so in its own words.
		if err != io.EOF && (reading.Err() == nil || !errors.Is(err, reading.Err())) {
			t.fail(err)
		}
		break
	}
	t.closeSource()
	t.hasRead()
}

// hasRead tells that a spout has read all, and where tuples are followed that all of them are settled.
func (t *task) hasRead() {
	if t.run.fleet != nil && t.run.ctx.Err() == nil {
		t.run.fleet.SpoutEnded(t.member.name, t.number)
	}
}

// process is a bolt's or sink's loop.
func (t *task) process() {
	done := t.run.ctx.Done()
	for t.senders > 0 || t.clock.held() > 0 {
		if t.chain.asks.n.Load() > 0 {
			t.chain.asks.answer()
		}
		if !t.lap() {
			return
		}
		var m message
		ok := false
		if !t.chain.full() {
			m, ok = t.next()
		}
		if !ok {
			if !t.chain.rest() {
				return
			}
			if m, ok = t.wait(done); !ok {
				return
			}
		}
		if m.none {
			continue
		}
		if m.from > 0 && !t.time(m) {
			return
		}
		if m.from > 0 && !m.end {
			continue
		}
		if m.end {
			t.senders--
			if !t.align() {
				return
			}
			continue
		}
		if m.barrier {
			if !t.arrive(m.all) {
				return
			}
			continue
		}
		if t.run.ctx.Err() != nil || !t.execute(m) {
			return
		}
	}
	if !t.lap() {
		return
	}
	t.finish()
}

// execute processes one batch and gives it back.
func (t *task) execute(m message) bool {
	if !t.take(m) {
		return false
	}
	m.roots.Release()
	m.free()
	if m.done != nil {
		m.done()
	}
	// Under load the inbox is never empty, and what waits for a full batch would wait for long.
	due := t.chain.due()
	if m.lane >= inner {
		t.cycle.processed(m.rows)
	}
	return due
}

// take processes one batch.
func (t *task) take(m message) bool {
	if t.done {
		return true
	}
	return t.inPieces(&m)
}

// flushDue sends what has waited long enough.
func (t *task) flushDue() {
	now, known := time.Duration(0), false
	for _, p := range t.ports {
		at, waiting := p.deadline()
		if !waiting {
			continue
		}
		if !known {
			now, known = t.run.clock(), true
		}
		if at <= now {
			p.flush(now)
		}
	}
}

// rest is what a task does when its inbox is empty: everything that it holds back goes out,
// except rows that should wait for others to replace them.
func (t *task) rest() bool {
	if t.dirty && !t.idle() {
		return false
	}
	if len(t.ports) > 0 {
		now := t.run.clock()
		for _, p := range t.ports {
			if at, waiting := p.deadline(); waiting && (at <= now || !p.latest()) {
				p.flush(now)
			}
		}
	}
	return true
}

// wait blocks until there is a message; it reports false when the run is stopped. Rows that wait to be replaced leave
// meanwhile when it is time, and a Timed task is called when it wants to be.
func (t *task) wait(done <-chan struct{}) (message, bool) {
	for {
		t.letGo()
		d, waiting := t.chain.patience()
		var due <-chan time.Time
		if waiting {
			if t.timer == nil {
				t.timer = time.NewTimer(d)
			} else {
				t.timer.Reset(d)
			}
			due = t.timer.C
		}
		inbox, gate, wake := t.inbox, t.gate(), t.wake
		if t.chain.full() {
			inbox, gate, wake = nil, nil, nil
		}
		select {
		case m := <-inbox:
			return t.took(m), true
		case m := <-gate:
			return t.took(m), true
		case <-wake:
			if m, ok := t.next(); ok {
				return m, true
			}
			if t.lapped() {
				return message{none: true}, true
			}
		case <-t.chain.asks.wake:
			t.chain.asks.answer()
		case <-t.drained:
			t.drained = nil
			return message{end: true}, true
		case <-t.hurry:
			t.hurry = nil // it looks anew how long its rows wait
		case <-done:
			return message{}, false
		case <-due:
			if !t.chain.due() || !t.chain.rest() {
				return message{}, false
			}
			if t.clock.holder != nil {
				return message{none: true}, true
			}
		}
	}
}

// patience is how long a task with an empty inbox may sleep at the most; waiting is false where nothing will wake it.
func (t *task) patience() (d time.Duration, waiting bool) {
	for _, p := range t.ports {
		if at, w := p.deadline(); w {
			if left := at - t.run.clock(); !waiting || left < d {
				d, waiting = left, true
			}
		}
	}
	if t.chain.watched {
		for _, p := range t.ports {
			if at, w := p.lull(); w {
				if left := at - t.run.clock(); !waiting || left < d {
					d, waiting = left, true
				}
			}
		}
	}
	if left, w := t.clock.left(); w && (!waiting || left < d) {
		d, waiting = left, true
	}
	return d, waiting
}

// finish is the end of the input. After an error upstream there is no result to give, only what was read to pass on.
func (t *task) finish() {
	if t.done {
		return
	}
	if t.run.failure() != nil || t.run.stopped() || t.barrier.over {
		if !t.try(resting, t.code.Idle) {
			return
		}
	} else if !t.try(finishing, t.code.Finish) {
		return
	} else {
		t.barrier.over = true
	}
	t.written()
	t.flush()
}

// flush sends everything that waits.
func (t *task) flush() {
	now := t.run.clock()
	for _, p := range t.ports {
		p.fold()
		p.flush(now)
	}
}

// open calls the component's Open.
func (t *task) open() {
	ctx := t.run.newCtx(t.member.name, t.number, t.member.count)
	if ctx.Now == nil {
		ctx.Now = t.run.topology.now
	}
	ctx.Owners = &t.run.owners
	ctx.Trees = t.trees
	ctx.Epochs = t.run.committing
	if ctx.Fail == nil {
		ctx.Fail = t.run.topology.failTuple(t.member.name)
	}
	t.opened = t.try(opening, func() error {
		if t.spout != nil {
			return t.spout.Open(ctx)
		}
		if timed, ok := t.code.(Timed); ok {
			t.clock = clock{timed: timed, now: ctx.Now}
			t.clock.holder, _ = t.code.(Holder)
		}
		t.lanes.told, _ = t.code.(Marked)
		return t.code.Open(ctx)
	})
}

// closeSource closes a spout that reads no more, while the clock of its chain may still call the others of it.
func (t *task) closeSource() {
	t.chain.mu.Lock()
	defer t.chain.mu.Unlock()
	if _, waits := t.barrier.trim.(Informed); !waits {
		t.close(false)
	}
}

// close calls the component's Close, once, if it opened.
func (t *task) close(complete bool) {
	if !t.opened || t.closed {
		return
	}
	t.closed = true
	t.try(closing, func() error {
		if t.spout != nil {
			return errors.Join(t.settleLast(), t.spout.Close())
		}
		return t.code.Close(complete)
	})
}

// settleLast tells a source of the last epoch that was committed, where it has not heard of it.
func (t *task) settleLast() error {
	if _, waits := t.barrier.trim.(Informed); !waits {
		return nil
	}
	if at := t.barrier.committed.Swap(nil); at != nil {
		return t.barrier.trim.Settled(*at)
	}
	return nil
}

// try calls the component's code and reports whether it went well.
func (t *task) try(what call, f func() error) bool {
	_, err := t.measured(what, 0, f)
	return t.went(err)
}

// went takes what the component's code has returned.
func (t *task) went(err error) bool {
	if err != nil && t.spout == nil && len(t.ports) == 0 && errors.Is(err, component.ErrDone) {
		if !t.done {
			t.done = true
			if !t.member.aside {
				t.run.sinkDone()
			}
		}
		return true
	}
	if err != nil {
		t.fail(err)
	}
	return err == nil
}

// fail ends the run: what a spout has read before its error is still processed; after
// the error of a bolt or sink nothing that it would have to take can be.
func (t *task) fail(err error) {
	at := t.chain.culprit(t, err)
	err = at.member.error(at.number, err)
	if at.spout != nil {
		t.run.drain(err)
	} else {
		t.run.abort(err)
	}
}
