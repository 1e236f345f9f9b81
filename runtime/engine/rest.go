package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/topo-lang/topo/runtime/component"
)

// TasksOf are the tasks that a question is for.
func (t *Topology) TasksOf(q Question) ([]int, error) {
	m := t.member(q.Component)
	if m == nil {
		return nil, fmt.Errorf("%s is no component", q.Component)
	}
	if !q.All {
		t.asking.Lock()
		defer t.asking.Unlock()
		return []int{t.owner(m, q.Hash)}, nil
	}
	all := make([]int, m.count)
	for i := range all {
		all[i] = i
	}
	return all, nil
}

// Runs reports whether a task runs in this process, and can be asked.
func (t *Topology) Runs(component string, task int) bool {
	r, m := t.running.Load(), t.member(component)
	if r == nil || m == nil || task < 0 || task >= len(m.tasks) || m.tasks[task].away {
		return false
	}
	_, ok := asTask[Asked](m.tasks[task].code)
	return ok
}

// AskTask asks one task that Runs here. epoch is that of the answer, 0 where nothing is committed.
func (t *Topology) AskTask(ctx context.Context, component string, task int, ask []byte) (answer []byte, epoch uint64, err error) {
	r := t.running.Load()
	if r == nil || !r.askable.Load() || !t.Runs(component, task) {
		return nil, 0, ErrNotRunning
	}
	a := &asked{task: t.member(component).tasks[task], ask: ask}
	if r.epochs != nil {
		epoch, err = r.epochs.asked(ctx, []*asked{a})
	} else {
		err = r.ask(ctx, []*asked{a})
	}
	if err != nil {
		return nil, 0, err
	}
	return a.answer, epoch, a.err
}

// Peeking is a Commits that holds what its task keeps, elsewhere, and can be asked for it where nothing runs. Peek says, before Open, that this is so: nothing is written then.
type Peeking interface{ Peek() }

// Resting is a topology that does not run: what its bolts keep is restored, and can be asked.
type Resting struct {
	t  *Topology
	mu sync.Mutex
}

// Rest makes the tasks of a topology that is asked and never runs.
func (t *Topology) Rest() (*Resting, error) {
	sorted, err := t.validate(Options{})
	if err != nil {
		return nil, fmt.Errorf("topology %s: %w", t.name, err)
	}
	t.ran = true
	r := newRun(context.Background(), t, Options{})
	r.wire(sorted)
	for _, m := range sorted {
		for _, one := range m.tasks {
			if one.barrier.state, _ = asTask[Kept](one.code); one.barrier.state == nil {
				p, ok := asTask[Peeking](one.code)
				if !ok {
					continue
				}
				p.Peek()
				one.barrier.sink, _ = p.(Commits)
			}
			if _, ok := asTask[Asked](one.code); ok {
				one.open()
			}
		}
	}
	return &Resting{t: t}, r.failure()
}

// Identity is what the records of bolts that can be asked depend on.
func (r *Resting) Identity() []Identity {
	var all []Identity
	for _, m := range r.t.members {
		one := m.tasks[0]
		if _, ok := asTask[Asked](one.code); ok && (one.barrier.state != nil || one.barrier.sink != nil) {
			all = append(all, m.identity(one))
		}
	}
	return all
}

// All is what the records of all components depend on; unknown stands for what a sink says only when it is open.
func (r *Resting) All(unknown string) []Identity {
	var all []Identity
	for _, m := range r.t.members {
		one := m.tasks[0]
		_, asked := asTask[Asked](one.code)
		if _, written := asTask[component.Movable](one.code); one.spout == nil && !asked && !written && !m.place.Keeps && len(m.edges) == 0 {
			all = append(all, Identity{m.name, fmt.Sprintf("%d tasks, %s", m.count, unknown)})
			continue
		}
		all = append(all, m.identity(one))
	}
	return all
}

// Restore takes a record; what belongs to bolts that can't be asked is left out.
func (r *Resting) Restore(rec Record) error {
	for _, p := range rec.Parts {
		m := r.t.member(p.Component)
		if p.Kind != State && p.Kind != Outbox || m == nil || p.Task >= len(m.tasks) {
			continue
		}
		t := m.tasks[p.Task]
		if t.barrier.state == nil && t.barrier.sink == nil || p.Kind == Outbox && t.barrier.sink == nil {
			continue
		}
		if _, ok := asTask[Asked](t.code); !ok {
			continue
		}
		if err := guard(func() error { return t.restore(p) }); err != nil {
			return m.error(t.number, err)
		}
	}
	return nil
}

// Ask implements Asker.
func (r *Resting) Ask(_ context.Context, questions []Question) ([][][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([][][]byte, len(questions))
	for i, q := range questions {
		tasks, err := r.t.TasksOf(q)
		if err != nil {
			return nil, err
		}
		for _, n := range tasks {
			a := &asked{task: r.t.member(q.Component).tasks[n], ask: q.Ask}
			if _, ok := asTask[Asked](a.task.code); !ok {
				return nil, fmt.Errorf("%s can't be asked", q.Component)
			}
			if a.reply(); a.err != nil {
				return nil, a.err
			}
			out[i] = append(out[i], a.answer)
		}
	}
	return out, nil
}
