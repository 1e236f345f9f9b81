package number

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ got, want float64 }{
		{Round(2.5), 3}, {Round(-2.5), -3}, {RoundTo(3.14159, 2), 3.14}, {RoundTo(1234, -2), 1200}, {RoundTo(1e300, 200), 1e300}, {RoundTo(1.5, math.MaxInt64), 1.5},
		{Floor(-1.5), -2}, {Ceil(-1.5), -1}, {Trunc(-1.5), -1}, {Sqrt(9), 3}, {Pow(2, 10), 1024}, {Exp(0), 1}, {Ln(math.E), 1}, {Log10(1000), 3}, {Log2(8), 3},
		{Clamp(5.0, 0, 1), 1}, {Clamp(-5.0, 0, 1), 0}, {Clamp(0.5, 0, 1), 0.5},
	} {
		if c.got != c.want {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
	if !math.IsNaN(Sqrt(-1)) || !IsNaN(nan) || IsNaN(1) || IsFinite(nan) || IsFinite(-inf) || !IsFinite(1) {
		t.Error("what is not a number")
	}
	if Clamp("m", "a", "c") != "c" || Sign(-9) != -1 || Sign(0) != 0 || Sign(9) != 1 {
		t.Error("order")
	}
}
