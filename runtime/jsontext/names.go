package jsontext

// Names is what the names of the last object's members were, and in what order: those of the next one are mostly the same, and then need only be
// compared. The zero value knows nothing yet.
type Names struct {
	next []expected // by the number of a member in its object
}

// expected is a name in its quotes, and the colon behind it.
type expected struct {
	first, last uint64 // its first eight bytes, of which mask says which count, and its last eight where it has more
	mask        uint64
	n           int
	field       int
}

const (
	// Unexpected says that a name is not the one that the last object had in its place.
	Unexpected = -2
	// mostExpected is how many members of an object are looked at so, and longestExpected how many bytes a name may have with quotes and colon.
	mostExpected    = 64
	longestExpected = 16
)

// At compares the name that begins at i, of the member number k of its object, with that of the last object. It returns what Expect was told of it, and the position of the
// value; or Unexpected.
func (n *Names) At(s string, i, k int) (field, at int) {
	if uint(k) >= uint(len(n.next)) || uint(i)+8 > uint(len(s)) {
		return Unexpected, i
	}
	e := &n.next[k]
	at = i + e.n
	if eight(s, i)&e.mask != e.first || at >= len(s) || e.n > 8 && eight(s, at-8) != e.last {
		return Unexpected, i
	}
	if s[at] <= ' ' {
		at = spaceAt(s, at)
	}
	return e.field, at
}

// Expect notes the name of a member that At did not expect: it begins at i, NameAt has read it up to the position at, and it is a field of the caller's, or a
// negative number of its own.
func (n *Names) Expect(s string, i int, name string, at, k, field int) {
	length := len(name) + 3
	if at < 0 || k >= mostExpected || length > longestExpected || uint(i+length) > uint(len(s)) || i+8 > len(s) || s[i+length-1] != ':' {
		return
	}
	e := expected{mask: ^uint64(0), n: length, field: field}
	if length < 8 {
		e.mask = 1<<(8*length) - 1
	}
	e.first = eight(s, i) & e.mask
	if length > 8 {
		e.last = eight(s, i+length-8)
	}
	if k < len(n.next) {
		n.next[k] = e
	} else if k == len(n.next) {
		n.next = append(n.next, e)
	}
}

// eight are the bytes of s from i on, the first in the lowest bits.
func eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
