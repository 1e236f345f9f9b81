package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// objects is the code that reads a spout's tuples out of JSON objects. Most texts are read once, from their beginning to their end (quick). What
// that does not know, or what is wrong, is read again with patience, for the value or for the reason (careful). What was read waits in `objects` until the
// spout's Next has returned, and is routed then, as all that spouts read.
type objects struct {
	g       *generator
	e       *ends
	stream  *ir.Stream
	goName  string   // of the struct of values
	goOf    []string // its fields
	failing *failing // of an object that can't be routed
}

// newObjects names what it needs.
func (e *ends) newObjects(stream *ir.Stream) *objects {
	o := &objects{g: e.g, e: e, stream: stream, goName: e.g.global.take(e.comp.Name + "Object")}
	local := newNames()
	for _, field := range stream.Fields {
		o.goOf = append(o.goOf, local.take(field.Name))
	}
	e.scratch = true
	o.failing = &failing{g: e.g, comp: e.comp, owner: e.goName, name: "failed_object", args: []jen.Code{jen.Id("v")},
		params: []jen.Code{jen.Id("v").Op("*").Id(o.goName)}}
	o.failing.streams(e.outs)
	o.failing.values = func() []named {
		var out []named
		for i, field := range stream.Fields {
			out = append(out, named{field.Name, field.Type, o.value(i)})
		}
		return out
	}
	return o
}

// routed is code that appends what was read to the outputs.
func (o *objects) routed() []jen.Code {
	fn, failed := o.e.newFn(), false
	_, each := o.e.numbered(fn, o.stream)
	fn.failedIn = func(place, why jen.Code) {
		failed, o.e.failer = true, true
		fn.add(o.failing.call(place, why, jen.Lit(1)), jen.Continue())
	}
	body := fn.block(func() {
		args := make([]jen.Code, len(o.stream.Fields))
		for i, field := range o.stream.Fields {
			args[i] = o.value(i)
			if field.Type.Kind == types.Time {
				nanos := fn.temp("tmp")
				fn.add(jen.List(jen.Id(nanos), jen.Id("_")).Op(":=").Qual(pkgValue, "Nanos").Call(args[i])) // object has looked
				args[i] = jen.Id(nanos)
			}
		}
		fn.choose(o.e.outs.of[o.stream], o.stream, args)
		for _, out := range o.e.outs.of[o.stream] {
			if out.next != "" {
				fn.add(o.g.callReader(fn, out, args)...)
				continue
			}
			fn.add(o.g.appendRow(fn, out, jen.Id("t").Dot(out.field), o.stream, args)...)
		}
		if len(o.e.outs.of[o.stream]) == 0 {
			fn.ignore(args)
		}
		for _, out := range o.e.outs.of[o.stream] {
			if out.next == "" {
				fn.add(out.check(jen.Id("t").Dot(out.field)))
			}
		}
	})
	if !failed && !o.e.quits() {
		o.failing = nil
	}
	list := jen.Id("t").Dot("objects")
	return []jen.Code{
		jen.For(jen.Id("i").Op(":=").Range().Add(list)).Block(append([]jen.Code{
			jen.If(jen.Id("t").Dot("only").Dot("Skips").Call(jen.Id("i"))).Block(jen.Continue()),
			jen.Id("v").Op(":=").Op("&").Add(list).Index(jen.Id("i"))}, append(each, body...)...)...),
		jen.Add(list).Op("=").Add(list).Index(jen.Empty(), jen.Lit(0)),
	}
}

// quit is code that tells of what was read: it is given up.
func (o *objects) quit() []jen.Code {
	list := jen.Id("t").Dot("objects")
	return []jen.Code{
		jen.For(jen.Id("i").Op(":=").Range().Add(list)).Block(append([]jen.Code{
			jen.If(jen.Id("t").Dot("only").Dot("Skips").Call(jen.Id("i"))).Block(jen.Continue()),
			jen.Id("v").Op(":=").Op("&").Add(list).Index(jen.Id("i"))}, o.e.quitRow(o.failing)...)...),
		jen.Add(list).Op("=").Add(list).Index(jen.Empty(), jen.Lit(0)),
	}
}

