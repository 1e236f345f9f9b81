package durable

import (
	"strings"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// Refused collects what a source can't give: it is written to the log with the tuples, and told when they go on their way.
type Refused struct {
	all []component.Failed
}

var _ engine.Failer = (*Refused)(nil)

func (r *Refused) add(f component.Failed) {
	r.all = append(r.all, component.Failed{Tuple: strings.Clone(f.Tuple), Reason: strings.Clone(f.Reason), Place: strings.Clone(f.Place)})
}

func (r *Refused) take() []component.Failed {
	all := r.all
	r.all = nil
	return all
}

// Fail implements engine.Failer: Show tells the tuple.
func (r *Refused) Fail(_, _, _ string) (show bool) { return true }

// Show implements engine.Failer.
func (r *Refused) Show(_, place, why, tuple string) {
	r.add(component.Failed{Tuple: tuple, Reason: why, Place: place})
}

// Again implements engine.Failer: the source can't.
func (r *Refused) Again(uint64) bool { return false }

// Handled implements engine.Failer.
func (r *Refused) Handled(_, _, _ string) {}
