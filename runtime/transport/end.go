package transport

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// end is the receiving side of an edge at one task. NATS calls receive from one goroutine.
type end struct {
	t          *Transport
	edge, task int
	subject    string
	deliver    func(engine.Frame) error
	conn       link
	sub        *nats.Subscription
	in         []*inbound // by sender
	lanes      []*lane    // their sending sides
	worker     int        // the process of the receiving task
	senders    []int      // those of the sending ones; nil where there is one process
}

// inbound is the receiving side of one (edge, sender, receiver).
type inbound struct {
	end      *end
	from     int
	settler  *settler
	attempt  uint32
	next     atomic.Uint32 // the attempt that has begun
	over     bool          // it ended in an earlier attempt
	epoch    uint64
	broken   bool   // frames of this epoch are missing: none is taken
	sequence uint64 // of the last frame that arrived
	ended    bool
	parts    []byte // of a payload that has not arrived whole
	held     uint64 // their credit that is not given back before the payload is done with

	mu      sync.Mutex
	spare   []byte             // memory for the next parts
	done    uint64             // bytes done with
	granted uint64             // of those, told to the sender
	holds   map[place]struct{} // payloads whose sender waits
	buf     []byte
}

func newEnd(t *Transport, edge, task, senders int, deliver func(engine.Frame) error) *end {
	e := &end{t: t, edge: edge, task: task, deliver: deliver, subject: fmt.Sprintf("d.%s.%d.%d", t.cfg.Topology, edge, task)}
	for from := range senders {
		in := &inbound{end: e, from: from, attempt: t.cfg.Attempt}
		in.next.Store(t.cfg.Attempt)
		e.in = append(e.in, in)
		e.lanes = append(e.lanes, &lane{t: t, end: e, from: from, attempt: t.cfg.Attempt, wake: make(chan struct{}, 1)})
	}
	return e
}

// receive audits one message, and delivers the payload that it completes.
func (e *end) receive(data []byte) {
	h, payload, err := parseFrame(data)
	if err != nil {
		e.t.damaged(fmt.Errorf("a frame on edge %d to task %d arrived damaged: %w", e.edge, e.task, err))
		return
	}
	attempt := e.t.cfg.Attempt
	var in *inbound
	if int(h.from) < len(e.in) && e.in[h.from] != nil {
		in = e.in[h.from]
		attempt = in.next.Load()
		if attempt != in.attempt {
			in.renew(attempt)
		}
	}
	if h.attempt != attempt && !newer(h.attempt, attempt) {
		e.t.stats.stale.Add(1)
		return
	}
	if in == nil || h.attempt != attempt || int(h.edge) != e.edge || int(h.to) != e.task {
		e.t.fail(fmt.Errorf("a frame for edge %d, from task %d to task %d, attempt %d, arrived on edge %d at task %d, attempt %d",
			h.edge, h.from, h.to, h.attempt, e.edge, e.task, attempt))
		return
	}
	switch {
	case h.epoch < in.epoch:
		e.t.stats.stale.Add(1)
		return
	case h.epoch > in.epoch:
		in.anew(in.attempt, h.epoch)
	}
	if in.broken {
		if h.flags&flagQuestion != 0 {
			in.answerHole()
		}
		return
	}
	if h.flags&flagQuestion != 0 {
		if in.sequence < h.sequence {
			in.hole("frames %d to %d were lost", in.sequence+1, h.sequence)
			return
		}
		in.give(in.attempt, in.epoch, 0, true)
		in.answerFor(payload)
		return
	}
	switch {
	case h.sequence <= in.sequence && e.t.cfg.Mend:
		e.t.stats.stale.Add(1)
		return
	case h.sequence <= in.sequence:
		in.fail("frame %d arrived again, or late, after frame %d", h.sequence, in.sequence)
		return
	case h.sequence > in.sequence+1:
		in.hole("frame %d arrived after frame %d: those between were lost, or are late", h.sequence, in.sequence)
		return
	case in.ended:
		in.fail("frame %d arrived after the last one", h.sequence)
		return
	}
	in.sequence++
	e.t.stats.framesReceived.Add(1)
	e.t.stats.bytesReceived.Add(int64(len(data)))
	in.take(h, payload)
}

