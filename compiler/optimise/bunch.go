package optimise

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// bunching finds the inputs whose tuples all need the row of their key: these are looked up some at a time, so that what is not in the processor's cache
// is fetched at once, and no tuple waits for the row of the one before.
var bunching = Pass{Name: "bunch", Run: func(p *ir.Program) []ir.Note {
	var notes []ir.Note
	for _, c := range p.Components {
		some := false
		for _, in := range c.Inputs {
			in.Bunched = canBunch(p, c, in)
			some = some || in.Bunched
		}
		if some {
			notes = append(notes, ir.Note{What: c.Name + " finds the rows of many keys at once", Span: c.NameAt,
				Why: "its tuples come by the key of its state, and none waits: to look up one after the other would wait for the memory each time"})
		}
	}
	return notes
}}

// canBunch reports whether the tuples of an input can be looked up together: nothing that one of them does needs the time at which it came, nor keeps it.
func canBunch(p *ir.Program, c *ir.Component, in *ir.Input) bool {
	if c.Body == nil || c.Body.Store != nil || c.Retry != nil || c.Timeout != nil || !readsKeyed(c.Body.On[in.Index]) {
		return false
	}
	for _, t := range c.Body.Timers {
		if t.Kind == ir.After || t.Kind == ir.AtMark {
			return false
		}
	}
	plain := false
	for _, s := range c.Body.States {
		if s.TTL != nil {
			return false
		}
		if s.Scope == ir.PerKey && len(s.Key) == 1 {
			switch s.Key[0].Type.Kind {
			case types.String, types.Int, types.Time, types.Duration, types.Enum:
				plain = true
			}
		}
	}
	if !plain {
		return false
	}
	for _, e := range into(p, c) {
		if e.Input == in && e.Grouping != ir.ByFields {
			return false
		}
	}
	return true
}

// readsKeyed reports whether a block uses the state of a tuple's key.
func readsKeyed(b *ir.Block) bool {
	found := false
	see := func(e ir.Expr) {
		if s, ok := e.(*ir.StateRef); ok && s.State.Scope == ir.PerKey {
			found = true
		}
	}
	ir.WalkBlock(b, func(s ir.Stmt) {
		if a, ok := s.(*ir.Assign); ok {
			see(ir.TargetRoot(a.Target))
		}
	}, see)
	return found
}
