package graph

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// Fold returns the program with each instance of a graph as one component. One whose tuples leave it and come
// back stays as it is: it would be drawn as a cycle that there is not.
func Fold(p *ir.Program) *ir.Program {
	open := map[*ir.Box]bool{}
	for {
		out, of := fold(p, open)
		on := onCycle(out)
		if on == nil {
			return out
		}
		box := of[on]
		if box == nil {
			return p // a cycle of the topology's own
		}
		open[box] = true
	}
}

// fold folds the outermost instances that are not open. of says which component stands for which.
func fold(p *ir.Program, open map[*ir.Box]bool) (out *ir.Program, of map[*ir.Component]*ir.Box) {
	folded := *p
	folded.Components, folded.Edges = nil, nil
	of = map[*ir.Component]*ir.Box{}
	whole := map[*ir.Box]*ir.Component{}
	stands := map[*ir.Component]*ir.Component{}
	for _, c := range p.Components {
		box := outermost(c.Box, open)
		if box == nil {
			stands[c] = c
			folded.Components = append(folded.Components, c)
			continue
		}
		w := whole[box]
		if w == nil {
			w = &ir.Component{Name: box.Name, Doc: box.Doc, Span: box.Span, NameAt: box.Span, Box: box}
			whole[box], of[w] = w, box
			folded.Components = append(folded.Components, w)
		}
		w.Tasks += c.Tasks
		stands[c] = w
	}
	type line struct {
		from     *ir.Stream
		to       *ir.Component
		grouping string
		at       source.Span
	}
	type output struct {
		inner *ir.Stream
		as    string
	}
	streams := map[output]*ir.Stream{}
	drawn := map[line]bool{}
	in, leaves := map[*ir.Component]bool{}, map[*ir.Component]bool{}
	for _, e := range p.Edges {
		from, to := stands[e.Stream.From], stands[e.To]
		if from == to && of[from] != nil {
			continue
		}
		in[to], leaves[from] = true, true
		copied := *e
		copied.To = to
		if of[from] != nil {
			key := output{e.Stream, outputOf(e, from)}
			s := streams[key]
			if s == nil {
				inner := *e.Stream
				s = &inner
				s.From, s.Name = from, key.as
				streams[key] = s
			}
			copied.Stream = s
		}
		key := line{from: copied.Stream, to: to, grouping: grouping(&copied)}
		if of[to] == nil {
			key.at = e.Span // inputs of its own
		}
		if !drawn[key] {
			drawn[key] = true
			copied.ID = len(folded.Edges)
			folded.Edges = append(folded.Edges, &copied)
		}
	}
	for _, w := range whole {
		switch {
		case !in[w]:
			w.Kind = ir.Spout
		case !leaves[w]:
			w.Kind = ir.Sink
		default:
			w.Kind = ir.Bolt
		}
	}
	return &folded, of
}

// outputOf is what the output of an instance is called that an edge reads: by its own name, or by that of the component inside.
func outputOf(e *ir.Edge, from *ir.Component) string {
	if e.As == from.Name {
		return ""
	}
	if name, ok := strings.CutPrefix(e.As, from.Name+"."); ok {
		return name
	}
	return strings.TrimPrefix(e.Stream.FullName(), from.Name+".")
}

// outermost is the largest instance around a component that is folded; nil where there is none.
func outermost(box *ir.Box, open map[*ir.Box]bool) *ir.Box {
	var found *ir.Box
	for ; box != nil && !open[box]; box = box.Outer {
		found = box
	}
	return found
}

// onCycle sorts the components so that sources come before their readers; where that can't be, it returns one of a folded
// instance that is on a cycle, or any that is.
func onCycle(p *ir.Program) *ir.Component {
	placed := map[*ir.Component]bool{}
	var order []*ir.Component
	for len(order) < len(p.Components) {
		before := len(order)
		for _, c := range p.Components {
			if placed[c] {
				continue
			}
			ready := true
			for _, e := range p.Edges {
				if e.To == c && e.Loop == nil && e.Stream.From != c && !placed[e.Stream.From] {
					ready = false
					break
				}
			}
			if ready {
				placed[c] = true
				order = append(order, c)
			}
		}
		if len(order) == before {
			var left *ir.Component
			for _, c := range p.Components {
				if !placed[c] && (left == nil || c.Body == nil && c.Call == nil) {
					left = c
				}
			}
			return left
		}
	}
	p.Components = order
	return nil
}