// write writes the struct of values and the methods.
func (o *objects) write(f *jen.File) {
	f.Line().Commentf("%s is a tuple of %s.", o.goName, o.e.comp.Name)
	f.Type().Id(o.goName).StructFunc(func(b *jen.Group) {
		for i, field := range o.stream.Fields {
			b.Id(o.goOf[i]).Add(o.g.goType(field.Type))
		}
	})
	o.object(f)
	o.quick(f)
	o.careful(f)
	if o.failing != nil {
		f.Line().Add(o.failing.method())
	}
}

func (o *objects) method(f *jen.File, name, doc string) *jen.Statement {
	f.Line().Comment(doc)
	return f.Func().Params(jen.Id("t").Op("*").Id(o.e.goName)).Id(name)
}

// value is code for a field.
func (o *objects) value(i int) *jen.Statement { return jen.Id("v").Dot(o.goOf[i]) }

// scratch is the arena of a text's values.
func scratch() *jen.Statement { return jen.Op("&").Id("t").Dot("scratch") }

// object writes the method that takes a text.
func (o *objects) object(f *jen.File) {
	empty := jen.Dict{}
	for i, field := range o.stream.Fields {
		switch field.Type.Kind {
		case types.JSON:
			empty[jen.Id(o.goOf[i])] = jen.Lit("null")
		case types.Optional:
			empty[jen.Id(o.goOf[i])] = o.g.goType(field.Type).Values(jen.Dict{jen.Id("Why"): jen.Lit("null")})
		}
	}
	list := jen.Id("t").Dot("objects")
	refuse := func(why jen.Code) []jen.Code {
		return []jen.Code{jen.Add(list).Op("=").Add(list).Index(jen.Empty(), jen.Id("n")), jen.Return(why)}
	}
	body := []jen.Code{
		jen.Id("n").Op(":=").Len(list),
		jen.Add(list).Op("=").Append(list, jen.Id(o.goName).Values(empty)),
		jen.Id("v").Op(":=").Op("&").Add(list).Index(jen.Id("n")),
		jen.If(jen.Op("!").Id("t").Dot("quick").Call(jen.Id("text"), jen.Id("v"))).Block(
			jen.If(jen.Err().Op(":=").Id("t").Dot("careful").Call(jen.Id("text"), jen.Id("v")), jen.Err().Op("!=").Nil()).Block(refuse(jen.Err())...)),
	}
	for i, field := range o.stream.Fields {
		if field.Type.Kind == types.Time {
			body = append(body, jen.If(jen.List(jen.Id("_"), jen.Id("ok")).Op(":=").Qual(pkgValue, "Nanos").Call(o.value(i)), jen.Op("!").Id("ok")).Block(
				refuse(jen.Qual("errors", "New").Call(jen.Lit("field "+field.Name+": a tuple carries times from the years 1678 to 2262 only")))...))
		}
	}
	o.method(f, "object", "object takes a tuple as the text of a JSON object.").Params(jen.Id("text").String()).Error().Block(append(body, jen.Return(jen.Nil()))...)
}

// seenBits is how many fields one word of marks has room for.
const seenBits = 64

// seen is code for the word and the bit that say whether a field was read.
func seen(i int) (word *jen.Statement, bit jen.Code) {
	return jen.Id("seen").Index(jen.Lit(i / seenBits)), jen.Lit(1).Op("<<").Lit(i % seenBits)
}

