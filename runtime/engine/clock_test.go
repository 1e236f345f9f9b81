package engine

import (
	"context"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// tickBolt wants a Tick each period, and emits a tuple in each.
type tickBolt struct {
	slowBolt
	now    func() time.Time
	start  time.Time
	next   time.Time
	period time.Duration
	ticks  []time.Duration
}

func (b *tickBolt) Open(ctx *component.Context) error {
	b.now, b.start = ctx.Now, ctx.Now()
	b.next = b.start.Add(b.period)
	return nil
}

func (b *tickBolt) Due() (time.Time, bool) { return b.next, true }

func (b *tickBolt) Tick(now time.Time) error {
	if now.Before(b.next) {
		panic("a tick before its time")
	}
	b.ticks = append(b.ticks, now.Sub(b.start))
	b.next = now.Add(b.period)
	o := b.out.Pending[0]
	o.Rows = append(o.Rows, item{id: -1})
	b.out.Check()
	return nil
}

func tickline(t *testing.T, pauses []time.Duration, takes, period time.Duration) (*tickBolt, *clockSink) {
	t.Helper()
	sink := &clockSink{start: time.Now()}
	bolt := &tickBolt{slowBolt: slowBolt{takes: takes}, period: period}
	top := New("tickline")
	first := Connect(top, EdgeSpec{From: "spout", To: "bolt"}, itemCodec)
	second := Connect(top, EdgeSpec{From: "bolt", To: "sink"}, itemCodec)
	top.Spout("spout", 1, func(int) SpoutTask { return &scriptSpout{out: first.Out(0), pauses: pauses} })
	top.Bolt("bolt", 1, 1, func(int) Task { bolt.out = second.Out(0); return bolt })
	top.Bolt("sink", 1, 1, func(int) Task { return sink })
	if _, err := top.Run(t.Context(), Options{Queue: 100}); err != nil {
		t.Fatal(err)
	}
	return bolt, sink
}

func TestIdleTasksTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := tickline(t, ms(45), 0, 10*time.Millisecond)
		if want := ms(10, 20, 30, 40); !slices.Equal(b.ticks, want) {
			t.Errorf("ticks at %v, want %v", b.ticks, want)
		}
		if want := ms(10, 20, 30, 40, 45); !slices.Equal(s.came, want) {
			t.Errorf("batches at %v, want %v: what a tick emits leaves at once", s.came, want)
		}
	})
}

// A task whose inbox is never empty is called after the batch in whose time the tick fell; missed ticks are not made up for.
func TestBusyTasksTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := tickline(t, every(0, 10), 7*time.Millisecond, 10*time.Millisecond)
		if want := ms(14, 28, 42, 56, 70); !slices.Equal(b.ticks, want) {
			t.Errorf("ticks at %v, want %v", b.ticks, want)
		}
	})
}

type failingTick struct{ tickBolt }

func (*failingTick) Tick(time.Time) error { return io.ErrUnexpectedEOF }

func TestTickErrorEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := New("failing")
		first := Connect(top, EdgeSpec{From: "spout", To: "bolt"}, itemCodec)
		top.Spout("spout", 1, func(int) SpoutTask { return &scriptSpout{out: first.Out(0), pauses: ms(1000)} })
		top.Bolt("bolt", 1, 1, func(int) Task { return &failingTick{tickBolt{period: time.Millisecond}} })
		_, err := top.Run(context.Background(), Options{})
		if err == nil || err.Error() != "bolt: unexpected EOF" {
			t.Errorf("the run ended with %v", err)
		}
	})
}
