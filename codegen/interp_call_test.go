package codegen_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
)

// recordFields are the fields of the records that the writer uses, in the order of their declarations.
var recordFields = []string{"a", "b", "p", "xs", "o"}

// show writes a value as "{x}" does: plain at the outside, as JSON within.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case time.Duration:
		return v.String()
	case dec:
		return string(v)
	case enumValue:
		return v.name()
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case blob:
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
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "null" // JSON has no such numbers
		}
		if a := math.Abs(v); a < 1e21 && (a >= 1e-6 || a == 0) {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		r := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`)
		return `"` + r.Replace(v) + `"`
	case time.Duration:
		return `"` + v.String() + `"`
	case time.Time:
		return `"` + v.Format(time.RFC3339Nano) + `"`
	case blob:
		return `"` + base64.StdEncoding.EncodeToString([]byte(v)) + `"`
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
	case enumValue:
		return showJSON(v.name())
	case doc:
		return string(v)
	case rec:
		var parts []string
		for _, name := range recordFields {
			if x, ok := v[name]; ok {
				parts = append(parts, showJSON(name)+":"+showJSON(x))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
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
	if e.Func.Go != nil {
		return m.callGo(e, a)
	}
	name := e.Func.Builtin
	if name == "" {
		name = e.Func.Name
	}
	if v, is := m.callDoc(e, name, a); is {
		return v
	}
	if v, is := callTime(name, a); is {
		return v
	}
	text := func(i int) string { return a[i].(string) }
	switch name {
	case "len":
		switch x := a[0].(type) {
		case string:
			return int64(len(x))
		case blob:
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
			if errors.Is(err, strconv.ErrRange) {
				return opt{why: "the number does not fit an int"}
			}
			if err != nil || strings.Contains(x, "_") {
				return opt{why: "not an int"}
			}
			return opt{ok: true, v: n}
		case float64:
			if !(x >= -(1<<63) && x < 1<<63) {
				return opt{why: "the number does not fit an int"}
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
			if x == math.MinInt64 {
				panic(failure{at: e, why: "the absolute value of the least int does not fit an int"})
			}
			return max(x, -x)
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
	case "matches":
		return regexp.MustCompile(string(a[1].(ir.Regex))).MatchString(text(0))
	case "find_first":
		at := regexp.MustCompile(string(a[1].(ir.Regex))).FindStringIndex(text(0))
		if at == nil {
			return opt{why: "no match"}
		}
		return opt{ok: true, v: text(0)[at[0]:at[1]]}
	case "find_all":
		return texts(regexp.MustCompile(string(a[1].(ir.Regex))).FindAllString(text(0), -1))
	case "split_matches":
		return texts(regexp.MustCompile(string(a[1].(ir.Regex))).Split(text(0), -1))
	case "replace_matches":
		return regexp.MustCompile(string(a[1].(ir.Regex))).ReplaceAllString(text(0), text(2))
	case "enum":
		for i, v := range e.T.Elem.Values {
			if v == text(0) {
				return opt{ok: true, v: enumValue{e.T.Elem, i}}
			}
		}
		return opt{why: "not a " + e.T.Elem.Name + ": " + strings.Join(e.T.Elem.Values, ", ")}
	case "split":
		return texts(strings.Split(text(0), text(1)))
	case "first", "last":
		xs := a[0].([]any)
		if len(xs) == 0 {
			return opt{why: "the list is empty"}
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

func texts(of []string) []any {
	var out []any
	for _, s := range of {
		out = append(out, s)
	}
	return out
}
