package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// How a run commits what it did, in epochs. An epoch is what the spouts' tasks read between two cuts. To cut, the coordinator asks every spout's task, which notes
// where it stands in its source and sends a barrier behind what it has given, on all its edges. A task that has a barrier from each of its senders has
// processed what belongs to the epoch and nothing else: it hands over what the epoch changed in it (prepare) and sends the barrier on. When all tasks
// have, the coordinator writes one record with all of it, and then lets the sinks write what they prepared (release). Tasks work on the next epoch meanwhile.
//
// A sender that has sent its barrier sends no more to a task which still waits for others' (see passage), so what is behind a barrier never overtakes it. A task that
// ends hands over what its last epoch changed, and no barrier is expected of it from then on. The last record is written when all tasks have ended.
//
// After a crash the records say how the tasks' state was after the last epoch that was committed, and where the sources stood then. What came behind that was neither
// committed nor released, so it is as if it had not been.

// Log keeps the records of a run's epochs from run to run.
type Log interface {
	// Recover is called once, before any Commit. It gives what is needed to go on: all state as of some epoch, and the records behind it, in order. Bytes are
	// valid during the call.
	Recover(ctx context.Context, each func(Record) error) error
	// Commit writes a record; when it returns nil the record is durable. Bytes are valid during the call.
	Commit(ctx context.Context, r Record) error
	// Snapshot is given all state as it is after an epoch that was committed, whose output and that of all before is durable: a later Recover needs
	// nothing older. It is called by a goroutine of its own, while epochs are committed. Bytes are its own.
	Snapshot(ctx context.Context, r Record) error
	// Close lets go of the log. Nothing is written after it.
	Close() error
}

// Record is what an epoch changed.
type Record struct {
	Epoch uint64
	Parts []Part
	// All says that the parts are all state, and not what an epoch changed in it: of a snapshot.
	All bool
}

// Kind says what a Part is.
type Kind byte

// The kinds of parts.
const (
	Position Kind = 1 // where a spout's task stands: JSON
	State    Kind = 2 // of a task: see Kept
	Outbox   Kind = 3 // what a sink's task writes once the epoch is committed: see Commits
	Over     Kind = 4 // the task has come to its end, and will do no more in any run
)

// Part is what an epoch changed in one task.
type Part struct {
	Kind      Kind
	Component string
	Task      int
	Bytes     []byte
}

// Kept is a Task whose memory is part of the epochs; Commits one that writes what belongs to committed ones only. A Task that wraps another one, or a component, has a
// method Inner.
type (
	Kept    = component.Kept
	Commits = component.Commits
)

// Epochs lets a run commit in epochs.
type Epochs struct {
	// Every is how often; 0: DefaultEpoch. Rows, where not 0, is how many tuples of the spouts make an epoch full before.
	Every time.Duration
	Rows  int64
	// Open opens the log. What is recorded there depends on these lines; a log that was written by others is refused.
	Open func(ctx context.Context, identity []Identity) (Log, error)
	// Resumed, where not nil, is told what an earlier run has left, if anything, before the run goes on.
	Resumed func(Resumed)
	// SnapshotBytes is how many bytes of records there are at least before a snapshot replaces them; 0: 16 MiB.
	SnapshotBytes int64
}

// Identity is what a component's records depend on.
type Identity struct{ Component, Shape string }

// Resumed is what a run goes on with.
type Resumed struct {
	Epoch uint64 // the last that was committed; 0: none
	// Over says that the earlier run came to its end: there is nothing more to read.
	Over bool
	// Positions are those of spouts' tasks that have more to read, nil of others.
	Positions map[string][][]byte
}

const (
	// DefaultEpoch is how long an epoch is where nothing is said.
	DefaultEpoch  = 100 * time.Millisecond
	snapshotBytes = 16 << 20
	// mostOfEpoch is how many tuples of a spout's task an epoch may have, however long its end takes to come: what sinks prepare is kept in memory.
	mostOfEpoch = 1 << 20
)

