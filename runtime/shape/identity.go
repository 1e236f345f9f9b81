package shape

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Item is what a store says of a component: its tasks, and what they keep.
type Item struct{ Name, Value string }

// Part is a component of a version of a topology.
type Part struct {
	Kind  string // spout, sink, or "" of a bolt and a sink that commits nothing
	Tasks int
	Text  string // its shape as it is written; "" of one that keeps nothing
	Shape *Shape // nil where it keeps nothing, or what only its own code knows
}

// ParsePart reads an item's value: "spout, 2 tasks", "1 task, sink that commits", "2 tasks, state n int per word string".
func ParsePart(text string) (p Part, err error) {
	rest := text
	if after, ok := strings.CutPrefix(rest, "spout, "); ok {
		p.Kind, rest = "spout", after
	}
	count, rest, _ := strings.Cut(rest, ", ")
	n, _, _ := strings.Cut(count, " task")
	if p.Tasks, err = strconv.Atoi(n); err != nil {
		return p, fmt.Errorf("%q says nothing of tasks", text)
	}
	switch {
	case rest == "sink that commits":
		p.Kind = "sink"
	case rest != "":
		p.Text = rest
		p.Shape, _ = Parse(rest) // else only its own code knows
	}
	return p, nil
}

// Unknown stands for what only the code of a library's component knows, where that code is not asked.
const Unknown = "?"

// Change is what becomes of a component from one version of a topology to the next.
type Change struct {
	Component   string
	Before, Now *Part // nil: there was none, or is none
	Steps       []Step
}

// Worst is the worst of the steps.
func (c *Change) Worst() How { return worst(c.Steps) }

// Changes says what becomes of what a store was written for where it is gone on with by a program.
func Changes(before, now []Item) (all []Change, err error) {
	find := func(in []Item, name string) *Item {
		if i := slices.IndexFunc(in, func(x Item) bool { return x.Name == name }); i >= 0 {
			return &in[i]
		}
		return nil
	}
	part := func(i *Item) *Part {
		if i == nil {
			return nil
		}
		p, e := ParsePart(i.Value)
		if e != nil && err == nil {
			err = fmt.Errorf("%s: %w", i.Name, e)
		}
		return &p
	}
	for _, n := range now {
		c := Change{Component: n.Name, Before: part(find(before, n.Name)), Now: part(&n)}
		c.compare()
		all = append(all, c)
	}
	for _, b := range before {
		if find(now, b.Name) == nil {
			c := Change{Component: b.Name, Before: part(&b)}
			c.compare()
			all = append(all, c)
		}
	}
	return all, err
}

func (c *Change) compare() {
	b, n := c.Before, c.Now
	add := func(what string, how How, why string) { c.Steps = append(c.Steps, Step{what, how, why}) }
	switch {
	case b == nil && n.Kind == "spout":
		add("its source", Added, "read from its beginning")
	case b == nil && n.Shape != nil:
		for _, s := range n.Shape.States {
			add("state "+s.Name, Added, s.Type.String())
		}
	case b == nil:
	case n == nil && b.Kind == "spout":
		add("where it stood", Dropped, "it is gone")
	case n == nil && b.Kind == "sink":
		add("what it had yet to write", Dropped, "it is gone")
	case n == nil && b.Text != "":
		if b.Shape == nil {
			add("what it kept", Dropped, "it is gone")
			return
		}
		for _, s := range b.Shape.States {
			add("state "+s.Name, Dropped, "it is gone")
		}
	case n == nil:
	case b.Tasks == n.Tasks && (b.Text == Unknown && n.Kind != "spout" || n.Text == Unknown && b.Kind != "spout"):
		add("what it keeps", Kept, "as far as its own code can read it")
	case b.Text == Unknown && (n.Text != "" || n.Kind != "") || n.Text == Unknown && (b.Text != "" || b.Kind != ""):
		how, why := Refused, "each task of a sink has a place of its own"
		if b.Text == n.Text {
			how, why = Kept, "only a run tells whether its tasks have places of their own"
		}
		add("tasks", how, fmt.Sprintf("%d -> %d: %s", b.Tasks, n.Tasks, why))
	case b.Text == Unknown || n.Text == Unknown:
	case b.Kind != n.Kind:
		add("it", Refused, "it was "+b.what()+", and is "+n.what())
	case b.Kind != "" && b.Tasks != n.Tasks:
		add("tasks", Refused, fmt.Sprintf("%d -> %d: each task of a %s has a place of its own", b.Tasks, n.Tasks, b.Kind))
	case b.Text == "" && n.Text == "":
		if b.Kind == "spout" {
			add("where it stands", Kept, "")
		}
	case b.Text == "" && n.Shape != nil:
		for _, s := range n.Shape.States {
			add("state "+s.Name, Added, s.Type.String())
		}
	case n.Text == "" && b.Shape != nil:
		for _, s := range b.Shape.States {
			add("state "+s.Name, Dropped, "nothing is kept any more")
		}
	case b.Shape == nil || n.Shape == nil:
		if b.Text != n.Text || b.Tasks != n.Tasks {
			add("what it keeps", Refused, "only its own code knows what it is: "+b.Text+" -> "+n.Text)
		} else {
			add("what it keeps", Kept, "")
		}
	default:
		c.Steps = Compare(b.Shape, n.Shape)
		if b.Tasks == n.Tasks {
			return
		}
		for _, s := range b.Shape.States {
			if s.Key == nil && !s.Shared && n.Shape.state(s.Name) != nil {
				add("state "+s.Name, Refused, fmt.Sprintf("%d -> %d tasks: each task has one of its own, and nothing says how they become others", b.Tasks, n.Tasks))
				return
			}
		}
		if n.Shape.Key() != nil {
			add("tasks", Kept, fmt.Sprintf("%d -> %d: keys go to the tasks that own them", b.Tasks, n.Tasks))
		}
	}
}

func (p *Part) what() string {
	if p.Kind == "" {
		return "a bolt"
	}
	return "a " + p.Kind
}

// Evolves reports whether bytes of the component have to be made anew, and Moves whether they belong to other tasks.
func (c *Change) Evolves() bool {
	return c.Before != nil && c.Now != nil && c.Before.Shape != nil && c.Before.Text != c.Now.Text
}

// Moves reports whether they belong to other tasks now.
func (c *Change) Moves() bool {
	return c.Before != nil && c.Now != nil && c.Before.Shape != nil && c.Before.Tasks != c.Now.Tasks
}
