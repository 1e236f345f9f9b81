package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/topo-lang/topo/runtime/component"
)

// How a running topology is asked what its bolts keep. A question goes to the task that owns a key, or to all tasks of a bolt, and is answered by
// the task's own goroutine between two batches, so that no tuple pays for it: a task looks at one number a batch.
//
// In a run that commits in epochs questions wait for the next barrier. There a task knows just what belongs to the epoch, and the answer is given when that is
// committed: all answers to what was asked at once are of one committed epoch, in all tasks.

// Asked is a Task that answers questions about what it keeps.
type Asked = component.Asked

// Question is asked of a bolt.
type Question struct {
	Component string
	All       bool   // all of its tasks are asked
	Hash      uint64 // else the task that owns the key with this hash
	Ask       []byte
}

// Asker answers questions: of each those of its tasks, in their order.
type Asker interface {
	Ask(ctx context.Context, questions []Question) ([][][]byte, error)
}

var (
	// ErrNotRunning: there is no run that could be asked.
	ErrNotRunning = errors.New("the topology does not run")
	errWithdrawn  = errors.New("nobody waits for the answer any more")
)

// asked is one question to one task.
type asked struct {
	task   *task
	ask    []byte
	answer []byte
	err    error
	given  bool          // the answer is there
	done   chan struct{} // closed then; nil where many are waited for together
	left   atomic.Bool   // nobody waits any more
}

// asks are the questions to the tasks of a chain.
type asks struct {
	n    atomic.Int32 // of list
	wake chan struct{}
	mu   sync.Mutex
	list []*asked
	over bool // the chain's goroutine does no more: who asks looks himself, under mu
}

// Task is the task that owns the keys with a hash.
func (t *Topology) owner(m *member, hash uint64) int {
	if m.owners == nil {
		m.owners = Owners(m.count)
	}
	return int(m.owners[hash>>(64-SlotBits)])
}

// Ask asks the tasks of a running topology, as many questions as there are at once.
func (t *Topology) Ask(ctx context.Context, questions []Question) ([][][]byte, error) {
	r := t.running.Load()
	if r == nil || !r.askable.Load() {
		return nil, ErrNotRunning
	}
	var all []*asked
	counts := make([]int, len(questions))
	for i, q := range questions {
		m := t.member(q.Component)
		if m == nil {
			return nil, fmt.Errorf("%s is no component", q.Component)
		}
		from, to := 0, m.count
		if !q.All {
			t.asking.Lock()
			from = t.owner(m, q.Hash)
			t.asking.Unlock()
			to = from + 1
		}
		counts[i] = to - from
		for n := from; n < to; n++ {
			one := m.tasks[n]
			if one.away {
				return nil, fmt.Errorf("task %d of %s runs in another process", n, q.Component)
			}
			if _, ok := asTask[Asked](one.code); !ok {
				return nil, fmt.Errorf("%s can't be asked", q.Component)
			}
			all = append(all, &asked{task: one, ask: q.Ask})
		}
	}
	var err error
	if r.epochs != nil {
		_, err = r.epochs.asked(ctx, all)
	} else {
		err = r.ask(ctx, all)
	}
	if err != nil {
		return nil, err
	}
	out := make([][][]byte, len(questions))
	for i, n := range counts {
		for _, a := range all[:n] {
			if a.err != nil {
				return nil, a.task.member.error(a.task.number, a.err)
			}
			out[i] = append(out[i], a.answer)
		}
		all = all[n:]
	}
	return out, nil
}

// reply lets the task's code answer.
func (a *asked) reply() {
	if a.given {
		return
	}
	a.given = true
	if a.left.Load() {
		a.err = errWithdrawn
	} else {
		code, _ := asTask[Asked](a.task.code)
		a.err = guard(func() (err error) {
			a.answer, err = code.Answer(nil, a.ask)
			return err
		})
	}
	if a.done != nil {
		close(a.done)
	}
}

// ask asks tasks for what they keep now.
func (r *run) ask(ctx context.Context, all []*asked) error {
	for _, a := range all {
		a.done = make(chan struct{})
		c := a.task.chain
		if c.tasks[0].spout != nil {
			// A spout's goroutine may be in its Next for long; what it holds is the lock of its chain.
			go func() {
				c.mu.Lock()
				defer c.mu.Unlock()
				a.reply()
			}()
			continue
		}
		c.asks.put(a)
	}
	for _, a := range all {
		select {
		case <-a.done:
		case <-ctx.Done():
			for _, b := range all {
				b.left.Store(true)
			}
			return ctx.Err()
		}
	}
	return nil
}

