package codegen_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/runtime/value"
)

// expr computes an expression. Ints are computed as big.Int: whatever does not fit 64 bits then fails.
func (m *machine) expr(e ir.Expr) any {
	switch e := e.(type) {
	case *ir.Const:
		switch v := e.Value.(type) {
		case value.Decimal:
			return m.exact(rational(dec(v.String())), e)
		case ir.EnumValue:
			return enumValue{e.T, v.Index}
		case []byte:
			return blob(v)
		case string:
			if e.T.Kind == types.JSON {
				return compactDoc(v)
			}
		}
		return e.Value
	case *ir.NoneConst:
		if e.Why != nil {
			return opt{why: m.expr(e.Why).(string)}
		}
		return opt{why: "none"}
	case *ir.LocalRef:
		return m.locals[e.Local]
	case *ir.FieldRef:
		return m.in[e.Index]
	case *ir.StateRef:
		return m.state[e.State]
	case *ir.RecordField:
		return m.expr(e.X).(rec)[e.Name]
	case *ir.OptField:
		o := m.expr(e.X).(opt)
		if !o.ok {
			return opt{why: o.why}
		}
		v := o.v.(rec)[e.Name]
		if inner, is := v.(opt); is {
			return inner
		}
		return opt{ok: true, v: v}
	case *ir.Unary:
		x := m.expr(e.X)
		switch x := x.(type) {
		case bool:
			return !x
		case int64:
			return m.fits(new(big.Int).Neg(big.NewInt(x)), e)
		case float64:
			return -x
		case dec:
			return m.exact(new(big.Rat).Neg(rational(x)), e)
		case time.Duration:
			return time.Duration(m.fits(new(big.Int).Neg(big.NewInt(int64(x))), e))
		}
	case *ir.Binary:
		return m.binary(e)
	case *ir.Convert:
		x := m.expr(e.X)
		if e.T.Kind == types.Optional {
			return opt{ok: true, v: x}
		}
		if e.T.Kind == types.Decimal {
			return m.exact(new(big.Rat).SetInt64(x.(int64)), e)
		}
		return float64(x.(int64))
	case *ir.Index:
		i := m.expr(e.Index)
		if isDocType(e.X.Type()) {
			x, missing := docOf(m.expr(e.X))
			if missing != nil {
				return *missing
			}
			return x.step(i)
		}
		switch x := m.expr(e.X).(type) {
		case []any:
			n := i.(int64)
			if n < 0 || n >= int64(len(x)) {
				return opt{why: fmt.Sprintf("no item %d in a list of %d", n, len(x))}
			}
			return flat(x[n])
		case map[any]any:
			if v, ok := x[i]; ok {
				return flat(v)
			}
			return opt{why: "no such key in the map"}
		}
	case *ir.Default:
		if o := m.expr(e.X).(opt); !o.ok {
			return m.expr(e.Y)
		} else if e.T.Kind == types.Optional {
			return o
		} else {
			return o.v
		}
	case *ir.Must:
		o := m.expr(e.X).(opt)
		if !o.ok {
			panic(failure{at: e, why: o.why})
		}
		return o.v
	case *ir.Interp:
		text := ""
		for _, p := range e.Parts {
			text += show(m.expr(p))
		}
		return text
	case *ir.ListLit:
		out := []any{}
		for _, item := range e.Items {
			out = append(out, m.expr(item))
		}
		return out
	case *ir.MapLit:
		out := map[any]any{}
		for i, k := range e.Keys {
			key := m.expr(k)
			out[key] = m.expr(e.Values[i])
		}
		return out
	case *ir.RecordLit:
		out := rec{}
		for i, f := range e.T.Fields {
			out[f.Name] = m.expr(e.Values[i])
		}
		return out
	case *ir.FuncCall:
		return m.call(e)
	case *ir.Match:
		arm := m.arm(m.expr(e.X), e.Arms)
		return m.expr(arm.Value)
	case *ir.Failing:
		panic(failure{at: e, why: m.expr(e.Why).(string)})
	case *ir.Capture:
		return m.capture(e)
	}
	panic(fmt.Sprintf("interpreter: expression %T", e))
}

// dec is a decimal's value, as its text without zeros at the end.
type dec string

