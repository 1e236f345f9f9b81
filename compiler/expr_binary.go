package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// unary types `-x` and `not x`.
func (e *env) unary(x *ast.Unary, want *types.Type) ir.Expr {
	if x.Op == "not" {
		v := e.condition(x.X, "what `not` turns round")
		if isInvalid(v) {
			return invalid(x)
		}
		if b, ok := ir.Constant(v); ok {
			return constant(!b.(bool), x)
		}
		return &ir.Unary{Typed: typed(types.TBool, x), Op: "not", X: v}
	}
	// The least int has no positive twin: its digits only fit together with the sign.
	if lit, ok := x.X.(*ast.Literal); ok && lit.Kind == ast.IntLit {
		signed := *lit
		signed.Text = "-" + lit.Text
		signed.Node = x.Node
		return e.literal(&signed, want)
	}
	if want != nil && want.Kind == types.Optional {
		want = want.Elem // the sign is that of a number which is there
	}
	v := e.expr(x.X, want)
	t := v.Type()
	switch t.Kind {
	case types.Int, types.Float, types.Decimal, types.Duration:
	case types.Invalid:
		return invalid(x)
	default:
		e.badOperand(x.X, t, "-")
		return invalid(x)
	}
	if c, ok := ir.Constant(v); ok {
		out, err := negate(c)
		return e.folded(x, out, err)
	}
	return &ir.Unary{Typed: typed(t, x), Op: "-", X: v}
}

// badOperand reports an operand that an operator can't take by itself.
func (e *env) badOperand(at ast.Spanned, t *types.Type, op string) {
	if t.Kind == types.Optional && e.comparedNil(e.text(at.Span())) {
		return
	}
	r := e.err(badOperands, at.Span(), "`%s` does not take a %s", op, t)
	if t.Kind == types.Optional {
		r.Code = optionalUsed
		text := short(e.text(at.Span()))
		r.note("a %s may be missing", t)
		if e.unwrapHelp(r, e.text(at.Span())) {
			return
		}
		r.help("say what happens then: `%s ?? %s`, or `%s!` to fail the %s", text, zeroText(t.Elem), text, e.whole())
	}
}

// binary types `x op y`.
func (e *env) binary(x *ast.Binary, want *types.Type) ir.Expr {
	switch x.Op {
	case "??":
		return e.defaulted(x)
	case "and", "or":
		return e.logical(x)
	case "..":
		e.expr(x.X, types.TInt)
		e.expr(x.Y, types.TInt)
		if !x.Foreign {
			e.err(notHere, x.Span(), "a range stands in `for` only").help("write `for i in a..b { ... }`")
		}
		return invalid(x)
	}
	e.comparison(x)
	l, r := e.operands(x, operandWant(x.Op, want))
	e.nilCompared(x, l, r)
	return e.operation(x, x.X, x.Y, x.Op, l, r)
}

// operands types both sides of an operator. Beside a value of an enum a bare name is one of that enum.
func (e *env) operands(x *ast.Binary, want *types.Type) (l, r ir.Expr) {
	hint := func(v ir.Expr) *types.Type {
		if want == nil && v.Type().Enum() != nil {
			return v.Type()
		}
		return want
	}
	if e.onlyEnumValue(x.X) && !e.onlyEnumValue(x.Y) {
		r = e.expr(x.Y, want)
		return e.expr(x.X, hint(r)), r
	}
	l = e.expr(x.X, want)
	return l, e.expr(x.Y, hint(l))
}

// operandWant is what the operands of an operator should be, where its result should be a want.
func operandWant(op string, want *types.Type) *types.Type {
	if op == "+" && want != nil && want.Kind == types.List {
		return want
	}
	return nil
}

func (e *env) logical(x *ast.Binary) ir.Expr {
	if x.Foreign { // perhaps not what was meant
		l, r := e.expr(x.X, types.TBool), e.expr(x.Y, types.TBool)
		if l.Type().Kind != types.Bool || r.Type().Kind != types.Bool {
			return invalid(x)
		}
		return &ir.Binary{Typed: typed(types.TBool, x), Op: x.Op, X: l, Y: r}
	}
	l := e.condition(x.X, "what `"+x.Op+"` joins")
	r := e.condition(x.Y, "what `"+x.Op+"` joins")
	if isInvalid(l) || isInvalid(r) {
		return invalid(x)
	}
	a, constA := ir.Constant(l)
	b, constB := ir.Constant(r)
	switch {
	case constA && constB && x.Op == "and":
		return constant(a.(bool) && b.(bool), x)
	case constA && constB:
		return constant(a.(bool) || b.(bool), x)
	}
	return &ir.Binary{Typed: typed(types.TBool, x), Op: x.Op, X: l, Y: r}
}

