package codegen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// The state of a bolt in a run that commits in epochs: component.Kept. A key's row notes the epoch in which it was written last, and is then in the list of those that have
// changed: a tuple costs a comparison. Rows are written as streams are, by the codecs of their types; moments as moments, since the task counts them from when it was opened.

// epochal is what a bolt needs for it.
type epochal struct {
	b     *boltGen
	stamp string // of the task and of the key's row: the epoch
	dirty string // of the task: rows that have changed
	gone  string // of the task: keys that were deleted, and their number
	goneN string
	own   string // of the task: what it has once has changed
	mine  string // of the task: which keys it takes where they are restored
}

// commits reports whether the topology's runs may commit in epochs.
func (g *generator) commits() bool { return g.prog.Guarantee == "exactly-once" && g.tests == nil }

func (b *boltGen) newEpochs() {
	if !b.g.commits() || b.stored != nil || b.keyed == nil && b.own == nil {
		return
	}
	e := &epochal{b: b, stamp: b.member.take("stamp"), dirty: b.member.take("dirty"), own: b.member.take("changed"), mine: b.member.take("mine")}
	if b.ttl != nil && b.ttl.whole || b.ending != nil {
		e.gone, e.goneN = b.member.take("gone"), b.member.take("goneKeys")
	}
	if b.keyed != nil {
		e.stamp = b.keyed.member.take(e.stamp)
	}
	b.epochs = e
}

func (e *epochal) fields(s *jen.Group) {
	if e == nil {
		return
	}
	if e.b.own != nil {
		s.Id(e.own).Bool().Comment("// what the task has once, in this epoch")
	}
	if e.b.keyed != nil {
		s.Id(e.stamp).Uint32().Comment("// this epoch's")
		s.Id(e.dirty).Index().Int32().Comment("// rows that it has changed")
		s.Id(e.mine).Func().Params(jen.Uint64()).Bool().Comment("// which keys are restored; nil: all")
	}
	if e.gone != "" {
		s.Id(e.gone).Index().Byte().Comment("// keys that it has deleted")
		s.Id(e.goneN).Uint64()
	}
}

func (e *epochal) literal(d jen.Dict) {
	if e != nil && e.b.keyed != nil {
		d[jen.Id(e.stamp)] = jen.Lit(1)
	}
}

// writes are the states of a scope that a block writes.
func writes(block *ir.Block, keyed bool) bool {
	found := false
	ir.WalkBlock(block, func(s ir.Stmt) {
		if a, ok := s.(*ir.Assign); ok {
			if st, ok := ir.TargetRoot(a.Target).(*ir.StateRef); ok && st.State.Scope != ir.PerTest && (st.State.Scope == ir.PerKey) == keyed {
				found = true
			}
		}
	}, func(ir.Expr) {})
	return found
}

// markOwn writes that a block changes what the task has once.
func (e *epochal) markOwn(block *ir.Block) []jen.Code {
	if e == nil || e.b.own == nil || !writes(block, false) {
		return nil
	}
	return []jen.Code{jen.Id("t").Dot(e.own).Op("=").True()}
}

// mark writes that a block, of an input or a timer, changes its key's row st. More than what it writes changes where keys are visited, or noted by time.
func (e *epochal) mark(block *ir.Block) []jen.Code {
	if e == nil || e.b.keyed == nil {
		return nil
	}
	if b := e.b; !writes(block, true) && b.ttl == nil && !b.live && !b.visitsKeys() && len(b.timers) == 0 && b.ending == nil {
		return nil
	}
	stamp := jen.Id("st").Dot(e.stamp)
	return []jen.Code{jen.If(jen.Add(stamp).Op("!=").Id("t").Dot(e.stamp)).Block(
		jen.Add(stamp).Op("=").Id("t").Dot(e.stamp),
		jen.Id("t").Dot(e.dirty).Op("=").Append(jen.Id("t").Dot(e.dirty), jen.Id("st").Dot("row")))}
}

// deleted writes that the key of st, whose table key is key, is deleted.
func (e *epochal) deleted() []jen.Code {
	if e == nil {
		return nil
	}
	dst := jen.Id("t").Dot(e.gone)
	return append(e.appendKey(dst), jen.Id("t").Dot(e.goneN).Op("++"))
}

