// Package batch holds what travels on an edge: many tuples at once, text in one arena.
//
// A tuple is a row, a Go struct written by the compiler for its stream: numbers as they
// are, text as a Text that points into the batch's arena. Rows without lists or maps have no
// pointers, so the garbage collector never looks at them, and batches are used again and again.
package batch

import (
	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/tree"
)

// The bounds of a batch: it leaves its sender when it has this many rows or bytes of text.
// One tuple's output may take it further, since a tuple's emits leave together.
const (
	Rows       = 1024
	LatestRows = 32 << 10 // of a `latest by` edge, where rows replace one another while they wait
	ArenaBytes = Rows << arenaShift
	arenaShift = 7 // bytes of text a row, as a shift, that a batch has room for
)

// RowsOf is the limit of rows at which a batch leaves with so many bytes of text.
func RowsOf(bytes int) int { return bytes >> arenaShift }

// Text is a string or bytes field: where it stands in its batch's arena.
type Text struct{ Off, Len uint32 }

// Batch is a number of rows of one stream for one receiving task.
type Batch[R any] struct {
	Rows  []R
	Arena []byte
	// Gen differs each time a batch begins to fill: `latest` edges remember in it which row holds a key.
	Gen uint64
	// Free returns the batch to where it came from. The receiver calls it once, when it has read the rows.
	Free func()
	// Roots are the trees that its tuples are of, in a run that follows them.
	Roots tree.Set
	whole []R // all rows, where Rows are some of them
}

// Narrow leaves the rows from..to of the whole batch in Rows, until Widen.
func (b *Batch[R]) Narrow(from, to int) {
	if b.whole == nil {
		b.whole = b.Rows
	}
	b.Rows = b.whole[from:to]
}

// Widen shows all rows again.
func (b *Batch[R]) Widen() {
	if b.whole != nil {
		b.Rows, b.whole = b.whole, nil
	}
}

// Put copies s into the arena. Batches stay far below 4 GiB: a sender lets one go at ArenaBytes,
// and one tuple's text is bounded by its source.
func (b *Batch[R]) Put(s string) Text {
	off := len(b.Arena)
	b.Arena = append(b.Arena, s...)
	return Text{Off: uint32(off), Len: uint32(len(s))}
}

// PutBytes copies p into the arena.
func (b *Batch[R]) PutBytes(p []byte) Text {
	off := len(b.Arena)
	b.Arena = append(b.Arena, p...)
	return Text{Off: uint32(off), Len: uint32(len(p))}
}

// Text returns the text of t as a view: valid until the batch is freed.
func (b *Batch[R]) Text(t Text) string {
	return arena.View(b.Arena[t.Off : t.Off+t.Len])
}

// Bytes returns the bytes of t as a view: valid until the batch is freed.
func (b *Batch[R]) Bytes(t Text) []byte {
	return b.Arena[t.Off : t.Off+t.Len : t.Off+t.Len]
}

// Full reports whether the batch should leave, limit being Rows or LatestRows.
func (b *Batch[R]) Full(limit int) bool {
	return len(b.Rows) >= limit || len(b.Arena) >= limit<<arenaShift
}

// Over is Full for a batch whose rows, so many, stand elsewhere for now.
func (b *Batch[R]) Over(rows, limit int) bool {
	return rows >= limit || len(b.Arena) >= limit<<arenaShift
}

// Reset empties the batch and keeps its memory, unless one tuple made it far larger than usual.
func (b *Batch[R]) Reset() {
	if cap(b.Arena) > 2*LatestRows<<arenaShift {
		b.Arena = nil
	}
	if cap(b.Rows) > 4*LatestRows {
		b.Rows = nil
	}
	b.Rows, b.Arena, b.Roots = b.Rows[:0], b.Arena[:0], b.Roots[:0]
}

// A mark remembers where a row waits: its batch's Gen and its index, in one number that a key's state keeps.
const markBits = 20

// Mark is the mark of the row that is appended next. 0 is no batch's, nor that of a row too far on to be marked.
func (b *Batch[R]) Mark() uint64 {
	if len(b.Rows) >= 1<<markBits {
		return 0
	}
	return b.Gen<<markBits | uint64(len(b.Rows))
}

// Find returns the index of the row with this mark, where it still waits in b.
func (b *Batch[R]) Find(mark uint64) (at int, waits bool) {
	return int(mark & (1<<markBits - 1)), mark>>markBits == b.Gen
}
