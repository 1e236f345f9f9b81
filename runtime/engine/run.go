package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// Options are what a run may be given; the zero value runs in memory until the input ends.
type Options struct {
	// Transport carries the batches; nil: memory. Run closes it.
	Transport Transport
	// Context makes what a task's Open is given; nil: the process's own streams and clock.
	Context func(component string, task, tasks int) *component.Context
	// Now is the run's clock, which `every`, `after` and `now()` go by; nil: time.Now. It becomes the Now of every Context that has none.
	Now func() time.Time
	// Report is told of failed tuples that nobody handles: of the first of each component and place at once, then of the number of others,
	// at most every ten seconds. It is called by tasks, also by several at once; texts are valid until it returns. nil: the summary has them all.
	Report func(Report)
	// Stop, when closed, ends the spouts; what they read is drained, and the run finishes as if the input had ended.
	Stop <-chan struct{}
	// Fleet is the processes that the run is spread over, and Transport then a Spread; nil: this one runs it all.
	Fleet Fleet
	// Tracking, where not nil, lets the run keep at-least-once: every tuple of a spout is followed until all that became of it is settled, and given
	// again where something was lost. nil: none.
	Tracking *Tracking
	// Epochs, where not nil, lets the run commit what it did in epochs. It has no Tracking then, and a Fleet is Coordinated.
	Epochs *Epochs
	// Note is told once of a spout that stands still for ten seconds, and why; when it goes on; and of a call into a component's code that has not returned for
	// half a minute. nil: nobody looks.
	Note func(string)
	// Opened, where not nil, is called when all tasks of this process are open, before the first tuple.
	Opened func()
	// Queue is how many batches an inbox holds; 0: 8.
	Queue int
}

// defaultQueue keeps a task busy while its sender is not, and little enough in flight that backpressure is quick.
const defaultQueue = 8

// run is one run of a topology.
type run struct {
	topology  *Topology
	transport Transport
	fleet     Fleet                // nil: this process runs all
	stepped   bool                 // by a Stepper: nothing runs by itself
	virtual   func() time.Duration // of a stepped run: its clock
	queue     int
	newCtx    func(component string, task, tasks int) *component.Context
	start     time.Time
	note      func(string)

	ctx    context.Context // done: everything stops at once
	cancel context.CancelFunc
	// reading is done when spouts should read no more.
	reading   context.Context
	stopSpout context.CancelFunc
	// stopping: it will be, because the run ends before its input does.
	stopping atomic.Bool

	tracking *Tracking // nil: tuples are not followed
	epochs   *epochs   // nil: nothing is committed
	// committing: the run will have epochs.
	committing bool

	hurry  hurry
	owners component.Owners
	// askable: every task is open, and none is closed.
	askable atomic.Bool

	mu    sync.Mutex
	err   error // the first
	sinks int   // tasks that send to nobody, and want more
}

// Run runs the topology until its input ends, Stop is closed and everything has drained, ctx is done, or a task fails.
// The summary counts what was done in any case. Run returns when every task's code has: a component that neither
// reads on nor minds its context keeps it, and is for the process's end to cut off.
func (t *Topology) Run(ctx context.Context, o Options) (Summary, error) {
	sorted, err := t.validate(o)
	if err != nil {
		return Summary{}, fmt.Errorf("topology %s: %w", t.name, err)
	}
	t.ran = true
	r := newRun(ctx, t, o)
	defer r.cancel()
	r.wire(sorted)
	t.running.Store(r)
	r.open(sorted)
	if o.Epochs != nil && r.failure() == nil {
		if err := r.newEpochs(*o.Epochs); err != nil {
			r.keep(err)
		}
	}
	if r.failure() == nil {
		r.askable.Store(true)
		if o.Opened != nil {
			o.Opened()
		}
		r.drive(o.Stop)
		r.askable.Store(false)
		if r.epochs != nil {
			r.epochs.inquiries.end()
		}
	}
	if r.fleet != nil {
		if err := r.fleet.End(r.summary(), r.failure()); err != nil {
			r.keep(err)
		}
	}
	r.close(sorted)
	if r.epochs != nil && r.epochs.own != nil {
		if err := r.epochs.own.Close(); err != nil {
			r.keep(err)
		}
	}
	r.forget()
	return r.summary(), r.failure()
}

