package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

var groupingNames = []string{"shuffle", "fields", "all", "global", "local", "partial", "direct", "go"}

// foreignGroupings are Storm's and others' words for ours.
var foreignGroupings = map[string]string{
	"shuffleGrouping": "shuffle", "fieldsGrouping": "fields", "allGrouping": "all", "globalGrouping": "global",
	"localOrShuffle": "local", "localOrShuffleGrouping": "local", "none": "local", "noneGrouping": "local",
	"broadcast": "all", "key": "fields", "keys": "fields", "field": "fields", "keyBy": "fields", "hash": "fields",
	"random": "shuffle", "rebalance": "shuffle", "roundrobin": "shuffle", "partialKeyGrouping": "partial", "directGrouping": "direct",
}

// resolveInputs gives a component its inputs and the edges that lead to them.
func (c *compilation) resolveInputs(comp *component) {
	d := comp.decl
	if d == nil {
		return
	}
	if d.Kind == ast.Spout && len(d.Inputs) > 0 {
		c.err(badShape, d.Inputs[0].Span(), "spout %s has an input", comp.name.Name).
			help("a spout is where tuples begin: declare a `bolt`, or take the input out")
		return
	}
	if d.Select != nil {
		c.resolveQuery(comp)
		return
	}
	for _, in := range d.Inputs {
		c.resolveInput(comp, in)
	}
}

func (c *compilation) resolveInput(comp *component, d *ast.Input) {
	in := &input{decl: d, ir: &ir.Input{Index: len(comp.inputs)}, grouping: ir.ByShuffle}
	at := d.Span()
	switch {
	case d.Alias != nil:
		in.ir.Alias, at = d.Alias.Name, d.Alias.Span()
		if parser.Reserved(d.Alias.Name) {
			c.err(reservedName, at, "%s is a word of the language: it could not be read as an input", d.Alias.Name).help("choose another name")
			in.used = true
		}
	case len(d.Sources) > 0:
		in.ir.Alias, at = d.Sources[0].Component.Name, d.Sources[0].Component.Span()
	}
	for _, other := range comp.inputs {
		if other.ir.Alias == in.ir.Alias && in.ir.Alias != "" {
			c.err(declaredTwice, at, "two inputs of %s are named %s", comp.name.Name, in.ir.Alias).
				related(other.decl.Span(), "the first one").
				help("give each a name of its own: `(a: %s, b: ...)`", d.Sources[0].Component.Name)
			in.doubled = true
		}
	}
	for _, s := range d.Sources {
		c.resolveSource(comp, in, s)
	}
	c.resolveGrouping(in, c.groupingOf(d))
	for _, e := range in.edges {
		e.Grouping, e.Go = in.grouping, in.chooser
		e.Stream.Chosen = e.Stream.Chosen || in.chooser != nil
		for _, k := range in.keys {
			e.Keys = append(e.Keys, fieldIndex(e.Stream.Fields, k))
		}
	}
	comp.inputs = append(comp.inputs, in)
	comp.ir.Inputs = append(comp.ir.Inputs, in.ir)
}

// resolveSource finds the stream that a source names, and joins it to the input.
func (c *compilation) resolveSource(comp *component, in *input, src *ast.Source) {
	loop := c.loopMax(comp, src)
	s := c.sourceStream(comp, src)
	if s == nil {
		in.opaque = in.opaque || len(in.sources) == 0
		return
	}
	s.used = true
	if len(in.sources) == 0 {
		in.ir.Fields, in.opaque = s.ir.Fields, s.opaque
	} else if !s.opaque && !in.opaque && !sameFields(in.ir.Fields, s.ir.Fields) {
		first := in.sources[0]
		c.err(sourcesDiffer, src.Span(), "the sources of one input must have the same fields").
			label("%s is %s", s.ir.FullName(), types.Schema(s.ir.Fields)).
			related(in.from[0].Span(), "%s is %s", first.ir.FullName(), types.Schema(first.ir.Fields)).
			help("make them two inputs, with an `on` block each")
		return
	} else if in.opaque && !s.opaque {
		in.ir.Fields, in.opaque = s.ir.Fields, false
	}
	for _, leaf := range s.leaves() {
		if i := slices.Index(in.sources, leaf.stream); i >= 0 {
			c.err(declaredTwice, src.Span(), "%s is a source of this input twice", s.ir.FullName()).related(in.from[i].Span(), "here first")
			return
		}
		if loop != nil {
			leaf.loop = loop
		}
		in.sources, in.from = append(in.sources, leaf.stream), append(in.from, src)
		e := &ir.Edge{Stream: leaf.ir, To: comp.ir, Input: in.ir, Loop: leaf.loop, Span: src.Span()}
		if s.alias {
			e.As = s.ir.FullName()
		}
		in.edges = append(in.edges, e)
	}
}

