package compiler

import (
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// checkTests types the tests. It comes behind all other checks: to be used by a test is not to be used.
func (c *compilation) checkTests() {
	titles := map[string]*ast.Test{}
	for _, d := range c.tests {
		t := &testCheck{env: &env{compilation: c, test: d}, out: &ir.Test{Span: d.Span()}}
		if d.Title != nil {
			t.out.Title, t.out.Span = titleOf(d), d.Title.Span()
			if first := titles[t.out.Title]; first != nil {
				c.err(testTwice, d.Title.Span(), "two tests are named %q", t.out.Title).
					related(first.Title.Span(), "the first one").help("give it another name: it is run by its name")
			} else {
				titles[t.out.Title] = d
			}
		}
		t.check(d)
		t.needs(d)
		c.program.Tests = append(c.program.Tests, t.out)
	}
}

func titleOf(d *ast.Test) string {
	out := ""
	for _, p := range d.Title.Parts {
		out += p.Text
	}
	return out
}

// testCheck is one test on its way to an ir.Test.
type testCheck struct {
	*env
	out     *ir.Test
	ended   *ast.End
	begun   ast.Spanned // the first step that lets something run
	parts   map[*component]*ast.Fake
	expects bool
}

func (t *testCheck) check(d *ast.Test) {
	t.params(d)
	for _, s := range d.Steps {
		if step := t.step(s); step != nil {
			t.out.Steps = append(t.out.Steps, step)
		}
	}
	if !t.expects && d.Title != nil {
		t.warn(testsNothing, d.Title.Span(), "this test expects nothing").
			help("say what is to come out: `expect BOLT: (...)`, or `expect BOLT: nothing`")
	}
}

func (t *testCheck) step(s ast.TestStep) ir.TestStep {
	switch s.(type) {
	case *ast.Given, *ast.Advance, *ast.End:
		if t.begun == nil {
			t.begun = s
		}
	}
	switch s := s.(type) {
	case *ast.Given:
		t.open(s, "given")
		return t.given(s)
	case *ast.Advance:
		t.open(s, "advance")
		return t.advance(s)
	case *ast.End:
		t.open(s, "end")
		t.ended = s
		return &ir.End{Pos: posOf(s)}
	case *ast.Expect:
		t.expects = true
		if s.Failed {
			return t.expectFailed(s)
		}
		return t.expectTuples(s)
	case *ast.ExpectTrue:
		t.expects = true
		return t.expectTrue(s)
	case *ast.Fake:
		return t.fake(s)
	}
	return nil
}

// open reports a step that comes too late.
func (t *testCheck) open(s ast.Spanned, word string) {
	if t.ended != nil {
		t.err(testAfterEnd, headOf(s, word), "`%s` stands behind the end of all input", word).
			related(t.ended.Span(), "the input ends here").help("move it before `end`, or take `end` out")
	}
}

// source finds the component that a step names.
func (t *testCheck) source(name *ast.Ident, wanted func(*component) bool) *component {
	comp := t.components[name.Name]
	if comp == nil {
		var names []string
		for _, other := range t.order {
			if wanted(other) {
				names = append(names, other.ir.Name)
			}
		}
		t.err(unknownComponent, name.Span(), "unknown component %s", name.Name).choose(name.Span(), name.Name, "there are", names)
	}
	return comp
}

// inside finds the component that `once.first` names, in an instance of a graph; comp and stream are returned where it names none.
func (t *testCheck) inside(comp *component, stream *ast.Ident) (*component, *ast.Ident) {
	if comp == nil || comp.instance == nil || stream == nil || comp.output(stream.Name) != nil {
		return comp, stream
	}
	if other := comp.part(stream.Name); other != nil {
		return other, nil
	}
	return comp, stream
}

// part finds a component of an instance of a graph, which may be an instance as well; nil where there is none.
func (comp *component) part(name string) *component {
	if comp.instance == nil || comp.instance.inside == nil {
		return nil
	}
	if other := comp.instance.inside.components[name]; other != nil && other.decl != nil {
		return other
	}
	return nil
}

// into goes into graphs in graphs: from a component over the names behind its own. It is nil where one is not known, which is reported.
func (t *testCheck) into(comp *component, names []*ast.Ident) *component {
	for _, name := range names {
		if comp == nil {
			return nil
		}
		next := comp.part(name.Name)
		if next == nil {
			t.noPart(comp, name)
		}
		comp = next
	}
	return comp
}

// noPart reports a name that no component of an instance of a graph has.
func (t *testCheck) noPart(comp *component, name *ast.Ident) {
	switch {
	case comp.instance == nil:
		t.err(unknownComponent, name.Span(), "%s is no instance of a graph: there is nothing in it", comp.ir.Name).related(comp.name.Span(), "declared here")
	case comp.instance.inside != nil: // else it was reported
		t.err(unknownComponent, name.Span(), "%s has no component %s", comp.ir.Name, name.Name).
			related(comp.name.Span(), "declared here").choose(name.Span(), name.Name, "its components", comp.parts())
	}
}

// wayTo writes the names of a step: `outer.inner.bolt`.
func wayTo(first *ast.Ident, within []*ast.Ident, last *ast.Ident) string {
	out := first.Name
	for _, name := range within {
		out += "." + name.Name
	}
	if last != nil {
		out += "." + last.Name
	}
	return out
}

// leafStreams are the streams of components that a stream is: more than itself where it comes out of a graph.
func leafStreams(s *stream) []*ir.Stream {
	if !s.alias {
		return []*ir.Stream{s.ir}
	}
	var out []*ir.Stream
	for _, part := range s.parts {
		for _, leaf := range leafStreams(part) {
			if !slices.Contains(out, leaf) {
				out = append(out, leaf)
			}
		}
	}
	return out
}

// outputOf finds an output; nil where it is not known, which is reported unless it was before.
func (t *testCheck) outputOf(comp *component, at ast.Spanned, name *ast.Ident) *stream {
	want := ""
	if name != nil {
		want, at = name.Name, name
	}
	s := comp.output(want)
	if l := comp.tooLate(); want == "late" && l != nil {
		if s = l.stream; s == nil {
			t.err(testStream, at.Span(), "nobody reads what comes too late for %s", comp.ir.Name).
				help("`expect %s failed: (\"why\")` is what failed, and why; so is what comes too late where nobody reads it", comp.ir.Name)
			return nil
		}
	}
	if want == "failed" {
		s = comp.failed
		if s == nil {
			t.err(testStream, at.Span(), "nobody reads the failed tuples of %s", comp.ir.Name).
				help("`expect %s failed: (\"why\")` is what failed, and why", comp.ir.Name)
			return nil
		}
	}
	switch {
	case s != nil && !s.opaque:
		return s
	case s != nil || comp.open:
	case name == nil && len(comp.outputNames()) > 0:
		first := comp.outputNames()[0]
		t.err(unknownStream, at.Span(), "%s has no output without a name", comp.ir.Name).
			related(comp.name.Span(), "declared here").
			choose(after(at.Span()), "", "write `"+comp.ir.Name+"."+first+"`; its outputs", comp.outputNames())
	case name == nil:
		t.err(testStream, at.Span(), "%s %s has no output", comp.kind, comp.ir.Name)
	default:
		r := t.err(unknownStream, at.Span(), "%s has no output %s", comp.ir.Name, want).related(comp.name.Span(), "declared here")
		if comp.instance != nil && comp.instance.inside != nil {
			r.choose(at.Span(), want, "it has", append(comp.outputNames(), comp.parts()...))
		} else {
			r.choose(at.Span(), want, "its outputs", comp.outputNames())
		}
	}
	return nil
}

// given types `given lines: (...)`.
func (t *testCheck) given(s *ast.Given) ir.TestStep {
	comp := t.into(t.source(s.Spout, func(c *component) bool { return c.kind == ast.Spout }), s.Within)
	var out *stream
	comp, output := t.inside(comp, s.Stream)
	switch {
	case comp == nil || comp.kind == "":
	case comp.kind != ast.Spout:
		t.err(testGiven, s.Spout.Span(), "%s is a %s: tuples are given to a spout", comp.name.Name, comp.kind).
			related(comp.name.Span(), "declared here").
			note("what comes from outside is given; everything behind it runs as it does outside of a test").
			choose(s.Spout.Span(), "", "the spouts", t.spoutNames())
	default:
		if out = t.outputOf(comp, s.Spout, output); out != nil && (len(leafStreams(out)) != 1 || leafStreams(out)[0].From.Kind != ir.Spout) {
			t.err(testGiven, s.Spout.Span(), "what comes out of %s is made inside of its graph", comp.name.Name).
				help("give tuples to a spout in it: `given %s.SPOUT: ...`", comp.name.Name)
			out = nil
		}
	}
	var at ir.Expr
	if s.At != nil && out != nil && out.ir.Time != nil {
		at = t.givenAt(s)
	} else if s.At != nil {
		t.err(testAt, s.At.Span(), "the tuples of %s carry no time of their own", s.Spout.Name).
			help("take `at` out: they come at the time of the test's clock, which `advance` moves")
	}
	step := &ir.Given{Pos: posOf(s)}
	for _, tuple := range s.Tuples {
		if out == nil {
			t.ignoreCells(tuple)
			continue
		}
		step.Stream = leafStreams(out)[0]
		fields := out.ir.Fields
		if at != nil {
			fields = slices.Delete(slices.Clone(fields), out.ir.Time.Field, out.ir.Time.Field+1)
		}
		if t.wrongAgain(s.Tuples, tuple, fields) {
			continue
		}
		if cells, ok := t.tuple(tuple, fields, wayTo(s.Spout, s.Within, s.Stream), out.schemaAt(), false); ok {
			if at != nil {
				cells = slices.Insert(cells, out.ir.Time.Field, at)
			}
			step.Tuples = append(step.Tuples, ir.TestTuple{Pos: posOf(tuple), Cells: cells})
		}
	}
	return step
}

// untimed reports whether a stream is declared with a time, which does not compile yet: what its tuples are in a test was not said then.
func (s *stream) untimed() bool { return s != nil && s.decl != nil && s.decl.Time != nil }

// wrongAgain reports whether a tuple before this one in its step has as many values, and too few or too many: it was told there.
func (t *testCheck) wrongAgain(all []*ast.TestTuple, tuple *ast.TestTuple, fields []types.Field) bool {
	if len(tuple.Args) == len(fields) || len(tuple.Args) > 0 && tuple.Args[0].Name != nil {
		return false
	}
	first := slices.IndexFunc(all, func(o *ast.TestTuple) bool { return len(o.Args) == len(tuple.Args) })
	return first >= 0 && all[first] != tuple
}

func (s *stream) schemaAt() source.Span {
	if s.decl == nil {
		return source.Span{}
	}
	return s.decl.Span()
}

// spoutNames are the spouts as a test names them: one within a graph with the graph's name.
func (c *compilation) spoutNames() []string {
	var names []string
	for _, comp := range c.order {
		if comp.kind == ast.Spout {
			names = append(names, comp.ir.Name)
		}
	}
	return names
}

// ignoreCells types values for the errors in them only.
func (t *testCheck) ignoreCells(tuple *ast.TestTuple) {
	for _, a := range tuple.Args {
		if !isAny(a.Value) && a.Value != nil {
			t.expr(a.Value, nil)
		}
	}
}

// isAny reports `_`.
func isAny(x ast.Expr) bool {
	n, ok := x.(*ast.Name)
	return ok && n.Name == "_"
}

// tuple types the values of a tuple. In an expected one `_` stands for any value, and fields are left out of a tuple that is written by names.
func (t *testCheck) tuple(tuple *ast.TestTuple, fields []types.Field, of string, schemaAt source.Span, expected bool) ([]ir.Expr, bool) {
	byName := false
	for _, a := range tuple.Args {
		byName = byName || a.Name != nil || a.Spread
		if isAny(a.Value) && !expected {
			t.err(testAnyValue, a.Value.Span(), "`_` gives no value").
				help("write a value: `_` stands for any value in what is expected")
			return nil, false
		}
	}
	if !expected && byName {
		return t.fill(filling{fields: fields, args: tuple.Args, at: tuple, taker: of, what: of, code: testArity, schemaAt: schemaAt})
	}
	if !byName && len(tuple.Args) != len(fields) {
		t.ignoreCells(tuple)
		t.err(testArity, tuple.Span(), "a tuple of %s has %s, this has %d", of, plural(len(fields), "field"), len(tuple.Args)).
			related(schemaAt, "it is %s", types.Schema(fields))
		return nil, false
	}
	out := make([]ir.Expr, len(fields))
	from := make([]*ast.Arg, len(fields))
	ok := true
	for i, a := range tuple.Args {
		at := i
		switch {
		case a.Spread || byName && a.Name == nil:
			t.ignoreCells(&ast.TestTuple{Args: []*ast.Arg{a}})
			t.err(mixedArguments, a.Span(), "fields are expected all by position, or all by name")
			ok = false
			continue
		case a.Name != nil:
			if at = fieldIndex(fields, a.Name.Name); at < 0 {
				t.ignoreCells(&ast.TestTuple{Args: []*ast.Arg{a}})
				r := t.err(unknownField, a.Name.Span(), "%s has no field %s", of, a.Name.Name).related(schemaAt, "it has %s", types.Schema(fields))
				if slices.Equal(fields, ir.ReasonFields) && a.Name.Name == "why" {
					r.fix(a.Name.Span(), "reason", "write `reason`, as in the tuples of `.failed`")
				} else {
					r.choose(a.Name.Span(), a.Name.Name, "its fields", fieldNames(fields))
				}
				ok = false
				continue
			}
			if from[at] != nil {
				t.err(declaredTwice, a.Name.Span(), "field %s is given twice", a.Name.Name).related(from[at].Span(), "here first")
				ok = false
			}
		}
		from[at] = a
		if isAny(a.Value) {
			continue
		}
		out[at] = t.value(a.Value, fields[at].Type, "field "+fields[at].Name+" of "+of)
		ok = ok && !isInvalid(out[at])
	}
	return out, ok
}

// advance types `advance 10s`.
func (t *testCheck) advance(s *ast.Advance) ir.TestStep {
	by := t.value(s.By, types.TDuration, "advance")
	if d, ok := ir.Constant(by); ok {
		if d, ok := d.(time.Duration); ok && d <= 0 {
			t.err(testAdvance, s.By.Span(), "the clock moves forward only").help("write a duration above zero: `advance 10s`")
		}
	}
	return &ir.Advance{Pos: posOf(s), By: by}
}

// expectTuples types `expect count: (...)`.
func (t *testCheck) expectTuples(s *ast.Expect) ir.TestStep {
	step := &ir.ExpectTuples{Pos: posOf(s), Contains: s.Contains, AnyOrder: s.AnyOrder}
	comp, stream := t.inside(t.into(t.source(s.Component, func(*component) bool { return true }), s.Within), s.Stream)
	var fields, more []types.Field // more are the arguments of a sink for each tuple
	var schemaAt source.Span
	known := false
	of := wayTo(s.Component, s.Within, s.Stream)
	switch {
	case comp == nil || comp.kind == "":
	case comp.kind == ast.Sink && stream != nil:
		t.err(testStream, s.Stream.Span(), "%s is a sink: it has no output", comp.name.Name).
			related(comp.name.Span(), "declared here").help("`expect %s: ...` is what the sink was given", comp.name.Name)
	case comp.kind == ast.Sink:
		if len(comp.inputs) == 1 && !comp.inputs[0].opaque {
			fields, schemaAt, known = comp.inputs[0].ir.Fields, comp.inputs[0].schemaAt(), true
			step.Sink = comp.ir
			for _, a := range comp.ir.TupleArgs() {
				if a.Value != nil {
					more = append(more, types.Field{Name: a.Name, Type: a.Value.Type()})
				}
			}
		}
		if comp.instance != nil {
			known = false
			t.err(testStream, s.Component.Span(), "%s is an instance of a graph: what its sinks are given is looked at one by one", comp.name.Name).
				help("name a sink in it: `expect %s.SINK: ...`", comp.name.Name)
		}
	default:
		if out := t.outputOf(comp, s.Component, stream); out != nil && !out.untimed() {
			fields, schemaAt, known = out.ir.Fields, out.schemaAt(), true
			step.Streams = leafStreams(out)
		}
	}
	step.Name, step.Fields = of, slices.Concat(fields, more)
	for _, tuple := range s.Tuples {
		fields := fields
		if tuple.ByName() {
			fields = step.Fields
		}
		if !known || t.wrongAgain(s.Tuples, tuple, fields) {
			t.ignoreCells(tuple)
		} else if cells, ok := t.tuple(tuple, fields, of, schemaAt, true); ok {
			step.Tuples = append(step.Tuples, ir.TestTuple{Pos: posOf(tuple), Cells: cells})
		}
	}
	return step
}

// expectFailed types `expect parse failed: ("why")`.
func (t *testCheck) expectFailed(s *ast.Expect) ir.TestStep {
	step := &ir.ExpectFailed{Pos: posOf(s), Contains: s.Contains, AnyOrder: s.AnyOrder}
	comp, stream := t.inside(t.into(t.source(s.Component, func(c *component) bool { return c.kind != ast.Spout }), s.Within), s.Stream)
	switch {
	case stream != nil:
		t.err(testFailures, s.Stream.Span(), "tuples fail in a component, not in one of its outputs").
			help("write `expect %s failed: ...`", s.Component.Name)
	case comp == nil:
	case comp.kind == ast.Spout && t.program.Guarantee == "none":
		t.err(testFailures, s.Component.Span(), "%s is a spout: in a test nothing fails there", comp.ir.Name).
			related(comp.name.Span(), "declared here").related(t.guaranteeAt, "tuples that are lost stay lost").help("look at the bolt that reads it")
	case comp.instance != nil:
		t.err(testFailures, s.Component.Span(), "%s is an instance of a graph: tuples fail in the components inside", comp.ir.Name).
			help("name one of them: `expect %s.BOLT failed: ...`", comp.name.Name)
	default:
		step.Component = comp.ir
	}
	for _, tuple := range s.Tuples {
		fields := ir.ReasonFields
		if len(tuple.Args) == 1 && !tuple.ByName() {
			fields = fields[:1] // the reason alone
		}
		if cells, ok := t.tuple(tuple, fields, wayTo(s.Component, s.Within, s.Stream)+" failed", source.Span{}, true); ok {
			step.Tuples = append(step.Tuples, ir.TestTuple{Pos: posOf(tuple), Cells: cells})
		}
	}
	return step
}

// expectTrue types `expect f(1) == 2`.
func (t *testCheck) expectTrue(s *ast.ExpectTrue) ir.TestStep {
	if n, ok := s.X.(*ast.Name); ok && t.components[n.Name] != nil && t.values[n.Name] == nil {
		t.err(testStream, s.X.Span(), "`expect %s` does not say what %s carries", n.Name, n.Name).
			help("write its tuples: `expect %s: (...)`, or `expect %s: nothing`", n.Name, n.Name)
		return nil
	}
	x := t.expr(s.X, types.TBool)
	if !isInvalid(x) && x.Type().Kind != types.Bool {
		t.err(notBool, s.X.Span(), "`expect` takes a condition, this is a %s", x.Type()).help("compare it: `expect ... == ...`")
	}
	return &ir.ExpectTrue{Pos: posOf(s), X: x}
}
