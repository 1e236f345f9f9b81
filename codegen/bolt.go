package codegen

import (
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// boltGen is what the pieces of one bolt's code share.
type boltGen struct {
	g      *generator
	comp   *ir.Component
	goName string
	member *names
	outs   outputs
	keyed  *keyedState
	own    *ownState
	timers []*timer
	ending *ending // nil where no watermark ends anything
	ttl    *expiry
	epochs *epochal
	stored *stored
	retry  bool
	keeps  []jen.Code // methods that copy a tuple which waits
	// failings are what was called for failed tuples.
	failings []*failing
	gather   map[*ir.Stream]*gathering
	marked   map[*ir.Stream]bool // streams whose tuples are found again in their batch
	// used collects what the struct needs.
	scratch, param, failer, now bool
	limit                       bool // how long calls may take
	marks                       bool
	// live: a key whose only tuples failed must not be seen by `finish per`, so rows say whether they are.
	live bool
	// at: the time of a batch is noted in the task, as nanoseconds since it opened.
	at bool
}

// bolt writes a bolt: a struct, and a loop over a batch for each input.
func (g *generator) bolt(f *jen.File, c *ir.Component) {
	b := &boltGen{
		g: g, comp: c, goName: g.boltName[c],
		member: newNames("Bolt", "Open", "Process", "Idle", "Finish", "Close",
			"failer", "scratch", "param", "now", "keyed", "own", "key", "undo", "tuple", "retry", "Held", "Due", "Tick", "at", "began", "limit",
			"Shape", "Changes", "Restore", "Restored", "kept", "Answer", "Mine", "First", "Advance",
			"stored", "rowKey", "StoredRow", "LoadRow", "Size", "Drop", "Inner", "Buffered"),
	}
	if b.goName == "" {
		b.goName = g.global.take(c.Name + "Bolt")
	}
	for _, in := range c.Inputs {
		b.member.take(tupleMethod(in))
		if w := g.bunched[in]; w != nil {
			b.member.take(w.field)
			b.member.take(w.take)
		}
	}
	b.outs = g.outputsOf(c, b.member)
	g.outputs[c] = b.outs
	b.keyed, b.own = b.keyedState(), b.ownState()
	b.newStored()
	b.gatherings()
	b.live = b.visitsKeys() && slices.ContainsFunc(c.Body.On, ir.BlockCanFail)
	b.newTimers()
	b.newTTL()
	b.newRetry()
	b.newEpochs()

	var methods []jen.Code
	var cases []jen.Code
	for _, in := range c.Inputs {
		row := g.inputRow(c, in)
		if g.direct[in] {
			methods = append(methods, b.handler(in, row, tupleMethod(in)))
			continue
		}
		method := b.member.take("on_" + in.Alias)
		methods = append(methods, b.handler(in, row, method))
		if fetch := b.fetch(in, row); fetch != nil {
			cases = append(cases, jen.Case(jen.Lit(in.Index)).Block(b.fetching(in, row, method)...))
			methods = append(methods, fetch)
			continue
		}
		cases = append(cases, jen.Case(jen.Lit(in.Index)).Block(
			jen.Id("t").Dot(method).Call(jen.Id("b").Assert(jen.Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))))))
	}
	finish := b.finish()
	timers := b.timerMethods()
	timers = append(timers, b.advance()...)
	answers := b.answers()

	opening := slices.Concat(b.openTimers(), b.openTTL(), b.openRetry(), b.openLimit()) // which may need what the struct then has
	f.Commentf("%s is bolt %s (%s).", b.goName, c.Name, cleanPlace(g.place(c.Span)))
	f.Type().Id(b.goName).StructFunc(func(s *jen.Group) { b.fields(s) })
	if b.now || b.limit || b.own.needsOpen() || b.stored != nil || b.ending != nil {
		f.Line().Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id("Open").
			Params(jen.Id("ctx").Op("*").Qual(pkgComponent, "Context")).Error().BlockFunc(func(body *jen.Group) {
			if b.now {
				body.Id("t").Dot("now").Op("=").Id("ctx").Dot("Now")
			} else if !b.limit && b.stored == nil {
				body.Id("_").Op("=").Id("ctx")
			}
			b.own.open(b, body)
			for _, stmt := range opening {
				body.Add(stmt)
			}
			body.Return(b.stored.open())
		})
	}
	f.Line()
	f.Comment("Process reads one batch.")
	f.Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id("Process").
		Params(jen.Id("input").Int(), jen.Id("b").Any()).Error().BlockFunc(func(body *jen.Group) {
		if b.at {
			body.Add(b.noteTime())
		}
		body.Switch(jen.Id("input")).Block(cases...)
		body.Return(jen.Nil())
	})
	for _, m := range methods {
		f.Line().Add(m)
	}
	if finish != nil {
		f.Line().Add(finish)
	}
	for _, m := range timers {
		f.Line().Add(m)
	}
	for _, gather := range b.gatherList() {
		f.Line().Add(gather.method(b))
	}
	for _, m := range b.keeps {
		f.Line().Add(m)
	}
	for _, m := range b.epochs.methods() {
		f.Line().Add(m)
	}
	for _, m := range answers {
		f.Line().Add(m)
	}
	for _, m := range b.stored.methods() {
		f.Line().Add(m)
	}
	for _, failing := range b.failings {
		f.Line().Add(failing.method())
	}
	for _, o := range b.outs.list {
		if o.combine != nil {
			f.Line().Add(o.combine.method(b.g, b.goName, o))
			if o.combine.bunch != nil {
				f.Line().Add(o.combine.takeMethod(b.g, b.goName, o))
			}
			o.combine.write(b.g, f, o)
		}
	}
	b.keyed.write(b, f)
	b.own.write(b, f)
	if g.finders[c] != "" {
		b.finder(f)
		return
	}
	g.maker(f, c, "Task", b.make())
}

