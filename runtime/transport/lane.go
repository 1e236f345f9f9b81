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
	sequence uint64
	sent     uint64 // bytes
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
	h := header{
		attempt: l.t.cfg.Attempt,
		edge:    uint32(l.end.edge),
		from:    uint32(l.from),
		to:      uint32(l.end.task),
		rows:    uint32(f.Rows),
		total:   uint32(len(f.Payload)),
	}
	for rest := f.Payload; ; {
		n := min(len(rest), l.t.layout.frame)
		part := rest[:n]
		rest = rest[n:]
		h.flags = 0
		if len(rest) > 0 {
			h.flags = flagMore
		} else if f.End {
			h.flags = flagEnd
		}
		if err := l.wait(ctx, cost(n)); err != nil {
			return err
		}
		if err := l.publish(h, part); err != nil {
			return err
		}
		if len(rest) == 0 {
			return nil
		}
	}
}

// wait returns when the lane has credit for that many bytes.
func (l *lane) wait(ctx context.Context, bytes uint64) error {
	if l.credit() >= bytes {
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
		if l.credit() >= bytes {
			return nil
		}
	}
}

// credit is called by the one who sends: only that one changes sent.
func (l *lane) credit() uint64 {
	return l.t.layout.window - (l.sent - l.done.Load())
}

func (l *lane) publish(h header, payload []byte) error {
	l.out.Lock()
	defer l.out.Unlock()
	l.sequence++
	l.sent += cost(len(payload))
	h.sequence = l.sequence
	l.buf = appendFrame(l.buf[:0], h, payload)
	if err := l.t.publish(l.end.conn, l.end.subject, l.buf); err != nil {
		l.t.lost(err)
		return l.t.Err()
	}
	l.t.stats.framesSent.Add(1)
	l.t.stats.bytesSent.Add(int64(len(l.buf)))
	return nil
}

// credit takes a message of credit.
func (t *Transport) credit(m *nats.Msg) {
	g, err := parseGrant(m.Data)
	if err != nil {
		t.fail(err)
		return
	}
	if g.attempt < t.cfg.Attempt {
		t.stats.stale.Add(1)
		return
	}
	if g.attempt > t.cfg.Attempt || int(g.edge) >= len(t.byEdge) || int(g.to) >= len(t.byEdge[g.edge]) ||
		t.byEdge[g.edge][g.to] == nil || int(g.from) >= len(t.byEdge[g.edge][g.to].lanes) {
		t.fail(fmt.Errorf("a message of credit is for edge %d, from task %d to task %d, attempt %d, which is not here", g.edge, g.from, g.to, g.attempt))
		return
	}
	l := t.byEdge[g.edge][g.to].lanes[g.from]
	if g.done <= l.done.Load() {
		return // an answer that repeats what is known
	}
	l.done.Store(g.done)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
