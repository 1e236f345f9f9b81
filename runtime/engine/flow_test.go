package engine

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/hash"
)

// Here random topologies run, in memory and over a transport, and each tuple is followed through them.
// Everything runs in a synctest bubble: a goroutine that outlives Run, or a deadlock, fails the test by itself.

// item is a tuple that says where it was.
type item struct {
	hash   uint64
	id     int64 // unique among all spouts
	sender int64 // the task that sent it last
	seq    int64 // its number among that task's tuples to this receiver on this edge
	word   batch.Text
}

var itemCodec = Codec[item]{
	Encode: func(dst []byte, b *batch.Batch[item]) []byte {
		dst = codec.AppendUvarint(dst, uint64(len(b.Rows)))
		for i := range b.Rows {
			row := &b.Rows[i]
			dst = codec.AppendUint64(dst, row.hash)
			dst = codec.AppendInt(dst, row.id)
			dst = codec.AppendInt(dst, row.sender)
			dst = codec.AppendInt(dst, row.seq)
			dst = codec.AppendBytes(dst, b.Bytes(row.word))
		}
		return dst
	},
	Decode: func(src []byte, b *batch.Batch[item]) error {
		b.Arena = src
		r := codec.NewReader(src)
		for n := r.Count(); n > 0; n-- {
			row := item{hash: r.Uint64(), id: r.Int(), sender: r.Int(), seq: r.Int(), word: batch.Text(r.Span())}
			if r.Err() != nil {
				break
			}
			b.Rows = append(b.Rows, row)
		}
		return r.Close()
	},
}

// end is an edge of the model.
type end struct {
	from, to *node
	input    int
	grouping Grouping
	latest   bool
	fused    bool
	edge     *Edge[item]
}

// node is a component of the model, and what arrived at it.
type node struct {
	name   string
	tasks  int
	inputs []*end
	outs   []*end

	mu     sync.Mutex
	seen   map[int64]int             // how often each id arrived
	last   map[[4]int64]int64        // the last seq by edge, sender and receiver: first in, first out
	loads  map[*end]map[[2]int64]int // tuples by sender and receiver
	wrong  []string
	finish int
	closed []bool // complete, for each task that was closed

	owners *[Slots]uint16
	emit   int // of a spout: how many tuples each task emits
	hook   func(where string, task int) error
}

func (n *node) at(where string, task int) error {
	if n.hook == nil {
		return nil
	}
	return n.hook(where, task)
}

// ends are a task's outputs, as generated code holds them.
type ends struct {
	node *node
	task int
	outs []*Out[item]
	seqs []map[int]int64
}

func (n *node) ends(task int) ends {
	e := ends{node: n, task: task}
	for _, o := range n.outs {
		e.outs = append(e.outs, o.edge.Out(task))
		e.seqs = append(e.seqs, map[int]int64{})
	}
	return e
}

func (e *ends) emit(id int64, word string) {
	h := hash.Int(id % 97)
	for i, o := range e.outs {
		put := func(b *batch.Batch[item]) {
			to := slices.Index(o.Pending, b)
			e.seqs[i][to]++
			b.Rows = append(b.Rows, item{hash: h, id: id, sender: int64(e.task), seq: e.seqs[i][to], word: b.Put(word)})
		}
		switch e.node.outs[i].grouping {
		case Shuffle, Local:
			put(o.Next())
		case Fields:
			put(o.For(h))
		case All:
			for _, b := range o.Pending {
				put(b)
			}
		case Global:
			put(o.Pending[0])
		}
	}
	for _, o := range e.outs {
		if o.Full() {
			o.Check()
		}
	}
}

type modelSpout struct {
	ends
	left int
}

func (s *modelSpout) Open(*component.Context) error { return s.node.at("open", s.task) }
func (s *modelSpout) Close() error {
	s.node.mu.Lock()
	s.node.closed = append(s.node.closed, true)
	s.node.mu.Unlock()
	return s.node.at("close", s.task)
}

func (s *modelSpout) Next(context.Context) error {
	if err := s.node.at("next", s.task); err != nil {
		return err
	}
	for range min(s.left, 1+s.left%component.BatchRows) {
		id := int64(s.task)<<32 | int64(s.left)
		s.emit(id, fmt.Sprint("word", id%97))
		s.node.mu.Lock()
		s.node.seen[id]++
		s.node.mu.Unlock()
		s.left--
	}
	if s.left == 0 {
		return io.EOF
	}
	return nil
}

type modelTask struct{ ends }

