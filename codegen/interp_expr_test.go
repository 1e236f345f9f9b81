package codegen_test

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
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
		if d, ok := e.Value.(value.Decimal); ok {
			return m.exact(rational(dec(d.String())), e)
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
		panic(failure{at: at, why: "no decimal"})
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
		panic(failure{at: at, why: "overflow"})
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
	}
	return x == y
}

// show writes a value as "{x}" does: plain at the outside, as JSON within.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case time.Duration:
		return v.String()
	case dec:
		return string(v)
	}
	return showJSON(v)
}

func showJSON(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if a := math.Abs(v); a < 1e21 && (a >= 1e-6 || a == 0) {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		r := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`)
		return `"` + r.Replace(v) + `"`
	case time.Duration:
		return `"` + v.String() + `"`
	case dec:
		return string(v)
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, showJSON(item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[any]any:
		var parts []string
		for _, k := range sortedKeys(v) {
			parts = append(parts, showJSON(show(k))+":"+showJSON(v[k]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case opt:
		if !v.ok {
			return "null"
		}
		return showJSON(v.v)
	}
	panic(fmt.Sprintf("interpreter: text of %T", v))
}

// call computes what the functions that the generator uses give, out of Go's own library.
func (m *machine) call(e *ir.FuncCall) any {
	var a []any
	for _, x := range e.Args {
		a = append(a, m.expr(x))
	}
	if body := e.Func.Body; body != nil {
		outer := m.locals
		m.locals = map[*ir.Local]any{}
		for i, p := range body.Params {
			m.locals[p] = a[i]
		}
		m.block(body.Block)
		m.locals = outer
		return m.result
	}
	name := e.Func.Builtin
	if name == "" {
		name = e.Func.Name
	}
	text := func(i int) string { return a[i].(string) }
	switch name {
	case "len":
		switch x := a[0].(type) {
		case string:
			return int64(len(x))
		case []any:
			return int64(len(x))
		case map[any]any:
			return int64(len(x))
		}
	case "int":
		switch x := a[0].(type) {
		case string:
			n, err := strconv.ParseInt(x, 10, 64)
			if err != nil || strings.Contains(x, "_") {
				return opt{}
			}
			return opt{ok: true, v: n}
		case float64:
			if !(x >= -(1<<63) && x < 1<<63) {
				return opt{}
			}
			return opt{ok: true, v: int64(x)}
		}
	case "decimal":
		return m.exact(new(big.Rat).SetInt64(a[0].(int64)), e)
	case "float":
		return float64(a[0].(int64))
	case "string":
		return show(a[0])
	case "abs":
		if x, ok := a[0].(int64); ok {
			return m.fits(new(big.Int).Abs(big.NewInt(x)), e)
		}
		return math.Abs(a[0].(float64))
	case "min", "max":
		best := a[0]
		for _, x := range a[1:] {
			if c := compareValues(x, best); name == "min" && c < 0 || name == "max" && c > 0 {
				best = x
			}
		}
		return best
	case "lower":
		return strings.ToLower(text(0))
	case "upper":
		return strings.ToUpper(text(0))
	case "trim":
		return strings.TrimSpace(text(0))
	case "contains":
		return strings.Contains(text(0), text(1))
	case "starts_with":
		return strings.HasPrefix(text(0), text(1))
	case "substring":
		runes := []rune(text(0)) // it counts characters
		from := min(max(a[1].(int64), 0), int64(len(runes)))
		to := min(max(a[2].(int64), from), int64(len(runes)))
		return string(runes[from:to])
	case "split":
		var out []any
		for _, part := range strings.Split(text(0), text(1)) {
			out = append(out, part)
		}
		return out
	case "first", "last":
		xs := a[0].([]any)
		if len(xs) == 0 {
			return opt{}
		}
		if name == "first" {
			return flat(xs[0])
		}
		return flat(xs[len(xs)-1])
	case "slice":
		xs := a[0].([]any)
		from := min(max(a[1].(int64), 0), int64(len(xs)))
		to := min(max(a[2].(int64), from), int64(len(xs)))
		return append([]any{}, xs[from:to]...)
	case "reverse":
		xs := a[0].([]any)
		var out []any
		for i := range xs {
			out = append(out, xs[len(xs)-1-i])
		}
		return out
	case "has":
		_, ok := a[0].(map[any]any)[a[1]]
		return ok
	case "keys":
		return sortedKeys(a[0].(map[any]any))
	case "sum":
		out := new(big.Int)
		for _, x := range a[0].([]any) {
			out.Add(out, big.NewInt(x.(int64)))
		}
		if !out.IsInt64() {
			return opt{}
		}
		return opt{ok: true, v: out.Int64()}
	}
	panic("interpreter: function " + name)
}
