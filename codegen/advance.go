package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// Where time is that of tuples, it is the watermark that ends what a bolt keeps: the engine calls Advance behind the batches whose senders have told how far
// their time has come (runtime/engine/marks.go). A key that has its time in it stands in the task's deadlines from when it came, and ends when that has come: its
// block runs once, and whatever became of that, the key is deleted. The watermark itself is a state that is the same in all tasks at the end of an epoch,
// so that nothing ends twice.

// findTimed finds the edges that watermarks travel on: those to bolts that want them, and to what such get their tuples from, up to where these have a time of their own.
func (g *generator) findTimed() {
	g.timed = map[*ir.Edge]bool{}
	wants := map[*ir.Component]bool{}
	for again := true; again; {
		again = false
		for _, c := range slices.Backward(g.prog.Components) {
			if wants[c] || c.Kind == ir.Spout {
				continue
			}
			wants[c] = c.Body != nil && c.Body.Mark != nil
			for _, s := range c.Outputs {
				for _, e := range g.outs[s] {
					wants[c] = wants[c] || wants[e.To] && s.Time != nil && !s.Time.Own
				}
			}
			again = again || wants[c]
		}
	}
	for _, e := range g.prog.Edges {
		g.timed[e] = wants[e.To] && e.Stream.Time != nil && !e.InCycle
	}
}

// times is code for what the engine is told of the time of an edge's tuples.
func (g *generator) times(e *ir.Edge) *jen.Statement {
	d := jen.Dict{}
	if x := e.Stream.Time.Lateness; x != nil {
		d[jen.Id("Lateness")] = g.settled(e, x)
	}
	if t := e.Stream.Time; t.Clock {
		d[jen.Id("Clock")] = jen.True()
		if t.Step > 0 {
			d[jen.Id("Step")] = jen.Qual("time", "Duration").Call(jen.Lit(int(t.Step)))
		}
	}
	if idle := e.Stream.From.Placing.Idle; idle > 0 {
		d[jen.Id("Idle")] = jen.Qual("time", "Duration").Call(jen.Lit(int(idle)))
	}
	return jen.Op("&").Qual(pkgEngine, "Times").Values(d)
}

// settled is code for a duration out of constants and params.
func (g *generator) settled(e *ir.Edge, x ir.Expr) jen.Code {
	if p, ok := x.(*ir.ParamRef); ok {
		return jen.Id("param").Dot(g.paramField(p.Param))
	}
	return g.startup(e.Stream.From).expr(x).code
}

// behind is how far the tuples of an edge may lie behind their sender's watermark; nil: not at all.
func (g *generator) behind(e *ir.Edge) ir.Expr {
	t := e.Stream.Time
	if t.Lasting != nil && e.To.Body != nil && slices.ContainsFunc(e.To.Body.Timers, func(t *ir.Timer) bool { return t.Due != nil }) {
		return t.Lasting
	}
	return t.Behind
}

// see is code that notes the time of an emitted tuple, where its stream has one of its own and somebody wants to know.
func (g *generator) see(o *output, out *jen.Statement, s *ir.Stream, args []jen.Code) []jen.Code {
	if o.log || !g.timed[o.edge] || !s.Time.Own || s.Time.Clock {
		return nil
	}
	return []jen.Code{jen.Add(out).Dot("See").Call(args[s.Time.Field])}
}

// ending is the block of a bolt that the watermark runs.
type ending struct {
	*timer
	hash string // of the row: of its key, which deleting needs
	// Of a key that says itself when it is due:
	then  string // the method that runs behind the other one
	armed string // of the row: the time that it waits for, and
	waits string // whether it does
	fresh string // of the task: rows of keys that have come since
	meet  string // of sessions: the method that makes one of two
	row   string // the type of a key's row
	sum   string // of Frames: the task's row that slices are added up in
}

// newEnding names what it needs.
func (b *boltGen) newEnding(t *ir.Timer) {
	b.ending = &ending{
		timer: &timer{Timer: t, method: b.member.take("ends"), delay: b.member.take("ends_delay"), next: b.member.take("ends_next")},
		hash:  b.keyed.member.take("ends_hash"),
		row:   b.keyed.goName,
	}
	if t.Frames != nil {
		b.ending.sum = b.member.take("ends_sum")
		if t.Frames.Session {
			b.ending.meet = b.member.take("meets")
		}
	}
	if t.Due != nil {
		e := b.ending
		e.then, e.fresh = b.member.take("ends_then"), b.member.take("ends_fresh")
		e.armed, e.waits = b.keyed.member.take("ends_armed"), b.keyed.member.take("ends_waits")
	}
}

// due is the state that says when the key of a row is due.
func (e *ending) due(b *boltGen, row string) *jen.Statement {
	return jen.Id(row).Dot(b.keyed.goOf[e.Due])
}

