package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// proveState checks that every task that reads or writes a state is the one that owns it.
func (c *compilation) proveState() {
	known := &endlessness{spout: map[*component]*component{}, none: map[*component]bool{}}
	for _, comp := range c.order {
		if comp.body == nil {
			continue
		}
		c := c.of(comp)
		c.proveStateOf(comp)
		c.proveBounded(comp, known)
	}
}

// proveStateOf is proveState for one bolt, or for what stands for one in a test.
func (c *compilation) proveStateOf(comp *component) {
	c.proveOneWay(comp)
	for _, u := range comp.body.uses {
		switch u.state.ir.Scope {
		case ir.PerKey:
			c.proveKeyed(comp, u)
		case ir.Shared:
			c.proveShared(comp, u)
		}
	}
	for _, s := range comp.body.states {
		if !s.used && !comp.unread && !strings.HasPrefix(s.ir.Name, "_") {
			c.warn(unusedState, s.decl.Name.Span(), "state %s is never used", s.ir.Name).help("take it out")
		}
	}
	c.proveSame(comp)
	c.proveTimers(comp)
	c.proveEmits(comp)
	c.orderKeys(comp)
}

// proveKeyed checks one use of a keyed state: where the tuple's task must own the key.
func (c *compilation) proveKeyed(comp *component, u use) {
	s := u.state
	if s.broken || len(s.ir.Key) == 0 {
		return
	}
	if u.input == nil {
		if !u.per {
			per := s.keySpan()
			c.err(stateInFinish, u.at, "there is one %s per %s: `%s` runs once for all", s.ir.Name, joinFields(s.ir.Key), u.block).
				related(per, "its key").
				help("write `%s per %s { ... }`, which runs once for each", blockWords(u.block), joinFields(s.ir.Key))
			s.broken = true // once is enough
		}
		return
	}
	in := u.input
	if in.opaque || in.grouping == "" {
		return
	}
	if in.groupsBy(s.ir.Key) {
		c.proveOneTask(comp, u)
		return
	}
	per := s.keySpan()
	want := make([]string, len(s.ir.Key))
	for i, k := range s.ir.Key {
		want[i] = k.Name
		j := fieldIndex(in.ir.Fields, k.Name)
		if j < 0 {
			c.err(stateKeyField, u.at, "there is one %s per %s, but %s has no field %s", s.ir.Name, joinFields(s.ir.Key), in.sourceName(), k.Name).
				related(in.schemaAt(), "its fields").related(per, "the key of the state").
				help("give its tuples the field, or do this in another bolt")
			in.grouping = ""
			return
		}
		if !in.ir.Fields[j].Type.Equal(k.Type) {
			c.err(stateKeyField, u.at, "the key %s is a %s, but in %s it is a %s", k.Name, k.Type, in.sourceName(), in.ir.Fields[j].Type).
				related(in.schemaAt(), "its fields").related(per, "the key of the state")
			in.grouping = ""
			return
		}
	}
	if in.grouping == ir.ByPartial {
		c.reportPartialState(u)
		return
	}
	if comp.fake != nil {
		c.err(stateGrouping, u.at, "there is one %s per %s, but %s comes by %s", s.ir.Name, joinFields(s.ir.Key), in.ir.Alias, in.grouping).
			related(in.decl.Span(), "tuples of one %s may go to several tasks", joinFields(s.ir.Key)).related(per, "the key of the state").
			help("keep a map `per test`: `state %s map[%s]%s per test`", s.ir.Name, s.ir.Key[0].Type, s.ir.Type)
		in.grouping = "" // once is enough
		return
	}
	if comp.keyed != nil {
		want = comp.keyed.keys // as its other inputs do
	}
	by := "fields(" + strings.Join(want, ", ") + ")"
	at, text := c.groupingFix(in, by)
	how := "by " + string(in.grouping)
	if in.grouping == ir.ByFields {
		how += "(" + strings.Join(in.keys, ", ") + ")"
	}
	c.err(stateGrouping, u.at, "there is one %s per %s, but %s comes %s", s.ir.Name, joinFields(s.ir.Key), in.ir.Alias, how).
		related(in.decl.Span(), "tuples of one %s may go to several tasks", joinFields(s.ir.Key)).
		related(per, "the key of the state").
		fix(at, text, "write `by %s`", by)
	in.grouping = "" // once is enough
}

