package jsontext

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

// Text is a value as it is shown: compact JSON.
func Text(v string) string {
	if v == "" {
		return "null"
	}
	return v
}

// Append appends a value as JSON.
func Append(dst []byte, v string) []byte { return append(dst, Text(v)...) }

// What names the kind of a value, for messages.
func What(v string) string {
	if v == "" {
		return "null"
	}
	switch v[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return v
	case 'n':
		return "null"
	}
	return "a number"
}

// Not is the reason why a value is not what was asked for.
func Not(v, wanted string) string {
	const most = 40
	shown := What(v)
	if v != "" && (v[0] == '"' || isNumber(v)) {
		text := v
		if len(text) > most {
			text = strings.ToValidUTF8(text[:most], "") + "..."
		}
		shown += " (" + text + ")"
	}
	return shown + " is not " + wanted
}

func isNumber(v string) bool { return v != "" && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') }

// IsNull reports whether a value is null.
func IsNull(v string) bool { return v == "" || v[0] == 'n' }

// Bool returns true or false; not ok for any other value.
func Bool(v string) (b, ok bool) { return v == "true", v == "true" || v == "false" }

// Int returns a whole number that an int holds: 3, 3.0 and 3e2, but not 3.5.
func Int(v string) (int64, bool) {
	if !isNumber(v) {
		return 0, false
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return n, true
	}
	if !strings.ContainsAny(v, ".eE") {
		return 0, false
	}
	negative, digits, exp := decompose(v)
	if exp < 0 || exp > 19 || len(digits)+exp > 19 {
		return 0, len(digits) == 0
	}
	var n uint64
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	for range exp {
		n *= 10
	}
	switch {
	case negative && n <= 1<<63:
		return int64(-n), true
	case negative, n > math.MaxInt64:
		return 0, false
	}
	return int64(n), true
}

// Float returns the float nearest to a number; not ok where it is beyond what a float holds.
func Float(v string) (float64, bool) {
	if !isNumber(v) {
		return 0, false
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil && math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// Decimal returns a number, or a string that holds one, exactly; not ok where it is beyond what a decimal holds.
func Decimal(v string) (value.Decimal, bool) {
	if len(v) > 2 && v[0] == '"' {
		v = v[1 : len(v)-1]
	}
	d, err := value.ParseDecimal(v)
	return d, err == nil
}

// String returns the text of a string: a view where nothing in it is escaped, else made in the arena. Half of a
// surrogate pair becomes U+FFFD.
func String(a *arena.Arena, v string) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	v = v[1 : len(v)-1]
	if !escaped(v) {
		return v, true
	}
	return a.Commit(appendUnescaped(a.Bytes(len(v)), v)), true
}

// Time returns the time that a string is, as RFC 3339 writes it.
func Time(v string) (time.Time, bool) {
	if len(v) < 2 || v[0] != '"' || escaped(v) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, v[1:len(v)-1])
	return t.UTC(), err == nil
}

// Duration returns the duration that a string such as "1m30s" is.
func Duration(v string) (time.Duration, bool) {
	if len(v) < 2 || v[0] != '"' || escaped(v) {
		return 0, false
	}
	d, err := time.ParseDuration(v[1 : len(v)-1])
	return d, err == nil
}

func escaped(s string) bool { return strings.IndexByte(s, '\\') >= 0 }

// appendUnescaped appends what stands between the quotes of a string, as text.
func appendUnescaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			i++
			continue
		}
		r, n := unescape(s[i:])
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst
}

// unescape reads one escape, or the two of a surrogate pair, and returns how long it is.
func unescape(s string) (rune, int) {
	if len(s) < 2 {
		return utf8.RuneError, len(s)
	}
	switch s[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r := unit(s)
		if r < 0 {
			return utf8.RuneError, min(6, len(s))
		}
		if utf16.IsSurrogate(r) {
			if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
				if pair := utf16.DecodeRune(r, unit(s[6:])); pair != utf8.RuneError {
					return pair, 12
				}
			}
			return utf8.RuneError, 6
		}
		return r, 6
	}
	return rune(s[1]), 2
}

// unit is the number of \uXXXX, or -1.
func unit(s string) rune {
	if len(s) < 6 {
		return -1
	}
	n := 0
	for i := 2; i < 6; i++ {
		d := hexDigit(s[i])
		if d < 0 {
			return -1
		}
		n = n<<4 | d
	}
	return rune(n)
}

// unescapesTo reports whether raw, which has escapes, stands for text. It allocates nothing.
func unescapesTo(raw, text string) bool {
	var b [utf8.UTFMax]byte
	for i := 0; i < len(raw); {
		part, n := raw[i:i+1], 1
		if raw[i] == '\\' {
			var r rune
			r, n = unescape(raw[i:])
			part = arena.View(b[:utf8.EncodeRune(b[:], r)])
		}
		if !strings.HasPrefix(text, part) {
			return false
		}
		text = text[len(part):]
		i += n
	}
	return text == ""
}

// decompose takes a number apart: its digits without zeros around them, and the power of ten they are taken by. Zero has no digits.
// Digits of a number with a point are made anew.
func decompose(v string) (negative bool, digits string, exp int) {
	if v[0] == '-' {
		negative, v = true, v[1:]
	}
	if i := strings.IndexAny(v, "eE"); i >= 0 {
		n, err := strconv.Atoi(strings.TrimPrefix(v[i+1:], "+"))
		if err != nil || n > 1<<30 || n < -1<<30 {
			n = 1 << 30
			if strings.HasPrefix(v[i+1:], "-") {
				n = -n
			}
		}
		exp, v = n, v[:i]
	}
	if whole, fraction, ok := strings.Cut(v, "."); ok {
		fraction = strings.TrimRight(fraction, "0")
		exp -= len(fraction)
		if fraction == "" {
			v = whole
		} else {
			v = whole + fraction
		}
	}
	trimmed := strings.TrimRight(v, "0")
	exp += len(v) - len(trimmed)
	digits = strings.TrimLeft(trimmed, "0")
	if digits == "" {
		return false, "", 0
	}
	return negative, digits, exp
}
