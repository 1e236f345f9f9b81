package table

import (
	"math"
	"unsafe"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/hash"
)

// Text is a table from texts to V. The zero value is an empty table. Not safe for concurrent use.
type Text[V any] struct {
	rows
	index  index
	blocks []*textBlock[V] // nil where no row of a block is in use
}

type textBlock[V any] struct {
	rows [blockRows]textRow[V]
	keys []byte // of these rows, one after the other
	dead int    // bytes of keys that were deleted
}

type textRow[V any] struct {
	// word and more are the key itself where it has at most sixteen bytes, else its hash: most lookups are
	// decided by them alone, without a look at the key's text.
	word, more uint64
	off, len   uint32 // of the key in the block's keys
	v          V
}

func (b *textBlock[V]) key(r *textRow[V]) string {
	return arena.View(b.keys[r.off : r.off+r.len])
}

// Row returns the value of key, which k stands for; a key that is not there is added, with a zero V. The pointer is valid until the next Row.
func (t *Text[V]) Row(k hash.Key, key string) (v *V, fresh bool) {
	if t.n >= t.index.limit {
		t.index.grow()
	}
	low, word, more := uint32(k.Hash), k.Word, k.More
	entries := t.index.entries
	mask := uint32(len(entries) - 1)
	for i := low & mask; ; i = (i + 1) & mask {
		e := entries[i]
		if e.row == 0 {
			v, number := t.add(word, more, key)
			entries[i] = entry{hash: low, row: number + 1}
			return v, true
		}
		if e.hash == low {
			if v := t.match(e.row-1, word, more, key); v != nil {
				return v, false
			}
		}
	}
}

// Rows is Row for up to Bunch keys, one after the other: found is set to their values, and the i-th bit of fresh tells that the i-th key was
// not there before. It looks at all places of the index first and then at all rows, so that what is not in the processor's cache is fetched at once.
func (t *Text[V]) Rows(keys []hash.Key, texts []string, found []*V) (fresh uint64) {
	var at [Bunch]entry
	if entries := t.index.entries; len(entries) > 0 {
		mask := uint32(len(entries) - 1)
		for i := range keys {
			at[i&(Bunch-1)] = entries[uint32(keys[i].Hash)&mask]
		}
	}
	texts, found = texts[:len(keys)], found[:len(keys)]
	for i := range keys {
		k := &keys[i]
		if e := at[i&(Bunch-1)]; e.hash == uint32(k.Hash) && e.row != 0 {
			n := e.row - 1
			b := t.blocks[n>>blockBits]
			r := &b.rows[n&blockMask]
			if text := texts[i]; r.word == k.Word && r.more == k.More && int(r.len) == len(text) && (len(text) <= 16 || b.key(r) == text) {
				found[i] = &r.v
				continue
			}
		}
		v, isNew := t.Row(*k, texts[i])
		found[i] = v
		if isNew {
			fresh |= 1 << i
		}
	}
	return fresh
}

// Get returns the value of key, or nil. The pointer is valid until the next Row.
func (t *Text[V]) Get(k hash.Key, key string) *V {
	if t.n == 0 {
		return nil
	}
	low, word, more := uint32(k.Hash), k.Word, k.More
	entries := t.index.entries
	mask := uint32(len(entries) - 1)
	for i := low & mask; entries[i].row != 0; i = (i + 1) & mask {
		if e := entries[i]; e.hash == low {
			if v := t.match(e.row-1, word, more, key); v != nil {
				return v
			}
		}
	}
	return nil
}

// match returns the value of a row, if it is the key's.
func (t *Text[V]) match(row uint32, word, more uint64, key string) *V {
	b := t.blocks[row>>blockBits]
	r := &b.rows[row&blockMask]
	if r.word != word || r.more != more || int(r.len) != len(key) || len(key) > 16 && b.key(r) != key {
		return nil
	}
	return &r.v
}

func (t *Text[V]) add(word, more uint64, key string) (*V, uint32) {
	number := t.take()
	block := int(number >> blockBits)
	if block == len(t.blocks) {
		t.blocks = append(t.blocks, nil)
	}
	if t.blocks[block] == nil {
		t.blocks[block] = new(textBlock[V])
	}
	b := t.blocks[block]
	r := &b.rows[number&blockMask]
	if uint64(len(b.keys))+uint64(len(key)) > math.MaxUint32 {
		panic("table: 512 keys of more than 4 GiB together")
	}
	r.word, r.more, r.off, r.len = word, more, uint32(len(b.keys)), uint32(len(key))
	b.keys = append(b.keys, key...)
	return &r.v, number
}

// Delete takes out the key of a row, whose hash this is. The row is left to a key that comes later; views of keys stay as they are.
func (t *Text[V]) Delete(hash uint64, row int) {
	number := uint32(row)
	if !t.index.remove(hash, number) {
		return
	}
	b := t.blocks[number>>blockBits]
	r := &b.rows[number&blockMask]
	b.dead += int(r.len)
	*r = textRow[V]{}
	if t.release(number) {
		t.blocks[number>>blockBits] = nil
	} else if b.dead > keepDead && b.dead > len(b.keys)/2 {
		b.compact()
	}
	t.index.shrink(t.n)
}

// keepDead is how many bytes of deleted keys a block keeps at least: moving the others costs, too.
const keepDead = 4 << 10

// compact leaves the keys that are in use only, in new memory: others may have views of the old.
func (b *textBlock[V]) compact() {
	keys := make([]byte, 0, len(b.keys)-b.dead)
	for i := range b.rows {
		r := &b.rows[i]
		at := uint32(len(keys))
		keys = append(keys, b.keys[r.off:r.off+r.len]...)
		r.off = at
	}
	b.keys, b.dead = keys, 0
}

// At returns the key and the value of a row that is in use: without Delete the i-th that came, from 0. The key is a view that stays as it is.
func (t *Text[V]) At(i int) (key string, v *V) {
	b := t.blocks[i>>blockBits]
	r := &b.rows[i&blockMask]
	return b.key(r), &r.v
}

// Each calls f with each key and value, in the order of their rows, which is that in which the keys first came where none
// was deleted, until it returns false. Keys are views that stay as they are; f may change values, and must call neither Row nor Delete.
func (t *Text[V]) Each(f func(key string, v *V) bool) {
	for i := range t.top {
		if t.isFree(i) {
			continue
		}
		b := t.blocks[i>>blockBits]
		r := &b.rows[i&blockMask]
		if !f(b.key(r), &r.v) {
			return
		}
	}
}

// Bytes is how much memory the table takes, without what values point to.
func (t *Text[V]) Bytes() int {
	n := len(t.index.entries) * entryBytes
	for _, b := range t.blocks {
		if b != nil {
			n += int(unsafe.Sizeof(*b)) + cap(b.keys)
		}
	}
	return n
}
