package text

import (
	"encoding/binary"
	"math/bits"
	"unicode"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
)

// Lower returns s in lower case; s itself where nothing changes.
func Lower(a *arena.Arena, s string) string {
	n := len(s)
	if n < 2 || n > 8 {
		return lowerAny(a, s)
	}
	// A text of two to eight bytes is looked at as four overlapping pairs: words differ in
	// length too wildly for a branch on it to be foreseen, and this has none.
	second, third := min(2, n-2), max(n-4, 0)
	x := load2(s, 0) | load2(s, second)<<16 | load2(s, third)<<32 | load2(s, n-2)<<48
	marks := letterMarks(x, 'A')
	if (marks|x)&high == 0 {
		return s
	}
	if x&high != 0 {
		return lowerMixed(a, s)
	}
	x ^= marks >> 2 // a letter's two cases differ in bit 0x20
	b := a.Bytes(n)[:n]
	binary.LittleEndian.PutUint16(b, uint16(x))
	binary.LittleEndian.PutUint16(b[second:], uint16(x>>16))
	binary.LittleEndian.PutUint16(b[third:], uint16(x>>32))
	binary.LittleEndian.PutUint16(b[n-2:], uint16(x>>48))
	return a.Commit(b)
}

// lowerAny is Lower for text of any length.
func lowerAny(a *arena.Arena, s string) string {
	if out, ascii := flip(a, s, 'A'); ascii {
		return out
	}
	return lowerMixed(a, s)
}

// lowerMixed is Lower for text of which some bytes are not ASCII: it looks at eight bytes at a time up to these.
func lowerMixed(a *arena.Arena, s string) string {
	// A rune's other case may take more bytes: with no room left for that, the rest is appended.
	b := a.Bytes(len(s) + 64)
	b = b[:cap(b)]
	n, changed := 0, false
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			x := rest(s, i)
			marks := letterMarks(x, 'A')
			size := min(bits.TrailingZeros64(x&high)>>3, len(s)-i)
			if marks&^(^uint64(0)<<(8*size)) != 0 {
				changed = true
			}
			binary.LittleEndian.PutUint64(b[n:], x^marks>>2)
			i, n = i+size, n+size
			continue
		}
		if c, d := s[i], s[min(i+1, len(s)-1)]; c == 0xc3 && d >= 0x80 && d < 0xc0 {
			if d < 0x9f && d != 0x97 { // À to Þ, without the times sign
				d += 0x20
				changed = true
			}
			b[n], b[n+1] = c, d
			i, n = i+2, n+2
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		to := unicode.ToLower(r)
		changed = changed || to != r || r == utf8.RuneError && size == 1
		if n+utf8.UTFMax+len(s)-i+8 > len(b) {
			return a.Commit(mapAppend(b[:n], s[i:], unicode.ToLower))
		}
		i, n = i+size, n+utf8.EncodeRune(b[n:], to)
	}
	if !changed {
		return s
	}
	return a.Commit(b[:n])
}

// Upper returns s in upper case; s itself where nothing changes.
func Upper(a *arena.Arena, s string) string {
	if out, ascii := flip(a, s, 'a'); ascii {
		return out
	}
	return mapRunes(a, s, unicode.ToUpper)
}

// flip returns s with the case of the letters from first on turned, s itself where there are none; false
// where s is not ASCII. What turns out not to be needed is not kept in the arena.
func flip(a *arena.Arena, s string, first byte) (string, bool) {
	n := len(s)
	b := a.Bytes(n)[:n]
	var all, found uint64
	if n < 8 {
		for i := range n {
			c := s[i]
			all |= uint64(c)
			if c-first < 26 {
				c ^= 0x20
				found = 1
			}
			b[i] = c
		}
	} else {
		for i := 0; i+8 <= len(s) && i+8 <= len(b); i += 8 {
			x := load(s, i)
			marks := letterMarks(x, first)
			all |= x
			found |= marks
			binary.LittleEndian.PutUint64(b[i:], x^marks>>2)
		}
		// The last eight bytes may overlap those before, which does no harm.
		x := load(s, n-8)
		marks := letterMarks(x, first)
		all |= x
		found |= marks
		binary.LittleEndian.PutUint64(b[n-8:], x^marks>>2)
	}
	switch {
	case all&high != 0:
		return "", false
	case found == 0:
		return s, true
	}
	return a.Commit(b), true
}

// mapRunes returns s with each rune mapped; s itself where nothing changes. Bytes that are not UTF-8 become U+FFFD.
func mapRunes(a *arena.Arena, s string, to func(rune) rune) string {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || to(r) != r {
			return mapFrom(a, s, i, to)
		}
		i += size
	}
	return s
}

// mapFrom is mapRunes for s of which the first i bytes do not change.
func mapFrom(a *arena.Arena, s string, i int, to func(rune) rune) string {
	// A rune's other case may take more bytes; where the room does not do, append moves the text.
	return a.Commit(mapAppend(append(a.Bytes(len(s)+utf8.UTFMax), s[:i]...), s[i:], to))
}

// mapAppend appends s with each rune mapped.
func mapAppend(b []byte, s string, to func(rune) rune) []byte {
	for _, r := range s {
		b = utf8.AppendRune(b, to(r))
	}
	return b
}
