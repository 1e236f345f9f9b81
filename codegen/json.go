package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/types"
)

// jsonFunc is a func([]byte, T) []byte that appends a value as JSON: how sinks get lists, maps, records and optionals.
func (g *generator) jsonFunc(t *types.Type) jen.Code {
	name := map[types.Kind]string{
		types.Bool: "AppendBool", types.Int: "AppendInt", types.Float: "JSONFloat", types.Decimal: "AppendDecimal", types.String: "JSONString",
		types.Bytes: "JSONBytes", types.Time: "JSONTime", types.Duration: "JSONDuration",
	}[t.Kind]
	if name != "" {
		return jen.Qual(pkgValue, name)
	}
	if t.Kind == types.JSON {
		return jen.Qual(pkgJSON, "Append")
	}
	return jen.Func().Params(jen.Id("dst").Index().Byte(), jen.Id("v").Add(g.goType(t))).Index().Byte().BlockFunc(func(b *jen.Group) {
		switch t.Kind {
		case types.Enum:
			b.Return(jen.Qual(pkgValue, "JSONString").Call(jen.Id("dst"), jen.Id("v").Dot("String").Call()))
		case types.List:
			b.Return(jen.Qual(pkgValue, "JSONList").Call(jen.Id("dst"), jen.Id("v"), g.jsonFunc(t.Elem)))
		case types.Map:
			b.Return(jen.Qual(pkgValue, "JSONMap").Call(jen.Id("dst"), g.sortedKeys(t.Key, jen.Id("v")), jen.Id("v"), g.jsonFunc(t.Key), g.jsonFunc(t.Elem)))
		case types.Optional:
			b.Return(jen.Qual(pkgValue, "JSONOption").Call(jen.Id("dst"), jen.Id("v"), g.jsonFunc(t.Elem)))
		case types.Record:
			// In the order the type was declared in, as people wrote it.
			r := g.recordOf(t)
			for i, f := range t.Fields {
				lead := `,"` + f.Name + `":`
				if i == 0 {
					lead = `{"` + f.Name + `":`
				}
				b.Id("dst").Op("=").Append(jen.Id("dst"), jen.Lit(lead).Op("..."))
				b.Id("dst").Op("=").Add(g.jsonFunc(f.Type)).Call(jen.Id("dst"), jen.Id("v").Dot(r.goOf[f.Name]))
			}
			b.Return(jen.Append(jen.Id("dst"), jen.LitByte('}')))
		}
	})
}
