package app

import (
	"fmt"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/shape"
)

// A store that was written by another version of the topology, or with other numbers of tasks, is gone on with where everything in it has its place.

// evolution is how what a store holds becomes what this program keeps.
type evolution struct {
	changes map[string]*shape.Change
	parts   map[string]*shape.Evolve
	now     time.Time
}

// items are an identity as package shape knows it.
func items(id commitlog.Identity) []shape.Item {
	var out []shape.Item
	for _, i := range id {
		out = append(out, shape.Item(i))
	}
	return out
}

// evolve sees whether a store can be gone on with; drop lets what has no place any more be lost.
func evolve(before, now commitlog.Identity, drop bool, first func(bolt, state string) []byte) (*evolution, []shape.Change, error) {
	all, err := shape.Changes(items(before), items(now))
	if err != nil {
		return nil, nil, err
	}
	var refused, dropped []string
	e := &evolution{changes: map[string]*shape.Change{}, parts: map[string]*shape.Evolve{}, now: time.Now()}
	for i := range all {
		c := &all[i]
		for _, s := range c.Steps {
			words := c.Component + ": " + s.What
			if s.Why != "" {
				words += " (" + s.Why + ")"
			}
			switch s.How {
			case shape.Refused:
				refused = append(refused, words)
			case shape.Dropped:
				dropped = append(dropped, words)
			}
		}
		e.changes[c.Component] = c
		if c.Evolves() && c.Now.Shape != nil {
			e.parts[c.Component] = shape.NewEvolve(c.Before.Shape, c.Now.Shape, func(state string) []byte {
				if first == nil {
					return nil
				}
				return first(c.Component, state)
			})
		}
	}
	switch {
	case refused != nil:
		return nil, all, fmt.Errorf("it can't be gone on with: %s", strings.Join(refused, "; "))
	case dropped != nil && !drop:
		return nil, all, fmt.Errorf("this would be lost: %s; --drop-state lets it be", strings.Join(dropped, "; "))
	}
	return e, all, nil
}

// part makes of a part what this program would have written; false where it has no place any more.
func (e *evolution) part(p engine.Part) (engine.Part, bool, error) {
	if e == nil {
		return p, true, nil
	}
	c := e.changes[p.Component]
	if c == nil || c.Now == nil {
		return p, false, nil
	}
	if p.Kind != engine.State {
		if p.Task >= c.Now.Tasks {
			return p, false, nil // that it has come to its end
		}
		return p, true, nil
	}
	if c.Now.Text == "" && c.Now.Kind == "" {
		return p, false, nil
	}
	if way := e.parts[p.Component]; way != nil {
		b, err := way.Part(p.Bytes, e.now)
		if err != nil {
			return p, false, fmt.Errorf("the state of %s: %w", p.Component, err)
		}
		p.Bytes = b
	}
	if c.Moves() {
		p.Task = engine.AnyTask
	}
	return p, true, nil
}

// said are changes in words, for people: those that change something.
func said(all []shape.Change) []string {
	var out []string
	for _, c := range all {
		for _, s := range c.Steps {
			if s.How != shape.Kept || s.What == "tasks" {
				line := fmt.Sprintf("%s: %s is %s", c.Component, s.What, s.How)
				if s.What == "tasks" {
					line = fmt.Sprintf("%s: %s", c.Component, s.Why)
				} else if s.Why != "" {
					line += " (" + s.Why + ")"
				}
				out = append(out, line)
			}
		}
	}
	return out
}
