package transport

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// lane is the sending side of one (edge, sender, receiver).
type lane struct {
	t    *Transport
	end  *end
	from int

	sending sync.Mutex    // one payload at a time
	wake    chan struct{} // has room for one: credit came
	done    atomic.Uint64 // bytes that the receiver has done with, as far as it told

	// out keeps sequence numbers and questions in the order in which they are published. It is
	// never held while waiting for credit, so a question can be asked of a receiver that grants none.
	out      sync.Mutex
	attempt  uint32
	epoch    uint64
	ended    bool // the end has been sent
	sequence uint64
	sent     uint64 // bytes
	flying   flying // payloads that the receiver has not settled
	buf      []byte
	silence  silence
}

// send cuts a payload into frames and publishes each as soon as there is credit for it.
func (l *lane) send(ctx context.Context, f engine.Frame) error {
	if len(f.Payload) > MaxPayload {
		return fmt.Errorf("a batch of %d bytes is too large: at most %d can travel between tasks", len(f.Payload), MaxPayload)
	}
	if f.Rows < 0 || f.Rows > math.MaxUint32 {
		return fmt.Errorf("a batch cannot have %d tuples", f.Rows)
	}
	l.sending.Lock()
	defer l.sending.Unlock()
	for {
		again, err := l.payload(ctx, f)
		if !again {
			return err
		}
	}
}

// payload sends all of a payload. It is to be sent again where the receiver's process was started anew meanwhile.
func (l *lane) payload(ctx context.Context, f engine.Frame) (again bool, err error) {
	l.out.Lock()
	h := header{
		attempt: l.attempt,
		epoch:   l.epoch,
		edge:    uint32(l.end.edge),
		from:    uint32(l.from),
		to:      uint32(l.end.task),
		rows:    uint32(f.Rows),
		total:   uint32(len(f.Payload)),
	}
	l.out.Unlock()
	for rest := f.Payload; ; {
		n := min(len(rest), l.t.layout.frame)
		part := rest[:n]
		rest = rest[n:]
		h.flags = 0
		switch {
		case len(rest) > 0:
			h.flags = flagMore
		case f.End:
			h.flags = flagEnd
		case f.Barrier:
			h.flags = flagBarrier
		case f.Settle != nil:
			h.flags = flagHeld
		}
		if f.Mark {
			h.flags |= flagMark
		}
		if err := l.wait(ctx, h, cost(n)); err != nil {
			return false, err
		}
		if again, err := l.publish(h, part, f); again || err != nil {
			return again, err
		}
		if len(rest) == 0 {
			return false, nil
		}
	}
}

// wait returns when the lane has credit for that many bytes, or has begun anew.
func (l *lane) wait(ctx context.Context, h header, bytes uint64) error {
	if l.credit(h) >= bytes {
		return nil
	}
	l.t.stats.waits.Add(1)
	for {
		select {
		case <-l.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.t.failed:
			return l.t.Err()
		case <-l.t.closing:
			return nats.ErrConnectionClosed
		}
		if l.credit(h) >= bytes {
			return nil
		}
	}
}

// credit is what may be sent; where the lane has begun anew that is for publish to find out.
func (l *lane) credit(h header) uint64 {
	l.out.Lock()
	defer l.out.Unlock()
	if l.attempt != h.attempt || l.epoch != h.epoch {
		return math.MaxUint64
	}
	return l.t.layout.window - (l.sent - l.done.Load())
}

// publish sends one frame of the payload of f, unless the lane has begun anew.
func (l *lane) publish(h header, payload []byte, f engine.Frame) (again bool, err error) {
	l.out.Lock()
	defer l.out.Unlock()
	if l.attempt != h.attempt || l.epoch != h.epoch {
		return true, nil
	}
	l.sequence++
	l.sent += cost(len(payload))
	h.sequence = l.sequence
	var message []byte
	if f.Whole != nil && len(payload) == len(f.Payload) {
		at := engine.FrameRoom - headerSize
		appendHeader(f.Whole[at:at], h, payload)
		message = f.Whole[at:]
	} else {
		l.buf = appendFrame(l.buf[:0], h, payload)
		message = l.buf
	}
	if h.flags&flagMore == 0 && (l.end.spread() || f.Settle != nil) {
		l.ended = l.ended || f.End
		l.flying.add(place{l.epoch, l.sequence}, l.sent, f)
	}
	if err := l.t.publish(l.end.conn, l.end.subject, message); err != nil {
		l.t.lost(err)
		return false, l.t.Err()
	}
	l.t.stats.framesSent.Add(1)
	l.t.stats.bytesSent.Add(int64(len(message)))
	return false, nil
}

// answer takes what comes on the reverse subject: credit, or how payloads were settled.
func (t *Transport) answer(data []byte) {
	if isSettled(data) {
		t.settled(data)
		return
	}
	t.credit(data)
}

// laneAt is the lane of an answer; nil where there is none, or the answer is to an earlier attempt.
func (t *Transport) laneAt(what string, attempt, edge, from, to uint32) *lane {
	if int(edge) >= len(t.byEdge) || int(to) >= len(t.byEdge[edge]) || t.byEdge[edge][to] == nil ||
		int(from) >= len(t.byEdge[edge][to].lanes) || t.byEdge[edge][to].lanes[from] == nil {
		t.fail(fmt.Errorf("a message of %s is for edge %d, from task %d to task %d, attempt %d, which is not here", what, edge, from, to, attempt))
		return nil
	}
	l := t.byEdge[edge][to].lanes[from]
	l.out.Lock()
	mine := l.attempt
	l.out.Unlock()
	switch {
	case attempt == mine:
		return l
	case newer(attempt, mine):
		t.fail(fmt.Errorf("a message of %s is for edge %d, from task %d to task %d, attempt %d, which is not here", what, edge, from, to, attempt))
	default:
		t.stats.stale.Add(1)
	}
	return nil
}

// credit takes a message of credit.
func (t *Transport) credit(data []byte) {
	g, err := parseGrant(data)
	if err != nil {
		t.damaged(err)
		return
	}
	l := t.laneAt("credit", g.attempt, g.edge, g.from, g.to)
	if l == nil {
		return
	}
	if g.broken {
		l.mend(g.attempt, g.epoch, g.done)
		return
	}
	l.out.Lock()
	if g.attempt != l.attempt || g.epoch != l.epoch || g.done <= l.done.Load() {
		l.out.Unlock()
		return // an answer that repeats what is known
	}
	l.done.Store(g.done)
	l.flying.done(g.done)
	l.out.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
