package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// Tuples that need a key's row are looked up some at a time (table.Bunch): the lookups of one then do not wait for those of the other, and what is
// not in the processor's cache is fetched at once. A batch is gone through in bunches. Tuples that come one by one, on a direct edge or to be
// combined, wait in a bunch of their task: until it is full, until the text that they are views of goes, or until who emits them returns.

// bunch is where tuples wait.
type bunch struct {
	field, take string   // of the task's struct: where they wait, and the method that takes them
	key         keyKind  // text or int
	keyAt       int      // which of the fields it is
	names       []string // of the fields
	types       []jen.Code
}

// newBunch returns the bunch of tuples with these fields.
func newBunch(field, take string, kind keyKind, keyAt int, names []string, types []jen.Code) *bunch {
	w := &bunch{field: field, take: take, key: kind, keyAt: keyAt, types: types}
	local := newNames("n", "keys", "hashes")
	for _, name := range names {
		w.names = append(w.names, local.take(name))
	}
	return w
}

// keys is the name of what says where the keys belong.
func (w *bunch) keys() string {
	if w.key == intKey {
		return "hashes"
	}
	return "keys"
}

// write writes the field.
func (w *bunch) write(s *jen.Group) {
	array := func() *jen.Statement { return jen.Index(jen.Qual(pkgTable, "Bunch")) }
	s.Id(w.field).StructFunc(func(s *jen.Group) {
		s.Id("n").Int()
		if w.key == intKey {
			s.Id("hashes").Add(array()).Uint64()
		} else {
			s.Id("keys").Add(array()).Qual(pkgHash, "Key")
		}
		for i, name := range w.names {
			s.Id(name).Add(array()).Add(w.types[i])
		}
	}).Comment("// tuples that wait to be looked up together")
}

// put is code that lets a tuple wait in the bunch of a task.
func (w *bunch) put(task *jen.Statement, key jen.Code, values []jen.Code) jen.Code {
	bunch, slot := jen.Id("bunch"), jen.Id("slot")
	code := []jen.Code{
		jen.Id("bunch").Op(":=").Op("&").Add(task).Dot(w.field),
		jen.Id("slot").Op(":=").Add(bunch).Dot("n").Op("&").Parens(jen.Qual(pkgTable, "Bunch").Op("-").Lit(1)),
		jen.Add(bunch).Dot(w.keys()).Index(slot).Op("=").Add(key),
	}
	for i, v := range values {
		code = append(code, jen.Add(bunch).Dot(w.names[i]).Index(slot).Op("=").Add(v))
	}
	code = append(code, jen.If(jen.Add(bunch).Dot("n").Op("++"), jen.Add(bunch).Dot("n").Op("==").Qual(pkgTable, "Bunch")).Block(
		jen.Add(task).Dot(w.take).Call()))
	return jen.Block(code...)
}

// begin is how take begins: n tuples wait in bunch.
func (w *bunch) begin() []jen.Code {
	return []jen.Code{
		jen.Id("bunch").Op(":=").Op("&").Id("t").Dot(w.field),
		jen.Id("n").Op(":=").Id("bunch").Dot("n"),
		jen.If(jen.Id("n").Op("==").Lit(0)).Block(jen.Return()),
		jen.Id("bunch").Dot("n").Op("=").Lit(0),
	}
}

// found is code that finds the rows of a bunch: the variables next (a new row's number), found, and fresh where it is asked for.
func found(table *jen.Statement, row string, keys, texts jen.Code, next, fresh bool) []jen.Code {
	var out []jen.Code
	if next {
		out = append(out, jen.Id("next").Op(":=").Int32().Call(jen.Add(table).Dot("Len").Call()))
	}
	call := jen.Add(table).Dot("Rows").Call(keys, texts, jen.Id("found").Index(jen.Op(":")))
	if fresh {
		call = jen.Id("fresh").Op(":=").Add(call)
	}
	return append(out, jen.Var().Id("found").Index(jen.Qual(pkgTable, "Bunch")).Op("*").Id(row), call)
}

// isFresh is code for whether the key of the i-th tuple is new.
func isFresh() *jen.Statement {
	return jen.Id("fresh").Op(">>").Uint().Call(jen.Id("i")).Op("&").Lit(1).Op("!=").Lit(0)
}

// bunches reports whether the tuples of an input are looked up in bunches.
func (g *generator) bunches(c *ir.Component, in *ir.Input) bool {
	return in.Bunched && c.Body != nil && !keepsTime(c) && g.comesByFields(c, in)
}