// groupingOf is the grouping that an input says, or the one that the graph says for its input.
func (c *compilation) groupingOf(d *ast.Input) *ast.Grouping {
	if d.Grouping != nil {
		return d.Grouping
	}
	for _, s := range d.Sources {
		if from := c.components[s.Component.Name]; from != nil && from.grouping != nil {
			return from.grouping
		}
	}
	return nil
}

// sameFields reports whether two streams have the same fields, in any order: tuples name their fields, so both fit one input.
func sameFields(a, b []types.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for _, f := range a {
		if i := fieldIndex(b, f.Name); i < 0 || !b[i].Type.Equal(f.Type) {
			return false
		}
	}
	return true
}

// sameSchema reports whether two outputs have the same fields, in the same order.
func sameSchema(a, b []types.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || !a[i].Type.Equal(b[i].Type) {
			return false
		}
	}
	return true
}

// sourceStream finds a stream; nil where it is not known, which is reported unless it was before.
func (c *compilation) sourceStream(comp *component, src *ast.Source) *stream {
	from := c.components[src.Component.Name]
	if from == nil {
		c.unknownSource(comp, src)
		return nil
	}
	if src.Stream != nil && src.Stream.Name == "failed" {
		if from.ordering != nil {
			from = from.ordering.groups // what is added up may fail, to order it does not
		}
		return from.failedStream()
	}
	if from.kind == ast.Sink {
		c.err(sinkAsSource, src.Span(), "%s is a sink: it has no output", from.name.Name).
			related(from.name.Span(), "declared here").
			help("read what the sink reads, or make it a bolt")
		return nil
	}
	name, at := "", src.Span()
	if src.Stream != nil {
		name, at = src.Stream.Name, src.Stream.Span()
	}
	c.of(from).resolveQuery(from)
	if name == "late" {
		return c.lateStream(from, at)
	}
	if from.open {
		// What is not known has every stream.
		s := from.output(name)
		if s == nil {
			s = &stream{opaque: true, used: true, ir: &ir.Stream{From: from.ir, Name: name}}
			from.outputs = append(from.outputs, s)
		}
		return s
	}
	if s := from.output(name); s != nil {
		return s
	}
	c.unknownStreamOf(from, src, at)
	return nil
}

func (c *compilation) unknownStreamOf(from *component, src *ast.Source, at source.Span) {
	names := from.outputNames()
	switch {
	case len(from.outputs) == 0 && from.unread: // perhaps in its body
	case len(from.outputs) == 0:
		if from.decl != nil && from.decl.Kind == ast.Bolt {
			c.err(unknownStream, at, "bolt %s has no output", from.name.Name).related(from.name.Span(), "declared here").
				help("declare it there: `-> (field type, ...)`")
		}
	case src.Stream == nil:
		c.err(unknownStream, at, "%s has several outputs: say which one", from.name.Name).
			related(from.name.Span(), "declared here").
			help("write `%s.%s`", from.name.Name, strings.Join(names, "` or `"+from.name.Name+"."))
	default:
		r := c.err(unknownStream, at, "%s has no output %s", from.name.Name, src.Stream.Name).
			related(from.name.Span(), "declared here")
		if r.suggest(at, src.Stream.Name, append(slices.Clone(names), "failed")); r.Help != "" {
			break
		}
		if len(names) == 0 {
			dot := src.Span()
			dot.Start = src.Component.Span().End
			r.fix(dot, "", "its one output has no name: write `%s`", from.name.Name)
			break
		}
		r.choose(at, src.Stream.Name, "its outputs", names)
	}
	for _, s := range from.outputs {
		s.used = true // perhaps it was meant
	}
}

func (c *compilation) unknownSource(comp *component, src *ast.Source) {
	name := src.Component.Name
	if c.brokenNames[name] || c.nameless["component"] || c.aliasFirst(comp, src) {
		return
	}
	c.lostSources = true
	r := c.err(unknownComponent, src.Component.Span(), "unknown component %s", name)
	var candidates []string
	for _, n := range keysOf(c.components) {
		if other := c.components[n]; other.kind != ast.Sink && other != comp && other.whole == nil {
			candidates = append(candidates, n)
		}
	}
	for _, n := range candidates {
		if s := c.components[n].output(name); s != nil && src.Stream == nil {
			r.fix(src.Component.Span(), n+"."+name, "did you mean `%s.%s`?", n, name)
			s.used = true
			return
		}
	}
	r.choose(src.Component.Span(), name, "spouts and bolts", candidates)
	for _, f := range r.Fixes {
		// It was probably meant: that nobody reads it would be a second report of one mistake.
		for _, s := range c.components[f.Text].outputs {
			s.used = true
		}
	}
}