func (t *modelTask) Open(*component.Context) error { return t.node.at("open", t.task) }
func (t *modelTask) Idle() error                   { return t.node.at("idle", t.task) }
func (t *modelTask) Finish() error {
	t.node.mu.Lock()
	t.node.finish++
	t.node.mu.Unlock()
	return t.node.at("finish", t.task)
}

func (t *modelTask) Close(complete bool) error {
	t.node.mu.Lock()
	t.node.closed = append(t.node.closed, complete)
	t.node.mu.Unlock()
	return t.node.at("close", t.task)
}

func (t *modelTask) Process(input int, in any) error {
	if err := t.node.at("process", t.task); err != nil {
		return err
	}
	n := t.node
	b := in.(*batch.Batch[item])
	for i := range b.Rows {
		row := &b.Rows[i]
		n.arrive(t.task, input, row, b.Text(row.word))
		t.emit(row.id, b.Text(row.word))
	}
	return nil
}

// arrive notes a tuple and what is wrong with its having come here.
func (n *node) arrive(task, input int, row *item, word string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen[row.id]++
	if want := fmt.Sprint("word", row.id%97); word != want {
		n.wrong = append(n.wrong, fmt.Sprintf("id %d says %q", row.id, word))
	}
	// Inputs of the model have one edge each.
	e := n.inputs[input]
	if n.loads[e] == nil {
		n.loads[e] = map[[2]int64]int{}
	}
	n.loads[e][[2]int64{row.sender, int64(task)}]++
	way := [4]int64{int64(input), row.sender, int64(task)}
	if row.seq != n.last[way]+1 {
		n.wrong = append(n.wrong, fmt.Sprintf("from task %d to %d: tuple %d follows %d", row.sender, task, row.seq, n.last[way]))
	}
	n.last[way] = row.seq
	switch {
	case e.grouping == Global && task != 0:
		n.wrong = append(n.wrong, fmt.Sprintf("global: a tuple at task %d", task))
	case e.grouping == Fields && int(n.owners[row.hash>>(64-SlotBits)]) != task:
		n.wrong = append(n.wrong, fmt.Sprintf("fields: key %x at task %d", row.hash, task))
	}
}

// model is a topology with its expectations.
type model struct {
	nodes []*node
	ends  []*end
}

func (m *model) node(name string, tasks int) *node {
	n := &node{name: name, tasks: tasks, owners: Owners(tasks), seen: map[int64]int{}, last: map[[4]int64]int64{}, loads: map[*end]map[[2]int64]int{}}
	m.nodes = append(m.nodes, n)
	return n
}

func (m *model) connect(from, to *node, g Grouping, latest bool) {
	e := &end{from: from, to: to, input: len(to.inputs), grouping: g, latest: latest}
	from.outs = append(from.outs, e)
	to.inputs = append(to.inputs, e)
	m.ends = append(m.ends, e)
}

// someModel makes a random topology: every component but the spouts takes from one to three earlier ones, so that
// diamonds and several inputs are common.
func someModel(rnd *rand.Rand, emit int) *model {
	m := &model{}
	for i := range 1 + rnd.IntN(2) {
		n := m.node(fmt.Sprint("spout", i), 1+rnd.IntN(3))
		n.emit = rnd.IntN(emit)
	}
	for i := range 1 + rnd.IntN(4) {
		before := len(m.nodes)
		n := m.node(fmt.Sprint("bolt", i), 1+rnd.IntN(4))
		for range 1 + rnd.IntN(3) {
			m.connect(m.nodes[rnd.IntN(before)], n, Grouping(rnd.IntN(5)), rnd.IntN(4) == 0)
		}
	}
	return m
}

// fuse fuses what can be: whose inputs all come out of one chain of as many tasks, by groupings that allow it.
func (m *model) fuse() *model {
	head := map[*node]*node{}
	for _, n := range m.nodes {
		head[n] = n
		can := len(n.inputs) > 0
		for _, e := range n.inputs {
			can = can && e.from.tasks == n.tasks && head[e.from] == head[n.inputs[0].from] &&
				(n.tasks == 1 || e.grouping == Shuffle || e.grouping == Local)
		}
		if !can {
			continue
		}
		head[n] = head[n.inputs[0].from]
		for _, e := range n.inputs {
			e.fused = true
		}
	}
	return m
}

