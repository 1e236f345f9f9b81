package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// combined is an output whose tuples are combined by their key before they travel: a table of the task holds, for each key that waits,
// what its tuples come to, and an engine.Gather knows which do.
type combined struct {
	goName                   string // of the table's row
	table, gather, gate, key string // of the task's struct
	move                     string // its method that makes rows of the keys that wait
	keys                     []types.Field
	parts, keyOf             []string // of the table's row; keyOf is for a key of several parts
	moved                    string   // its method that is called when they are rows
	bunch                    *bunch   // where tuples wait to be looked up; nil where each is looked up by itself
}

func (g *generator) newCombined(o *output, member *names) *combined {
	c := &combined{
		goName: g.global.take(o.edge.Stream.From.Name + "_" + o.field + "Sums"),
		table:  member.take(o.field + "_keys"), gather: member.take(o.field + "_gather"), gate: member.take(o.field + "_gate"),
		key: member.take(o.field + "_key"), move: member.take(o.field + "_move"),
		keys: o.edge.Combine.Row.Fields[:len(o.edge.Combine.Keys)],
	}
	local := newNames("hash", "row", "waits")
	for _, f := range o.edge.Combine.Row.Fields[len(c.keys):] {
		c.parts = append(c.parts, local.take(f.Name))
	}
	if c.kind() == compositeKey {
		for _, f := range c.keys {
			c.keyOf = append(c.keyOf, local.take(f.Name))
		}
	}
	c.moved = member.take(o.field + "_moved")
	if from := o.edge.Stream.From; from.Go == nil && c.kind() != compositeKey && g.returns(from) {
		var names []string
		var goTypes []jen.Code
		for _, f := range o.edge.Combine.Row.Fields {
			names = append(names, f.Name)
			goTypes = append(goTypes, g.paramType(f.Type))
		}
		c.bunch = newBunch(member.take(o.field+"_bunch"), member.take(o.field+"_take"), c.kind(), 0, names, goTypes)
	}
	return c
}

func (c *combined) kind() keyKind { return (&keyedState{key: c.keys}).kind() }

func (c *combined) tableType() *jen.Statement {
	if c.kind() == intKey {
		return jen.Qual(pkgTable, "Int").Types(jen.Id(c.goName))
	}
	return jen.Qual(pkgTable, "Text").Types(jen.Id(c.goName))
}

// fields writes what the task's struct has for it.
func (c *combined) fields(s *jen.Group) {
	s.Id(c.table).Add(c.tableType()).Comment("// what tuples come to, by key")
	s.Id(c.gather).Qual(pkgEngine, "Gather")
	s.Id(c.gate).Qual(pkgEngine, "Gate")
	if c.kind() == compositeKey {
		s.Id(c.key).Index().Byte()
	}
	if c.bunch != nil {
		c.bunch.write(s)
	}
}

// write writes the table's row.
func (c *combined) write(g *generator, f *jen.File, o *output) {
	f.Commentf("%s is what the tuples of a key come to while they wait to leave.", c.goName)
	f.Type().Id(c.goName).StructFunc(func(s *jen.Group) {
		for i, name := range c.parts {
			s.Id(name).Add(g.goType(o.edge.Combine.Row.Fields[len(c.keys)+i].Type))
		}
		for i, name := range c.keyOf {
			s.Id(name).Add(g.keptType(c.keys[i].Type))
		}
		s.Id("hash").Uint64()
		s.Id("row").Int32().Comment("// its number in the table")
		s.Id("waits").Bool()
	})
}

// keptType is the type of a part of a key in the table: that of an emitted value.
func (g *generator) keptType(t *types.Type) jen.Code {
	if t.Kind == types.Time {
		return jen.Int64()
	}
	return g.goType(t)
}