// waits reports whether the tuples of a direct input wait in a bunch: those of senders that take what waits when they return.
func (g *generator) waits(c *ir.Component, in *ir.Input) bool {
	return g.bunches(c, in) && g.sendersReturn(c, in)
}

// sendersReturn reports whether what reads an input stands where its one sender emits, in a loop that is left when all is emitted.
func (g *generator) sendersReturn(c *ir.Component, in *ir.Input) bool {
	for _, e := range g.ins[c] {
		if e.Input == in && !g.returns(e.Stream.From) {
			return false
		}
	}
	return g.inlined[in]
}

// returns reports whether all that a component emits is emitted in loops over many tuples, or in code of its own that stands in one: not in a
// method that takes one tuple.
func (g *generator) returns(c *ir.Component) bool {
	for _, in := range c.Inputs {
		if g.direct[in] && !g.sendersReturn(c, in) {
			return false
		}
	}
	return true
}

// newInputBunch is the bunch of a direct input.
func (g *generator) newInputBunch(c *ir.Component, in *ir.Input) *bunch {
	var names []string
	var goTypes []jen.Code
	for _, f := range in.Fields {
		names = append(names, f.Name)
		goTypes = append(goTypes, g.paramType(f.Type))
	}
	number := strconv.Itoa(in.Index)
	for _, s := range c.Body.States {
		if s.Scope == ir.PerKey {
			kind := (&keyedState{key: s.Key}).kind()
			return newBunch("bunch"+number, "take"+number, kind, s.InputKeys(in)[0], names, goTypes)
		}
	}
	panic("codegen: " + c.Name + " has no state per key")
}

// keyFor is code for what a bunch needs of a key: the key of a text, else the hash.
func (f *fn) keyFor(w *bunch, t *types.Type, arg jen.Code) jen.Code {
	if w.key == intKey {
		return f.g.hashOf(t, arg, true)
	}
	return f.textKey(arg)
}

// textKey is code for the hash.Key of a text, which who made the text may know.
func (f *fn) textKey(text jen.Code) jen.Code {
	if k := f.knownKey(text); k != nil {
		return k
	}
	return jen.Qual(pkgHash, "Of").Call(text)
}

// knownKey is code for the hash.Key of a variable that came with one, or nil.
func (f *fn) knownKey(text jen.Code) *jen.Statement {
	s, ok := text.(*jen.Statement)
	if !ok || len(*s) != 1 {
		return nil
	}
	k := f.keys[s.GoString()]
	if k == nil {
		return nil
	}
	k.used = true
	return jen.Id(k.name)
}

// itemKey is the variable that holds the hash.Key of a loop's item.
type itemKey struct {
	name string
	used bool
}

// takes is code that takes what waits of what a component has emitted, in the bunches of its own task and of those whose code stands in its own.
func (g *generator) takes(outs outputs, task *jen.Statement) []jen.Code {
	var code []jen.Code
	for _, o := range outs.list {
		if o.combine != nil && o.combine.bunch != nil {
			code = append(code, jen.Add(task).Dot(o.combine.bunch.take).Call())
		}
		if o.next == "" {
			continue
		}
		next := jen.Add(task).Dot(o.next)
		if w := g.bunched[o.edge.Input]; w != nil {
			code = append(code, jen.Add(next).Dot(w.take).Call())
		} else if g.inlined[o.edge.Input] {
			g.file(o.edge.To)
			code = append(code, g.takes(g.outputs[o.edge.To], next)...)
		}
	}
	return code
}

// resetScratch is code that empties the arena, which what waits may have views of.
func (g *generator) resetScratch(outs outputs) jen.Code {
	reset := jen.Id("t").Dot("scratch").Dot("Reset").Call()
	takes := g.takes(outs, jen.Id("t"))
	if len(takes) == 0 {
		return reset
	}
	return jen.If(jen.Id("t").Dot("scratch").Dot("Used").Call().Op(">").Lit(scratchKept)).Block(append(takes, reset)...)
}

// scratchKept is how many bytes the arena may hold before it is emptied, where that makes tuples be taken that wait for others.
const scratchKept = 8 << 10

