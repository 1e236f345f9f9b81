package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// The supervisor's side of a run that commits in epochs: see epochs.go.

// once is what a supervisor has of it.
type once struct {
	coordinator *engine.Coordinator
	ctx         context.Context
	cancel      context.CancelFunc
	started     bool
	done        chan struct{} // closed when nothing more is committed
	over        bool          // that is so
	identity    map[int][]engine.Identity
	joined      []joined // by worker: what it says in pieces
	synced      []chan []engine.Part
}

// prepareOnce makes the coordinator.
func (s *Supervisor) prepareOnce(ctx context.Context) (*nats.Subscription, error) {
	o := &once{done: make(chan struct{}), identity: map[int][]engine.Identity{}, joined: make([]joined, len(s.workers))}
	o.ctx, o.cancel = context.WithCancel(ctx)
	var members []engine.EpochMember
	for i := range s.workers {
		members = append(members, &distant{s: s, o: o, worker: i})
		o.synced = append(o.synced, make(chan []engine.Part, 1))
	}
	o.coordinator = engine.NewCoordinator(s.cfg.Topology, *s.cfg.Epochs, func(text string) { s.cfg.Say("%s", text) }, members, s.cfg.Assigned.Where)
	s.once = o
	return s.cfg.Conn.Subscribe(coordinatorSubject(s.cfg.Topology, s.attempt()), s.hear)
}

// attempt is that of all workers.
func (s *Supervisor) attempt() uint16 { return max(1, s.cfg.Attempt) }

// endOnce waits until nothing more is committed, and lets go of the log.
func (s *Supervisor) endOnce() error {
	s.once.cancel()
	s.mu.Lock()
	started := s.once.started
	s.once.started = true
	s.mu.Unlock()
	if started {
		<-s.once.done
	}
	return s.once.coordinator.Close()
}

// Committed is the last epoch that was committed, 0 where nothing was or nothing is.
func (s *Supervisor) Committed() uint64 {
	if s.once == nil {
		return 0
	}
	return s.once.coordinator.Committed()
}

// opened notes what the records of a worker's components depend on. When all have said so, the log is opened.
func (s *Supervisor) opened(w *worker, identity []engine.Identity) {
	o := s.once
	if o == nil || o.started || s.aborted {
		return
	}
	o.identity[w.number] = identity
	if len(o.identity) < len(s.workers) {
		return
	}
	var all []engine.Identity
	for _, c := range s.cfg.Assigned.Components {
		var shape string
		for _, number := range c.Workers {
			i := slices.IndexFunc(o.identity[number], func(i engine.Identity) bool { return i.Component == c.Component })
			if i < 0 || shape != "" && o.identity[number][i].Shape != shape {
				s.abort(&Fault{What: fmt.Sprintf("worker %d has another %s than the others", number+1, c.Component)})
				return
			}
			shape = o.identity[number][i].Shape
		}
		all = append(all, engine.Identity{Component: c.Component, Shape: shape})
	}
	o.started = true
	go s.coordinate(all)
}

