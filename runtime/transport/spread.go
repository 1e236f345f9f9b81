package transport

import (
	"errors"
	"fmt"

	"github.com/topo-lang/topo/runtime/engine"
)

var _ engine.Spread = (*Transport)(nil)

// Lay implements engine.Spread: it makes the ends of an edge between processes. All processes make the same ones, so
// that they come to the same layout; a lane is there at its sender's, and what it ends in at its receiver's.
func (t *Transport) Lay(edge int, from, to []int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.begun:
		return errors.New("an edge came after the first frame")
	case len(from) < 1 || len(from) > maxSenders:
		return fmt.Errorf("%d sending tasks: there can be from 1 to %d", len(from), maxSenders)
	}
	for task, worker := range to {
		e := &end{t: t, edge: edge, task: task, subject: fmt.Sprintf("d.%s.%d.%d", t.cfg.Topology, edge, task),
			worker: worker, senders: from, in: make([]*inbound, len(from)), lanes: make([]*lane, len(from))}
		for i, w := range from {
			if w == worker || w >= len(t.peers) || worker >= len(t.peers) {
				continue
			}
			attempt := t.between(w, worker)
			if worker == t.cfg.Worker {
				in := &inbound{end: e, from: i, attempt: attempt, settler: t.settlerOf(w)}
				in.next.Store(attempt)
				e.in[i] = in
			}
			if w == t.cfg.Worker {
				e.lanes[i] = &lane{t: t, end: e, from: i, attempt: attempt, wake: make(chan struct{}, 1)}
			}
		}
		t.ends = append(t.ends, e)
	}
	return nil
}

// between is the attempt of the lanes from one process to another.
func (t *Transport) between(from, to int) uint32 {
	return uint32(t.peers[from])<<16 | uint32(t.peers[to])
}

// newer reports whether one of the two halves of attempt is.
func newer(attempt, than uint32) bool {
	return attempt>>16 > than>>16 || attempt&0xffff > than&0xffff
}

// spread reports whether the edge leads from one process to another.
func (e *end) spread() bool { return e.senders != nil }

// far is how many senders' frames pass the server.
func (e *end) far() int {
	if !e.spread() {
		return len(e.in)
	}
	n := 0
	for _, w := range e.senders {
		if w != e.worker {
			n++
		}
	}
	return n
}

// workerOf is the process of a sending task.
func (e *end) workerOf(from int) int {
	if !e.spread() {
		return e.t.cfg.Worker
	}
	return e.senders[from]
}

// Start connects, and returns when the server knows of every subscription. Send would do so too, but others may send before.
func (t *Transport) Start() error {
	t.begin.Do(t.start)
	return t.Err()
}

// Reset says that a process was started anew, and is at this attempt. What was under way to and from it is lost: its lanes begin anew, those
// that had ended end again, and payloads that it had not settled have failed.
func (t *Transport) Reset(worker int, attempt uint16) {
	t.mu.Lock()
	t.peers[worker] = attempt
	ends := t.ends
	t.mu.Unlock()
	for _, e := range ends {
		if !e.spread() {
			continue
		}
		for i, w := range e.senders {
			if in := e.in[i]; in != nil && w == worker {
				in.next.Store(t.between(w, e.worker))
			}
			if l := e.lanes[i]; l != nil && e.worker == worker {
				l.renew(t.between(w, e.worker))
			}
		}
	}
}

// renew begins a lane anew.
func (l *lane) renew(attempt uint32) {
	l.out.Lock()
	lost := l.flying
	l.flying = flying{}
	ended := l.anew(attempt, 0)
	l.out.Unlock()
	if rows := lost.rows(); rows > 0 && l.t.cfg.Lost != nil {
		l.t.cfg.Lost(l.end.edge, l.from, l.end.task, rows)
	}
	l.lost(lost, ended)
}

// anew begins an empty lane, and returns whether its end had been sent. l.out is held.
func (l *lane) anew(attempt uint32, epoch uint64) (ended bool) {
	l.attempt, l.epoch, l.sequence, l.sent, l.silence = attempt, epoch, 0, 0, silence{}
	l.done.Store(0)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return l.ended
}

// lost tells those who wait that what a lane carried will not be settled, and sends its end again.
func (l *lane) lost(lost flying, ended bool) {
	lost.lose()
	if ended {
		l.t.watcher.Go(func() {
			// Where it does not get through the transport has failed, or is being closed.
			_ = l.send(l.t.life, engine.Frame{From: l.from, End: true})
		})
	}
}

// renew begins anew what a lane ends in. It is called by the goroutine that receives.
func (in *inbound) renew(attempt uint32) {
	in.over = in.over || in.ended
	in.ended = false
	in.anew(attempt, 0)
	in.mu.Lock()
	clear(in.holds)
	in.mu.Unlock()
}

// anew begins anew what a lane ends in.
func (in *inbound) anew(attempt uint32, epoch uint64) {
	in.sequence, in.parts, in.held, in.broken = 0, nil, 0, false
	in.mu.Lock()
	in.attempt, in.epoch, in.done, in.granted = attempt, epoch, 0, 0
	in.mu.Unlock()
}

// left takes a payload for a task that has had the last one of an earlier attempt: it is left out.
func (in *inbound) left(h header, credit uint64) {
	in.end.t.stats.late.Add(int64(h.rows))
	in.give(in.attempt, in.epoch, credit, false)
	if h.flags&flagHeld != 0 {
		in.settle(in.attempt, in.epoch, h.sequence, engine.Outcome{})
	}
}
