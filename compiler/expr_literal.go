package compiler

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/runtime/value"
)

// durationUnits and sizeUnits are the fixed tables of units.
var durationUnits = map[string]time.Duration{
	"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond,
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
}

var sizeUnits = map[string]int64{
	"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40,
}

// constant makes an ir.Const; its type follows from the value.
func constant(v any, at ast.Spanned) ir.Expr {
	var t *types.Type
	switch v.(type) {
	case bool:
		t = types.TBool
	case int64:
		t = types.TInt
	case float64:
		t = types.TFloat
	case string:
		t = types.TString
	case value.Decimal:
		t = types.TDecimal
	case time.Duration:
		t = types.TDuration
	case time.Time:
		t = types.TTime
	case []byte:
		t = types.TBytes
	}
	return &ir.Const{Typed: typed(t, at), Value: v}
}

// noneBecause types `none because "why"`.
func (e *env) noneBecause(x *ast.None, want *types.Type) ir.Expr {
	why := e.value(x.Why, types.TString, "the reason of a none")
	if isInvalid(why) {
		return invalid(x)
	}
	t := types.TNone
	if want != nil && want.Kind == types.Optional {
		t = want
	}
	return &ir.NoneConst{Typed: typed(t, x), Why: why}
}

func (e *env) literal(x *ast.Literal, want *types.Type) ir.Expr {
	text := strings.ReplaceAll(x.Text, "_", "")
	switch x.Kind {
	case ast.IntLit:
		return e.intLiteral(x, text)
	case ast.FloatLit:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) {
			e.err(constOverflow, x.Span(), "%s does not fit a float", short(x.Text))
			return invalid(x)
		}
		return constant(f, x)
	case ast.DurationLit:
		total, ok := sumUnits(text, func(unit string) (int64, bool) {
			d, ok := durationUnits[unit]
			return int64(d), ok
		})
		if !ok {
			e.err(badLiteral, x.Span(), "%s is no duration, or does not fit one (about 292 years)", short(x.Text)).
				help("durations are whole numbers with units: 100ms, 10s, 1h30m, 7d")
			return invalid(x)
		}
		return constant(time.Duration(total), x)
	case ast.SizeLit:
		total, ok := sumUnits(text, func(unit string) (int64, bool) { n, ok := sizeUnits[unit]; return n, ok })
		if !ok {
			e.err(badLiteral, x.Span(), "%s is no size, or does not fit an int", short(x.Text)).
				help("sizes are whole numbers with a unit: 512MB, 64KB")
			return invalid(x)
		}
		return constant(total, x)
	case ast.BoolLit:
		return constant(x.Text == "true", x)
	case ast.NoneLit:
		if x.Text != "none" {
			e.nilFor(x, want) // the parser has reported it
			return invalid(x)
		}
		if want != nil && want.Kind == types.Optional {
			return &ir.NoneConst{Typed: typed(want, x)}
		}
		return &ir.NoneConst{Typed: typed(types.TNone, x)}
	case ast.RawLit:
		return constant(strings.TrimSuffix(strings.TrimPrefix(x.Text, "`"), "`"), x)
	}
	return invalid(x)
}

func (e *env) intLiteral(x *ast.Literal, text string) ir.Expr {
	base := 10
	if len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X' || text[1] == 'b' || text[1] == 'B' || text[1] == 'o' || text[1] == 'O') {
		base = 0
	}
	n, err := strconv.ParseInt(text, base, 64)
	if errors.Is(err, strconv.ErrSyntax) {
		return invalid(x) // the parser has said what is wrong with it
	}
	if err != nil {
		e.err(constOverflow, x.Span(), "%s does not fit an int", short(x.Text)).
			note("an int is from %d to %d", int64(math.MinInt64), int64(math.MaxInt64))
		return invalid(x)
	}
	return constant(n, x)
}

// sumUnits adds up `1h30m`; false where a unit is unknown or the sum too large. Fractions are exact: `1.5s`.
func sumUnits(text string, unitOf func(string) (int64, bool)) (int64, bool) {
	total := new(big.Rat)
	for text != "" {
		digits := len(text) - len(strings.TrimLeft(text, "0123456789."))
		rest := text[digits:]
		letters := len(rest) - len(strings.TrimLeftFunc(rest, func(r rune) bool { return r > '9' || r < '0' && r != '.' }))
		n, ok := new(big.Rat).SetString(text[:digits])
		unit, known := unitOf(rest[:letters])
		if !ok || !known || digits > 30 {
			return 0, false
		}
		total.Add(total, n.Mul(n, new(big.Rat).SetInt64(unit)))
		text = rest[letters:]
	}
	if !total.IsInt() || !total.Num().IsInt64() {
		return 0, false
	}
	return total.Num().Int64(), true
}

// string types `"text"` and `"{w.word}: {n}"`.
func (e *env) string(x *ast.String) ir.Expr {
	var parts []ir.Expr
	broken := false
	for _, p := range x.Parts {
		var part ir.Expr
		if p.Expr == nil {
			part = constant(p.Text, x)
		} else {
			part = e.printed(p.Expr)
		}
		broken = broken || isInvalid(part)
		// Neighbouring texts, and constants that are written the same everywhere, become one.
		if text, ok := constText(part); ok {
			part = &ir.Const{Typed: ir.Typed{T: types.TString, Span: part.At()}, Value: text}
			if len(parts) > 0 {
				if last, ok := parts[len(parts)-1].(*ir.Const); ok {
					parts[len(parts)-1] = &ir.Const{Typed: last.Typed, Value: last.Value.(string) + text}
					continue
				}
			}
		}
		parts = append(parts, part)
	}
	if broken {
		return &ir.NoneConst{Typed: typed(types.TInvalid, x)}
	}
	if len(parts) == 0 {
		return constant("", x)
	}
	if len(parts) == 1 {
		if c, ok := parts[0].(*ir.Const); ok {
			return constant(c.Value, x)
		}
	}
	return &ir.Interp{Typed: typed(types.TString, x), Parts: parts}
}

