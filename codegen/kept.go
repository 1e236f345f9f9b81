package codegen

import (
	"fmt"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/runtime/shape"
)

// Kept says what a run of a program keeps in its store, component by component: what the store will say it was written for. What only the code of a library's sink knows is "?".
// It is nothing where the program is not exactly-once.
func Kept(p *ir.Program) []shape.Item {
	g := newGenerator(p, nil)
	if !g.commits() {
		return nil
	}
	g.kept = map[*ir.Component]string{}
	g.prepareFuncs()
	g.findAskings()
	var all []shape.Item
	for _, c := range p.Components {
		g.file(c)
		text := fmt.Sprintf("%d tasks", c.Tasks)
		if c.Tasks == 1 {
			text = "1 task"
		}
		switch kept := g.kept[c]; {
		case c.Kind == ir.Spout:
			text = "spout, " + text
		case kept != "":
			text += ", " + kept
		case c.Kind == ir.Sink && c.Call != nil:
			text += ", " + shape.Unknown
		}
		all = append(all, shape.Item{Name: c.Name, Value: text})
	}
	return all
}
