package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// of is the compilation of a component's own namespace, with its own reporter: a component in an instance of a
// graph sees the graph's names.
func (c *compilation) of(comp *component) *compilation {
	if comp.home == nil || comp.home == c.module {
		return c
	}
	return &compilation{c.shared, comp.home, comp.rep}
}

// graphArguments sorts the arguments of an instance by the parameters they are for.
func (c *compilation) graphArguments(i *instance) map[string]*ast.Arg {
	var names, needed []string
	for _, p := range i.of.decl.Params {
		names = append(names, p.Name.Name)
		if p.Default == nil {
			needed = append(needed, p.Name.Name)
		}
	}
	call := *i.comp.decl.Call
	call.Args = slices.DeleteFunc(slices.Clone(call.Args), func(a *ast.Arg) bool { // see inputAmongArgs
		return a.Name != nil && !slices.Contains(names, a.Name.Name) && slices.Contains(i.of.inputNames(), a.Name.Name)
	})
	return c.matchArguments(&call, "graph "+i.of.name.Name, names, needed, i.of.text())
}

// text shows how a graph is instantiated.
func (g *graphSymbol) text() string {
	var parts []string
	for _, p := range g.decl.Params {
		part := p.Name.Name + ": " + typeText(p.Type)
		if p.Default != nil {
			part = "[" + part + "]"
		}
		parts = append(parts, part)
	}
	return "it is instantiated by " + g.name.Name + "(" + strings.Join(parts, ", ") + ")"
}

// typeText writes a type as the text has it.
func typeText(t *ast.Type) string {
	if t == nil {
		return "?"
	}
	text := ""
	switch {
	case t.List != nil:
		text = "[]" + typeText(t.List)
	case t.Map != nil:
		text = "map[" + typeText(t.Map.Key) + "]" + typeText(t.Map.Value)
	case t.Name != nil:
		text = t.Name.Name
	}
	if t.Optional {
		text += "?"
	}
	return text
}

// each calls visit for the instances of graphs in a namespace, outer ones first.
func (m *module) each(visit func(i *instance)) {
	for _, i := range m.instances {
		visit(i)
		if i.inside != nil {
			i.inside.each(visit)
		}
	}
}

// resolveInstances sees that instances have the shape of their graphs, gives inner components their arguments, and says what
// the streams out of instances and into them are.
func (c *compilation) resolveInstances() {
	c.each(func(i *instance) {
		pc := c.of(i.comp)
		if i.of.decl == nil || i.comp.open {
			i.markSources(pc)
			return
		}
		if !pc.instanceShape(i) {
			i.comp.open = true
			i.markSources(pc)
			return
		}
		ic := &compilation{c.shared, i.inside, i.rep}
		ic.resolveValues()
		pc.feed(i)
	})
	// Inner ones first: what comes out of an outer one may come out of an inner one.
	var all []*instance
	c.each(func(i *instance) { all = append(all, i) })
	for _, i := range slices.Backward(all) {
		if i.inside != nil && !i.comp.open {
			ic := &compilation{c.shared, i.inside, i.rep}
			ic.instanceOutputs(i)
		}
	}
}

// markSources notes that what a broken instance reads is used.
func (i *instance) markSources(c *compilation) {
	for _, in := range i.comp.decl.Inputs {
		for _, s := range in.Sources {
			c.markUsed(s)
		}
	}
}

