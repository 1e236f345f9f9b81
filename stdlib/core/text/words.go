package text

import (
	"math/bits"
	"unicode"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/hash"
)

// Words returns the words of s: what stands between Unicode white space.
func Words(a *arena.Arena, s string) []string {
	n := 0
	for it := WordsSeq(s); ; n++ {
		if _, ok := it.Next(); !ok {
			break
		}
	}
	list := a.Strings(n)
	it := WordsSeq(s)
	for i := range list {
		list[i], _ = it.Next()
	}
	return list
}

// WordIter walks over the words of a text. It knows where the spaces of the next up to 64 bytes stand, so that
// to find a word does not wait for the word before: the search for one space after the other would.
type WordIter struct {
	s      string
	at     int    // the next word begins here or later
	begin  int    // s[begin:end] is ASCII and has been looked at
	end    int    // at most 64 bytes further
	spaces uint64 // where in it the spaces from at on are, the first byte lowest
}

// WordsSeq returns the words of s one by one, without a list.
func WordsSeq(s string) WordIter { return WordIter{s: s} }

// Next returns the next word, as a part of the text, and whether there was one.
func (it *WordIter) Next() (string, bool) {
	start, spaces := it.at, it.spaces
	for spaces != 0 {
		i := it.begin + bits.TrailingZeros64(spaces)
		spaces &= spaces - 1
		if i > start {
			it.at, it.spaces = i+1, spaces
			return it.s[start:i], true
		}
		start = i + 1
	}
	start, end := it.further(start)
	return it.s[start:end], end > start
}

// NextKey is Next with the key that the word is, whose bytes are at hand.
func (it *WordIter) NextKey() (string, hash.Key, bool) {
	start, spaces := it.at, it.spaces
	for spaces != 0 {
		i := it.begin + bits.TrailingZeros64(spaces)
		spaces &= spaces - 1
		if i > start {
			it.at, it.spaces = i+1, spaces
			if n := i - start; n <= 8 && i >= 8 {
				// As keyIn does it, for most words: here it is inlined.
				word := load(it.s, i-8) >> (64 - 8*n)
				return it.s[start:i], hash.Key{Hash: hash.Short(word, 0, n), Word: word}, true
			}
			return it.s[start:i], keyIn(it.s, start, i), true
		}
		start = i + 1
	}
	start, end := it.further(start)
	return it.s[start:end], keyIn(it.s, start, end), end > start
}

// keyIn is hash.Of(s[start:end]).
func keyIn(s string, start, end int) hash.Key {
	n := end - start
	switch {
	case n <= 8 && end >= 8:
		// The eight bytes before its end are the word, and others before it, which are shifted out: no branch on its length.
		word := load(s, end-8) >> (64 - 8*n)
		return hash.Key{Hash: hash.Short(word, 0, n), Word: word}
	case n <= 8 && start+8 <= len(s):
		word := load(s, start) &^ (^uint64(0) << (8 * n))
		return hash.Key{Hash: hash.Short(word, 0, n), Word: word}
	case n > 8 && n <= 16:
		word, more := load(s, start), load(s, end-8)>>(128-8*n)
		return hash.Key{Hash: hash.Short(word, more, n), Word: word, More: more}
	}
	return hash.Of(s[start:end])
}

// further looks for the end of the word that begins at start or later, where no more spaces are known. A word without bytes is none.
func (it *WordIter) further(start int) (from, to int) {
	s := it.s
	for {
		switch {
		case it.end == len(s):
			it.at, it.spaces = len(s), 0
			return start, len(s)
		case s[it.end] >= utf8.RuneSelf:
			return it.general(start, it.end)
		}
		it.look()
		for it.spaces != 0 {
			i := it.begin + bits.TrailingZeros64(it.spaces)
			it.spaces &= it.spaces - 1
			if i > start {
				it.at = i + 1
				return start, i
			}
			start = i + 1
		}
	}
}

// look finds the spaces of up to 64 bytes from end on, or as far as they are ASCII.
func (it *WordIter) look() {
	s, begin := it.s, it.end
	last := min(begin+64, len(s))
	var spaces uint64
	i := begin
	for ; i+8 <= last; i += 8 {
		x := load(s, i)
		if x&high != 0 {
			break
		}
		spaces |= gather(spaceMarks(x)) << ((i - begin) & 63)
	}
	if i < last {
		x := rest(s, i)
		spaces |= gather(spaceMarks(x)) << ((i - begin) & 63)
		if wide := x & high; wide != 0 {
			last = i + bits.TrailingZeros64(wide)>>3
			spaces &= 1<<((last-begin)&63) - 1
		}
	}
	it.begin, it.end, it.spaces = begin, last, spaces
}

// rest returns up to eight bytes of s from i, filled up with zeros.
func rest(s string, i int) (x uint64) {
	n := len(s) - i
	switch {
	case n >= 8:
		return load(s, i)
	case len(s) >= 8:
		return load(s, len(s)-8) >> (64 - 8*n)
	}
	for j := len(s) - 1; j >= i; j-- {
		x = x<<8 | uint64(s[j])
	}
	return x
}

// general goes on where a byte that is not ASCII stands at i: it may begin a letter, white space,
// or nothing valid. The word so far is s[start:i], and may be empty.
func (it *WordIter) general(start, i int) (from, to int) {
	s := it.s
	for i < len(s) {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if unicode.IsSpace(r) {
			if i > start {
				break
			}
			start = i + size
		}
		i += size
	}
	it.at, it.end, it.spaces = i, i, 0
	return start, i
}
