package engine

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
)

// holdBolt holds each tuple for a while; two at the most.
type holdBolt struct {
	plain
	out  *Out[item]
	now  func() time.Time
	wait []time.Time
	most int
}

func (b *holdBolt) Open(ctx *component.Context) error { b.now = ctx.Now; return nil }

func (b *holdBolt) Process(_ int, in any) error {
	for range in.(*batch.Batch[item]).Rows {
		b.wait = append(b.wait, b.now().Add(10*time.Millisecond))
	}
	b.most = max(b.most, len(b.wait))
	return nil
}

func (b *holdBolt) Due() (time.Time, bool) {
	if len(b.wait) == 0 {
		return time.Time{}, false
	}
	return b.wait[0], true
}

func (b *holdBolt) Tick(now time.Time) error {
	for len(b.wait) > 0 && !now.Before(b.wait[0]) {
		b.wait = b.wait[1:]
		o := b.out.Pending[0]
		o.Rows = append(o.Rows, item{})
		b.out.Check()
	}
	return nil
}

func (b *holdBolt) Held() (int, bool) { return len(b.wait), len(b.wait) >= 2 }

// Tuples that a task holds back are waited for at the end of the input, and hold back the input where they are many.
func TestHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &clockSink{start: time.Now()}
		bolt := &holdBolt{}
		top := New("holder")
		first := Connect(top, EdgeSpec{From: "spout", To: "bolt"}, itemCodec)
		second := Connect(top, EdgeSpec{From: "bolt", To: "sink"}, itemCodec)
		top.Spout("spout", 1, func(int) SpoutTask { return &scriptSpout{out: first.Out(0), pauses: every(time.Millisecond, 6)} })
		top.Bolt("bolt", 1, 1, func(int) Task { bolt.out = second.Out(0); return bolt })
		top.Bolt("sink", 1, 1, func(int) Task { return sink })
		if _, err := top.Run(t.Context(), Options{Queue: 100}); err != nil {
			t.Fatal(err)
		}
		if want := ms(11, 12, 21, 22, 31, 32); !slices.Equal(sink.came, want) || bolt.most != 2 {
			t.Errorf("tuples came at %v, want %v; %d were held", sink.came, want, bolt.most)
		}
	})
}
