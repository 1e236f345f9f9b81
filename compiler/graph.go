package compiler

import (
	"maps"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// A graph is compiled twice. Once where it is declared, by itself: its inputs are spouts of the shapes that are written,
// its parameters values that nobody knows. So it is right or wrong whether it is used or not, and its mistakes are reported
// once. And then for each instance: its components are components of the topology, `x.split`, which read what the
// instance reads and see the arguments as their parameters. What only an instance shows (a `tasks` that is no constant, a state
// that the way into it does not fit) is reported where it stands, with the instance beside it.

// graphSymbol is a graph on its way.
type graphSymbol struct {
	name    *ast.Ident
	decl    *ast.Graph // nil where broken
	home    *module
	state   resolution
	broken  bool
	used    bool
	inputs  []*component // of the shapes that are written, one unnamed stream each
	outputs []*stream    // likewise
	needs   []graphNeed  // the graphs that it is made of
	inside  *module      // its namespace, compiled by itself
	size    int          // how many components one instance has
}

// graphNeed is a graph that another is made of.
type graphNeed struct {
	of *graphSymbol
	at source.Span
}

// instance is one use of a graph.
type instance struct {
	of     *graphSymbol
	comp   *component // that it is for those who read and feed it
	parent *module    // where it stands
	inside *module
	rep    *reporter // what is wrong with it, in the graph's text
	at     source.Span
}

// graphArg is the value of a graph's parameter.
type graphArg struct {
	field *ast.Field
	arg   ast.Expr // as the instance gives it; nil for the default
	from  *module  // whose names it sees
	comp  *component
	open  bool // nobody knows it: the graph stands by itself
}

// maxExpanded is how many components the graphs of a topology may be taken apart into.
const maxExpanded = 10_000

// declareGraph enters a graph.
func (c *compilation) declareGraph(g *graphSymbol) {
	g.home = c.module
	enter(c, "graph", c.graphs, &c.graphOrder, g)
}

// checkGraphs compiles each graph by itself.
func (c *compilation) checkGraphs() {
	for _, g := range c.graphOrder {
		c.checkGraph(g)
	}
}

// checkGraph compiles a graph by itself, once: when it is first needed.
func (c *compilation) checkGraph(g *graphSymbol) {
	if g.state != untouched {
		return
	}
	g.state = underway
	if g.decl == nil {
		g.broken, g.state = true, resolved
		return
	}
	// Its own reporter tells whether it is sound.
	mine := &reporter{}
	gc := &compilation{c.shared, insideOf(g), mine}
	gc.graph, g.inside = g, gc.module
	gc.graphShape(g)
	for i, in := range g.inputs {
		gc.components[in.name.Name] = gc.inputComponent(g, i)
	}
	gc.graphValues(g, func(f *ast.Field) *graphArg { return &graphArg{field: f, open: true} })
	gc.collectGraph(g)
	gc.expand()
	g.size = len(gc.order)
	gc.resolveValues()
	gc.resolveComponents()
	for _, comp := range gc.order {
		gc.checkComponent(comp)
	}
	gc.bindOutputs(g)
	gc.proveGraph()
	gc.mergeInstances()
	g.broken = g.broken || mine.failed()
	g.state = resolved
	for _, d := range mine.all {
		c.add(*d)
	}
}

// insideOf is the namespace in a graph: its own components and values, and what its home has.
func insideOf(g *graphSymbol) *module {
	m := *g.home
	m.components, m.order, m.instances = map[string]*component{}, nil, nil
	m.values, m.valueOrder = maps.Clone(g.home.values), nil
	m.brokenComponents, m.lostSources, m.brokenInputs = false, false, nil
	m.files, m.header, m.typeOrder, m.funcOrder, m.graphOrder = nil, nil, nil, nil, nil
	return &m
}

// graphShape resolves the inputs and outputs of a graph.
func (c *compilation) graphShape(g *graphSymbol) {
	for _, in := range g.decl.Inputs {
		shape := *in.Shape
		shape.Name = nil
		comp := c.fakeComponent(in.Shape.Name, ast.Spout)
		c.resolveOutput(comp, &shape)
		if slices.ContainsFunc(g.inputs, func(other *component) bool { return other.name.Name == comp.name.Name }) {
			c.err(declaredTwice, comp.name.Span(), "two inputs of %s are named %s", g.name.Name, comp.name.Name).help("rename one of them")
			continue
		}
		g.inputs = append(g.inputs, comp)
	}
	out := c.fakeComponent(g.name, ast.Bolt)
	for _, o := range g.decl.Outputs {
		c.resolveOutput(out, o)
	}
	g.outputs = out.outputs
}

func (c *compilation) fakeComponent(name *ast.Ident, kind ast.ComponentKind) *component {
	return &component{name: name, kind: kind, home: c.module, rep: c.reporter,
		ir: &ir.Component{Name: name.Name, Kind: ir.Kind(kind), NameAt: name.Span(), Tasks: 1}}
}

// inputComponent is what an input of a graph is to those inside: a component that gives its tuples.
func (c *compilation) inputComponent(g *graphSymbol, i int) *component {
	shape := g.inputs[i]
	comp := c.fakeComponent(shape.name, ast.Spout)
	comp.grouping = g.decl.Inputs[i].Grouping
	for _, s := range shape.outputs {
		copied := *s
		copied.used = false
		comp.outputs = append(comp.outputs, &copied)
	}
	return comp
}

// graphValues enters the parameters of a graph.
func (c *compilation) graphValues(g *graphSymbol, arg func(f *ast.Field) *graphArg) {
	own := map[string]*ast.Ident{}
	for _, f := range g.decl.Params {
		if first := own[f.Name.Name]; first != nil {
			c.again("parameter", f.Name, first)
			g.broken = true
			continue
		}
		own[f.Name.Name] = f.Name
		if f.PerTuple {
			c.err(badShape, f.Span(), "`per tuple` stands in the signatures of libraries' components only")
		}
		v := &valueSymbol{name: f.Name, given: arg(f), typ: types.TInvalid, home: c.module}
		c.values[f.Name.Name] = v
		c.valueOrder = append(c.valueOrder, v)
	}
}

// collectGraph enters what a graph declares.
func (c *compilation) collectGraph(g *graphSymbol) {
	own := map[string]*ast.Ident{}
	for _, v := range c.valueOrder {
		own[v.name.Name] = v.name
	}
	for _, d := range g.decl.Decls {
		switch d := d.(type) {
		case *ast.Const:
			if first := own[d.Name.Name]; first != nil {
				c.again("name", d.Name, first)
				continue
			}
			own[d.Name.Name] = d.Name
			v := &valueSymbol{name: d.Name, konst: d, typ: types.TInvalid, home: c.module}
			c.values[d.Name.Name] = v
			c.valueOrder = append(c.valueOrder, v)
		case *ast.Component:
			c.declareComponent(&component{decl: d, name: d.Name, kind: d.Kind})
		case *ast.BadDecl:
			g.broken = true
			c.declareBroken(d)
			if d.Name == nil {
				c.brokenComponents = true // perhaps the binding of an output
			}
		}
	}
}

// graphValue gives a parameter of a graph its value.
func (c *compilation) graphValue(v *valueSymbol) {
	a := v.given
	t := c.typeOf(a.field.Type)
	v.typ = t
	e := &env{compilation: c, constant: "the default of a parameter"}
	var value ir.Expr
	if a.field.Default != nil && (a.open || a.arg == nil) {
		value = e.computed(a.field.Default, e.value(a.field.Default, t, "parameter "+v.name.Name))
	}
	switch {
	case a.open:
		p := &ir.Param{Name: v.name.Name, Type: t}
		c.unknown[p] = true
		v.value = &ir.ParamRef{Typed: ir.Typed{T: t, Span: v.name.Span()}, Param: p}
	case a.arg != nil:
		e = &env{compilation: c.in(a.from), comp: a.comp, argument: true}
		e.reporter = a.comp.rep
		v.value = e.value(a.arg, t, "argument "+v.name.Name)
		ir.WalkExpr(v.value, func(x ir.Expr) {
			if ref, ok := x.(*ir.ParamRef); ok && c.unknown[ref.Param] {
				a.open = true // the instance is in a graph that stands by itself
			}
		})
	case value != nil:
		v.value = value
	default: // reported: it lacks
		v.value = invalid(v.name)
	}
	if t.Kind == types.Invalid {
		v.value = invalid(v.name)
	}
}

// expand takes the instances of graphs in the current namespace apart: their components become its own.
func (c *compilation) expand() {
	for _, comp := range c.order {
		if !comp.expanded {
			comp.expanded = true
			c.expandOne(comp)
		}
	}
	c.order = slices.DeleteFunc(c.order, func(comp *component) bool { return comp.instance != nil })
}

// expandOne makes an instance of a component that is one.
func (c *compilation) expandOne(comp *component) {
	g := c.graphOf(comp)
	if g == nil {
		if d := comp.decl; d != nil && d.Kind == ast.Bolt && d.Call != nil && len(d.Outputs) == 0 {
			comp.open = true // a graph that is not known
		}
		return
	}
	g.used = true
	c.noteHome(g.home)
	if c.graph != nil {
		c.graph.needs = append(c.graph.needs, graphNeed{g, comp.decl.Call.Fun.Span()})
	}
	c.checkGraph(g)
	i := &instance{of: g, comp: comp, parent: c.module, rep: &reporter{}, at: comp.decl.Call.Span()}
	comp.instance = i
	c.instances = append(c.instances, i)
	comp.outputs = nil
	for _, s := range g.outputs {
		copied := &stream{decl: s.decl, alias: true, opaque: s.opaque, ir: &ir.Stream{From: comp.ir, Name: s.ir.Name, Fields: s.ir.Fields, Latest: s.ir.Latest, Span: s.ir.Span}}
		comp.outputs = append(comp.outputs, copied)
	}
	if g.state == underway || g.recursive() {
		c.reportGraphCycle(comp, g)
		g.broken = true
	}
	if g.broken {
		comp.open = true
		for _, s := range comp.outputs {
			s.opaque = len(s.ir.Fields) == 0
		}
		return
	}
	if c.expanded+g.size > maxExpanded {
		if c.expanded <= maxExpanded {
			c.expanded = maxExpanded + 1 // once is enough
			c.err(graphInGraph, comp.decl.Call.Span(), "the graphs of this topology make more than %d components", maxExpanded).
				help("graphs that are made of others double at each step")
		}
		comp.open = true
		return
	}
	c.inside(i)
}

// inside makes the components of an instance.
func (c *compilation) inside(i *instance) {
	g := i.of
	i.inside = insideOf(g)
	i.inside.graph = nil
	ic := &compilation{c.shared, i.inside, i.rep}
	for n := range g.inputs {
		in := ic.inputComponent(g, n)
		in.outputs[0].alias = true
		ic.components[in.name.Name] = in
	}
	given := c.graphArguments(i)
	ic.graphValues(g, func(f *ast.Field) *graphArg {
		a := &graphArg{field: f, from: c.module, comp: i.comp}
		if x := given[f.Name.Name]; x != nil {
			a.arg = x.Value
		}
		return a
	})
	ic.collectGraph(g)
	box := &ir.Box{Name: i.comp.ir.Name, Graph: g.name.Name, Doc: i.comp.decl.Docs(), Span: i.comp.decl.Span(), Outer: i.comp.ir.Box}
	if g.home.name != "" {
		box.Graph = g.home.name + "." + box.Graph
	}
	c.expanded += len(ic.order)
	for _, inner := range ic.order {
		inner.ir.Name = i.comp.ir.Name + "." + inner.name.Name
		inner.ir.Box = box
	}
	ic.expand()
	c.order = append(c.order, ic.order...)
}

// graphOf finds the graph that a component is an instance of; nil where it is none.
func (c *compilation) graphOf(comp *component) *graphSymbol {
	d := comp.decl
	if d == nil || d.Call == nil {
		return nil
	}
	switch fun := d.Call.Fun.(type) {
	case *ast.Name:
		return c.graphs[fun.Name]
	case *ast.Select:
		lib, ok := fun.X.(*ast.Name)
		if !ok {
			return nil
		}
		if m := c.library(lib.Name); m != nil {
			if g := m.graphs[fun.Field.Name]; g != nil && g.home == m && !strings.HasPrefix(fun.Field.Name, "_") {
				return g
			}
		}
	}
	return nil
}

// recursive reports whether a graph is made of itself.
func (g *graphSymbol) recursive() bool { return len(g.cycle()) > 0 }

// cycle is the way from a graph to itself.
func (g *graphSymbol) cycle() []graphNeed {
	seen := map[*graphSymbol]bool{}
	var find func(at *graphSymbol) []graphNeed
	find = func(at *graphSymbol) []graphNeed {
		for _, need := range at.needs {
			if need.of == g {
				return []graphNeed{need}
			}
			if !seen[need.of] {
				seen[need.of] = true
				if rest := find(need.of); rest != nil {
					return append([]graphNeed{need}, rest...)
				}
			}
		}
		return nil
	}
	return find(g)
}

func (c *compilation) reportGraphCycle(comp *component, g *graphSymbol) {
	if g.broken {
		return // once is enough
	}
	way := g.cycle()
	names := []string{g.name.Name}
	for _, need := range way {
		names = append(names, need.of.name.Name)
	}
	r := c.err(graphInGraph, comp.decl.Call.Fun.Span(), "graph %s is made of itself: %s", g.name.Name, strings.Join(names, " -> "))
	for _, need := range way {
		if need.at != comp.decl.Call.Fun.Span() {
			r.related(need.at, "an instance of %s", need.of.name.Name)
		}
	}
	r.note("it would never end").help("what comes back to where it was is a cycle of streams: `(x: source loop max 10)`")
}

// unknownGraph reports `= name(...)` that is no graph.
func (c *compilation) unknownGraph(call *ast.Call) {
	n, ok := call.Fun.(*ast.Name)
	if !ok {
		c.err(unknownLibraryPart, call.Fun.Span(), "a graph is named by a word: `dedupe(...)`")
		return
	}
	if c.ambiguous("graph", n.Name, n.Span()) {
		return
	}
	r := c.err(unknownComponent, n.Span(), "unknown graph %s", n.Name)
	switch {
	case c.knowsFunc(n.Name):
		r.note("%s is a function", n.Name).help("call it in statements: `{ emit (%s(...)) }`", n.Name)
	case c.components[n.Name] != nil:
		r.note("%s is a component", n.Name).help("a bolt reads it: `(x: %s)`", n.Name)
	default:
		r.choose(n.Span(), n.Name, "graphs", keysOf(c.graphs))
	}
}
