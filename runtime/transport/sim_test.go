package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// Here several engines run one topology, joined by real transports over a network that loses, doubles, reorders and damages every kind of message:
// frames, credit, and what settles. Time is virtual. Every tuple of the spouts must reach every sink, however often.

// crew is the processes of a simulated run.
type crew struct {
	n            int
	where        func(component string, task int) int
	mu           sync.Mutex
	begun, ended int
	begin, end   chan struct{}
	members      []*engine.Member
	err          error
}

type crewMember struct {
	*crew
	self int
}

func (c *crewMember) Self() int                            { return c.self }
func (c *crewMember) Attempt() uint16                      { return 1 }
func (c *crewMember) Where(component string, task int) int { return c.where(component, task) }
func (c *crewMember) SinkDone()                            {}
func (c *crewMember) SpoutEnded(string, int)               {}
func (c *crewMember) HasRead(string, int) bool             { return false }

func (c *crewMember) Begin(m *engine.Member) error {
	c.mu.Lock()
	c.members = append(c.members, m)
	if c.begun++; c.begun == c.n {
		close(c.begin)
	}
	c.mu.Unlock()
	<-c.begin
	return nil
}

func (c *crewMember) Failed(err error, _ bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		for _, m := range c.members {
			m.Abort(errors.New("another process failed"))
		}
	}
}

func (c *crewMember) End(engine.Summary, error) error {
	c.mu.Lock()
	if c.ended++; c.ended == c.n {
		close(c.end)
	}
	c.mu.Unlock()
	<-c.end
	return nil
}

// simRow is a tuple that knows the spout's tuple that it comes from.
type simRow struct {
	origin uint64
	id     int64
}

var simCodec = engine.Codec[simRow]{
	Encode: func(dst []byte, b *batch.Batch[simRow]) []byte {
		dst = codec.AppendUvarint(dst, uint64(len(b.Rows)))
		for _, r := range b.Rows {
			dst = codec.AppendInt(codec.AppendUint64(dst, r.origin), r.id)
		}
		return dst
	},
	Decode: func(src []byte, b *batch.Batch[simRow]) error {
		r := codec.NewReader(src)
		for n := r.Count(); n > 0; n-- {
			b.Rows = append(b.Rows, simRow{r.Uint64(), r.Int()})
		}
		return r.Close()
	},
}

// simLedger is what the test knows.
type simLedger struct {
	mu      sync.Mutex
	seed    uint64
	seen    map[string]map[int64]int
	failed  map[string]bool // tuples that failed once, at a bolt
	refused int
	given   int
}

// simSpout numbers its tuples, and can go back.
type simSpout struct {
	l    *simLedger
	base int64
	n    int
	at   int
	rows int
	outs []*engine.Out[simRow]
}

func (s *simSpout) Open(*component.Context) error { return nil }
func (s *simSpout) Close() error                  { return nil }
func (s *simSpout) Rows() int                     { return s.rows }
func (s *simSpout) Position() ([]byte, error)     { return json.Marshal(s.at) }
func (s *simSpout) Rewind(p []byte) error         { return json.Unmarshal(p, &s.at) }

func (s *simSpout) emit(number int) {
	s.l.mu.Lock()
	s.l.given++
	s.l.mu.Unlock()
	origins := s.outs[0].Origins()
	for _, o := range s.outs {
		b := o.Next()
		b.Rows = append(b.Rows, simRow{*origins, s.base + int64(number)})
	}
	*origins++
}

func (s *simSpout) Next(context.Context) error {
	time.Sleep(time.Millisecond)
	s.rows = 0
	for ; s.rows < 1+s.at%4 && s.at < s.n; s.rows++ {
		s.emit(s.at)
		s.at++
	}
	if s.at == s.n {
		return io.EOF
	}
	return nil
}

func (s *simSpout) Again(_ context.Context, p []byte, which []int) error {
	var from int
	if err := json.Unmarshal(p, &from); err != nil {
		return err
	}
	for _, k := range which {
		s.emit(from + k)
	}
	return nil
}

// simTask passes tuples on, or is a sink; now and then a tuple fails the first time.
type simTask struct {
	l       *simLedger
	name    string
	outs    []*engine.Out[simRow]
	failer  engine.Failer
	waiting []int64
}

func (t *simTask) Open(*component.Context) error { return nil }
func (t *simTask) Close(bool) error              { return nil }
func (t *simTask) Finish() error                 { return t.Idle() }

func (t *simTask) Process(_ int, in any) error {
	for _, row := range in.(*batch.Batch[simRow]).Rows {
		if t.fails(row) {
			continue
		}
		for _, o := range t.outs {
			b := o.For(uint64(row.id) * 0x9e3779b97f4a7c15)
			b.Rows = append(b.Rows, row)
			o.Check()
		}
		if len(t.outs) == 0 {
			t.waiting = append(t.waiting, row.id)
		}
	}
	return nil
}

