package engine

import (
	"fmt"

	"github.com/topo-lang/topo/runtime/batch"
)

// Edge carries one stream into one input of a component.
type Edge[R any] struct {
	spec  EdgeSpec
	codec Codec[R]
	outs  []*Out[R]   // by sending task; set when the run is wired
	lane0 int         // the first of its lanes to a receiving task, where it is Timed
	roots [][]*beside // by sending and receiving task, of what travels as bytes in a run that follows tuples
}

// edge is an Edge whose rows are of any type.
type edge interface {
	describe() EdgeSpec
	hasCodec() bool
	// wire makes the ends: a port for each sending task, and with a transport what decodes its frames.
	wire(r *run, id int, from, to *member)
	// listen announces the receiving tasks to the transport.
	listen(r *run, id int, from, to *member) error
}

// Connect adds an edge; whether it fits the components is checked by Run.
func Connect[R any](t *Topology, spec EdgeSpec, codec Codec[R]) *Edge[R] {
	e := &Edge[R]{spec: spec, codec: codec}
	t.edges = append(t.edges, e)
	return e
}

// Out returns the sending task's end. It is for the function that makes the task, which Run calls.
func (e *Edge[R]) Out(task int) *Out[R] {
	if e.outs == nil {
		panic(fmt.Sprintf("engine: the edge from %s to %s has no ends before Run", e.spec.From, e.spec.To))
	}
	return e.outs[task]
}

func (e *Edge[R]) describe() EdgeSpec { return e.spec }
func (e *Edge[R]) hasCodec() bool     { return e.codec.Encode != nil && e.codec.Decode != nil }

func (e *Edge[R]) wire(r *run, id int, from, to *member) {
	receivers := to.count
	if e.spec.Timed {
		e.lane0 = to.lanes
		to.lanes += from.count
		if e.spec.Fused {
			to.lanes += 1 - from.count
		}
	}
	if e.spec.Grouping == Global || e.spec.Fused {
		receivers = 1
	}
	var slots *[Slots]uint16
	if e.spec.Grouping == Fields {
		slots = Owners(receivers)
	}
	for task := range from.count {
		if from.tasks[task].away {
			e.outs = append(e.outs, nil)
			continue
		}
		o := &Out[R]{
			Limit: batch.Rows,
			slots: slots,
			// Senders begin with different receivers, so that few tuples from many tasks are spread, too.
			last: (task + receivers - 1) % receivers,
			wait: flushAfter,
		}
		if e.spec.Latest {
			o.Limit, o.wait, o.hurry = batch.LatestRows, latestFlushAfter, &r.hurry
		}
		o.left = -o.wait
		o.stall.task = from.tasks[task]
		lane := int32(0)
		if e.spec.Timed {
			lane = e.laneOf(task)
			o.Newest = NoMark
			o.timed = &timed{task: from.tasks[task], own: e.spec.Times, behind: int64(e.spec.Behind), last: NoMark, sent: NoMark}
		}
		if o.lane = laneOf(e.spec, from, to); o.lane >= inner {
			o.cycle, o.rounds = to.cycle, uint32(e.spec.LoopMax)
		}
		if e.spec.Grouping == Partial {
			o.sent = make([]int64, receivers)
		}
		var fresh func() *batch.Batch[R]
		switch {
		case r.stepped:
			o.cycle = nil // whose end nothing waits for
			o.sender, fresh = &queued[R]{to: to, input: e.spec.Input, from: lane}, func() *batch.Batch[R] { return &batch.Batch[R]{} }
		case e.spec.Fused:
			o.sender, fresh = &inline[R]{to: to.tasks[task], input: e.spec.Input, from: lane}, func() *batch.Batch[R] { return &batch.Batch[R]{} }
			o.fused, o.to = true, to.tasks[task]
		case r.transport == nil || r.fleet != nil:
			m := &memory[R]{stall: &o.stall, to: to, input: e.spec.Input, lane: o.lane, from: lane}
			// On their way are, for each receiver, a full inbox, one being read and one filling.
			m.pool.max = receivers * (r.queue + 2)
			o.sender, fresh = m, func() *batch.Batch[R] { return m.pool.get(0) }
			if to.away > 0 {
				far := newRemote(e, r, id, from, task, to, o.lane, &o.stall)
				far.timed = o.timed
				far.limit = o.rowLimit()
				o.sender = &split[R]{near: m, far: far}
			}
		default:
			far := newRemote(e, r, id, from, task, to, o.lane, &o.stall)
			far.limit = o.rowLimit()
			if r.tracking != nil {
				for range to.count {
					far.roots = append(far.roots, &beside{})
				}
				e.roots = append(e.roots, far.roots)
			}
			far.timed = o.timed
			o.sender = far
			fresh = func() *batch.Batch[R] { return &batch.Batch[R]{} }
		}
		for i := range receivers {
			b := &batch.Batch[R]{}
			if e.spec.Fused || !to.tasks[i].away {
				b = fresh()
			}
			o.gen++
			b.Gen = o.gen
			o.Pending = append(o.Pending, b)
		}
		e.outs = append(e.outs, o)
		from.tasks[task].ports = append(from.tasks[task].ports, o)
	}
}

// laneOf is the lane of a sending task, from 1; 0 where no watermarks travel.
func (e *Edge[R]) laneOf(task int) int32 {
	switch {
	case !e.spec.Timed:
		return 0
	case e.spec.Fused:
		return int32(e.lane0) + 1
	}
	return int32(e.lane0+task) + 1
}

// memory sends batches as they are.
type memory[R any] struct {
	stall *stall
	to    *member
	input int
	lane  lane
	from  int32 // of the receiver's lanes for watermarks; 0: none
	pool  pool[R]
	// passed is the last epoch that the sender has ended. Nothing of the next one reaches a task which still waits for the end of this.
	passed uint64
}

func (m *memory[R]) send(to int, b *batch.Batch[R]) *batch.Batch[R] {
	rows := cap(b.Rows)
	t := m.to.tasks[to]
	if m.passed > 0 && !t.barrier.passage.await(t.run.ctx, m.passed) {
		b.Reset()
		return b
	}
	crowded := t.crowded(m.lane)
	if crowded {
		m.stall.begin(to, t.run.clock())
	}
	taken := t.hand(message{b: b, free: b.Free, roots: b.Roots, rows: len(b.Rows), input: m.input, lane: m.lane})
	if crowded {
		m.stall.end(t.run.clock())
	}
	if !taken {
		// The run was stopped: the rows are dropped, and the sender notices when it returns to its loop.
		b.Reset()
		return b
	}
	return m.pool.get(rows)
}

func (m *memory[R]) barrier(epoch uint64, all bool) {
	m.passed = epoch
	if m.lane >= inner {
		return // which ends epochs by itself
	}
	for _, t := range m.to.tasks {
		if !t.away {
			t.hand(message{input: m.input, barrier: true, all: all, lane: m.lane})
		}
	}
}

func (m *memory[R]) mark(at int64, idle bool) {
	for _, t := range m.to.tasks {
		if t.away || m.passed > 0 && !t.barrier.passage.await(t.run.ctx, m.passed) {
			continue
		}
		t.hand(message{input: m.input, from: m.from, mark: at, idle: idle, lane: m.lane})
	}
}

func (m *memory[R]) end() {
	for _, t := range m.to.tasks {
		if t.away {
			continue
		}
		if m.passed > 0 {
			t.barrier.passage.await(t.run.ctx, m.passed)
		}
		t.hand(message{input: m.input, end: true, from: m.from, lane: m.lane})
	}
}
