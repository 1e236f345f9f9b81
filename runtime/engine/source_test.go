package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
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

// leafSpout can go back to a position.
type leafSpout struct {
	l    *ledger
	name string
	task int
	outs []*Out[leaf]
	n    int
	bulk int // how many tuples a Next gives; 0: some
	at   int // the next number
	rows int
	read []int64
}

func (s *leafSpout) id(i int) int64 {
	return int64(s.name[len(s.name)-1]-'0')<<40 | int64(s.task)<<32 | int64(i)
}
func (s *leafSpout) Open(*component.Context) error { return nil }
func (s *leafSpout) Close() error                  { return nil }
func (s *leafSpout) Rows() int                     { return s.rows }
func (s *leafSpout) Position() ([]byte, error)     { return json.Marshal(s.at) }
func (s *leafSpout) Rewind(p []byte) error         { return json.Unmarshal(p, &s.at) }

func (s *leafSpout) emit(ids []int64) {
	if len(s.outs) == 0 {
		return
	}
	origins := s.outs[0].Origins()
	for _, id := range ids {
		origin := *origins
		*origins++
		s.l.mu.Lock()
		s.l.given[id]++
		s.l.mu.Unlock()
		for _, o := range s.outs {
			s.l.add(id, 1)
			b := o.Next()
			b.Rows = append(b.Rows, leaf{origin: origin, id: id})
		}
	}
}

func (s *leafSpout) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

func (s *leafSpout) Route() { s.emit(s.read) }

func (s *leafSpout) Read(context.Context) error {
	var ids []int64
	n := 1 + s.at*7%5
	if s.bulk > 0 {
		n = s.bulk
	}
	for ; n > 0 && s.at < s.n; n-- {
		ids = append(ids, s.id(s.at))
		s.at++
	}
	s.rows, s.read = len(ids), ids
	time.Sleep(time.Millisecond)
	if s.at == s.n {
		return io.EOF
	}
	return nil
}

func (s *leafSpout) Again(_ context.Context, p []byte, which []int) error {
	var from int
	if err := json.Unmarshal(p, &from); err != nil {
		return err
	}
	var ids []int64
	for _, k := range which {
		ids = append(ids, s.id(from+k))
	}
	s.emit(ids)
	return nil
}

func (s *leafSpout) Settled(p []byte) error {
	var at int
	if err := json.Unmarshal(p, &at); err != nil {
		return err
	}
	s.l.mu.Lock()
	done := s.l.unsettle[fmt.Sprint(s.name, s.task)]
	s.l.unsettle[fmt.Sprint(s.name, s.task)] = at
	s.l.mu.Unlock()
	for ; done < at; done++ {
		s.l.settle(s.id(done))
	}
	return nil
}

// ackSpout is told of each tuple.
type ackSpout struct {
	*leafSpout
	ids   []uint64
	again []int64
	out   int
}

func (s *ackSpout) IDs() []uint64 { return s.ids }

func (s *ackSpout) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

func (s *ackSpout) Read(ctx context.Context) error {
	s.ids = s.ids[:0]
	var ids []int64
	for len(s.again) > 0 && len(ids) < 3 {
		ids = append(ids, s.again[0])
		s.again = s.again[1:]
	}
	for len(ids) < 4 && s.at < s.n {
		ids = append(ids, s.id(s.at))
		s.at++
	}
	for _, id := range ids {
		s.ids = append(s.ids, uint64(id))
	}
	s.out += len(ids)
	s.l.mu.Lock()
	s.l.most = max(s.l.most, s.out)
	s.l.mu.Unlock()
	s.rows, s.read = len(ids), ids
	switch {
	case len(ids) > 0:
		time.Sleep(time.Millisecond)
	case s.out == 0:
		return io.EOF
	default:
		<-ctx.Done()
	}
	return nil
}

func (s *ackSpout) Ack(ids []uint64) error {
	for _, id := range ids {
		s.out--
		s.l.settle(int64(id))
	}
	return nil
}

func (s *ackSpout) Fail(ids []uint64) error {
	for _, id := range ids {
		s.out--
		s.again = append(s.again, int64(id))
	}
	return nil
}

// unwrapped hides that it is one, as wrappers do: it is found by its Unwrap.
type unwrapped struct{ SpoutTask }

func (u unwrapped) Unwrap() SpoutTask { return u.SpoutTask }

// heldLeaf is a tuple that a leafTask tries later.
type heldLeaf struct {
	row   leaf
	roots tree.Set
	at    time.Time
}

// leafTask is a bolt or sink. What it does with a tuple is drawn by lot.
type leafTask struct {
	l        *ledger
	topology *Topology
	name     string
	outs     []*Out[leaf]
	trees    *tree.Tracker
	now      func() time.Time
	held     []heldLeaf
	unseen   []int64 // of a sink: not flushed
	slow     time.Duration
	hangs    bool
}

func (t *leafTask) Open(ctx *component.Context) error {
	t.trees, t.now = ctx.Trees, ctx.Now
	return nil
}

func (t *leafTask) Process(_ int, in any) error {
	if t.slow > 0 {
		time.Sleep(t.slow)
	}
	b := in.(*batch.Batch[leaf])
	for i := range b.Rows {
		t.row(b.Rows[i], true)
	}
	for _, o := range t.outs {
		o.Check()
	}
	return nil
}

func (t *leafTask) row(row leaf, may bool) {
	t.l.mu.Lock()
	attempt := t.l.given[row.id]
	t.l.mu.Unlock()
	lot := t.l.chance(t.name, row.id, attempt)
	if t.hangs && lot.IntN(40) == 0 {
		time.Sleep(40 * time.Second)
	}
	switch n := lot.IntN(20); {
	case n == 0 && may:
		t.held = append(t.held, heldLeaf{row, t.trees.Keep(row.origin * uint64(lot.IntN(2))), t.now().Add(time.Duration(lot.IntN(300)) * time.Millisecond)})
		return
	case n == 1:
		again := t.topology.Again(row.origin)
		t.l.mu.Lock()
		if again {
			t.l.asked[row.id]++
		} else {
			t.l.refused[row.id]++
		}
		t.l.mu.Unlock()
	default:
		for _, o := range t.outs {
			for range lot.IntN(3) {
				if o.lane == looping && !o.Loops(uint32(row.hops)) {
					continue
				}
				next := row
				if o.lane == looping {
					next.hops++
				}
				t.l.add(row.id, 1)
				b := o.Next()
				b.Rows = append(b.Rows, next)
			}
		}
	}
	if len(t.outs) == 0 {
		t.unseen = append(t.unseen, row.id)
		return
	}
	t.l.add(row.id, -1)
}

func (t *leafTask) Held() (int, bool) { return len(t.held), false }

func (t *leafTask) Due() (time.Time, bool) {
	if len(t.held) == 0 {
		return time.Time{}, false
	}
	return t.held[0].at, true
}

func (t *leafTask) Tick(time.Time) error {
	h := t.held[0]
	t.held = t.held[1:]
	err := t.trees.Run(h.roots, func() error { t.row(h.row, false); return nil })
	if len(t.outs) == 0 {
		_ = t.Idle()
	}
	h.roots.Release()
	return err
}

// Idle makes visible what a sink has kept.
func (t *leafTask) Idle() error {
	for _, id := range t.unseen {
		t.l.add(id, -1)
	}
	t.unseen = t.unseen[:0]
	return nil
}

func (t *leafTask) Finish() error    { return t.Idle() }
func (t *leafTask) Close(bool) error { return nil }

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