// aliasFirst reports an input whose source stands before the colon.
func (c *compilation) aliasFirst(comp *component, src *ast.Source) bool {
	if comp == nil || comp.decl == nil {
		return false
	}
	for _, in := range comp.decl.Inputs {
		if in.Alias == nil || len(in.Sources) != 1 || in.Sources[0] != src || src.Stream != nil || c.components[in.Alias.Name] == nil {
			continue
		}
		text := src.Component.Name + ": " + in.Alias.Name
		c.err(unknownComponent, src.Component.Span(), "unknown component %s", src.Component.Name).
			note("%s is a component: the name of an input stands before the colon, its source behind it", in.Alias.Name).
			fix(in.Alias.Span().To(src.Component.Span()), text, "write `%s`", text)
		c.brokenComponents = true
		return true
	}
	return false
}

// markUsed notes that a source that is not compiled reads a stream.
func (c *compilation) markUsed(src *ast.Source) {
	from := c.components[src.Component.Name]
	if from == nil {
		return
	}
	for _, s := range from.outputs {
		if src.Stream == nil && s.ir.Name == "" || src.Stream != nil && s.ir.Name == src.Stream.Name {
			s.used = true
		}
	}
}

// resolveGrouping reads `by ...`.
func (c *compilation) resolveGrouping(in *input, g *ast.Grouping) {
	if g == nil || g.Kind == nil {
		return
	}
	kind := g.Kind.Name
	switch kind {
	case "shuffle", "all", "global", "local", "direct":
		in.grouping = ir.GroupingKind(kind)
		if len(g.Fields) > 0 {
			c.err(unknownGrouping, g.Span(), "`by %s` takes no fields", kind).help("only `by fields(...)` and `by partial(...)` do")
		}
	case "fields", "partial":
		in.grouping = ir.GroupingKind(kind)
		c.groupingFields(in, g)
	case "go":
		in.grouping = ir.ByGo
		c.goGrouping(in, g)
	default:
		r := c.err(unknownGrouping, g.Kind.Span(), "unknown grouping %s", kind)
		in.opaqueGrouping(g)
		if ours := foreignGroupings[kind]; ours != "" {
			r.fix(g.Kind.Span(), ours, "write `by %s`", ours)
			return
		}
		if !in.opaque && fieldIndex(in.ir.Fields, kind) >= 0 {
			r.fix(g.Kind.Span(), "fields("+kind+")", "to group by a field, write `by fields(%s)`", kind)
			return
		}
		r.choose(g.Kind.Span(), kind, "groupings", groupingNames)
	}
}

// opaqueGrouping lets state checks pass: what the grouping is was reported as not known.
func (in *input) opaqueGrouping(g *ast.Grouping) {
	in.grouping = ""
	for _, f := range g.Fields {
		in.keys = append(in.keys, f.Name)
	}
}

func (c *compilation) groupingFields(in *input, g *ast.Grouping) {
	if len(g.Fields) == 0 {
		c.err(badGroupingField, g.Span(), "`by %s` needs the fields to group by", g.Kind.Name).help("write e.g. `by %s(word)`", g.Kind.Name)
		in.grouping = ""
		return
	}
	first := map[string]*ast.Ident{}
	for _, f := range g.Fields {
		if prev := first[f.Name]; prev != nil {
			c.err(declaredTwice, f.Span(), "field %s stands twice in this grouping", f.Name).related(prev.Span(), "here first")
			continue
		}
		first[f.Name] = f
		if in.opaque {
			in.keys = append(in.keys, f.Name)
			continue
		}
		i := fieldIndex(in.ir.Fields, f.Name)
		switch {
		case i < 0:
			r := c.err(badGroupingField, f.Span(), "%s has no field %s to group by", in.sourceName(), f.Name).
				related(in.schemaAt(), "it is %s", types.Schema(in.ir.Fields)).
				suggest(f.Span(), f.Name, fieldNames(in.ir.Fields))
			in.lacks = append(in.lacks, f.Name)
			if len(r.Fixes) > 0 {
				in.lacks = nil // each place has its own fix
			}
			in.grouping = ""
		case !in.ir.Fields[i].Type.Hashable():
			c.err(unhashableField, f.Span(), "field %s is a %s, which can't be hashed", f.Name, in.ir.Fields[i].Type).
				related(in.schemaAt(), "declared here").note("%s", whyNoKey(in.ir.Fields[i].Type))
			in.grouping = ""
		default:
			in.keys = append(in.keys, f.Name)
		}
	}
}

// sourceName names what an input reads.
func (in *input) sourceName() string {
	if len(in.sources) > 0 {
		return in.sources[0].ir.FullName()
	}
	return in.ir.Alias
}