// operation types an operator whose operands are typed already: also that of `n += 1`.
func (e *env) operation(at, atX, atY ast.Spanned, op string, l, r ir.Expr) ir.Expr {
	if isInvalid(l) || isInvalid(r) {
		return invalid(at)
	}
	equality := op == "==" || op == "!="
	l, r = balance(l, r, equality)
	lt, rt := l.Type(), r.Type()
	if !equality {
		for _, side := range []struct {
			at ast.Spanned
			t  *types.Type
		}{{atX, lt}, {atY, rt}} {
			if side.t.Kind == types.Optional || side.t.Kind == types.None {
				e.badOperand(side.at, side.t, op)
				return invalid(at)
			}
		}
	}
	t := resultType(op, lt, rt)
	if t == nil {
		if x, ok := at.(*ast.Binary); ok && x.Foreign && op == "mod" {
			e.remainderOf(x, lt, rt)
			return invalid(at)
		}
		e.badOperands(at, atX, atY, op, lt, rt)
		return invalid(at)
	}
	if op == "/" && lt.Kind == types.Int {
		l, r = toFloat(l), toFloat(r)
	}
	a, constA := ir.Constant(l)
	b, constB := ir.Constant(r)
	if constB && isZero(b) && (op == "/" || op == "div" || op == "mod") {
		e.err(constDivision, atY.Span(), "division by zero")
		return invalid(at)
	}
	if constA && constB && lt.Kind != types.JSON {
		if out, err := fold(op, a, b); out != nil || err != "" {
			return e.folded(at, out, err)
		}
	}
	return &ir.Binary{Typed: typed(t, at), Op: op, X: l, Y: r}
}

// balance gives operands one type, where one of them is a constant that can have the other's, or
// an equality compares what may be missing with what is not.
func balance(l, r ir.Expr, equality bool) (ir.Expr, ir.Expr) {
	if l.Type().Kind == types.Int && r.Type().Kind == types.Float {
		if f, ok := exactFloat(l); ok {
			return f, r
		}
	}
	if l.Type().Kind == types.Float && r.Type().Kind == types.Int {
		if f, ok := exactFloat(r); ok {
			return l, f
		}
	}
	if l.Type().Kind == types.Decimal || r.Type().Kind == types.Decimal {
		if d, ok := exactDecimal(l); ok {
			l = d
		}
		if d, ok := exactDecimal(r); ok {
			r = d
		}
	}
	if equality {
		if out, ok := convert(r, l.Type()); ok {
			return l, out
		}
		if out, ok := convert(l, r.Type()); ok {
			return out, r
		}
	}
	return l, r
}

// toFloat converts an int: `/` on ints is a float.
func toFloat(x ir.Expr) ir.Expr {
	if c, ok := ir.Constant(x); ok {
		return &ir.Const{Typed: ir.Typed{T: types.TFloat, Span: x.At()}, Value: float64(c.(int64))}
	}
	return &ir.Convert{Typed: ir.Typed{T: types.TFloat, Span: x.At()}, X: x}
}

// resultType is the type of `l op r`, or nil where the operator does not take them.
func resultType(op string, l, r *types.Type) *types.Type {
	same := l.Equal(r)
	switch op {
	case "==", "!=":
		if same && l.Kind != types.None {
			return types.TBool
		}
		return nil
	case "<", "<=", ">", ">=":
		if same && l.Ordered() {
			return types.TBool
		}
		return nil
	}
	lk, rk := l.Kind, r.Kind
	switch {
	case lk == types.Int && rk == types.Int:
		if op == "/" {
			return types.TFloat
		}
		return l
	case lk == types.Float && rk == types.Float && op != "div" && op != "mod":
		return l
	case lk == types.Decimal && rk == types.Decimal:
		return l
	case lk == types.Duration && rk == types.Duration && (op == "+" || op == "-"):
		return l
	case lk == types.Duration && rk == types.Duration && op == "/":
		return types.TFloat
	case lk == types.Duration && rk == types.Int && (op == "*" || op == "/"):
		return l
	case lk == types.Int && rk == types.Duration && op == "*":
		return r
	case lk == types.Time && rk == types.Duration && (op == "+" || op == "-"):
		return l
	case lk == types.Duration && rk == types.Time && op == "+":
		return r
	case lk == types.Time && rk == types.Time && op == "-":
		return types.TDuration
	case same && (lk == types.String || lk == types.List) && op == "+":
		return l
	}
	return nil
}

