package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
)

// A fused edge is no queue: a batch that leaves on it is processed at once, by the sender's goroutine, and used again. Components that
// such edges connect are a chain; the one that no fused edge leads to is its head. Task n of each of them runs in the goroutine of the
// head's task n, so that to the rest of the engine a chain is one task. Each of its parts stays what it is otherwise: it
// has its ends of edges, its counters, its errors, its turn to finish.
//
// A spout may wait for its source as long as it likes, while parts of its chain want to be called by the clock, and rows
// wait for theirs. Such a chain has a second goroutine that only does what is due, and a lock, so that one of the two is in the chain's
// code at a time: the spout's takes it once a Next, between what it reads and what it hands on.

// Router is a SpoutTask that tells reading from handing on: Next is the one after the other.
type Router interface {
	SpoutTask
	// Read reads once from the source, and may wait for it.
	Read(ctx context.Context) error
	// Route hands what was read to the outputs.
	Route()
}

// chain is the tasks of one number of components that fused edges connect.
type chain struct {
	tasks []*task // the head first, each behind those that feed it
	// Of a spout's chain with more than the spout: see above.
	mu sync.Mutex
	// nested is how long, within the call that goes on, fused tasks' code took and senders waited for room.
	nested time.Duration
	// resumed is when a sender of the chain last waited for room no more, in nanoseconds.
	resumed atomic.Int64
	until   time.Duration // when the chain's clock looks next, since the run began
	wake    chan struct{}
	asks    asks
	watched bool // some end's silence is looked for: see marks.go
}

// never is later than any run.
const never = time.Duration(math.MaxInt64)

// validateFused checks the fused edges: what they lead to has no other inputs, and all of them come out of one chain.
func (t *Topology) validateFused() error {
	for _, e := range t.edges {
		s := e.describe()
		if !s.Fused {
			continue
		}
		from, to := t.member(s.From), t.member(s.To)
		switch {
		case from.count != to.count:
			return fmt.Errorf("the edge from %s to %s is fused, but they have %d and %d tasks", s.From, s.To, from.count, to.count)
		case from.cycle != nil || to.cycle != nil:
			return fmt.Errorf("the edge from %s to %s is fused, but leads through a cycle", s.From, s.To)
		}
		for _, other := range t.edges {
			if o := other.describe(); o.To == s.To && (!o.Fused || t.head(t.member(o.From)) != t.head(from)) {
				return fmt.Errorf("%s is fused to %s, and takes tuples from elsewhere too: from %s", s.To, s.From, o.From)
			}
		}
	}
	return nil
}

// head is the first component of a member's chain.
func (t *Topology) head(m *member) *member {
	for again := true; again; {
		again = false
		for _, e := range t.edges {
			if s := e.describe(); s.Fused && s.To == m.name {
				m, again = t.member(s.From), true
				break
			}
		}
	}
	return m
}

// link makes chains of the tasks. Members are sorted: each stands behind those that feed it.
func (r *run) link(sorted []*member) {
	for _, m := range sorted {
		head := r.topology.head(m)
		for i, one := range m.tasks {
			if head == m {
				one.chain = &chain{until: never, asks: asks{wake: make(chan struct{}, 1)}}
			} else {
				one.chain, one.fused = head.tasks[i].chain, true
			}
			one.chain.tasks = append(one.chain.tasks, one)
		}
	}
}

// inline processes batches where they are sent.
type inline[R any] struct {
	to    *task
	input int
	from  int32
}

func (s *inline[R]) send(_ int, b *batch.Batch[R]) *batch.Batch[R] {
	if s.to.run.ctx.Err() == nil {
		s.to.take(message{b: b, roots: b.Roots, rows: len(b.Rows), input: s.input})
	}
	b.Roots = b.Roots.Release()
	b.Reset()
	return b
}

func (s *inline[R]) end() {
	s.to.senderEnded(s.from)
	s.to.inputEnded()
}

func (s *inline[R]) mark(at int64, idle bool) {
	if s.to.run.ctx.Err() == nil {
		s.to.hear(s.from, at, idle)
	}
}

func (s *inline[R]) barrier(_ uint64, all bool) {
	if s.to.run.ctx.Err() == nil {
		s.to.arrive(all)
	}
}

// inputEnded is the end of one of a fused task's senders. With the last of them the task finishes, and ends its own outputs.
func (t *task) inputEnded() {
	if t.senders--; t.senders > 0 || t.run.ctx.Err() != nil || !t.outlast() {
		t.align()
		return
	}
	t.finish()
	if t.run.ctx.Err() == nil {
		t.lastEpoch()
		for _, p := range t.ports {
			p.end()
		}
	}
}

// outlast waits until a task holds no tuples back any more; false where the run is stopped before.
func (t *task) outlast() bool {
	for t.clock.held() > 0 {
		d, _ := t.clock.left()
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-t.run.ctx.Done():
			timer.Stop()
			return false
		}
		if !t.tick() {
			return false
		}
	}
	return true
}