// takeBack writes what a failed tuple leaves nothing behind by.
func (b *boltGen) takeBack(f *fn, ctx *context) {
	for _, o := range b.outs.list {
		f.add(jen.Qual(pkgTask, "Rollback").Call(jen.Id("t").Dot(o.field), jen.Id("t").Dot(o.field+"Mark")))
	}
	f.add(jen.Qual(pkgTask, "Undo").Call(jen.Id("t").Dot("undo")))
	switch fake := b.g.tests.standsIn(b.comp); {
	case fake && ctx.keyed:
		f.add(jen.Op("*").Id("st").Op("=").Id("cur")) // a fake's state stays as it is
	case !fake && b.own != nil:
		f.add(jen.Id("t").Dot("own").Op("=").Id("saved"))
	}
}

// settle writes that nothing may wait in keys' rows while a tuple is at work that may be taken back: it works on a copy of
// its key's row, and takes back what stands in the batches since it began.
func (b *boltGen) settle(ctx *context) []jen.Code {
	if !ctx.rollback {
		return nil
	}
	var out []jen.Code
	for _, g := range b.gatherList() {
		out = append(out, jen.Id("t").Dot(g.member).Dot("Settle").Call())
	}
	return out
}

// remember writes what takeBack goes back to.
func (b *boltGen) remember() []jen.Code {
	var out []jen.Code
	for _, o := range b.outs.list {
		mark := jen.Id("t").Dot(o.field + "Mark")
		out = append(out, jen.Add(mark).Op("=").Qual(pkgTask, "Marks").Call(jen.Id("t").Dot(o.field), mark))
	}
	out = append(out, jen.Id("t").Dot("undo").Op("=").Id("t").Dot("undo").Index(jen.Empty(), jen.Lit(0)))
	if b.own != nil && !b.g.tests.standsIn(b.comp) {
		out = append(out, jen.Id("saved").Op(":=").Id("t").Dot("own"))
	}
	return out
}