// quick writes the method that reads a text once. A name that comes twice is not for it.
func (o *objects) quick(f *jen.File) {
	fields := o.stream.Fields
	words := (len(fields) + seenBits - 1) / seenBits
	text, at := jen.Id("text"), jen.Id("at")
	body := []jen.Code{
		jen.Var().Id("seen").Index(jen.Lit(words)).Uint64(),
		jen.Id("i").Op(":=").Qual(pkgJSON, "OpenAt").Call(text),
		jen.For(jen.Id("k").Op(":=").Lit(0), jen.Uint().Call(jen.Id("i")).Op("<").Uint().Call(jen.Len(text)), jen.Id("k").Op("++")).Block(
			jen.List(jen.Id("field"), jen.Id("at")).Op(":=").Id("t").Dot("names").Dot("At").Call(text, jen.Id("i"), jen.Id("k")),
			jen.If(jen.Id("field").Op("==").Qual(pkgJSON, "Unexpected")).Block(
				jen.Var().Id("name").String(),
				jen.List(jen.Id("name"), jen.Id("at")).Op("=").Qual(pkgJSON, "NameAt").Call(text, jen.Id("i")),
				jen.Id("field").Op("=").Id("t").Dot("field").Call(jen.Id("name")),
				jen.Id("t").Dot("names").Dot("Expect").Call(text, jen.Id("i"), jen.Id("name"), jen.Id("at"), jen.Id("k"), jen.Id("field"))),
			jen.Switch(jen.Id("field")).BlockFunc(func(s *jen.Group) {
				for i, field := range fields {
					s.Case(jen.Lit(i)).BlockFunc(func(c *jen.Group) {
						c.Comment(field.Name)
						word, bit := seen(i)
						c.If(jen.Add(word).Op("&").Parens(bit).Op("!=").Lit(0)).Block(jen.Return(jen.False()))
						c.Add(word).Op("|=").Add(bit)
						o.read(c, i, field)
					})
				}
				s.Default().Block(at.Clone().Op("=").Qual(pkgJSON, "SkipAt").Call(text, at))
			}),
			jen.Id("i").Op("=").Qual(pkgJSON, "NextAt").Call(text, at)),
	}
	whole := jen.Id("i").Op(">=").Lit(0)
	for w := range words {
		var needed uint64
		for i, field := range fields {
			if i/seenBits == w && field.Type.Kind != types.JSON && field.Type.Kind != types.Optional {
				needed |= 1 << (i % seenBits)
			}
		}
		if needed != 0 {
			whole.Op("&&").Id("seen").Index(jen.Lit(w)).Op("&").Lit(needed).Op("==").Lit(needed)
		}
	}
	o.method(f, "field", "field is the number of the field that has a name, or -1.").Params(jen.Id("name").String()).Int().Block(
		jen.Switch(jen.Id("name")).BlockFunc(func(s *jen.Group) {
			for i, field := range fields {
				s.Case(jen.Lit(field.Name)).Block(jen.Return(jen.Lit(i)))
			}
		}),
		jen.Return(jen.Lit(-1)))
	o.method(f, "quick", "quick reads a text that is as most are.").Params(jen.Id("text").String(), jen.Id("v").Op("*").Id(o.goName)).Bool().
		Block(append(body, jen.Return(whole))...)
}

// inArena are the types whose At function makes what it must in an arena.
var inArena = map[types.Kind]bool{types.String: true, types.Bytes: true}

