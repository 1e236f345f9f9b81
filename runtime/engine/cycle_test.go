package engine

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
)

// Here tuples go round. A spout's are emitted to some components, and each component emits each tuple that it takes to all that it
// feeds: how many arrive where, and how many have gone round too often, is computed beside and compared.

// lap is a tuple that knows how often it went round.
type lap struct{ hops uint32 }

var lapCodec = Codec[lap]{
	Encode: func(dst []byte, b *batch.Batch[lap]) []byte {
		dst = codec.AppendUvarint(dst, uint64(len(b.Rows)))
		for i := range b.Rows {
			dst = codec.AppendUvarint(dst, uint64(b.Rows[i].hops))
		}
		return dst
	},
	Decode: func(src []byte, b *batch.Batch[lap]) error {
		r := codec.NewReader(src)
		for n := r.Count(); n > 0; n-- {
			b.Rows = append(b.Rows, lap{uint32(r.Uvarint())})
		}
		return r.Close()
	},
}

// track is a graph with cycles; station a component of it.
type track struct {
	stations []*station
	ways     []*way
}

type way struct {
	from, to *station
	loop     bool
	max      int64
	fan      int // tuples for each
	edge     *Edge[lap]
}

type station struct {
	name  string
	tasks int
	ways  []*way
	emit  int // of a spout

	arrived atomic.Int64
	process func(task int)
}

func (s *track) station(name string, tasks, emit int) *station {
	n := &station{name: name, tasks: tasks, emit: emit}
	s.stations = append(s.stations, n)
	return n
}

func (s *track) way(from, to *station, fan int, loop bool, max int64) {
	w := &way{from: from, to: to, fan: fan, loop: loop, max: max}
	from.ways = append(from.ways, w)
	s.ways = append(s.ways, w)
}

type lapTask struct {
	s    *station
	task int
	outs []*Out[lap]
	left int
	mu   *sync.Mutex
	over *[]string
}

func (t *lapTask) emit(hops uint32) {
	for i, w := range t.s.ways {
		for range w.fan {
			switch {
			case w.loop && t.outs[i].Loops(hops):
				b := t.outs[i].Next()
				b.Rows = append(b.Rows, lap{hops + 1})
			case !w.loop:
				b := t.outs[i].Next()
				b.Rows = append(b.Rows, lap{hops})
			}
		}
		if t.outs[i].Full() {
			t.outs[i].Check()
		}
	}
}

type lapSpout struct{ lapTask }

func (t *lapSpout) Open(*component.Context) error { return nil }
func (t *lapSpout) Close() error                  { return nil }
func (t *lapSpout) Next(context.Context) error {
	for range min(t.left, 700) {
		t.emit(0)
		t.left--
	}
	if t.left == 0 {
		return io.EOF
	}
	return nil
}

type lapBolt struct{ lapTask }

func (t *lapBolt) Open(*component.Context) error { return nil }
func (t *lapBolt) Close(bool) error              { return nil }
func (t *lapBolt) Idle() error                   { return nil }
func (t *lapBolt) Finish() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	*t.over = append(*t.over, t.s.name)
	return nil
}

func (t *lapBolt) Process(_ int, in any) error {
	if t.s.process != nil {
		t.s.process(t.task)
	}
	for _, row := range in.(*batch.Batch[lap]).Rows {
		t.s.arrived.Add(1)
		t.emit(row.hops)
	}
	return nil
}

// build returns the topology, and the list of the names of those that finish, in order.
func (s *track) build() (*Topology, *[]string) {
	top := New("track")
	inputs := map[*station]int{}
	for _, w := range s.ways {
		w.edge = Connect(top, EdgeSpec{From: w.from.name, To: w.to.name, Input: inputs[w.to], Loop: w.loop, LoopMax: w.max}, lapCodec)
		inputs[w.to]++
	}
	var mu sync.Mutex
	over := &[]string{}
	for _, n := range s.stations {
		task := func(i int) lapTask {
			t := lapTask{s: n, task: i, left: n.emit, mu: &mu, over: over}
			for _, w := range n.ways {
				t.outs = append(t.outs, w.edge.Out(i))
			}
			return t
		}
		if inputs[n] == 0 {
			top.Spout(n.name, n.tasks, func(i int) SpoutTask { return &lapSpout{task(i)} })
		} else {
			top.Bolt(n.name, n.tasks, inputs[n], func(i int) Task { return &lapBolt{task(i)} })
		}
	}
	return top, over
}

// expect computes how many tuples arrive at each station, and how many are over at each way.
func (s *track) expect() (arrive map[*station]int64, over map[*way]int64) {
	arrive, over = map[*station]int64{}, map[*way]int64{}
	type place struct {
		at   *station
		hops int64
	}
	waiting := map[place]int64{}
	for _, n := range s.stations {
		if n.emit > 0 {
			waiting[place{n, 0}] = int64(n.emit * n.tasks)
		}
	}
	for len(waiting) > 0 {
		for p, n := range waiting {
			delete(waiting, p)
			if p.at.emit == 0 {
				arrive[p.at] += n
			}
			for _, w := range p.at.ways {
				switch {
				case !w.loop:
					waiting[place{w.to, p.hops}] += n * int64(w.fan)
				case p.hops < w.max:
					waiting[place{w.to, p.hops + 1}] += n * int64(w.fan)
				default:
					over[w] += n * int64(w.fan)
				}
			}
		}
	}
	return arrive, over
}