// groupsBy reports whether an input comes by fields of a key, in any order, and has them all with the key's types. It may come by some of
// them only: tuples that are equal in all are equal in some, and meet in one task.
func (in *input) groupsBy(key []types.Field) bool {
	if in.grouping != ir.ByFields || len(in.keys) == 0 || !hasFields(in.ir.Fields, key) {
		return false
	}
	for _, name := range in.keys {
		if fieldIndex(key, name) < 0 {
			return false
		}
	}
	return true
}

// proveOneTask checks that all inputs that use a keyed state come by the same fields: else a key would live in two tasks.
func (c *compilation) proveOneTask(comp *component, u use) {
	in, first := u.input, comp.keyed
	if first == nil {
		comp.keyed = in
		return
	}
	if sameWords(first.keys, in.keys) || first.grouping == "" {
		return
	}
	at, text := c.groupingFix(in, "fields("+strings.Join(first.keys, ", ")+")")
	c.err(keyedTwice, u.at, "there is one %s per %s, but its tuples come by fields(%s) in %s and by fields(%s) in %s: a key would live in two tasks", u.state.ir.Name,
		joinFields(u.state.ir.Key), strings.Join(first.keys, ", "), first.ir.Alias, strings.Join(in.keys, ", "), in.ir.Alias).
		related(first.decl.Span(), "this input comes by fields(%s)", strings.Join(first.keys, ", ")).
		fix(at, text, "write `by fields(%s)` here too", strings.Join(first.keys, ", "))
	in.grouping = "" // once is enough
}

