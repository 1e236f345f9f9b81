package codegen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// tests writes a function for each test.
func (t *testGen) tests(f *jen.File) {
	for i, test := range t.g.prog.Tests {
		f.Commentf("%s is the test at %s.", testName(i), cleanPlace(t.g.place(test.Span)))
		f.Func().Id(testName(i)).Params(jen.Id("t").Op("*").Qual(pkgTrial, "T")).BlockFunc(func(b *jen.Group) {
			b.Id("param").Op(":=").Op("&").Id("params").Values(t.params(test))
			for _, faked := range t.faked {
				b.Id(faked.choice).Op("=").Lit(0)
			}
			t.begin(b, test)
			b.Id("edges").Op(":=").Id("build").Call(jen.Id("t").Dot("Topology").Call(), jen.Id("param"))
			b.Id("_").Op("=").Id("edges")
			b.Id("t").Dot("Open").Call(t.tracking())
			for _, s := range test.Steps {
				if _, ok := s.(*ir.FakePart); ok {
					continue
				}
				b.If(jen.Id("t").Dot("Over").Call()).Block(jen.Return())
				if fake, ok := s.(*ir.Fake); ok {
					b.Add(t.choose(fake))
					continue
				}
				b.Func().Params().Block(t.step(s)...).Call()
			}
		})
		f.Line()
	}
}

// params are the params of a test: their defaults, and what it sets.
func (t *testGen) params(test *ir.Test) jen.Code {
	d := jen.Dict{}
	for _, p := range t.g.prog.Params {
		value := p.Default
		for _, set := range test.Params {
			if set.Param == p {
				value = set.Value
			}
		}
		if value != nil {
			d[jen.Id(t.g.paramField(p))] = t.g.paramDefault(value)
		}
	}
	return d
}

// stepFn returns an fn for the values of a step.
func (t *testGen) stepFn() *fn {
	f := &fn{g: t.g, reads: map[*ir.Local]int{}}
	f.paramOf = func() *jen.Statement { return jen.Id("param") }
	f.nowOf = func() *jen.Statement { return jen.Id("t").Dot("Now").Call() }
	f.arenaOf = func() *jen.Statement { return jen.Id("scratch") }
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(t.g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		f.add(jen.Id("t").Dot("Broken").Call(place, why), jen.Return())
	}
	return f
}

// step lowers one step.
func (t *testGen) step(s ir.TestStep) []jen.Code {
	f := t.stepFn()
	place := jen.Lit(t.g.place(s.At()))
	body := f.block(func() {
		switch s := s.(type) {
		case *ir.Given:
			t.given(f, s)
			f.add(jen.Id("t").Dot("Settle").Call(place))
		case *ir.Advance:
			f.add(jen.Id("t").Dot("Advance").Call(place, f.expr(s.By).code))
		case *ir.End:
			f.add(jen.Id("t").Dot("End").Call(place))
		case *ir.ExpectTuples:
			t.expect(f, s)
		case *ir.ExpectFailed:
			args := []jen.Code{place, jen.Lit(s.Component.Name), how(s.Contains, s.AnyOrder)}
			f.add(jen.Id("t").Dot("ExpectFailed").Call(append(args, t.rows(f, s.Tuples, ir.ReasonFields)...)...))
		case *ir.ExpectTrue:
			t.expectTrue(f, s)
		}
	})
	return append([]jen.Code{jen.Var().Id("scratch").Qual(pkgArena, "Arena"), jen.Id("_").Op("=").Id("scratch")}, body...)
}

// given lowers `given`: the tuples go to the outputs of the spout's first task.
func (t *testGen) given(f *fn, s *ir.Given) {
	if s.Stream == nil {
		return
	}
	e := t.spouts[s.Stream.From]
	spout := func() *jen.Statement { return jen.Id("edges").Dot(e.field) }
	for _, tuple := range s.Tuples {
		args := make([]jen.Code, len(tuple.Cells))
		for i, cell := range tuple.Cells {
			v := f.expr(cell)
			if cell.Type().Kind == types.Time {
				v = f.checked(jen.Qual(pkgValue, "Nanos").Call(v.code), cell.At(), jen.Lit("a tuple carries times from the years 1678 to 2262 only"))
			}
			args[i] = f.once(v)
		}
		give := f.block(func() {
			for _, o := range e.outs.of[s.Stream] {
				if o.row.origins && f.originOf == nil {
					f.originOf = func() jen.Code { return jen.Id("origin") }
					f.add(jen.Id("origins").Op(":=").Add(spout()).Dot(o.field).Dot("Origins").Call(),
						jen.Id("origin").Op(":=").Op("*").Id("origins"), jen.Op("*").Id("origins").Op("++"))
				}
			}
			for _, o := range e.outs.of[s.Stream] {
				f.add(t.g.appendRow(f, o, spout().Dot(o.field), s.Stream, args)...)
				f.add(o.check(spout().Dot(o.field)))
			}
			f.originOf = nil
		})
		if len(e.outs.of[s.Stream]) == 0 {
			f.ignore(args)
		}
		f.add(spout().Dot("Give").Call(jen.Func().Params().Block(give...), t.quit(s.Stream, args)))
	}
}

