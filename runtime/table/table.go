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
// Keys that were deleted leave their rows to new ones; a block without rows is given back.
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

func (x *index) grow() { x.resize(max(firstEntries, 2*len(x.entries))) }

func (x *index) resize(size int) {
	old := x.entries
	x.entries = make([]entry, size)
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

// remove takes out the entry of a row. What stands behind it moves up, so that no place is left that lookups would have to step over.
func (x *index) remove(hash uint64, row uint32) bool {
	if len(x.entries) == 0 {
		return false
	}
	mask := uint32(len(x.entries) - 1)
	i := uint32(hash) & mask
	for x.entries[i].row != row+1 {
		if x.entries[i].row == 0 {
			return false
		}
		i = (i + 1) & mask
	}
	for j := i; ; {
		j = (j + 1) & mask
		e := x.entries[j]
		if e.row == 0 {
			break
		}
		if (j-e.hash)&mask >= (j-i)&mask {
			x.entries[i] = e
			i = j
		}
	}
	x.entries[i] = entry{}
	return true
}

// shrink gives memory back where n rows need far less of it.
func (x *index) shrink(n int) {
	if len(x.entries) > 4*firstEntries && n < len(x.entries)/16 {
		x.resize(len(x.entries) / 4)
	}
}

// Bunch is how many keys Rows looks up at once.
const Bunch = 64

// Rows are numbered from 0; block n holds those from n*blockRows on.
const (
	blockBits = 9
	blockRows = 1 << blockBits
	blockMask = blockRows - 1
)
