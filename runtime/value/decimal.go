package value

import (
	"errors"
	"math"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/topo-lang/topo/runtime/arena"
)

// Decimal is an exact decimal number: a whole number of up to 19 digits, and how many of them stand behind the point, up to 19.
// Every value made here is without zeros at its end, so that equal numbers are equal in Go, as keys and as hashes.
type Decimal = decimal.Decimal

const (
	maxDecimal = 9_999_999_999_999_999_999 // 19 digits
	maxScale   = decimal.MaxScale
)

var (
	errNotDecimal   = errors.New("not a decimal number")
	errDecimalRange = errors.New("the number does not fit a decimal (19 digits)")
)

// MakeDecimal returns coef / 10^scale, negative where neg; false where that does not fit.
func MakeDecimal(neg bool, coef uint64, scale int) (Decimal, bool) {
	if coef > maxDecimal || scale < 0 || scale > maxScale {
		return Decimal{}, false
	}
	var d Decimal
	var err error
	if coef <= math.MaxInt64 {
		d, err = decimal.New(int64(coef), scale)
	} else {
		// In two halves, each of which fits an int.
		var half Decimal
		if d, err = decimal.New(int64(coef/2), scale); err == nil {
			if half, err = decimal.New(int64(coef-coef/2), scale); err == nil {
				d, err = d.AddExact(half, scale)
			}
		}
	}
	if neg {
		d = d.Neg()
	}
	return d.Trim(0), err == nil
}

// ParseDecimal reads a decimal number exactly: an optional sign, digits with a point or without, and an exponent.
func ParseDecimal(s string) (Decimal, error) {
	neg, i := false, 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg, i = s[0] == '-', 1
	}
	var coef uint64
	exp, zeros, digits, point, fits := 0, 0, 0, false, true
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits++
		if point {
			exp--
		}
		switch {
		case c == '0' && coef == 0:
		case c == '0':
			zeros++
		default:
			for ; zeros > 0 && fits; zeros-- {
				fits = coef <= maxDecimal/10
				coef *= 10
			}
			n := uint64(c - '0')
			if fits = fits && coef <= (maxDecimal-n)/10; fits {
				coef = coef*10 + n
			}
		}
	}
	if digits == 0 {
		return Decimal{}, errNotDecimal
	}
	if i < len(s) {
		power, ok := exponent(s[i:])
		if !ok {
			return Decimal{}, errNotDecimal
		}
		exp += power
	}
	if coef == 0 {
		return Decimal{}, nil
	}
	exp += zeros
	for ; exp > 0 && fits; exp-- {
		fits = coef <= maxDecimal/10
		coef *= 10
	}
	d, ok := Decimal{}, false
	if fits {
		d, ok = MakeDecimal(neg, coef, -exp)
	}
	if !ok {
		return Decimal{}, errDecimalRange
	}
	return d, nil
}

// exponent reads e+12.
func exponent(s string) (int, bool) {
	if len(s) < 2 || s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	digits := s[1:]
	if digits[0] == '-' || digits[0] == '+' {
		digits = digits[1:]
	}
	n := 0
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		n = min(n*10+int(digits[i]-'0'), 1<<30)
	}
	if s[1] == '-' {
		n = -n
	}
	return n, digits != ""
}

// MustDecimal is the decimal of a constant's text.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// AddDecimal returns a + b, and whether it fits exactly.
func AddDecimal(a, b Decimal) (Decimal, bool) {
	c, err := a.AddExact(b, max(a.Scale(), b.Scale()))
	return c.Trim(0), err == nil
}

// SubDecimal returns a - b, and whether it fits exactly.
func SubDecimal(a, b Decimal) (Decimal, bool) {
	c, err := a.SubExact(b, max(a.Scale(), b.Scale()))
	return c.Trim(0), err == nil
}

// MulDecimal returns a * b, and whether it fits exactly.
func MulDecimal(a, b Decimal) (Decimal, bool) {
	scale := a.Scale() + b.Scale()
	if scale > maxScale {
		return Decimal{}, a.IsZero() || b.IsZero()
	}
	c, err := a.MulExact(b, scale)
	return c.Trim(0), err == nil
}

// QuoDecimal returns a / b, rounded to 19 digits, a half to the even digit; false for a divisor of 0 and where it does not fit.
func QuoDecimal(a, b Decimal) (Decimal, bool) {
	if b.IsZero() {
		return Decimal{}, false
	}
	c, err := a.Quo(b)
	return c.Trim(0), err == nil
}

// DivDecimal returns the quotient rounded towards zero to a whole number; false for a divisor of 0 and where it does not fit.
func DivDecimal(a, b Decimal) (Decimal, bool) {
	if b.IsZero() {
		return Decimal{}, false
	}
	q, _, err := a.QuoRem(b)
	return q.Trim(0), err == nil
}

// ModDecimal returns the remainder with the sign of a; false for a divisor of 0 and where the quotient does not fit.
func ModDecimal(a, b Decimal) (Decimal, bool) {
	if b.IsZero() {
		return Decimal{}, false
	}
	_, r, err := a.QuoRem(b)
	return r.Trim(0), err == nil
}

// WhyNoQuotient is the reason why a division by b failed.
func WhyNoQuotient(b Decimal) string {
	if b.IsZero() {
		return "division by zero"
	}
	return DecimalOverflow
}

// DecimalOverflow is the reason why arithmetic on decimals fails.
const DecimalOverflow = "the result does not fit a decimal (19 digits)"

// IntDecimal returns the decimal of an int: every one fits.
func IntDecimal(n int64) Decimal {
	return decimal.MustNew(n, 0)
}

// FloatDecimal returns the decimal that the shortest text of a float is; false where that does not fit.
func FloatDecimal(f float64) (Decimal, bool) {
	var b [32]byte
	d, err := ParseDecimal(arena.View(strconv.AppendFloat(b[:0], f, 'e', -1, 64)))
	return d, err == nil
}

// DecimalInt returns d cut towards zero, and whether that fits an int.
func DecimalInt(d Decimal) (int64, bool) {
	n := d.Trunc(0).Coef()
	switch {
	case d.IsNeg() && n <= 1<<63:
		return int64(-n), true
	case d.IsNeg(), n > math.MaxInt64:
		return 0, false
	}
	return int64(n), true
}

// DecimalFloat returns the float nearest to d.
func DecimalFloat(d Decimal) float64 {
	var b [64]byte
	f, _ := strconv.ParseFloat(arena.View(AppendDecimal(b[:0], d)), 64)
	return f
}

// RoundDecimal returns d rounded to so many decimal places, a half away from zero; places below 0 are none.
func RoundDecimal(d Decimal, places int64) Decimal {
	places = max(places, 0)
	if int64(d.Scale()) <= places {
		return d
	}
	// Nothing here can overflow: what is cut off makes room for the digit that may be added.
	cut := d.Trunc(int(places))
	if rest, _ := SubDecimal(d, cut); rest.Abs().Cmp(decimal.MustNew(5, int(places)+1)) >= 0 {
		cut, _ = AddDecimal(cut, decimal.MustNew(1, int(places)).CopySign(d))
	}
	return cut.Trim(0)
}

// AppendDecimal writes d with as many digits behind the point as it has.
func AppendDecimal(dst []byte, d Decimal) []byte {
	dst, _ = d.AppendText(dst) // it has no error to give
	return dst
}
