package compiler

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// expr types an expression. want, where not nil, is the type that would suit its reader: it gives
// `[]`, `none` and number literals theirs; that the result has it is for value to see to.
func (e *env) expr(x ast.Expr, want *types.Type) ir.Expr {
	v := e.typedExpr(x, want)
	if e.notes != nil {
		e.notes.note(x, v.Type())
	}
	return v
}

// typedExpr is expr, which keeps what comes out.
func (e *env) typedExpr(x ast.Expr, want *types.Type) ir.Expr {
	if e.sel != nil {
		if v := e.sel.known(e, x); v != nil {
			return v
		}
	}
	switch x := x.(type) {
	case *ast.Literal:
		return e.literal(x, want)
	case *ast.None:
		return e.noneBecause(x, want)
	case *ast.String:
		return e.string(x)
	case *ast.Name:
		return e.name(x, want)
	case *ast.Select:
		return e.selector(x)
	case *ast.Index:
		return e.index(x)
	case *ast.Call:
		return e.call(x)
	case *ast.Unary:
		return e.unary(x, want)
	case *ast.Binary:
		return e.binary(x, want)
	case *ast.Must:
		return e.must(x)
	case *ast.List:
		return e.list(x, want)
	case *ast.MapLit:
		return e.mapLit(x, want)
	case *ast.Paren:
		return e.expr(x.X, want)
	case *ast.Match:
		return e.matchExpr(x, want)
	case *ast.Case:
		return e.caseExpr(x, want)
	case *ast.Filtered:
		return e.filtered(x)
	}
	return &ir.NoneConst{Typed: ir.Typed{T: types.TInvalid}} // what the parser could not read
}

// value types an expression and converts it to the type of what takes it, which is told as "field n of count".
func (e *env) value(x ast.Expr, want *types.Type, taker string) ir.Expr {
	v := e.expr(x, want)
	if x == nil {
		return v
	}
	out, ok := convert(v, want)
	if !ok {
		e.mismatch(x, v, want, taker)
		return invalid(x)
	}
	return out
}

// constValue types an expression that must be a constant of a type.
func (c *compilation) constValue(x ast.Expr, want *types.Type, taker string) (any, bool) {
	e := &env{compilation: c, constant: taker}
	return ir.Constant(e.computed(x, e.value(x, want, taker)))
}

// computed reports an expression of a constant that is left to run time; lists, maps and records of constants are not.
func (e *env) computed(x ast.Spanned, v ir.Expr) ir.Expr {
	parts, open := 0, false
	var walk func(ir.Expr)
	walk = func(v ir.Expr) {
		if parts++; parts > maxConstParts || open {
			return
		}
		switch v := v.(type) {
		case *ir.Const:
		case *ir.NoneConst:
			if v.Why != nil {
				walk(v.Why)
			}
		case *ir.Convert:
			walk(v.X)
		case *ir.ListLit:
			for _, i := range v.Items {
				walk(i)
			}
		case *ir.MapLit:
			for i := range v.Keys {
				walk(v.Keys[i])
				walk(v.Values[i])
			}
		case *ir.RecordLit:
			for _, i := range v.Values {
				walk(i)
			}
		default:
			open = true
		}
	}
	walk(v)
	switch {
	case open:
		e.err(notConstant, x.Span(), "%s must be known when the topology is compiled, this is computed when it runs", e.constant)
		return invalid(x)
	case parts > maxConstParts:
		e.err(constOverflow, x.Span(), "a constant of more than %d parts", maxConstParts)
		return invalid(x)
	}
	return v
}

// maxConstParts is how many parts a constant may have: constants made of constants grow fast.
const maxConstParts = 10_000

// convert makes an expression one of another type, where the language does so by itself: T to T?, and a
// constant int to float.
func convert(x ir.Expr, want *types.Type) (ir.Expr, bool) {
	t := x.Type()
	if t.Equal(want) {
		return x, true
	}
	if want.Kind == types.Optional {
		if t.Kind == types.None {
			none := *x.(*ir.NoneConst)
			none.T = want
			return &none, true
		}
		if inner, ok := convert(x, want.Elem); ok && inner.Type().Kind != types.Optional {
			return &ir.Convert{Typed: ir.Typed{T: want, Span: x.At()}, X: inner}, true
		}
	}
	if want.Kind == types.Decimal {
		if d, ok := exactDecimal(x); ok {
			return d, true
		}
	}
	if want.Kind == types.Float {
		if n, ok := exactFloat(x); ok {
			return n, true
		}
	}
	return x, false
}