// verify runs a track over a transport, and compares.
func (s *track) verify(t *testing.T, o Options) []string {
	t.Helper()
	top, finished := s.build()
	sum, err := top.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	arrive, over := s.expect()
	tasks := 0
	for _, n := range s.stations {
		if n.emit == 0 {
			tasks += n.tasks
		}
		if got := n.arrived.Load(); got != arrive[n] {
			t.Errorf("%s took %d tuples, not %d", n.name, got, arrive[n])
		}
	}
	for i, w := range s.ways {
		if got := sum.Edges[i].Over; got != over[w] {
			t.Errorf("from %s to %s %d tuples were over, not %d", w.from.name, w.to.name, got, over[w])
		}
	}
	if len(*finished) != tasks {
		t.Errorf("finished: %v", *finished)
	}
	return *finished
}

func carriers() map[string]func() Transport {
	return map[string]func() Transport{
		"memory": func() Transport { return nil },
		"wire":   func() Transport { return &wire{window: 1} },
	}
}

// One tuple becomes a hundred in each round; the queues hold one batch. Nothing locks up, all go round as often as they may, and what
// enters waits while many are under way.
func TestCycleOfManyInTinyQueues(t *testing.T) {
	for name, carrier := range carriers() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &track{}
				spout, head, tail, sink := s.station("spout", 1, 3000), s.station("head", 2, 0), s.station("tail", 3, 0), s.station("sink", 1, 0)
				s.way(spout, head, 1, false, 0)
				s.way(head, tail, 1, false, 0)
				s.way(tail, head, 100, true, 1)
				s.way(tail, sink, 1, false, 0)
				tail.process = func(int) { time.Sleep(time.Microsecond) }
				if got, want := s.verify(t, Options{Queue: 1, Transport: carrier()}), []string{"head", "head", "tail", "tail", "tail", "sink"}; !slices.Equal(got, want) {
					t.Errorf("finished in the order %v, not %v", got, want)
				}
			})
		})
	}
}

// What enters is held back while the cycle is full: with 40 batches to come, no more than a few are under way with what they become.
func TestEntryWaitsForCycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &track{}
		spout, head, tail := s.station("spout", 1, 40*700), s.station("head", 1, 0), s.station("tail", 1, 0)
		s.way(spout, head, 1, false, 0)
		s.way(head, tail, 1, false, 0)
		s.way(tail, head, 20, true, 1)
		most := int64(0)
		var top *Topology
		tail.process = func(int) {
			time.Sleep(time.Millisecond)
			most = max(most, top.member("tail").cycle.rows.Load())
		}
		top, _ = s.build()
		if _, err := top.Run(t.Context(), Options{Queue: 1}); err != nil {
			t.Fatal(err)
		}
		// Full is 1024: then one more batch may be in, and one on its way to the tail.
		if limit := int64(5 * 1024 * 20); most > limit {
			t.Errorf("%d tuples were under way at once, of %d in all", most, 40*700*20)
		}
	})
}

// Random graphs with random loops end, with all that should arrive.
func TestRandomCyclesDrain(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			for _, carrier := range carriers() {
				synctest.Test(t, func(t *testing.T) {
					rnd := rand.New(rand.NewPCG(seed, 7))
					s := &track{}
					for i := range 1 + rnd.IntN(2) {
						s.station(fmt.Sprint("spout", i), 1+rnd.IntN(2), 1+rnd.IntN(900))
					}
					spouts := len(s.stations)
					for i := range 2 + rnd.IntN(4) {
						before := len(s.stations)
						n := s.station(fmt.Sprint("bolt", i), 1+rnd.IntN(3), 0)
						for range 1 + rnd.IntN(2) {
							s.way(s.stations[rnd.IntN(before)], n, 1, false, 0)
						}
					}
					bolts := s.stations[spouts:]
					for range 1 + rnd.IntN(3) {
						to := rnd.IntN(len(bolts))
						from := bolts[to+rnd.IntN(len(bolts)-to)]
						if reaches(bolts[to], from) {
							s.way(from, bolts[to], 1+rnd.IntN(2), true, int64(rnd.IntN(4)))
						}
					}
					s.verify(t, Options{Queue: 1 + rnd.IntN(3), Transport: carrier()})
				})
			}
		})
	}
}

func reaches(from, to *station) bool {
	if from == to {
		return true
	}
	for _, w := range from.ways {
		if !w.loop && reaches(w.to, to) {
			return true
		}
	}
	return false
}

func TestLoopsThatCannotBe(t *testing.T) {
	for want, make := range map[string]func(s *track){
		"topology track: the loop from a to a has max -1: it can be 0 to 1073741824": func(s *track) {
			spout, a := s.station("spout", 1, 1), s.station("a", 1, 0)
			s.way(spout, a, 1, false, 0)
			s.way(a, a, 1, true, -1)
		},
		"topology track: nothing enters the cycle of a": func(s *track) {
			a, b := s.station("a", 1, 0), s.station("b", 1, 0)
			s.way(a, b, 1, false, 0)
			s.way(b, a, 1, true, 1)
		},
	} {
		s := &track{}
		make(s)
		top, _ := s.build()
		if _, err := top.Run(t.Context(), Options{}); err == nil || err.Error() != want {
			t.Errorf("the error is %v, not %s", err, want)
		}
	}
}
