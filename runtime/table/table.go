// Package table is keyed state in memory: hash tables from a text or a number to a value.
//
// A table is given the hash that a tuple has carried since it was routed, and never computes one. Open addressing
// over an index of eight bytes an entry finds a row; rows stand in blocks in the order in which their keys first
// came, which is the order of Each, the same in every run. Where values have no pointers, nothing in a
// table has, but for one a block, so that millions of keys cost the garbage collector nothing.
//
// Nothing but the index is ever moved. Growing doubles it, which takes 10 to 30 ns a key: a pause of
// 20 to 50 ms at a million and a half. Rows and key bytes stay where they are, and memory is never twice what it was.
//
// Rows within the index itself (the hash, the key's place, the value) were measured, too. For the words of a
// text they are slower by a tenth to a fifth, since fewer keys fit into a cache line; two million keys that
// come once are added in 208 ns instead of 150 (a Go map: 577), since growing moves them; only finding such keys again is faster, 106 against 134.
package table

// entry is a place of the index. It holds a row's number, counted from 1, and the low half of its key's hash: the part that
// chose the place (the top bits chose the task, so all keys here share some of those), and enough to grow without looking at rows.
type entry struct{ hash, row uint32 }

// index finds rows by hash, with linear probing.
type index struct {
	entries []entry // 0 or a power of two of them
	limit   int     // rows at which it grows: three quarters are full then
}

const (
	firstEntries = 64
	entryBytes   = 8
)

func (x *index) grow() {
	old := x.entries
	x.entries = make([]entry, max(firstEntries, 2*len(old)))
	x.limit = len(x.entries) / 4 * 3
	mask := uint32(len(x.entries) - 1)
	for _, e := range old {
		if e.row == 0 {
			continue
		}
		i := e.hash & mask
		for x.entries[i].row != 0 {
			i = (i + 1) & mask
		}
		x.entries[i] = e
	}
}

// Rows are numbered from 0; block n holds those from n*blockRows on.
const (
	blockBits = 9
	blockRows = 1 << blockBits
	blockMask = blockRows - 1
)
