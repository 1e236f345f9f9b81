package codegen

import (
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// keyedState is the state of a bolt that is kept per key: one table, whose rows hold all of it.
type keyedState struct {
	g      *generator
	states []*ir.State
	key    []types.Field
	goName string // of the row
	goOf   map[*ir.State]string
	keyOf  []string             // fields that hold a key of several parts, so that it can be read back
	parts  map[*ir.Stream][]int // for each `latest by` field of a stream, the part of the key it carries
	markOf map[*output]string   // fields that say which pending row of a `latest` edge has this key
	member *names
}

func (b *boltGen) keyedState() *keyedState {
	var k *keyedState
	for _, s := range b.comp.Body.States {
		if s.Scope != ir.PerKey {
			continue
		}
		if k == nil {
			k = &keyedState{g: b.g, key: s.Key, goName: b.g.global.take(b.comp.Name + "State"), goOf: map[*ir.State]string{},
				parts: map[*ir.Stream][]int{}, markOf: map[*output]string{}, member: newNames("live", "row")}
		}
		k.states = append(k.states, s)
		k.goOf[s] = k.member.take(s.Name)
	}
	if k != nil && k.kind() == compositeKey {
		for i := range k.key {
			k.keyOf = append(k.keyOf, k.member.take("key"+strconv.Itoa(i)))
		}
	}
	return k
}

// How a key is looked up.
type keyKind int

const (
	textKey      keyKind = iota // one string
	intKey                      // one int, bool, time or duration
	compositeKey                // anything else: its encoding
)

func (k *keyedState) kind() keyKind {
	if len(k.key) == 1 {
		switch k.key[0].Type.Kind {
		case types.String:
			return textKey
		case types.Int, types.Time, types.Duration, types.Enum:
			return intKey
		}
	}
	return compositeKey
}

func (k *keyedState) field(b *boltGen, s *jen.Group) {
	if k == nil {
		return
	}
	table := "Text"
	if k.kind() == intKey {
		table = "Int"
	}
	s.Id("keyed").Qual(pkgTable, table).Types(jen.Id(k.goName))
	if k.kind() == compositeKey {
		s.Id("key").Index().Byte()
	}
}

// write writes the row's type.
func (k *keyedState) write(b *boltGen, f *jen.File) {
	if k == nil {
		return
	}
	f.Commentf("%s is what %s keeps per key.", k.goName, b.comp.Name)
	f.Type().Id(k.goName).StructFunc(func(s *jen.Group) {
		for _, st := range k.states {
			s.Id(k.goOf[st]).Add(b.g.goType(st.Type))
		}
		for i, name := range k.keyOf {
			s.Id(name).Add(b.g.goType(k.key[i].Type))
		}
		for _, o := range b.outs.list {
			if mark := k.markOf[o]; mark != "" {
				s.Id(mark).Uint64().Comment("// the pending row of this key: batch.Mark")
			}
		}
		for _, g := range b.gatherList() {
			for i, f := range g.stream.Fields {
				if field := g.values[i]; field != "" && !b.isState(field) {
					s.Id(field).Add(b.g.rowField(f.Type))
				}
			}
		}
		if b.needsRow() {
			s.Id("row").Int32().Comment("// this row's number in the table")
		}
		b.stored.rowFields(s)
		if b.epochs != nil {
			s.Id(b.epochs.stamp).Uint32().Comment("// the epoch that has changed it last")
		}
		b.timerRowFields(s)
		b.ttl.rowFields(s)
		for _, g := range b.gatherList() {
			s.Id(g.waits).Bool().Comment("// a tuple of this key waits to leave")
		}
		if b.live {
			s.Id("live").Bool().Comment("// false for a key whose tuples have all failed")
		}
	})
}

// lookup writes `st, fresh := t.keyed.Row(hash, key)`.
func (k *keyedState) lookup(b *boltGen, f *fn, in *ir.Input, row *rowType, ctx *context) {
	if ctx.bunched {
		k.foundRow(b, f, in, ctx)
		return
	}
	parts := make([]jen.Code, len(k.key))
	for i, at := range k.states[0].InputKeys(in) {
		if at < 0 {
			panic("codegen: input " + in.Alias + " has no key field " + k.key[i].Name + ": the checker let it through")
		}
		if k.kind() == intKey {
			parts[i] = ctx.raw(at)
		} else {
			parts[i] = f.fieldOf(in, at).code
		}
	}
	place := func() (place, key jen.Code) { return k.place(b, f, in, ctx, parts) }
	session := b.ending != nil && b.ending.Frames != nil && b.ending.Frames.Session
	if session {
		b.ending.find(b, f, parts, place)
	}
	var init []jen.Code
	if b.needsRow() {
		init = append(init, jen.Id("st").Dot("row").Op("=").Int32().Call(jen.Id("t").Dot("keyed").Dot("Last").Call()))
	}
	for _, s := range k.states {
		if s.Initial != nil {
			init = append(init, jen.Id("st").Dot(k.goOf[s]).Op("=").Add(f.expr(s.Initial).code))
		}
	}
	for i, name := range k.keyOf {
		init = append(init, jen.Id("st").Dot(name).Op("=").Add(b.g.clone(k.key[i].Type, parts[i])))
	}
	init = append(init, b.ending.begin(b, k.hash(b, f, in, ctx, parts), parts)...)
	init = append(init, b.ttl.begin(k.hash(b, f, in, ctx, parts))...)
	init = append(init, b.stored.missed(f, in, ctx)...)
	if !session {
		fresh := "_"
		if len(init) > 0 {
			fresh = "fresh"
		}
		at, key := place()
		f.add(jen.List(jen.Id("st"), jen.Id(fresh)).Op(":=").Id("t").Dot("keyed").Dot("Row").Call(at, key))
	}
	if len(init) > 0 {
		code := jen.If(jen.Id("fresh")).Block(init...)
		if expire := b.ttl.expire(b); len(expire) > 0 {
			code = code.Else().Block(expire...)
		}
		f.add(code)
	}
	if ctx.fetching {
		f.add(jen.Id("_").Op("=").Id("st"))
		return
	}
	f.add(b.epochs.mark(b.comp.Body.On[in.Index])...)
	f.add(b.stored.mark(b.comp.Body.On[in.Index])...)
	if ctx.rollback {
		f.add(k.copyRow()...)
	}
}

// place is code for what the table finds a key by, and for the key.
func (k *keyedState) place(b *boltGen, f *fn, in *ir.Input, ctx *context, parts []jen.Code) (place, key jen.Code) {
	switch k.kind() {
	case textKey:
		key = parts[0]
	case intKey:
		key = parts[0]
		if kind := k.key[0].Type.Kind; kind == types.Duration || kind == types.Enum {
			key = jen.Int64().Call(key)
		}
	case compositeKey:
		f.add(jen.Id("t").Dot("key").Op("=").Id("t").Dot("key").Index(jen.Empty(), jen.Lit(0)))
		for i, p := range parts {
			f.add(jen.Id("t").Dot("key").Op("=").Add(b.g.encoder(k.key[i].Type)).Call(jen.Id("t").Dot("key"), p))
		}
		key = jen.Qual(pkgArena, "View").Call(jen.Id("t").Dot("key"))
	}
	place = k.hash(b, f, in, ctx, parts)
	if k.kind() != intKey {
		place = jen.Qual(pkgHash, "With").Call(place, key)
	}
	return place, key
}

// hash is code for the hash of a key: the one that the tuple came by, with those of the parts it did not come by.
func (k *keyedState) hash(b *boltGen, f *fn, in *ir.Input, ctx *context, parts []jen.Code) jen.Code {
	var h jen.Code = ctx.hash()
	by := b.keyedBy()
	if len(by) == len(k.key) {
		return h
	}
	for i, field := range k.key {
		if !slices.Contains(by, field.Name) {
			h = jen.Qual(pkgHash, "Combine").Call(h, b.g.hashOf(field.Type, parts[i], false))
		}
	}
	return h
}

// keyedBy are the fields by which tuples that use keyed state come: all of the key, or some of it. They are the same for all inputs.
func (b *boltGen) keyedBy() []string {
	for _, in := range b.comp.Inputs {
		if !usesKeyed(b.comp.Body.On[in.Index]) {
			continue
		}
		for _, e := range b.g.ins[b.comp] {
			if e.Input == in && e.Grouping == ir.ByFields {
				return e.KeyNames()
			}
		}
	}
	var all []string
	for _, k := range b.keyed.key {
		all = append(all, k.Name)
	}
	return all
}

// foundRow writes what a tuple does first whose key's row was found with those of others.
func (k *keyedState) foundRow(b *boltGen, f *fn, in *ir.Input, ctx *context) {
	var init []jen.Code
	if ctx.next = b.needsRow(); ctx.next {
		init = append(init, jen.Id("st").Dot("row").Op("=").Id("next"), jen.Id("next").Op("++"))
	}
	for _, s := range k.states {
		if s.Initial != nil {
			init = append(init, f.block(func() { f.add(jen.Id("st").Dot(k.goOf[s]).Op("=").Add(f.expr(s.Initial).code)) })...)
		}
	}
	if ctx.fresh = len(init) > 0; ctx.fresh {
		f.add(jen.If(isFresh()).Block(init...))
	}
	f.add(b.epochs.mark(b.comp.Body.On[in.Index])...)
	if ctx.rollback {
		f.add(k.copyRow()...)
	}
}

// copyRow makes the copy that a tuple works on where it may have to be taken back.
func (k *keyedState) copyRow() []jen.Code {
	return []jen.Code{jen.Id("cur").Op(":=").Op("*").Id("st")}
}

// keep makes a tuple's changes stay.
func (k *keyedState) keep(b *boltGen, ctx *context) []jen.Code {
	row := "st"
	var out []jen.Code
	if ctx.rollback {
		row = "cur"
		out = append(out, jen.Op("*").Id("st").Op("=").Id("cur"))
	}
	if b.live {
		out = append([]jen.Code{jen.Id(row).Dot("live").Op("=").True()}, out...)
	}
	return out
}

// perKey lowers a block that runs for a key, whose row is st: `finish per`, `every per`, `after`.
func (b *boltGen) perKey(name string, keys []*ir.Local, block *ir.Block) []jen.Code {
	k := b.keyed
	failing := b.newFailing(name, func() []named {
		var values []named
		for i, field := range k.key {
			values = append(values, named{field.Name, field.Type, k.part(i)})
		}
		return values
	}, k.keyParam(), jen.Id("st").Op("*").Id(k.goName))
	failing.args = []jen.Code{jen.Id("key"), jen.Id("st")}
	if k.kind() == compositeKey {
		failing.args[0] = jen.Lit("")
	}
	return b.once(block, failing, func(f *fn) {
		f.add(b.ttl.expire(b)...)
		f.add(b.epochs.mark(block)...)
		for i, l := range keys {
			f.declare(l, k.part(i))
		}
	})
}

// part is code for a part of the key, where key and st are the table's.
func (k *keyedState) part(i int) jen.Code {
	if k.kind() == compositeKey {
		return jen.Id("st").Dot(k.keyOf[i])
	}
	v := jen.Id("key")
	switch k.key[i].Type.Kind {
	case types.Time:
		return jen.Qual(pkgValue, "Time").Call(v)
	case types.Duration:
		return jen.Qual("time", "Duration").Call(v)
	case types.Enum:
		return jen.Add(k.g.goType(k.key[i].Type)).Call(v)
	}
	return v
}

// keyParam is the parameter of a method that takes what the table calls a key.
func (k *keyedState) keyParam() jen.Code {
	if k.kind() == compositeKey {
		return jen.Id("_").Add(k.keyType())
	}
	return jen.Id("key").Add(k.keyType())
}

// keyType is the Go type of what the table calls a key.
func (k *keyedState) keyType() *jen.Statement {
	if k.kind() == intKey {
		return jen.Int64()
	}
	return jen.String()
}

// each writes a loop over the live keys.
func (k *keyedState) each(b *boltGen, stmts []jen.Code) jen.Code {
	if b.live {
		stmts = append([]jen.Code{jen.If(jen.Op("!").Id("st").Dot("live")).Block(jen.Return(jen.True()))}, stmts...)
	}
	stmts = append(b.ttl.skip(), stmts...)
	stmts = append(stmts, jen.Return(jen.True()))
	return jen.Id("t").Dot("keyed").Dot("Each").Call(
		jen.Func().Params(jen.Id("key").Add(k.keyType()), jen.Id("st").Op("*").Id(k.goName)).Bool().Block(stmts...))
}

// isLatestKey reports whether the `latest by` fields of a tuple are the state's key, straight from the input: then the key's row
// can say where its pending tuple is. Which field carries which part of the key must be the same at every emit: the first one decides.
func (k *keyedState) isLatestKey(s *ir.Stream, args []ir.Expr) bool {
	if k == nil || len(s.Latest) == 0 || len(s.Latest) != len(k.key) {
		return false
	}
	parts := make([]int, len(s.Latest))
	for j, i := range s.Latest {
		ref, ok := args[i].(*ir.FieldRef)
		if !ok {
			return false
		}
		name := ref.Input.Fields[ref.Index].Name
		parts[j] = slices.IndexFunc(k.key, func(f types.Field) bool { return f.Name == name })
	}
	for part := range k.key {
		if !slices.Contains(parts, part) {
			return false
		}
	}
	if k.parts[s] == nil {
		k.parts[s] = parts
	}
	return slices.Equal(k.parts[s], parts)
}

// ownState is the state of a bolt that a task has once: shared and per task.
type ownState struct {
	states []*ir.State
	goName string
	goOf   map[*ir.State]string
}

func (b *boltGen) ownState() *ownState {
	var o *ownState
	local := newNames()
	for _, s := range b.comp.Body.States {
		if s.Scope == ir.PerKey {
			continue
		}
		if o == nil {
			o = &ownState{goName: b.g.global.take(b.comp.Name + "Own"), goOf: map[*ir.State]string{}}
		}
		o.states = append(o.states, s)
		o.goOf[s] = local.take(s.Name)
	}
	return o
}

func (o *ownState) field(s *jen.Group) {
	if o != nil {
		s.Id("own").Id(o.goName)
	}
}

func (o *ownState) needsOpen() bool {
	if o == nil {
		return false
	}
	for _, s := range o.states {
		if s.Initial != nil || s.Type.Kind == types.Map {
			return true
		}
	}
	return false
}

// open writes the states' first values.
func (o *ownState) open(b *boltGen, body *jen.Group) {
	if o == nil {
		return
	}
	for _, s := range o.states {
		target := jen.Id("t").Dot("own").Dot(o.goOf[s])
		if s.Initial != nil {
			f := b.g.startup(b.comp)
			v := f.expr(s.Initial).code
			for _, stmt := range f.stmts {
				body.Add(stmt)
			}
			body.Add(target).Op("=").Add(v)
		} else if s.Type.Kind == types.Map {
			body.Add(target).Op("=").Add(b.g.goType(s.Type)).Values()
		}
	}
}

func (o *ownState) write(b *boltGen, f *jen.File) {
	if o == nil {
		return
	}
	f.Commentf("%s is what each task of %s keeps.", o.goName, b.comp.Name)
	f.Type().Id(o.goName).StructFunc(func(s *jen.Group) {
		for _, st := range o.states {
			s.Id(o.goOf[st]).Add(b.g.goType(st.Type))
		}
	})
}

// stateCode is code for a state's variable.
func (b *boltGen) stateCode(s *ir.State, ctx *context) jen.Code {
	if s.Scope == ir.PerTest {
		return jen.Id(b.g.tests.keeps[s])
	}
	if s.Scope != ir.PerKey {
		if ctx.holdsOwn != "" {
			ctx.ownHeld = true
			return jen.Id(ctx.holdsOwn).Dot(b.own.goOf[s])
		}
		return jen.Id("t").Dot("own").Dot(b.own.goOf[s])
	}
	if s.Of != nil {
		return jen.Id("with").Dot(b.keyed.goOf[s.Of])
	}
	row := "st"
	if ctx.rollback {
		row = "cur"
	}
	return jen.Id(row).Dot(b.keyed.goOf[s])
}