func (m *model) build() *Topology {
	t := New("model")
	for _, e := range m.ends {
		e.edge = Connect(t, EdgeSpec{From: e.from.name, To: e.to.name, Input: e.input, Grouping: e.grouping, Latest: e.latest, Fused: e.fused}, itemCodec)
	}
	for _, n := range m.nodes {
		if len(n.inputs) == 0 {
			t.Spout(n.name, n.tasks, func(task int) SpoutTask { return &modelSpout{ends: n.ends(task), left: n.emit + 1} })
		} else {
			t.Bolt(n.name, n.tasks, len(n.inputs), func(task int) Task { return &modelTask{n.ends(task)} })
		}
	}
	return t
}

// verify checks that each tuple that a spout emitted arrived everywhere, as often as there are ways to there.
func (m *model) verify(t *testing.T, sum Summary) {
	t.Helper()
	for _, n := range m.nodes {
		if len(n.wrong) > 0 {
			t.Errorf("%s: %d wrong arrivals, the first: %s", n.name, len(n.wrong), n.wrong[0])
		}
		if len(n.inputs) == 0 {
			continue
		}
		want := map[int64]int{}
		for _, e := range n.inputs {
			ways := 1
			if e.grouping == All {
				ways = n.tasks
			}
			for id, times := range e.from.seen {
				want[id] += times * ways
			}
			if !e.fused && (e.grouping == Shuffle || e.grouping == Local) {
				m.verifyEven(t, e)
			}
		}
		total := 0
		for id, times := range want {
			total += times
			if n.seen[id] != times {
				t.Fatalf("%s: id %x arrived %d times instead of %d", n.name, id, n.seen[id], times)
			}
		}
		if len(n.seen) != len(want) {
			t.Errorf("%s: %d ids arrived instead of %d", n.name, len(n.seen), len(want))
		}
		if got := executed(sum, n.name); got != int64(total) {
			t.Errorf("%s: the summary says %d tuples instead of %d", n.name, got, total)
		}
	}
}

func (m *model) verifyEven(t *testing.T, e *end) {
	for sender := range e.from.tasks {
		least, most := 1<<30, 0
		for task := range e.to.tasks {
			n := e.to.loads[e][[2]int64{int64(sender), int64(task)}]
			least, most = min(least, n), max(most, n)
		}
		if most > least+1 {
			t.Errorf("shuffle from %s[%d] to %s: between %d and %d tuples a task", e.from.name, sender, e.to.name, least, most)
		}
	}
}

func executed(sum Summary, name string) int64 {
	n := int64(0)
	for _, t := range sum.Tasks {
		if t.Component == name {
			n += t.Executed.Rows
		}
	}
	return n
}

// rows is the part of a summary that does not depend on timing.
func rows(sum Summary) []string {
	var all []string
	for _, t := range sum.Tasks {
		all = append(all, fmt.Sprint(t.Component, t.Task, t.Emitted.Rows))
	}
	for _, e := range sum.Edges {
		all = append(all, fmt.Sprint(e.EdgeSpec, e.Rows))
	}
	return all
}

func TestEveryTupleArrives(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				make := func() (*model, Options) {
					rnd := rand.New(rand.NewPCG(seed, 1))
					emit := []int{1, 20, 1500}[rnd.IntN(3)]
					m := someModel(rnd, emit)
					return m, Options{Queue: 1 + rnd.IntN(8)}
				}
				m, o := make()
				memory, err := m.build().Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				m.verify(t, memory)
				for _, n := range m.nodes {
					if len(n.inputs) > 0 && n.finish != n.tasks {
						t.Errorf("%s: %d of %d tasks finished", n.name, n.finish, n.tasks)
					}
					if len(n.closed) != n.tasks || slices.Contains(n.closed, false) {
						t.Errorf("%s: closed %v", n.name, n.closed)
					}
				}

				m, o = make()
				wire := &wire{window: 2}
				o.Transport = wire
				frames, err := m.build().Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				m.verify(t, frames)
				if a, b := rows(memory), rows(frames); !slices.Equal(a, b) {
					t.Errorf("memory and transport differ:\n%v\n%v", a, b)
				}

				m, o = make()
				m.fuse()
				fused, err := m.build().Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				m.verify(t, fused)
				for i := range fused.Edges {
					fused.Edges[i].Fused = false
				}
				// By which task is another matter: shuffle goes on from where it was.
				memory.Tasks, fused.Tasks = nil, nil
				if a, b := rows(memory), rows(fused); !slices.Equal(a, b) {
					t.Errorf("with fused edges other tuples travel:\n%v\n%v", a, b)
				}
				if wire.lent != 0 {
					t.Errorf("%d frames were not acknowledged", wire.lent)
				}
			})
		})
	}
}
