package jsontext

import (
	"encoding/base64"
	"math/bits"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

// The functions whose names end in At read one part of an object's text, for code that is made for a shape: from position i on,
// giving the position behind it. They check what they read. -1 says that the part is not what was asked for, or that it is something rare: such
// a text is for Decoder, which takes its time and knows the reason. A position of -1 goes through all of them.

// OpenAt returns where the first name of the object that s is stands; len(s) where it has none.
func OpenAt(s string) int {
	i := spaceAt(s, 0)
	if i >= len(s) || s[i] != '{' || len(s) > MaxSize {
		return -1
	}
	i = spaceAt(s, i+1)
	if i < len(s) && s[i] == '"' {
		return i
	}
	return closeAt(s, i)
}

// NextAt returns where the name of the next member stands, i being behind a value; len(s) where the object has ended, and the text with it.
func NextAt(s string, i int) int {
	if uint(i) >= uint(len(s)) {
		return -1
	}
	if s[i] != ',' {
		if i = spaceAt(s, i); i >= len(s) || s[i] != ',' {
			return closeAt(s, i)
		}
	}
	i++
	if i < len(s) && s[i] == '"' {
		return i
	}
	if i = spaceAt(s, i); i < len(s) && s[i] == '"' {
		return i
	}
	return -1
}

// closeAt reads the end of the object and of the text.
func closeAt(s string, i int) int {
	if i >= len(s) || s[i] != '}' {
		return -1
	}
	if i = spaceAt(s, i+1); i < len(s) {
		return -1
	}
	return i
}

// NameAt reads a member's name with the colon. A name that has something escaped is for Decoder.
func NameAt(s string, i int) (string, int) {
	if uint(i) >= uint(len(s)) || s[i] != '"' {
		return "", -1
	}
	end := special(s, i+1)
	if end >= len(s) {
		return "", -1
	}
	if s[end] != '"' {
		var escapes bool
		if end, escapes = stringEnd(s, end); end < 0 || escapes {
			return "", -1
		}
	}
	name := s[i+1 : end]
	i = end + 1
	if i < len(s) && s[i] != ':' {
		i = spaceAt(s, i)
	}
	if i >= len(s) || s[i] != ':' {
		return "", -1
	}
	i++
	if i < len(s) && s[i] > ' ' {
		return name, i
	}
	return name, spaceAt(s, i)
}

// TextAt reads a string: a view of s, or made in the arena where something in it is escaped.
func TextAt(a *arena.Arena, s string, i int) (string, int) {
	if uint(i) >= uint(len(s)) || s[i] != '"' {
		return "", -1
	}
	end := special(s, i+1)
	if end < len(s) && s[end] == '"' {
		return s[i+1 : end], end + 1
	}
	end, escapes := stringEnd(s, end)
	if end < 0 {
		return "", -1
	}
	text := s[i+1 : end]
	if escapes {
		text = a.Commit(appendUnescaped(a.Bytes(len(text)), text))
	}
	return text, end + 1
}

// IntAt reads a whole number in its plain form, of at most 18 digits.
func IntAt(s string, i int) (int64, int) {
	if uint(i) >= uint(len(s)) {
		return 0, -1
	}
	negative := s[i] == '-'
	if negative {
		i++
	}
	from, n := i, int64(0)
	for ; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + int64(d)
	}
	if digits := i - from; digits-1 > 17 || digits > 1 && s[from] == '0' || digits == 0 {
		return 0, -1
	}
	if negative {
		n = -n
	}
	return n, i
}

