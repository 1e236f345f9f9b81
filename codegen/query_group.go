package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// A query with aggregates: each task adds up its rows by group, in a struct that can be written, and who asks adds up what the tasks have written.

// elem is the type of the values that an aggregate takes.
func elemOf(x *ir.Aggregate) *types.Type {
	if t := x.X.Type(); t.Kind == types.Optional {
		return t.Elem
	} else {
		return t
	}
}

// scanGroup writes the struct of what is added up for a group.
func (g *generator) scanGroup(file *jen.File, a *asking) {
	if !a.scan.Aggregated {
		return
	}
	var write, read []jen.Code
	file.Commentf("%s is what query %s adds up for a group.", a.group, a.query.Name)
	file.Type().Id(a.group).StructFunc(func(s *jen.Group) {
		for i, x := range a.scan.Aggregates {
			name := a.adds[i]
			field := func() *jen.Statement { return jen.Id("g").Dot(name) }
			if x.Name != "min" && x.Name != "max" {
				s.Id(name).Add(g.adder(x))
				write = append(write, jen.Id("dst").Op("=").Add(field()).Dot("Append").Call(jen.Id("dst")))
				read = append(read, field().Dot("Read").Call(jen.Id("r")))
				continue
			}
			t := elemOf(x)
			s.Id(name).Struct(jen.Id("V").Add(g.goType(t)), jen.Id("OK").Bool())
			write = append(write, jen.Id("dst").Op("=").Qual(pkgCodec, "AppendBool").Call(jen.Id("dst"), field().Dot("OK")),
				jen.If(field().Dot("OK")).Block(jen.Id("dst").Op("=").Add(g.encoder(t)).Call(jen.Id("dst"), field().Dot("V"))))
			read = append(read, jen.If(jen.Id("r").Dot("Bool").Call()).Block(jen.Id("v").Op(":=").Add(g.decoder(t)).Call(jen.Id("r")), g.better(x, name, jen.Id("v"))))
		}
	})
	file.Func().Params(jen.Id("g").Op("*").Id(a.group)).Id("append").Params(jen.Id("dst").Index().Byte()).Index().Byte().Block(append(write, jen.Return(jen.Id("dst")))...)
	file.Func().Params(jen.Id("g").Op("*").Id(a.group)).Id("read").Params(jen.Id("r").Op("*").Qual(pkgCodec, "Reader")).Block(read...)
	file.Line()
}

// adder is the Go type that adds up for an aggregate.
func (g *generator) adder(x *ir.Aggregate) *jen.Statement {
	switch {
	case x.Name == "count" && x.Distinct:
		return jen.Qual(pkgQuery, "Distinct")
	case x.Name == "count":
		return jen.Qual(pkgQuery, "Count")
	case x.Name == "stddev":
		return jen.Qual(pkgQuery, "Deviation")
	}
	return jen.Qual(pkgQuery, "Sum").Types(g.goType(elemOf(x)))
}

// better writes that a value is taken where it is the first, less or more than the one before.
func (g *generator) better(x *ir.Aggregate, name string, v jen.Code) jen.Code {
	field := func() *jen.Statement { return jen.Id("g").Dot(name) }
	op := "<"
	if x.Name == "max" {
		op = ">"
	}
	t := elemOf(x)
	return jen.If(jen.Op("!").Add(field()).Dot("OK").Op("||").Add(g.compareKey(t)).Call(v, field().Dot("V")).Op(op).Lit(0)).Block(
		jen.List(field().Dot("V"), field().Dot("OK")).Op("=").List(g.clone(t, v), jen.True()))
}