// sameWords reports whether two lists have the same words, in any order.
func sameWords(a, b []string) bool {
	return slices.Equal(a, b) || len(a) == len(b) && slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// proveOneWay refuses an input whose tuples use keyed state and change shared state: they would have to come by the key, and to all tasks.
func (c *compilation) proveOneWay(comp *component) {
	if !comp.ir.Many() {
		return
	}
	for _, in := range comp.inputs {
		if in.opaque || in.grouping == "" {
			continue
		}
		var keyed, shared *use
		for i := range comp.body.uses {
			u := &comp.body.uses[i]
			switch {
			case u.input != in || u.state.broken:
			case u.state.ir.Scope == ir.PerKey && keyed == nil:
				keyed = u
			case u.state.ir.Scope == ir.Shared && u.write && shared == nil:
				shared = u
			}
		}
		if keyed == nil || shared == nil {
			continue
		}
		c.err(keyedAndShared, shared.at, "tuples of %s can't both use %s, which is kept per %s, and change %s, which is shared by %s", in.ir.Alias,
			keyed.state.ir.Name, joinFields(keyed.state.ir.Key), shared.state.ir.Name, tasksOf(comp.ir)).
			related(keyed.at, "for this they must come by fields(%s), each to one task", joinFields(keyed.state.ir.Key)).
			related(shared.state.decl.Name.Span(), "for this `by all`, each to every task").
			help("read %s by two inputs, `(%s: %s by fields(%s), every_one: %s by all)`, with an `on` block each; or keep one of the two in a bolt of its own", in.sourceName(),
				in.ir.Alias, in.sourceName(), joinFields(keyed.state.ir.Key), in.sourceName())
		in.grouping = "" // once is enough
	}
}

// whyOneKey says why states of two keys don't go together in a bolt.
func whyOneKey(a, b []types.Field) string {
	if hasFields(a, b) || hasFields(b, a) {
		return "a task finds all that it keeps for a tuple's key in one row, so there is one key"
	}
	return "a tuple goes to the task that owns its key, and that can be one only"
}

// nestedKey is another way out where one key is part of the other, and lacks one field of it: a map by that field.
func nestedKey(a, b *ir.State) string {
	if len(a.Key) > len(b.Key) {
		a, b = b, a
	}
	if len(b.Key) != len(a.Key)+1 || !hasFields(b.Key, a.Key) {
		return ""
	}
	for _, k := range b.Key {
		if fieldIndex(a.Key, k.Name) < 0 && k.Type.MapKey() && b.Type.Kind != types.Optional {
			return ", or a map in the other's row: `state " + b.Name + " map[" + k.Type.String() + "]" + b.Type.String() + " per " + joinFields(a.Key) + "`"
		}
	}
	return ""
}

// keySpan is where the key of a state stands.
func (s *state) keySpan() source.Span {
	return s.decl.Per[0].Span().To(s.decl.Per[len(s.decl.Per)-1].Span())
}

// groupingFix says where and how an input's grouping is replaced.
func (c *compilation) groupingFix(in *input, grouping string) (at source.Span, text string) {
	if g := in.decl.Grouping; g != nil {
		at = g.Span()
		if strings.HasPrefix(c.text(at), "by") {
			return at, "by " + grouping
		}
		return at, grouping
	}
	return after(trimmedEnd(c, in.decl.Span())), " by " + grouping
}

// trimmedEnd cuts white space off the end of a span.
func trimmedEnd(c *compilation, s source.Span) source.Span {
	text := c.text(s)
	s.End -= len(text) - len(strings.TrimRight(text, " \t\n\r"))
	return s
}

// proveShared checks one use of a shared state: every task must see every change.
func (c *compilation) proveShared(comp *component, u use) {
	if !u.write || !comp.ir.Many() || u.state.broken {
		return
	}
	if u.input == nil {
		own := "end"
		if u.block != "finish" {
			own = "clock"
		}
		c.err(sharedWrite, u.at, "shared state can't change in `%s`: each of the tasks has its own %s", u.block, own).
			related(u.state.decl.Name.Span(), "it is shared by all tasks")
		return
	}
	in := u.input
	if in.grouping == ir.ByAll || in.grouping == "" || in.opaque {
		return
	}
	at, text := c.groupingFix(in, "all")
	c.err(sharedWrite, u.at, "%s is shared by %s, but each tuple of %s reaches one of them only", u.state.ir.Name, tasksOf(comp.ir), in.ir.Alias).
		related(in.decl.Span(), "this input is `by %s`", in.grouping).
		fix(at, text, "write `by all`, so that every task sees every change")
	in.grouping = ""
}

// orderKeys puts the keys of a bolt's fields groupings in the order of its state's key, so that
// all its inputs have one hash for one key.
func (c *compilation) orderKeys(comp *component) {
	for _, s := range comp.body.states {
		if s.ir.Scope != ir.PerKey {
			continue
		}
		for _, in := range comp.inputs {
			for _, e := range in.edges {
				if e.Grouping == ir.ByFields && len(s.ir.Key) == len(e.Keys) && !inOrder(e, s.ir.Key) {
					keys := make([]int, len(s.ir.Key)) // each source has an order of its own
					for i, k := range s.ir.Key {
						keys[i] = fieldIndex(e.Stream.Fields, k.Name)
					}
					if !slices.Contains(keys, -1) && sameSet(keys, e.Keys) {
						e.Keys = keys
					}
				}
			}
		}
		return
	}
}

// inOrder reports whether an edge's keys are those of a state, as they are.
func inOrder(e *ir.Edge, key []types.Field) bool {
	for i, k := range key {
		if e.Keys[i] != fieldIndex(e.Stream.Fields, k.Name) {
			return false
		}
	}
	return true
}

func sameSet(a, b []int) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// tasksOf is `4 tasks`, or who says how many.
func tasksOf(c *ir.Component) string {
	if c.TasksParam != nil {
		return "as many tasks as param " + c.TasksParam.Name + " says"
	}
	return plural(c.Tasks, "task")
}
