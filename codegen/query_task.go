package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// answers are the methods of a bolt that answer what queries ask.
func (b *boltGen) answers() []jen.Code {
	all := b.g.askings[b.comp]
	if len(all) == 0 {
		return nil
	}
	self := func() *jen.Statement { return jen.Func().Params(jen.Id("t").Op("*").Id(b.goName)) }
	results := func(s *jen.Statement) *jen.Statement { return s.Params(jen.Index().Byte(), jen.Error()) }
	var cases []jen.Code
	var methods []jen.Code
	for _, a := range all {
		method := b.member.take("answer" + strconv.Itoa(a.number))
		cases = append(cases, jen.Case(jen.Lit(a.number)).Block(jen.Return(jen.Id("t").Dot(method).Call(jen.Id("r"), jen.Id("dst")))))
		var body []jen.Code
		what := "rows"
		switch {
		case a.scan != nil && a.scan.Aggregated:
			body, what = b.answerGroups(a), "groups"
		case a.scan != nil:
			body = b.answerScan(a)
		case a.get.State.Scope == ir.PerKey:
			body, what = b.answerKey(a.get), a.get.State.Name
		default:
			what = a.get.State.Name
			body = []jen.Code{closed(), jen.Return(jen.Add(b.g.encoder(a.get.State.Type)).Call(jen.Id("dst"), jen.Id("t").Dot("own").Dot(b.own.goOf[a.get.State])), jen.Nil())}
		}
		methods = append(methods, jen.Commentf("%s gives query %s its %s.", method, a.query.Name, what).Line().
			Add(results(self().Id(method).Params(jen.Id("r").Op("*").Qual(pkgCodec, "Reader"), jen.Id("dst").Index().Byte())).Block(body...)))
	}
	var first []jen.Code
	if b.ttl != nil {
		first = append(first, b.noteTime())
	}
	first = append(first, jen.Id("r").Op(":=").Qual(pkgCodec, "NewReader").Call(jen.Id("question")),
		jen.Switch(jen.Id("r").Dot("Uvarint").Call()).Block(cases...),
		jen.Return(jen.Nil(), jen.Qual(pkgQuery, "Wrong").Call(jen.Lit("no such question"))))
	return append([]jen.Code{jen.Comment("Answer tells queries what is kept.").Line().
		Add(results(self().Id("Answer").Params(jen.List(jen.Id("dst"), jen.Id("question")).Index().Byte())).Block(first...))}, methods...)
}