func (t *simTask) fails(row simRow) bool {
	t.l.mu.Lock()
	key := fmt.Sprint(t.name, row.id)
	first := !t.l.failed[key] && (uint64(row.id)*31+uint64(len(t.name))+t.l.seed)%23 == 0
	t.l.failed[key] = t.l.failed[key] || first
	t.l.mu.Unlock()
	if !first {
		return false
	}
	if !t.failer.Again(row.origin) {
		t.l.mu.Lock()
		t.l.refused++
		t.l.mu.Unlock()
	}
	return true
}

func (t *simTask) Idle() error {
	t.l.mu.Lock()
	for _, id := range t.waiting {
		t.l.seen[t.name][id]++
	}
	t.l.mu.Unlock()
	t.waiting = t.waiting[:0]
	return nil
}

// deaf is a transport that takes all payloads for settled as soon as anything is said of them: the negative control.
type deaf struct{ *Transport }

func (d deaf) Send(ctx context.Context, edge, from, to int, f engine.Frame) error {
	if settle := f.Settle; settle != nil {
		f.Settle = func(engine.Outcome) { settle(engine.Outcome{}) }
	}
	return d.Transport.Send(ctx, edge, from, to, f)
}

// simulate runs one topology, and returns how many tuples did not reach a sink, how many did more than once, and how many messages had a fault.
func simulate(t *testing.T, seed uint64, rate int, control bool) (lost, again, faults int) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := &simLedger{seed: seed, seen: map[string]map[int64]int{}, failed: map[string]bool{}}
		type stage struct {
			name  string
			tasks int
			spout bool
			from  []int
		}
		var stages []stage
		for i := range 1 + random.IntN(2) {
			stages = append(stages, stage{name: fmt.Sprint("spout", i), tasks: 1 + random.IntN(2), spout: true})
		}
		spouts := len(stages)
		for i := range 1 + random.IntN(3) {
			s := stage{name: fmt.Sprint("bolt", strings.Repeat("x", i)), tasks: 1 + random.IntN(3)}
			if i == 0 {
				for j := range spouts { // each has a reader
					s.from = append(s.from, j)
				}
			} else {
				s.from = []int{spouts + random.IntN(i)}
				if random.IntN(3) == 0 {
					s.from = append(s.from, random.IntN(spouts))
				}
			}
			stages = append(stages, s)
		}
		read := map[int]bool{}
		for _, s := range stages {
			for _, j := range s.from {
				read[j] = true
			}
		}
		sink := stage{name: "sink", tasks: 1 + random.IntN(2)}
		for j := range stages {
			if !read[j] {
				sink.from = append(sink.from, j)
			}
		}
		stages = append(stages, sink)
		n, count := 2+random.IntN(3), 20+random.IntN(60)
		places := map[string]int{}
		for _, s := range stages {
			for task := range s.tasks {
				places[fmt.Sprint(s.name, task)] = random.IntN(n)
			}
		}
		l.seen["sink"] = map[int64]int{}
		build := func() *engine.Topology {
			top := engine.New("sim")
			outs := map[int][]*engine.Edge[simRow]{}
			for _, s := range stages {
				for input, j := range s.from {
					grouping := engine.Fields
					if stages[j].spout {
						grouping = engine.Shuffle
					}
					outs[j] = append(outs[j], engine.Connect(top, engine.EdgeSpec{From: stages[j].name, To: s.name, Input: input, Grouping: grouping}, simCodec))
				}
			}
			ends := func(i, task int) []*engine.Out[simRow] {
				var all []*engine.Out[simRow]
				for _, e := range outs[i] {
					all = append(all, e.Out(task))
				}
				return all
			}
			for i, s := range stages {
				if s.spout {
					top.Spout(s.name, s.tasks, func(task int) engine.SpoutTask {
						return &simSpout{l: l, base: int64(i*10+task) * 1000, n: count, outs: ends(i, task)}
					})
				} else {
					top.Bolt(s.name, s.tasks, len(s.from), func(task int) engine.Task {
						return &simTask{l: l, name: s.name, outs: ends(i, task), failer: top.Failer()}
					})
				}
			}
			return top
		}
		net := &network{random: rand.New(rand.NewPCG(seed, 2)), rate: rate}
		c := &crew{n: n, begin: make(chan struct{}), end: make(chan struct{}),
			where: func(component string, task int) int { return places[fmt.Sprint(component, task)] }}
		var all sync.WaitGroup
		for self := range n {
			tr := New(Config{Topology: "sim", Worker: self, Peers: slices.Repeat([]uint16{1}, n), Mend: true,
				OnError: func(err error) { t.Errorf("seed %d: %v", seed, err) }})
			tr.links = func() link { return &netLink{net: net} }
			var carrier engine.Transport = tr
			if control {
				carrier = deaf{tr}
			}
			all.Go(func() {
				_, err := build().Run(t.Context(), engine.Options{Transport: carrier, Fleet: &crewMember{c, self}, Tracking: &engine.Tracking{Attempts: 8}})
				if err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			})
		}
		all.Wait()
		time.Sleep(time.Minute) // what is late arrives nowhere
		for i, s := range stages[:spouts] {
			for task := range s.tasks {
				for k := range count {
					switch times := l.seen["sink"][int64(i*10+task)*1000+int64(k)]; {
					case times == 0:
						lost++
					case times > 1:
						again++
					}
				}
			}
		}
		if !control && l.refused > 0 {
			t.Errorf("seed %d: %d tuples were given up", seed, l.refused)
		}
		faults = net.faults
	})
	return lost, again, faults
}

