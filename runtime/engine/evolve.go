package engine

import (
	"context"
	"fmt"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// A log may have been written by another version of the topology, as far as what it holds has its place in this one. Who opens it (Log) makes of its parts what this
// version would have written; here keys find the tasks that own them now. Then all state is written anew, before anything else, so that the log is this version's.

// AnyTask is the task of a part of State that is read, and was written by another number of tasks: each takes the keys that it owns now.
const AnyTask = -1

// Changed is a Log that was written by another version.
type Changed interface{ Changed() bool }

// First is what a state of a bolt begins with, as its tasks write it; nil where that is what its type begins with. The tasks are made.
func (t *Topology) First(bolt, state string) []byte {
	if m := t.member(bolt); m != nil && len(m.tasks) > 0 {
		if e, ok := asTask[component.Evolving](m.tasks[0].code); ok {
			return e.First(state)
		}
	}
	return nil
}

// spread gives a part to all tasks of its component, each of which takes the keys that it owns.
func (e *epochs) spread(m *member, p Part) error {
	if m == nil {
		return fmt.Errorf("a part of %s has no component", p.Component)
	}
	for _, t := range m.tasks {
		if err := t.restoreMine(p); err != nil {
			return m.error(t.number, err)
		}
	}
	return nil
}

// restoreMine restores the keys of a part that the task owns.
func (t *task) restoreMine(p Part) error {
	return guard(func() error {
		code, ok := asTask[component.Movable](t.code)
		if !ok {
			return t.restore(p) // what there is once in each task, the same in all
		}
		code.Mine(func(hash uint64) bool { return t.run.topology.owner(t.member, hash) == t.number })
		defer code.Mine(nil)
		return t.restore(p)
	})
}

// rewrites sees that what another version has written can be written anew here.
func (c *Coordinator) rewrites() error {
	if l, ok := c.log.(Changed); !ok || !l.Changed() {
		return nil
	}
	if _, ok := c.members[0].(*epochs); !ok || len(c.members) > 1 {
		return fault.New("run it once with --workers 1: then the store is this version's, and any number of workers goes on with it",
			"the store was written by another version, which several processes can't go on with at once")
	}
	return nil
}

// rewrite writes all state anew, where another version has written it.
func (c *Coordinator) rewrite(ctx context.Context, epoch uint64) error {
	if l, ok := c.log.(Changed); !ok || !l.Changed() {
		return nil
	}
	r := Record{Epoch: epoch, All: true}
	for _, t := range c.members[0].(*epochs).tasks {
		if t.barrier.sink != nil {
			if err := guard(t.barrier.sink.Sync); err != nil {
				return t.member.error(t.number, err)
			}
		}
		parts, err := t.everything()
		if err != nil {
			return t.member.error(t.number, err)
		}
		r.Parts = append(r.Parts, parts...)
	}
	return c.log.Snapshot(ctx, r)
}