// badOperands reports operands that an operator does not take together.
func (e *env) badOperands(at, atX, atY ast.Spanned, op string, l, r *types.Type) {
	textX, textY := e.text(atX.Span()), e.text(atY.Span())
	lk, rk := l.Kind, r.Kind
	numeric := func(k types.Kind) bool { return k == types.Int || k == types.Float }
	if numeric(lk) && numeric(rk) && lk != rk {
		intAt, text := atX.Span(), textX
		if rk == types.Int {
			intAt, text = atY.Span(), textY
		}
		if op == "div" || op == "mod" {
			e.err(badOperands, at.Span(), "`%s` takes ints", op).help("%s", floatDivision(op))
			return
		}
		e.err(intAndFloat, at.Span(), "`%s` does not mix int and float", op).
			related(intAt, "this is an int").
			fix(intAt, "float("+text+")", "write `float(%s)`", short(text))
		return
	}
	if e.mixedDecimals(at, atX, atY, op, l, r) {
		return
	}
	var rep report
	if l.Equal(r) {
		rep = e.err(badOperands, at.Span(), "`%s` does not take a %s", op, l)
	} else {
		rep = e.err(badOperands, at.Span(), "`%s` does not take a %s and a %s", op, l, r)
	}
	rep.label("%s %s %s", l, op, r)
	switch {
	case op == "+" && lk == types.List && l.Elem.Equal(r):
		rep.fix(atY.Span(), "["+textY+"]", "a list is added to a list: write `[%s]`", short(textY))
	case op == "+" && (lk == types.String || rk == types.String):
		text := `"` + piece(atX, textX) + piece(atY, textY) + `"`
		rep.fix(at.Span(), text, "write values into a text: `%s`", short(text))
	case lk == types.Duration && rk == types.Int || lk == types.Int && rk == types.Duration:
		rep.note("a duration has a unit: 5s, 100ms")
	case (op == "div" || op == "mod") && lk == types.Float:
		rep.help("%s", floatDivision(op))
	case op == "<" || op == "<=" || op == ">" || op == ">=":
		if lk == types.Bool && rk != types.Bool {
			rep.help("comparisons do not chain: write `a %s b and b %s c`", op, op)
		} else if lk != rk {
			rep.note("both sides of `%s` must have the same type", op)
		}
	case (op == "==" || op == "!=") && (isJSON(l) && fromJSON[rk] != "" || isJSON(r) && fromJSON[lk] != ""):
		rep.help("compare what the json holds: `%s(...) == ...`", fromJSON[lk]+fromJSON[rk])
	case op == "==" || op == "!=":
		rep.note("both sides of `%s` must have the same type", op)
	}
}

// floatDivision is the way out where `div` or `mod` was given a float.
func floatDivision(op string) string {
	if op == "mod" {
		return "of two ints `a div b` is an int, where `a / b` is a float; `int(x)!` makes an int of a float"
	}
	return "use `/` for floats"
}

// piece is an operand as a part of a text: what stands between its quotes, or braces around it.
func piece(at ast.Spanned, text string) string {
	if _, ok := at.(*ast.String); ok && len(text) >= 2 {
		return text[1 : len(text)-1]
	}
	return "{" + text + "}"
}

// folded is a computed constant, or the report of why there is none.
func (e *env) folded(at ast.Spanned, v any, why string) ir.Expr {
	if why != "" {
		e.err(constOverflow, at.Span(), "%s", why)
		return invalid(at)
	}
	return constant(v, at)
}

// place is a span where a node is asked for.
type place source.Span

// Span implements ast.Spanned.
func (p place) Span() source.Span { return source.Span(p) }