// quit is code for what tells of a tuple that its spout gives up; nil where nobody reads the spout's failed tuples.
func (t *testGen) quit(s *ir.Stream, args []jen.Code) jen.Code {
	e := t.spouts[s.From]
	x := &failing{g: t.g, comp: s.From}
	x.streams(e.outs)
	if len(x.outs) == 0 {
		return jen.Nil()
	}
	text := jen.Id("tuple")
	body := []jen.Code{jen.Add(text).Op(":=").Index().Byte().Call(jen.Lit("{"))}
	lead := ""
	for i, field := range s.Fields {
		value := args[i]
		if field.Type.Kind == types.Time {
			value = jen.Qual("time", "Unix").Call(jen.Lit(0), value).Dot("UTC").Call() // its nanoseconds
		}
		body = append(body, jen.Add(text).Op("=").Append(text, jen.Lit(lead+`"`+field.Name+`":`).Op("...")),
			jen.Add(text).Op("=").Add(t.g.jsonFunc(field.Type)).Call(text, value))
		lead = ","
	}
	place := jen.Lit(t.g.place(s.From.Span))
	topology := func() *jen.Statement { return jen.Id("t").Dot("Topology").Call() }
	body = append(body, jen.Add(text).Op("=").Append(text, jen.LitByte('}')),
		topology().Dot("Tried").Call(jen.Id("attempts"), jen.Lit(0)),
		topology().Dot("Handled").Call(jen.Lit(s.From.Name), place, jen.Id("why")))
	f := &fn{g: t.g, comp: s.From}
	body = append(body, f.block(func() {
		for _, o := range x.outs {
			out := jen.Id("edges").Dot(e.field).Dot(o.field)
			f.add(t.g.appendRow(f, o, out, x.failed, []jen.Code{jen.Qual(pkgArena, "View").Call(text), jen.Id("why"), place, jen.Id("attempts")})...)
			f.add(o.check(out))
		}
	})...)
	return jen.Func().Params(jen.Id("why").String(), jen.Id("attempts").Int64()).Block(body...)
}

// tracking is how the topology keeps at-least-once; nil where it does not.
func (t *testGen) tracking() jen.Code { return t.g.trackingOf() }

// trackingOf is code for how a stepped run keeps the guarantee.
func (g *generator) trackingOf() jen.Code {
	if !g.followed() {
		return jen.Nil()
	}
	d := jen.Dict{}
	s := g.prog.Settings
	g.number(d, "Timeout", int64(s.Timeout), s.TimeoutParam)
	g.number(d, "Pending", s.Pending, s.PendingParam)
	if p := s.AttemptsParam; p != nil {
		d[jen.Id("Attempts")] = jen.Int().Call(jen.Id("param").Dot(g.paramField(p)))
	} else {
		g.number(d, "Attempts", int64(s.Attempts), nil)
	}
	return jen.Op("&").Qual(pkgEngine, "Tracking").Values(d)
}

// expect lowers `expect stream: ...`.
func (t *testGen) expect(f *fn, s *ir.ExpectTuples) {
	e := t.streams[s.Name]
	if s.Sink != nil {
		e = t.sinks[s.Sink]
	}
	names := jen.Index().String().ValuesFunc(func(v *jen.Group) {
		for _, field := range s.Fields {
			v.Lit(field.Name)
		}
	})
	args := []jen.Code{jen.Lit(t.g.place(s.Span)), jen.Lit(s.Name), names, jen.Id("edges").Dot(e.field), how(s.Contains, s.AnyOrder)}
	f.add(jen.Id("t").Dot("Expect").Call(append(args, t.rows(f, s.Tuples, s.Fields)...)...))
}

