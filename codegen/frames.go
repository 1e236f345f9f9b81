package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// Windows that overlap (ir.Frames): the rows of a bolt's table are slices, and task.Windows knows which of them a window that is over is made of. They are added up
// in a row of the task's, by the statements of Merge, in which st is that row and with the slice; the block runs as if it were the window's. Where a
// window is of one slice, that is the row. What fails in it tells of the key and of when the window began, and goes on with the next.

// slice writes that the row st holds a new slice.
func (e *ending) slice(b *boltGen, parts []jen.Code, start jen.Code) []jen.Code {
	key := jen.Id("t").Dot("key")
	out := []jen.Code{jen.Add(key).Op("=").Add(key).Index(jen.Empty(), jen.Lit(0))}
	for i, p := range parts {
		if i != e.Start {
			out = append(out, jen.Add(key).Op("=").Add(b.g.encoder(b.keyed.key[i].Type)).Call(key, p))
		}
	}
	next := jen.Id("t").Dot(e.next)
	if e.Frames.Session {
		return append(out, jen.Add(next).Dot("Begin").Call(key, start, jen.Id("st").Dot("row")))
	}
	return append(out, jen.Add(next).Dot("Begin").Call(key, start, jen.Id("st").Dot("row"), e.mark(b)))
}

// mark is code for the bolt's watermark.
func (e *ending) mark(b *boltGen) *jen.Statement {
	return jen.Id("t").Dot("own").Dot(b.own.goOf[b.comp.Body.Mark])
}

// restored writes that the row st, which was restored, holds a slice or a session.
func (e *ending) restored(b *boltGen, parts []jen.Code, start jen.Code) []jen.Code {
	out := e.slice(b, parts, start)
	if f := e.Frames; f.Session {
		state := func(s *ir.State) *jen.Statement { return jen.Id("st").Dot(b.keyed.goOf[s]) }
		out[len(out)-1] = jen.Id("t").Dot(e.next).Dot("Restore").Call(jen.Id("t").Dot("key"), start, jen.Id("st").Dot("row"),
			state(f.First).Dot("UnixNano").Call(), state(f.Last).Dot("UnixNano").Call(), state(f.Rows).Op(">").Lit(0))
	}
	return out
}

// find writes the lookup of a tuple's session: the variables st and fresh. What comes too late is looked at in a row that nobody keeps.
func (e *ending) find(b *boltGen, f *fn, parts []jen.Code, row func() (place, key jen.Code)) {
	key := jen.Id("t").Dot("key")
	f.add(jen.Id("at").Op(":=").Add(parts[e.Start]).Dot("UnixNano").Call(), jen.Add(key).Op("=").Add(key).Index(jen.Empty(), jen.Lit(0)))
	for i, p := range parts {
		if i != e.Start {
			f.add(jen.Add(key).Op("=").Add(b.g.encoder(b.keyed.key[i].Type)).Call(key, p))
		}
	}
	late := localName(e.Frames.Late)
	f.add(jen.List(jen.Id("id"), jen.Id(late)).Op(":=").Id("t").Dot(e.next).Dot("Find").Call(key, jen.Id("at"), e.mark(b)),
		jen.Id("session").Op(":=").Qual(pkgValue, "Time").Call(jen.Id("id")),
		jen.List(jen.Id("st"), jen.Id("fresh")).Op(":=").List(jen.Op("&").Id("t").Dot(e.sum), jen.False()))
	parts[e.Start] = jen.Id("session")
	f.add(jen.If(jen.Op("!").Id(late)).Block(f.block(func() {
		place, name := row()
		f.add(jen.List(jen.Id("st"), jen.Id("fresh")).Op("=").Id("t").Dot("keyed").Dot("Row").Call(place, name))
	})...))
}

// took writes what follows a tuple that has not failed.
func (e *ending) took(b *boltGen) []jen.Code {
	if e == nil || e.Frames == nil || !e.Frames.Session {
		return nil
	}
	next := jen.Id("t").Dot(e.next)
	return []jen.Code{jen.If(jen.Op("!").Id(localName(e.Frames.Late))).Block(
		jen.Add(next).Dot("Took").Call(jen.Id("at")),
		jen.For(jen.Add(next).Dot("Meet").Call()).Block(jen.Id("t").Dot(e.meet).Call()))}
}

