// Package value is what generated code calls for single values: arithmetic that tells when it
// overflows, lists and maps that tell when there is nothing, text made of values, copies that last.
//
// In the language nothing wraps around and nothing is nil: each function here returns
// whether it could, and generated code fails the tuple where it could not.
package value

import (
	"math"
	"time"
)

// Add returns a + b, and whether it fits.
func Add(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

// Sub returns a - b, and whether it fits.
func Sub(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

// Mul returns a * b, and whether it fits.
func Mul(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	c := a * b
	if (c < 0) != ((a < 0) != (b < 0)) {
		return 0, false
	}
	// Dividing the least int by -1 would wrap back to itself and hide the overflow.
	if (a == -1 && b == math.MinInt64) || (b == -1 && a == math.MinInt64) {
		return 0, false
	}
	return c, c/b == a
}

// Div returns the quotient rounded towards zero; false for a divisor of 0 and for the least int by -1.
func Div(a, b int64) (int64, bool) {
	if b == 0 || (b == -1 && a == math.MinInt64) {
		return 0, false
	}
	return a / b, true
}

// NoQuotient is the reason why Div has none.
func NoQuotient(b int64) string {
	if b == 0 {
		return "division by zero"
	}
	return "the result does not fit: integer overflow"
}

// Mod returns the remainder with the sign of a; false for a divisor of 0.
func Mod(a, b int64) (int64, bool) {
	if b == 0 {
		return 0, false
	}
	if b == -1 {
		return 0, true
	}
	return a % b, true
}

// Neg returns -a, and whether it fits.
func Neg(a int64) (int64, bool) { return -a, a != math.MinInt64 }

// Abs returns the absolute value, and whether it fits.
func Abs(a int64) (int64, bool) {
	if a < 0 {
		return -a, a != math.MinInt64
	}
	return a, true
}

// DivFloat returns a / b; false for a divisor of 0.
func DivFloat(a, b float64) (float64, bool) { return a / b, b != 0 }

// FloatToInt returns f cut towards zero; false for NaN and what does not fit.
func FloatToInt(f float64) (int64, bool) {
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f), true
	}
	return 0, false
}

// The times that a tuple can carry: nanoseconds since 1970 in 64 bits, years 1678 to 2262.
var (
	minTime = time.Unix(0, math.MinInt64)
	maxTime = time.Unix(0, math.MaxInt64)
)

// Nanos returns t as nanoseconds since 1970, and whether they fit.
func Nanos(t time.Time) (int64, bool) {
	if t.Before(minTime) || t.After(maxTime) {
		return 0, false
	}
	return t.UnixNano(), true
}

// Time returns the time of n nanoseconds since 1970, in UTC.
func Time(n int64) time.Time { return time.Unix(0, n).UTC() }

// AddDuration returns d + e, and whether it fits.
func AddDuration(d, e time.Duration) (time.Duration, bool) {
	c, ok := Add(int64(d), int64(e))
	return time.Duration(c), ok
}

// SubDuration returns d - e, and whether it fits.
func SubDuration(d, e time.Duration) (time.Duration, bool) {
	c, ok := Sub(int64(d), int64(e))
	return time.Duration(c), ok
}

// MulDuration returns d taken n times, and whether it fits.
func MulDuration(d time.Duration, n int64) (time.Duration, bool) {
	c, ok := Mul(int64(d), n)
	return time.Duration(c), ok
}

// DivDuration returns d / n; false for 0.
func DivDuration(d time.Duration, n int64) (time.Duration, bool) {
	c, ok := Div(int64(d), n)
	return time.Duration(c), ok
}

// Since returns t - u, and whether it fits.
func Since(t, u time.Time) (time.Duration, bool) {
	d := t.Sub(u)
	return d, d != math.MaxInt64 && d != math.MinInt64
}