// take joins the parts of a payload and delivers it.
func (in *inbound) take(h header, payload []byte) {
	credit := cost(len(payload))
	var joined []byte
	if h.flags&flagMore != 0 || in.parts != nil {
		if in.parts == nil {
			in.parts = in.room(h.total)
		}
		in.parts = append(in.parts, payload...)
		// A payload may be larger than the window, so the sender cannot wait for all its credit until the tuples are
		// processed. It waits for a fourth of a window: with what is gathered to be granted, half is left to send in.
		keep := min(credit, in.end.t.layout.window/grantPart-in.held)
		in.held += keep
		in.give(in.attempt, in.epoch, credit-keep, false)
		if h.flags&flagMore != 0 {
			return
		}
		credit, in.held = in.held, 0
		joined, in.parts = in.parts, nil
		payload = joined
	}
	if uint64(len(payload)) != uint64(h.total) {
		in.fail("the parts of a batch have %d bytes, and should have %d", len(payload), h.total)
		return
	}
	in.ended = h.flags&flagEnd != 0
	if in.ended {
		if h.total > 0 || h.rows > 0 {
			in.fail("the last frame has %d bytes and %d tuples, and should have none", h.total, h.rows)
			return
		}
		in.give(in.attempt, in.epoch, credit, false)
		credit = 0
	}
	if in.over {
		in.left(h, credit)
		return
	}
	r := &received{in: in, attempt: in.attempt, epoch: in.epoch, sequence: h.sequence, bytes: credit, joined: joined}
	f := engine.Frame{From: in.from, Rows: int(h.rows), End: in.ended, Barrier: h.flags&flagBarrier != 0, Mark: h.flags&flagMark != 0, Payload: payload, Own: joined == nil, Done: r.done}
	if h.flags&flagHeld != 0 {
		f.Settle, f.Touch, f.Narrow = r.settle, r.touch, r.narrow
		in.mu.Lock()
		if in.holds == nil {
			in.holds = map[place]struct{}{}
		}
		in.holds[place{h.epoch, h.sequence}] = struct{}{}
		in.mu.Unlock()
	}
	if err := in.end.deliver(f); err != nil {
		in.end.t.fail(err)
	}
}

// received is a delivered frame whose tuples are being processed.
type received struct {
	in       *inbound
	attempt  uint32
	epoch    uint64
	sequence uint64 // of its last frame
	bytes    uint64
	joined   []byte // its payload, where that came in parts
	once     atomic.Bool
	told     atomic.Bool
}

// done gives the sender its credit back, once.
func (r *received) done() {
	if r.once.CompareAndSwap(false, true) {
		r.in.give(r.attempt, r.epoch, r.bytes, false)
		r.in.recycle(r.joined)
	}
}

// maxSpare is how much memory a lane keeps for payloads in parts: enough for any but a huge tuple.
const maxSpare = 1 << 20

// room returns memory for a payload in parts. What is larger than usual grows with the parts that do arrive.
func (in *inbound) room(total uint32) []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	b := in.spare
	in.spare = nil
	if want := min(int(total), 16*maxSpare); cap(b) < want {
		b = make([]byte, 0, want)
	}
	return b[:0]
}

// recycle takes the memory of a payload whose tuples have been processed.
func (in *inbound) recycle(b []byte) {
	if cap(b) > maxSpare || b == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.spare = b
}

// give adds to the sender's credit, and tells it when that is worth a message, or in any case if asked.
func (in *inbound) give(attempt uint32, epoch, bytes uint64, asked bool) {
	t := in.end.t
	in.mu.Lock()
	defer in.mu.Unlock()
	if attempt != in.attempt || epoch != in.epoch {
		return // of a sender that is no more
	}
	in.done += bytes
	if !asked && in.done-in.granted < t.layout.window/grantPart {
		return
	}
	in.granted = in.done
	in.buf = appendGrant(in.buf[:0], grant{
		attempt: attempt, edge: uint32(in.end.edge), from: uint32(in.from), to: uint32(in.end.task), done: in.done, epoch: epoch})
	t.stats.grants.Add(1)
	in.tell(in.buf)
}

// tell sends an answer to the sender.
func (in *inbound) tell(data []byte) {
	t := in.end.t
	if err := t.publish(t.credits, fmt.Sprintf("c.%s.%d.%d.%d", t.cfg.Topology, in.end.workerOf(in.from), in.end.edge, in.from), data); err != nil {
		t.lost(err)
	}
}

// fail ends the run because of what arrived here.
func (in *inbound) fail(format string, args ...any) {
	in.end.t.fail(fmt.Errorf("the transport broke on edge %d from task %d to task %d: %s",
		in.end.edge, in.from, in.end.task, fmt.Sprintf(format, args...)))
}
