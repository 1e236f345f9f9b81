package compiler

import (
	"math"
	"strconv"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/runtime/value"
)

// number reports whether values of a kind are numbers.
func number(k types.Kind) bool { return k == types.Int || k == types.Float || k == types.Decimal }

// literalDigits is how many digits a float keeps of what was written for it.
const literalDigits = 15

// decimalOf returns the decimal that a constant number was written as. A float with more digits than it keeps was computed, or written
// too long: what it stands for is not known.
func decimalOf(v any) (value.Decimal, bool) {
	switch v := v.(type) {
	case int64:
		return value.IntDecimal(v), true
	case float64:
		if short := strconv.FormatFloat(v, 'e', literalDigits-1, 64); math.IsInf(v, 0) || !reads(short, v) {
			return value.Decimal{}, false
		}
		return value.FloatDecimal(v)
	}
	return value.Decimal{}, false
}

func reads(text string, f float64) bool {
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && v == f
}

// exactDecimal makes a constant number a decimal.
func exactDecimal(x ir.Expr) (ir.Expr, bool) {
	c, ok := x.(*ir.Const)
	if !ok {
		return nil, false
	}
	d, ok := decimalOf(c.Value)
	if !ok {
		return nil, false
	}
	return &ir.Const{Typed: ir.Typed{T: types.TDecimal, Span: c.Span}, Value: d}, true
}

func decimalResult(args []ir.Expr) *types.Type {
	switch t := args[0].Type(); {
	case t.Kind == types.Int:
		return types.TDecimal
	case t.Kind == types.Float, t.Kind == types.String, isJSON(t):
		return types.OptionalOf(types.TDecimal)
	}
	return nil
}

// callDecimal types decimal("12.50") and decimal(12.5): literals.
func (e *env) callDecimal(x *ast.Call, arg ir.Expr) ir.Expr {
	c, ok := ir.Constant(arg)
	if !ok {
		return nil
	}
	text, isText := c.(string)
	if !isText || arg.Type().Kind != types.String {
		if d, ok := decimalOf(c); ok {
			return constant(d, x)
		}
		if arg.Type().Kind == types.Float {
			if _, literal := unparen(x.Args[0].Value).(*ast.Literal); !literal {
				e.err(badLiteral, x.Args[0].Span(), "this is computed as a float, which does not keep all digits: it would be %v", c).
					help("compute with decimals: `decimal(0.1) * decimal(3)`, or round it: `round(x, 2)`")
				return invalid(x)
			}
			e.err(badLiteral, x.Args[0].Span(), "a float does not keep all these digits").
				fix(x.Args[0].Span(), `"`+e.text(x.Args[0].Span())+`"`, "write them as a text: `decimal(%q)`", short(e.text(x.Args[0].Span())))
			return invalid(x)
		}
		return nil
	}
	d, err := value.ParseDecimal(text)
	if err != nil {
		e.err(badLiteral, x.Args[0].Span(), "this is no decimal: %v", err).
			help("digits with a point or without: decimal(\"12.50\"), up to 19 of them")
		return invalid(x)
	}
	return constant(d, x)
}

// roundResult is the result of round(x) and round(x, places).
func roundResult(args []ir.Expr) *types.Type {
	t := args[0].Type()
	if t.Kind != types.Float && t.Kind != types.Decimal || len(args) == 2 && args[1].Type().Kind != types.Int {
		return nil
	}
	return t
}

// notDecimal reports an int or a float where a decimal is wanted.
func (e *env) notDecimal(at ast.Spanned, t *types.Type, taker, text string) {
	bang := map[types.Kind]string{types.Float: "!"}[t.Kind]
	e.err(intAndFloat, at.Span(), "%s is a decimal, this is %s", taker, article(t)).
		fix(at.Span(), "decimal("+text+")"+bang, "write `decimal(%s)%s`", short(text), bang)
}

// mixedDecimals reports an operator between a decimal and another number; false where there is none.
func (e *env) mixedDecimals(at, atX, atY ast.Spanned, op string, l, r *types.Type) bool {
	if !number(l.Kind) || !number(r.Kind) || l.Kind == r.Kind {
		return false
	}
	other, t := atX, l
	if l.Kind == types.Decimal {
		other, t = atY, r
	}
	bang := map[types.Kind]string{types.Float: "!"}[t.Kind]
	text := e.text(other.Span())
	e.err(intAndFloat, at.Span(), "`%s` does not mix %s and %s", op, l, r).
		related(other.Span(), "this is "+article(t)).
		fix(other.Span(), "decimal("+text+")"+bang, "write `decimal(%s)%s`", short(text), bang)
	return true
}

// article is a type with its article.
func article(t *types.Type) string {
	if t.Kind == types.Int {
		return "an int"
	}
	return "a " + t.String()
}

// foldDecimal computes an operator on constant decimals.
func foldDecimal(op string, a, b value.Decimal) (any, string) {
	compute := map[string]func(a, b value.Decimal) (value.Decimal, bool){
		"+": value.AddDecimal, "-": value.SubDecimal, "*": value.MulDecimal,
		"/": value.QuoDecimal, "div": value.DivDecimal, "mod": value.ModDecimal,
	}[op]
	if compute == nil {
		return compared(op, int64(a.Cmp(b)), 0), ""
	}
	d, ok := compute(a, b)
	if !ok {
		return nil, value.DecimalOverflow
	}
	return d, ""
}
