package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// State that lies in a store: package store. The rows that a task works on stand in its table, as those of the engine do. Before a batch is processed, what it needs and the table lacks is
// asked for at once (fetch); a row notes the epoch in which it was changed first, and tells of it then. A table that has become too large is forgotten between two epochs.

// stored is what a bolt needs for it.
type stored struct {
	b     *boltGen
	stamp string // of the key's row: the epoch that has changed it last
	has   string // of the key's row: the store has one
}

func (b *boltGen) newStored() {
	if b.comp.Body.Store == nil || b.keyed == nil || b.g.tests != nil {
		return
	}
	b.stored = &stored{b: b, stamp: b.keyed.member.take("stamp"), has: b.keyed.member.take("has")}
}

func (s *stored) fields(g *jen.Group) {
	if s == nil {
		return
	}
	g.Id("stored").Qual(pkgStore, "State").Comment("// between the rows and their store")
	g.Id("rowKey").Index().Byte()
}

func (s *stored) rowFields(g *jen.Group) {
	if s == nil {
		return
	}
	g.Id(s.stamp).Uint32().Comment("// the epoch that has changed it last")
	g.Id(s.has).Bool().Comment("// the store has it")
}

// shape says what a row is.
func (s *stored) shape() string { return (&epochal{b: s.b}).shape() }

// open is what Open returns.
func (s *stored) open() jen.Code {
	if s == nil {
		return jen.Nil()
	}
	mode := map[string]string{"opaque": "Opaque", "transactional": "Transactional", "plain": "Plain"}[s.b.comp.Body.Store.Mode]
	return jen.Id("t").Dot("stored").Dot("Open").Call(jen.Id("ctx"), jen.Qual(pkgStore, mode), jen.Lit(s.shape()), jen.Id("t"))
}

// flush is what Finish returns.
func (s *stored) flush() jen.Code {
	if s == nil {
		return jen.Nil()
	}
	return jen.Id("t").Dot("stored").Dot("Flush").Call()
}

// missed writes, where rows are fetched, that the store is asked for a row; elsewhere it is there.
func (s *stored) missed(f *fn, in *ir.Input, ctx *context) []jen.Code {
	if s == nil {
		return nil
	}
	if !ctx.fetching {
		return []jen.Code{jen.Panic(jen.Lit("a row was not fetched"))}
	}
	k := s.b.keyed
	key := jen.Id("t").Dot("rowKey")
	out := []jen.Code{jen.Add(key).Op("=").Add(key).Index(jen.Empty(), jen.Lit(0))}
	for i, at := range k.states[0].InputKeys(in) {
		out = append(out, jen.Add(key).Op("=").Add(s.b.g.encoder(k.key[i].Type)).Call(key, f.fieldOf(in, at).code))
	}
	return append(out, jen.Id("t").Dot("stored").Dot("Miss").Call(jen.Id("st").Dot("row"), key))
}

// mark writes that a block changes its key's row st.
func (s *stored) mark(block *ir.Block) []jen.Code {
	if s == nil || !writes(block, true) {
		return nil
	}
	stamp, now := jen.Id("st").Dot(s.stamp), jen.Id("t").Dot("stored").Dot("Stamp")
	return []jen.Code{jen.If(jen.Add(stamp).Op("!=").Add(now)).Block(
		jen.Add(stamp).Op("=").Add(now),
		jen.Id("t").Dot("stored").Dot("Touch").Call(jen.Id("st").Dot("row"), jen.Id("st").Dot(s.has)))}
}

// fetchMethod is the name of the method that fetches what tuples of an input need.
func fetchMethod(in *ir.Input) string { return "fetch_" + in.Alias }

// fetching writes that a batch is processed whose rows are fetched before.
func (b *boltGen) fetching(in *ir.Input, row *rowType, method string) []jen.Code {
	return []jen.Code{
		jen.Id("b").Op(":=").Id("b").Assert(jen.Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))),
		jen.If(jen.Id("err").Op(":=").Id("t").Dot(fetchMethod(in)).Call(jen.Id("b")), jen.Id("err").Op("!=").Nil()).Block(jen.Return(jen.Id("err"))),
		jen.Id("t").Dot(method).Call(jen.Id("b")),
	}
}

// fetch writes the method that fetches what tuples of an input need; nil where they need nothing.
func (b *boltGen) fetch(in *ir.Input, row *rowType) jen.Code {
	block := b.comp.Body.On[in.Index]
	if b.stored == nil || !usesKeyed(block) {
		return nil
	}
	ctx := &context{exit: "tuples", bodyName: "body", emitted: map[*output]bool{}, fetching: true}
	ctx.raw = func(i int) *jen.Statement { return jen.Id("in").Dot(row.goField(in.Fields[i].Name)) }
	ctx.hash = func() *jen.Statement { return jen.Id("in").Dot(row.hash) }
	f := b.newFn(block, ctx)
	f.fieldOf = func(_ *ir.Input, i int) val {
		return computed(b.g.unpack(in.Fields[i].Type, "b", jen.Id("in").Dot(row.goField(in.Fields[i].Name))))
	}
	find := f.block(func() { b.keyed.lookup(b, f, in, row, ctx) })
	return jen.Commentf("%s sees that the rows are there which the tuples of a batch need.", fetchMethod(in)).Line().
		Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id(fetchMethod(in)).
		Params(jen.Id("b").Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName))).Error().Block(
		jen.For(jen.Id("i").Op(":=").Range().Id("b").Dot("Rows")).Block(
			append([]jen.Code{jen.Id("in").Op(":=").Op("&").Id("b").Dot("Rows").Index(jen.Id("i"))}, find...)...),
		jen.Return(jen.Id("t").Dot("stored").Dot("Load").Call()))
}

