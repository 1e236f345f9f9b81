package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/tree"
)

// patient is a bolt that holds some tuples back for a while, each by itself, as `retry` does, and then lets them pass or fail.
type patient struct {
	leafTask
	hold  map[int64]time.Duration // by id
	fails bool
	out   *Out[leaf]
	known bool // of what tuple a row is
	seen  map[int64]int
}

func (p *patient) Process(_ int, in any) error {
	for _, row := range in.(*batch.Batch[leaf]).Rows {
		p.seen[row.id]++
		if d := p.hold[row.id]; d > 0 {
			origin := row.origin
			if !p.known {
				origin = 0
			}
			p.held = append(p.held, heldLeaf{row, p.trees.Keep(origin), p.now().Add(d)})
			p.held[len(p.held)-1].roots.Note("slow: busy")
			slices.SortStableFunc(p.held, func(a, b heldLeaf) int { return a.at.Compare(b.at) })
			continue
		}
		p.pass(row)
	}
	p.out.Check()
	return nil
}

func (p *patient) pass(row leaf) {
	b := p.out.Next()
	b.Rows = append(b.Rows, row)
}

func (p *patient) Tick(time.Time) error {
	h := p.held[0]
	p.held = p.held[1:]
	err := p.trees.Run(h.roots, func() error {
		if p.fails && p.topology.Again(h.row.origin) {
			return nil
		}
		p.pass(h.row)
		return nil
	})
	h.roots.Release()
	return err
}

// quitSpout tells of what is given up.
type quitSpout struct {
	*leafSpout
	told []string
}

func (s *quitSpout) GiveUp(_ context.Context, position []byte, all []GivenUp) (bool, error) {
	for _, one := range all {
		s.told = append(s.told, fmt.Sprintf("%s+%d after %d: %s", position, one.Number, one.Attempts, one.Why))
	}
	return true, nil
}

// Of tuples that were read together only those come again, and are given up in the end, that are not settled in time.
func TestOnlyLateTuplesComeAgain(t *testing.T) {
	const tuples = 1000
	for _, c := range []struct {
		name     string
		attempts int
		fails    bool
		hold     map[int64]time.Duration
		want     map[int64]int // how often other than once
		told     []string
	}{
		{"comes after all", 3, false, map[int64]time.Duration{5: 1500 * time.Millisecond, 700: 1020 * time.Millisecond}, map[int64]int{5: 2}, nil},
		{"in time", 3, false, map[int64]time.Duration{5: 900 * time.Millisecond}, nil, nil},
		{"given up", 2, false, map[int64]time.Duration{5: time.Minute, 700: time.Minute, 701: 500 * time.Millisecond}, map[int64]int{5: 2, 700: 2},
			[]string{"0+5 after 2: not settled within 2s, attempt 2: slow: busy", "0+700 after 2: not settled within 2s, attempt 2: slow: busy"}},
		{"given once", 1, false, map[int64]time.Duration{999: time.Minute}, nil, []string{"0+999 after 1: not settled within 1s, attempt 1: slow: busy"}},
		{"fails late", 2, true, map[int64]time.Duration{5: 5 * time.Second}, map[int64]int{5: 2}, []string{"0+5 after 2: not settled within 2s, attempt 2: slow: busy"}},
		{"fails in time", 2, true, map[int64]time.Duration{5: time.Second / 2, 6: time.Minute}, map[int64]int{5: 2, 6: 2},
			[]string{"0+6 after 2: not settled within 2s, attempt 2: slow: busy"}},
	} {
		for _, fused := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, fused), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					topology := New("late")
					edge := Connect(topology, EdgeSpec{From: "spout0", To: "slow"}, leafCodec)
					last := Connect(topology, EdgeSpec{From: "slow", To: "sink", Fused: fused}, leafCodec)
					l := newLedger(t, 1)
					spout := &quitSpout{leafSpout: &leafSpout{l: l, name: "spout0", n: tuples, bulk: tuples}}
					topology.Spout("spout0", 1, func(int) SpoutTask { spout.outs = []*Out[leaf]{edge.Out(0)}; return unwrapped{spout} })
					slow := &patient{leafTask: leafTask{l: l, topology: topology}, hold: c.hold, fails: c.fails, known: true, seen: map[int64]int{}}
					topology.Bolt("slow", 1, 1, func(int) Task { slow.out = last.Out(0); return slow })
					sink := &slowSink{seen: map[int64]int{}, hold: -1}
					topology.Bolt("sink", 1, 1, func(int) Task { return sink })
					if _, err := topology.Run(t.Context(), Options{Tracking: &Tracking{Timeout: time.Second, Attempts: c.attempts}}); err != nil {
						t.Fatal(err)
					}
					for id := range int64(tuples) {
						if want := max(1, c.want[id]); l.given[id] != want {
							t.Errorf("tuple %d was given %d times, want %d", id, l.given[id], want)
						}
					}
					slices.Sort(spout.told)
					if !slices.Equal(spout.told, c.told) {
						t.Errorf("told of %q, want %q", spout.told, c.told)
					}
					numbers, _ := topology.Metrics()
					if k := numbers.Tasks[0]; k.Acked+k.Failed != tuples || k.Failed != int64(len(c.told)) || k.Pending != 0 {
						t.Errorf("%d acked, %d failed, %d pending", k.Acked, k.Failed, k.Pending)
					}
				})
			})
		}
	}
}

