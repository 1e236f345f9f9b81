package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/codec"
)

// Here random topologies run whose tasks fail, hold tuples back, take their time or hang, and the spouts are told what became of their
// tuples: each is settled exactly once, and not before all that became of it.

// leaf is a tuple that knows the spout's tuple that it comes from.
type leaf struct {
	origin uint64
	id     int64 // of the spout's tuple, unique among all spouts
	hops   int64
}

var leafCodec = Codec[leaf]{
	Encode: func(dst []byte, b *batch.Batch[leaf]) []byte {
		dst = codec.AppendUvarint(dst, uint64(len(b.Rows)))
		for i := range b.Rows {
			dst = codec.AppendUint64(dst, b.Rows[i].origin)
			dst = codec.AppendInt(dst, b.Rows[i].id)
			dst = codec.AppendInt(dst, b.Rows[i].hops)
		}
		return dst
	},
	Decode: func(src []byte, b *batch.Batch[leaf]) error {
		r := codec.NewReader(src)
		for n := r.Count(); n > 0; n-- {
			b.Rows = append(b.Rows, leaf{r.Uint64(), r.Int(), r.Int()})
		}
		return r.Close()
	},
}

// ledger is what the test knows of every tuple.
type ledger struct {
	mu       sync.Mutex
	t        *testing.T
	seed     uint64
	exact    bool // nothing takes longer than the timeout: no two attempts at a tuple at once
	live     map[int64]int
	given    map[int64]int // attempts
	asked    map[int64]int // that Again promised
	refused  map[int64]int // that Again did not promise: failed for good
	settled  map[int64]int
	effects  map[int64]int // at sinks, by now visible
	unsettle map[string]int
	most     int
}

func newLedger(t *testing.T, seed uint64) *ledger {
	return &ledger{t: t, seed: seed, live: map[int64]int{}, given: map[int64]int{}, asked: map[int64]int{}, refused: map[int64]int{},
		settled: map[int64]int{}, effects: map[int64]int{}, unsettle: map[string]int{}}
}

func (l *ledger) add(id int64, n int) {
	l.mu.Lock()
	l.live[id] += n
	l.mu.Unlock()
}

// settle is called when a spout hears that a tuple is settled.
func (l *ledger) settle(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled[id]++
	if l.settled[id] > 1 {
		l.t.Errorf("tuple %d was settled %d times", id, l.settled[id])
	}
	if l.exact && l.live[id] != 0 {
		l.t.Errorf("tuple %d was settled while %d of its tuples were on their way", id, l.live[id])
	}
}

// chance is the same for the same tuple at the same place in each attempt but the attempt's own number.
func (l *ledger) chance(place string, id int64, attempt int) *rand.Rand {
	h := l.seed
	for _, c := range place {
		h = h*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(h, uint64(id)<<8|uint64(attempt)))
}

