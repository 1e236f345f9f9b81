package compiler

import (
	"math"
	"math/bits"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/runtime/value"
)

// fold computes an operator on constants. It returns no value and no reason where constants of
// these types are left to run time; the reason says why there is no value.
func fold(op string, a, b any) (any, string) {
	switch a := a.(type) {
	case int64:
		switch b := b.(type) {
		case int64:
			return foldInt(op, a, b)
		case time.Duration:
			return scaled(b, a)
		}
	case value.Decimal:
		if b, ok := b.(value.Decimal); ok {
			return foldDecimal(op, a, b)
		}
	case float64:
		if b, ok := b.(float64); ok {
			return foldFloat(op, a, b)
		}
	case string:
		if b, ok := b.(string); ok {
			if op != "+" {
				return compared(op, a, b), ""
			}
			if len(a)+len(b) > maxConstText {
				return nil, "the text is longer than 1MB"
			}
			return a + b, ""
		}
	case time.Time:
		return foldTime(op, a, b)
	case ir.EnumValue:
		if b, ok := b.(ir.EnumValue); ok {
			return compared(op, a.Index, b.Index), ""
		}
	case bool:
		if b, ok := b.(bool); ok {
			return (a == b) == (op == "=="), ""
		}
	case time.Duration:
		switch b := b.(type) {
		case time.Duration:
			return foldDuration(op, a, b)
		case int64:
			if op == "/" {
				return a / time.Duration(b), ""
			}
			return scaled(a, b)
		case time.Time:
			return b.Add(a), ""
		}
	}
	return nil, ""
}

// maxConstText is how long a computed constant text may be: each `+` could double it.
const maxConstText = 1 << 20

const (
	intOverflow      = "the result does not fit an int"
	durationOverflow = "the result does not fit a duration (about 292 years)"
)

func foldInt(op string, a, b int64) (any, string) {
	switch op {
	case "+":
		if sum := a + b; (sum > a) == (b > 0) {
			return sum, ""
		}
	case "-":
		if diff := a - b; (diff < a) == (b > 0) {
			return diff, ""
		}
	case "*":
		if p, ok := product(a, b); ok {
			return p, ""
		}
	case "div":
		if a != math.MinInt64 || b != -1 {
			return a / b, ""
		}
	case "mod":
		if b == -1 {
			return int64(0), ""
		}
		return a % b, ""
	default:
		return compared(op, a, b), ""
	}
	return nil, intOverflow
}

// product multiplies without wrapping.
func product(a, b int64) (int64, bool) {
	abs := func(n int64) uint64 {
		if n < 0 {
			return -uint64(n)
		}
		return uint64(n)
	}
	hi, lo := bits.Mul64(abs(a), abs(b))
	switch {
	case hi != 0:
		return 0, false
	case (a < 0) != (b < 0):
		return int64(-lo), lo <= 1<<63
	}
	return int64(lo), lo < 1<<63
}

func foldFloat(op string, a, b float64) (any, string) {
	var f float64
	switch op {
	case "+":
		f = a + b
	case "-":
		f = a - b
	case "*":
		f = a * b
	case "/":
		f = a / b
	default:
		return compared(op, a, b), ""
	}
	if math.IsInf(f, 0) {
		return nil, "the result does not fit a float"
	}
	return f, ""
}

func foldDuration(op string, a, b time.Duration) (any, string) {
	switch op {
	case "+", "-":
		v, why := foldInt(op, int64(a), int64(b))
		if why != "" {
			return nil, durationOverflow
		}
		return time.Duration(v.(int64)), ""
	case "/":
		return float64(a) / float64(b), ""
	}
	return compared(op, a, b), ""
}

func foldTime(op string, a time.Time, b any) (any, string) {
	switch b := b.(type) {
	case time.Duration:
		if op == "-" {
			b = -b
		}
		return a.Add(b), ""
	case time.Time:
		if op == "-" {
			d := a.Sub(b)
			if d == math.MaxInt64 || d == math.MinInt64 {
				return nil, durationOverflow
			}
			return d, ""
		}
		return compared(op, a.Compare(b), 0), ""
	}
	return nil, ""
}

func scaled(d time.Duration, n int64) (any, string) {
	if p, ok := product(int64(d), n); ok {
		return time.Duration(p), ""
	}
	return nil, durationOverflow
}

func compared[T int | int64 | float64 | string | time.Duration](op string, a, b T) bool {
	switch op {
	case "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

func negate(v any) (any, string) {
	switch v := v.(type) {
	case int64:
		if v == math.MinInt64 {
			return nil, intOverflow
		}
		return -v, ""
	case time.Duration:
		if v == math.MinInt64 {
			return nil, durationOverflow
		}
		return -v, ""
	case float64:
		return -v, ""
	case value.Decimal:
		return v.Neg(), ""
	}
	return nil, ""
}

func isZero(v any) bool {
	switch v := v.(type) {
	case int64:
		return v == 0
	case float64:
		return v == 0
	case value.Decimal:
		return v.IsZero()
	case time.Duration:
		return v == 0
	}
	return false
}