// epochs is the coordinator of a run.
type epochs struct {
	run    *run
	how    Epochs
	log    Log
	wanted atomic.Uint64 // the last epoch that was cut
	all    atomic.Bool   // with it the tasks hand over all state beside

	mu    sync.Mutex
	tasks []*task
	spout map[*task]context.CancelFunc // ends the Next that may wait
	parts map[uint64][]Part            // by epoch
	whole []Part                       // all state, where it was asked for
	left  int                          // tasks that have not ended
	due   int                          // tasks that have yet to prepare the epoch that was cut
	seen  chan struct{}                // something above has changed
	full  chan struct{}                // so many tuples were read that the epoch should be cut
	rows  atomic.Int64                 // since the last cut

	logged, snapshot int64 // bytes of records since the last snapshot, and of that
	writing          chan error
}

// newEpochs begins the run's epochs, where it has any. All tasks are open.
func (r *run) newEpochs(how Epochs) error {
	if how.Every <= 0 {
		how.Every = DefaultEpoch
	}
	if how.SnapshotBytes <= 0 {
		how.SnapshotBytes = snapshotBytes
	}
	e := &epochs{run: r, how: how, spout: map[*task]context.CancelFunc{}, parts: map[uint64][]Part{}, seen: make(chan struct{}, 1), full: make(chan struct{}, 1)}
	for _, m := range r.topology.members {
		e.tasks = append(e.tasks, m.tasks...)
	}
	e.left = len(e.tasks)
	if err := e.check(); err != nil {
		return err
	}
	var err error
	if e.log, err = how.Open(r.ctx, r.topology.identity()); err != nil {
		return err
	}
	r.epochs = e
	return e.recover()
}

