package codegen_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/compiler/ir"
)

// blob is a value of type bytes.
type blob string

// carried is a time as a tuple carries it: in nanoseconds.
func (m *machine) carried(at time.Time, x ir.Expr) time.Time {
	since := new(big.Int).Add(new(big.Int).Mul(big.NewInt(at.Unix()), big.NewInt(1e9)), big.NewInt(int64(at.Nanosecond())))
	if !since.IsInt64() {
		panic(failure{at: x, why: "a tuple carries times from the years 1678 to 2262 only"})
	}
	return at
}

// moments is arithmetic of which one side is a time.
func (m *machine) moments(at time.Time, other any, e *ir.Binary) any {
	switch y := other.(type) {
	case time.Duration:
		if e.Op == "-" {
			return at.Add(-y)
		}
		return at.Add(y)
	case time.Time:
		since := new(big.Int).Mul(big.NewInt(at.Unix()-y.Unix()), big.NewInt(1e9))
		since.Add(since, big.NewInt(int64(at.Nanosecond()-y.Nanosecond())))
		if !since.IsInt64() {
			panic(failure{at: e, why: "the result does not fit a duration (about 292 years)"})
		}
		return time.Duration(since.Int64())
	}
	panic(fmt.Sprintf("interpreter: time %s %T", e.Op, other))
}

// callTime computes the functions on times and bytes.
func callTime(name string, a []any) (any, bool) {
	if len(a) == 0 {
		return nil, false
	}
	at, _ := a[0].(time.Time)
	text, _ := a[0].(string)
	b, _ := a[0].(blob)
	switch name {
	case "unix":
		return at.Unix(), true
	case "year":
		return int64(at.Year()), true
	case "hour":
		return int64(at.Hour()), true
	case "weekday":
		return int64(1 + (at.Weekday()+6)%7), true
	case "from_unix":
		return time.Unix(a[0].(int64), 0).UTC(), true
	case "truncate":
		d := int64(a[1].(time.Duration))
		if d <= 0 {
			return at, true
		}
		since := new(big.Int).Add(new(big.Int).Mul(big.NewInt(at.Unix()), big.NewInt(1e9)), big.NewInt(int64(at.Nanosecond())))
		rest := new(big.Int).Mod(since, big.NewInt(d)) // never negative
		return at.Add(-time.Duration(rest.Int64())), true
	case "to_bytes":
		return blob(text), true
	case "from_bytes":
		for i := 0; i < len(b); {
			r, size := utf8.DecodeRuneInString(string(b[i:]))
			if r == utf8.RuneError && size == 1 {
				return opt{why: fmt.Sprintf("not UTF-8 text: byte %d is 0x%02X", i+1, b[i])}, true
			}
			i += size
		}
		return opt{ok: true, v: string(b)}, true
	case "to_hex":
		return fmt.Sprintf("%x", string(b)), true
	case "to_base64":
		return base64.StdEncoding.EncodeToString([]byte(b)), true
	case "from_hex":
		v, err := hex.DecodeString(text)
		if err != nil {
			return opt{why: "not hexadecimal digits: " + err.Error()}, true
		}
		return opt{ok: true, v: blob(v)}, true
	}
	return nil, false
}

// partsGo is the Go package that some topologies call; callGo says what its functions do, in another way.
const partsGo = `package parts

import (
	"errors"
	"slices"
	"strings"
	"time"
)

type Pair struct {
	A int64
	B string
}

func Scale(n, by int64) (int64, bool) {
	if by == 0 {
		return 0, false
	}
	return n / by, true
}

func Join(xs []string, sep string) string { return strings.Join(xs, sep) }

// Flip changes what it was handed.
func Flip(xs []int64) []int64 {
	slices.Reverse(xs)
	return xs
}

func Swap(p Pair, d time.Duration) *Pair {
	if p.A%2 != 0 {
		return nil
	}
	return &Pair{A: int64(d), B: p.B + "'"}
}

func Without(m map[string]int64, key string) (map[string]int64, error) {
	if _, ok := m[key]; !ok {
		return nil, errors.New("no " + key)
	}
	delete(m, key)
	return m, nil
}

func Later(t time.Time, b []byte) time.Time {
	for i := range b {
		b[i] = 'x'
	}
	return t.Add(time.Duration(len(b)) * time.Hour)
}

func Boom(s string) int64 {
	if len(s)%3 == 1 {
		panic("boom")
	}
	return int64(len(s))
}
`

// goHeader declares them; goStubs have the same signatures, for a quick look at a program alone.
const goHeader = `
func go_scale(n int, by int) -> int? pure = go "./parts".Scale
func go_join(xs []string, sep string) -> string pure = go "./parts".Join
func go_flip(xs []int) -> []int pure = go "./parts".Flip
func go_swap(p Pair, d duration) -> Pair? pure = go "./parts".Swap
func go_without(m map[string]int, key string) -> map[string]int pure = go "./parts".Without
func go_later(t time, b bytes) -> time pure = go "./parts".Later
func go_boom(s string) -> int pure = go "./parts".Boom
`

const goStubs = `
func go_scale(n int, by int) -> int? { return none }
func go_join(xs []string, sep string) -> string { return sep }
func go_flip(xs []int) -> []int { return xs }
func go_swap(p Pair, d duration) -> Pair? { return none }
func go_without(m map[string]int, key string) -> map[string]int { return m }
func go_later(t time, b bytes) -> time { return t }
func go_boom(s string) -> int { return 0 }
`

// callGo computes what the functions of partsGo give. Where they fail is told by the line that calls them.
func (m *machine) callGo(e *ir.FuncCall, a []any) any {
	declared := &ir.Const{Typed: ir.Typed{Span: e.Span}}
	switch e.Func.Name {
	case "go_scale":
		x, y := a[0].(int64), a[1].(int64)
		switch {
		case y == 0:
			return opt{why: "go_scale has none"}
		case x == math.MinInt64 && y == -1:
			return opt{ok: true, v: x}
		}
		return opt{ok: true, v: x / y}
	case "go_join":
		text := ""
		for i, s := range a[0].([]any) {
			if i > 0 {
				text += a[1].(string)
			}
			text += s.(string)
		}
		return text
	case "go_flip":
		var out []any
		for _, x := range a[0].([]any) {
			out = append([]any{x}, out...)
		}
		return out
	case "go_swap":
		if p := a[0].(rec); p["a"].(int64)%2 == 0 {
			return opt{ok: true, v: rec{"a": int64(a[1].(time.Duration)), "b": p["b"].(string) + "'"}}
		}
		return opt{why: "go_swap has none"}
	case "go_without":
		out := map[any]any{}
		there := false
		for k, v := range a[0].(map[any]any) {
			if k == a[1] {
				there = true
			} else {
				out[k] = v
			}
		}
		if !there {
			panic(failure{at: declared, why: "no " + a[1].(string)})
		}
		return out
	case "go_later":
		return a[0].(time.Time).Add(time.Duration(len(a[1].(blob))) * time.Hour)
	case "go_boom":
		if s := a[0].(string); len(s)%3 != 1 {
			return int64(len(s))
		}
		line := 1 + strings.Count(partsGo[:strings.Index(partsGo, `panic("boom")`)], "\n")
		panic(failure{at: declared, why: fmt.Sprintf("panic: boom (parts/parts.go:%d)", line)})
	}
	panic("interpreter: Go function " + e.Func.Name)
}