// methods are those of store.Rows, and what the engine asks for.
func (s *stored) methods() []jen.Code {
	if s == nil {
		return nil
	}
	b := s.b
	k := b.keyed
	if b.g.kept != nil {
		b.g.kept[b.comp] = "stored " + b.comp.Body.Store.Mode + ": " + s.shape()
	}
	self := func() *jen.Statement { return jen.Func().Params(jen.Id("t").Op("*").Id(b.goName)) }
	method := func(comment string, s *jen.Statement, body ...jen.Code) jen.Code {
		return jen.Comment(comment).Line().Add(s.Block(body...))
	}
	bytes := func() *jen.Statement { return jen.Index().Byte() }

	row := []jen.Code{
		jen.List(jen.Id("key"), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("row"))),
		jen.Id("_").Op("=").Id("key"),
		jen.Id("st").Dot(s.has).Op("=").True(),
	}
	for i, f := range k.key {
		row = append(row, jen.Id("keys").Op("=").Add(b.g.encoder(f.Type)).Call(jen.Id("keys"), k.part(i)))
	}
	load := []jen.Code{
		jen.List(jen.Id("_"), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("row"))),
		jen.Id("r").Op(":=").Qual(pkgCodec, "NewReader").Call(jen.Id("value")),
	}
	for _, st := range k.states {
		row = append(row, jen.Id("values").Op("=").Add(b.g.encoder(st.Type)).Call(jen.Id("values"), jen.Id("st").Dot(k.goOf[st])))
		load = append(load, jen.Id("st").Dot(k.goOf[st]).Op("=").Add(b.g.decoder(st.Type)).Call(jen.Id("r")))
	}
	row = append(row, jen.Return(jen.Id("keys"), jen.Id("values")))
	load = append(load, jen.Id("st").Dot(s.has).Op("=").True(), jen.Return(jen.Id("r").Dot("Close").Call()))

	table := "Text"
	if k.kind() == intKey {
		table = "Int"
	}
	var size []jen.Code
	if b.retry {
		size = append(size, jen.If(jen.List(jen.Id("n"), jen.Id("_")).Op(":=").Id("t").Dot("Held").Call(), jen.Id("n").Op(">").Lit(0)).Block(jen.Return(jen.Lit(0)).Comment("// what is held back needs its rows")))
	}
	size = append(size, jen.Return(jen.Id("t").Dot("keyed").Dot("Len").Call()))
	return []jen.Code{
		method("StoredRow appends a row as it is stored.", self().Id("StoredRow").Params(jen.Id("row").Int32(), jen.List(jen.Id("keys"), jen.Id("values")).Add(bytes())).Params(bytes(), bytes()), row...),
		method("LoadRow takes a row out of the store.", self().Id("LoadRow").Params(jen.Id("row").Int32(), jen.Id("value").Add(bytes())).Error(), load...),
		method("Size is how many rows are in memory.", self().Id("Size").Params().Int(), size...),
		method("Drop forgets them.", self().Id("Drop").Params(), jen.Id("t").Dot("keyed").Op("=").Qual(pkgTable, table).Types(jen.Id(k.goName)).Values()),
		method("Inner is what commits with the epochs.", self().Id("Inner").Params().Any(), jen.Return(jen.Op("&").Id("t").Dot("stored"))),
		method("Buffered says that what tuples have changed may wait for Idle.", self().Id("Buffered").Params().Bool(), jen.Return(jen.True())),
		method("Idle puts what waits where there are no epochs.", self().Id("Idle").Params().Error(), jen.Return(jen.Id("t").Dot("stored").Dot("Flush").Call())),
		method("Close lets go of the store.", self().Id("Close").Params(jen.Bool()).Error(), jen.Return(jen.Id("t").Dot("stored").Dot("Close").Call())),
	}
}

// found writes that a key's row is there of which a query asks, and is code for whether the key has one.
func (s *stored) found(place jen.Code, keys []jen.Code) (before []jen.Code, none *jen.Statement) {
	k := s.b.keyed
	key := jen.Id("t").Dot("rowKey")
	var init []jen.Code
	init = append(init, jen.Id("st").Dot("row").Op("=").Int32().Call(jen.Id("t").Dot("keyed").Dot("Last").Call()))
	for i, name := range k.keyOf {
		init = append(init, jen.Id("st").Dot(name).Op("=").Add(keys[i]))
	}
	for _, st := range k.states {
		if st.Initial != nil {
			f := s.b.g.startup(s.b.comp)
			v := f.expr(st.Initial).code
			init = append(append(init, f.stmts...), jen.Id("st").Dot(k.goOf[st]).Op("=").Add(v))
		}
	}
	init = append(init, jen.Add(key).Op("=").Add(key).Index(jen.Empty(), jen.Lit(0)))
	for i, f := range k.key {
		init = append(init, jen.Add(key).Op("=").Add(s.b.g.encoder(f.Type)).Call(key, keys[i]))
	}
	init = append(init, jen.Id("t").Dot("stored").Dot("Miss").Call(jen.Id("st").Dot("row"), key),
		jen.If(jen.Id("err").Op(":=").Id("t").Dot("stored").Dot("Load").Call(), jen.Id("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id("err"))))
	before = []jen.Code{
		jen.List(jen.Id("st"), jen.Id("fresh")).Op(":=").Id("t").Dot("keyed").Dot("Row").Call(place, jen.Id("key")),
		jen.If(jen.Id("fresh")).Block(init...),
	}
	return before, jen.Op("!").Id("st").Dot(s.has).Op("&&").Id("st").Dot(s.stamp).Op("!=").Id("t").Dot("stored").Dot("Stamp")
}