// powers are the powers of ten that a float holds exactly.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// FloatAt reads a number of at most 15 digits, and no exponent: what one division of two exact floats gives rightly rounded.
func FloatAt(s string, i int) (float64, int) {
	if uint(i) >= uint(len(s)) {
		return 0, -1
	}
	negative := s[i] == '-'
	if negative {
		i++
	}
	from, n, fraction := i, int64(0), 0
	for i < len(s) && s[i]-'0' <= 9 {
		n = n*10 + int64(s[i]-'0')
		i++
	}
	digits := i - from
	if digits == 0 || digits > 15 || digits > 1 && s[from] == '0' {
		return 0, -1
	}
	if i < len(s) && s[i] == '.' {
		from = i + 1
		for i++; i < len(s) && s[i]-'0' <= 9; i++ {
			if fraction = i - from + 1; digits+fraction > 15 {
				return 0, -1
			}
			n = n*10 + int64(s[i]-'0')
		}
		if fraction == 0 {
			return 0, -1
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		return 0, -1
	}
	x := float64(n) / powers[fraction]
	if negative {
		x = -x
	}
	return x, i
}

// DecimalAt reads a number, or a string that holds one.
func DecimalAt(s string, i int) (value.Decimal, int) {
	raw, i := rawAt(s, i)
	if i < 0 {
		return value.Decimal{}, -1
	}
	d, ok := Decimal(raw)
	if !ok || raw[0] != '"' && !isNumber(raw) {
		return value.Decimal{}, -1
	}
	return d, i
}

// BoolAt reads true or false.
func BoolAt(s string, i int) (bool, int) {
	switch {
	case i < 0:
	case len(s)-i >= 4 && s[i:i+4] == "true":
		return true, i + 4
	case len(s)-i >= 5 && s[i:i+5] == "false":
		return false, i + 5
	}
	return false, -1
}

// NullAt reports whether null stands there; it ends four behind.
func NullAt(s string, i int) bool { return i >= 0 && len(s)-i >= 4 && s[i:i+4] == "null" }

// TimeAt reads a string that is a time.
func TimeAt(s string, i int) (time.Time, int) {
	raw, i := rawAt(s, i)
	t, ok := Time(raw)
	if !ok {
		return t, -1
	}
	return t, i
}

// DurationAt reads a string that is a duration.
func DurationAt(s string, i int) (time.Duration, int) {
	raw, i := rawAt(s, i)
	d, ok := Duration(raw)
	if !ok {
		return d, -1
	}
	return d, i
}

// BytesAt reads a string in base64.
func BytesAt(a *arena.Arena, s string, i int) ([]byte, int) {
	text, i := TextAt(a, s, i)
	if i < 0 {
		return nil, -1
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, -1
	}
	return b, i
}

// rawAt reads a value of any type, as it stands there.
func rawAt(s string, i int) (string, int) {
	end := SkipAt(s, i)
	if end < 0 {
		return "", -1
	}
	return s[i:end], end
}

// SkipAt reads a value of any type.
func SkipAt(s string, i int) int {
	if uint(i) >= uint(len(s)) {
		return -1
	}
	switch s[i] {
	case '"':
		end := special(s, i+1)
		if end < len(s) && s[end] == '"' {
			return end + 1
		}
		if end, _ = stringEnd(s, end); end < 0 {
			return -1
		}
		return end + 1
	case '{', '[':
		_, end := partAt(s, i)
		return end
	case 't':
		if len(s)-i >= 4 && s[i:i+4] == "true" {
			return i + 4
		}
	case 'f':
		if len(s)-i >= 5 && s[i:i+5] == "false" {
			return i + 5
		}
	case 'n':
		if NullAt(s, i) {
			return i + 4
		}
	default:
		c := checker{s: s, i: i}
		if c.number().OK() {
			return c.i
		}
	}
	return -1
}

// ValueAt reads a value of any type as a json: a view of s, or made in the arena where it has white space to leave out.
func ValueAt(a *arena.Arena, s string, i int) (string, int) {
	if uint(i) < uint(len(s)) && (s[i] == '{' || s[i] == '[') {
		spaces, end := partAt(s, i)
		if end < 0 {
			return "", -1
		}
		if raw := s[i:end]; spaces > 0 {
			return a.Commit(appendCompact(a.Bytes(len(raw)-spaces), raw)), end
		}
		return s[i:end], end
	}
	return rawAt(s, i)
}

// partAt reads an object or array within an object, and counts its white space.
func partAt(s string, i int) (spaces, end int) {
	c := checker{s: s, i: i, depth: 1, base: 1}
	if !c.value().OK() {
		return 0, -1
	}
	return c.spaces, c.i
}

// spaceAt returns where white space ends.
func spaceAt(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// special returns where the first byte stands that does not stand for itself in a string, or that has to be looked at: quote,
// backslash, control character, or a part of a character beyond ASCII. Eight bytes are looked at at a time; of the bytes that are marked the first is so rightly.
func special(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quotes, slashes := x^'"'*eachByte, x^'\\'*eachByte
		marked := ((quotes - eachByte) | (slashes - eachByte) | (x - 0x20*eachByte) | x) & highBits
		if marked != 0 {
			return i + bits.TrailingZeros64(marked)>>3
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c == '"' || c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

// stringEnd returns where the closing quote of a string stands, from i within it on; -1 where it is no string.
func stringEnd(s string, i int) (end int, escapes bool) {
	for {
		i = special(s, i)
		if i >= len(s) {
			return -1, false
		}
		switch c := s[i]; {
		case c == '"':
			return i, escapes
		case c == '\\':
			escapes = true
			e := checker{s: s, i: i}
			if !e.escape().OK() {
				return -1, false
			}
			i = e.i
		case c < 0x20:
			return -1, false
		default:
			for i < len(s) && s[i] >= utf8.RuneSelf {
				r, n := utf8.DecodeRuneInString(s[i:])
				if r == utf8.RuneError && n == 1 {
					return -1, false
				}
				i += n
			}
		}
	}
}