// coordinate goes to where an earlier run has committed last, and commits what this one does.
func (s *Supervisor) coordinate(identity []engine.Identity) {
	o := s.once
	defer close(o.done)
	err := o.coordinator.Open(o.ctx, identity)
	if err == nil {
		err = o.coordinator.Run(o.ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o.over = true
	switch gone := (*Again)(nil); {
	case err == nil, errors.Is(err, engine.ErrNotCommitted), o.ctx.Err() != nil:
	case errors.As(err, &gone):
		s.lose(gone.What)
	default:
		s.abort(FaultOf(err))
	}
	s.checkEnds()
}

// lose gives this attempt at the run up. s.mu is held.
func (s *Supervisor) lose(what string) {
	if s.aborted {
		return
	}
	if s.fault == nil {
		s.fault = &Fault{What: what, Again: true}
	}
	s.aborted = true
	s.once.cancel()
	abort := encode(message{Kind: kindAbort, Fault: s.fault})
	for _, w := range s.workers {
		switch {
		case w.state == awaited:
			w.state = finished
		case w.number >= s.cfg.Local && w.state != finished:
			// It is heard no more, whatever becomes of it.
			_ = s.cfg.Conn.Publish(workerSubject(s.cfg.Topology, w.number, w.attempt), abort)
			w.state = finished
		}
	}
	go s.cfg.Kill()
	s.check()
}

// hear takes what workers say to the coordinator.
func (s *Supervisor) hear(msg *nats.Msg) {
	head, piece, err := unpack(msg.Data)
	o := s.once
	if err != nil || head.Worker < 0 || head.Worker >= len(s.workers) || head.Attempt != s.attempt() {
		reply(msg, epochMessage{Fault: FaultOf(errDamaged)})
		return
	}
	switch head.Kind {
	case kindFull:
		o.coordinator.Full()
		return
	case kindOver:
		o.coordinator.Over(head.Worker)
	case kindPrepared, kindSynced:
		text, ok, err := o.joined[head.Worker].take(head, piece)
		var parts, all []engine.Part
		if ok {
			parts, all, err = parseParts(text)
		}
		if err != nil {
			reply(msg, epochMessage{Fault: FaultOf(err)})
			return
		}
		switch {
		case !ok:
		case head.Kind == kindPrepared:
			o.coordinator.Prepared(head.Worker, engine.Prepared{Epoch: head.Epoch, Parts: parts, Whole: all, Failed: head.Failed})
		default:
			select {
			case o.synced[head.Worker] <- parts:
			default:
			}
		}
	}
	reply(msg, epochMessage{})
}

// distant is a worker, as the coordinator sees it.
type distant struct {
	s      *Supervisor
	o      *once
	worker int
}

// ask says something to the worker. Where it does not answer it is lost.
func (d *distant) ask(ctx context.Context, head epochMessage, text []byte) (epochMessage, error) {
	answer, err := send(ctx, d.s.cfg.Conn, tasksSubject(d.s.cfg.Topology, d.worker, d.s.attempt()), head, text)
	switch {
	case err != nil && ctx.Err() != nil:
		return answer, ctx.Err()
	case err != nil:
		return answer, &Again{fmt.Sprintf("worker %d does not answer (%v)", d.worker+1, err)}
	case answer.Fault != nil:
		return answer, answer.Fault
	}
	return answer, nil
}

// Restore implements engine.EpochMember.
func (d *distant) Restore(ctx context.Context, r engine.Record) error {
	_, err := d.ask(ctx, epochMessage{Kind: kindRestore, Epoch: r.Epoch, All: r.All}, appendParts(nil, r.Parts, 0))
	return err
}

// Recovered implements engine.EpochMember.
func (d *distant) Recovered(ctx context.Context, last uint64) (engine.Resumed, error) {
	answer, err := d.ask(ctx, epochMessage{Kind: kindRecovered, Epoch: last}, nil)
	if err == nil && answer.Resumed == nil {
		err = errDamaged
	}
	if err != nil {
		return engine.Resumed{}, err
	}
	return *answer.Resumed, nil
}

// Cut implements engine.EpochMember.
func (d *distant) Cut(ctx context.Context, epoch uint64, all bool) error {
	limit, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := d.ask(limit, epochMessage{Kind: kindCut, Epoch: epoch, All: all}, nil)
	if err != nil && ctx.Err() == nil && limit.Err() != nil {
		err = &Again{fmt.Sprintf("worker %d does not answer any more", d.worker+1)}
	}
	return err
}

// Release implements engine.EpochMember.
func (d *distant) Release(ctx context.Context, epoch uint64) error {
	_, err := d.ask(ctx, epochMessage{Kind: kindRelease, Epoch: epoch}, nil)
	return err
}

// Sync implements engine.EpochMember.
func (d *distant) Sync(ctx context.Context, epoch uint64) ([]engine.Part, error) {
	if _, err := d.ask(ctx, epochMessage{Kind: kindSync, Epoch: epoch}, nil); err != nil {
		return nil, err
	}
	select {
	case parts := <-d.o.synced[d.worker]:
		return parts, nil
	default:
		return nil, errDamaged
	}
}
