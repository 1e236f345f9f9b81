package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
)

// proveLatest checks that the tuples of one key of a `latest by` stream stay in order: an older one that took another
// way could overtake a newer one, and be taken for the newest. `by fields` of other fields is a new key, whose order is kept.
func (c *compilation) proveLatest() {
	for _, comp := range c.order {
		if !comp.ir.Many() {
			continue
		}
		c := c.of(comp)
		for _, in := range comp.inputs {
			for _, s := range in.sources {
				if len(s.ir.Latest) == 0 {
					continue
				}
				switch in.grouping {
				case ir.ByShuffle, ir.ByLocal, ir.ByPartial, ir.ByDirect, ir.ByGo:
					c.reportOvertaking(comp, in, s)
				}
			}
		}
	}
}

func (c *compilation) reportOvertaking(comp *component, in *input, s *stream) {
	keys := make([]string, len(s.ir.Latest))
	for i, f := range s.ir.Latest {
		keys[i] = s.ir.Fields[f].Name
	}
	by := strings.Join(keys, ", ")
	at, text := c.groupingFix(in, "fields("+by+")")
	c.err(latestOvertaken, in.decl.Span(), "%s is `latest by %s`, but its tuples of one %s may go to several tasks of %s", s.ir.FullName(), by, by, comp.ir.Name).
		note("an older tuple could overtake a newer one, and be taken for the newest").
		fix(at, text, "write `by fields(%s)`", by)
}