// exactFloat makes a constant int that a float can hold exactly a float.
func exactFloat(x ir.Expr) (ir.Expr, bool) {
	c, ok := x.(*ir.Const)
	if !ok {
		return nil, false
	}
	n, ok := c.Value.(int64)
	if !ok || n > 1<<53 || n < -1<<53 {
		return nil, false
	}
	return &ir.Const{Typed: ir.Typed{T: types.TFloat, Span: c.Span}, Value: float64(n)}, true
}

// mismatch reports that v has not the type wanted.
func (e *env) mismatch(at ast.Spanned, v ir.Expr, want *types.Type, taker string) {
	t := v.Type()
	text := e.text(at.Span())
	constant, isConst := ir.Constant(v)
	tail, effect := "!", ", which fails the tuple"
	if e.argument { // there is no tuple here
		tail, effect = " ?? "+zeroText(want), ", which stands for it"
	}
	switch {
	case (e.constant != "" || taker == loopTaker) && !isConst && (want.Kind == types.Int || want.Kind == types.Float || want.Kind == types.Decimal) && (isJSON(t) || t.Kind == types.String || t.Kind == types.Float):
		e.err(mismatch, at.Span(), "%s is a %s, this is a %s", taker, want, t) // nothing is converted here
	case want.Enum() != nil && t.Kind != types.Optional && t.Kind != types.None:
		e.notEnum(at, v, want, taker)
	case isJSON(t) && fromJSON[want.Kind] != "" && (want.Elem == nil || want.Elem.Kind == types.JSON):
		f := fromJSON[want.Kind]
		e.err(mismatch, at.Span(), "%s is a %s, this is a %s", taker, want, t).
			fix(at.Span(), f+"("+text+")"+tail, "write `%s(%s)%s`%s where it is something else", f, short(text), tail, effect).asks()
	case want.Kind == types.JSON && t.Kind != types.Optional && t.Kind != types.None:
		e.err(mismatch, at.Span(), "%s is a json, this is a %s", taker, t).fix(at.Span(), "to_json("+text+")", "write `to_json(%s)`", short(text))
	case want.Kind == types.Bytes && t.Kind == types.String:
		e.err(mismatch, at.Span(), "%s is a bytes, this is a string", taker).fix(at.Span(), "to_bytes("+text+")", "write `to_bytes(%s)`", short(text))
	case isConst && t.Kind == types.Float && want.Kind == types.Int:
		r := e.err(intAndFloat, at.Span(), "%s is an int, this is a float", taker)
		if f, ok := constant.(float64); ok && math.Abs(f) < 1<<53 {
			n := strconv.FormatInt(int64(f), 10)
			if r.help("write a whole number, such as `%s`", n); f == math.Trunc(f) {
				r.fix(at.Span(), n, "write `%s`", n)
			}
		}
	case isConst && want.Kind != types.Bool && !(t.Kind == types.Float && want.Kind == types.Int):
		r := e.err(mismatch, at.Span(), "%s is a %s, this is a %s", taker, want, t)
		if n, isInt := constant.(int64); isInt && want.Kind == types.String {
			r.fix(at.Span(), fmt.Sprintf("%q", strconv.FormatInt(n, 10)), "write `\"%d\"`", n)
		} else if isInt && want.Kind == types.Duration {
			r.help("a duration has a unit: `%ds`", n)
		}
	case t.Kind == types.Optional && t.Elem.Equal(want) && e.comparedNil(text):
	case t.Kind == types.Optional && t.Elem.Equal(want):
		r := e.err(optionalUsed, at.Span(), "%s is a %s, but this is a %s, which may be missing", taker, want, t)
		if e.unwrapHelp(r, text) {
			break
		}
		r.fix(after(at.Span()), "!", "say what happens then: `%s ?? %s`, or `%s!` to fail the %s", short(text), zeroText(want), short(text), e.whole())
	case t.Kind == types.None:
		e.err(mismatch, at.Span(), "%s is a %s, which is never missing", taker, want)
	case (t.Kind == types.Int || t.Kind == types.Float) && want.Kind == types.Decimal:
		e.notDecimal(at, t, taker, text)
	case t.Kind == types.Decimal && (want.Kind == types.Int || want.Kind == types.Float):
		bang := map[types.Kind]string{types.Int: "!"}[want.Kind]
		e.err(intAndFloat, at.Span(), "%s is %s, this is a decimal", taker, article(want)).
			fix(at.Span(), want.String()+"("+text+")"+bang, "write `%s(%s)%s`", want, short(text), bang)
	case t.Kind == types.Int && want.Kind == types.Float:
		e.err(intAndFloat, at.Span(), "%s is a float, this is an int", taker).
			fix(at.Span(), "float("+text+")", "write `float(%s)`", short(text))
	case t.Kind == types.Float && want.Kind == types.Int:
		if e.quotient(v, at, taker) {
			break
		}
		e.err(intAndFloat, at.Span(), "%s is an int, this is a float", taker).
			fix(at.Span(), "int("+text+")"+tail, "write `int(%s)%s`, which cuts the fraction off%s where the number is too large", short(text), tail, strings.Replace(effect, ", which", " and", 1)).asks()
	case want.Kind == types.String && t.Printable() && t.Kind != types.Invalid:
		e.err(mismatch, at.Span(), "%s is a string, this is a %s", taker, t).
			fix(at.Span(), "string("+text+")", "write `string(%s)`, or \"{...}\" around it", short(text))
	case want.Kind == types.Bool:
		e.notBool(at, v, taker)
	case t.Kind == types.String && (want.Kind == types.Int || want.Kind == types.Float || want.Kind == types.Decimal):
		e.err(mismatch, at.Span(), "%s is a %s, this is a string", taker, want).
			fix(at.Span(), want.String()+"("+text+")"+tail, "write `%s(%s)%s`%s where the text is no number", want, short(text), tail, effect).asks()
	default:
		e.err(mismatch, at.Span(), "%s is a %s, this is a %s", taker, want, t)
	}
}

