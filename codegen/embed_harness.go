package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// embedEnd is what stands in a spout's or a sink's place in a test of the user's.
type embedEnd struct {
	part        *ir.OutlinePart
	real, stand *ir.Component
	maker       string
	taken       string     // of a sink: the type that takes its tuples
	fields      []string   // of Harness: of a spout one, of a sink one an input
	tuples      []string   // their Go types
	latest      [][]string // of a sink's input: the Go fields of `latest by`
}

// harnessType writes Harness, and names what stands for spouts and sinks.
func (e *embedGen) harnessType() {
	f := e.file
	fields := newNames("Run", "Now", "Settle", "Advance", "End", "Failed")
	f.Commentf("Harness runs topology %s in a test: its spouts give what the test sends, its sinks keep what they are given,", e.outline.Name)
	f.Comment("and the clock moves when the test lets it.")
	f.Type().Id("Harness").StructFunc(func(s *jen.Group) {
		s.Op("*").Qual(pkgHarness, "Run")
		for _, c := range e.outline.Components {
			end := &embedEnd{part: c}
			switch c.Kind {
			case ir.Bolt:
				continue
			case ir.Spout:
				end.fields = []string{fields.take(exported(c.Name))}
				end.tuples = []string{e.tuples[c.Outputs[0].FullName()]}
				s.Id(end.fields[0]).Op("*").Qual(pkgHarness, "Spout").Types(jen.Id(end.tuples[0])).Comment("// spout " + c.Name)
			case ir.Sink:
				for i, in := range c.Inputs {
					name, of := exported(c.Name), "// sink "+c.Name
					if len(c.Inputs) > 1 {
						name += exported(in.Alias)
						of += ", input " + in.Alias
					}
					end.fields = append(end.fields, fields.take(name))
					end.tuples = append(end.tuples, e.tuples[c.Sources[i].FullName()])
					s.Id(end.fields[i]).Op("*").Qual(pkgHarness, "Sink").Types(jen.Id(end.tuples[i])).Comment(of)
				}
			}
			e.ends = append(e.ends, end)
		}
	})
	f.Line()
}

// linkEnds finds the components of the program that the ends stand for.
func (e *embedGen) linkEnds(p *ir.Program) {
	for _, end := range e.ends {
		for _, c := range p.Components {
			if c.Name != end.part.Name {
				continue
			}
			end.real = c
			if c.Kind == ir.Spout {
				e.spouts[c] = end
				continue
			}
			e.sinks[c] = end
			for i, in := range c.Inputs {
				end.latest = append(end.latest, e.latestOf(p, c, in, end.part.Sources[i]))
			}
		}
	}
}

// latestOf are the Go fields of the key that all streams into an input are `latest by`, nil where they are not.
func (e *embedGen) latestOf(p *ir.Program, c *ir.Component, in *ir.Input, first *ir.Stream) []string {
	shape := e.shapeNamed(e.tuples[first.FullName()])
	var out []string
	for n, edge := range inputEdges(p, c) {
		if edge.Input != in {
			continue
		}
		var key []string
		for _, k := range edge.Stream.Latest {
			for i, f := range shape.fields {
				if f.Name == edge.Stream.Fields[k].Name {
					key = append(key, shape.goOf[i])
				}
			}
		}
		if len(key) == 0 || n > 0 && out != nil && len(out) != len(key) {
			return nil
		}
		out = key
	}
	return out
}

// standIns makes the components that stand for spouts and sinks.
func (e *embedGen) standIns() {
	g := e.g
	for _, end := range e.ends {
		c := end.real
		stand := *c
		stand.Call, stand.Durable, stand.Retry, stand.Timeout = nil, false, nil, nil
		stand.Go = &ir.GoPart{Pkg: e.home.Path, Span: c.Span}
		end.maker = g.global.take("new_test_" + c.Name)
		if c.Kind == ir.Spout {
			s := c.Outputs[0]
			stand.Go.Name = "Harness." + end.fields[0]
			stand.Go.Rows = e.handedTuple(s.FullName(), s.Fields, false)
			e.spouts[&stand] = end
		} else {
			end.taken = g.global.take(c.Name + "Taken")
			stand.Go.Name = end.taken
			for i, in := range c.Inputs {
				s := e.shapeNamed(end.tuples[i])
				takes := &ir.GoType{Pkg: e.home.Path, Name: s.goName, Fields: e.handedFields(s, in.Fields, true)}
				stand.Go.Calls = append(stand.Go.Calls, &ir.GoCall{Name: "take" + end.fields[i], Takes: takes})
			}
			e.sinks[&stand] = end
		}
		end.stand = &stand
		g.makers[&stand] = end.maker
		g.ins[&stand] = g.ins[c]
	}
}

