package value

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
)

// Concat returns a + b, made in the arena.
func Concat(a *arena.Arena, x, y string) string {
	b := a.Bytes(len(x) + len(y))
	b = append(b, x...)
	b = append(b, y...)
	return a.Commit(b)
}

// AppendInt writes v in decimal, as "{...}" in a string does.
func AppendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// AppendFloat writes the shortest text that reads back as v.
func AppendFloat(dst []byte, v float64) []byte {
	if math.Abs(v) < 1e21 && (math.Abs(v) >= 1e-6 || v == 0) {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// AppendBool writes true or false.
func AppendBool(dst []byte, v bool) []byte { return strconv.AppendBool(dst, v) }

// AppendTime writes RFC 3339 with as many digits of a second as it has. Years of more than four digits have a sign, as ISO 8601 asks for.
func AppendTime(dst []byte, v time.Time) []byte {
	if v.Year() > 9999 {
		dst = append(dst, '+')
	}
	return v.AppendFormat(dst, time.RFC3339Nano)
}

// AppendDuration writes 1h30m0s.
func AppendDuration(dst []byte, v time.Duration) []byte { return append(dst, v.String()...) }

// The JSON writers are for values that have no column of their own: lists, maps, records, optionals.

// JSONString appends s quoted; invalid UTF-8 becomes U+FFFD.
func JSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
		i++
	}
	return append(dst, '"')
}

// JSONBytes appends b in base64, quoted.
func JSONBytes(dst, b []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}

// JSONFloat appends v, or null where it is no number that JSON has.
func JSONFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	return AppendFloat(dst, v)
}

// JSONTime appends v quoted.
func JSONTime(dst []byte, v time.Time) []byte {
	dst = append(dst, '"')
	dst = AppendTime(dst, v)
	return append(dst, '"')
}

// JSONDuration appends v quoted.
func JSONDuration(dst []byte, v time.Duration) []byte {
	dst = append(dst, '"')
	dst = AppendDuration(dst, v)
	return append(dst, '"')
}

// JSONList appends a list of values that item appends.
func JSONList[T any](dst []byte, list []T, item func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item(dst, v)
	}
	return append(dst, ']')
}

// JSONMap appends a map as an object, its keys in the order given and written as text.
func JSONMap[K comparable, V any](dst []byte, keys []K, m map[K]V, key func([]byte, K) []byte, val func([]byte, V) []byte) []byte {
	dst = append(dst, '{')
	var text []byte
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		text = key(text[:0], k)
		if len(text) > 0 && text[0] == '"' {
			dst = append(dst, text...)
		} else {
			dst = JSONString(dst, string(text))
		}
		dst = append(dst, ':')
		dst = val(dst, m[k])
	}
	return append(dst, '}')
}

// JSONOption appends the value, or null.
func JSONOption[T any](dst []byte, o arena.Option[T], val func([]byte, T) []byte) []byte {
	if !o.OK {
		return append(dst, "null"...)
	}
	return val(dst, o.V)
}
