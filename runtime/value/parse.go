package value

import (
	"errors"
	"math"
	"strconv"
)

// The reasons that a conversion gives. They are made once: a bad field in every tuple of a stream costs no allocation.
var (
	errNotInt     = errors.New("not an int")
	errIntRange   = errors.New("the number does not fit an int")
	errNotFloat   = errors.New("not a number")
	errFloatRange = errors.New("the number does not fit a float")
	errNotBool    = errors.New("neither true nor false")
)

// ParseBool reads true or false.
func ParseBool(s string) (bool, error) {
	if s != "true" && s != "false" {
		return false, errNotBool
	}
	return s == "true", nil
}

// ParseInt reads a decimal int with an optional sign and nothing around it.
func ParseInt(s string) (int64, error) {
	digits := s
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	if digits == "" {
		return 0, errNotInt
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, errNotInt
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errIntRange
	}
	return n, nil
}

// ParseFloat reads a decimal number with an optional sign, fraction and exponent; not NaN and not infinity.
func ParseFloat(s string) (float64, error) {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, errNotFloat
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && math.IsInf(v, 0):
		return 0, errFloatRange
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, errNotFloat
	}
	return v, nil
}
