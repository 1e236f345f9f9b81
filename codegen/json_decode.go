package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/types"
)

// decodeMethods name the method of a jsontext.Decoder that reads a type without parts.
var decodeMethods = map[types.Kind]string{
	types.Bool: "Bool", types.Int: "Int", types.Float: "Float", types.Decimal: "Decimal", types.String: "String",
	types.Bytes: "Bytes", types.Time: "Time", types.Duration: "Duration", types.JSON: "JSON",
}

// jsonDecoder is a func(*jsontext.Decoder, string) T that makes a value of JSON.
func (g *generator) jsonDecoder(t *types.Type) jen.Code {
	decoder := func() *jen.Statement { return jen.Op("*").Qual(pkgJSON, "Decoder") }
	if method := decodeMethods[t.Kind]; method != "" {
		return jen.Parens(decoder()).Dot(method)
	}
	d, v := jen.Id("d"), jen.Id("v")
	fn := jen.Func().Params(jen.Id("d").Add(decoder()), jen.Id("v").String())
	switch t.Kind {
	case types.List:
		return fn.Add(g.goType(t)).Block(jen.Return(jen.Qual(pkgJSON, "ReadList").Call(d, v, g.jsonDecoder(t.Elem))))
	case types.Map:
		key := "Name"
		if t.Key.Kind == types.Int {
			key = "IntName"
		}
		return fn.Add(g.goType(t)).Block(jen.Return(jen.Qual(pkgJSON, "ReadMap").Call(d, v, jen.Parens(decoder()).Dot(key), g.jsonDecoder(t.Elem))))
	case types.Enum:
		return fn.Add(g.goType(t)).Block(jen.Return(jen.Qual(pkgJSON, "ReadEnum").Call(d, v, jen.Id(g.enumOf(t).parse), jen.Lit("one of "+few(t.Values)))))
	case types.Optional:
		return fn.Add(g.goType(t)).Block(jen.Return(jen.Qual(pkgJSON, "ReadOption").Call(d, v, g.jsonDecoder(t.Elem))))
	case types.Record:
		return g.recordDecoder(fn, t)
	}
	panic("codegen: " + t.String() + " is not read from JSON: the checker let it through")
}

// recordDecoder reads an object: first where its members are, then the fields.
func (g *generator) recordDecoder(fn *jen.Statement, t *types.Type) jen.Code {
	r := g.recordOf(t)
	return fn.Params(jen.Id("r").Add(g.goType(t))).BlockFunc(func(b *jen.Group) {
		b.If(jen.Op("!").Id("d").Dot("Object").Call(jen.Id("v"))).Block(jen.Return(jen.Id("r")))
		b.Var().Id("fields").Index(jen.Lit(len(t.Fields))).String()
		b.For(jen.Id("o").Op(":=").Qual(pkgJSON, "Object").Call(jen.Id("v")), jen.Id("o").Dot("Next").Call(), jen.Empty()).Block(
			jen.Switch(jen.Id("o").Dot("Name").Call(jen.Id("d").Dot("Arena"))).BlockFunc(func(s *jen.Group) {
				for i, f := range t.Fields {
					s.Case(jen.Lit(f.Name)).Block(jen.Id("fields").Index(jen.Lit(i)).Op("=").Id("o").Dot("Value"))
				}
			}))
		for i, f := range t.Fields {
			b.Id("d").Dot("Field").Call(jen.Lit(f.Name))
			b.Id("r").Dot(r.goOf[f.Name]).Op("=").Add(g.jsonDecoder(f.Type)).Call(jen.Id("d"), jen.Id("fields").Index(jen.Lit(i)))
		}
		b.Return(jen.Id("r"))
	})
}

// decoded is code that makes a value of type t of the JSON text v; it returns the value's name and the decoder's, whose OK tells.
func (f *fn) decoded(t *types.Type, v jen.Code) (out, decoder string) {
	out, decoder = f.temp("tmp"), f.temp("decoder")
	f.add(jen.Id(decoder).Op(":=").Qual(pkgJSON, "Decoder").Values(jen.Dict{jen.Id("Arena"): jen.Op("&").Add(f.arenaOf())}))
	f.add(jen.Id(out).Op(":=").Add(f.g.jsonDecoder(t)).Call(jen.Op("&").Id(decoder), v))
	return out, decoder
}