// appendKey writes that the key of st is appended.
func (e *epochal) appendKey(dst *jen.Statement) []jen.Code {
	k := e.b.keyed
	switch k.kind() {
	case textKey:
		return []jen.Code{jen.Add(dst).Op("=").Qual(pkgCodec, "AppendString").Call(dst, jen.Id("key"))}
	case intKey:
		return []jen.Code{jen.Add(dst).Op("=").Qual(pkgCodec, "AppendInt").Call(dst, jen.Id("key"))}
	}
	out := []jen.Code{jen.Id("_").Op("=").Id("key")}
	for i, name := range k.keyOf {
		out = append(out, jen.Add(dst).Op("=").Add(e.b.g.encoder(k.key[i].Type)).Call(dst, jen.Id("st").Dot(name)))
	}
	return out
}

// readKey writes that a key is read: the variables key, h (its hash) and, of a key of several parts, key0 and so on.
//
// With routed there is the variable route, too, the hash by which tuples of the key are sent to their task.
func (b *boltGen) readKey(routed bool) []jen.Code {
	k, g := b.keyed, b.g
	same := func(code ...jen.Code) []jen.Code {
		if routed {
			code = append(code, jen.Id("route").Op(":=").Id("h"))
		}
		return code
	}
	switch k.kind() {
	case textKey:
		return same(jen.Id("key").Op(":=").Id("r").Dot("String").Call(), jen.Id("h").Op(":=").Add(g.hashOf(k.key[0].Type, jen.Id("key"), false)))
	case intKey:
		return same(jen.Id("key").Op(":=").Id("r").Dot("Int").Call(), jen.Id("h").Op(":=").Qual(pkgHash, "Int").Call(jen.Id("key")))
	}
	var out []jen.Code
	part := func(i int) jen.Code { return jen.Id(fmt.Sprintf("key%d", i)) }
	for i, f := range k.key {
		out = append(out, jen.Add(part(i)).Op(":=").Add(g.decoder(f.Type)).Call(jen.Id("r")))
	}
	out = append(out, jen.Id("t").Dot("key").Op("=").Id("t").Dot("key").Index(jen.Empty(), jen.Lit(0)))
	for i, f := range k.key {
		out = append(out, jen.Id("t").Dot("key").Op("=").Add(g.encoder(f.Type)).Call(jen.Id("t").Dot("key"), part(i)))
	}
	out = append(out, jen.Id("key").Op(":=").Qual(pkgArena, "View").Call(jen.Id("t").Dot("key")))
	// As an edge makes the hash that it carries, and the lookup what it does not carry: see edgeHash and keyedState.hash.
	by := slices.Sorted(slices.Values(b.keyedBy()))
	var h jen.Code
	add := func(i int) {
		one := g.hashOf(k.key[i].Type, part(i), false)
		if h == nil {
			h = one
		} else {
			h = jen.Qual(pkgHash, "Combine").Call(h, one)
		}
	}
	for _, name := range by {
		add(slices.IndexFunc(k.key, func(f types.Field) bool { return f.Name == name }))
	}
	if routed {
		out = append(out, jen.Id("route").Op(":=").Add(h))
		h = jen.Id("route")
	}
	for i, f := range k.key {
		if !slices.Contains(by, f.Name) {
			add(i)
		}
	}
	return append(out, jen.Id("h").Op(":=").Add(h))
}

// shape says what the bytes are.
func (e *epochal) shape() string {
	var parts []string
	for _, s := range e.b.comp.Body.States {
		text := "state " + s.Name + " " + shapeOf(s.Type)
		switch s.Scope {
		case ir.Shared:
			text += " shared"
		case ir.PerKey:
			text += " per"
			for _, f := range s.Key {
				text += " " + f.Name + " " + shapeOf(f.Type)
			}
			if s.TTL != nil {
				text += " ttl"
			}
		case ir.PerTest:
			continue
		}
		parts = append(parts, text)
	}
	for _, t := range e.b.timers {
		if t.Kind == ir.After {
			parts = append(parts, "after")
		}
	}
	if e.b.live {
		parts = append(parts, "live")
	}
	if e.gone != "" {
		parts = append(parts, "gone")
	}
	return strings.Join(parts, ", ")
}

// shapeOf writes a type as package shape reads it.
func shapeOf(t *types.Type) string {
	switch t.Kind {
	case types.List:
		return "[]" + shapeOf(t.Elem)
	case types.Optional:
		return "?" + shapeOf(t.Elem)
	case types.Map:
		return "map[" + shapeOf(t.Key) + "]" + shapeOf(t.Elem)
	case types.Record:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = f.Name + " " + shapeOf(f.Type)
		}
		slices.Sort(parts)
		return "(" + strings.Join(parts, ",") + ")"
	}
	return typeKey(t)
}

