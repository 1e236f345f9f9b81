package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/topo-lang/topo/runtime/component"
)

// epochs is the part that a process has in its run's epochs: what the coordinator sees of its tasks, and the tasks of the coordinator.
type epochs struct {
	run    *run
	how    Epochs
	up     coordinated
	own    *Coordinator  // where it is of this process
	wanted atomic.Uint64 // the last epoch that was cut
	all    atomic.Bool   // with it the tasks hand over all state beside
	share  int64         // of the tuples that make an epoch full; 0: of any number

	mu    sync.Mutex
	tasks []*task
	spout map[*task]context.CancelFunc // ends the Next that may wait
	parts map[uint64][]Part            // by epoch
	whole []Part                       // all state, where it was asked for
	last  []Part                       // what was handed to the coordinator last
	left  int                          // tasks that have not ended
	told  uint64                       // the last epoch that the coordinator has
	over  bool                         // it knows that all tasks have ended
	rows  atomic.Int64                 // since the last cut

	inquiries inquiries
}

// coordinated is the coordinator, as the tasks of a process see it.
type coordinated interface {
	Prepared(p Prepared)
	Over()
	Full()
}

// Coordinated is a Fleet whose runs may commit in epochs, by a coordinator in another process.
type Coordinated interface {
	Fleet
	// Recover gives the coordinator the tasks of this process, which are open, and waits until what an earlier run has left is restored.
	Recover(ctx context.Context, tasks EpochTasks) error
	// Prepared, Over and Full are as the Coordinator's. They do not wait for it.
	Prepared(p Prepared)
	Over()
	Full()
}

// EpochTasks is the tasks of a process.
type EpochTasks interface {
	EpochMember
	// Identity is what the records of their components depend on.
	Identity() []Identity
}

// inProcess is a coordinator of this process.
type inProcess struct{ *Coordinator }

func (c inProcess) Prepared(p Prepared) { c.Coordinator.Prepared(0, p) }
func (c inProcess) Over()               { c.Coordinator.Over(0) }

// newEpochs begins the run's epochs. All tasks are open.
func (r *run) newEpochs(how Epochs) error {
	e := &epochs{run: r, how: how, spout: map[*task]context.CancelFunc{}, parts: map[uint64][]Part{}}
	mine, all := int64(0), int64(0) // spouts' tasks
	for _, m := range r.topology.members {
		e.tasks = append(e.tasks, m.local()...)
		if m.newSpout != nil {
			mine, all = mine+int64(len(m.local())), all+int64(m.count)
		}
	}
	if how.Rows > 0 && mine > 0 {
		e.share = max(1, how.Rows*mine/all)
	}
	e.left = len(e.tasks)
	if err := e.check(); err != nil {
		return err
	}
	r.epochs = e
	if r.fleet != nil {
		up := r.fleet.(Coordinated)
		e.up = up
		return up.Recover(r.ctx, e)
	}
	e.own = NewCoordinator(r.topology.name, how, r.note, []EpochMember{e}, func(component string, task int) int {
		if m := r.topology.member(component); m == nil || task >= len(m.tasks) {
			return -1
		}
		return 0
	})
	e.up = inProcess{e.own}
	return e.own.Open(r.ctx, e.Identity())
}

// coordinate commits what this process does, where no other one coordinates.
func (e *epochs) coordinate() {
	defer e.inquiries.end()
	switch err := e.own.Run(e.run.ctx); {
	case err == nil:
		e.inquiries.committed(nil)
	case !errors.Is(err, ErrNotCommitted):
		e.run.abort(fmt.Errorf("topology %s: %w", e.run.topology.name, err))
	case e.run.ctx.Err() != nil:
		// All tasks may have ended in good order before the run was stopped: what they did last is not committed.
		e.run.keep(context.Cause(e.run.ctx))
	}
}

// check sees that every task can do its part.
func (e *epochs) check() error {
	for _, t := range e.tasks {
		m := t.member
		switch {
		case t.spout != nil:
			if t.barrier.back, _ = as[Replayer](t.spout); t.barrier.back == nil {
				return fmt.Errorf("%s can't say where it stands in its source", m.name)
			}
			t.barrier.count, _ = as[Counted](t.spout)
			t.barrier.trim, _ = as[Trimmer](t.spout)
		default:
			t.barrier.state, _ = asTask[Kept](t.code)
			if t.barrier.state == nil {
				t.barrier.state = marshals(t.code)
			}
			t.barrier.sink, _ = asTask[Commits](t.code)
			t.barrier.numbered, _ = t.barrier.sink.(component.Numbered)
			if m.place.Keeps && t.barrier.state == nil {
				return fmt.Errorf("what %s keeps in memory can't be committed: its type has no MarshalBinary and UnmarshalBinary", m.name)
			}
		}
	}
	return nil
}

// asTask looks for a capability of a task, in what it wraps, too.
func asTask[T any](code any) (T, bool) {
	for {
		if t, ok := code.(T); ok {
			return t, true
		}
		w, ok := code.(interface{ Inner() any })
		if !ok {
			var none T
			return none, false
		}
		code = w.Inner()
	}
}