// short cuts a text that would burst a line of help.
func short(text string) string {
	if len(text) > 40 || strings.Contains(text, "\n") {
		return "x"
	}
	return text
}

// zeroText is an example of a value.
func zeroText(t *types.Type) string {
	switch t.Kind {
	case types.Int, types.Decimal:
		return "0"
	case types.Float:
		return "0.0"
	case types.String:
		return `""`
	case types.Bool:
		return "false"
	case types.Duration:
		return "0s"
	case types.List:
		return "[]"
	case types.Enum:
		return t.Values[0]
	}
	return "other"
}

// condition types an expression that must be a bool.
func (e *env) condition(x ast.Expr, of string) ir.Expr {
	v := e.expr(x, types.TBool)
	if x != nil && !v.Type().Equal(types.TBool) {
		e.notBool(x, v, of)
		return invalid(x)
	}
	return v
}

// notBool reports what other languages take as true or false.
func (e *env) notBool(at ast.Spanned, v ir.Expr, taker string) {
	text := e.text(at.Span())
	r := e.err(notBool, at.Span(), "%s is a bool, this is a %s", taker, v.Type())
	switch v.Type().Kind {
	case types.Int:
		r.fix(after(at.Span()), " != 0", "write `%s != 0`", short(text))
	case types.Float:
		r.fix(after(at.Span()), " != 0.0", "write `%s != 0.0`", short(text))
	case types.Decimal:
		r.fix(after(at.Span()), " != 0", "write `%s != 0`", short(text))
	case types.String:
		r.fix(after(at.Span()), ` != ""`, "write `%s != \"\"`", short(text))
	case types.List, types.Map, types.Bytes:
		r.fix(at.Span(), "len("+text+") > 0", "write `len(%s) > 0`", short(text))
	case types.Optional:
		r.help("write `if let x = %s { ... }`, or `%s != none`", short(text), short(text))
	}
}

// must types `x!`.
func (e *env) must(x *ast.Must) ir.Expr {
	v := e.expr(x.X, nil)
	switch t := v.Type(); {
	case t.Kind == types.Invalid:
		return invalid(x)
	case t.Kind != types.Optional:
		bang := x.Span()
		bang.Start = x.X.Span().End
		e.err(notOptional, bang, "a %s is never missing", t).fix(bang, "", "take the `!` out")
		return v
	case e.argument || e.constant != "":
		e.err(noTuple, x.Span(), "`!` fails the tuple, and there is no tuple here").
			help("say what stands for a missing value: `%s ?? %s`", short(e.text(x.X.Span())), zeroText(t.Elem))
		return invalid(x)
	default:
		return &ir.Must{Typed: typed(t.Elem, x), X: v}
	}
}

