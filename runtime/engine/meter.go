package engine

import (
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/metrics"
)

// What a run knows of itself while it goes on: tasks and ends of edges write their own numbers, once a batch, and anybody may read them.

// counter counts tuples and their batches. It has one writer.
type counter struct{ rows, batches atomic.Int64 }

func (c *counter) add(rows int) {
	c.rows.Add(int64(rows))
	c.batches.Add(1)
}

func (c *counter) traffic() Traffic {
	return Traffic{Rows: c.rows.Load(), Batches: c.batches.Load()}
}

// call says what a task's code was called for.
type call int32

const (
	none call = iota
	opening
	processing
	resting
	ticking
	finishing
	closing
)

// meter is the numbers of one task.
type meter struct {
	executed counter
	busy     atomic.Int64 // nanoseconds in the component's code, without the calls of fused tasks within
	since    atomic.Int64 // when the call that goes on began, by the run's clock, and one more; 0: none does
	call     atomic.Int32 // what it is
	within   atomic.Int64 // tuples of the batch that it was given
	execute  metrics.Histogram
	process  metrics.Histogram
	roots    roots // of a spout's task in a run that follows tuples
}

// roots is the numbers of a spout's tuples, followed until they are settled.
type roots struct {
	acked, failed, replayed atomic.Int64
	pending                 atomic.Int64 // tuples that are not settled
	full                    atomic.Int64 // since when the spout reads no more because of these, and one more; 0: it reads
	complete                metrics.Histogram
}

// begin notes a call into the component's code.
func (m *meter) begin(what call, now time.Duration, rows int) {
	m.call.Store(int32(what))
	m.within.Store(int64(rows))
	m.since.Store(int64(now) + 1)
}

// end notes that it has returned.
func (m *meter) end(took time.Duration) {
	m.since.Store(0)
	m.busy.Add(int64(took))
}

// going is what the task has been doing since when; none where it waits.
func (m *meter) going() (what call, since time.Duration) {
	at := m.since.Load()
	if at == 0 {
		return none, 0
	}
	return call(m.call.Load()), time.Duration(at - 1)
}

// stall is what an end of an edge knows of waiting for room.
type stall struct {
	since atomic.Int64 // when it began, and one more; 0: it does not wait
	to    atomic.Int32 // the task that has no room
	total atomic.Int64 // nanoseconds of those that are over
	count atomic.Int64 // how often, those that go on among them
	task  *task        // the sender
}

func (s *stall) begin(to int, now time.Duration) {
	s.to.Store(int32(to))
	s.since.Store(int64(now) + 1)
	s.count.Add(1)
}

func (s *stall) end(now time.Duration) {
	waited := int64(now) + 1 - s.since.Load()
	s.total.Add(waited)
	s.since.Store(0)
	s.task.chain.resumed.Store(int64(now))
	s.task.chain.nested += time.Duration(waited) // which is no time of the code's that emits
}

// waits reports since when the sender has been waiting, and for which task.
func (s *stall) waits() (since time.Duration, to int, waiting bool) {
	at := s.since.Load()
	return time.Duration(at - 1), int(s.to.Load()), at != 0
}

// crowded reports whether the queue of a lane is full.
func (t *task) crowded(l lane) bool {
	switch l {
	case looping:
		return false
	case entering:
		return len(t.entry) == cap(t.entry)
	}
	return len(t.inbox) == cap(t.inbox)
}

// batch lets the task's code process a batch, and notes how long that took.
func (t *task) batch(m *message) bool {
	took, err := t.measured(processing, m.rows, func() error { return t.code.Process(m.input, m.b) })
	if m.rows > 0 {
		rows := int64(m.rows)
		t.meter.execute.Add(took/time.Duration(rows), rows)
		if m.at > 0 {
			took = t.ended - m.at
		}
		t.meter.process.Add(took, rows)
	}
	return t.went(err)
}

// measured calls the component's code, and notes how long it took without what fused tasks did within.
func (t *task) measured(what call, rows int, f func() error) (took time.Duration, err error) {
	begun := t.run.clock()
	t.meter.begin(what, begun, rows)
	outer := t.chain.nested
	t.chain.nested = 0
	err = guard(f)
	t.began, t.ended = begun, t.run.clock()
	whole := t.ended - begun
	took = whole - t.chain.nested
	t.chain.nested = outer + whole
	t.meter.end(took)
	return took, err
}
