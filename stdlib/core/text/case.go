package text

import (
	"encoding/binary"
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
		return mapRunes(a, s, unicode.ToLower)
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
	return mapRunes(a, s, unicode.ToLower)
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
	b := append(a.Bytes(len(s)+utf8.UTFMax), s[:i]...)
	for _, r := range s[i:] {
		b = utf8.AppendRune(b, to(r))
	}
	return a.Commit(b)
}