// handler writes the loop over a batch of one input.
func (b *boltGen) handler(in *ir.Input, row *rowType, method string) jen.Code {
	block := b.comp.Body.On[in.Index]
	ctx := &context{rollback: ir.NeedsRollback(block), exit: "tuples", bodyName: "body", emitted: map[*output]bool{}}
	starts := b.startsTimers(in)
	ctx.keyed = b.keyed != nil && (starts || usesKeyed(block) || b.visitsKeys() && b.comesByKey(in))
	usesRow := false
	ctx.failing = b.newFailing(in.Alias, func() []named {
		usesRow = true
		return b.g.rowValues(in.Fields, row)
	}, jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)), jen.Id("in").Op("*").Id(row.goName))
	ctx.failing.args = []jen.Code{jen.Id("b"), jen.Id("in")}
	ctx.raw = func(i int) *jen.Statement { return jen.Id("in").Dot(row.goField(in.Fields[i].Name)) }
	ctx.hash = func() *jen.Statement { return jen.Id("in").Dot(row.hash) }
	if b.g.direct[in] {
		b.arriveAlone(in, ctx)
		ctx.bunched = b.g.bunched[in] != nil
	} else {
		ctx.bunched = b.g.bunches(b.comp, in)
	}
	if len(b.comp.Inputs) > 1 {
		ctx.failing.input = in.Alias
	}
	if row.hops {
		ctx.failing.hop = func() jen.Code { return jen.Id("in").Dot(row.hop) }
	}
	b.retries(in, row, ctx, &usesRow)
	if row.origins {
		ctx.failing.origin = func() jen.Code { return jen.Id("in").Dot(row.origin) }
		ctx.origin = func() jen.Code {
			usesRow = true
			return jen.Id("in").Dot(row.origin)
		}
	}
	ctx.holdsOwn = b.ownVar(in, ctx)
	f := b.newFn(block, ctx)
	if ctx.inlined {
		f.labels = ctx.exit + "_"
	}
	var hoisted []jen.Code
	seen := map[int]bool{}
	f.fieldOf = func(_ *ir.Input, i int) val {
		usesRow = true
		t := in.Fields[i].Type
		if ctx.alone {
			if t.Kind != types.Time {
				return simple(ctx.raw(i))
			}
			name := "in_" + in.Fields[i].Name + "_"
			if !seen[i] {
				seen[i] = true
				hoisted = append(hoisted, jen.Id(name).Op(":=").Add(b.g.directValue(t, in.Fields[i].Name)))
			}
			return simple(jen.Id(name))
		}
		field := jen.Id("in").Dot(row.goField(in.Fields[i].Name))
		if k := t.Kind; k != types.String && k != types.Bytes && k != types.JSON && k != types.Time {
			return simple(field)
		}
		name := "in_" + in.Fields[i].Name + "_"
		if !seen[i] {
			seen[i] = true
			hoisted = append(hoisted, jen.Id(name).Op(":=").Add(b.g.unpack(t, "b", field)))
		}
		return simple(jen.Id(name))
	}
	if row.hops {
		f.hopOf = func() jen.Code {
			usesRow = true
			return jen.Id("in").Dot(row.hop)
		}
	}
	f.originOf = ctx.origin
	var lookup []jen.Code
	if ctx.keyed {
		usesRow = usesRow || !ctx.bunched // for the hash
		lookup = f.block(func() { b.keyed.lookup(b, f, in, row, ctx) })
		if !usesKeyed(block) {
			lookup = append(lookup, jen.Id("_").Op("=").Id("st")) // it is enough that the key has a row
		}
	}
	if b.canHold(in, ctx) {
		defer b.g.hold(b.outs.list)()
	}
	takeOwns := b.g.collectOwns()
	body := f.block(func() { f.body(block) })
	owns := takeOwns()

	var tuple []jen.Code
	if usesRow && !ctx.alone && !ctx.bunched {
		tuple = append(tuple, jen.Id("in").Op(":=").Op("&").Id("rows").Index(jen.Id("i")))
	}
	if b.scratch {
		tuple = append(tuple, b.g.resetScratch(b.outs))
	}
	tuple = append(tuple, b.follow(in, row, ctx)...)
	tuple = append(tuple, hoisted...)
	if ctx.bunched {
		for i := range in.Fields {
			if seen[i] {
				tuple = append(tuple, jen.Id("_").Op("=").Id("in_"+in.Fields[i].Name+"_")) // the lookup does not read it
			}
		}
	}
	tuple = append(tuple, b.settle(ctx)...)
	if ctx.rollback && ctx.tupleLabel {
		tuple = append(tuple, b.remember()...)
	}
	tuple = append(tuple, lookup...)
	tuple = append(tuple, b.epochs.markOwn(block)...)
	tuple = append(tuple, labelled(ctx.bodyName, ctx.bodyLabel, body)...)
	if ctx.keyed {
		if starts {
			tuple = append(tuple, b.startTimers(ctx)...)
		}
		tuple = append(tuple, b.keyed.keep(b, ctx)...)
		if usesKeyed(block) {
			tuple = append(tuple, b.ending.arm(b, "st")...)
		}
		tuple = append(tuple, b.ending.took(b)...)
		tuple = append(tuple, b.ttl.revive()...)
	}
	tuple = append(tuple, b.checks(ctx)...)

	if ctx.bunched && ctx.alone {
		return b.takeMethod(in, ctx, tuple)
	}
	if ctx.inlined {
		if ctx.ownHeld {
			owns = append(owns, heldOwn{ctx.holdsOwn, nil})
		}
		b.g.bodyOwns[in] = owns
		b.g.bodies[in] = labelled(ctx.exit, ctx.tupleLabel, tuple)
		return jen.Null()
	}
	if ctx.alone {
		return jen.Commentf("%s takes one tuple of %s.", method, in.Alias).Line().
			Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id(method).Params(b.g.tupleParams(b.comp, in)...).Block(tuple...)
	}
	loop := jen.For(jen.Id("i").Op(":=").Range().Id("rows")).Block(tuple...)
	if !usesRow {
		loop = jen.For(jen.Range().Id("b").Dot("Rows")).Block(tuple...)
	}
	takes := b.g.takes(b.outs, jen.Id("t"))
	stmts := []jen.Code{loop}
	if ctx.bunched {
		ctx.readsRow = usesRow
		stmts = b.inBunches(in, row, ctx, tuple)
	} else if ctx.tupleLabel {
		stmts[0] = jen.Id("tuples").Op(":").Line().Add(loop)
	}
	if usesRow && !ctx.bunched {
		stmts = append([]jen.Code{jen.Id("rows").Op(":=").Id("b").Dot("Rows")}, stmts...)
	}
	for _, o := range b.outs.list {
		if o.held != nil && ctx.emitted[o] {
			stmts = o.holding(stmts)
		}
	}
	if ctx.ownHeld {
		owns = append(owns, heldOwn{ctx.holdsOwn, nil})
	}
	stmts = holdingOwns(owns, stmts)
	return jen.Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id(method).
		Params(jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))).Block(append(stmts, takes...)...)
}

