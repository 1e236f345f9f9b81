package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/failpoint"
)

// Where a crash could hurt: see package failpoint.
var (
	beforePrepare  = failpoint.New("epoch.before-prepare")
	afterPrepare   = failpoint.New("epoch.after-prepare")
	beforeCommit   = failpoint.New("epoch.before-commit")
	afterCommit    = failpoint.New("epoch.after-commit")
	afterRelease   = failpoint.New("epoch.after-release")
	beforeSnapshot = failpoint.New("epoch.before-snapshot")
	afterSnapshot  = failpoint.New("epoch.after-snapshot")
	inRelease      = failpoint.New("epoch.in-release")
	inRecovery     = failpoint.New("epoch.in-recovery")
)

// Negative controls of the crash test: state is not restored from records; sinks write before the commit.
var (
	forgetState  = failpoint.On("control.forget-state")
	earlyRelease = failpoint.On("control.early-release")
)

// Restore implements EpochMember.
func (e *epochs) Restore(_ context.Context, r Record) error {
	for _, p := range r.Parts {
		m := e.run.topology.member(p.Component)
		if p.Task == AnyTask {
			if err := e.spread(m, p); err != nil {
				return fmt.Errorf("going on behind epoch %d: %w", r.Epoch, err)
			}
			continue
		}
		if m == nil || p.Task >= len(m.tasks) || m.tasks[p.Task].away {
			return fmt.Errorf("epoch %d has a part of task %d of %s, which is none of this process", r.Epoch, p.Task, p.Component)
		}
		t := m.tasks[p.Task]
		if forgetState && p.Kind == State && !r.All {
			continue
		}
		if err := guard(func() error { return t.restore(p) }); err != nil {
			return m.error(t.number, fmt.Errorf("going on behind epoch %d: %w", r.Epoch, err))
		}
		inRecovery.Hit()
	}
	return nil
}

// Recovered implements EpochMember: tasks go to where an earlier run has committed last.
func (e *epochs) Recovered(_ context.Context, last uint64) (from Resumed, err error) {
	e.mu.Lock()
	e.wanted.Store(last)
	e.told = last
	e.mu.Unlock()
	from = Resumed{Epoch: last, Over: true, Positions: map[string][][]byte{}}
	for _, t := range e.tasks {
		b := &t.barrier
		b.epoch, b.handed = last, last
		b.passage.open(last)
		if t.cycle != nil {
			t.cycle.epochs.ended.Store(last)
		}
		from.Over = from.Over && b.over
		from.Input = cmp.Or(from.Input, b.input)
		err := guard(func() error {
			if r, ok := b.state.(component.Restored); ok {
				r.Restored()
			}
			if b.numbered != nil {
				b.numbered.Epoch(last)
			}
			switch {
			case b.sink != nil:
				return b.sink.Recovered()
			case b.back != nil && b.over && b.resume != nil:
				if _, informed := b.trim.(Informed); informed {
					return b.trim.Settled(b.resume)
				}
				return nil
			case b.back == nil || b.over || b.resume == nil:
				return nil
			}
			b.position = string(b.resume)
			if err := b.back.Rewind(b.resume); err != nil || b.trim == nil {
				return err
			}
			return b.trim.Settled(b.resume)
		})
		if err != nil {
			return from, t.member.error(t.number, err)
		}
		if b.back != nil {
			name := t.member.name
			if from.Positions[name] == nil {
				from.Positions[name] = make([][]byte, t.member.count)
			}
			if b.over {
				b.resume = nil
			}
			from.Positions[name][t.number] = b.resume
		}
	}
	return from, nil
}

// restore takes a part of a record.
func (t *task) restore(p Part) error {
	b := &t.barrier
	switch {
	case p.Kind == Over:
		b.over, b.told, b.input = true, true, string(p.Bytes)
	case p.Kind == Position && b.back != nil:
		b.resume = slices.Clone(p.Bytes)
	case p.Kind == State && b.state != nil:
		return b.state.Restore(p.Bytes)
	case p.Kind == State && b.sink != nil:
		return b.sink.Resume(p.Bytes)
	case p.Kind == Outbox && b.sink != nil:
		return b.sink.Release(p.Bytes)
	default:
		return fmt.Errorf("it has a part of kind %d for a component that keeps none", p.Kind)
	}
	return nil
}
