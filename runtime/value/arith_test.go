package value

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"
)

// interesting are the ints at which arithmetic goes wrong.
var interesting = []int64{0, 1, -1, 2, -2, 3, 10, -10, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1,
	math.MaxInt32, math.MinInt32, 1 << 32, -(1 << 32), 3037000499, 3037000500, -3037000500}

// TestArithmeticAgainstBig compares every operation with unbounded ints.
func TestArithmeticAgainstBig(t *testing.T) {
	ops := []struct {
		name string
		got  func(a, b int64) (int64, bool)
		want func(z, a, b *big.Int) bool // false: not defined
	}{
		{"+", Add, func(z, a, b *big.Int) bool { z.Add(a, b); return true }},
		{"-", Sub, func(z, a, b *big.Int) bool { z.Sub(a, b); return true }},
		{"*", Mul, func(z, a, b *big.Int) bool { z.Mul(a, b); return true }},
		{"div", Div, func(z, a, b *big.Int) bool {
			if b.Sign() == 0 {
				return false
			}
			z.Quo(a, b)
			return true
		}},
		{"mod", Mod, func(z, a, b *big.Int) bool {
			if b.Sign() == 0 {
				return false
			}
			z.Rem(a, b)
			return true
		}},
	}
	check := func(a, b int64) {
		for _, op := range ops {
			z := new(big.Int)
			ok := op.want(z, big.NewInt(a), big.NewInt(b)) && z.IsInt64()
			got, gotOK := op.got(a, b)
			if gotOK != ok || ok && got != z.Int64() {
				t.Fatalf("%d %s %d = %d, %v; want %s, %v", a, op.name, b, got, gotOK, z, ok)
			}
		}
	}
	for _, a := range interesting {
		for _, b := range interesting {
			check(a, b)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		check(int64(r.Uint64())>>r.UintN(64), int64(r.Uint64())>>r.UintN(64))
	}
}

func TestNegAndAbs(t *testing.T) {
	for _, a := range interesting {
		n, ok := Neg(a)
		if ok != (a != math.MinInt64) || ok && n != -a {
			t.Errorf("Neg(%d) = %d, %v", a, n, ok)
		}
		n, ok = Abs(a)
		if ok != (a != math.MinInt64) || ok && n < 0 {
			t.Errorf("Abs(%d) = %d, %v", a, n, ok)
		}
	}
}

func TestFloatToInt(t *testing.T) {
	for _, c := range []struct {
		f    float64
		want int64
		ok   bool
	}{
		{1.9, 1, true}, {-1.9, -1, true}, {math.NaN(), 0, false}, {math.Inf(1), 0, false}, {math.Inf(-1), 0, false},
		{1 << 63, 0, false}, {-(1 << 63), math.MinInt64, true}, {math.Nextafter(1<<63, 0), 1<<63 - 1024, true},
	} {
		if got, ok := FloatToInt(c.f); ok != c.ok || ok && got != c.want {
			t.Errorf("FloatToInt(%v) = %d, %v; want %d, %v", c.f, got, ok, c.want, c.ok)
		}
	}
}

func TestNanos(t *testing.T) {
	for _, c := range []struct {
		t  time.Time
		ok bool
	}{
		{time.Unix(0, 0), true}, {time.Unix(0, math.MaxInt64), true}, {time.Unix(0, math.MinInt64), true},
		{time.Unix(0, math.MaxInt64).Add(1), false}, {time.Unix(0, math.MinInt64).Add(-1), false}, {time.Time{}, false},
	} {
		n, ok := Nanos(c.t)
		if ok != c.ok || ok && !Time(n).Equal(c.t) {
			t.Errorf("Nanos(%v) = %d, %v", c.t, n, ok)
		}
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "-7": -7, "+7": 7, "007": 7, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64} {
		if got, err := ParseInt(s); err != nil || got != want {
			t.Errorf("ParseInt(%q) = %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "-", "+", " 1", "1 ", "1_000", "0x10", "1.0", "9223372036854775808", "１"} {
		if got, err := ParseInt(s); err == nil {
			t.Errorf("ParseInt(%q) = %d", s, got)
		}
	}
	for s, want := range map[string]float64{"0": 0, "-1.5": -1.5, "2e3": 2000, ".5": .5, "1e-400": 0} {
		if got, err := ParseFloat(s); err != nil || got != want {
			t.Errorf("ParseFloat(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "NaN", "Inf", "infinity", "0x1p3", "1_0.0", "1e400", "1.2.3"} {
		if got, err := ParseFloat(s); err == nil {
			t.Errorf("ParseFloat(%q) = %v", s, got)
		}
	}
}