// labelled wraps statements in a block that `break label` leaves, where it is needed.
func labelled(label string, needed bool, stmts []jen.Code) []jen.Code {
	if !needed {
		return stmts
	}
	return []jen.Code{jen.Id(label).Op(":").Line().Switch().Block(jen.Default().Block(stmts...))}
}

// finish writes the Finish method, or returns nil where there is nothing to do.
func (b *boltGen) finish() jen.Code {
	body := b.comp.Body
	if body.Finish == nil && body.FinishPer == nil && b.stored == nil {
		return nil
	}
	var stmts []jen.Code
	if body.FinishPer != nil {
		if b.ttl != nil {
			stmts = append(stmts, b.noteTime())
		}
		stmts = append(stmts, b.settleAll()...)
		stmts = append(stmts, b.keyed.each(b, b.perKey("finish", body.FinishPer.Keys, body.FinishPer.Block)))
	}
	if body.Finish != nil {
		stmts = append(stmts, jen.Block(b.once(body.Finish, b.newFailing("finish", nil), nil)...))
	}
	stmts = append(stmts, jen.Return(b.stored.flush()))
	return jen.Comment("Finish runs when every input has ended.").Line().
		Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id("Finish").Params().Error().Block(stmts...)
}

// once lowers a block that runs outside of a tuple; first, where not nil, begins it for a key.
func (b *boltGen) once(block *ir.Block, failing *failing, first func(f *fn)) []jen.Code {
	keyed := first != nil
	ctx := &context{rollback: ir.NeedsRollback(block), exit: "done", bodyName: "body", exitBreak: true, keyed: keyed, emitted: map[*output]bool{}, failing: failing}
	f := b.newFn(block, ctx)
	f.latestKey = func(*ir.Stream, []ir.Expr) bool { return false }
	f.fieldOf = func(in *ir.Input, _ int) val {
		panic("codegen: " + in.Alias + " is read in a finish block: the checker let it through")
	}
	start := f.block(func() {
		if first != nil {
			first(f)
		}
	})
	inner := f.block(func() { f.body(block) })
	stmts := labelled(ctx.bodyName, ctx.bodyLabel, inner)
	if keyed {
		stmts = append(stmts, b.keyed.keep(b, ctx)...)
	}
	start = append(start, b.settle(ctx)...)
	if ctx.rollback {
		if ctx.tupleLabel {
			start = append(start, b.remember()...)
		}
		if keyed {
			start = append(start, b.keyed.copyRow()...)
		}
	}
	stmts = append(append(start, b.epochs.markOwn(block)...), stmts...)
	stmts = labelled("done", ctx.tupleLabel, stmts)
	if b.scratch {
		stmts = append([]jen.Code{b.g.resetScratch(b.outs)}, stmts...)
	}
	return append(append(stmts, b.checks(ctx)...), b.g.takes(b.outs, jen.Id("t"))...)
}

// checks sends the batches that a tuple has filled.
func (b *boltGen) checks(ctx *context) []jen.Code {
	var out []jen.Code
	if ctx.gathered {
		for _, g := range b.gatherList() {
			member := jen.Id("t").Dot(g.member)
			out = append(out, jen.If(jen.Add(member).Dot("Full").Call()).Block(jen.Add(member).Dot("Leave").Call()))
		}
	}
	for _, o := range b.outs.list {
		if ctx.emitted[o] {
			out = append(out, o.check(jen.Id("t").Dot(o.field)))
		}
	}
	return out
}

// cleanPlace is a place that may stand in a comment.
func cleanPlace(place string) string {
	return strconv.QuoteToASCII(place)[1 : len(strconv.QuoteToASCII(place))-1]
}