// full reports whether a task of the chain can take no more tuples now.
func (c *chain) full() bool {
	for _, t := range c.tasks {
		if t.clock.full() {
			return true
		}
	}
	return false
}

// due does what is due: rows leave that have waited long enough, and tasks are called that want to be.
func (c *chain) due() bool {
	c.fold()
	if c.watched {
		c.hush()
	}
	for _, t := range c.tasks {
		t.flushDue()
		if t.buffered && !t.flushKept() || !t.tick() {
			return false
		}
	}
	return true
}

// fold counts what passed within the chain without a batch.
func (c *chain) fold() {
	for _, t := range c.tasks {
		for _, p := range t.ports {
			p.fold()
		}
	}
}

// rest lets each task of the chain pass on what it holds back.
func (c *chain) rest() bool {
	for _, t := range c.tasks {
		if !t.rest() {
			return false
		}
	}
	return true
}

// patience is how long the chain may be left alone.
func (c *chain) patience() (d time.Duration, waiting bool) {
	for _, t := range c.tasks {
		if left, w := t.patience(); w && (!waiting || left < d) {
			d, waiting = left, true
		}
	}
	return d, waiting
}

// settle is what a chain of a spout does behind each Next, and when its clock says so. Nobody knows whether the next Next waits, so all goes
// on that has not just done so: rows of one component leave and its Idle is called at once, but no more than once in flushAfter.
func (c *chain) settle() bool {
	c.fold()
	now := c.tasks[0].run.clock()
	if c.watched {
		c.hush()
	}
	for i, t := range c.tasks {
		if i == 0 {
			t.flush()
			continue
		}
		for _, p := range t.ports {
			at, waiting := p.deadline()
			if waiting && (at <= now || p.inside() && !p.latest()) {
				p.flush(now)
			}
		}
		if t.dirty && now >= t.rested+flushAfter {
			t.rested = now
			if !t.idle() {
				return false
			}
		}
		if !t.tick() {
			return false
		}
	}
	// The clock need be told only of what is due before it looks.
	if at := c.dueAt(now); at < c.until {
		c.until = at
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// dueAt is when settle has something to do.
func (c *chain) dueAt(now time.Duration) time.Duration {
	at := never
	if d, waiting := c.patience(); waiting {
		at = now + d
	}
	for _, t := range c.tasks[1:] {
		if t.dirty {
			at = min(at, t.rested+flushAfter)
		}
	}
	return at
}

// keepTime calls settle when something is due, until ended is closed.
func (c *chain) keepTime(ended <-chan struct{}) {
	r := c.tasks[0].run
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	hurry := r.hurry.begun
	for {
		c.mu.Lock()
		now := r.clock()
		c.until = c.dueAt(now)
		timer.Reset(c.until - now)
		c.mu.Unlock()
		select {
		case <-timer.C:
		case <-c.wake:
			continue
		case <-hurry:
			hurry = nil
			continue
		case <-ended:
			return
		case <-r.ctx.Done():
			return
		}
		c.mu.Lock()
		if r.ctx.Err() == nil {
			c.settle()
		}
		c.mu.Unlock()
	}
}

// culprit is the task of t's chain whose code panicked, where err is a panic: a part of a chain may call another's code for each tuple.
func (c *chain) culprit(t *task, err error) *task {
	var p *PanicError
	if c == nil || len(c.tasks) == 1 || !errors.As(err, &p) {
		return t
	}
	for _, frame := range p.Stack { // innermost first
		for _, part := range c.tasks {
			if part.code != nil && strings.Contains(frame, strings.Replace(fmt.Sprintf("%T", part.code), "*main.", "main.(*", 1)+").") {
				return part
			}
		}
	}
	return t
}

// keep starts the chain's clock, and returns what ends it.
func (c *chain) keep() (stop func()) {
	c.wake = make(chan struct{}, 1)
	ended := make(chan struct{})
	var clock sync.WaitGroup
	clock.Go(func() { c.keepTime(ended) })
	return func() {
		close(ended)
		clock.Wait()
	}
}

// nextOfChain is what the loop of a spout calls whose chain has more than the spout, and what ends the chain's clock.
func (t *task) nextOfChain() (next func() error, stop func()) {
	c, reading := t.chain, t.run.reading
	stop = c.keep()
	router, _ := t.spout.(Router)
	next = func() error {
		var err error
		if router != nil {
			err = guard(func() error { return router.Read(reading) })
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if router == nil {
			err = guard(func() error { return t.spout.Next(reading) })
		} else if failed := guard(func() error { router.Route(); return nil }); failed != nil {
			err = failed
		}
		if t.run.ctx.Err() == nil {
			c.settle()
		}
		return err
	}
	return next, stop
}