// instanceShape checks the head of an instance against its graph.
func (c *compilation) instanceShape(i *instance) bool {
	d, g := i.comp.decl, i.of
	kind := ast.Bolt
	switch {
	case len(g.inputs) == 0:
		kind = ast.Spout
	case len(g.outputs) == 0:
		kind = ast.Sink
	}
	if kind != d.Kind {
		c.err(graphShape, d.Call.Fun.Span(), "graph %s is a %s, not a %s", g.name.Name, kind, d.Kind).
			note("a graph without inputs is a spout, one without outputs a sink").
			help("declare it: `%s %s ...`", kind, i.comp.name.Name)
		return false
	}
	for _, o := range d.Options {
		c.err(graphOptions, o.Span(), "the components in graph %s have their own options", g.name.Name).
			help("make it a parameter of the graph: `tasks n`")
	}
	for _, in := range d.Inputs {
		if in.Grouping != nil {
			c.err(graphOptions, in.Grouping.Span(), "graph %s says itself how its inputs are grouped", g.name.Name).
				related(g.name.Span(), "the graph").help("take it out")
		}
	}
	if len(d.Outputs) == 0 {
		return true
	}
	declared := &component{decl: d, name: d.Name, home: i.comp.home, rep: i.comp.rep, ir: &ir.Component{Name: d.Name.Name}}
	for _, o := range d.Outputs {
		c.resolveOutput(declared, o)
	}
	differs := len(declared.outputs) != len(g.outputs)
	for n, s := range declared.outputs {
		if s.opaque {
			return true
		}
		differs = differs || s.ir.Name != g.outputs[n].ir.Name || !sameSchema(s.ir.Fields, g.outputs[n].ir.Fields) || !slices.Equal(s.ir.Latest, g.outputs[n].ir.Latest)
	}
	if differs {
		at := d.Outputs[0].Span().To(d.Outputs[len(d.Outputs)-1].Span())
		c.err(outputDiffers, at, "graph %s gives %s, not this", g.name.Name, streamsText(g.outputs)).
			related(g.outputs[0].decl.Span(), "its outputs").help("write it so, or leave it out")
	}
	return true
}

