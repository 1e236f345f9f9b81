package lsp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/plan"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lsp/protocol"
)

// inlayHint is text that the editor shows within the document's.
type inlayHint struct {
	Position protocol.Position `json:"position"`
	Label    string            `json:"label"`
	Kind     int               `json:"kind,omitempty"` // 1 type
	Left     bool              `json:"paddingLeft,omitempty"`
}

// hints shows what is not written: the types of locals, the outputs that a library gives, groupings, how many tasks there are and which run together.
func hints(s *server, d *document, p *protocol.DocumentParams) ([]inlayHint, error) {
	out := []inlayHint{}
	from, to := 0, len(d.source())
	if p.Range != nil {
		from, to = d.at(p.Range.Start), d.at(p.Range.End)
	}
	add := func(at int, label string, kind int) {
		if from <= at && at <= to {
			out = append(out, inlayHint{d.place(at), label, kind, true})
		}
	}
	u := s.unit(d)
	x, pl := u.session.Index(), s.planNearby(u)
	types := map[int]*compiler.Symbol{}
	components := map[int]*compiler.Symbol{}
	for _, r := range x.In(d.path, 0) {
		if !r.Declares {
			continue
		}
		switch r.Symbol.Kind {
		case "local":
			types[r.At.Start] = r.Symbol
		case "spout", "bolt", "sink":
			components[r.At.Start] = r.Symbol
		}
	}
	named := func(n *ast.Ident, base int) {
		if n != nil && types[n.Span().Start+base] != nil && types[n.Span().Start+base].Type != "" {
			add(n.Span().End+base, types[n.Span().Start+base].Type, 1)
		}
	}
	for _, part := range s.parts(d) {
		for _, decl := range part.Tree.Decls {
			if at := decl.Span(); at.Start+part.Base > to || at.End+part.Base < from {
				continue
			}
			ast.Walk(decl, func(n ast.Spanned) bool {
				switch n := n.(type) {
				case *ast.Let:
					named(n.Name, part.Base)
				case *ast.Var:
					if n.Type == nil {
						named(n.Name, part.Base)
					}
				case *ast.If:
					named(n.Let, part.Base)
				case *ast.For:
					if n.Value == nil {
						named(n.Key, part.Base)
					} else {
						named(n.Value, part.Base)
					}
				case *ast.Input:
					if n.Grouping == nil && len(n.Sources) > 0 && pl != nil {
						if g := groupingOf(pl, part, n, components); g != "" {
							add(n.Sources[len(n.Sources)-1].Span().End+part.Base, "by "+g, 0)
						}
					}
				case *ast.Component:
					if n.Name == nil {
						return true // what could be read of a broken one
					}
					sym := components[n.Name.Span().Start+part.Base]
					if sym == nil {
						return true
					}
					if len(n.Outputs) == 0 && n.Kind != ast.Sink {
						if text := outputsOf(x.Streams(sym)); text != "" && n.Call != nil {
							add(headEnd(n)+part.Base, "-> "+text, 1)
						}
					}
					if c := planned(pl, sym); c != nil && c.In == "" {
						add(n.Name.Span().End+part.Base, tasksOf(pl, c), 0)
					}
				}
				return true
			})
		}
	}
	slices.SortStableFunc(out, func(a, b inlayHint) int {
		if a.Position.Line != b.Position.Line {
			return int(a.Position.Line) - int(b.Position.Line)
		}
		return int(a.Position.Character) - int(b.Position.Character)
	})
	return out, nil
}

// rest is how long nobody types before a topology is planned anew.
const rest = time.Second / 3

// planNearby is a unit's plan. To make one takes long: where the client can be told when there is another, and somebody types, it is the one before.
func (s *server) planNearby(u *unit) *plan.Plan {
	if u.planned || u.before == nil || !s.client.Workspace.InlayHint.RefreshSupport {
		u.shown = false
		return s.compiled(u)
	}
	u.shown = true
	s.queue.wake(cmp.Or(s.opts.Rest, rest))
	return u.before
}

// planAgain makes the plans for which others were shown, and lets the client ask for hints where they differ.
func (s *server) planAgain() {
	differ := false
	for _, u := range s.all {
		if u.shown && !u.dirty {
			u.shown = false
			differ = hinted(s.compiled(u)) != hinted(u.before) || differ
		}
	}
	if differ {
		s.ask("workspace/inlayHint/refresh", nil)
	}
}

// hinted is what hints show of a plan.
func hinted(p *plan.Plan) string {
	if p == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range p.Components {
		fmt.Fprintln(&b, c.Name, c.In, c.Tasks)
		for _, in := range c.Inputs {
			fmt.Fprintln(&b, in.Grouping)
		}
	}
	for _, e := range p.Edges {
		fmt.Fprintln(&b, e.Stream, e.To, e.Fused)
	}
	return b.String()
}

// groupingOf is how an input that says nothing is grouped.
func groupingOf(p *plan.Plan, part compiler.Part, in *ast.Input, components map[int]*compiler.Symbol) string {
	for _, decl := range part.Tree.Decls {
		comp, ok := decl.(*ast.Component)
		if !ok || comp.Name == nil || !slices.Contains(comp.Inputs, in) {
			continue
		}
		c := planned(p, components[comp.Name.Span().Start+part.Base])
		if c == nil {
			return ""
		}
		for i, other := range comp.Inputs {
			if other == in && i < len(c.Inputs) {
				return c.Inputs[i].Grouping
			}
		}
	}
	return ""
}

// headEnd is where the outputs of a component would stand.
func headEnd(n *ast.Component) int {
	end := n.Name.Span().End
	for _, in := range n.Inputs {
		end = in.Span().End + 1
	}
	return end
}

func outputsOf(streams []*compiler.Symbol) string {
	var parts []string
	for _, s := range streams {
		text := s.Type
		if s.Output() {
			text = s.Name + ": " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// tasksOf says how many tasks a component has, and with which others they are one.
func tasksOf(p *plan.Plan, c *plan.Component) string {
	text := count(c.Tasks, "task")
	var with []string
	for _, e := range p.Edges {
		from, _, _ := strings.Cut(e.Stream, ".")
		switch {
		case !e.Fused:
		case e.To == c.Name:
			with = append(with, from)
		case from == c.Name:
			with = append(with, e.To)
		}
	}
	if len(with) > 0 {
		text += ", fused with " + strings.Join(with, ", ")
	}
	return fmt.Sprintf("⟨%s⟩", text)
}
