package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

// The spouts and tasks of the random topologies of source_test.go.

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