// moment is code for a time of the task as a moment; since is the other way round.
func moment(d *jen.Statement) jen.Code { return jen.Id("t").Dot("began").Dot("Add").Call(d) }
func since(m jen.Code) jen.Code        { return jen.Add(m).Dot("Sub").Call(jen.Id("t").Dot("began")) }

// methods are those of component.Kept.
func (e *epochal) methods() []jen.Code {
	if e == nil {
		return nil
	}
	b := e.b
	if b.g.kept != nil {
		b.g.kept[b.comp] = e.shape()
	}
	self := func() *jen.Statement { return jen.Func().Params(jen.Id("t").Op("*").Id(b.goName)) }
	out := []jen.Code{
		jen.Comment("Shape says what is kept.").Line().Add(self().Id("Shape").Params().String().Block(jen.Return(jen.Lit(e.shape())))),
		jen.Comment("Changes appends what has changed in an epoch, or all that is kept.").Line().
			Add(self().Id("Changes").Params(jen.Id("dst").Index().Byte(), jen.Id("all").Bool()).Params(jen.Index().Byte(), jen.Error()).Block(e.changes()...)),
		jen.Comment("Restore takes what Changes gave.").Line().
			Add(self().Id("Restore").Params(jen.Id("src").Index().Byte()).Error().Block(e.restore()...)),
	}
	var first []jen.Code
	for _, s := range b.comp.Body.States {
		if s.Initial == nil || s.Scope == ir.PerTest {
			continue
		}
		f := b.g.startup(b.comp)
		v := f.expr(s.Initial).code
		first = append(first, jen.Case(jen.Lit(s.Name)).Block(append(f.stmts, jen.Return(jen.Add(b.g.encoder(s.Type)).Call(jen.Nil(), v)))...))
	}
	if first != nil {
		out = append(out, jen.Comment("First is what a state begins with.").Line().
			Add(jen.Func().Params(jen.Op("*").Id(b.goName)).Id("First").Params(jen.Id("state").String()).Index().Byte().Block(
				jen.Switch(jen.Id("state")).Block(first...), jen.Return(jen.Nil()))))
	}
	if b.keyed == nil {
		return out
	}
	out = append(out, jen.Comment("Mine says which keys are restored.").Line().
		Add(self().Id("Mine").Params(jen.Id("owns").Func().Params(jen.Uint64()).Bool()).Block(jen.Id("t").Dot(e.mine).Op("=").Id("owns"))))
	row := e.appendKey(jen.Id("dst"))
	add := func(f string, v jen.Code) {
		row = append(row, jen.Id("dst").Op("=").Qual(pkgCodec, f).Call(jen.Id("dst"), v))
	}
	for _, s := range b.keyed.states {
		row = append(row, jen.Id("dst").Op("=").Add(b.g.encoder(s.Type)).Call(jen.Id("dst"), jen.Id("st").Dot(b.keyed.goOf[s])))
	}
	for _, t := range b.timers {
		if t.Kind == ir.After {
			add("AppendTime", moment(jen.Id("st").Dot(t.last)))
			add("AppendBool", jen.Id("st").Dot(t.waits))
		}
	}
	if b.ttl != nil {
		for _, l := range b.ttl.states {
			add("AppendTime", moment(jen.Id("st").Dot(l.written)))
		}
	}
	if b.live {
		add("AppendBool", jen.Id("st").Dot("live"))
	}
	out = append(out, jen.Comment("kept appends a key and what is kept of it.").Line().
		Add(self().Id("kept").Params(jen.Id("dst").Index().Byte(), jen.Id("key").Add(b.keyed.keyType()), jen.Id("st").Op("*").Id(b.keyed.goName)).Index().Byte().
			Block(append(row, jen.Return(jen.Id("dst")))...)))
	var deadlines []jen.Code
	keyName := "_"
	if b.ending != nil {
		deadlines = b.ending.wait(b)
		if b.keyed.kind() == intKey {
			keyName = "key"
		}
	}
	for _, t := range b.timers {
		if t.Kind == ir.After {
			deadlines = append(deadlines, jen.If(jen.Id("st").Dot(t.waits)).Block(
				jen.Id("t").Dot(t.next).Dot("Add").Call(jen.Id("st").Dot(t.last).Op("+").Id("t").Dot(t.delay), jen.Id("st").Dot("row"))))
		}
	}
	if b.ttl != nil {
		next := jen.Id("next").Op(":=").Qual(pkgTask, "Never")
		deadlines = append(deadlines, next)
		for _, l := range b.ttl.states {
			deadlines = append(deadlines, jen.Id("next").Op("=").Id("min").Call(jen.Id("next"), jen.Id("st").Dot(l.written).Op("+").Id("t").Dot(l.ttl)))
		}
		deadlines = append(deadlines, jen.Id("t").Dot(b.ttl.queue).Dot("Add").Call(jen.Id("next"), jen.Id("st").Dot("row")))
	}
	if len(deadlines) > 0 {
		out = append(out, jen.Comment("Restored lets the restored keys wait for their times.").Line().
			Add(self().Id("Restored").Params().Block(
				jen.Id("t").Dot("keyed").Dot("Each").Call(jen.Func().Params(jen.Id(keyName).Add(b.keyed.keyType()), jen.Id("st").Op("*").Id(b.keyed.goName)).Bool().
					Block(append(deadlines, jen.Return(jen.True()))...)))))
	}
	return out
}

