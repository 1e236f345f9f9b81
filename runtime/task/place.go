package task

import (
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// Place adds to what the topology says about where a component runs what its Go type says. one is a nil pointer of that type.
func Place(one any, p engine.Place) engine.Place {
	if _, ok := one.(component.Streams); ok {
		p.Home = true
	}
	if _, ok := one.(component.AtEnd); ok {
		p.Whole = true
	}
	if _, ok := one.(component.Acknowledged); ok {
		p.Replays = false // its source knows what is settled
	}
	if _, ok := one.(component.Stateful); ok {
		p.Keeps = true
	}
	return p
}