// streamsText writes outputs as they are declared.
func streamsText(list []*stream) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = types.Schema(s.ir.Fields)
		if s.ir.Name != "" {
			parts[i] = s.ir.Name + ": " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

// feed joins what an instance reads to the inputs of its graph.
func (c *compilation) feed(i *instance) {
	g, d := i.of, i.comp.decl
	fed := map[string]*ast.Input{}
	for _, in := range d.Inputs {
		at, name := in.Span(), ""
		switch {
		case len(g.inputs) == 1 && len(d.Inputs) == 1:
			name = g.inputs[0].name.Name
		case in.Alias != nil:
			name, at = in.Alias.Name, in.Alias.Span()
		case len(in.Sources) > 0:
			name = in.Sources[0].Component.Name
		}
		to := i.inside.components[name]
		if to == nil || !slices.ContainsFunc(g.inputs, func(in *component) bool { return in.name.Name == name }) {
			c.markInput(in)
			c.err(graphInputs, at, "graph %s has no input %s", g.name.Name, name).
				related(g.name.Span(), "declared here").
				choose(at, name, "its inputs", g.inputNames())
			fed = nil
			break
		}
		if first := fed[name]; first != nil {
			c.err(declaredTwice, at, "input %s of graph %s is given twice", name, g.name.Name).related(first.Span(), "here first").
				help("join sources of the same fields by `|`")
			continue
		}
		fed[name] = in
		to.outputs[0].parts = c.fedStreams(i, in, to)
	}
	if fed == nil {
		return
	}
	var missing []string
	for _, in := range g.inputs {
		if fed[in.name.Name] == nil {
			missing = append(missing, in.name.Name)
		}
	}
	if len(missing) > 0 && !c.inputAmongArgs(i) {
		c.err(graphInputs, d.Name.Span(), "%s lacks the %s %s of graph %s", d.Name.Name, pluralWord(len(missing), "input"), strings.Join(missing, ", "), g.name.Name).
			related(g.name.Span(), "declared here").
			help("give it: `%s %s(%s: source)`", d.Kind, d.Name.Name, missing[0])
	}
}

// inputAmongArgs reports an input that stands among the arguments: `bolt x = g(in: lines)`.
func (c *compilation) inputAmongArgs(i *instance) bool {
	d := i.comp.decl
	if d.Call == nil {
		return false
	}
	for _, a := range d.Call.Args {
		from, ok := a.Value.(*ast.Name)
		if a.Name == nil || !ok || !slices.Contains(i.of.inputNames(), a.Name.Name) {
			continue
		}
		c.err(graphInputs, a.Span(), "%s is an input of graph %s, not an argument", a.Name.Name, i.of.name.Name).
			related(i.of.name.Span(), "declared here").
			help("inputs stand in brackets behind the name: `%s %s(%s: %s) = ...`", d.Kind, d.Name.Name, a.Name.Name, from.Name)
		c.brokenComponents = true
		return true
	}
	return false
}

func (c *compilation) markInput(in *ast.Input) {
	for _, s := range in.Sources {
		c.markUsed(s)
	}
}

func (g *graphSymbol) inputNames() []string {
	var names []string
	for _, in := range g.inputs {
		names = append(names, in.name.Name)
	}
	return names
}

// fedStreams finds the streams that an instance's input reads, and sees that they have the shape of the graph's input.
func (c *compilation) fedStreams(i *instance, in *ast.Input, to *component) []*stream {
	var out []*stream
	want := to.outputs[0]
	for _, src := range in.Sources {
		loop := c.loopMax(i.comp, src)
		s := c.sourceStream(i.comp, src)
		if s == nil {
			continue
		}
		s.used = true
		switch {
		case s.opaque || want.opaque:
		case !sameSchema(want.ir.Fields, s.ir.Fields):
			c.err(graphInputs, src.Span(), "input %s of graph %s is %s, but %s is %s", to.name.Name, i.of.name.Name,
				types.Schema(want.ir.Fields), s.ir.FullName(), types.Schema(s.ir.Fields)).
				related(to.name.Span(), "the input").help("a bolt between them can bring its fields into this form")
			continue
		case want.decl != nil && want.decl.Append != nil && len(s.ir.Latest) > 0:
			c.err(graphInputs, src.Span(), "input %s of graph %s is `append`, but %s is `latest by`", to.name.Name, i.of.name.Name, s.ir.FullName()).
				related(to.name.Span(), "the input").
				note("of a stream `latest by` only the newest tuples arrive")
			continue
		case len(want.ir.Latest) > 0 && !slices.Equal(want.ir.Latest, s.ir.Latest):
			c.err(graphInputs, src.Span(), "input %s of graph %s is `latest by`, but %s is not, or by other fields", to.name.Name, i.of.name.Name, s.ir.FullName()).
				related(to.name.Span(), "the input")
			continue
		}
		if loop != nil {
			s = &stream{ir: s.ir, decl: s.decl, alias: true, parts: []*stream{s}, loop: loop}
		}
		out = append(out, s)
	}
	return out
}

// bindOutputs checks what the outputs of a graph are bound to, where it stands by itself.
func (c *compilation) bindOutputs(g *graphSymbol) {
	first := map[string]*ast.Bind{}
	for _, b := range g.decl.Binds {
		name := b.Name.Name
		out := g.output(name)
		if out == nil {
			c.markSourcesOf(b)
			r := c.err(graphOutputs, b.Name.Span(), "graph %s has no output %s", g.name.Name, name)
			if names := g.outputNames(); len(names) > 0 {
				r.choose(b.Name.Span(), name, "its outputs", names)
			} else {
				r.help("declare it: `graph %s(...) -> (field TYPE)`", g.name.Name)
			}
			continue
		}
		if prev := first[name]; prev != nil {
			c.err(declaredTwice, b.Name.Span(), "output %s is bound twice", name).related(prev.Span(), "here first").
				help("join streams of the same fields by `|`")
			c.markSourcesOf(b)
			continue
		}
		first[name] = b
		for _, src := range b.Sources {
			c.bindOne(g, out, src)
		}
	}
	if c.brokenComponents {
		return // perhaps in what could not be read
	}
	for _, out := range g.outputs {
		name := outputName(out)
		if first[name] == nil {
			c.err(graphOutputs, out.decl.Span(), "output %s of graph %s is not bound", name, g.name.Name).
				help("say in its body what it carries: `%s = component`", name)
		}
	}
}

// outputName is what an output is called in the graph: `out` where it has no name.
func outputName(s *stream) string {
	if s.ir.Name == "" {
		return "out"
	}
	return s.ir.Name
}

func (g *graphSymbol) output(name string) *stream {
	for _, s := range g.outputs {
		if outputName(s) == name {
			return s
		}
	}
	return nil
}

func (g *graphSymbol) outputNames() []string {
	var names []string
	for _, s := range g.outputs {
		names = append(names, outputName(s))
	}
	return names
}

func (c *compilation) markSourcesOf(b *ast.Bind) {
	for _, s := range b.Sources {
		c.markUsed(s)
	}
}

// bindOne checks one stream that an output is bound to.
func (c *compilation) bindOne(g *graphSymbol, out *stream, src *ast.Source) {
	s := c.bindSource(src)
	if s == nil {
		return
	}
	s.used = true
	switch name := outputName(out); {
	case src.LoopMax != nil:
		c.err(graphOutputs, src.Span(), "an output is no loop").help("take `loop` out")
	case slices.ContainsFunc(g.inputs, func(in *component) bool { return in.name.Name == src.Component.Name }):
		c.err(graphOutputs, src.Span(), "%s is an input: an output comes from a component inside", src.Component.Name).
			help("let whoever reads the graph read what it reads, too")
	case s.opaque || out.opaque:
	case !sameSchema(s.ir.Fields, out.ir.Fields):
		c.err(graphOutputs, src.Span(), "output %s is %s, but this is %s", name, types.Schema(out.ir.Fields), types.Schema(s.ir.Fields)).
			related(out.decl.Span(), "declared here").
			help("declare it as it is, or let a bolt bring it into this form")
	case !slices.Equal(s.ir.Latest, out.ir.Latest):
		is := "append"
		if len(s.ir.Latest) > 0 {
			is = "`latest by " + s.ir.Fields[s.ir.Latest[0]].Name + "`"
		}
		c.err(graphOutputs, src.Span(), "the stream of %s is %s, which the output %s does not say, or says otherwise", src.Component.Name, is, name).
			related(out.decl.Span(), "declared here")
	}
}

// bindSource finds the stream that an output is bound to.
func (c *compilation) bindSource(src *ast.Source) *stream {
	if c.components[src.Component.Name] == nil && c.brokenComponents {
		return nil
	}
	return c.sourceStream(&component{}, src)
}

// instanceOutputs says what streams the outputs of an instance are.
func (c *compilation) instanceOutputs(i *instance) {
	for _, b := range i.of.decl.Binds {
		for _, out := range i.comp.outputs {
			if outputName(out) != b.Name.Name {
				continue
			}
			for _, src := range b.Sources {
				if s := c.bindSource(src); s != nil {
					s.used = true
					out.parts = append(out.parts, s)
				}
			}
		}
	}
}

// leaf is the stream of a component, and the loop that led to it.
type leaf struct {
	*stream
	loop ir.Expr
}

// leaves are the streams of components that a stream stands for: itself, or those behind an instance's output or a graph's input.
func (s *stream) leaves() []leaf {
	if !s.alias {
		return []leaf{{stream: s}}
	}
	var out []leaf
	for _, p := range s.parts {
		for _, l := range p.leaves() {
			if s.loop != nil {
				l.loop = s.loop
			}
			out = append(out, l)
		}
	}
	return out
}

// mergeInstances passes on what is wrong with instances: what was not said of the graph by itself.
func (c *compilation) mergeInstances() {
	type key struct {
		code string
		at   source.Span
	}
	said := map[key]bool{}
	for _, d := range c.all {
		said[key{d.Code, d.Span}] = true
	}
	var merge func(m *module, outer []*instance)
	merge = func(m *module, outer []*instance) {
		for _, i := range m.instances {
			way := append(slices.Clip(outer), i)
			for _, own := range i.rep.all {
				if own.Severity != diag.Error || said[key{own.Code, own.Span}] {
					continue
				}
				said[key{own.Code, own.Span}] = true
				d := new(diag.Diagnostic)
				*d = *own // the instance keeps its own, without the way
				d.Related = slices.Clone(own.Related)
				for _, of := range slices.Backward(way) {
					report{d}.related(of.at, "in this instance of graph %s", of.of.name.Name)
				}
				c.all = append(c.all, d)
			}
			if i.inside != nil {
				merge(i.inside, way)
			}
		}
	}
	merge(c.module, nil)
}

// proveGraph proves what can be proven of a graph by itself.
func (c *compilation) proveGraph() {
	c.proveState()
	c.proveLatest()
	c.proveCycles()
	c.proveReached()
	c.proveConsumed()
	for _, in := range c.graph.inputs {
		if comp := c.components[in.name.Name]; len(comp.outputs) == 1 && !comp.outputs[0].used && !c.brokenComponents && !c.failed() {
			c.warn(unusedOutput, in.name.Span(), "nothing reads the input %s", in.name.Name).help("read it, or take it out")
		}
	}
	c.proveUsed()
}