// Identity is what the records of the process's components depend on.
func (e *epochs) Identity() []Identity {
	var all []Identity
	for _, m := range e.run.topology.members {
		local := m.local()
		if len(local) == 0 {
			continue
		}
		all = append(all, m.identity(local[0]))
	}
	return all
}

// identity is what the records of a component depend on, of whose tasks this is one.
func (m *member) identity(one *task) Identity {
	shape := fmt.Sprintf("%d tasks", m.count)
	if m.count == 1 {
		shape = "1 task"
	}
	switch {
	case one.spout != nil:
		shape = "spout, " + shape
	case one.barrier.state != nil:
		shape += ", " + one.barrier.state.Shape()
	case one.barrier.sink != nil:
		if s, ok := one.barrier.sink.(interface{ Shape() string }); ok {
			shape += ", " + s.Shape()
		} else {
			shape += ", sink that commits"
		}
	}
	return Identity{m.name, shape}
}

// Cut implements EpochMember.
func (e *epochs) Cut(_ context.Context, n uint64, all bool) error {
	e.mu.Lock()
	if n > e.wanted.Load() {
		e.inquiries.take(n)
		e.all.Store(all)
		e.rows.Store(0)
		e.wanted.Store(n)
		for _, cancel := range e.spout {
			cancel()
		}
	}
	tell := e.look()
	e.mu.Unlock()
	tell()
	return nil
}

// hand takes a task's parts of an epoch; over says that there are no more from it. A barrier from another process may be here before the cut is.
func (e *epochs) hand(t *task, epoch uint64, parts, whole []Part, over bool) {
	e.mu.Lock()
	e.parts[epoch] = append(e.parts[epoch], parts...)
	e.whole = append(e.whole, whole...)
	t.barrier.handed = epoch
	if over {
		t.barrier.last.Store(epoch)
		t.barrier.handed = math.MaxUint64
		delete(e.spout, t)
		e.left--
	}
	tell := e.look()
	e.mu.Unlock()
	tell()
}

// look finds what the coordinator is to be told: that every task has handed over its part of the epoch that was cut, that all have ended.
func (e *epochs) look() (tell func()) {
	n, over := e.wanted.Load(), e.left == 0 && !e.over
	e.over = e.over || over
	prepared := n > e.told && !slices.ContainsFunc(e.tasks, func(t *task) bool { return t.barrier.handed < n })
	if !prepared {
		return func() {
			if over {
				e.up.Over()
			}
		}
	}
	p := Prepared{Epoch: n, Parts: e.parts[n], Whole: e.whole}
	e.told, e.last, e.whole = n, p.Parts, nil
	delete(e.parts, n)
	return func() {
		p.Failed = e.run.failure() != nil
		e.up.Prepared(p)
		if over {
			e.up.Over()
		}
	}
}

// Release implements EpochMember: it lets sinks write, and sources forget, what is committed.
func (e *epochs) Release(_ context.Context, n uint64) error {
	e.mu.Lock()
	parts := e.last
	if e.told != n {
		e.mu.Unlock()
		return fmt.Errorf("epoch %d is released, and epoch %d was prepared", n, e.told)
	}
	e.mu.Unlock()
	for _, p := range parts {
		t := e.run.topology.member(p.Component).tasks[p.Task]
		switch p.Kind {
		case Outbox:
			if err := guard(func() error { return t.barrier.sink.Release(p.Bytes) }); err != nil {
				return t.member.error(t.number, err)
			}
			inRelease.Hit()
		case Position:
			if t.barrier.trim != nil {
				at := slices.Clone(p.Bytes)
				t.barrier.committed.Store(&at)
			}
		}
	}
	e.inquiries.committed(nil)
	return nil
}

// Sync implements EpochMember. Tasks that have ended are the coordinator's; what ended behind this epoch has handed over what there was then.
func (e *epochs) Sync(_ context.Context, n uint64) (all []Part, err error) {
	for _, t := range e.tasks {
		if t.barrier.sink != nil {
			if err := guard(t.barrier.sink.Sync); err != nil {
				return nil, t.member.error(t.number, err)
			}
		}
	}
	for _, t := range e.tasks {
		if at := t.barrier.last.Load(); at > 0 && at <= n {
			parts, err := t.everything()
			if err != nil {
				return nil, t.member.error(t.number, err)
			}
			all = append(all, parts...)
		}
	}
	return all, nil
}

// reading is the context of a spout's Next: it ends when an epoch is cut. wanted says that one was, which the task has not ended.
func (e *epochs) reading(t *task) (ctx context.Context, wanted bool) {
	if e.wanted.Load() > t.barrier.epoch {
		return nil, true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wanted.Load() > t.barrier.epoch {
		return nil, true
	}
	if t.barrier.reading == nil || t.barrier.reading.Err() != nil {
		t.barrier.reading, e.spout[t] = context.WithCancel(e.run.reading)
	}
	return t.barrier.reading, false
}

// gave counts what a spout has read.
func (e *epochs) gave(n int64) {
	if e.rows.Add(n) >= e.share && e.share > 0 || n > 0 && e.rows.Load() >= mostOfEpoch {
		e.up.Full()
	}
}