// changes is the body of Changes.
func (e *epochal) changes() []jen.Code {
	b := e.b
	dst := jen.Id("dst")
	var none *jen.Statement // nothing has changed
	and := func(c *jen.Statement) {
		if none == nil {
			none = jen.Op("!").Id("all").Op("&&").Add(c)
		} else {
			none = none.Op("&&").Add(c)
		}
	}
	if b.own != nil {
		and(jen.Op("!").Id("t").Dot(e.own))
	}
	if b.keyed != nil {
		and(jen.Len(jen.Id("t").Dot(e.dirty)).Op("==").Lit(0))
	}
	if e.gone != "" {
		and(jen.Id("t").Dot(e.goneN).Op("==").Lit(0))
	}
	out := []jen.Code{jen.If(none).Block(jen.Return(dst, jen.Nil()))}
	if b.own != nil {
		out = append(out, jen.Id("own").Op(":=").Id("all").Op("||").Id("t").Dot(e.own),
			jen.Add(dst).Op("=").Qual(pkgCodec, "AppendBool").Call(dst, jen.Id("own")))
		var write []jen.Code
		for _, s := range b.own.states {
			if s.Scope != ir.PerTest {
				write = append(write, jen.Add(dst).Op("=").Add(b.g.encoder(s.Type)).Call(dst, jen.Id("t").Dot("own").Dot(b.own.goOf[s])))
			}
		}
		out = append(out, jen.If(jen.Id("own")).Block(write...),
			jen.If(jen.Op("!").Id("all")).Block(jen.Id("t").Dot(e.own).Op("=").False()))
	}
	if b.keyed == nil {
		return append(out, jen.Return(dst, jen.Nil()))
	}
	keyType, rowType := b.keyed.keyType(), jen.Op("*").Id(b.keyed.goName)
	if e.gone != "" {
		out = append(out, jen.If(jen.Id("all")).Block(jen.Add(dst).Op("=").Qual(pkgCodec, "AppendUvarint").Call(dst, jen.Lit(0))).Else().Block(
			jen.Add(dst).Op("=").Qual(pkgCodec, "AppendUvarint").Call(dst, jen.Id("t").Dot(e.goneN)),
			jen.Add(dst).Op("=").Append(dst, jen.Id("t").Dot(e.gone).Op("...")),
			jen.List(jen.Id("t").Dot(e.gone), jen.Id("t").Dot(e.goneN)).Op("=").List(jen.Id("t").Dot(e.gone).Index(jen.Empty(), jen.Lit(0)), jen.Lit(0))))
	}
	loop := []jen.Code{
		jen.List(jen.Id("key"), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("row"))),
		jen.If(jen.Id("st").Dot(e.stamp).Op("==").Id("t").Dot(e.stamp)).Block(
			jen.Add(dst).Op("=").Id("t").Dot("kept").Call(dst, jen.Id("key"), jen.Id("st"))),
	}
	if e.gone != "" {
		loop = append([]jen.Code{jen.If(jen.Op("!").Id("t").Dot("keyed").Dot("Holds").Call(jen.Int().Call(jen.Id("row")))).Block(jen.Continue())}, loop...)
	}
	return append(out,
		jen.If(jen.Id("all")).Block(
			jen.Id("t").Dot("keyed").Dot("Each").Call(jen.Func().Params(jen.Id("key").Add(keyType), jen.Id("st").Add(rowType)).Bool().Block(
				jen.Add(dst).Op("=").Id("t").Dot("kept").Call(dst, jen.Id("key"), jen.Id("st")),
				jen.Return(jen.True()))),
			jen.Return(dst, jen.Nil())),
		jen.For(jen.List(jen.Id("_"), jen.Id("row")).Op(":=").Range().Id("t").Dot(e.dirty)).Block(loop...),
		jen.Id("t").Dot(e.dirty).Op("=").Id("t").Dot(e.dirty).Index(jen.Empty(), jen.Lit(0)),
		jen.Id("t").Dot(e.stamp).Op("++"),
		jen.Return(dst, jen.Nil()))
}