// meets writes the method that makes one of two sessions. Where that fails, neither is told.
func (e *ending) meets(b *boltGen) jen.Code {
	k, next := b.keyed, jen.Id("t").Dot(e.next)
	failing := b.newFailing(e.meet, func() []named {
		var values []named
		for i, field := range k.key {
			values = append(values, named{field.Name, field.Type, k.part(i)})
		}
		return values
	}, jen.Id("st").Op("*").Id(k.goName))
	failing.args = []jen.Code{jen.Id("st")}
	ctx := &context{exit: "done", bodyName: "body", exitBreak: true, keyed: true, emitted: map[*output]bool{}, failing: failing}
	f := b.newFn(e.Frames.Merge, ctx)
	f.wrote = nil
	merge := f.block(func() { f.body(e.Frames.Merge) })
	at := func(field string) jen.Code {
		return jen.Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Add(next).Dot(field)))
	}
	stmts := []jen.Code{
		jen.List(jen.Id("_"), jen.Id("st")).Op(":=").Add(at("Into")),
		jen.List(jen.Id("_"), jen.Id("with")).Op(":=").Add(at("Gone")),
	}
	if ctx.tupleLabel {
		stmts = append(stmts, jen.Id("ok").Op(":=").False())
		merge = append(merge, jen.Id("ok").Op("=").True())
	}
	stmts = append(stmts, labelled(ctx.exit, ctx.tupleLabel, merge)...)
	if ctx.tupleLabel {
		var anew []jen.Code
		for _, s := range k.states {
			target := jen.Id("st").Dot(k.goOf[s])
			if s.Initial != nil {
				anew = append(anew, f.block(func() { f.add(target.Op("=").Add(f.expr(s.Initial).code)) })...)
			} else {
				anew = append(anew, target.Op("=").Op("*").New(b.g.goType(s.Type)))
			}
		}
		stmts = append(stmts, jen.If(jen.Op("!").Id("ok")).Block(anew...))
	}
	key := "_"
	if b.epochs != nil {
		key = "key"
	}
	gone := []jen.Code{jen.List(jen.Id(key), jen.Id("st")).Op(":=").Add(at("Gone"))}
	gone = append(append(gone, b.epochs.deleted()...), jen.Id("t").Dot("keyed").Dot("Delete").Call(jen.Id("st").Dot(e.hash), jen.Int().Call(jen.Add(next).Dot("Gone"))))
	return jen.Commentf("%s makes one session of two that a tuple has joined.", e.meet).Line().
		Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id(e.meet).Params().Block(append(stmts, jen.Block(gone...))...)
}

// open writes what Open does.
func (e *ending) open(b *boltGen) []jen.Code {
	out := []jen.Code{jen.Var().List(jen.Id("size"), jen.Id("every")).Qual("time", "Duration")}
	out = append(out, b.openDuration(e.Frames.Size, jen.Id("size"))...)
	if e.Frames.Session {
		out = b.openDuration(e.Frames.Size, jen.Id("gap"))
		return append(append([]jen.Code{jen.Var().Id("gap").Qual("time", "Duration")}, out...), jen.Id("t").Dot(e.next).Op("=").Qual(pkgTask, "Gap").Call(jen.Id("gap")))
	}
	out = append(out, b.openDuration(e.Frames.Every, jen.Id("every"))...)
	return append(out, jen.Id("t").Dot(e.next).Op("=").Qual(pkgTask, "Span").Call(jen.Id("size"), jen.Id("every"), jen.Lit(e.Frames.Growing)))
}

// told writes what Advance does: each window that is over is told, and the slices are deleted that no window holds any more.
func (e *ending) told(b *boltGen) jen.Code {
	next := jen.Id("t").Dot(e.next)
	key := "_"
	if b.epochs != nil {
		key = "key"
	}
	return jen.For(jen.Add(next).Dot("Next").Call(jen.Id("mark"))).Block(
		jen.Id("t").Dot(e.method).Call(),
		jen.For(jen.List(jen.Id("_"), jen.Id("row")).Op(":=").Range().Add(next).Dot("Over")).Block(append(
			[]jen.Code{jen.List(jen.Id(key), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("row")))},
			append(b.epochs.deleted(), jen.Id("t").Dot("keyed").Dot("Delete").Call(jen.Id("st").Dot(e.hash), jen.Int().Call(jen.Id("row"))))...)...))
}

