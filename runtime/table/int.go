package table

import "unsafe"

// Int is a table from numbers to V. The zero value is an empty table. Not safe for concurrent use.
type Int[V any] struct {
	rows
	index  index
	blocks []*[blockRows]intRow[V] // nil where no row of a block is in use
}

type intRow[V any] struct {
	key int64
	v   V
}

func (t *Int[V]) row(number uint32) *intRow[V] {
	return &t.blocks[number>>blockBits][number&blockMask]
}

// Row returns the value of key, whose hash this is; a key that is not there is added, with a zero V. The pointer is valid until the next Row.
func (t *Int[V]) Row(hash uint64, key int64) (v *V, fresh bool) {
	if t.n >= t.index.limit {
		t.index.grow()
	}
	low := uint32(hash)
	entries := t.index.entries
	mask := uint32(len(entries) - 1)
	for i := low & mask; ; i = (i + 1) & mask {
		e := entries[i]
		if e.row == 0 {
			r, number := t.add()
			entries[i] = entry{hash: low, row: number + 1}
			r.key = key
			return &r.v, true
		}
		if e.hash == low {
			if r := t.row(e.row - 1); r.key == key {
				return &r.v, false
			}
		}
	}
}

// Rows is Row for up to Bunch keys, one after the other: found is set to their values, and the i-th bit of fresh tells that the i-th key was
// not there before. It looks at all places of the index first and then at all rows, so that what is not in the processor's cache is fetched at once.
func (t *Int[V]) Rows(hashes []uint64, keys []int64, found []*V) (fresh uint64) {
	var at [Bunch]entry
	if entries := t.index.entries; len(entries) > 0 {
		mask := uint32(len(entries) - 1)
		for i, h := range hashes {
			at[i&(Bunch-1)] = entries[uint32(h)&mask]
		}
	}
	keys, found = keys[:len(hashes)], found[:len(hashes)]
	for i, h := range hashes {
		if e := at[i&(Bunch-1)]; e.hash == uint32(h) && e.row != 0 {
			if r := t.row(e.row - 1); r.key == keys[i] {
				found[i] = &r.v
				continue
			}
		}
		v, isNew := t.Row(h, keys[i])
		found[i] = v
		if isNew {
			fresh |= 1 << i
		}
	}
	return fresh
}

func (t *Int[V]) add() (*intRow[V], uint32) {
	number := t.take()
	block := int(number >> blockBits)
	if block == len(t.blocks) {
		t.blocks = append(t.blocks, nil)
	}
	if t.blocks[block] == nil {
		t.blocks[block] = new([blockRows]intRow[V])
	}
	return t.row(number), number
}

// Delete takes out the key of a row, whose hash this is. The row is left to a key that comes later.
func (t *Int[V]) Delete(hash uint64, row int) {
	number := uint32(row)
	if !t.index.remove(hash, number) {
		return
	}
	*t.row(number) = intRow[V]{}
	if t.release(number) {
		t.blocks[number>>blockBits] = nil
	}
	t.index.shrink(t.n)
}

// Get returns the value of key, or nil. The pointer is valid until the next Row.
func (t *Int[V]) Get(hash uint64, key int64) *V {
	if t.n == 0 {
		return nil
	}
	low := uint32(hash)
	entries := t.index.entries
	mask := uint32(len(entries) - 1)
	for i := low & mask; entries[i].row != 0; i = (i + 1) & mask {
		if e := entries[i]; e.hash == low {
			if r := t.row(e.row - 1); r.key == key {
				return &r.v
			}
		}
	}
	return nil
}

// At returns the key and the value of a row that is in use: without Delete the i-th that came, from 0.
func (t *Int[V]) At(i int) (key int64, v *V) {
	r := t.row(uint32(i))
	return r.key, &r.v
}

// Each calls f with each key and value, in the order of their rows, which is that in which the keys first came where none
// was deleted, until it returns false. It may change values, and must call neither Row nor Delete.
func (t *Int[V]) Each(f func(key int64, v *V) bool) {
	for i := range t.top {
		if t.isFree(i) {
			continue
		}
		r := t.row(uint32(i))
		if !f(r.key, &r.v) {
			return
		}
	}
}

// Bytes is how much memory the table takes, without what values point to.
func (t *Int[V]) Bytes() int {
	n := len(t.index.entries) * entryBytes
	for _, b := range t.blocks {
		if b != nil {
			n += int(unsafe.Sizeof(*b))
		}
	}
	return n
}
