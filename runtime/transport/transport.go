// Package transport carries batches between tasks as frames through the embedded NATS server.
//
// What comes in at one end of an edge comes out at the other once, whole and in order for each pair of a
// sending and a receiving task, or the run ends with an error that says what went wrong. Core NATS promises
// less: it delivers at most once, and cuts off whoever is slow. Two things make up the difference.
//
// Credit: a receiving task grants each sender bytes, and gives them back as tuples are processed, on the
// reverse subject. What is under way on a connection is therefore bounded, far below what NATS cuts off at,
// and backpressure reaches the spout (layout.go). Credit has a connection of its own, and each receiving task
// its own goroutine, so a receiver that waits holds up its own senders and nothing else.
//
// Audit: frames are numbered and checksummed (frame.go). A frame that is missing, doubled, out of its
// order, damaged or at the wrong door ends the run. A lost last frame leaves no gap behind it, so a sender
// that hears nothing for a while asks whether all has arrived (watch.go).
//
// Frames travel on d.<topology>.<edge>.<receiving task>, credit on c.<topology>.<sending process>.<edge>.<sending task>.
//
// Between processes (spread.go) a lane has an attempt of its own, made of those of its two ends: a process that is started anew begins
// with empty lanes. Each payload is then kept in mind until the receiver has said what became of its tuples.
package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// Config says where and for whom a Transport works.
type Config struct {
	Topology string
	// Connect makes a connection to the server, as broker.Server.ConnectFrames does.
	Connect func(...nats.Option) (*nats.Conn, error)
	// Attempt tells this run from an earlier one of the same topology, whose frames may still be under way:
	// they are left out and counted.
	Attempt uint32
	// Worker is the number of this process, where several take part, and Peers the attempts of all of them. Attempt is then not used: a lane's
	// attempt is made of those of its two ends.
	Worker int
	Peers  []uint16
	// Lost is told how many tuples were under way to a process that was started anew, on one lane; it may be nil.
	Lost func(edge, from, to int, rows int64)
	// Mend says that tuples are followed, and what is lost on its way is given again: then what is missing or damaged does not end the run.
	Mend bool
	// OnLost, where not nil, is called when a connection is lost, and OnError is not: this process can't go on, the others can.
	OnLost func(error)
	// OnError is called once, with the first error: the run cannot go on. It may be nil; Send returns the error too.
	OnError func(error)
}

// Transport implements engine.Transport.
type Transport struct {
	cfg    Config
	layout layout
	// publish is the seam where tests lose and damage what travels.
	publish func(c link, subject string, data []byte) error
	links   func() link   // instead of Connect, in tests
	look    time.Duration // how often silent lanes are looked at

	mu       sync.Mutex
	peers    []uint16 // attempts of the processes
	ends     []*end
	settlers map[int]*settler // by process
	begun    bool
	failure  error

	begin   sync.Once
	byEdge  [][]*end // by edge and receiving task, once begun
	credits link
	conns   []link
	failed  chan struct{} // closed by fail
	closing chan struct{} // closed by Close
	subs    sync.WaitGroup
	watcher sync.WaitGroup
	life    context.Context // ends with Close
	die     context.CancelFunc
	stats   counters
}

var _ engine.Transport = (*Transport)(nil)

// New returns a transport without connections; it makes them when the first frame is sent, since only then
// is it known how many ends share them.
func New(cfg Config) *Transport {
	t := &Transport{
		cfg:      cfg,
		peers:    slices.Clone(cfg.Peers),
		publish:  func(c link, subject string, data []byte) error { return c.Publish(subject, data) },
		look:     time.Second,
		failed:   make(chan struct{}),
		settlers: map[int]*settler{},
		closing:  make(chan struct{}),
	}
	t.life, t.die = context.WithCancel(context.Background())
	return t
}

// Receive implements engine.Transport.
func (t *Transport) Receive(edge, task, senders int, deliver func(engine.Frame) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.begun:
		return errors.New("a receiver came after the first frame")
	case senders < 1 || senders > maxSenders:
		return fmt.Errorf("%d sending tasks: there can be from 1 to %d", senders, maxSenders)
	}
	for _, e := range t.ends {
		if e.edge == edge && e.task == task && e.deliver == nil {
			e.deliver = deliver
			return nil
		}
	}
	t.ends = append(t.ends, newEnd(t, edge, task, senders, deliver))
	return nil
}

// Send implements engine.Transport. A payload of any size up to MaxPayload passes: it is cut into frames.
func (t *Transport) Send(ctx context.Context, edge, from, to int, f engine.Frame) error {
	t.begin.Do(t.start)
	if err := t.Err(); err != nil {
		return err
	}
	if edge < 0 || edge >= len(t.byEdge) || to < 0 || to >= len(t.byEdge[edge]) || t.byEdge[edge][to] == nil {
		return fmt.Errorf("nothing receives at edge %d, task %d", edge, to)
	}
	e := t.byEdge[edge][to]
	if from < 0 || from >= len(e.lanes) || e.lanes[from] == nil {
		return fmt.Errorf("edge %d has no sending task %d", edge, from)
	}
	return e.lanes[from].send(ctx, f)
}