// endOf is what stands for a component, nil where nothing does.
func (e *embedGen) endOf(c *ir.Component) *embedEnd {
	if end := e.spouts[c]; end != nil {
		return end
	}
	return e.sinks[c]
}

// chosen is code that makes a task of what stands for a component, in a test.
func (e *embedGen) chosen(c *ir.Component) []jen.Code {
	if e == nil || e.endOf(c) == nil {
		return nil
	}
	return []jen.Code{jen.If(jen.Id("param").Dot("harness").Op("!=").Nil()).Block(
		jen.Return(jen.Id(e.endOf(c).maker).Call(jen.Id("topology"), jen.Id("param"), jen.Id("edges"), jen.Id("n"))))}
}

// sent is code for the task of what stands for a spout; nil of others.
func (e *embedGen) sent(c *ir.Component) jen.Code {
	if e == nil || e.spouts[c] == nil || e.spouts[c].stand != c {
		return nil
	}
	return jen.Id("param").Dot("harness").Dot(e.spouts[c].fields[0]).Dot("Task").Call(jen.Id("n"), jen.Id("t").Dot("route"))
}

// writeEnd writes what stands for a component.
func (e *embedGen) writeEnd(c *ir.Component) {
	end := e.endOf(c)
	if end == nil {
		return
	}
	f := e.file
	if end.taken != "" {
		f.Line()
		f.Commentf("%s stands for sink %s in a test.", end.taken, c.Name)
		f.Type().Id(end.taken).Struct(jen.Id("harness").Op("*").Id("Harness"))
		for i, field := range end.fields {
			f.Line()
			f.Func().Params(jen.Id("t").Op("*").Id(end.taken)).Id("take" + field).Params(jen.Id("v").Id(end.tuples[i])).Block(
				jen.Id("t").Dot("harness").Dot(field).Dot("Add").Call(jen.Id("v")))
		}
		f.Line()
	}
	e.g.component(f, end.stand)
}

// newHarness writes NewHarness.
func (e *embedGen) newHarness() {
	f, g := e.file, e.g
	name := g.prog.Name
	f.Comment("NewHarness starts a test, which ends with t. The components in Go are the real ones, made as p says.")
	f.Func().Id("NewHarness").Params(jen.Id("t").Qual(pkgHarness, "TB"), jen.Id("p").Id("Params")).Op("*").Id("Harness").BlockFunc(func(b *jen.Group) {
		b.Id("t").Dot("Helper").Call()
		b.Id("param").Op(":=").Id(g.top("given")).Call(jen.Id("p"))
		b.Id("h").Op(":=").Op("&").Id("Harness").Values()
		for _, end := range e.ends {
			for i, field := range end.fields {
				if end.real.Kind == ir.Spout {
					b.Id("h").Dot(field).Op("=").Qual(pkgHarness, "NewSpout").Types(jen.Id(end.tuples[i])).Call(jen.Op("&").Id("h").Dot("Run"))
				} else {
					b.Id("h").Dot(field).Op("=").Qual(pkgHarness, "NewSink").Types(jen.Id(end.tuples[i])).Call(e.keyFunc(end, i))
				}
			}
		}
		b.Id("param").Dot("harness").Op("=").Id("h")
		b.Id("h").Dot("Run").Op("=").Qual(pkgHarness, "Start").Call(jen.Id("t"), jen.Lit(name), g.trackingOf(),
			jen.Func().Params(jen.Id("t").Op("*").Qual(pkgEngine, "Topology")).Block(jen.Id(g.top("build")).Call(jen.Id("t"), jen.Id("param"))))
		b.Return(jen.Id("h"))
	})
	f.Line()
}

// keyFunc is code for what tells the keys of a sink's input apart, nil where all its tuples count.
func (e *embedGen) keyFunc(end *embedEnd, i int) jen.Code {
	if len(end.latest[i]) == 0 {
		return jen.Nil()
	}
	var fields []jen.Code
	for _, name := range end.latest[i] {
		fields = append(fields, jen.Id("v").Dot(name))
	}
	return jen.Func().Params(jen.Id("v").Id(end.tuples[i])).String().Block(jen.Return(jen.Qual(pkgHarness, "Key").Call(fields...)))
}