// takeMethod writes the method that takes what waits of a direct input; tuple is what it does with each.
func (b *boltGen) takeMethod(in *ir.Input, ctx *context, tuple []jen.Code) jen.Code {
	w := b.g.bunched[in]
	stmts := w.begin()
	upTo := func(name string) jen.Code { return jen.Id("bunch").Dot(name).Index(jen.Op(":").Id("n")) }
	stmts = append(stmts, found(jen.Id("t").Dot("keyed"), b.keyed.goName, upTo(w.keys()), upTo(w.names[w.keyAt]), ctx.next, ctx.fresh)...)
	var fields []jen.Code
	for i, f := range in.Fields {
		name := fieldParam(f.Name)
		fields = append(fields, jen.Id(name).Op(":=").Id("bunch").Dot(w.names[i]).Index(jen.Id("i")), jen.Id("_").Op("=").Id(name))
	}
	code := jen.Null()
	if ctx.tupleLabel {
		code = jen.Id("tuples").Op(":").Line()
	}
	loop := jen.For(jen.List(jen.Id("i"), jen.Id("st")).Op(":=").Range().Id("found").Index(jen.Op(":").Id("n"))).Block(append(fields, tuple...)...)
	stmts = append(append(stmts, code.Add(loop)), b.g.takes(b.outs, jen.Id("t"))...)
	return jen.Commentf("%s takes the tuples of %s that wait.", w.take, in.Alias).Line().
		Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id(w.take).Params().Block(stmts...)
}

// inBunches writes the loop over a batch whose tuples are looked up in bunches.
func (b *boltGen) inBunches(in *ir.Input, row *rowType, ctx *context, tuple []jen.Code) []jen.Code {
	k := b.keyed
	at := k.states[0].InputKeys(in)[0]
	field := jen.Id("in").Dot(row.goField(in.Fields[at].Name))
	array := func() *jen.Statement { return jen.Index(jen.Qual(pkgTable, "Bunch")) }
	var arrays, fill []jen.Code
	if k.kind() == intKey {
		arrays = []jen.Code{jen.Var().Id("hashes").Add(array()).Uint64(), jen.Var().Id("keys").Add(array()).Int64()}
		if kind := in.Fields[at].Type.Kind; kind == types.Duration || kind == types.Enum {
			field = jen.Int64().Call(field)
		}
		fill = []jen.Code{jen.Id("hashes").Index(jen.Id("i")).Op("=").Id("in").Dot(row.hash), jen.Id("keys").Index(jen.Id("i")).Op("=").Add(field)}
	} else {
		arrays = []jen.Code{jen.Var().Id("hashes").Add(array()).Qual(pkgHash, "Key"), jen.Var().Id("keys").Add(array()).String()}
		fill = []jen.Code{
			jen.Id("keys").Index(jen.Id("i")).Op("=").Id("b").Dot("Text").Call(field),
			jen.Id("hashes").Index(jen.Id("i")).Op("=").Qual(pkgHash, "With").Call(jen.Id("in").Dot(row.hash), jen.Id("keys").Index(jen.Id("i"))),
		}
	}
	one := func() jen.Code { return jen.Id("in").Op(":=").Op("&").Id("rows").Index(jen.Id("i")) }
	upTo := func(name string) jen.Code { return jen.Id(name).Index(jen.Op(":").Len(jen.Id("rows"))) }
	inner := []jen.Code{
		jen.Id("rows").Op(":=").Id("b").Dot("Rows").Index(jen.Id("from").Op(":").Min(jen.Id("from").Op("+").Qual(pkgTable, "Bunch"), jen.Len(jen.Id("b").Dot("Rows")))),
		jen.For(jen.Id("i").Op(":=").Range().Id("rows")).Block(append([]jen.Code{one()}, fill...)...),
	}
	inner = append(inner, found(jen.Id("t").Dot("keyed"), k.goName, upTo("hashes"), upTo("keys"), ctx.next, ctx.fresh)...)
	code := jen.Null()
	if ctx.tupleLabel {
		code = jen.Id("tuples").Op(":").Line()
	}
	start := []jen.Code{jen.Id("st").Op(":=").Id("found").Index(jen.Id("i"))}
	if ctx.readsRow {
		// The key may be all that is read of a row, for a tuple that leaves later and takes it from the table.
		start = append([]jen.Code{one(), jen.Id("_").Op("=").Id("in")}, start...)
	}
	inner = append(inner, code.Add(jen.For(jen.Id("i").Op(":=").Range().Id("rows")).Block(append(start, tuple...)...)))
	return append(arrays, jen.For(jen.Id("from").Op(":=").Lit(0), jen.Id("from").Op("<").Len(jen.Id("b").Dot("Rows")),
		jen.Id("from").Op("+=").Qual(pkgTable, "Bunch")).Block(inner...))
}