// start lays out the windows, connects and subscribes. It returns when the server knows of every subscription.
func (t *Transport) start() {
	t.mu.Lock()
	t.begun = true
	t.layout = lay(t.ends)
	t.mu.Unlock()
	if err := t.connect(); err != nil {
		t.fail(fmt.Errorf("the transport does not start: %w", err))
		return
	}
	t.watcher.Go(t.watch)
	for _, s := range t.settlers {
		t.watcher.Go(s.send)
	}
}

func (t *Transport) connect() error {
	var err error
	if t.credits, err = t.dial(); err != nil {
		return err
	}
	for range t.layout.conns {
		c, err := t.dial()
		if err != nil {
			return err
		}
		t.conns = append(t.conns, c)
	}
	for i, e := range t.ends {
		for len(t.byEdge) <= e.edge {
			t.byEdge = append(t.byEdge, nil)
		}
		for len(t.byEdge[e.edge]) <= e.task {
			t.byEdge[e.edge] = append(t.byEdge[e.edge], nil)
		}
		if t.byEdge[e.edge][e.task] != nil {
			return fmt.Errorf("two receivers at edge %d, task %d", e.edge, e.task)
		}
		t.byEdge[e.edge][e.task] = e
		e.conn = t.conns[t.layout.conn[i]]
		if e.deliver == nil {
			continue
		}
		if e.sub, err = t.subscribe(e.conn, e.subject, e.receive); err != nil {
			return err
		}
	}
	if _, err := t.subscribe(t.credits, fmt.Sprintf("c.%s.%d.>", t.cfg.Topology, t.cfg.Worker), t.answer); err != nil {
		return err
	}
	for _, c := range append(t.conns, t.credits) {
		if err := c.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (t *Transport) dial() (link, error) {
	if t.links != nil {
		return t.links(), nil
	}
	c, err := t.cfg.Connect(
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if sub != nil {
				err = fmt.Errorf("%s: %w", sub.Subject, err)
			}
			t.fail(fmt.Errorf("the transport broke: %w", err))
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err == nil {
				err = nats.ErrConnectionClosed
			}
			t.lost(err)
		}),
	)
	if err != nil {
		return nil, err
	}
	return natsLink{c}, nil
}

func (t *Transport) subscribe(c link, subject string, receive func([]byte)) (*nats.Subscription, error) {
	t.subs.Add(1)
	sub, err := c.listen(subject, func(data []byte) {
		select {
		case <-t.closing:
		case <-t.failed: // what comes after an error has a hole before it
		default:
			receive(data)
		}
	}, t.subs.Done)
	if err != nil {
		t.subs.Done()
		return nil, err
	}
	return sub, nil
}

// fail ends the transport with its first error.
func (t *Transport) fail(err error) {
	select {
	case <-t.closing:
		return // connections end because Close ends them
	default:
	}
	t.mu.Lock()
	first := t.failure == nil
	if first {
		t.failure = err
		close(t.failed)
	}
	t.mu.Unlock()
	if first && t.cfg.OnError != nil {
		t.cfg.OnError(err)
	}
}

// lost ends the transport because a connection does not work any more.
func (t *Transport) lost(err error) {
	err = fmt.Errorf("the transport lost its connection to the server: %w", err)
	if t.cfg.OnLost == nil {
		t.fail(err)
		return
	}
	select {
	case <-t.closing: // Close ends them
	default:
		t.cfg.OnLost(err)
	}
}

// Err returns the error that ended the transport, or nil.
func (t *Transport) Err() error {
	select {
	case <-t.failed:
	default:
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failure
}

// Close implements engine.Transport. It waits for deliveries under way, which must not block any more.
func (t *Transport) Close() error {
	t.begin.Do(func() {}) // Send after Close finds no receiver
	close(t.closing)
	t.die()
	for _, c := range t.conns {
		c.Close()
	}
	if t.credits != nil {
		t.credits.Close()
	}
	t.watcher.Wait()
	t.subs.Wait()
	return nil
}

// Stats is what a transport has done so far.
type Stats struct {
	FramesSent, BytesSent         int64
	FramesReceived, BytesReceived int64
	Waits                         int64 // how often a sender waited for credit
	Grants                        int64 // messages that gave credit back
	Questions                     int64 // how often a silent receiver was asked whether all has arrived
	Stale                         int64 // frames of earlier attempts, left out
	Mended                        int64 // lanes that began anew because of what was missing
	Damaged                       int64 // messages that arrived so, and were left out
	Settles                       int64 // messages that said what became of payloads
	Late                          int64 // tuples of a process that was started anew, for a task that had its last one before
}

type counters struct {
	framesSent, bytesSent, framesReceived, bytesReceived, waits, grants, questions, stale, settles, mended, damaged, late atomic.Int64
}

// Stats returns what the transport has done so far.
func (t *Transport) Stats() Stats {
	c := &t.stats
	return Stats{
		FramesSent: c.framesSent.Load(), BytesSent: c.bytesSent.Load(),
		FramesReceived: c.framesReceived.Load(), BytesReceived: c.bytesReceived.Load(),
		Waits: c.waits.Load(), Grants: c.grants.Load(), Questions: c.questions.Load(), Stale: c.stale.Load(), Settles: c.settles.Load(), Mended: c.mended.Load(), Damaged: c.damaged.Load(), Late: c.late.Load(),
	}
}