func newRun(ctx context.Context, t *Topology, o Options) *run {
	r := &run{committing: o.Epochs != nil, topology: t, transport: o.Transport, fleet: o.Fleet, queue: o.Queue, newCtx: o.Context, note: o.Note, start: time.Now()}
	if r.queue <= 0 {
		r.queue = defaultQueue
	}
	if o.Tracking != nil {
		r.tracking = o.Tracking.filled()
		if r.fleet == nil {
			r.hurry.begun = make(chan struct{})
		}
	}
	if o.Now != nil {
		t.now = o.Now
	}
	t.failed.report = o.Report
	if r.newCtx == nil {
		r.newCtx = func(name string, task, tasks int) *component.Context {
			return &component.Context{
				Topology: t.name, Component: name, Task: task, Tasks: tasks,
				Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			}
		}
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.reading, r.stopSpout = context.WithCancel(r.ctx)
	return r
}

// wire makes the tasks' inboxes, then the edges between them, then the tasks' code, which asks for its ends of the edges.
func (r *run) wire(sorted []*member) {
	t := r.topology
	for _, m := range t.members {
		for i := range m.count {
			one := &task{run: r, member: m, number: i}
			m.tasks = append(m.tasks, one)
			if r.place(m, one); one.away {
				continue
			}
			if m.newTask != nil {
				one.inbox = make(inbox, r.queue)
			}
			if m.cycle != nil {
				m.cycle.join(one, r.queue)
				m.cycle.epochs.commits = r.committing
			}
		}
	}
	for id, e := range t.edges {
		s := e.describe()
		from, to := t.member(s.From), t.member(s.To)
		from.edges = append(from.edges, id)
		for _, one := range to.tasks {
			switch laneOf(s, from, to) {
			case looping:
				continue // ends with the cycle
			case entering:
				to.cycle.tokens.Add(int64(from.count))
				to.cycle.epochs.lanes += int64(from.count)
			}
			if s.Fused {
				one.senders++
			} else {
				one.senders += from.count
			}
		}
		e.wire(r, id, from, to)
	}
	r.link(sorted)
	t.asides()
	for _, m := range t.members {
		for _, one := range m.local() {
			one.lanes = newLanes(m.lanes)
			for _, p := range one.ports {
				one.chain.watched = one.chain.watched || p.watched()
			}
		}
	}
	for _, m := range sorted {
		if m.isSink() && !m.aside {
			r.sinks += len(m.local())
		}
		first := len(t.sources) // spouts' tasks have the same numbers in all processes
		if m.newSpout != nil {
			t.sources = append(t.sources, make([]*source, m.count)...)
		}
		for _, one := range m.local() {
			i := one.number
			t.making = one
			err := guard(func() error {
				if m.newSpout != nil {
					one.spout = m.newSpout(i)
				} else {
					one.code = m.newTask(i)
				}
				return nil
			})
			for _, p := range one.ports {
				p.gathers()
			}
			if err != nil {
				r.keep(m.error(i, refusal(err)))
			} else if r.tracking != nil {
				one.track()
				if one.spout != nil {
					t.sources[first+i] = r.track(one, first+i+1)
				}
			}
		}
	}
}

// open opens every task, sinks first, until one fails.
func (r *run) open(sorted []*member) {
	for _, m := range slices.Backward(sorted) {
		for _, one := range m.local() {
			if r.ctx.Err() != nil {
				r.keep(context.Cause(r.ctx))
			}
			if r.failure() != nil {
				return
			}
			one.open()
		}
	}
}

// drive runs all tasks to their ends.
func (r *run) drive(stop <-chan struct{}) {
	if r.transport != nil {
		if err := r.lay(); err != nil {
			r.abort(err)
			return
		}
		for id, e := range r.topology.edges {
			s := e.describe()
			if s.Fused {
				continue
			}
			if err := e.listen(r, id, r.topology.member(s.From), r.topology.member(s.To)); err != nil {
				r.abort(err)
				return
			}
		}
	}
	if r.fleet != nil {
		if err := r.begin(); err != nil {
			r.keep(err)
			r.cancel()
			return
		}
	}
	var tasks, watch sync.WaitGroup
	ended := make(chan struct{})
	watch.Go(func() {
		select {
		case <-stop:
			r.stopSpout()
		case <-ended:
		}
	})
	if r.note != nil {
		watch.Go(func() { newWatch(r, r.note).keep(ended) })
	}
	if r.epochs != nil && r.epochs.own != nil {
		tasks.Go(r.epochs.coordinate)
	}
	for _, m := range r.topology.members {
		for _, one := range m.local() {
			if !one.fused {
				tasks.Go(one.loop)
			}
		}
	}
	tasks.Wait()
	close(ended)
	watch.Wait()
}

// close closes every task, what feeds a task before the task, and then the transport. An error
// on the way, of a sink that could not write its last rows, makes what follows incomplete.
func (r *run) close(sorted []*member) {
	for _, m := range sorted {
		for _, one := range m.local() {
			// What an epoch commits is whole when the input has come to its end, and not where a later run goes on.
			one.close(r.failure() == nil && (one.barrier.sink == nil || one.barrier.over))
		}
	}
	if r.transport != nil {
		if err := r.transport.Close(); err != nil {
			r.keep(fmt.Errorf("topology %s: closing the transport: %w", r.topology.name, err))
		}
	}
}

// abort keeps the first error and stops everything at once.
func (r *run) abort(err error) {
	r.keep(err)
	r.cancel()
	if r.fleet != nil {
		r.fleet.Failed(err, false)
	}
}

// drain keeps the first error and ends the spouts; what they have read is processed. Other processes know before the end of a spout reaches them.
func (r *run) drain(err error) {
	r.keep(err)
	if r.fleet != nil && r.committing {
		r.fleet.Failed(err, true)
	}
	r.stopSpout()
	if r.fleet != nil && !r.committing {
		r.fleet.Failed(err, true)
	}
}

// sinkDone counts a sink's task that wants no more. Without any left to read for, the spouts end.
func (r *run) sinkDone() {
	if r.fleet != nil {
		r.fleet.SinkDone() // which ends the spouts when no process has one left
		return
	}
	r.mu.Lock()
	r.sinks--
	none := r.sinks == 0
	r.mu.Unlock()
	if none {
		r.stopSpout()
	}
}

func (r *run) keep(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

// failure is the first error.
func (r *run) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// clock is the time since the run began.
func (r *run) clock() time.Duration {
	if r.virtual != nil {
		return r.virtual()
	}
	return time.Since(r.start)
}