// none is code for whether a key is not due at all.
func (e *ending) none(b *boltGen, row string) *jen.Statement {
	return e.due(b, row).Op("==").Qual("math", "MinInt64")
}

// fields writes what the task has for it.
func (e *ending) fields(s *jen.Group) {
	if e == nil {
		return
	}
	if e.Frames != nil {
		kind := "Windows"
		if e.Frames.Session {
			kind = "Sessions"
		}
		s.Id(e.next).Qual(pkgTask, kind)
		s.Id(e.sum).Id(e.row).Comment("// a window's slices, added up")
		return
	}
	if e.Due == nil {
		s.Id(e.delay).Qual("time", "Duration")
	} else {
		s.Id(e.fresh).Index().Int32().Comment("// rows of keys that came since the watermark was told")
	}
	s.Id(e.next).Qual(pkgTask, "Deadlines").Comment("// of the watermark's time")
}

// rowFields writes what a key's row has for it.
func (e *ending) rowFields(s *jen.Group) {
	if e == nil {
		return
	}
	s.Id(e.hash).Uint64()
	if e.Due != nil {
		s.Id(e.armed).Int64().Comment("// the time that it waits for")
		s.Id(e.waits).Bool()
	}
}

// arm writes that a key waits for what it says itself, behind a tuple.
func (e *ending) arm(b *boltGen, row string) []jen.Code {
	if e == nil || e.Due == nil {
		return nil
	}
	due, armed, waits := e.due(b, row), jen.Id(row).Dot(e.armed), jen.Id(row).Dot(e.waits)
	return []jen.Code{jen.If(jen.Op("!").Parens(e.none(b, row)).Op("&&").Parens(jen.Op("!").Add(waits).Op("||").Add(due).Op("<").Add(armed))).Block(
		jen.List(armed, waits).Op("=").List(due, jen.True()),
		jen.Id("t").Dot(e.next).Dot("Add").Call(jen.Qual("time", "Duration").Call(due), jen.Id(row).Dot("row")))}
}

// begin writes what a new key's row begins with: start is its part that is a time.
func (e *ending) begin(b *boltGen, hash jen.Code, parts []jen.Code) []jen.Code {
	if e == nil {
		return nil
	}
	if e.Due != nil {
		return []jen.Code{jen.Id("st").Dot(e.hash).Op("=").Add(hash),
			jen.Id("t").Dot(e.fresh).Op("=").Append(jen.Id("t").Dot(e.fresh), jen.Id("st").Dot("row"))}
	}
	start := parts[e.Start]
	if b.keyed.kind() != intKey {
		start = jen.Add(start).Dot("UnixNano").Call()
	}
	set := jen.Id("st").Dot(e.hash).Op("=").Add(hash)
	if e.Frames != nil {
		return append([]jen.Code{set}, e.slice(b, parts, start)...)
	}
	return []jen.Code{
		set,
		jen.Id("t").Dot(e.next).Dot("Add").Call(jen.Qual(pkgTask, "Ends").Call(start, jen.Id("t").Dot(e.delay)), jen.Id("st").Dot("row")),
	}
}

// wait writes that a restored key waits for its end. key and st are the table's.
func (e *ending) wait(b *boltGen) []jen.Code {
	if e.Due != nil {
		return append(e.arm(b, "st"), jen.Id("t").Dot(e.fresh).Op("=").Append(jen.Id("t").Dot(e.fresh), jen.Id("st").Dot("row")))
	}
	start := jen.Id("key")
	if b.keyed.kind() != intKey {
		start = jen.Id("st").Dot(b.keyed.keyOf[e.Start]).Dot("UnixNano").Call()
	}
	if e.Frames != nil {
		var parts []jen.Code
		for i := range b.keyed.key {
			parts = append(parts, b.keyed.part(i))
		}
		return e.restored(b, parts, start)
	}
	return []jen.Code{jen.Id("t").Dot(e.next).Dot("Add").Call(jen.Qual(pkgTask, "Ends").Call(start, jen.Id("t").Dot(e.delay)), jen.Id("st").Dot("row"))}
}

