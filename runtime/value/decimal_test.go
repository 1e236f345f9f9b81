package value

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func dec(t *testing.T, s string) Decimal {
	t.Helper()
	d, err := ParseDecimal(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

func TestParseDecimal(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "+7": "7", "12.50": "12.5", "1.0": "1", "100": "100", "-0.050": "-0.05", ".5": "0.5", "5.": "5", "007.10": "7.1", "1e3": "1000", "1.5E+2": "150", "25e-1": "2.5",
		"9999999999999999999": "9999999999999999999", "-9.999999999999999999": "-9.999999999999999999", "0.0000000000000000001": "0.0000000000000000001",
		"10000000000000000000e-1": "1000000000000000000", "0e99999999999": "0", "0.0000000000000000000000000": "0", "9223372036854775808": "9223372036854775808", "1000000000000000000.000000000000": "1000000000000000000",
	} {
		d := dec(t, text)
		if got := string(AppendDecimal(nil, d)); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
		if again := dec(t, want); again != d {
			t.Errorf("%s and %s are equal and differ", text, want)
		}
		if made, ok := MakeDecimal(d.IsNeg(), d.Coef(), d.Scale()); !ok || made != d {
			t.Errorf("%s is not made again: %v, %v", text, made, ok)
		}
	}
	for text, want := range map[string]error{
		"": errNotDecimal, "-": errNotDecimal, ".": errNotDecimal, "1.2.3": errNotDecimal, "1 ": errNotDecimal, "1_0": errNotDecimal, "0x1": errNotDecimal, "1e": errNotDecimal, "1e+": errNotDecimal,
		"NaN": errNotDecimal, "１": errNotDecimal, "--1": errNotDecimal, "e3": errNotDecimal,
		"10000000000000000000": errDecimalRange, "1.0000000000000000001": errDecimalRange, "1e-20": errDecimalRange, "1e19": errDecimalRange, "1e999999999999": errDecimalRange, "1e-999999999999": errDecimalRange,
		"12345678901234567890.5": errDecimalRange,
	} {
		if d, err := ParseDecimal(text); err != want {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
}

// TestDecimalsAgainstBig compares with fractions of unbounded ints: a result is exact, or there is none.
func TestDecimalsAgainstBig(t *testing.T) {
	ops := map[string]struct {
		got  func(a, b Decimal) (Decimal, bool)
		want func(z, a, b *big.Rat) *big.Rat
	}{"+": {AddDecimal, (*big.Rat).Add}, "-": {SubDecimal, (*big.Rat).Sub}, "*": {MulDecimal, (*big.Rat).Mul}}
	r := rand.New(rand.NewPCG(3, 4))
	random := func() Decimal {
		d, ok := MakeDecimal(r.IntN(2) == 0, r.Uint64()>>r.UintN(64)%(maxDecimal+1), r.IntN(20))
		if !ok {
			t.Fatal("not made")
		}
		return d
	}
	rat := func(d Decimal) *big.Rat {
		z, ok := new(big.Rat).SetString(string(AppendDecimal(nil, d)))
		if !ok {
			t.Fatal("no text")
		}
		return z
	}
	for range 20_000 {
		a, b := random(), random()
		for name, op := range ops {
			want := op.want(new(big.Rat), rat(a), rat(b))
			got, ok := op.got(a, b)
			if ok && rat(got).Cmp(want) != 0 {
				t.Fatalf("%v %s %v = %v, want %s", a, name, b, got, want.FloatString(40))
			}
			if ok && got.Trim(0) != got {
				t.Fatalf("%v %s %v = %v has zeros at its end", a, name, b, got)
			}
			text := want.FloatString(40)
			text = strings.TrimRight(text, "0")
			if _, err := ParseDecimal(text); !ok && err == nil && name != "*" {
				t.Fatalf("%v %s %v fails, and %s fits", a, name, b, text)
			}
		}
		if b.IsZero() {
			continue
		}
		q, okQ := DivDecimal(a, b)
		rem, okR := ModDecimal(a, b)
		if okQ && okR {
			sum := new(big.Rat).Mul(rat(q), rat(b))
			if sum.Add(sum, rat(rem)).Cmp(rat(a)) != 0 || !rat(q).IsInt() || rem.Sign()*a.Sign() < 0 {
				t.Fatalf("%v div %v = %v, mod %v", a, b, q, rem)
			}
		}
	}
}

func TestQuotients(t *testing.T) {
	for _, c := range [][3]string{{"1", "3", "0.3333333333333333333"}, {"2", "3", "0.6666666666666666667"}, {"10", "4", "2.5"}, {"-1", "8", "-0.125"}, {"0", "7", "0"}} {
		if got, ok := QuoDecimal(dec(t, c[0]), dec(t, c[1])); !ok || got != dec(t, c[2]) {
			t.Errorf("%s / %s = %v, %v", c[0], c[1], got, ok)
		}
	}
	zero, one, most, least := Decimal{}, dec(t, "1"), dec(t, "9999999999999999999"), dec(t, "0.0000000000000000001")
	for _, f := range []func(a, b Decimal) (Decimal, bool){QuoDecimal, DivDecimal, ModDecimal} {
		if _, ok := f(one, zero); ok {
			t.Error("division by zero")
		}
	}
	if _, ok := QuoDecimal(most, least); ok {
		t.Error("a quotient of 38 digits")
	}
	if WhyNoQuotient(zero) == WhyNoQuotient(one) {
		t.Error("one reason for two")
	}
}

func TestRoundDecimal(t *testing.T) {
	for _, c := range []struct {
		d      string
		places int64
		want   string
	}{
		{"2.345", 2, "2.35"}, {"2.344", 2, "2.34"}, {"-2.345", 2, "-2.35"}, {"2.5", 0, "3"}, {"-2.5", 0, "-3"}, {"-0.4", 0, "0"}, {"0.5", 0, "1"}, {"9.99", 1, "10"}, {"9.999999999999999999", 0, "10"},
		{"1.5", 40, "1.5"}, {"1.5", -3, "2"}, {"0.9999999999999999999", 18, "1"}, {"99999999999999999.95", 1, "100000000000000000"}, {"7", 2, "7"},
	} {
		if got := RoundDecimal(dec(t, c.d), c.places); got != dec(t, c.want) {
			t.Errorf("%s to %d places is %v, want %s", c.d, c.places, got, c.want)
		}
	}
}

func TestDecimalConversions(t *testing.T) {
	for text, want := range map[string]int64{"1.9": 1, "-1.9": -1, "0": 0, "9223372036854775807.9": math.MaxInt64, "-9223372036854775808": math.MinInt64, "-0.5": 0} {
		if text == "9223372036854775807.9" {
			continue // 20 digits
		}
		if got, ok := DecimalInt(dec(t, text)); !ok || got != want {
			t.Errorf("int(%s) = %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"9223372036854775808", "-9223372036854775809"} {
		if got, ok := DecimalInt(dec(t, text)); ok {
			t.Errorf("int(%s) = %d", text, got)
		}
	}
	for f, want := range map[float64]string{0.1: "0.1", -1.5: "-1.5", 1e18: "1000000000000000000", 0: "0", math.Copysign(0, -1): "0"} {
		if got, ok := FloatDecimal(f); !ok || got != dec(t, want) {
			t.Errorf("decimal(%v) = %v, %v", f, got, ok)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), 1e20, 1e-25, math.MaxFloat64} {
		if got, ok := FloatDecimal(f); ok {
			t.Errorf("decimal(%v) = %v", f, got)
		}
	}
	for _, n := range interesting {
		if got, ok := DecimalInt(IntDecimal(n)); !ok || got != n {
			t.Errorf("int(decimal(%d)) = %d, %v", n, got, ok)
		}
	}
	if got := DecimalFloat(dec(t, "-12.375")); got != -12.375 {
		t.Error(got)
	}
	if n := testing.AllocsPerRun(100, func() {
		d, _ := ParseDecimal("123.450")
		d, _ = AddDecimal(d, IntDecimal(7))
		d, _ = MulDecimal(d, d)
		d = RoundDecimal(d, 2)
		if DecimalFloat(d) == 0 {
			t.Fatal()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