// appendCombined is code that adds a tuple to what its key has come to, or lets it travel by itself where that does not make the rows fewer.
// No sum overflows: what is added has been proven small.
func (g *generator) appendCombined(f *fn, o *output, out *jen.Statement, s *ir.Stream, args []jen.Code) []jen.Code {
	c := o.combine
	t := func(name string) *jen.Statement { return jen.Id("t").Dot(name) }
	var parts []jen.Code
	code := f.over(s, args, func() {
		if c.bunch == nil {
			f.add(jen.Id("h").Op(":=").Add(f.edgeHash(o.edge, args)))
		}
		for _, p := range o.edge.Combine.Parts {
			parts = append(parts, f.once(f.expr(p.Value)))
		}
	})
	keys := make([]jen.Code, len(c.keys))
	for i, at := range o.edge.Combine.Keys {
		keys[i] = args[at]
	}
	for i, a := range args {
		if !slices.Contains(o.edge.Combine.Keys, i) {
			f.ignore([]jen.Code{a}) // nobody may read what was computed because that can fail
		}
	}
	if c.bunch != nil {
		key := f.keyFor(c.bunch, c.keys[0].Type, keys[0])
		return []jen.Code{jen.Block(append(code, c.bunch.put(jen.Id("t"), key, append(keys, parts...)))...)}
	}
	holds := t(c.gate).Dot("On").Call()
	alone := f.block(func() {
		f.add(jen.Id("o").Op(":=").Add(o.batchOf(out, jen.Id("h"))), g.combinedRow(o, jen.Id("h"), keys, parts))
	})
	return []jen.Code{jen.Block(append(code, jen.If(holds).Block(g.addUp(o, keys, parts)...).Else().Block(alone...))...)}
}

// batchOf is code for the batch of the task that a hash belongs to.
func (o *output) batchOf(out *jen.Statement, hash jen.Code) jen.Code {
	if o.single {
		return jen.Add(out).Dot("Pending").Index(jen.Lit(0))
	}
	return jen.Add(out).Dot("For").Call(hash)
}

// combinedRow is code that appends a row to the batch o.
func (g *generator) combinedRow(o *output, hash jen.Code, keys, parts []jen.Code) jen.Code {
	values := jen.Dict{jen.Id(o.row.hash): hash}
	for i, field := range o.edge.Combine.Row.Fields {
		if i < len(keys) {
			values[jen.Id(o.row.goField(field.Name))] = g.pack(field.Type, "o", keys[i])
		} else {
			values[jen.Id(o.row.goField(field.Name))] = parts[i-len(keys)]
		}
	}
	return jen.Id("o").Dot("Rows").Op("=").Append(jen.Id("o").Dot("Rows"), jen.Id(o.row.goName).Values(values))
}

// addUp is code that adds a tuple to what its key has come to.
func (g *generator) addUp(o *output, keys, parts []jen.Code) []jen.Code {
	c := o.combine
	t := func(name string) *jen.Statement { return jen.Id("t").Dot(name) }
	st := func(name string) *jen.Statement { return jen.Id("st").Dot(name) }
	var stmts []jen.Code
	key := keys[0]
	switch c.kind() {
	case intKey:
		if k := c.keys[0].Type.Kind; k == types.Duration || k == types.Enum {
			key = jen.Int64().Call(key)
		}
	case compositeKey:
		stmts = append(stmts, t(c.key).Op("=").Add(t(c.key)).Index(jen.Empty(), jen.Lit(0)))
		for i, k := range keys {
			encode := g.encoder(c.keys[i].Type)
			if c.keys[i].Type.Kind == types.Time {
				encode = jen.Qual(pkgCodec, "AppendInt")
			}
			stmts = append(stmts, t(c.key).Op("=").Add(encode).Call(t(c.key), k))
		}
		key = jen.Qual(pkgArena, "View").Call(t(c.key))
	}
	fresh := []jen.Code{st("hash").Op("=").Id("h"), st("row").Op("=").Int32().Call(t(c.table).Dot("Last").Call())}
	for i, name := range c.keyOf {
		fresh = append(fresh, st(name).Op("=").Add(g.clone(c.keys[i].Type, keys[i])))
	}
	var place jen.Code = jen.Id("h")
	if c.kind() != intKey {
		place = jen.Qual(pkgHash, "With").Call(place, key)
	}
	return append(stmts,
		jen.List(jen.Id("st"), jen.Id("fresh")).Op(":=").Add(t(c.table)).Dot("Row").Call(place, key),
		jen.If(jen.Id("fresh")).Block(fresh...),
		c.add(o, parts))
}

// add is code that adds a tuple to the row of its key.
func (c *combined) add(o *output, parts []jen.Code) jen.Code {
	t := func(name string) *jen.Statement { return jen.Id("t").Dot(name) }
	st := func(name string) *jen.Statement { return jen.Id("st").Dot(name) }
	var first, more []jen.Code
	for i, name := range c.parts {
		first = append(first, st(name).Op("=").Add(parts[i]))
		switch op := o.edge.Combine.Parts[i].Op; op {
		case "+":
			more = append(more, st(name).Op("+=").Add(parts[i]))
		default:
			more = append(more, st(name).Op("=").Id(op).Call(st(name), parts[i]))
		}
	}
	first = append([]jen.Code{st("waits").Op("=").True()}, append(first, t(c.gather).Dot("Add").Call(st("row")))...)
	return jen.If(jen.Op("!").Add(st("waits"))).Block(first...).Else().Block(more...)
}