func how(contains, anyOrder bool) jen.Code {
	switch {
	case contains:
		return jen.Qual(pkgTrial, "Contains")
	case anyOrder:
		return jen.Qual(pkgTrial, "AnyOrder")
	}
	return jen.Qual(pkgTrial, "InOrder")
}

// rows lowers the tuples that are expected.
func (t *testGen) rows(f *fn, tuples []ir.TestTuple, fields []types.Field) []jen.Code {
	var out []jen.Code
	for _, tuple := range tuples {
		cells := make([]jen.Code, len(fields))
		for i := range cells {
			cells[i] = jen.Qual(pkgTrial, "Any")
		}
		for i, cell := range tuple.Cells {
			if cell != nil {
				cells[i] = f.once(computed(jen.Add(t.g.showFunc(fields[i].Type)).Call(f.expr(cell).code)))
			}
		}
		out = append(out, jen.Qual(pkgTrial, "Row").Values(cells...))
	}
	return out
}

// expectTrue lowers `expect x == y`, whose sides are shown where it does not hold.
func (t *testGen) expectTrue(f *fn, s *ir.ExpectTrue) {
	place, text := jen.Lit(t.g.place(s.Span)), jen.Lit(t.g.textOf(s.X.At()))
	b, ok := s.X.(*ir.Binary)
	if !ok || !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, b.Op) {
		f.add(jen.Id("t").Dot("ExpectTrue").Call(place, text, f.expr(s.X).code))
		return
	}
	side := func(x ir.Expr, id int) ir.Expr {
		l := &ir.Local{ID: id, Name: "side", Type: x.Type()}
		v := f.expr(x).code
		f.add(jen.Var().Id(localName(l)).Add(t.g.goType(x.Type())).Op("=").Add(v))
		return &ir.LocalRef{Typed: ir.Typed{T: x.Type(), Span: x.At()}, Local: l}
	}
	both := *b
	both.X, both.Y = side(b.X, 1), side(b.Y, 2)
	show := func(x ir.Expr) jen.Code { return jen.Add(t.g.showFunc(x.Type())).Call(f.expr(x).code) }
	f.add(jen.Id("t").Dot("ExpectRelation").Call(place, text, f.expr(&both).code, show(both.X), show(both.Y)))
}

// textOf is the text of a span, on one line.
func (g *generator) textOf(s source.Span) string {
	f := g.sources[s.File]
	if f == nil || s.Start < 0 || s.End > len(f.Text) || s.Start > s.End {
		return ""
	}
	return strings.Join(strings.Fields(f.Text[s.Start:s.End]), " ")
}

// showFunc is a func(T) trial.Value.
func (g *generator) showFunc(t *types.Type) jen.Code {
	name := map[types.Kind]string{
		types.Bool: "Bool", types.Int: "Int", types.Float: "Float", types.Decimal: "Decimal", types.String: "String",
		types.Bytes: "Bytes", types.Time: "Time", types.Duration: "Duration", types.JSON: "JSON",
	}[t.Kind]
	if name != "" {
		return jen.Qual(pkgTrial, name)
	}
	var value jen.Code
	v := jen.Id("v")
	switch t.Kind {
	case types.List:
		value = jen.Qual(pkgTrial, "List").Call(v, g.showFunc(t.Elem))
	case types.Map:
		value = jen.Qual(pkgTrial, "Map").Call(g.sortedKeys(t.Key, jen.Id("v")), v, g.showFunc(t.Key), g.showFunc(t.Elem))
	case types.Optional:
		value = jen.Qual(pkgTrial, "Option").Call(v, g.showFunc(t.Elem))
	case types.Record:
		r := g.recordOf(t)
		names := make([]jen.Code, len(t.Fields))
		for i, f := range t.Fields {
			names[i] = jen.Lit(f.Name)
		}
		args := []jen.Code{jen.Lit(t.Name), jen.Index().String().Values(names...)}
		for _, f := range t.Fields {
			args = append(args, jen.Add(g.showFunc(f.Type)).Call(jen.Id("v").Dot(r.goOf[f.Name])))
		}
		value = jen.Qual(pkgTrial, "Record").Call(args...)
	default:
		value = jen.Qual(pkgTrial, "Text").Call(jen.Add(g.jsonFunc(t)).Call(jen.Nil(), v))
	}
	return jen.Func().Params(jen.Id("v").Add(g.goType(t))).Qual(pkgTrial, "Value").Block(jen.Return(value))
}
