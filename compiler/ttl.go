package compiler

import (
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// stateTTL types `ttl 24h`; `ttl never` says that a state stays, and that this is meant.
func (c *compilation) stateTTL(comp *component, s *state) {
	x := s.decl.TTL
	if x == nil {
		return
	}
	s.saidSo = true
	if n, ok := x.(*ast.Name); ok && n.Name == "never" && c.values["never"] == nil {
		return
	}
	if !s.broken && s.ir.Scope != ir.PerKey {
		c.err(ttlWithoutKey, x.Span(), "`ttl` is for state per key: of %s there is one, which stays", s.ir.Name).
			help("take `ttl` out, and set %s to what it should be by `every D { ... }`; or keep it `per KEY`", s.ir.Name)
	}
	ttl := c.delay(comp, x, "the ttl of "+s.ir.Name)
	if s.ir.Scope == ir.PerKey {
		s.ir.TTL = ttl
	}
}

// proveBounded warns of state that grows as long as the topology runs: for keys of which there can be any number, out of a spout that
// nothing ends, and never given back. Where the input ends, or keys are few by their type, there is nothing to say.
func (c *compilation) proveBounded(comp *component, known *endlessness) {
	for _, s := range comp.body.states {
		if s.ir.Scope != ir.PerKey || s.broken || s.saidSo || !s.used || boundedKey(s.ir.Key) {
			continue
		}
		spout := known.above(c, comp)
		if spout == nil {
			return
		}
		at := s.decl.Name.Span()
		c.warn(stateGrows, at, "state %s grows as long as the topology runs: one for each %s, and none is given back", s.ir.Name, joinFields(s.ir.Key)).
			related(spout.endless.Span(), "this has no end").
			help("write `ttl 24h` behind it, or `ttl never` where there are few of them")
		return // once is enough
	}
}

// boundedKey reports whether there can be only so many keys.
func boundedKey(key []types.Field) bool {
	for _, k := range key {
		if k.Type.Kind != types.Bool {
			return false
		}
	}
	return true
}

// endlessness is what is known of the spouts above components, in one proof.
type endlessness struct {
	module *module // whose names it was found by
	spout  map[*component]*component
	none   map[*component]bool
}

// above finds a spout without an end that tuples come from; nil where there is none.
func (k *endlessness) above(c *compilation, comp *component) *component {
	if !c.anyEndless {
		return nil
	}
	if k.module != c.module {
		*k = endlessness{c.module, map[*component]*component{}, map[*component]bool{}}
	}
	seen := map[*component]bool{}
	spout := k.find(c, comp, seen)
	if spout == nil {
		for s := range seen { // all that is above these was seen, too
			k.none[s] = true
		}
	}
	return spout
}

func (k *endlessness) find(c *compilation, comp *component, seen map[*component]bool) *component {
	if seen[comp] || k.none[comp] {
		return nil
	}
	if spout := k.spout[comp]; spout != nil {
		return spout
	}
	seen[comp] = true
	if comp.endless != nil {
		return comp
	}
	for _, in := range comp.inputs {
		for _, s := range in.sources {
			if from := c.components[s.ir.From.Name]; from != nil {
				if spout := k.find(c, from, seen); spout != nil {
					k.spout[comp] = spout
					return spout
				}
			}
		}
	}
	return nil
}

// noteEnd notes of a spout whether something in its call ends it.
func (c *compilation) noteEnd(comp *component, ends []string, call *ir.Call) {
	if len(ends) == 0 {
		return
	}
	for _, a := range call.Args {
		for _, name := range ends {
			if a.Name == name && a.Value != nil && !endsNothing(a.Value) {
				return
			}
		}
	}
	comp.endless, c.anyEndless = comp.decl.Call, true
}

// endsNothing reports whether an argument that would end a spout is given as zero.
func endsNothing(x ir.Expr) bool {
	v, ok := ir.Constant(x)
	return ok && (v == int64(0) || v == time.Duration(0))
}