// tell writes the method that runs the block for the window that was found.
func (e *ending) tell(b *boltGen) jen.Code {
	k, next := b.keyed, jen.Id("t").Dot(e.next)
	moment := func(field string) jen.Code { return jen.Qual(pkgValue, "Time").Call(jen.Add(next).Dot(field)) }
	part := func(i int) jen.Code {
		if i == e.Start {
			return moment("From")
		}
		return k.part(i)
	}
	failing := b.newFailing(e.method, func() []named {
		var values []named
		for i, field := range k.key {
			values = append(values, named{field.Name, field.Type, part(i)})
		}
		return values
	}, jen.Id("st").Op("*").Id(k.goName))
	failing.args = []jen.Code{jen.Id("st")}
	ctx := &context{exit: "done", bodyName: "body", exitBreak: true, keyed: true, emitted: map[*output]bool{}, failing: failing}
	// What is added up is the task's, and nothing fails behind the emit: there is nothing to take back.
	var add []jen.Code
	if !e.Frames.Session {
		merge := b.newFn(e.Frames.Merge, ctx)
		merge.wrote = nil
		merge.labels = "merge_"
		add = merge.block(func() { merge.body(e.Frames.Merge) })
	}
	f := b.newFn(e.Block, ctx)
	f.latestKey = func(*ir.Stream, []ir.Expr) bool { return false }
	f.fieldOf = func(in *ir.Input, _ int) val {
		panic("codegen: " + in.Alias + " is read at the end of a window: the checker let it through")
	}
	locals := f.block(func() {
		for i, l := range e.Keys {
			f.declare(l, part(i))
		}
		if e.Frames.End != nil {
			f.declare(e.Frames.End, moment("To"))
		}
	})
	inner := f.block(func() { f.body(e.Block) })
	row := jen.Dict{}
	for i, name := range k.keyOf {
		if i != e.Start {
			row[jen.Id(name)] = jen.Id("first").Dot(name)
		}
	}
	at := func(row jen.Code) jen.Code { return jen.Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(row)) }
	sum := []jen.Code{
		jen.Id("first").Op(":=").Id("st"),
		jen.Id("st").Op("=").Op("&").Id("t").Dot(e.sum),
		jen.Op("*").Id("st").Op("=").Id(k.goName).Values(row),
	}
	for _, s := range k.states {
		if s.Initial != nil {
			sum = append(sum, f.block(func() { f.add(jen.Id("st").Dot(k.goOf[s]).Op("=").Add(f.expr(s.Initial).code)) })...)
		}
	}
	sum = append(sum, jen.For(jen.List(jen.Id("_"), jen.Id("slice")).Op(":=").Range().Add(next).Dot("Slices")).Block(append(
		[]jen.Code{jen.List(jen.Id("_"), jen.Id("with")).Op(":=").Add(at(jen.Id("slice").Dot("Row")))}, add...)...))
	stmts := []jen.Code{jen.List(jen.Id("_"), jen.Id("st")).Op(":=").Add(at(jen.Add(next).Dot("Slices").Index(jen.Lit(0)).Dot("Row")))}
	if !e.Frames.Session {
		stmts = append(stmts, jen.If(jen.Len(jen.Add(next).Dot("Slices")).Op(">").Lit(1)).Block(sum...))
	}
	stmts = append(append(stmts, locals...), labelled(ctx.bodyName, ctx.bodyLabel, inner)...)
	stmts = labelled(ctx.exit, ctx.tupleLabel, stmts)
	if b.scratch {
		stmts = append([]jen.Code{b.g.resetScratch(b.outs)}, stmts...)
	}
	stmts = append(append(stmts, b.checks(ctx)...), b.g.takes(b.outs, jen.Id("t"))...)
	return jen.Commentf("%s tells of the window that is over (%s).", e.method, cleanPlace(b.g.place(e.Span))).Line().
		Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id(e.method).Params().Block(stmts...)
}

// sorted is code for so many records of a list, in their order.
func (f *fn) sorted(e *ir.FuncCall) val {
	row := e.T.Elem
	r := f.g.recordOf(row)
	var body []jen.Code
	for _, n := range e.Func.Order {
		field := row.Fields[max(n, -n)-1]
		v, w := jen.Id("a").Dot(r.goOf[field.Name]), jen.Id("b").Dot(r.goOf[field.Name])
		if n < 0 {
			v, w = w, v
		}
		body = append(body, jen.If(jen.Id("c").Op(":=").Add(f.g.compareKey(field.Type)).Call(v, w), jen.Id("c").Op("!=").Lit(0)).Block(jen.Return(jen.Id("c"))))
	}
	less := jen.Func().Params(jen.List(jen.Id("a"), jen.Id("b")).Add(f.g.goType(row))).Int().Block(append(body, jen.Return(jen.Lit(0)))...)
	return computed(jen.Qual(pkgValue, "Sorted").Call(f.expr(e.Args[0]).code, f.expr(e.Args[1]).code, less))
}
