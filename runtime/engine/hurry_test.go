package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
)

// onBolt hands on what it is given.
type onBolt struct {
	plain
	out *Out[leaf]
}

func (b *onBolt) Process(_ int, in any) error {
	to := b.out.Pending[0]
	to.Rows = append(to.Rows, in.(*batch.Batch[leaf]).Rows...)
	b.out.Check()
	return nil
}

// Rows of a `latest` edge wait for others that may replace them, but not when everything is read: the spout, which waits until all is settled, would wait with them.
func TestHurry(t *testing.T) {
	for _, fused := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			topology := New("hurry")
			first := Connect(topology, EdgeSpec{From: "spout0", To: "on", Fused: fused}, leafCodec)
			second := Connect(topology, EdgeSpec{From: "on", To: "sink", Latest: true}, leafCodec)
			const n = 10 * batch.Rows // a Next of so many takes a millisecond, and they wait for 100 of them
			spout := &leafSpout{l: newLedger(t, 1), name: "spout0", n: n, bulk: batch.Rows}
			topology.Spout("spout0", 1, func(int) SpoutTask { spout.outs = []*Out[leaf]{first.Out(0)}; return spout })
			topology.Bolt("on", 1, 1, func(int) Task { return &onBolt{out: second.Out(0)} })
			sink := &slowSink{seen: map[int64]int{}, hold: -1}
			topology.Bolt("sink", 1, 1, func(int) Task { return sink })
			began := time.Now()
			if _, err := topology.Run(t.Context(), Options{Tracking: &Tracking{}}); err != nil {
				t.Fatal(err)
			}
			if len(sink.seen) != n {
				t.Errorf("the sink has seen %d of %d", len(sink.seen), n)
			}
			if took := time.Since(began); took > 20*time.Millisecond {
				t.Errorf("fused %v: the end took %v of virtual time", fused, took)
			}
		})
	}
}

// The nearer a spout is to what it may have under way, the shorter rows wait.
func TestHurryNearTheLimit(t *testing.T) {
	var h hurry
	crowded, full := level{count: &h.crowded}, level{count: &h.full}
	for _, c := range []struct {
		rows int64
		want time.Duration
	}{
		{0, latestManyAfter}, {49, latestManyAfter}, {50, latestCrowdedAfter}, {99, latestCrowdedAfter}, {100, latestFlushAfter},
		{51, latestFlushAfter}, {49, latestCrowdedAfter}, {26, latestCrowdedAfter}, {24, latestManyAfter}, {100, latestFlushAfter}, {0, latestManyAfter},
	} {
		crowded.set(c.rows, 50)
		full.set(c.rows, 100)
		if got := h.atMost(latestManyAfter); got != c.want {
			t.Errorf("%d of 100 under way: rows wait for %v, and should for %v", c.rows, got, c.want)
		}
	}
	if got := h.atMost(flushAfter); got != flushAfter {
		t.Errorf("rows of others wait for %v", got)
	}
}