func rational(d dec) *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		panic("no decimal: " + d)
	}
	return r
}

// exact is a number that must be a decimal: at most 19 digits, at most 19 of them behind the point.
func (m *machine) exact(r *big.Rat, at ir.Expr) dec {
	text := r.FloatString(60)
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	_, behind, _ := strings.Cut(text, ".")
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(text), "0")
	if len(digits) > 19 || len(behind) > 19 {
		panic(failure{at: at, why: "the result does not fit a decimal (19 digits)"})
	}
	if text == "-0" {
		text = "0"
	}
	return dec(text)
}

// flat is what is there, which may be an optional itself: there is no T??.
func flat(v any) opt {
	if o, ok := v.(opt); ok {
		return o
	}
	return opt{ok: true, v: v}
}

// fits is a whole number that must fit 64 bits.
func (m *machine) fits(n *big.Int, at ir.Expr) int64 {
	if !n.IsInt64() {
		panic(failure{at: at, why: "the result does not fit: integer overflow"})
	}
	return n.Int64()
}

func (m *machine) binary(e *ir.Binary) any {
	x := m.expr(e.X)
	switch e.Op {
	case "and":
		return x.(bool) && m.expr(e.Y).(bool)
	case "or":
		return x.(bool) || m.expr(e.Y).(bool)
	}
	y := m.expr(e.Y)
	switch e.Op {
	case "==", "!=":
		return same(x, y) == (e.Op == "==")
	case "<", "<=", ">", ">=":
		if f, ok := x.(float64); ok && (math.IsNaN(f) || math.IsNaN(y.(float64))) {
			return false
		}
		c := compareValues(x, y)
		return map[string]bool{"<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[e.Op]
	}
	switch a := x.(type) {
	case time.Time:
		return m.moments(a, y, e)
	case dec:
		b, out := rational(y.(dec)), new(big.Rat)
		switch e.Op {
		case "+":
			out.Add(rational(a), b)
		case "-":
			out.Sub(rational(a), b)
		case "*":
			out.Mul(rational(a), b)
		default:
			panic("interpreter: decimal " + e.Op)
		}
		return m.exact(out, e)
	case string:
		return a + y.(string)
	case []any:
		return append(append([]any{}, a...), y.([]any)...)
	case float64:
		b := y.(float64)
		switch e.Op {
		case "+":
			return a + b
		case "-":
			return a - b
		case "*":
			return a * b
		}
		if b == 0 {
			panic(failure{at: e, why: "division by zero"})
		}
		return a / b
	}
	if at, is := y.(time.Time); is {
		return m.moments(at, x, e)
	}
	whole := func(v any) *big.Int {
		if d, ok := v.(time.Duration); ok {
			return big.NewInt(int64(d))
		}
		return big.NewInt(v.(int64))
	}
	a, b, out := whole(x), whole(y), new(big.Int)
	switch e.Op {
	case "+":
		out.Add(a, b)
	case "-":
		out.Sub(a, b)
	case "*":
		out.Mul(a, b)
	default:
		if b.Sign() == 0 {
			panic(failure{at: e, why: "division by zero"})
		}
		if e.T.Kind == types.Float { // a duration by a duration
			return float64(a.Int64()) / float64(b.Int64())
		}
		if e.Op == "mod" {
			out.Rem(a, b)
		} else {
			out.Quo(a, b)
		}
	}
	n := m.fits(out, e)
	if e.T.Kind == types.Duration {
		return time.Duration(n)
	}
	return n
}

// same compares by value; what is missing equals only what is missing.
func same(x, y any) bool {
	switch x := x.(type) {
	case []any:
		y := y.([]any)
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[any]any:
		y := y.(map[any]any)
		if len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, ok := y[k]; !ok || !same(v, w) {
				return false
			}
		}
		return true
	case rec:
		y := y.(rec)
		for k, v := range x {
			if !same(v, y[k]) {
				return false
			}
		}
		return true
	case opt:
		y := y.(opt)
		return x.ok == y.ok && (!x.ok || same(x.v, y.v))
	case doc:
		return sameDoc(x.parsed(), y.(doc).parsed())
	case enumValue:
		return x.index == y.(enumValue).index
	case time.Time:
		return x.Equal(y.(time.Time))
	}
	return x == y
}