// takeMethod writes the method that adds up the tuples that wait.
func (c *combined) takeMethod(g *generator, owner string, o *output) jen.Code {
	w := c.bunch
	t := func(name string) *jen.Statement { return jen.Id("t").Dot(name) }
	st := func(name string) *jen.Statement { return jen.Id("st").Dot(name) }
	each := func(name string) *jen.Statement { return jen.Id("bunch").Dot(name).Index(jen.Id("i")) }
	upTo := func(name string) jen.Code { return jen.Id("bunch").Dot(name).Index(jen.Op(":").Id("n")) }
	hash := each(w.keys())
	if w.key != intKey {
		hash = hash.Dot("Hash")
	}
	values := make([]jen.Code, len(w.names))
	for i, name := range w.names {
		values[i] = each(name)
	}
	var key jen.Code = upTo(w.names[0])
	stmts := w.begin()
	together := found(t(c.table), c.goName, upTo(w.keys()), key, true, true)
	together = append(together, jen.For(jen.List(jen.Id("i"), jen.Id("st")).Op(":=").Range().Id("found").Index(jen.Op(":").Id("n"))).Block(
		jen.If(isFresh()).Block(st("hash").Op("=").Add(hash), st("row").Op("=").Id("next"), jen.Id("next").Op("++")),
		c.add(o, values[1:])))
	alone := jen.For(jen.Id("i").Op(":=").Range().Id("n")).Block(
		jen.Id("h").Op(":=").Add(hash),
		jen.Id("o").Op(":=").Add(o.batchOf(t(o.field), jen.Id("h"))),
		g.combinedRow(o, jen.Id("h"), values[:1], values[1:]))
	stmts = append(stmts, jen.If(t(c.gate).Dot("Many").Call(jen.Id("n"))).Block(together...).Else().Block(alone), o.full(t(o.field)))
	return jen.Commentf("%s adds up the tuples that wait.", w.take).Line().
		Func().Params(jen.Id("t").Op("*").Id(owner)).Id(w.take).Params().Block(stmts...)
}

// method writes the method that makes rows of the keys that wait.
func (c *combined) method(g *generator, owner string, o *output) jen.Code {
	st := func(name string) *jen.Statement { return jen.Id("st").Dot(name) }
	t := func(name string) *jen.Statement { return jen.Id("t").Dot(name) }
	key := "_"
	keys, parts := make([]jen.Code, len(c.keys)), make([]jen.Code, len(c.parts))
	for i, f := range c.keys {
		if c.kind() == compositeKey {
			keys[i] = st(c.keyOf[i])
			continue
		}
		key, keys[i] = "key", jen.Id("key")
		if f.Type.Kind == types.Duration {
			keys[i] = jen.Qual("time", "Duration").Call(keys[i])
		} else if f.Type.Kind == types.Enum {
			keys[i] = jen.Add(g.goType(f.Type)).Call(keys[i])
		}
	}
	for i, name := range c.parts {
		parts[i] = st(name)
	}
	loop := jen.For(jen.List(jen.Id("_"), jen.Id("i")).Op(":=").Range().Add(t(c.gather)).Dot("Waiting")).Block(
		jen.List(jen.Id(key), jen.Id("st")).Op(":=").Add(t(c.table)).Dot("At").Call(jen.Int().Call(jen.Id("i"))),
		st("waits").Op("=").False(),
		jen.Id("o").Op(":=").Add(o.batchOf(t(o.field), st("hash"))),
		g.combinedRow(o, st("hash"), keys, parts))
	return jen.Commentf("%s makes rows of the keys that wait.", c.move).Line().
		Func().Params(jen.Id("t").Op("*").Id(owner)).Id(c.move).Params().Block(loop).Line().Line().
		Commentf("%s is told how many there were.", c.moved).Line().
		Func().Params(jen.Id("t").Op("*").Id(owner)).Id(c.moved).Params(jen.Id("rows").Int()).Block(
		t(o.field).Dot("Withheld").Op("+=").Add(t(c.gate)).Dot("Merged").Call(jen.Id("rows")),
		jen.If(t(c.gate).Dot("Left").Call(jen.Id("rows"), t(c.table).Dot("Len").Call())).Block(
			t(c.table).Op("=").Add(c.tableType()).Values()))
}