// restore is the body of Restore.
func (e *epochal) restore() []jen.Code {
	b := e.b
	r := func(method string) *jen.Statement { return jen.Id("r").Dot(method).Call() }
	out := []jen.Code{jen.Id("r").Op(":=").Qual(pkgCodec, "NewReader").Call(jen.Id("src"))}
	if b.own != nil {
		var read []jen.Code
		for _, s := range b.own.states {
			if s.Scope != ir.PerTest {
				read = append(read, jen.Id("t").Dot("own").Dot(b.own.goOf[s]).Op("=").Add(b.g.decoder(s.Type)).Call(jen.Id("r")))
			}
		}
		out = append(out, jen.If(r("Bool")).Block(read...))
	}
	if b.keyed == nil {
		return append(out, jen.Return(r("Close")))
	}
	place := func() jen.Code {
		if b.keyed.kind() == intKey {
			return jen.Id("h")
		}
		return jen.Qual(pkgHash, "With").Call(jen.Id("h"), jen.Id("key"))
	}
	if e.gone != "" {
		out = append(out, jen.For(jen.Id("n").Op(":=").Add(r("Uvarint")), jen.Id("n").Op(">").Lit(0).Op("&&").Id("r").Dot("Err").Call().Op("==").Nil(), jen.Id("n").Op("--")).Block(append(b.readKey(false),
			jen.If(jen.Id("st").Op(":=").Id("t").Dot("keyed").Dot("Get").Call(place(), jen.Id("key")), jen.Id("st").Op("!=").Nil()).Block(
				jen.Id("t").Dot("keyed").Dot("Delete").Call(jen.Id("h"), jen.Int().Call(jen.Id("st").Dot("row")))))...))
	}
	mine := jen.Id("t").Dot(e.mine)
	out = append(out, jen.Var().Id("other").Id(b.keyed.goName).Comment("// another task's"))
	loop := append(b.readKey(true), jen.If(jen.Id("r").Dot("Err").Call().Op("!=").Nil()).Block(jen.Break()),
		jen.List(jen.Id("st"), jen.Id("fresh")).Op(":=").List(jen.Op("&").Id("other"), jen.False()),
		jen.If(jen.Add(mine).Op("==").Nil().Op("||").Add(mine).Call(jen.Id("route"))).Block(
			jen.List(jen.Id("st"), jen.Id("fresh")).Op("=").Id("t").Dot("keyed").Dot("Row").Call(place(), jen.Id("key"))))
	first := []jen.Code{jen.Id("st").Dot("row").Op("=").Int32().Call(jen.Id("t").Dot("keyed").Dot("Last").Call())}
	for i, name := range b.keyed.keyOf {
		first = append(first, jen.Id("st").Dot(name).Op("=").Id(fmt.Sprintf("key%d", i)))
	}
	if b.ttl != nil && b.ttl.whole {
		first = append(first, jen.Id("st").Dot(b.ttl.hash).Op("=").Id("h"))
	}
	if b.ending != nil {
		first = append(first, jen.Id("st").Dot(b.ending.hash).Op("=").Id("h"))
	}
	loop = append(loop, jen.If(jen.Id("fresh")).Block(first...))
	for _, s := range b.keyed.states {
		loop = append(loop, jen.Id("st").Dot(b.keyed.goOf[s]).Op("=").Add(b.g.decoder(s.Type)).Call(jen.Id("r")))
	}
	for _, t := range b.timers {
		if t.Kind == ir.After {
			loop = append(loop, jen.Id("st").Dot(t.last).Op("=").Add(since(r("Time"))), jen.Id("st").Dot(t.waits).Op("=").Add(r("Bool")))
		}
	}
	if b.ttl != nil {
		for _, l := range b.ttl.states {
			loop = append(loop, jen.Id("st").Dot(l.written).Op("=").Add(since(r("Time"))))
		}
	}
	if b.live {
		loop = append(loop, jen.Id("st").Dot("live").Op("=").Add(r("Bool")))
	}
	return append(out, jen.For(r("More")).Block(loop...), jen.Return(r("Close")))
}