// check sees that every task can do its part.
func (e *epochs) check() error {
	for _, t := range e.tasks {
		m := t.member
		switch {
		case m.cycle != nil:
			return fmt.Errorf("%s is part of a cycle, through which no epoch goes yet", m.name)
		case t.spout != nil:
			if t.barrier.back, _ = as[Replayer](t.spout); t.barrier.back == nil {
				return fmt.Errorf("%s can't say where it stands in its source", m.name)
			}
			t.barrier.count, _ = as[Counted](t.spout)
			t.barrier.trim, _ = as[Trimmer](t.spout)
		default:
			t.barrier.state, _ = asTask[Kept](t.code)
			t.barrier.sink, _ = asTask[Commits](t.code)
			if m.place.Keeps && t.barrier.state == nil {
				return fmt.Errorf("what %s keeps in memory can't be committed yet", m.name)
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

// identity is what the records of a topology depend on.
func (t *Topology) identity() []Identity {
	var all []Identity
	for _, m := range t.members {
		shape := fmt.Sprintf("%d tasks", m.count)
		if m.count == 1 {
			shape = "1 task"
		}
		switch one := m.tasks[0]; {
		case one.spout != nil:
			shape = "spout, " + shape
		case one.barrier.state != nil:
			shape += ", " + one.barrier.state.Shape()
		case one.barrier.sink != nil:
			shape += ", sink that commits"
		}
		all = append(all, Identity{m.name, shape})
	}
	return all
}

// errFailed ends the coordinator where the run has failed: nothing more is committed.
var errFailed = errors.New("the run has failed")

// coordinate cuts and commits epochs until all tasks have ended.
func (e *epochs) coordinate() {
	timer := time.NewTimer(e.how.Every)
	defer timer.Stop()
	for {
		last := e.over()
		if !last {
			select {
			case <-timer.C:
			case <-e.full:
			case <-e.seen:
				continue
			case <-e.run.ctx.Done():
			}
			timer.Reset(e.how.Every)
		}
		if err := e.epoch(last); err != nil {
			if err == errFailed {
				// All tasks may have ended in good order before the run was stopped: what they did last is not committed.
				if e.run.ctx.Err() != nil {
					e.run.keep(context.Cause(e.run.ctx))
				}
			} else {
				e.run.abort(fmt.Errorf("topology %s: %w", e.run.topology.name, err))
			}
			break
		}
		if last {
			break
		}
	}
	if e.writing != nil {
		e.snapshotWritten(<-e.writing)
	}
}

// over reports whether all tasks have ended.
func (e *epochs) over() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.left == 0
}

// epoch cuts one, waits until it is prepared, and commits it. The last one needs no cut: all tasks have ended.
func (e *epochs) epoch(last bool) error {
	n := e.wanted.Load() + 1
	all := !last && e.writing == nil && e.logged >= max(e.how.SnapshotBytes, 4*e.snapshot)
	e.cut(n, all)
	for !e.prepared() {
		select {
		case <-e.seen:
		case <-e.run.ctx.Done():
			return errFailed
		}
	}
	if e.run.failure() != nil || e.run.ctx.Err() != nil {
		return errFailed
	}
	e.mu.Lock()
	parts := e.parts[n]
	delete(e.parts, n)
	e.mu.Unlock()
	if len(parts) > 0 {
		if earlyRelease {
			if err := e.release(parts); err != nil {
				return err
			}
		}
		beforeCommit.Hit()
		if err := e.log.Commit(e.run.ctx, Record{Epoch: n, Parts: parts}); err != nil {
			return err
		}
		afterCommit.Hit()
		if !earlyRelease {
			if err := e.release(parts); err != nil {
				return err
			}
		}
		afterRelease.Hit()
		for _, p := range parts {
			e.logged += int64(len(p.Bytes))
		}
	}
	if all && len(parts) > 0 {
		return e.snap(n)
	}
	if e.writing != nil {
		select {
		case err := <-e.writing:
			e.snapshotWritten(err)
		default:
		}
	}
	return nil
}

// cut asks the tasks for an epoch.
func (e *epochs) cut(n uint64, all bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.due = e.left
	e.all.Store(all)
	e.rows.Store(0)
	e.wanted.Store(n)
	for _, cancel := range e.spout {
		cancel()
	}
}

// prepared reports whether every task has handed over its part of the epoch that was cut.
func (e *epochs) prepared() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.due == 0
}

// release lets sinks write, and sources forget, what is committed.
func (e *epochs) release(parts []Part) error {
	for _, p := range parts {
		t := e.run.topology.member(p.Component).tasks[p.Task]
		switch p.Kind {
		case Outbox:
			if err := guard(func() error { return t.barrier.sink.Release(p.Bytes) }); err != nil {
				return t.member.error(t.number, err)
			}
		case Position:
			if t.barrier.trim != nil {
				at := slices.Clone(p.Bytes)
				t.barrier.committed.Store(&at)
			}
		}
	}
	return nil
}

// snap lets the log replace its records by all state as it is after an epoch.
func (e *epochs) snap(n uint64) error {
	for _, t := range e.tasks {
		if t.barrier.sink != nil {
			if err := guard(t.barrier.sink.Sync); err != nil {
				return t.member.error(t.number, err)
			}
		}
	}
	e.mu.Lock()
	r := Record{Epoch: n, Parts: e.whole, All: true}
	e.whole = nil
	e.mu.Unlock()
	// Tasks that have ended are the coordinator's. What ended behind this epoch has handed over what there was then.
	for _, t := range e.tasks {
		if at := t.barrier.last.Load(); at > 0 && at <= n {
			parts, err := t.everything()
			if err != nil {
				return t.member.error(t.number, err)
			}
			r.Parts = append(r.Parts, parts...)
		}
	}
	e.logged, e.snapshot = 0, 0
	for _, p := range r.Parts {
		e.snapshot += int64(len(p.Bytes))
	}
	e.writing = make(chan error, 1)
	go func(written chan<- error) {
		beforeSnapshot.Hit()
		err := e.log.Snapshot(e.run.ctx, r)
		afterSnapshot.Hit()
		written <- err
	}(e.writing)
	return nil
}

// snapshotWritten takes the end of a snapshot. Without it the log is longer, and nothing is lost.
func (e *epochs) snapshotWritten(err error) {
	e.writing = nil
	if err != nil && e.run.ctx.Err() == nil && e.run.note != nil {
		e.run.note(fmt.Sprintf("%s: the snapshot of epoch %d could not be written, and the log of commits gets longer: %v", e.run.topology.name, e.wanted.Load(), err))
	}
}

// signal tells the coordinator that something has changed. e.mu may be held.
func (e *epochs) signal() {
	select {
	case e.seen <- struct{}{}:
	default:
	}
}

// hand takes a task's parts of an epoch; over says that there are no more from it.
func (e *epochs) hand(t *task, epoch uint64, parts, whole []Part, over bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.parts[epoch] = append(e.parts[epoch], parts...)
	e.whole = append(e.whole, whole...)
	if over {
		t.barrier.last.Store(epoch)
		delete(e.spout, t)
		e.left--
	}
	// One that ends counts where the epoch that was cut is not behind it.
	if e.due > 0 && epoch == e.wanted.Load() {
		e.due--
	}
	e.signal()
}
