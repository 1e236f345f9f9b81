package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// Joining is what a worker says of itself.
type Joining struct {
	Topology string
	Worker   int // its number; -1: any
	Attempt  uint16
	Build    string
	// Again says that it was part of an attempt that was given up: the next one may not be there yet.
	Again bool
}

// Member is a worker's side: the engine's Fleet. It is made by Join.
type Member struct {
	Welcome
	topology string
	conn     *nats.Conn
	// OnReset is called when another process was started anew; set before the run.
	OnReset func(worker int, attempt uint16)
	// Metrics tells what the process has counted, false before it has begun; set before the run.
	Metrics func() (engine.Metrics, bool)

	begun  chan struct{} // closed by go
	closed chan struct{} // closed by close
	ended  chan struct{} // closed by abort, before the run began or behind its end
	once   sync.Once
	read   map[Task]bool

	// Of a run that commits in epochs.
	tasks     engine.EpochTasks
	life      context.Context
	recovered chan struct{} // closed when all that was committed before is restored
	restoring joined

	mu    sync.Mutex
	run   *engine.Member
	drain bool
	// stopping: the run ends before its input does.
	stopping bool
	fault    *Fault // of another process
	failed   *Fault // what close says
}

var _ engine.Fleet = (*Member)(nil)

// Join makes a worker known to the supervisor, over a connection to its server's closed room.
func Join(ctx context.Context, conn *nats.Conn, j Joining) (*Member, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed machine"
	}
	client, err := conn.GetClientID()
	if err != nil {
		return nil, fmt.Errorf("joining: %w", err)
	}
	m := &Member{topology: j.Topology, conn: conn, begun: make(chan struct{}), closed: make(chan struct{}), ended: make(chan struct{}), recovered: make(chan struct{}), read: map[Task]bool{}}
	answer, err := m.hello(ctx, j, hello{Build: j.Build, Host: host, PID: os.Getpid(), Client: client})
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, &Fault{What: "no run of " + j.Topology + " accepts workers at " + conn.ConnectedUrlRedacted(), Hint: "start it first, with --accept and --listen"}
	}
	if err != nil {
		return nil, fmt.Errorf("joining: %w", err)
	}
	m.Welcome = answer
	if m.Refused != "" {
		return nil, &Fault{What: m.Refused}
	}
	for _, t := range m.Read {
		m.read[t] = true
	}
	m.drain, m.fault = m.Drain, m.Welcome.Fault
	_, err = conn.Subscribe(workerSubject(j.Topology, m.Worker, m.Welcome.Attempt), m.take)
	if err != nil {
		return nil, fmt.Errorf("joining: %w", err)
	}
	return m, conn.Flush()
}

// hello says who the worker is, once or until it is let in.
func (m *Member) hello(ctx context.Context, j Joining, who hello) (w Welcome, err error) {
	for {
		answer, err := m.conn.RequestWithContext(ctx, supervisorSubject(j.Topology), encode(message{Kind: kindHello, Worker: j.Worker, Attempt: j.Attempt, Hello: &who}))
		if err == nil {
			w = Welcome{}
			if err := json.Unmarshal(answer.Data, &w); err != nil {
				return w, fmt.Errorf("the answer is none: %w", err)
			}
		}
		if !j.Again || err == nil && w.Refused == "" || err != nil && !errors.Is(err, nats.ErrNoResponders) {
			return w, err
		}
		select {
		case <-time.After(helloAgain):
		case <-ctx.Done():
			return w, err
		}
	}
}

// helloAgain is how often one that was part of an attempt asks to be part of the next.
const helloAgain = 100 * time.Millisecond

// Aborted is closed when the run is stopped at once.
func (m *Member) Aborted() <-chan struct{} { return m.ended }

// take takes what the supervisor says. It must not block: it is called by the connection's goroutine.
func (m *Member) take(msg *nats.Msg) {
	var c message
	if json.Unmarshal(msg.Data, &c) != nil {
		return
	}
	switch c.Kind {
	case kindGo:
		for w, attempt := range c.Peers {
			if m.OnReset != nil && attempt != m.Peers[w] {
				m.OnReset(w, attempt)
			}
		}
		m.once.Do(func() { close(m.begun) })
	case kindStopping:
		m.mu.Lock()
		if m.stopping = true; m.run != nil {
			m.run.Stopping()
		}
		m.mu.Unlock()
	case kindDrain, kindAbort:
		m.mu.Lock()
		run := m.run
		m.drain = true
		if m.fault == nil {
			m.fault = c.Fault
		}
		m.mu.Unlock()
		if c.Kind == kindAbort {
			select {
			case <-m.ended:
			default:
				close(m.ended)
			}
		}
		var err error
		if c.Fault != nil {
			err = &Elsewhere{c.Fault}
		}
		switch {
		case run == nil:
		case c.Kind == kindAbort:
			run.Abort(err)
		default:
			run.Drain(err)
		}
	case kindReset:
		if m.OnReset != nil {
			m.OnReset(c.Worker, c.Attempt)
		}
		m.Peers[c.Worker] = c.Attempt
	case kindMetrics:
		m.count(msg)
		return
	case kindClose:
		m.mu.Lock()
		m.failed = c.Fault
		m.mu.Unlock()
		select {
		case <-m.closed:
		default:
			close(m.closed)
		}
	}
	respond(msg, message{})
}

