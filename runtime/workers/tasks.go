package workers

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// The worker's side of a run that commits in epochs: see epochs.go.

var _ engine.Coordinated = (*Member)(nil)

// Recover implements engine.Coordinated.
func (m *Member) Recover(ctx context.Context, tasks engine.EpochTasks) error {
	m.mu.Lock()
	m.tasks = tasks
	m.mu.Unlock()
	m.life = ctx
	if _, err := m.conn.Subscribe(tasksSubject(m.topology, m.Worker, m.Welcome.Attempt), m.coordinated); err != nil {
		return err
	}
	if err := m.conn.Flush(); err != nil {
		return err
	}
	if err := m.ask(message{Kind: kindOpened, Identity: tasks.Identity()}); err != nil {
		return err
	}
	select {
	case <-m.recovered:
		return nil
	case <-m.ended:
		m.mu.Lock()
		defer m.mu.Unlock()
		return &Elsewhere{m.fault}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// coordinated takes what the coordinator says.
func (m *Member) coordinated(msg *nats.Msg) {
	head, piece, err := unpack(msg.Data)
	if err != nil {
		reply(msg, epochMessage{Fault: FaultOf(err)})
		return
	}
	answer := func(a epochMessage, err error) {
		a.Fault = FaultOf(err)
		reply(msg, a)
	}
	switch head.Kind {
	case kindRestore:
		text, ok, err := m.restoring.take(head, piece)
		if ok {
			var parts []engine.Part
			if parts, _, err = parseParts(text); err == nil {
				err = m.tasks.Restore(m.life, engine.Record{Epoch: head.Epoch, Parts: parts, All: head.All})
			}
		}
		answer(epochMessage{}, err)
	case kindRecovered:
		from, err := m.tasks.Recovered(m.life, head.Epoch)
		if err == nil {
			close(m.recovered)
		}
		answer(epochMessage{Resumed: &from}, err)
	case kindCut:
		answer(epochMessage{}, m.tasks.Cut(m.life, head.Epoch, head.All))
	case kindRelease:
		go func() { answer(epochMessage{}, m.tasks.Release(m.life, head.Epoch)) }()
	case kindSync:
		go func() {
			parts, err := m.tasks.Sync(m.life, head.Epoch)
			if err == nil {
				_, err = m.say(epochMessage{Kind: kindSynced, Epoch: head.Epoch}, appendParts(nil, parts, 0))
			}
			answer(epochMessage{}, err)
		}()
	}
}

// say says something to the coordinator.
func (m *Member) say(head epochMessage, text []byte) (epochMessage, error) {
	head.Worker, head.Attempt = m.Worker, m.Welcome.Attempt
	return send(m.life, m.conn, coordinatorSubject(m.topology, m.Welcome.Attempt), head, text)
}

// Prepared implements engine.Coordinated.
func (m *Member) Prepared(p engine.Prepared) {
	go func() {
		text := appendParts(appendParts(nil, p.Parts, 0), p.Whole, whole)
		m.must(m.say(epochMessage{Kind: kindPrepared, Epoch: p.Epoch, Failed: p.Failed}, text))
	}()
}

// Over implements engine.Coordinated.
func (m *Member) Over() {
	go func() { m.must(m.say(epochMessage{Kind: kindOver}, nil)) }()
}

// Full implements engine.Coordinated. What does not get through costs nothing: the epoch ends by the clock.
func (m *Member) Full() {
	_ = m.conn.Publish(coordinatorSubject(m.topology, m.Welcome.Attempt), pack(epochMessage{Kind: kindFull, Worker: m.Worker, Attempt: m.Welcome.Attempt}, nil))
}

// must ends the run where the coordinator could not be told.
func (m *Member) must(answer epochMessage, err error) {
	if answer.Fault != nil {
		err = answer.Fault
	}
	if err == nil || m.life.Err() != nil {
		return
	}
	m.mu.Lock()
	run := m.run
	m.mu.Unlock()
	if run != nil {
		run.Abort(fmt.Errorf("worker %d does not reach its coordinator: %w", m.Worker+1, err))
	}
}

// GivenUp reports whether the supervisor has given this attempt at the run up, and begins another one.
func (m *Member) GivenUp() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fault != nil && m.fault.Again
}
