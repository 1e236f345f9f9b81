package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

func (f *fn) unary(e *ir.Unary) val {
	x := f.expr(e.X)
	if e.Op == "not" {
		return computed(jen.Op("!").Parens(x.code))
	}
	switch e.T.Kind {
	case types.Decimal:
		return computed(jen.Add(x.code).Dot("Neg").Call())
	case types.Int:
		return f.checked(jen.Qual(pkgValue, "Neg").Call(x.code), e.Span, jen.Lit(overflow))
	case types.Duration:
		return f.checked(jen.Qual(pkgValue, "SubDuration").Call(jen.Lit(0), x.code), e.Span, jen.Lit(overflow))
	}
	return computed(jen.Parens(jen.Op("-").Add(x.code)))
}

// The reasons that arithmetic fails a tuple with.
const (
	overflow     = "the result does not fit: integer overflow"
	divideByZero = "division by zero"
	noDuration   = "the result does not fit a duration (about 292 years)"
)

func (f *fn) binary(e *ir.Binary) val {
	switch e.Op {
	case "and", "or":
		return f.shortCircuit(e)
	case "==", "!=":
		return f.equality(e)
	}
	x, y := f.expr(e.X), f.expr(e.Y)
	xt, yt := e.X.Type().Kind, e.Y.Type().Kind
	switch e.Op {
	case "<", "<=", ">", ">=":
		return f.order(e.Op, xt, x.code, y.code)
	case "+":
		switch {
		case xt == types.String:
			return computed(jen.Qual(pkgValue, "Concat").Call(jen.Op("&").Add(f.arenaOf()), x.code, y.code))
		case xt == types.List:
			return computed(jen.Qual(pkgValue, "Join").Call(x.code, y.code))
		case xt == types.Time:
			return computed(jen.Add(x.code).Dot("Add").Call(y.code))
		case yt == types.Time:
			return computed(jen.Add(y.code).Dot("Add").Call(x.code))
		}
	case "-":
		switch {
		case xt == types.Time && yt == types.Time:
			return f.checked(jen.Qual(pkgValue, "Since").Call(x.code, y.code), e.Span, jen.Lit(noDuration))
		case xt == types.Time:
			return computed(jen.Add(x.code).Dot("Add").Call(jen.Op("-").Add(y.code)))
		}
	case "*":
		if yt == types.Duration && xt == types.Int {
			x, y = y, x
		}
	}
	call := arithmetic[e.Op]
	switch kind := e.T.Kind; {
	case kind == types.Decimal:
		return f.decimals(e, x, y)
	case kind == types.Duration:
		why := jen.Code(jen.Lit(reason(e.Op)))
		if e.Op == "/" { // the least duration by -1 does not fit
			y = simple(f.once(y))
			why = jen.Qual(pkgValue, "NoQuotient").Call(y.code)
		}
		return f.checked(jen.Qual(pkgValue, call+"Duration").Call(x.code, y.code), e.Span, why)
	case kind == types.Float && e.Op == "/":
		if xt == types.Duration {
			x, y = computed(jen.Float64().Call(x.code)), computed(jen.Float64().Call(y.code))
		}
		if ir.SafeDivisor(e) {
			return computed(jen.Parens(jen.Add(x.code).Op("/").Add(y.code)))
		}
		return f.checked(jen.Qual(pkgValue, "DivFloat").Call(x.code, y.code), e.Span, jen.Lit(divideByZero))
	case kind == types.Float:
		return computed(jen.Parens(jen.Add(x.code).Op(e.Op).Add(y.code)))
	}
	if (e.Op == "div" || e.Op == "mod") && ir.SafeDivisor(e) {
		return computed(jen.Parens(jen.Add(x.code).Op(map[string]string{"div": "/", "mod": "%"}[e.Op]).Add(y.code)))
	}
	why := jen.Code(jen.Lit(reason(e.Op)))
	if e.Op == "div" {
		// The least int by -1 does not fit.
		y = simple(f.once(y))
		why = jen.Qual(pkgValue, "NoQuotient").Call(y.code)
	}
	return f.checked(jen.Qual(pkgValue, call).Call(x.code, y.code), e.Span, why)
}

// arithmetic names the checked functions of runtime/value.
var arithmetic = map[string]string{"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "div": "Div", "mod": "Mod"}

func reason(op string) string {
	if op == "div" || op == "mod" || op == "/" {
		return divideByZero
	}
	return overflow
}

// shortCircuit evaluates the right side only where it decides.
func (f *fn) shortCircuit(e *ir.Binary) val {
	op := map[string]string{"and": "&&", "or": "||"}[e.Op]
	x := f.expr(e.X)
	var y val
	before := f.block(func() { y = f.expr(e.Y) })
	if len(before) == 0 {
		return computed(jen.Parens(jen.Add(x.code).Op(op).Add(y.code)))
	}
	tmp := f.temp("tmp")
	cond := jen.Id(tmp)
	if e.Op == "or" {
		cond = jen.Op("!").Id(tmp)
	}
	f.add(jen.Id(tmp).Op(":=").Add(x.code),
		jen.If(cond).Block(append(before, jen.Id(tmp).Op("=").Add(y.code))...))
	return simple(jen.Id(tmp))
}

func (f *fn) equality(e *ir.Binary) val {
	var eq jen.Code
	_, noneX := e.X.(*ir.NoneConst)
	_, noneY := e.Y.(*ir.NoneConst)
	switch {
	case noneX, noneY:
		x := e.X
		if noneX {
			x = e.Y
		}
		o := f.opt(x)
		f.add(jen.Id("_").Op("=").Add(o.v)) // only whether there is one matters
		eq = jen.Op("!").Add(o.ok)
	default:
		x := f.expr(e.X)
		eq = f.g.equal(e.X.Type(), x.code, f.expr(e.Y).code)
	}
	if e.Op == "!=" {
		return computed(jen.Op("!").Parens(eq))
	}
	return computed(jen.Parens(eq))
}

// order compares values of an ordered type.
func (f *fn) order(op string, kind types.Kind, x, y jen.Code) val {
	switch kind {
	case types.Decimal:
		return computed(jen.Parens(jen.Add(x).Dot("Cmp").Call(y).Op(op).Lit(0)))
	case types.Time:
		return computed(jen.Parens(jen.Add(x).Dot("Compare").Call(y).Op(op).Lit(0)))
	case types.Bytes:
		return computed(jen.Parens(jen.Qual("bytes", "Compare").Call(x, y).Op(op).Lit(0)))
	}
	return computed(jen.Parens(jen.Add(x).Op(op).Add(y)))
}
