package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
)

func TestReadPace(t *testing.T) {
	var p readPace
	for _, c := range []struct {
		at      time.Duration
		settled int
		want    int
	}{
		{0, 0, firstRead},
		{time.Millisecond, 16, firstRead},        // too early to say
		{10 * time.Millisecond, 84, 1024},        // 10,000 in a second
		{time.Second, 0, 1024},                   // nothing is known
		{1010 * time.Millisecond, 100, 25},       // 100 in the last second
		{2010 * time.Millisecond, 1, firstRead},  // one
		{2020 * time.Millisecond, 1 << 20, 1024}, // more than can be read
		{2030 * time.Millisecond, 20, 500},       // 2,000 in a second
		{2030 * time.Millisecond, 0, 500},
	} {
		p.settled += c.settled
		if got := p.look(c.at); got != c.want {
			t.Errorf("at %s: %d, want %d", c.at, got, c.want)
		}
	}
}

// greedySpout reads as many as it may.
type greedySpout struct {
	*leafSpout
	may int
}

func (s *greedySpout) Limit(rows int) { s.bulk = min(rows, s.may) }

// slowly counts how many tuples of a spout are under way.
type slowly struct {
	slowSink
	source func() int64
	most   int64
}

func (s *slowly) Process(i int, in any) error {
	s.most = max(s.most, s.source())
	for range in.(*batch.Batch[leaf]).Rows {
		time.Sleep(time.Millisecond)
	}
	return nil
}

// No more tuples are read than may be under way, also where a Next could give more, in a chain and across a queue.
func TestPendingIsKept(t *testing.T) {
	for _, fused := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			topology := New("pending")
			edge := Connect(topology, EdgeSpec{From: "spout0", To: "sink", Fused: fused}, leafCodec)
			l := newLedger(t, 1)
			spout := &greedySpout{leafSpout: &leafSpout{l: l, name: "spout0", n: 500}, may: component.BatchRows}
			topology.Spout("spout0", 1, func(int) SpoutTask { spout.outs = []*Out[leaf]{edge.Out(0)}; return spout })
			sink := &slowly{slowSink: slowSink{seen: map[int64]int{}, hold: -1}}
			sink.source = func() int64 { return topology.sources[0].task.meter.roots.pending.Load() }
			topology.Bolt("sink", 1, 1, func(int) Task { return sink })
			if _, err := topology.Run(t.Context(), Options{Queue: 1000, Tracking: &Tracking{Pending: 20}}); err != nil {
				t.Fatal(err)
			}
			numbers, _ := topology.Metrics()
			if k := numbers.Tasks[0]; k.Acked != 500 {
				t.Errorf("%d acked", k.Acked)
			}
			if sink.most > 20 || fused && sink.most == 0 {
				t.Errorf("%d tuples were under way", sink.most)
			}
		})
	}
}
