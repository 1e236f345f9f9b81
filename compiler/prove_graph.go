package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
)

// proveCycles proves what is to be proven of cycles, where there are any.
func (c *compilation) proveCycles() {
	rings := c.rings()
	if len(rings) > 0 {
		c.proveAcyclic()
	}
	c.proveLoops(rings)
}

// proveAcyclic refuses cycles that no `loop` closes, with their way written out.
func (c *compilation) proveAcyclic() {
	done, of := map[*component]bool{}, map[*ir.Component]*component{}
	for _, comp := range c.order {
		of[comp.ir] = comp
	}
	var path []*component
	onPath := map[*component]int{}
	var visit func(comp *component)
	visit = func(comp *component) {
		if at, ok := onPath[comp]; ok {
			c.reportCycle(path[at:])
			return
		}
		if done[comp] {
			return
		}
		onPath[comp] = len(path)
		path = append(path, comp)
		for _, in := range comp.inputs {
			for i, s := range in.sources {
				if from := of[s.ir.From]; from != nil && in.edges[i].Loop == nil {
					visit(from)
				}
			}
		}
		path = path[:len(path)-1]
		delete(onPath, comp)
		done[comp] = true
	}
	for _, comp := range c.order {
		visit(comp)
	}
}

// reportCycle reports components each of which reads the next, and the last the first.
func (c *compilation) reportCycle(path []*component) {
	// Written in the direction in which tuples flow, from where they enter; of several such components, or none, from the
	// one that stands first in the text.
	first := 0
	n := len(path)
	for i, comp := range path {
		comp.cyclic = true
		enters, entersFirst := readsOther(comp, path), readsOther(path[first], path)
		if enters && !entersFirst || enters == entersFirst && comp.name.Span().Start < path[first].name.Span().Start {
			first = i
		}
	}
	names := []string{path[first].ir.Name}
	for i := 1; i <= n; i++ {
		names = append(names, path[(first-i+n)%n].ir.Name)
	}
	edge := func(reader, from *component) *ast.Source {
		for _, in := range reader.inputs {
			for _, e := range in.edges {
				if e.Stream.From == from.ir {
					for _, s := range in.decl.Sources {
						if s.Span() == e.Span {
							return s
						}
					}
				}
			}
		}
		return nil
	}
	reader := path[first]
	back := edge(reader, path[(first+1)%n])
	if back == nil {
		return
	}
	r := c.err(cycle, back.Span(), "a cycle: %s", strings.Join(names, " -> "))
	for i := 1; i < n; i++ {
		a, b := path[(first+i)%n], path[(first+i+1)%n]
		if s := edge(a, b); s != nil {
			r.related(s.Span(), "%s reads %s", a.ir.Name, b.ir.Name)
		}
	}
	r.note("a cycle says where it closes, and how often a tuple may go round").
		fix(after(back.Span()), " loop max 10", "write `%s loop max 10`", c.text(back.Span()))
}

// readsOther reports whether a component reads something beside the components of a path.
func readsOther(comp *component, path []*component) bool {
	for _, in := range comp.inputs {
		for _, s := range in.sources {
			if !slices.ContainsFunc(path, func(other *component) bool { return other.ir == s.ir.From }) {
				return true
			}
		}
	}
	return false
}

// sourceAmongArgs is the component that stands among the arguments of what a component is made with, where its inputs belong.
func (c *compilation) sourceAmongArgs(comp *component) string {
	if comp.decl.Call != nil {
		for _, a := range comp.decl.Call.Args {
			if n, ok := a.Value.(*ast.Name); ok && c.components[n.Name] != nil {
				return n.Name
			}
		}
	}
	return "x: source"
}

// proveReached reports components that no tuple can reach, and a topology without a spout.
func (c *compilation) proveReached() {
	spouts, broken := false, c.brokenComponents
	for _, comp := range c.order {
		spouts = spouts || comp.kind == ast.Spout
		broken = broken || comp.decl == nil
		if comp.decl == nil || comp.kind == ast.Spout || len(comp.decl.Inputs) > 0 || comp.decl.Select != nil {
			continue
		}
		c.brokenComponents = true // it reads something
		if len(comp.decl.Params) > 0 {
			continue // reported
		}
		c.of(comp).err(notReached, comp.name.Span(), "no spout reaches %s %s: it has no input", comp.kind, comp.name.Name).
			help("say what it reads: `%s %s(%s)`", comp.kind, comp.name.Name, c.sourceAmongArgs(comp))
	}
	if !spouts && !broken && c.header != nil {
		c.err(noSpout, c.header.Name.Span(), "topology %s has no spout", c.header.Name.Name).
			help("declare where its tuples come from: `spout lines -> (line string) = file.lines(path: \"words.txt\")`")
	}
}