// read writes what reads a field's value at position `at`.
func (o *objects) read(c *jen.Group, i int, field types.Field) {
	text, at := jen.Id("text"), jen.Id("at")
	plain := func(t *types.Type) jen.Code {
		name := map[types.Kind]string{types.String: "TextAt"}[t.Kind]
		if name == "" {
			name = decodeMethods[t.Kind] + "At"
		}
		if inArena[t.Kind] {
			return jen.Qual(pkgJSON, name).Call(scratch(), text, at)
		}
		return jen.Qual(pkgJSON, name).Call(text, at)
	}
	// partial reads a value with parts: where it ends, then what it is.
	partial := func(to jen.Code, t *types.Type) {
		c.List(jen.Id("raw"), jen.Id("end")).Op(":=").Qual(pkgJSON, "ValueAt").Call(scratch(), text, at)
		c.If(jen.Id("end").Op("<").Lit(0)).Block(jen.Return(jen.False()))
		c.Id("decoder").Op(":=").Qual(pkgJSON, "Decoder").Values(jen.Dict{jen.Id("Arena"): scratch()})
		c.If(jen.Add(to).Op("=").Add(o.g.jsonDecoder(t)).Call(jen.Op("&").Id("decoder"), jen.Id("raw")),
			jen.Op("!").Id("decoder").Dot("OK").Call()).Block(jen.Return(jen.False()))
		c.Id("at").Op("=").Id("end")
	}
	switch t := field.Type; {
	case t.Kind == types.JSON:
		c.List(o.value(i), jen.Id("at")).Op("=").Qual(pkgJSON, "ValueAt").Call(scratch(), text, at)
	case t.Kind == types.Enum:
		c.List(jen.Id("name"), jen.Id("end")).Op(":=").Qual(pkgJSON, "TextAt").Call(scratch(), text, at)
		c.List(jen.Id("one"), jen.Err()).Op(":=").Id(o.g.enumOf(t).parse).Call(jen.Id("name"))
		c.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.False()))
		c.List(o.value(i), jen.Id("at")).Op("=").List(jen.Id("one"), jen.Id("end"))
	case t.Kind == types.Optional && t.Elem.Kind != types.JSON && decodeMethods[t.Elem.Kind] != "":
		c.If(jen.Qual(pkgJSON, "NullAt").Call(text, at)).Block(jen.Id("at").Op("+=").Lit(4)).Else().Block(
			jen.List(o.value(i).Dot("V"), jen.Id("at")).Op("=").Add(plain(t.Elem)),
			jen.List(o.value(i).Dot("OK"), o.value(i).Dot("Why")).Op("=").List(jen.True(), jen.Lit("")))
	case decodeMethods[t.Kind] != "":
		c.List(o.value(i), jen.Id("at")).Op("=").Add(plain(t))
	default:
		partial(o.value(i), t)
	}
}

// careful writes the method that reads any text, and says what is wrong with it.
func (o *objects) careful(f *jen.File) {
	fields := o.stream.Fields
	body := []jen.Code{
		jen.List(jen.Id("whole"), jen.Err()).Op(":=").Qual(pkgJSON, "Tuple").Call(scratch(), jen.Id("text")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
		jen.Var().Id("fields").Index(jen.Lit(len(fields))).String(),
		jen.For(jen.Id("o").Op(":=").Qual(pkgJSON, "Object").Call(jen.Id("whole")), jen.Id("o").Dot("Next").Call(), jen.Empty()).Block(
			jen.Switch(jen.Id("o").Dot("Name").Call(scratch())).BlockFunc(func(s *jen.Group) {
				for i, field := range fields {
					s.Case(jen.Lit(field.Name)).Block(jen.Id("fields").Index(jen.Lit(i)).Op("=").Id("o").Dot("Value"))
				}
			})),
		jen.Id("d").Op(":=").Op("&").Qual(pkgJSON, "Decoder").Values(jen.Dict{jen.Id("Arena"): scratch()}),
	}
	for i, field := range fields {
		raw := jen.Id("fields").Index(jen.Lit(i))
		body = append(body, jen.Id("d").Dot("Top").Call(jen.Lit(field.Name)))
		switch t := field.Type; {
		case t.Kind == types.JSON:
			body = append(body, o.value(i).Op("=").Qual(pkgJSON, "Text").Call(raw))
		case t.Kind == types.Enum:
			name, err := jen.Id("name"+o.goOf[i]), jen.Id("err"+o.goOf[i])
			body = append(body, jen.Add(name).Op(":=").Id("d").Dot("String").Call(raw),
				jen.If(jen.Op("!").Id("d").Dot("OK").Call()).Block(jen.Return(jen.Id("d").Dot("Err").Call())),
				jen.List(jen.Id("one"+o.goOf[i]), err).Op(":=").Id(o.g.enumOf(t).parse).Call(name),
				jen.If(jen.Add(err).Op("!=").Nil()).Block(jen.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit("field "+field.Name+": %w"), err))),
				o.value(i).Op("=").Id("one"+o.goOf[i]))
		default:
			body = append(body, o.value(i).Op("=").Add(o.g.jsonDecoder(t)).Call(jen.Id("d"), raw))
		}
	}
	o.method(f, "careful", "careful reads any text, and knows what is wrong with it.").Params(jen.Id("text").String(), jen.Id("v").Op("*").Id(o.goName)).Error().
		Block(append(body, jen.Return(jen.Id("d").Dot("Err").Call()))...)
}
