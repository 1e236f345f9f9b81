package engine

import (
	"context"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
)

// Here spouts and bolts sleep in virtual time, and what matters is when tuples arrive.

// scriptSpout emits one tuple after each pause, one Next each.
type scriptSpout struct {
	waitingSpout
	out    *Out[item]
	pauses []time.Duration
}

func (s *scriptSpout) Next(context.Context) error {
	if len(s.pauses) == 0 {
		return io.EOF
	}
	time.Sleep(s.pauses[0])
	s.pauses = s.pauses[1:]
	b := s.out.Pending[0]
	b.Rows = append(b.Rows, item{id: int64(len(s.pauses))})
	s.out.Check()
	return nil
}

// slowBolt passes tuples on, taking its time for each batch.
type slowBolt struct {
	plain
	out   *Out[item]
	takes time.Duration
}

func (s *slowBolt) Process(_ int, in any) error {
	time.Sleep(s.takes)
	for _, row := range in.(*batch.Batch[item]).Rows {
		b := s.out.Pending[0]
		b.Rows = append(b.Rows, row)
	}
	s.out.Check()
	return nil
}

// clockSink notes when each batch came, how many tuples it had, and when the sink was idle.
type clockSink struct {
	plain
	start time.Time
	came  []time.Duration
	rows  []int
	idle  []time.Duration
}

func (s *clockSink) Process(_ int, in any) error {
	s.came = append(s.came, time.Since(s.start))
	s.rows = append(s.rows, len(in.(*batch.Batch[item]).Rows))
	return nil
}

func (s *clockSink) Idle() error {
	s.idle = append(s.idle, time.Since(s.start))
	return nil
}

// timeline runs spout -> bolt -> sink.
func timeline(t *testing.T, pauses []time.Duration, takes time.Duration, latest bool) *clockSink {
	t.Helper()
	sink := &clockSink{start: time.Now()}
	top := New("timeline")
	first := Connect(top, EdgeSpec{From: "spout", To: "bolt"}, itemCodec)
	second := Connect(top, EdgeSpec{From: "bolt", To: "sink", Latest: latest}, itemCodec)
	top.Spout("spout", 1, func(int) SpoutTask { return &scriptSpout{out: first.Out(0), pauses: pauses} })
	top.Bolt("bolt", 1, 1, func(int) Task { return &slowBolt{out: second.Out(0), takes: takes} })
	top.Bolt("sink", 1, 1, func(int) Task { return sink })
	if _, err := top.Run(t.Context(), Options{Queue: 100}); err != nil {
		t.Fatal(err)
	}
	return sink
}

func every(d time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{d}, n) }

func ms(n ...int) []time.Duration {
	d := make([]time.Duration, len(n))
	for i := range n {
		d[i] = time.Duration(n[i]) * time.Millisecond
	}
	return d
}

func TestIdleTasksHoldNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := timeline(t, every(5*time.Millisecond, 3), 0, false)
		// Whether the sink is idle once more between the last batch and the end is chance.
		if want := ms(5, 10, 15); !slices.Equal(s.came, want) || !slices.Equal(s.idle[:2], want[:2]) {
			t.Errorf("batches came at %v and the sink was idle at %v; want %v", s.came, s.idle, want)
		}
	})
}

// While its inbox is never empty, a task gathers a batch, but for no longer than a millisecond.
func TestBusyTasksGatherForAMillisecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// All tuples wait in the inbox from the start; each takes 0.4 ms.
		s := timeline(t, every(0, 9), 400*time.Microsecond, false)
		if want := []int{1, 3, 3, 2}; !slices.Equal(s.rows, want) && !slices.Equal(s.rows, []int{3, 3, 3}) {
			t.Errorf("batches of %v tuples, want %v", s.rows, want)
		}
		for i, came := range s.came {
			if i > 0 && came-s.came[i-1] > 1200*time.Microsecond {
				t.Errorf("batches came at %v: more than a millisecond and a batch apart", s.came)
			}
		}
	})
}

// Rows of a latest edge leave at once when nothing left lately, and else wait to be replaced, for 10 ms at the most.
func TestLatestRowsGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pauses := append(ms(50), every(time.Millisecond, 14)...) // 50, 51, ... 64
		pauses = append(pauses, ms(100)...)                      // 164
		s := timeline(t, pauses, 0, true)
		if want := ms(50, 60, 70, 164); !slices.Equal(s.came, want) {
			t.Errorf("batches came at %v, want %v", s.came, want)
		}
		total := 0
		for _, n := range s.rows {
			total += n
		}
		if total != len(pauses) || s.rows[0] != 1 || s.rows[len(s.rows)-1] != 1 {
			t.Errorf("batches of %v tuples", s.rows)
		}
	})
}

func TestLatestRowsLeaveAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := timeline(t, ms(50, 1), 0, true)
		if want := ms(50, 51); !slices.Equal(s.came, want) {
			t.Errorf("batches came at %v, want %v", s.came, want)
		}
	})
}

// A slow sink holds the spout back: no more is on its way than inboxes and batches hold.
func TestBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const queue, emits = 2, 100
		var sent, done atomic.Int64
		most := int64(0)
		top := New("backpressure")
		e := Connect(top, EdgeSpec{From: "spout", To: "sink"}, itemCodec)
		top.Spout("spout", 1, func(int) SpoutTask {
			return &funcSpout{next: func() error {
				n := sent.Add(1)
				b := e.Out(0).Pending[0]
				b.Rows = append(b.Rows, item{})
				if n == emits {
					return io.EOF
				}
				return nil
			}}
		})
		top.Bolt("sink", 1, 1, func(int) Task {
			return &funcTask{process: func(any) error {
				time.Sleep(time.Second)
				most = max(most, sent.Load()-done.Add(1))
				return nil
			}}
		})
		if _, err := top.Run(t.Context(), Options{Queue: queue}); err != nil {
			t.Fatal(err)
		}
		if done.Load() != emits || most > queue+1 {
			t.Errorf("%d of %d tuples, up to %d on their way", done.Load(), emits, most)
		}
	})
}

type funcSpout struct {
	waitingSpout
	next func() error
}

func (s *funcSpout) Open(*component.Context) error { return nil }
func (s *funcSpout) Next(context.Context) error    { return s.next() }

type funcTask struct {
	plain
	process func(b any) error
}

func (t *funcTask) Process(_ int, b any) error { return t.process(b) }