// advance writes the methods that the watermark calls.
func (b *boltGen) advance() []jen.Code {
	mark := b.comp.Body.Mark
	if mark == nil {
		return nil
	}
	self := func() *jen.Statement { return jen.Func().Params(jen.Id("t").Op("*").Id(b.goName)) }
	at := jen.Id("t").Dot("own").Dot(b.own.goOf[mark])
	body := []jen.Code{
		jen.If(jen.Id("mark").Op("<=").Add(at)).Block(jen.Return(jen.Nil())),
		jen.Add(at).Op("=").Id("mark"),
	}
	if b.epochs != nil {
		body = append(body, jen.Id("t").Dot(b.epochs.own).Op("=").True())
	}
	body = append(body, b.settleAll()...)
	if b.at {
		body = append(body, b.noteTime())
	}
	var out []jen.Code
	if e := b.ending; e != nil && e.Frames != nil {
		body = append(body, e.told(b))
		out = append(out, e.tell(b))
		if e.Frames.Session {
			out = append(out, e.meets(b))
		}
	} else if e != nil {
		next := jen.Id("t").Dot(e.next)
		if e.Due != nil {
			return append(out, e.dues(b, body)...)
		}
		body = append(body, jen.For().Block(append([]jen.Code{
			jen.List(jen.Id("row"), jen.Id("ok")).Op(":=").Add(next).Dot("Next").Call(jen.Qual("time", "Duration").Call(jen.Id("mark"))),
			jen.If(jen.Op("!").Id("ok")).Block(jen.Break()),
			jen.List(jen.Id("key"), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("row"))),
			jen.Id("t").Dot(e.method).Call(jen.Id("key"), jen.Id("st")),
		}, append(b.epochs.deleted(),
			jen.Id("t").Dot("keyed").Dot("Delete").Call(jen.Id("st").Dot(e.hash), jen.Int().Call(jen.Id("row"))))...)...))
		out = append(out, jen.Commentf("%s runs %s.", e.method, cleanPlace(b.g.place(e.Span))).Line().
			Add(self().Id(e.method).Params(b.keyed.keyParam(), jen.Id("st").Op("*").Id(b.keyed.goName)).Block(b.perKey(e.method, e.Keys, e.Block)...)))
	}
	return append([]jen.Code{jen.Comment("Advance is told how far the time of the tuples has come.").Line().
		Add(self().Id("Advance").Params(jen.Id("mark").Int64()).Error().Block(append(body, jen.Return(jen.Nil()))...))}, out...)
}

// dues writes the same for keys that say themselves when they are due.
func (e *ending) dues(b *boltGen, body []jen.Code) []jen.Code {
	self := func() *jen.Statement { return jen.Func().Params(jen.Id("t").Op("*").Id(b.goName)) }
	next, fresh := jen.Id("t").Dot(e.next), jen.Id("t").Dot(e.fresh)
	row := jen.Int().Call(jen.Id("row"))
	over := append(b.epochs.deleted(), jen.Id("t").Dot("keyed").Dot("Delete").Call(jen.Id("st").Dot(e.hash), row))
	at := jen.List(jen.Id("key"), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(row)
	gone := jen.If(jen.Op("!").Id("t").Dot("keyed").Dot("Holds").Call(row)).Block(jen.Continue())
	body = append(body,
		jen.Comment("Keys that keep nothing: their tuples have failed, or came too late."),
		jen.For(jen.List(jen.Id("_"), jen.Id("row")).Op(":=").Range().Add(fresh)).Block(gone, at, jen.Id("_").Op("=").Id("key"),
			jen.If(e.none(b, "st")).Block(over...)),
		jen.Add(fresh).Op("=").Add(fresh).Index(jen.Empty(), jen.Lit(0)),
		jen.For().Block(
			jen.List(jen.Id("row"), jen.Id("ok")).Op(":=").Add(next).Dot("Next").Call(jen.Qual("time", "Duration").Call(jen.Id("mark"))),
			jen.If(jen.Op("!").Id("ok")).Block(jen.Break()),
			gone, at,
			jen.If(e.none(b, "st").Op("||").Add(e.due(b, "st")).Op(">").Id("mark")).Block(jen.Continue().Comment("// it waits for another time, or is another key's by now")),
			jen.Id("t").Dot(e.method).Call(jen.Id("key"), jen.Id("st")),
			jen.Id("t").Dot(e.then).Call(jen.Id("key"), jen.Id("st")),
			jen.If(e.none(b, "st")).Block(append(over, jen.Continue())...),
			jen.List(jen.Id("st").Dot(e.armed), jen.Id("st").Dot(e.waits)).Op("=").List(e.due(b, "st"), jen.True()),
			jen.Add(next).Dot("Add").Call(jen.Qual("time", "Duration").Call(e.due(b, "st")), jen.Id("row"))),
		jen.Return(jen.Nil()))
	out := []jen.Code{jen.Comment("Advance is told how far the time of the tuples has come.").Line().
		Add(self().Id("Advance").Params(jen.Id("mark").Int64()).Error().Block(body...))}
	for i, block := range e.Blocks() {
		method := []string{e.method, e.then}[i]
		out = append(out, jen.Commentf("%s runs %s.", method, cleanPlace(b.g.place(e.Span))).Line().
			Add(self().Id(method).Params(b.keyed.keyParam(), jen.Id("st").Op("*").Id(b.keyed.goName)).Block(b.perKey(method, e.Keys, block)...)))
	}
	return out
}
