package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/tree"
)

// source is a spout's task in a run that keeps at-least-once: it knows which of its tuples are not settled, gives again those that failed, and
// reads no more while too many are on their way.
type source struct {
	task   *task
	how    *Tracking
	id     uint64 // numbers the task, from 1
	count  Counted
	back   Replayer     // nil where the source can't go back
	acks   Acknowledger // nil where it wants no acks
	trim   Trimmer
	limit  Limited // nil where a Next reads what it likes
	pace   readPace
	quit   Quitter // nil where tuples that are given up are only counted
	router Router  // nil where reading and handing on are one
	nums   *numbers

	givens []*given
	low    atomic.Int64 // see heldTime
	again  []*waiting
	quits  []*leaving
	rows   int64     // not settled
	kept   Positions // nil where it begins anew in each run, and within one there is no other process
	saved  time.Duration
	stored string // the position that was saved last
	moved  bool   // since then
	ended  bool   // by io.EOF

	crowded  level
	full     level
	held     int64 // how often it waited because of Pending
	replayed int64 // tuples that were given again

	mu      sync.Mutex
	flights []*flight     // by first
	before  time.Duration // when the last of those that stood before them settled
	settled []*flight
	parted  []*flight     // of which only parts are held
	ready   chan struct{} // something has settled
	reading context.Context
	cancel  context.CancelFunc
	inNext  bool
	alarm   *time.Timer
	tries   map[uint64]int // that failed, by id
}

// track makes a spout's task follow its tuples.
func (r *run) track(t *task, id int) *source {
	s := &source{task: t, how: r.tracking, id: uint64(id) << originBits, ready: make(chan struct{}, 1), tries: map[uint64]int{}}
	s.nums = &numbers{next: s.id}
	if r.fleet != nil {
		// What an earlier attempt of this process has read may still be on its way, in others.
		s.nums.next |= uint64(r.fleet.Attempt()%128) << (originBits - 8)
	}
	s.count, _ = as[Counted](t.spout)
	s.router, _ = t.spout.(Router) // itself: a wrapper may do more in its Next
	s.acks, _ = as[Acknowledger](t.spout)
	s.quit, _ = as[Quitter](t.spout)
	s.limit, _ = as[Limited](t.spout)
	if s.acks == nil {
		s.back, _ = as[Replayer](t.spout)
		s.trim, _ = as[Trimmer](t.spout)
	}
	if s.back != nil && s.trim == nil && (r.fleet != nil || r.topology.Keeper(t.member.name) == "") {
		s.kept = r.tracking.Positions
	}
	for _, p := range t.ports {
		p.number(s.nums)
	}
	s.low.Store(EndMark)
	t.source = s
	r.hurry.spouts.Add(1)
	s.crowded.count, s.full.count = &r.hurry.crowded, &r.hurry.full
	return s
}

func (o *Out[R]) number(n *numbers) { o.numbers = n }

// read is a spout's loop in a run that keeps at-least-once.
func (s *source) read() {
	t := s.task
	if err := guard(s.resume); err != nil {
		t.fail(err)
		t.close(false)
		return
	}
	if t.chain.timekeeping() {
		stop := t.chain.keep()
		defer stop()
	}
	for t.run.reading.Err() == nil && !s.ended {
		if !s.work() {
			break
		}
		if s.rows >= s.how.Pending {
			s.held++
			if t.meter.roots.full.Load() == 0 {
				t.meter.roots.full.Store(int64(t.run.clock()) + 1)
			}
			s.wait(t.run.reading.Done())
			continue
		}
		t.meter.roots.full.Store(0)
		if err := s.next(); err != nil {
			if err != io.EOF {
				t.fail(err)
			}
			s.ended = err == io.EOF
			break
		}
	}
	t.meter.roots.full.Store(0)
	t.run.hurry.read()
	for t.run.ctx.Err() == nil && s.rows > 0 {
		if !s.work() {
			break
		}
		if s.rows > 0 {
			s.wait(nil)
		}
	}
	if t.run.ctx.Err() == nil {
		if err := s.atEnd(); err != nil {
			t.fail(err)
		}
	}
	t.closeSource()
	t.hasRead()
}

// next reads once from the source.
func (s *source) next() error {
	t := s.task
	g := &given{began: t.run.clock()}
	if s.back != nil {
		at, err := s.back.Position()
		if err != nil {
			return err
		}
		if len(at) > maxPosition {
			return fmt.Errorf("a position of %d bytes: it may have %d", len(at), maxPosition)
		}
		g.position = at
	}
	s.moved = true
	if s.limit != nil {
		s.limit.Limit(s.most())
	}
	var err error
	ctx := s.enter()
	emit := func() error {
		defer s.leave()
		return t.spout.Next(ctx)
	}
	if s.router != nil {
		// What was read goes on in a chain, which the chain's clock may be at.
		err = guard(func() error { return s.router.Read(ctx) })
		s.leave()
		emit = func() error { s.router.Route(); return nil }
	}
	if failed := s.send(&flight{of: g, attempt: 1}, emit); failed != nil {
		err = failed
	}
	if err != nil && err != io.EOF && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // it was told to return
	}
	return err
}