// put leaves a question to the chain's goroutine.
func (x *asks) put(a *asked) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		a.reply()
		return
	}
	x.list = append(x.list, a)
	x.n.Add(1)
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// answer answers what was asked; it is called by the chain's goroutine.
func (x *asks) answer() {
	x.mu.Lock()
	list := x.list
	x.list = nil
	x.n.Store(0)
	x.mu.Unlock()
	for _, a := range list {
		a.reply()
	}
}

// end says that the chain's goroutine does no more.
func (x *asks) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over = true
	for _, a := range x.list {
		a.reply()
	}
	x.list = nil
	x.n.Store(0)
}

// inquiries are the questions to the tasks of a process in a run that commits in epochs.
type inquiries struct {
	mu      sync.Mutex
	waiting []*inquiry // for the next cut
	over    bool
	// current are those of the epoch that was cut; the tasks look at it at their barriers.
	current atomic.Pointer[inquired]
}

// inquired is what is asked of an epoch.
type inquired struct {
	epoch uint64
	list  []*inquiry
}

// inquiry is what was asked at once.
type inquiry struct {
	asked []*asked
	epoch uint64 // of the answers
	err   error
	done  chan struct{}
}

// asked leaves questions to the next epoch, and waits until that is committed. It returns which that is.
func (e *epochs) asked(ctx context.Context, all []*asked) (epoch uint64, err error) {
	q := &inquiry{asked: all, done: make(chan struct{})}
	x := &e.inquiries
	x.mu.Lock()
	if x.over {
		x.mu.Unlock()
		return 0, ErrNotRunning
	}
	x.waiting = append(x.waiting, q)
	x.mu.Unlock()
	if e.how.Every > DefaultEpoch {
		e.up.Full() // nobody waits for a long epoch's end
	}
	select {
	case <-q.done:
		return q.epoch, q.err
	case <-ctx.Done():
		for _, a := range all {
			a.left.Store(true)
		}
		return 0, ctx.Err()
	}
}

// take gives the epoch that is about to be cut the questions that wait. That it is cut says that the one before it is over, and was committed, where there was something to commit.
func (x *inquiries) take(epoch uint64) {
	x.committed(nil)
	x.mu.Lock()
	defer x.mu.Unlock()
	list := x.waiting
	x.waiting = nil
	if len(list) > 0 {
		x.current.Store(&inquired{epoch, list})
	}
}

// atBarrier answers what was asked of a task, of which all is known that belongs to the epoch, and nothing else.
func (x *inquiries) atBarrier(t *task) {
	now := x.current.Load()
	if now == nil || now.epoch != t.barrier.epoch {
		return
	}
	for _, q := range now.list {
		for _, a := range q.asked {
			if a.task == t {
				a.reply()
			}
		}
	}
}

// committed gives the answers to those who wait, or why there are none. Tasks that have ended did not answer: they are nobody's, and are asked here. Where a task has passed
// its barrier before the cut was known here, all is asked of the next epoch.
func (x *inquiries) committed(err error) {
	now := x.current.Swap(nil)
	if now == nil {
		return
	}
	for _, q := range now.list {
		missed := false
		for _, a := range q.asked {
			missed = missed || !a.given && a.task.barrier.last.Load() == 0
		}
		if missed && err == nil {
			for _, a := range q.asked {
				a.given, a.answer, a.err = false, nil, nil
			}
			x.mu.Lock()
			over := x.over
			if !over {
				x.waiting = append(x.waiting, q)
			}
			x.mu.Unlock()
			if !over {
				continue
			}
			q.err = ErrNotRunning
			close(q.done)
			continue
		}
		if q.err, q.epoch = err, now.epoch; err == nil {
			for _, a := range q.asked {
				a.reply()
			}
		}
		close(q.done)
	}
}

// end says that no more epochs are committed.
func (x *inquiries) end() {
	x.committed(ErrNotRunning)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over = true
	for _, q := range x.waiting {
		q.err = ErrNotRunning
		close(q.done)
	}
	x.waiting = nil
}