// leafTopology draws a topology.
func leafTopology(l *ledger, seed uint64, hang bool) *Topology {
	rnd := rand.New(rand.NewPCG(seed, 2))
	t := New("leaves")
	type comp struct {
		name  string
		tasks int
		spout bool
	}
	var comps []comp
	edges := map[string][]*Edge[leaf]{}
	inputs := map[string]int{}
	looped, fused := map[string]bool{}, map[string]bool{}
	connect := func(from, to comp, loop bool) {
		spec := EdgeSpec{From: from.name, To: to.name, Input: inputs[to.name], Loop: loop, Latest: !loop && rnd.IntN(4) == 0}
		if loop {
			spec.LoopMax = 3
		}
		inputs[to.name]++
		edges[from.name] = append(edges[from.name], Connect(t, spec, leafCodec))
	}
	for i := range 1 + rnd.IntN(2) {
		comps = append(comps, comp{fmt.Sprint("spout", i), 1 + rnd.IntN(2), true})
	}
	for i := range 1 + rnd.IntN(5) {
		c := comp{fmt.Sprint("bolt", i), 1 + rnd.IntN(3), false}
		if from := comps[rnd.IntN(len(comps))]; rnd.IntN(3) == 0 && !looped[from.name] {
			c.tasks = from.tasks
			fused[from.name], fused[c.name] = true, true
			inputs[c.name]++
			edges[from.name] = append(edges[from.name], Connect(t, EdgeSpec{From: from.name, To: c.name, Fused: true}, leafCodec))
			comps = append(comps, c)
			continue
		}
		for range 1 + rnd.IntN(2) {
			connect(comps[rnd.IntN(len(comps))], c, false)
		}
		comps = append(comps, c)
		if rnd.IntN(5) == 0 {
			connect(c, c, true)
			looped[c.name] = true
		}
	}
	ends := func(c comp, task int) []*Out[leaf] {
		var outs []*Out[leaf]
		for _, e := range edges[c.name] {
			outs = append(outs, e.Out(task))
		}
		return outs
	}
	// A spout's chain has a lock, and where a goroutine waits for one the clock of a synctest bubble stands still.
	locked := slices.ContainsFunc(comps, func(c comp) bool { return c.spout && fused[c.name] })
	for _, c := range comps {
		acks, n, slow := rnd.IntN(2) == 0, rnd.IntN(60), time.Duration(rnd.IntN(3))*time.Millisecond
		if c.spout {
			t.Spout(c.name, c.tasks, func(task int) SpoutTask {
				s := &leafSpout{l: l, name: c.name, task: task, outs: ends(c, task), n: n}
				var spout SpoutTask = s
				if acks {
					spout = &ackSpout{leafSpout: s}
				}
				if fused[c.name] {
					return spout
				}
				return unwrapped{spout}
			})
			continue
		}
		if locked {
			slow, hang = 0, false
		}
		t.Bolt(c.name, c.tasks, inputs[c.name], func(task int) Task {
			return &leafTask{l: l, topology: t, name: c.name, outs: ends(c, task), slow: slow, hangs: hang}
		})
	}
	return t
}

func testTrees(t *testing.T, seed uint64, hang bool, pending int64, carrier Transport) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger(t, seed)
		l.exact = !hang
		topology := leafTopology(l, seed, hang)
		_, err := topology.Run(t.Context(), Options{Queue: 1 + int(seed%4), Transport: carrier, Tracking: &Tracking{Pending: pending}})
		if err != nil {
			t.Fatal(err)
		}
		for id, n := range l.given {
			if l.settled[id] != 1 {
				t.Errorf("tuple %d was given %d times and settled %d times", id, n, l.settled[id])
			}
			// Tuples of one attempt that fail at several places come again once.
			if l.exact && (n > 1+l.asked[id] || n > DefaultAttempts || n == 1 && l.asked[id] > 0) {
				t.Errorf("tuple %d was given %d times, %d failures asked for it", id, n, l.asked[id])
			}
			if n := l.live[id]; n != 0 {
				t.Errorf("%d tuples of %d are on their way at the end", n, id)
			}
		}
		var acked, failed int64
		numbers, _ := topology.Metrics()
		for _, k := range numbers.Tasks {
			acked, failed = acked+k.Acked, failed+k.Failed
			if k.Pending != 0 || k.Complete.Count != k.Acked || k.Tracked != (k.Kind == "spout") {
				t.Errorf("%s: %d pending, %d acked, %d of a known time", k.Component, k.Pending, k.Acked, k.Complete.Count)
			}
		}
		if acked+failed != int64(len(l.settled)) {
			t.Errorf("%d are acked and %d failed of %d", acked, failed, len(l.settled))
		}
		if l.most > int(pending)+4 {
			t.Errorf("%d tuples were on their way, pending is %d", l.most, pending)
		}
	})
}

func TestTreesSettleOnce(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			testTrees(t, seed, false, []int64{1, 10, 1000}[seed%3], nil)
			testTrees(t, seed, false, 100, &wire{window: 2})
			testTrees(t, seed, true, 20, nil)
		})
	}
}
