package codegen

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// TestOptions say what the program of a topology's tests is for.
type TestOptions struct {
	Cover bool // count how often each line is executed
}

// GenerateTests returns the Go source of a program that runs the tests of p: its bolts as Generate writes them, its spouts and sinks
// replaced. It may change the calls in p of functions that a test replaces, so that p is for nothing else behind it.
func GenerateTests(p *ir.Program, o TestOptions) (map[string][]byte, error) {
	q := *p
	q.Components, q.Edges = slices.Clone(p.Components), slices.Clone(p.Edges)
	q.Funcs = slices.Clone(p.TestFuncs)
	t := &testGen{taken: newNames(), spouts: map[*ir.Component]*testEnd{}, sinks: map[*ir.Component]*testEnd{}, streams: map[string]*testEnd{}, cover: o.Cover, lines: map[string]int{}}
	t.record(&q)
	t.replace(&q)
	g := newGenerator(&q, nil)
	g.tests, t.g = t, g
	files := map[string]*jen.File{}
	g.global.take("cover")
	t.prepareFakes()
	t.prepareParts()
	g.prepareFuncs()
	for _, c := range q.Components {
		f := g.newFile()
		g.component(f, c)
		files[string(c.Kind)+"."+c.Name+".topo.go"] = f
	}
	parts := g.newFile()
	t.writeParts(parts)
	files["fakes.go"] = parts
	tests := g.newFile()
	t.tests(tests)
	files["tests.go"] = tests
	funcs := g.newFile()
	t.fakes(funcs)
	g.funcs(funcs)
	g.choosers(funcs)
	files["funcs.go"] = funcs
	main := g.newFile()
	g.paramsType(main)
	g.wiring(main)
	t.main(main)
	files["main.go"] = main
	return g.render(files)
}

// testGen is what the pieces of a program of tests share.
type testGen struct {
	g       *generator
	spouts  map[*ir.Component]*testEnd
	sinks   map[*ir.Component]*testEnd
	streams map[string]*testEnd // by name, those that a test looks at
	ends    []*testEnd
	faked   []*fakedFunc
	taken   *names
	names   *names // of components
	parts   map[*ir.Component]*fakedPart
	fakeOf  map[*ir.Component]*ir.FakePart // by what stands for a component
	kept    []*ir.State                    // of fakes, in the order of the text
	keeps   map[*ir.State]string           // their variables
	plain   []*ir.Component                // bolts in the places of sinks
	cover   bool
	lines   map[string]int // the number of each line's counter
	order   []string
}

// testEnd is what stands in a spout's or a sink's place, or behind a stream.
type testEnd struct {
	comp   *ir.Component
	goName string // of a spout's struct
	field  string // of the struct of edges
	latest []int
	outs   outputs
}

// record puts a sink behind each stream that a test looks at.
func (t *testGen) record(p *ir.Program) {
	t.names = newNames()
	for _, c := range p.Components {
		t.names.take(c.Name)
	}
	t.findParts(p)
	for _, c := range p.Components {
		switch {
		case c.Kind == ir.Spout:
			t.spouts[c] = t.end(c, nil)
		case c.Kind == ir.Sink && t.sinks[c] == nil:
			t.sinks[c] = t.end(c, latestOf(p, c))
		}
	}
	for _, test := range p.Tests {
		for _, s := range test.Steps {
			x, ok := s.(*ir.ExpectTuples)
			if !ok || len(x.Streams) == 0 || t.streams[x.Name] != nil {
				continue
			}
			first := x.Streams[0]
			in := &ir.Input{Alias: "rows", Fields: first.Fields}
			c := &ir.Component{Name: t.names.take(x.Name + "_seen"), Kind: ir.Sink, Span: first.Span, Tasks: 1, Inputs: []*ir.Input{in}}
			for _, s := range x.Streams {
				p.Edges = append(p.Edges, &ir.Edge{ID: len(p.Edges), Stream: s, To: c, Input: in, Grouping: ir.ByGlobal, Span: s.Span})
			}
			p.Components = append(p.Components, c)
			end := t.end(c, first.Latest)
			t.streams[x.Name], t.sinks[c] = end, end
		}
	}
}

// latestOf are the fields of `latest by` that all streams into a sink have.
func latestOf(p *ir.Program, sink *ir.Component) []int {
	var latest []int
	for n, e := range inputEdges(p, sink) {
		if n > 0 && !slices.Equal(latest, e.Stream.Latest) {
			return nil
		}
		latest = e.Stream.Latest
	}
	return latest
}

func inputEdges(p *ir.Program, c *ir.Component) []*ir.Edge {
	var out []*ir.Edge
	for _, e := range p.Edges {
		if e.To == c {
			out = append(out, e)
		}
	}
	return out
}

func (t *testGen) end(c *ir.Component, latest []int) *testEnd {
	e := &testEnd{comp: c, field: t.taken.take(string(c.Kind) + "_of_" + c.Name), latest: latest}
	t.ends = append(t.ends, e)
	return e
}

