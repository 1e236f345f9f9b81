// Package text is the part of the prelude that works on strings.
//
// A string of the language is UTF-8, and most text is ASCII; so the functions in the inner
// loop of a pipeline look at eight bytes at a time and leave for the general way at the first byte that
// is not ASCII. They give what the functions of the same name in Go's strings package give,
// also for text that is not valid UTF-8; the tests hold them to it.
//
// Results that need memory are made in the task's arena and are valid until the end of the tuple. A
// result that is part of the argument, or the argument itself, is returned without a copy.
package text

// Eight bytes at a time: each constant holds one byte eight times.
const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

// load returns the eight bytes of s from i, the first lowest. Cut out first, they are known to be there, and the
// compiler makes one instruction of the rest.
func load(s string, i int) uint64 {
	t := s[i : i+8]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
		uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
}

// load2 returns the two bytes of s from i.
func load2(s string, i int) uint64 {
	t := s[i : i+2]
	return uint64(t[0]) | uint64(t[1])<<8
}

// spaceMarks marks, with its high bit, each byte of x that is ASCII white space. What it says of a byte that is not
// ASCII, and of the higher bytes after it, means nothing; below, nothing carries from byte to byte.
func spaceMarks(x uint64) uint64 {
	isSpace := high - (x ^ ' '*ones)                             // 0x80 less what a byte differs from a space by
	control := (x + (0x80-'\t')*ones) ^ (x + (0x80-'\r'-1)*ones) // from \t on, and not above \r
	return (isSpace | control) & high
}

// letterMarks marks each byte of x that is one of the 26 letters from first on, which is A or a; as spaceMarks does.
func letterMarks(x uint64, first byte) uint64 {
	from := 0x80 - uint64(first)
	return ((x + from*ones) ^ (x + (from-26)*ones)) & high
}

// gather makes of eight marks the low eight bits, the first byte's lowest.
func gather(marks uint64) uint64 { return (marks >> 7) * 0x0102040810204080 >> 56 }
