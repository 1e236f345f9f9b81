package table

import "unsafe"

// Int is a table from numbers to V. The zero value is an empty table. Not safe for concurrent use.
type Int[V any] struct {
	index  index
	blocks []*[blockRows]intRow[V]
	n      int
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
			entries[i] = entry{hash: low, row: uint32(t.n + 1)}
			if t.n>>blockBits == len(t.blocks) {
				t.blocks = append(t.blocks, new([blockRows]intRow[V]))
			}
			r := t.row(uint32(t.n))
			r.key = key
			t.n++
			return &r.v, true
		}
		if e.hash == low {
			if r := t.row(e.row - 1); r.key == key {
				return &r.v, false
			}
		}
	}
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

// Len is the number of keys.
func (t *Int[V]) Len() int { return t.n }

// At returns the key and the value that came i-th, from 0; i is less than Len.
func (t *Int[V]) At(i int) (key int64, v *V) {
	r := t.row(uint32(i))
	return r.key, &r.v
}

// Each calls f with each key and value, in the order in which the keys first came, until it returns false.
// It may change values, and must not call Row.
func (t *Int[V]) Each(f func(key int64, v *V) bool) {
	for i := range t.n {
		r := t.row(uint32(i))
		if !f(r.key, &r.v) {
			return
		}
	}
}

// Bytes is how much memory the table takes, without what values point to.
func (t *Int[V]) Bytes() int {
	return len(t.index.entries)*entryBytes + len(t.blocks)*int(unsafe.Sizeof([blockRows]intRow[V]{}))
}
