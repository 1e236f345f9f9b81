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
	low7 = 0x7f * ones
)

// load returns the eight bytes of s from i, the first lowest. The compiler makes one instruction of it.
func load(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// load2 returns the two bytes of s from i.
func load2(s string, i int) uint64 {
	_ = s[i+1]
	return uint64(s[i]) | uint64(s[i+1])<<8
}

// spaceMarks marks, with its high bit, each byte of x that is ASCII white space.
// The additions cannot carry from byte to byte because the high bits are taken off first.
func spaceMarks(x uint64) uint64 {
	y := x & low7
	notSpace := (y ^ 0x20*ones) + low7 // high bit: y != ' '
	from9 := y + (0x80-'\t')*ones      // high bit: y >= '\t'
	above13 := y + (0x80-'\r'-1)*ones  // high bit: y > '\r'
	return (^notSpace | from9&^above13) &^ x & high
}

// letterMarks marks each byte of x that is one of the 26 letters from first on, which is A or a.
func letterMarks(x uint64, first byte) uint64 {
	y := x & low7
	from := y + (0x80-uint64(first))*ones
	above := y + (0x80-uint64(first)-26)*ones
	return from &^ above &^ x & high
}

// gather makes of eight marks the low eight bits, the first byte's lowest.
func gather(marks uint64) uint64 { return (marks >> 7) * 0x0102040810204080 >> 56 }