// index types `x[i]`: an optional.
func (e *env) index(x *ast.Index) ir.Expr {
	if v := e.query.keyed(e, x); v != nil {
		return v
	}
	v := e.expr(x.X, nil)
	if r, ok := unparen(x.Index).(*ast.Binary); ok && r.Op == ".." {
		return e.cutOut(x, v, r)
	}
	switch t := v.Type(); t.Kind {
	case types.Invalid:
		e.expr(x.Index, nil)
		return invalid(x)
	case types.List:
		i := e.value(x.Index, types.TInt, "the index of a list")
		return &ir.Index{Typed: typed(types.OptionalOf(t.Elem), x), X: v, Index: i}
	case types.Map:
		k := e.value(x.Index, t.Key, "the key of this map")
		return &ir.Index{Typed: typed(types.OptionalOf(t.Elem), x), X: v, Index: k}
	case types.JSON:
		return e.jsonIndex(x, v)
	case types.Optional:
		if isJSON(t) {
			return e.jsonIndex(x, v)
		}
		e.expr(x.Index, nil)
		text := short(e.text(x.X.Span()))
		e.err(optionalUsed, x.X.Span(), "this is a %s, which may be missing: it can't be indexed", t).
			fix(after(x.X.Span()), "!", "say what happens then: `%s!` fails the %s", text, e.whole())
	default:
		e.expr(x.Index, nil)
		r := e.err(notIndexable, x.X.Span(), "a %s can't be indexed", t)
		if t.Kind == types.String {
			r.help("cut the text into a list first, e.g. with `split(%s, \",\")`", short(e.text(x.X.Span())))
		}
		if name := strings.Trim(e.text(x.Index.Span()), `"`); t.Kind == types.Record && t.Field(name) != nil {
			text := e.text(x.X.Span()) + "." + name
			r.fix(x.Span(), text, "write `%s`", short(text))
		} else if t.Kind == types.Record {
			r.help("its fields are named: `%s.%s`", short(e.text(x.X.Span())), t.Fields[0].Name)
		}
	}
	return invalid(x)
}

// defaulted types `x ?? y`.
func (e *env) defaulted(x *ast.Binary) ir.Expr {
	v := e.expr(x.X, nil)
	t := v.Type()
	if t.Kind == types.Invalid {
		y := e.expr(x.Y, nil)
		if y.Type().Kind == types.None || y.Type().Kind == types.Optional {
			return invalid(x)
		}
		return &ir.NoneConst{Typed: typed(types.TInvalid, x)}
	}
	if t.Kind != types.Optional {
		y := e.expr(x.Y, t)
		rest := x.Span()
		rest.Start = x.X.Span().End
		if t.Kind == types.None {
			e.err(notOptional, x.X.Span(), "none is always missing")
			return y
		}
		e.err(notOptional, x.X.Span(), "a %s is never missing", t).
			label("has always a value").fix(rest, "", "take the `?? ...` out")
		return v
	}
	y := e.expr(x.Y, t.Elem)
	if out, ok := convert(y, t.Elem); ok {
		if isInvalid(out) {
			return invalid(x)
		}
		return &ir.Default{Typed: typed(t.Elem, x), X: v, Y: out}
	}
	if out, ok := convert(y, t); ok {
		return &ir.Default{Typed: typed(t, x), X: v, Y: out}
	}
	e.mismatch(x.Y, y, t.Elem, "what stands for a missing value")
	return invalid(x)
}

// quotient reports `a / b` of ints where an int is wanted: it is a float here, and `div` is meant.
func (e *env) quotient(v ir.Expr, at ast.Spanned, taker string) bool {
	x, ok := at.(*ast.Binary)
	q, isBinary := v.(*ir.Binary)
	if !ok || !isBinary || x.Op != "/" || q.Op != "/" || !whole(q.X) || !whole(q.Y) {
		return false
	}
	text := e.text(x.X.Span()) + " div " + e.text(x.Y.Span())
	e.err(intAndFloat, at.Span(), "%s is an int, and `/` gives a float", taker).
		fix(at.Span(), text, "write `%s`, which cuts the fraction off", short(text))
	return true
}

// whole reports whether a value is an int, or was one before it was made a float.
func whole(x ir.Expr) bool {
	if c, ok := x.(*ir.Convert); ok {
		x = c.X
	}
	c, isConst := ir.Constant(x)
	f, isFloat := c.(float64)
	return x.Type().Kind == types.Int || isConst && isFloat && f == float64(int64(f))
}