func TestFaultyNetworkLosesNothing(t *testing.T) {
	seeds, from := 60, 0
	if testing.Short() {
		seeds = 15
	}
	// TOPO_SEEDS=10000 for many.
	if n, err := strconv.Atoi(os.Getenv("TOPO_SEEDS")); err == nil {
		seeds = n
	}
	if n, err := strconv.Atoi(os.Getenv("TOPO_SEED")); err == nil {
		from = n
	}
	again, faults := 0, 0
	for seed := from; seed < from+seeds; seed++ {
		lost, twice, wrong := simulate(t, uint64(seed), []int{0, 200, 50, 12}[seed%4], false)
		if lost > 0 {
			t.Errorf("seed %d: %d tuples were lost", seed, lost)
		}
		again, faults = again+twice, faults+wrong
	}
	t.Logf("%d seeds, %d faults, %d tuples more than once", seeds, faults, again)
	if faults == 0 || again == 0 {
		t.Error("the network had no fault that mattered: this test shows nothing")
	}
}

// The negative control: where a sender takes what was lost for settled, the same test finds losses.
func TestFaultyNetworkLosesWithoutSettling(t *testing.T) {
	total := 0
	for seed := range uint64(10) {
		lost, _, _ := simulate(t, seed, 10, true)
		total += lost
	}
	if total == 0 {
		t.Error("nothing was lost although nobody gave it again: this test shows nothing")
	}
}

// What a receiver says of a payload reaches its sender: that somebody is at work on it, as often as it is said, and once what became of it.
func TestSettling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{random: rand.New(rand.NewPCG(1, 1))}
		var ends [2]*Transport
		for self := range ends {
			ends[self] = New(Config{Topology: "t", Worker: self, Peers: []uint16{1, 1}, Mend: true, OnError: func(err error) { t.Error(err) }})
			ends[self].links = func() link { return &netLink{net: net} }
			if err := ends[self].Lay(0, []int{0}, []int{1}); err != nil {
				t.Fatal(err)
			}
		}
		var got []engine.Frame
		err := ends[1].Receive(0, 0, 1, func(f engine.Frame) error {
			got = append(got, f)
			f.Done()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range ends {
			if err := tr.Start(); err != nil {
				t.Fatal(err)
			}
			defer tr.Close()
		}
		touched := 0
		var outcomes []engine.Outcome
		send := func(f engine.Frame) {
			f.Rows, f.Payload = 1, []byte("x")
			if err := ends[0].Send(t.Context(), 0, 0, 0, f); err != nil {
				t.Fatal(err)
			}
		}
		held := engine.Frame{Touch: func() { touched++ }, Settle: func(o engine.Outcome) { outcomes = append(outcomes, o) }}
		send(held)
		send(engine.Frame{})
		send(held)
		synctest.Wait()
		if len(got) != 3 || got[0].Settle == nil || got[1].Settle != nil {
			t.Fatalf("%d frames arrived", len(got))
		}
		got[0].Touch()
		got[0].Touch()
		synctest.Wait()
		time.Sleep(time.Minute) // it is asked for, and still held
		got[0].Settle(engine.Outcome{Failed: []uint64{7, 9}})
		got[0].Settle(engine.Outcome{})
		got[0].Touch()
		synctest.Wait()
		if touched != 2 || len(outcomes) != 1 || !slices.Equal(outcomes[0].Failed, []uint64{7, 9}) || outcomes[0].Lost {
			t.Errorf("touched %d times, settled as %+v", touched, outcomes)
		}
		ends[0].Reset(1, 2) // the receiver is started anew
		got[2].Settle(engine.Outcome{})
		synctest.Wait()
		if len(outcomes) != 2 || !outcomes[1].Lost {
			t.Errorf("settled as %+v", outcomes)
		}
	})
}
