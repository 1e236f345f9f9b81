package codegen

import (
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/runtime/value"
)

// decimalConst is the variable that holds a constant decimal: making one each time would cost more than reading it.
func (g *generator) decimalConst(d value.Decimal) string {
	at := slices.Index(g.decimals, d)
	if at < 0 {
		at = len(g.decimals)
		g.decimals = append(g.decimals, d)
	}
	return g.top("decimal_" + strconv.Itoa(at+1))
}

// constants writes the variables of constants.
func (g *generator) constants(f *jen.File) {
	for _, d := range g.decimals {
		f.Var().Id(g.decimalConst(d)).Op("=").Add(g.constant(&ir.Const{Value: d}))
	}
}

// decimals lowers arithmetic: all but the sign can fail.
func (f *fn) decimals(e *ir.Binary, x, y val) val {
	name := map[string]string{"+": "Add", "-": "Sub", "*": "Mul", "/": "Quo", "div": "Div", "mod": "Mod"}[e.Op] + "Decimal"
	if e.Op == "+" || e.Op == "-" || e.Op == "*" {
		return f.checked(jen.Qual(pkgValue, name).Call(x.code, y.code), e.Span, jen.Lit(value.DecimalOverflow))
	}
	divisor := f.once(y)
	return f.checked(jen.Qual(pkgValue, name).Call(x.code, divisor), e.Span, jen.Qual(pkgValue, "WhyNoQuotient").Call(divisor))
}

// round lowers round(x) and round(x, places).
func (f *fn) round(t *types.Type, args []jen.Code) val {
	if t.Kind == types.Decimal {
		if len(args) == 1 {
			args = append(args, jen.Lit(0))
		}
		return computed(jen.Qual(pkgValue, "RoundDecimal").Call(args...))
	}
	if len(args) == 1 {
		return computed(jen.Qual(pkgNumber, "Round").Call(args...))
	}
	return computed(jen.Qual(pkgNumber, "RoundTo").Call(args...))
}