// closed writes that the question must end here.
func closed() jen.Code {
	return jen.If(jen.Id("err").Op(":=").Id("r").Dot("Close").Call(), jen.Id("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id("err")))
}

// answerKey answers with the state of one key, and whether there is one.
func (b *boltGen) answerKey(get *ir.Get) []jen.Code {
	place := jen.Id("h")
	if b.keyed.kind() != intKey {
		place = jen.Qual(pkgHash, "With").Call(jen.Id("h"), jen.Id("key"))
	}
	none := jen.Id("st").Op("==").Nil()
	if b.live {
		none = none.Op("||").Op("!").Id("st").Dot("live")
	}
	if b.ttl != nil && b.ttl.whole {
		none = none.Op("||").Add(b.ttl.gone())
	}
	out := append(b.readKey(false), closed())
	if b.stored != nil {
		keys := []jen.Code{}
		for i := range b.keyed.key {
			if b.keyed.kind() == compositeKey {
				keys = append(keys, jen.Id("key"+strconv.Itoa(i)))
			} else {
				keys = append(keys, b.keyed.part(i))
			}
		}
		var load []jen.Code
		load, none = b.stored.found(place, keys)
		out = append(out, load...)
	} else {
		out = append(out, jen.Id("st").Op(":=").Id("t").Dot("keyed").Dot("Get").Call(place, jen.Id("key")))
	}
	out = append(out, jen.If(none).Block(jen.Return(jen.Qual(pkgCodec, "AppendBool").Call(jen.Id("dst"), jen.False()), jen.Nil())),
		jen.Id("dst").Op("=").Qual(pkgCodec, "AppendBool").Call(jen.Id("dst"), jen.True()))
	v, before := b.stateNow(get.State)
	out = append(out, before...)
	return append(out, jen.Return(jen.Add(b.g.encoder(get.State.Type)).Call(jen.Id("dst"), v), jen.Nil()))
}

// stateNow is code for a keyed state of st, which may have expired.
func (b *boltGen) stateNow(s *ir.State) (v jen.Code, before []jen.Code) {
	v = jen.Id("st").Dot(b.keyed.goOf[s])
	if b.ttl == nil {
		return v, nil
	}
	for _, l := range b.ttl.states {
		if l.state != s {
			continue
		}
		name := "now_" + s.Name
		f := b.g.startup(b.comp)
		first := jen.Code(jen.Op("*").New(b.g.goType(s.Type)))
		if s.Initial != nil {
			first = f.expr(s.Initial).code
		}
		return jen.Id(name), append(append([]jen.Code{}, f.stmts...), jen.Id(name).Op(":=").Add(v), jen.If(l.expired()).Block(jen.Id(name).Op("=").Add(first)))
	}
	return v, nil
}

// answerScan answers with the first rows of the task, by the order of the select.
func (b *boltGen) answerScan(a *asking) []jen.Code {
	g, s := b.g, a.scan
	out := b.visitRows(a, []jen.Code{jen.Id("top").Op(":=").Qual(pkgQuery, "NewTop").Call(jen.Id("most"), jen.Id(a.row+"Order"))}, func(f *fn) {
		values := jen.Dict{}
		for i, o := range s.Order {
			values[jen.Id(a.orders[i])] = f.once(f.expr(o.By))
		}
		for i, k := range s.Keys {
			values[jen.Id(a.orders[len(s.Order)+i])] = jen.Id(localName(k))
		}
		for i, x := range s.Row {
			values[jen.Id(a.fields[i])] = f.once(f.expr(x))
		}
		f.add(jen.Id("row").Op(":=").Id(a.row).Values(values))
		// What is kept shares nothing with the table, nor with what was made for the row.
		var keep []jen.Code
		a.each(func(name string, t *types.Type) {
			if holdsText(t) || isContainer(t) {
				keep = append(keep, jen.Id("row").Dot(name).Op("=").Add(g.clone(t, jen.Id("row").Dot(name))))
			}
		})
		f.add(jen.If(jen.Id("top").Dot("Wants").Call(jen.Op("&").Id("row"))).Block(append(keep, jen.Id("top").Dot("Add").Call(jen.Id("row")))...))
	})
	var write []jen.Code
	a.each(func(name string, t *types.Type) {
		write = append(write, jen.Id("dst").Op("=").Add(g.encoder(t)).Call(jen.Id("dst"), jen.Id("row").Dot(name)))
	})
	return append(out, jen.For(jen.List(jen.Id("_"), jen.Id("row")).Op(":=").Range().Id("top").Dot("Rows").Call()).Block(write...), jen.Return(jen.Id("dst"), jen.Nil()))
}

// visitRows writes that a question is read, and its rows visited: those that its condition holds for.
func (b *boltGen) visitRows(a *asking, before []jen.Code, visit func(f *fn)) []jen.Code {
	g, s := b.g, a.scan
	out := []jen.Code{jen.Id("most").Op(":=").Int().Call(jen.Id("r").Dot("Int").Call())}
	for _, p := range a.query.Params {
		out = append(out, jen.Id(localName(p)).Op(":=").Add(g.decoder(p.Type)).Call(jen.Id("r")), jen.Id("_").Op("=").Id(localName(p)))
	}
	out = append(append(out, closed()), before...)
	fails := false
	f := &fn{g: g, comp: b.comp, reads: map[*ir.Local]int{}}
	f.paramOf = func() *jen.Statement { b.param = true; return jen.Id("t").Dot("param") }
	scratch := false
	f.arenaOf = func() *jen.Statement { scratch = true; return jen.Id("scratch") }
	f.nowOf = queryNow
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		fails = true
		f.add(jen.Id("failed").Op("=").Qual(pkgQuery, "Failed").Call(place, jen.Qual("strings", "Clone").Call(why)), jen.Return(jen.False()))
	}
	row := f.block(func() {
		for i, k := range s.Keys {
			f.add(jen.Id(localName(k)).Op(":=").Add(b.keyed.part(i)), jen.Id("_").Op("=").Id(localName(k)))
		}
		for i, st := range s.States {
			v, before := b.stateNow(st)
			f.add(before...)
			f.add(jen.Id(localName(s.Values[i])).Op(":=").Add(v), jen.Id("_").Op("=").Id(localName(s.Values[i])))
		}
		if s.Where != nil {
			f.add(jen.If(jen.Op("!").Parens(f.expr(s.Where).code)).Block(jen.Return(jen.True())))
		}
		visit(f)
	})
	if scratch {
		out = append(out, jen.Var().Id("scratch").Qual(pkgArena, "Arena"))
		row = append([]jen.Code{jen.Id("scratch").Dot("Reset").Call()}, row...)
	}
	if fails {
		out = append(out, jen.Var().Id("failed").Error())
	}
	if b.keyed.kind() == compositeKey {
		row = append([]jen.Code{jen.Id("_").Op("=").Id("key")}, row...)
	}
	out = append(out, b.keyed.each(b, row))
	if fails {
		out = append(out, jen.If(jen.Id("failed").Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id("failed"))))
	}
	return out
}