// count answers with what the process has counted.
func (m *Member) count(msg *nats.Msg) {
	var c message
	if m.Metrics != nil {
		if now, ok := m.Metrics(); ok {
			c.Metrics = &now
		}
	}
	respond(msg, c)
}

// Self implements engine.Fleet.
func (m *Member) Self() int { return m.Worker }

// Attempt implements engine.Fleet.
func (m *Member) Attempt() uint16 { return m.Welcome.Attempt }

// Where implements engine.Fleet.
func (m *Member) Where(component string, task int) int { return m.Assigned.Where(component, task) }

// HasRead implements engine.Fleet.
func (m *Member) HasRead(component string, task int) bool { return m.read[Task{component, task}] }

// Begin implements engine.Fleet.
func (m *Member) Begin(run *engine.Member) error {
	m.mu.Lock()
	m.run = run
	drain, fault := m.drain, m.fault
	if drain || m.stopping {
		run.Stopping()
	}
	m.mu.Unlock()
	if err := m.ask(message{Kind: kindReady, Sinks: run.Sinks(), Owns: run.Owns()}); err != nil {
		return err
	}
	select {
	case <-m.begun:
	case <-m.ended:
		m.mu.Lock()
		defer m.mu.Unlock()
		return &Elsewhere{m.fault}
	}
	if drain {
		var err error
		if fault != nil {
			err = &Elsewhere{fault}
		}
		run.Drain(err)
	}
	return nil
}

// Failed implements engine.Fleet.
func (m *Member) Failed(err error, drain bool) {
	if other := (*Elsewhere)(nil); errors.As(err, &other) {
		return
	}
	// Where nobody hears it the supervisor is gone, and this process ends in any case.
	_ = m.ask(message{Kind: kindAbort, Fault: FaultOf(err), Drain: drain})
}

// SinkDone implements engine.Fleet.
func (m *Member) SinkDone() { _ = m.ask(message{Kind: kindSinkDone}) }

// SpoutEnded implements engine.Fleet.
func (m *Member) SpoutEnded(component string, task int) {
	_ = m.ask(message{Kind: kindRead, Task: &Task{component, task}})
}

// Lost tells of tuples that were under way to a process which was started anew.
func (m *Member) Lost(rows int64) { m.tell(message{Kind: kindLost, Rows: rows}) }

// Report tells of a failed tuple.
func (m *Member) Report(r engine.Report) { m.tell(message{Kind: kindReport, Report: &r}) }

// Note says what the operator should know of this process's tasks.
func (m *Member) Note(text string) { m.tell(message{Kind: kindNote, Note: text}) }

// End implements engine.Fleet.
func (m *Member) End(s engine.Summary, err error) error {
	c := message{Kind: kindEnded, Summary: &s}
	if other := (*Elsewhere)(nil); err != nil && !errors.As(err, &other) {
		c.Fault = FaultOf(err)
	}
	if err := m.ask(c); err != nil {
		return err
	}
	status := m.conn.StatusChanged(nats.CLOSED)
	defer m.conn.RemoveStatusListener(status)
	lost := m.conn.IsClosed()
	if !lost {
		select {
		case <-m.closed:
		case <-m.ended:
		case <-status:
			lost = true
		}
	}
	if lost {
		select {
		case <-m.closed: // the supervisor has said the last that it had to say
		case <-m.ended:
		default:
			return fmt.Errorf("worker %d lost its supervisor: %w", m.Worker+1, nats.ErrConnectionClosed)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := cmpFault(m.failed, m.fault); f != nil {
		return &Elsewhere{f}
	}
	return nil
}

func cmpFault(a, b *Fault) *Fault {
	if a != nil {
		return a
	}
	return b
}

// Done says what the run has done: the last that a worker says.
func (m *Member) Done(s engine.Summary, err error) error {
	c := message{Kind: kindDone, Summary: &s}
	if other := (*Elsewhere)(nil); err != nil && !errors.As(err, &other) {
		c.Fault = FaultOf(err)
	}
	return m.ask(c)
}

// ask says something to the supervisor, and returns when it knows.
func (m *Member) ask(c message) error {
	c.Worker, c.Attempt = m.Worker, m.Welcome.Attempt
	_, err := m.conn.Request(supervisorSubject(m.topology), encode(c), patience)
	if err != nil {
		return fmt.Errorf("worker %d does not reach its supervisor: %w", m.Worker+1, err)
	}
	return nil
}

// tell says something that may get lost.
func (m *Member) tell(c message) {
	c.Worker, c.Attempt = m.Worker, m.Welcome.Attempt
	_ = m.conn.Publish(supervisorSubject(m.topology), encode(c))
}
