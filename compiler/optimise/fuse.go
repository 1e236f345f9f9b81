package optimise

import (
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// fusing finds chains: components whose tasks can run as one, so that no queue stands between them. A component joins
// the chain of those that feed it where all its tuples come out of that one chain, task n of it would get
// what task n of its sender emits, and nothing was said that keeps them apart.
var fusing = Pass{Name: "fuse", Run: fuse}

func fuse(p *ir.Program) []ir.Note {
	into := map[*ir.Component][]*ir.Edge{}
	cycled := map[*ir.Component]bool{}
	read := map[*ir.Stream]bool{}
	for _, e := range p.Edges {
		into[e.To] = append(into[e.To], e)
		read[e.Stream] = true
		if e.InCycle {
			cycled[e.To], cycled[e.Stream.From] = true, true
		}
	}
	f := &fuser{into: into, cycled: cycled, read: read, head: map[*ir.Component]*ir.Component{}}
	chains := map[*ir.Component][]*ir.Component{}
	var notes []ir.Note
	// Sources come before their consumers.
	for _, c := range p.Components {
		f.head[c] = c
		if len(into[c]) == 0 {
			chains[c] = append(chains[c], c)
			continue
		}
		if why := f.apart(c); why != "" {
			chains[c] = append(chains[c], c)
			if why != obvious {
				notes = append(notes, ir.Note{What: c.Name + " is not fused with what feeds it", Why: why, Left: true, Span: c.NameAt})
			}
			continue
		}
		head := f.head[into[c][0].Stream.From]
		f.head[c] = head
		chains[head] = append(chains[head], c)
		for _, e := range into[c] {
			e.Fused = true
		}
	}
	var done []ir.Note
	for _, c := range p.Components {
		chain := chains[c]
		if len(chain) < 2 {
			continue
		}
		names := make([]string, len(chain))
		for i, part := range chain {
			names[i] = part.Name
		}
		done = append(done, ir.Note{What: list(names) + " run as one task", Span: c.NameAt,
			Why: tasks(c) + ", and all that reaches " + list(names[1:]) + " comes out of the same chain: no queue need stand between"})
	}
	return append(done, notes...)
}

// obvious is the reason for what nobody would expect to be fused: nothing need be said about it.
const obvious = "-"

type fuser struct {
	into   map[*ir.Component][]*ir.Edge
	cycled map[*ir.Component]bool
	read   map[*ir.Stream]bool
	head   map[*ir.Component]*ir.Component // of each chain so far
}

// apart says why c can't join the chain of what feeds it; "" where it can.
func (f *fuser) apart(c *ir.Component) string {
	head := f.head[f.into[c][0].Stream.From]
	for _, e := range f.into[c] {
		from := e.Stream.From
		switch {
		case f.head[from] != head:
			return obvious // a join of streams
		case f.cycled[c] || f.cycled[from]:
			return "tuples that go round wait in queues of their own"
		case e.Grouping == ir.ByDirect, e.Grouping == ir.ByGo:
			return obvious
		case from.TasksParam != c.TasksParam || c.TasksParam == nil && from.Tasks != c.Tasks:
			return obvious
		case c.Retry != nil:
			return "it holds tuples back to try them again, and what feeds it would wait with them"
		case c.Placing.Isolate, from.Placing.Isolate:
			return "`isolate` keeps it apart"
		case placed(c) && c.Placing.Near != from, placed(from):
			return "options say where it runs"
		case from.Kind == ir.Spout && f.reports(from):
			return fmt.Sprintf("%s tells %s.failed what it can't read while it reads", from.Name, from.Name)
		}
		if !c.Many() {
			continue
		}
		switch e.Grouping {
		case ir.ByShuffle, ir.ByLocal:
			if keepsOwn(c) {
				return "its tasks keep state of their own, and shuffle promises each of them its share"
			}
		case ir.ByFields:
			if !f.keepsKeys(e) {
				return obvious
			}
		default:
			return obvious
		}
	}
	return ""
}

func placed(c *ir.Component) bool {
	return c.Placing.Near != nil || c.Placing.CPU != 0 || c.Placing.Memory != 0
}

// reports tells that somebody reads what a spout fails at.
func (f *fuser) reports(c *ir.Component) bool {
	return slices.ContainsFunc(c.Outputs, func(s *ir.Stream) bool { return s.Failed && f.read[s] })
}

// keepsOwn reports whether a component's tasks keep something that depends on which of them a tuple comes to.
func keepsOwn(c *ir.Component) bool {
	if c.Body == nil {
		return c.Go != nil
	}
	return slices.ContainsFunc(c.Body.States, func(s *ir.State) bool { return s.Scope != ir.PerKey })
}

// keepsKeys reports whether the tuples of an edge, grouped by fields, are at the task that owns their key already: their
// sender takes them grouped by the same fields, and passes these on unchanged.
func (f *fuser) keepsKeys(e *ir.Edge) bool {
	from := e.Stream.From
	if from.Body == nil || e.Stream.Failed {
		return false
	}
	out := byName(e.Keys, func(i int) string { return e.Stream.Fields[i].Name })
	keys := map[*ir.Input][]int{} // of each input, in the order in which they are hashed
	for _, in := range f.into[from] {
		if in.Grouping != ir.ByFields || len(in.Keys) != len(out) {
			return false
		}
		sorted := byName(in.Keys, func(i int) string { return in.Stream.Fields[i].Name })
		names := make([]int, len(sorted))
		for i, k := range sorted {
			names[i] = slices.IndexFunc(in.Input.Fields, sameName(in.Stream.Fields[k].Name))
		}
		if old := keys[in.Input]; old != nil && !slices.Equal(old, names) {
			return false
		}
		keys[in.Input] = names
	}
	ok := true
	emits := func(b *ir.Block, key func(i int, e ir.Expr) bool) {
		ir.WalkBlock(b, func(s ir.Stmt) {
			if emit, is := s.(*ir.Emit); is && emit.Stream == e.Stream {
				for i, k := range out {
					ok = ok && key(i, emit.Args[k])
				}
			}
		}, func(ir.Expr) {})
	}
	for _, in := range from.Inputs {
		emits(from.Body.On[in.Index], func(i int, e ir.Expr) bool {
			ref, is := e.(*ir.FieldRef)
			return is && ref.Input == in && ref.Index == keys[in][i]
		})
	}
	never := func(int, ir.Expr) bool { return false }
	emits(from.Body.Finish, never)
	if per := from.Body.FinishPer; per != nil {
		emits(per.Block, never)
	}
	for _, t := range from.Body.Timers {
		emits(t.Block, never)
	}
	return ok
}

// byName sorts fields by their names, which is the order in which a key is hashed.
func byName(keys []int, name func(int) string) []int {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, func(a, b int) int { return strings.Compare(name(a), name(b)) })
	return sorted
}

func sameName(name string) func(types.Field) bool {
	return func(f types.Field) bool { return f.Name == name }
}

// tasks says how many tasks the components of a chain have.
func tasks(c *ir.Component) string {
	switch {
	case c.TasksParam != nil:
		return "they have " + c.TasksParam.Name + " tasks each"
	case c.Tasks > 1:
		return fmt.Sprintf("they have %d tasks each", c.Tasks)
	}
	return "they have one task each"
}

// list is `a, b and c`.
func list(names []string) string {
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " and " + names[n]
	}
	return names[0]
}