// fields are what a test reaches the topology by; a nil testGen has none.
func (t *testGen) fields(s *jen.Group) {
	if t == nil {
		return
	}
	for _, e := range t.ends {
		if e.comp.Kind == ir.Spout {
			s.Id(e.field).Op("*").Id(e.goName)
		} else {
			s.Id(e.field).Op("*").Qual(pkgTrial, "Log")
		}
	}
}

// values are the logs, as fields of a new struct of edges.
func (t *testGen) values(v *jen.Group) {
	if t == nil {
		return
	}
	for _, e := range t.ends {
		if e.comp.Kind == ir.Spout {
			continue
		}
		var key []jen.Code
		for _, k := range e.latest {
			key = append(key, jen.Lit(k))
		}
		v.Line().Id(e.field).Op(":").Qual(pkgTrial, "NewLog").Call(key...)
	}
}

// testSpout writes a spout that reads what a test gives it.
func (g *generator) testSpout(f *jen.File, c *ir.Component) {
	e := g.tests.spouts[c]
	e.goName = g.global.take(c.Name + "Spout")
	e.outs = g.outputsOf(c, newNames("Spout", "Open", "Close", "Next", "Give", "Waiting", "Take", "Rows", "Position", "Rewind", "Again"))
	f.Commentf("%s stands for spout %s (%s).", e.goName, c.Name, cleanPlace(g.place(c.Span)))
	f.Type().Id(e.goName).StructFunc(func(s *jen.Group) {
		s.Qual(pkgTrial, "Spout")
		for _, o := range e.outs.list {
			s.Id(o.field).Op("*").Qual(pkgEngine, "Out").Types(jen.Id(o.row.goName))
		}
	})
	d := jen.Dict{}
	for _, o := range e.outs.list {
		d[jen.Id(o.field)] = jen.Id("edges").Dot(g.edgeVar[o.edge]).Dot("Out").Call(jen.Id("n"))
	}
	g.maker(f, c, "SpoutTask", []jen.Code{
		jen.Id("t").Op(":=").Op("&").Id(e.goName).Values(d),
		jen.If(jen.Id("n").Op("==").Lit(0)).Block(jen.Id("edges").Dot(e.field).Op("=").Id("t")),
		jen.Return(jen.Id("t")),
	})
}

// testSink writes a sink that keeps what it is given.
func (g *generator) testSink(f *jen.File, c *ir.Component) {
	e := g.tests.sinks[c]
	in := c.Inputs[0]
	row := g.inputRow(c, in)
	values := make([]jen.Code, len(in.Fields))
	for i, field := range in.Fields {
		values[i] = jen.Add(g.showFunc(field.Type)).Call(g.unpack(field.Type, "b", jen.Id("b").Dot("Rows").Index(jen.Id("i")).Dot(row.goField(field.Name))))
	}
	g.maker(f, c, "Task", []jen.Code{jen.Return(jen.Qual(pkgTrial, "Recorder").Call(jen.Id("edges").Dot(e.field),
		jen.Func().Params(jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)), jen.Id("i").Int()).Qual(pkgTrial, "Row").Block(
			jen.Return(jen.Qual(pkgTrial, "Row").Values(values...)))))})
}

// main writes the main function.
func (t *testGen) main(f *jen.File) {
	suite := jen.Dict{jen.Id("Tests"): jen.Index().Qual(pkgTrial, "Test").ValuesFunc(func(v *jen.Group) {
		for i, test := range t.g.prog.Tests {
			v.Line().Values(jen.Dict{
				jen.Id("Name"): jen.Lit(test.Title), jen.Id("Place"): jen.Lit(t.g.place(test.Span)), jen.Id("Run"): jen.Id(testName(i)),
			})
		}
		v.Line()
	})}
	if t.cover {
		f.Comment("cover counts how often each of lines was executed.")
		f.Var().Id("cover").Index(jen.Lit(len(t.order))).Uint64()
		suite[jen.Id("Cover")] = jen.Id("cover").Index(jen.Empty(), jen.Empty())
		suite[jen.Id("Lines")] = jen.Index().String().ValuesFunc(func(v *jen.Group) {
			for _, line := range t.order {
				v.Lit(line)
			}
		})
	}
	f.Func().Id("main").Params().Block(jen.Qual(pkgTrial, "Main").Call(jen.Qual(pkgTrial, "Suite").Values(suite)))
}

func testName(i int) string { return fmt.Sprintf("test_%d", i+1) }

// count is code that counts a statement as executed.
func (t *testGen) count(place string) jen.Code {
	n, ok := t.lines[place]
	if !ok {
		n = len(t.order)
		t.lines[place] = n
		t.order = append(t.order, place)
	}
	return jen.Id("cover").Index(jen.Lit(n)).Op("++")
}
