package compiler

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
)

// proveConsumed warns of streams that nobody reads. Where components could not be parsed,
// or names were not found, these may be the readers.
func (c *compilation) proveConsumed() {
	for _, in := range c.brokenInputs {
		for _, s := range in.Sources {
			c.markUsed(s)
		}
	}
	if c.brokenComponents || c.lostSources {
		return
	}
	readable := slices.Clone(c.order)
	for _, i := range c.instances {
		readable = append(readable, i.comp)
	}
	for _, comp := range readable {
		c := c.of(comp)
		if comp.decl == nil || comp.open || comp.cyclic || c.components[comp.name.Name] != comp {
			continue
		}
		var unused []*stream
		for _, s := range comp.outputs {
			if !s.used {
				unused = append(unused, s)
			}
		}
		switch {
		case len(unused) == 0 || comp.instance != nil && len(unused) < len(comp.outputs):
			// What a graph offers need not be taken.
		case len(unused) == len(comp.outputs) && comp.queried:
			// What it is for is its state.
		case len(unused) == len(comp.outputs):
			c.warn(unusedBolt, comp.name.Span(), "nobody reads %s %s", comp.kind, comp.name.Name).
				help("read it by a sink, e.g. `sink out(%s) = stdout.print()`, or take it out", unused[0].ir.FullName())
		default:
			for _, s := range unused {
				at := s.decl.Span()
				if s.decl.Name != nil {
					at = s.decl.Name.Span()
				}
				c.warn(unusedOutput, at, "nobody reads the output %s", s.ir.FullName()).
					help("read it by a sink, or take it out")
			}
		}
	}
}

// proveUsed warns of params and constants that nothing uses.
func (c *compilation) proveUsed() {
	if c.brokenComponents || c.golang.wrong {
		return
	}
	for _, v := range c.valueOrder {
		if v.used || strings.HasPrefix(v.name.Name, "_") || v.param != nil && c.embedded() {
			continue
		}
		what := "const"
		if v.given != nil {
			what = "parameter"
		}
		if v.param != nil {
			what = "param"
		}
		c.warn(unusedValue, v.name.Span(), "%s %s is never used", what, v.name.Name).help("take it out")
	}
	c.proveFuncsUsed()
	for _, g := range c.graphOrder {
		if !g.used && !g.broken && g.home.name == "" && !strings.HasPrefix(g.name.Name, "_") {
			c.warn(unusedGraph, g.name.Span(), "graph %s has no instance", g.name.Name).help("take it out")
		}
	}
}

// embedded reports whether a Go program has the topology in it, by the file that topoc gen writes: that may use what the text does not.
func (c *compilation) embedded() bool {
	if c.header == nil || len(c.sources) == 0 {
		return false
	}
	if len(c.opts.GoFiles) > 0 { // it writes it now
		return true
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(c.sources[0].Name), c.header.Name.Name+"_topo.go"))
	return err == nil && info.Mode().IsRegular()
}

// assemble orders what was checked into the program: components after those they read, edges by reader.
func (c *compilation) assemble() {
	c.assembleFailed()
	placed := map[*ir.Component]bool{}
	for len(c.program.Components) < len(c.order) {
		for _, comp := range c.order {
			if placed[comp.ir] || !ready(comp, placed) {
				continue
			}
			placed[comp.ir] = true
			c.program.Components = append(c.program.Components, comp.ir)
			for _, in := range comp.inputs {
				for _, e := range in.edges {
					e.ID = len(c.program.Edges)
					c.program.Edges = append(c.program.Edges, e)
				}
			}
			break // of several that are ready, the first in the text
		}
	}
	c.assembleFuncs()
	c.findPaths()
	c.program.Files = c.sources
}

func ready(comp *component, placed map[*ir.Component]bool) bool {
	for _, in := range comp.inputs {
		for _, e := range in.edges {
			if e.Loop == nil && !placed[e.Stream.From] {
				return false
			}
		}
	}
	return true
}
