package graph

import (
	"slices"
	"testing"

	"github.com/topo-lang/topo/compiler/ir"
)

// TestFold folds random topologies whose components lie in random instances: nothing is lost, nothing is drawn as a
// cycle, and the pictures can be drawn.
func TestFold(t *testing.T) {
	for seed := range uint64(200) {
		p := random(seed)
		outer := &ir.Box{Name: "outer", Graph: "g"}
		boxes := []*ir.Box{nil, outer, {Name: "outer.inner", Graph: "h", Outer: outer}, {Name: "other", Graph: "g"}}
		for i, c := range p.Components {
			c.Body = &ir.Body{}
			if c.Box = boxes[(i+int(seed))%len(boxes)]; c.Box != nil {
				c.Name = c.Box.Name + "." + c.Name
			}
		}
		f := Fold(p)
		tasks := 0
		for _, c := range f.Components {
			tasks += c.Tasks
		}
		want := 0
		for _, c := range p.Components {
			want += c.Tasks
		}
		if tasks != want {
			t.Errorf("seed %d: %d tasks of %d", seed, tasks, want)
		}
		for i, e := range f.Edges {
			from, to := slices.Index(f.Components, e.Stream.From), slices.Index(f.Components, e.To)
			if e.ID != i || from < 0 || to <= from && e.Loop == nil {
				t.Errorf("seed %d: edge %d leads from %d to %d", seed, i, from, to)
			}
		}
		DOT(f)
		Mermaid(f)
		SVG(f)
	}
}