// send lets what emit emits be of a new root, which the spout holds until everything is on its way.
func (s *source) send(f *flight, emit func() error) error {
	t := s.task
	c := t.chain
	c.mu.Lock()
	f.root = tree.New(func(*tree.Root) { s.done(f) })
	f.first = s.nums.next
	if c.watched && f.which == nil {
		f.of.newest = t.newest()
	}
	f.root.First, f.root.Last, f.root.OnParts = f.first, s.last(f), func(*tree.Root) { s.narrowed(f) }
	s.mu.Lock()
	s.flights = append(s.flights, f)
	s.mu.Unlock()
	t.trees.Begin(tree.Set{f.root})
	err := guard(emit)
	n := len(f.which)
	if f.which == nil {
		n = s.took(f.of)
	}
	t.trees.End()
	s.mu.Lock()
	f.n = n
	s.nums.next = f.first + uint64(n)
	f.root.End.Store(s.nums.next)
	f.sent = t.run.clock()
	s.mu.Unlock()
	if len(c.tasks) == 1 {
		t.flush()
	} else if t.run.ctx.Err() == nil {
		c.settle()
	}
	c.mu.Unlock()
	f.root.Release()
	return err
}

// took notes what the last Next has given.
func (s *source) took(g *given) int {
	n := 1 // of a source that does not count: the whole is one
	if s.count != nil {
		n = s.count.Rows()
	}
	if s.acks != nil {
		g.ids = slices.Clone(s.acks.IDs())
		n = len(g.ids)
	}
	g.left = n
	if n > 0 {
		s.givens = append(s.givens, g)
		s.rows += int64(n)
		s.counts()
	}
	s.heldTime()
	return n
}

// done notes that a flight has settled. Any goroutine may call it.
func (s *source) done(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.over, f.settled = true, s.task.run.clock()
	s.settled = append(s.settled, f)
	s.news(f)
}

// narrowed notes that of a flight only single tuples are held back any longer. Any goroutine may call it.
func (s *source) narrowed(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f.parted {
		f.parted = true
		s.parted = append(s.parted, f)
		s.news(f)
	}
}

// news lets the task look at a flight. s.mu is held.
func (s *source) news(f *flight) {
	select {
	case s.ready <- struct{}{}:
	default:
	}
	if s.inNext {
		if all, some := f.root.Failed(); all || some != nil || s.acks != nil || s.trim != nil || s.task.chain.watched {
			s.cancel()
		}
	}
}

// enter returns a context for a Next, which ends when the task has something else to do.
func (s *source) enter() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading == nil || s.reading.Err() != nil {
		s.reading, s.cancel = context.WithCancel(s.task.run.reading)
	}
	s.inNext = true
	if len(s.settled)+len(s.parted) > 0 && (s.acks != nil || s.trim != nil) {
		s.cancel()
	}
	if d, ok := s.patience(); ok {
		if s.alarm == nil {
			s.alarm = time.AfterFunc(d, s.wake)
		} else {
			s.alarm.Reset(d)
		}
	}
	return s.reading
}

// wake ends a Next that waits.
func (s *source) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inNext {
		s.cancel()
	}
}

func (s *source) leave() {
	s.mu.Lock()
	s.inNext = false
	s.mu.Unlock()
	if s.alarm != nil {
		s.alarm.Stop()
	}
}

// patience is how long the task may sleep: until tuples are given again, or have been on their way for too long. s.mu is held.
func (s *source) patience() (time.Duration, bool) {
	at, ok := time.Duration(0), false
	sooner := func(d time.Duration) {
		if !ok || d < at {
			at, ok = d, true
		}
	}
	for _, w := range s.again {
		sooner(w.due)
	}
	before := s.before
	for _, f := range s.flights {
		if f.waits() {
			sooner(f.deadline(before, s.how.Timeout))
			if f.attempt == 1 {
				break // those behind it have as much time or more
			}
		}
		before = max(before, f.moved())
	}
	now := s.task.run.clock()
	if s.kept != nil && s.moved {
		sooner(max(now, s.saved+saveAfter))
	}
	return max(0, at-now), ok
}

// wait sleeps until there is something to do.
func (s *source) wait(stop <-chan struct{}) {
	s.mu.Lock()
	d, ok := s.patience()
	s.mu.Unlock()
	var due <-chan time.Time
	if ok {
		timer := time.NewTimer(d)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-s.ready:
	case <-due:
	case <-stop:
	case <-s.task.run.ctx.Done():
	}
}

// settledUpTo is the newest time behind which nothing is given again: that from before the oldest tuples that are not settled, or where there are none, this.
func (s *source) settledUpTo(newest int64) int64 {
	return min(newest, s.low.Load())
}

// heldTime notes from before what time there is something that may be given again.
func (s *source) heldTime() {
	if !s.task.chain.watched {
		return
	}
	low := EndMark
	if len(s.givens) > 0 {
		low = s.givens[0].newest
	}
	s.low.Store(low)
}

// newest is the newest time that the task has emitted.
func (t *task) newest() int64 {
	at := EndMark
	for _, p := range t.ports {
		if p.watched() {
			at = min(at, p.newestTime())
		}
	}
	return at
}

// work does what there is to do beside reading; it reports false where the run can't go on.
func (s *source) work() bool {
	err := guard(func() error {
		if err := s.collect(); err != nil {
			return err
		}
		if s.task.chain.watched {
			s.heldTime()
			s.task.chain.mu.Lock()
			for _, p := range s.task.ports {
				p.flush(s.task.run.clock())
			}
			s.task.chain.mu.Unlock()
		}
		if err := s.expire(); err != nil {
			return err
		}
		if err := s.replay(); err != nil {
			return err
		}
		return s.store(false)
	})
	if err != nil {
		s.task.fail(err)
	}
	return err == nil
}
