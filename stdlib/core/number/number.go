// Package number is the part of the prelude that works on numbers.
package number

import "math"

// Round returns the nearest whole number, halves away from zero.
func Round(x float64) float64 { return math.Round(x) }

// RoundTo returns x rounded to so many decimal places.
func RoundTo(x float64, places int64) float64 {
	if places < -300 || places > 300 {
		return x
	}
	p := math.Pow(10, float64(places))
	if y := x * p; !math.IsInf(y, 0) {
		return math.Round(y) / p
	}
	return x
}

// Floor returns the greatest whole number that is not above x.
func Floor(x float64) float64 { return math.Floor(x) }

// Ceil returns the least whole number that is not below x.
func Ceil(x float64) float64 { return math.Ceil(x) }

// Trunc returns x without what stands after the point.
func Trunc(x float64) float64 { return math.Trunc(x) }

// Sqrt returns the square root; NaN of a negative number.
func Sqrt(x float64) float64 { return math.Sqrt(x) }

// Pow returns x to the power of y.
func Pow(x, y float64) float64 { return math.Pow(x, y) }

// Exp returns e to the power of x.
func Exp(x float64) float64 { return math.Exp(x) }

// Ln returns the natural logarithm.
func Ln(x float64) float64 { return math.Log(x) }

// Log10 returns the logarithm to the base of 10.
func Log10(x float64) float64 { return math.Log10(x) }

// Log2 returns the logarithm to the base of 2.
func Log2(x float64) float64 { return math.Log2(x) }

// IsNaN reports whether x is not a number.
func IsNaN(x float64) bool { return math.IsNaN(x) }

// IsFinite reports whether x is a number, and not infinite.
func IsFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
