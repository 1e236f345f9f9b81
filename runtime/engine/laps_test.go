package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/hash"
)

// Here tuples go round in a cycle, as often as their numbers say, while runs are killed as in TestEpochs. One of the tasks also sends some round by the clock.

// roundTask is a part of a cycle: it counts what it sees. The first one hands on what comes, the second sends round again what has not been round as often as it should.
type roundTask struct {
	sumTask
	next, back, out *Out[item]
	every           time.Duration
	due             time.Time
	now             func() time.Time
}

func (l *roundTask) Open(ctx *component.Context) error {
	l.now = ctx.Now
	l.due = l.now().Add(l.every)
	return nil
}

func roundsOf(id int64) int64 { return id % 4 }

func (l *roundTask) put(o *Out[item], row item) {
	row.hash, row.word = hash.Int(row.id), batch.Text{} // the text stands in the batch it came by
	b := o.For(row.hash)
	b.Rows = append(b.Rows, row)
	o.Check()
}

func (l *roundTask) Process(_ int, b any) error {
	if l.slow != nil && l.slow.IntN(20) == 0 {
		time.Sleep(time.Duration(l.slow.IntN(30)) * time.Millisecond)
	}
	for _, row := range b.(*batch.Batch[item]).Rows {
		l.seen[row.id]++
		l.dirty[row.id] = true
		switch {
		case l.next != nil:
			l.put(l.next, row)
		case row.seq < roundsOf(row.id) && l.back.Loops(uint32(row.seq)):
			row.seq++
			l.put(l.back, row)
		default:
			l.put(l.out, row)
		}
	}
	return nil
}

func (l *roundTask) Finish() error { return nil }

// Due and Tick count how often it was called, in state: that must be as often as its ticks went round.
func (l *roundTask) Due() (time.Time, bool) { return l.due, l.every > 0 }

const ticked = 1 << 30 // what a tick sends round

func (l *roundTask) Tick(now time.Time) error {
	l.due = now.Add(l.every)
	l.seen[ticked]++
	l.dirty[ticked] = true
	l.put(l.next, item{id: ticked + 1, seq: roundsOf(ticked + 1)})
	return nil
}

// lapLife runs until the end or a crash.
func (w *world) lapTopology(tasks map[string][]*sumTask) *Topology {
	chance := func() *rand.Rand { return rand.New(rand.NewPCG(w.random.Uint64(), 1)) }
	t := New("laps")
	in := Connect(t, EdgeSpec{From: "spout", To: "first", Grouping: Fields}, itemCodec)
	next := Connect(t, EdgeSpec{From: "first", To: "second", Grouping: Fields}, itemCodec)
	back := Connect(t, EdgeSpec{From: "second", To: "first", Input: 1, Grouping: Fields, Loop: true, LoopMax: 5}, itemCodec)
	out := Connect(t, EdgeSpec{From: "second", To: "sink", Grouping: Fields}, itemCodec)
	t.Spout("spout", 2, func(n int) SpoutTask {
		return &numberSpout{w: chance(), outs: []*Out[item]{in.Out(n)}, at: int64(n) * numbers_ / 2, to: int64(n+1) * numbers_ / 2}
	})
	make := func(name string) *roundTask {
		one := &roundTask{sumTask: sumTask{seen: map[int64]int64{}, dirty: map[int64]bool{}, slow: chance()}}
		tasks[name] = append(tasks[name], &one.sumTask)
		return one
	}
	t.Bolt("first", 2, 2, func(n int) Task {
		one := make("first")
		one.next, one.every = next.Out(n), 7*time.Millisecond
		return one
	})
	t.Bolt("second", 3, 1, func(n int) Task {
		one := make("second")
		one.back, one.out = back.Out(n), out.Out(n)
		return one
	})
	for _, name := range []string{"first", "second"} {
		t.Place(name, Place{Keeps: true})
	}
	t.Bolt("sink", 2, 1, func(n int) Task { return &fileTask{w: w, name: fmt.Sprint("sink", n)} })
	return t
}

// lapsRight looks at what was made: each tuple went round as often as it should, whatever was killed.
func (w *world) lapsRight(tasks map[string][]*sumTask) string {
	if w.wrong != "" {
		return w.wrong
	}
	sum := map[string]map[int64]int64{}
	for name, all := range tasks {
		sum[name] = map[int64]int64{}
		for _, one := range all {
			for id, n := range one.seen {
				sum[name][id] += n
			}
		}
	}
	got := w.ids()
	for id := range int64(numbers_) {
		if f, s := sum["first"][id], sum["second"][id]; f != roundsOf(id)+1 || s != roundsOf(id)+1 || got[id] != 1 {
			return fmt.Sprintf("%d went round %d and %d times, want %d, and left %d times", id, f, s, roundsOf(id)+1, got[id])
		}
	}
	if n := sum["first"][ticked]; n != sum["second"][ticked+1] || int(n) != got[ticked+1] {
		return fmt.Sprintf("%d ticks, of which %d were seen, and %d left", n, sum["second"][ticked+1], got[ticked+1])
	}
	return ""
}

func TestEpochsThroughLoops(t *testing.T) {
	seeds, lives := *logSeeds, 0
	if testing.Short() {
		seeds = min(seeds, 10)
	}
	for seed := range uint64(seeds) {
		synctest.Test(t, func(t *testing.T) {
			w := &world{random: rand.New(rand.NewPCG(seed, 7)), written: map[string][]byte{}, commits: commitlog.NewMemory()}
			for finished := false; ; lives++ {
				w.left = 1 + w.random.IntN(20)
				tasks := map[string][]*sumTask{}
				if !w.runs(t, w.lapTopology(tasks)) {
					continue
				}
				if wrong := w.lapsRight(tasks); wrong != "" {
					t.Fatalf("seed %d: %s", seed, wrong)
				}
				if finished {
					break
				}
				finished = true
			}
		})
	}
	t.Logf("%d runs, %d lives", seeds, lives)
}
