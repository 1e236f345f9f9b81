package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// whole is code for v, which generic Go gave in the language's own Go type: what that type has beyond the language becomes a value of it, such as a nil map,
// or the zero value of a json.
func (g *generator) whole(t *types.Type, v jen.Code) jen.Code {
	if ir.Whole(t) {
		return v
	}
	switch t.Kind {
	case types.Time:
		return jen.Add(v).Dot("Round").Call(jen.Lit(0)).Dot("UTC").Call()
	case types.Decimal:
		return jen.Add(v).Dot("Trim").Call(jen.Lit(0))
	case types.JSON:
		return jen.Qual(pkgJSON, "Whole").Call(v)
	case types.List:
		return jen.Qual(pkgValue, "ConvertList").Call(v, g.wholeFunc(t.Elem))
	case types.Map:
		if ir.Whole(t.Elem) && ir.Whole(t.Key) {
			return jen.Qual(pkgValue, "Made").Call(v)
		}
		return jen.Qual(pkgValue, "ConvertMap").Call(v, g.wholeFunc(t.Key), g.wholeFunc(t.Elem))
	}
	return jen.Add(g.wholeFunc(t)).Call(v)
}

// wholeFunc is a func(T) T for whole.
func (g *generator) wholeFunc(t *types.Type) jen.Code {
	if ir.Whole(t) {
		return jen.Qual(pkgValue, "Same").Types(g.goType(t))
	}
	typ := g.goType(t)
	fn := jen.Func().Params(jen.Id("v").Add(typ)).Add(typ)
	switch t.Kind {
	case types.Optional:
		return fn.Block(
			jen.If(jen.Id("v").Dot("OK")).Block(jen.Id("v").Dot("V").Op("=").Add(g.whole(t.Elem, jen.Id("v").Dot("V")))),
			jen.Return(jen.Id("v")))
	case types.Record:
		r := g.recordOf(t)
		return fn.BlockFunc(func(b *jen.Group) {
			for _, f := range r.fields {
				if !ir.Whole(f.Type) {
					field := jen.Id("v").Dot(r.goOf[f.Name])
					b.Add(field.Clone()).Op("=").Add(g.whole(f.Type, field))
				}
			}
			b.Return(jen.Id("v"))
		})
	}
	return fn.Block(jen.Return(g.whole(t, jen.Id("v"))))
}