// A source that is told of each tuple hears of all at once but of those that are held back.
func TestAcksDoNotWaitForWhatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topology := New("late")
		edge := Connect(topology, EdgeSpec{From: "spout0", To: "slow"}, leafCodec)
		last := Connect(topology, EdgeSpec{From: "slow", To: "sink"}, leafCodec)
		l := newLedger(t, 1)
		spout := &timedAcks{ackSpout: &ackSpout{leafSpout: &leafSpout{l: l, name: "spout0", n: 4}}, began: time.Now()}
		topology.Spout("spout0", 1, func(int) SpoutTask { spout.outs = []*Out[leaf]{edge.Out(0)}; return spout })
		slow := &patient{leafTask: leafTask{l: l, topology: topology}, hold: map[int64]time.Duration{2: time.Second}, known: true, seen: map[int64]int{}}
		topology.Bolt("slow", 1, 1, func(int) Task { slow.out = last.Out(0); return slow })
		topology.Bolt("sink", 1, 1, func(int) Task { return &slowSink{seen: map[int64]int{}, hold: -1} })
		if _, err := topology.Run(t.Context(), Options{Tracking: &Tracking{}}); err != nil {
			t.Fatal(err)
		}
		for id, at := range spout.at {
			if early := at < time.Second/2; early != (id != 2) {
				t.Errorf("tuple %d was acked after %s", id, at)
			}
		}
		if len(spout.at) != 4 {
			t.Errorf("%d acked", len(spout.at))
		}
	})
}

type timedAcks struct {
	*ackSpout
	began time.Time
	at    map[uint64]time.Duration
}

func (s *timedAcks) Ack(ids []uint64) error {
	if s.at == nil {
		s.at = map[uint64]time.Duration{}
	}
	for _, id := range ids {
		s.at[id] = time.Since(s.began)
	}
	return s.ackSpout.Ack(ids)
}

// Where a tuple is not known, all that came with it are late: nobody can tell which of them are settled.
func TestUnknownTuplesAreLateTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topology := New("late")
		edge := Connect(topology, EdgeSpec{From: "spout0", To: "slow"}, leafCodec)
		last := Connect(topology, EdgeSpec{From: "slow", To: "sink"}, leafCodec)
		l := newLedger(t, 1)
		topology.Spout("spout0", 1, func(int) SpoutTask {
			return unwrapped{&leafSpout{l: l, name: "spout0", outs: []*Out[leaf]{edge.Out(0)}, n: 10, bulk: 10}}
		})
		slow := &patient{leafTask: leafTask{l: l, topology: topology}, hold: map[int64]time.Duration{2: 3 * time.Second / 2}, seen: map[int64]int{}}
		topology.Bolt("slow", 1, 1, func(int) Task { slow.out = last.Out(0); return slow })
		topology.Bolt("sink", 1, 1, func(int) Task { return &slowSink{seen: map[int64]int{}, hold: -1} })
		if _, err := topology.Run(t.Context(), Options{Tracking: &Tracking{Timeout: time.Second}}); err != nil {
			t.Fatal(err)
		}
		for id := range int64(10) {
			if l.given[id] != 2 {
				t.Errorf("tuple %d was given %d times", id, l.given[id])
			}
		}
	})
}

// Two processes on, too: what is told of a frame comes back by the way that it went.
func TestHeldTuplesTravelBack(t *testing.T) {
	topology := New("hops")
	topology.now = time.Now
	r := newRun(t.Context(), topology, Options{})
	var said []string
	source := tree.New(func(r *tree.Root) {
		lost, failed := r.Failed()
		said = append(said, fmt.Sprint("over ", lost, failed))
	})
	source.OnParts = func(r *tree.Root) {
		held, _ := r.Parts()
		said = append(said, fmt.Sprint("only ", held))
	}
	source.First = 1 << originBits
	source.End.Store(source.First + 100)
	other := tree.New(func(*tree.Root) { said = append(said, "other") })
	other.First, other.OnParts = source.First+100, func(*tree.Root) { said = append(said, "other has parts") }

	send := func(roots tree.Set) tree.Set {
		f := Frame{}
		r.held(&f, roots)
		return received(f, nil)
	}
	far := send(send(tree.Set{source, other}))
	five, six := far.Keep(source.First+5), far.Keep(source.First+6)
	five.Note("x: busy")
	far.Release()
	want := []string{fmt.Sprintf("only [{%d x: busy} {%d }]", source.First+5, source.First+6), "other"}
	if !slices.Equal(said, want) {
		t.Fatalf("said %q, want %q", said, want)
	}
	six[0].Fail(source.First + 6)
	six.Release()
	five.Release()
	want = append(want, fmt.Sprintf("only [{%d x: busy}]", source.First+5), fmt.Sprintf("over false [%d]", source.First+6))
	if !slices.Equal(said, want) {
		t.Errorf("said %s\nwant %s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
}
