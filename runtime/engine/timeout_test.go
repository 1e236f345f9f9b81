package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

// slowSink takes its time for each batch, and holds on to one tuple the first time that it comes.
type slowSink struct {
	trees *tree.Tracker
	seen  map[int64]int
	hold  int64
	holds tree.Set
	slow  time.Duration // a batch
	row   time.Duration
	most  int // rows of a batch
	idles int
	began time.Time
}

func (s *slowSink) Open(ctx *component.Context) error {
	s.trees, s.began = ctx.Trees, time.Now()
	return nil
}

func (s *slowSink) Process(_ int, in any) error {
	time.Sleep(s.slow)
	rows := in.(*batch.Batch[leaf]).Rows
	s.most = max(s.most, len(rows))
	for _, row := range rows {
		time.Sleep(s.row)
		if s.seen[row.id]++; row.id != s.hold {
			continue
		}
		if s.seen[row.id] == 1 {
			s.holds = s.trees.Keep(0)
		} else if s.holds != nil {
			s.holds.Release()
			s.holds = nil
		}
	}
	return nil
}

func (s *slowSink) Idle() error      { s.idles++; return nil }
func (s *slowSink) Finish() error    { return nil }
func (s *slowSink) Close(bool) error { return nil }

// A tuple that waits in a long queue behind others is not lost as long as these get on; one that stays behind while others pass it is.
func TestTimeoutCountsFromWhatStoodBefore(t *testing.T) {
	const tuples, timeout = 300, 2 * time.Second
	for _, hold := range []int64{-1, 5} {
		t.Run(fmt.Sprint(hold), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				topology := New("slow")
				edge := Connect(topology, EdgeSpec{From: "spout0", To: "sink"}, leafCodec)
				l := newLedger(t, 1)
				topology.Spout("spout0", 1, func(int) SpoutTask {
					return unwrapped{&leafSpout{l: l, name: "spout0", outs: []*Out[leaf]{edge.Out(0)}, n: tuples}}
				})
				sink := &slowSink{seen: map[int64]int{}, slow: timeout / 4, hold: hold}
				topology.Bolt("sink", 1, 1, func(int) Task { return sink })
				if _, err := topology.Run(t.Context(), Options{Queue: 1000, Tracking: &Tracking{Timeout: timeout}}); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(sink.began); took < 10*timeout {
					t.Fatalf("the queue was never long: the run took %s", took)
				}
				if len(sink.seen) != tuples {
					t.Errorf("%d tuples came", len(sink.seen))
				}
				again := 0
				for _, n := range sink.seen {
					again += n - 1
				}
				switch {
				case hold < 0 && again > 0:
					t.Errorf("%d tuples were given again that only waited", again)
				case hold >= 0 && (sink.seen[hold] < 2 || again > 5):
					t.Errorf("a tuple that was held came %d times, and %d were given again in all", sink.seen[hold], again)
				}
			})
		})
	}
}

// A task that takes long for each of many tuples is seen to get on, whatever the batches are like.
func TestSlowTuplesAreNotLate(t *testing.T) {
	const tuples, timeout, row = 2000, 2 * time.Second, 30 * time.Millisecond
	for _, queue := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			topology := New("slow")
			edge := Connect(topology, EdgeSpec{From: "spout0", To: "pass"}, leafCodec)
			last := Connect(topology, EdgeSpec{From: "pass", To: "sink", Fused: !queue}, leafCodec)
			l := newLedger(t, 1)
			topology.Spout("spout0", 1, func(int) SpoutTask {
				return unwrapped{&leafSpout{l: l, name: "spout0", outs: []*Out[leaf]{edge.Out(0)}, n: tuples, bulk: 1000}}
			})
			topology.Bolt("pass", 1, 1, func(int) Task { return &passTask{out: last.Out(0)} })
			sink := &slowSink{seen: map[int64]int{}, row: row, hold: -1}
			topology.Bolt("sink", 1, 1, func(int) Task { return sink })
			if _, err := topology.Run(t.Context(), Options{Tracking: &Tracking{Timeout: timeout}}); err != nil {
				t.Fatal(err)
			}
			if len(sink.seen) != tuples {
				t.Errorf("%d tuples came", len(sink.seen))
			}
			for id, n := range sink.seen {
				if n != 1 {
					t.Fatalf("tuple %d came %d times", id, n)
				}
			}
			if sink.idles < 100 {
				t.Errorf("the sink was flushed %d times in a minute", sink.idles)
			}
			if most := time.Duration(sink.most) * row; most > 10*pieceTime {
				t.Errorf("a piece of %d tuples, which takes %s", sink.most, most)
			}
		})
	}
}

// passTask passes on what it gets.
type passTask struct {
	slowSink
	out *Out[leaf]
}

func (p *passTask) Process(_ int, in any) error {
	for _, row := range in.(*batch.Batch[leaf]).Rows {
		b := p.out.Next()
		b.Rows = append(b.Rows, row)
	}
	p.out.Check()
	return nil
}