// answerGroups answers with what the task's rows make of their groups.
func (b *boltGen) answerGroups(a *asking) []jen.Code {
	g, s := b.g, a.scan
	key := func() *jen.Statement { return jen.Id("groups").Dot("Key") }
	out := b.visitRows(a, []jen.Code{jen.Id("_").Op("=").Id("most"), jen.Var().Id("groups").Qual(pkgQuery, "Groups").Types(jen.Id(a.group))}, func(f *fn) {
		f.add(key().Op("=").Add(key()).Index(jen.Empty(), jen.Lit(0)))
		for _, l := range s.Groups {
			f.add(key().Op("=").Add(g.encoder(l.Type)).Call(key(), jen.Id(localName(l))))
		}
		f.add(jen.Id("g").Op(":=").Id("groups").Dot("At").Call(), jen.Id("_").Op("=").Id("g"))
		for i, x := range s.Aggregates {
			field := func() *jen.Statement { return jen.Id("g").Dot(a.adds[i]) }
			f.add(jen.BlockFunc(func(block *jen.Group) {
				for _, c := range f.block(func() {
					add := func(v jen.Code) []jen.Code {
						switch {
						case x.Name == "min" || x.Name == "max":
							return []jen.Code{g.better(x, a.adds[i], v)}
						case x.Distinct:
							return []jen.Code{field().Dot("Key").Op("=").Add(g.encoder(elemOf(x))).Call(field().Dot("Key").Index(jen.Empty(), jen.Lit(0)), v), field().Dot("Add").Call()}
						case x.Name == "count":
							return []jen.Code{jen.Id("_").Op("=").Add(v), field().Dot("Add").Call()}
						case x.Name == "stddev":
							return []jen.Code{field().Dot("Add").Call(jen.Float64().Call(v))}
						}
						return []jen.Code{field().Dot("Add").Call(v)}
					}
					of := func() {
						if x.X == nil {
							f.add(field().Dot("Add").Call())
							return
						}
						v := f.once(f.expr(x.X))
						if x.X.Type().Kind == types.Optional {
							f.add(jen.If(jen.Add(v).Dot("OK")).Block(add(jen.Add(v).Dot("V"))...))
							return
						}
						f.add(add(v)...)
					}
					if x.Filter == nil {
						of()
						return
					}
					cond := f.expr(x.Filter).code
					f.add(jen.If(cond).Block(f.block(of)...))
				}) {
					block.Add(c)
				}
			}))
		}
	})
	return append(out, jen.If(jen.Err().Op(":=").Id("groups").Dot("TooMany").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Return(jen.Id("groups").Dot("Append").Call(jen.Id("dst"), jen.Parens(jen.Op("*").Id(a.group)).Dot("append")), jen.Nil()))
}

// gatherGroups writes that what the tasks have added up is added, and that each group becomes a row.
func (g *generator) gatherGroups(f *fn, a *asking) {
	s := a.scan
	f.add(jen.Var().Id("groups").Qual(pkgQuery, "Groups").Types(jen.Id(a.group)),
		jen.For(jen.List(jen.Id("_"), jen.Id("answer")).Op(":=").Range().Id("answers").Index(jen.Lit(0))).Block(
			jen.If(jen.Err().Op(":=").Id("groups").Dot("Add").Call(jen.Id("answer"), jen.Parens(jen.Op("*").Id(a.group)).Dot("read")), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))))
	if len(s.Groups) == 0 {
		f.add(jen.Id("groups").Dot("Key").Op("=").Nil(), jen.Id("groups").Dot("At").Call().Comment("// all rows are one group, also where there are none"))
	}
	failedIn := f.failedIn
	f.failedIn = func(place, why jen.Code) {
		f.add(jen.Return(jen.Qual(pkgQuery, "Failed").Call(place, jen.Qual("strings", "Clone").Call(why))))
	}
	body := f.block(func() {
		for _, l := range s.Groups {
			f.add(jen.Id(localName(l)).Op(":=").Add(g.decoder(l.Type)).Call(jen.Id("r")), jen.Id("_").Op("=").Id(localName(l)))
		}
		f.add(jen.If(jen.Err().Op(":=").Id("r").Dot("Close").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())), jen.Id("_").Op("=").Id("g"))
		for i, x := range s.Aggregates {
			g.aggregateValue(f, x, jen.Id("g").Dot(a.adds[i]))
		}
		if s.Having != nil {
			f.add(jen.If(jen.Op("!").Parens(f.expr(s.Having).code)).Block(jen.Return(jen.Nil())))
		}
		values := jen.Dict{}
		for i, o := range s.Order {
			values[jen.Id(a.orders[i])] = f.once(f.expr(o.By))
		}
		for i, l := range s.Groups {
			values[jen.Id(a.orders[len(s.Order)+i])] = jen.Id(localName(l))
		}
		for i, x := range s.Row {
			values[jen.Id(a.fields[i])] = f.once(f.expr(x))
		}
		f.add(jen.Id("row").Op(":=").Id(a.row).Values(values),
			jen.If(jen.Id("top").Dot("Wants").Call(jen.Op("&").Id("row"))).Block(jen.Id("top").Dot("Add").Call(jen.Id("row"))),
			jen.Return(jen.Nil()))
	})
	f.failedIn = failedIn
	f.add(jen.If(jen.Err().Op(":=").Id("groups").Dot("Each").Call(
		jen.Func().Params(jen.Id("r").Op("*").Qual(pkgCodec, "Reader"), jen.Id("g").Op("*").Id(a.group)).Error().Block(body...)), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())))
}

// aggregateValue writes the local of an aggregate's value.
func (g *generator) aggregateValue(f *fn, x *ir.Aggregate, field *jen.Statement) {
	at := func() *jen.Statement { return jen.Add(field) }
	name := localName(x.Local)
	t := x.Local.Type
	if t.Kind == types.Optional {
		t = t.Elem
	}
	f.add(jen.Var().Id(name).Add(g.goType(x.Local.Type)), jen.Id("_").Op("=").Id(name))
	some := at().Dot("N").Op(">").Lit(0)
	value := func() (v jen.Code) {
		switch {
		case x.Distinct:
			return at().Dot("Value").Call()
		case x.Name == "count":
			return at().Dot("N")
		case x.Name == "min" || x.Name == "max":
			return at().Dot("V")
		case x.Name == "stddev":
			return at().Dot("Value").Call()
		}
		over := jen.If(at().Dot("Over"))
		f.add(over.Block(f.block(func() { f.failed(x.Span, jen.Lit(overflow)) })...))
		switch {
		case x.Name == "sum":
			return at().Dot("V")
		case t.Kind == types.Float:
			return at().Dot("Mean").Call()
		case t.Kind == types.Duration:
			return at().Dot("MeanDuration").Call()
		}
		f.add(jen.List(jen.Id(name+"_of"), jen.Id(name+"_ok")).Op(":=").Add(at()).Dot("MeanDecimal").Call(),
			jen.If(jen.Op("!").Id(name+"_ok")).Block(f.block(func() { f.failed(x.Span, jen.Lit(overflow)) })...))
		return jen.Id(name + "_of")
	}
	if x.Local.Type.Kind != types.Optional {
		f.add(jen.Id(name).Op("=").Add(value()))
		return
	}
	if x.Name == "min" || x.Name == "max" {
		some = at().Dot("OK")
	}
	f.add(jen.If(some).Block(f.block(func() {
		v := value()
		f.add(jen.List(jen.Id(name).Dot("V"), jen.Id(name).Dot("OK")).Op("=").List(v, jen.True()))
	})...).Else().Block(jen.Id(name).Dot("Why").Op("=").Lit("there is nothing to make the " + x.Name + " of")))
}