// printed types an interpolated expression.
func (e *env) printed(x ast.Expr) ir.Expr {
	v := e.expr(x, nil)
	if t := v.Type(); !t.Printable() {
		r := e.err(notPrintable, x.Span(), "a %s may be missing: it can't be written into a text as it is", t)
		if t.Kind == types.Optional {
			r.help("say what stands for a missing value: `%s ?? %s`", short(e.text(x.Span())), zeroText(t.Elem))
		}
		return invalid(x)
	}
	return v
}

// constText is the text of a constant, written by what writes it at run time.
func constText(x ir.Expr) (string, bool) {
	c, ok := x.(*ir.Const)
	if !ok {
		return "", false
	}
	var b []byte
	switch v := c.Value.(type) {
	case string:
		return v, true
	case int64:
		b = value.AppendInt(b, v)
	case float64:
		b = value.AppendFloat(b, v)
	case value.Decimal:
		b = value.AppendDecimal(b, v)
	case bool:
		b = value.AppendBool(b, v)
	case time.Duration:
		b = value.AppendDuration(b, v)
	case time.Time:
		b = value.AppendTime(b, v)
	case ir.EnumValue:
		return v.Name, true
	default:
		return "", false
	}
	return string(b), true
}

// list types `[a, b]`.
func (e *env) list(x *ast.List, want *types.Type) ir.Expr {
	var elem *types.Type
	if want != nil && want.Kind == types.Optional {
		want = want.Elem
	}
	if want != nil && want.Kind == types.List && want.Elem.Kind != types.Invalid {
		elem = want.Elem
	}
	if len(x.Items) == 0 && elem == nil {
		if want != nil && (want.Kind == types.List || want.Kind == types.Invalid) {
			return invalid(x)
		}
		e.err(typeUnknown, x.Span(), "an empty list does not say what it is a list of").
			help("say it where it is declared: `var xs []string = []`")
		return invalid(x)
	}
	items, elem := e.items(x.Items, elem, "an item of this list")
	if elem.Kind == types.Invalid {
		return invalid(x)
	}
	return &ir.ListLit{Typed: typed(types.ListOf(elem), x), Items: items}
}

// items types expressions that must have one type: elem, or where nil the first one's.
func (e *env) items(exprs []ast.Expr, elem *types.Type, what string) ([]ir.Expr, *types.Type) {
	items := make([]ir.Expr, len(exprs))
	hint := elem
	for i, x := range exprs {
		if hint == nil && e.ambiguousEnumValue(x) {
			continue // which one it is may follow from the others
		}
		want := elem
		if want == nil && e.onlyEnumValue(x) {
			want = hint
		}
		if items[i] = e.expr(x, want); hint == nil && items[i].Type().Kind == types.Enum {
			hint = items[i].Type()
		}
	}
	for i, x := range exprs {
		if items[i] == nil {
			items[i] = e.expr(x, hint)
		}
	}
	if elem == nil {
		elem = items[0].Type()
		for _, v := range items {
			// One float makes the constant ints beside it floats.
			if _, isConst := items[0].(*ir.Const); isConst && elem.Kind == types.Int && v.Type().Kind == types.Float {
				elem = types.TFloat
			}
		}
		if elem.Kind == types.None {
			e.err(typeUnknown, exprs[0].Span(), "none does not say what is missing")
			return items, types.TInvalid
		}
	}
	for i, v := range items {
		out, ok := convert(v, elem)
		if !ok {
			e.mismatch(exprs[i], v, elem, what)
			return items, types.TInvalid
		}
		if isInvalid(out) {
			elem = types.TInvalid
		}
		items[i] = out
	}
	return items, elem
}

// mapLit types `map[k: v]`.
func (e *env) mapLit(x *ast.MapLit, want *types.Type) ir.Expr {
	var key, elem *types.Type
	if want != nil && want.Kind == types.Optional {
		want = want.Elem
	}
	if want != nil && want.Kind == types.Map && !want.Broken() {
		key, elem = want.Key, want.Elem
	}
	if len(x.Entries) == 0 {
		if key == nil {
			if want == nil || want.Kind != types.Map {
				e.err(typeUnknown, x.Span(), "an empty map does not say what it holds").
					help("say it where it is declared: `var m map[string]int = map[]`")
			}
			return invalid(x)
		}
		return &ir.MapLit{Typed: typed(types.MapOf(key, elem), x)}
	}
	keyExprs := make([]ast.Expr, len(x.Entries))
	valExprs := make([]ast.Expr, len(x.Entries))
	for i, en := range x.Entries {
		keyExprs[i], valExprs[i] = en.Key, en.Value
	}
	keys, key := e.items(keyExprs, key, "a key of this map")
	values, elem := e.items(valExprs, elem, "a value of this map")
	if key.Kind == types.Invalid || elem.Kind == types.Invalid {
		return invalid(x)
	}
	if !key.MapKey() {
		e.err(badMapKey, keyExprs[0].Span(), "a %s can't be the key of a map", key).note("%s", whyNoKey(key))
		return invalid(x)
	}
	first := map[any]ast.Expr{}
	for i, k := range keys {
		if v, ok := ir.Constant(k); ok {
			if prev := first[v]; prev != nil {
				e.err(declaredTwice, keyExprs[i].Span(), "this key stands twice in the map").related(prev.Span(), "here first")
			}
			first[v] = keyExprs[i]
		}
	}
	return &ir.MapLit{Typed: typed(types.MapOf(key, elem), x), Keys: keys, Values: values}
}
