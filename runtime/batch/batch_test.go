package batch

import (
	"strings"
	"testing"
)

type row struct {
	word, blob Text
}

func TestTextComesBack(t *testing.T) {
	var b Batch[row]
	words := []string{"", "a", "naïve", strings.Repeat("x", 300), "\x00\xff"}
	for _, w := range words {
		b.Rows = append(b.Rows, row{word: b.Put(w), blob: b.PutBytes([]byte(w))})
	}
	for i, w := range words {
		if got := b.Text(b.Rows[i].word); got != w {
			t.Errorf("text %q reads %q", w, got)
		}
		if got := b.Bytes(b.Rows[i].blob); string(got) != w {
			t.Errorf("bytes %q read %q", w, got)
		}
	}
	_ = append(b.Bytes(b.Rows[1].word), "overwritten"...)
	if got := b.Text(b.Rows[2].word); got != words[2] {
		t.Errorf("appending to bytes changed the next text to %q", got)
	}
}

func TestFull(t *testing.T) {
	b := Batch[row]{Rows: make([]row, Rows-1)}
	if b.Full(Rows) {
		t.Error("full before its last row")
	}
	b.Rows = append(b.Rows, row{})
	if !b.Full(Rows) || b.Full(LatestRows) {
		t.Error("a row limit does not hold")
	}
	b.Reset()
	b.Put(strings.Repeat("x", ArenaBytes))
	if !b.Full(Rows) || b.Full(LatestRows) {
		t.Error("a batch may grow beyond its bytes")
	}
}

func TestResetKeepsUsualMemoryOnly(t *testing.T) {
	b := Batch[row]{Rows: make([]row, 10), Arena: make([]byte, 10)}
	b.Reset()
	if len(b.Rows) != 0 || len(b.Arena) != 0 || cap(b.Rows) == 0 || cap(b.Arena) == 0 {
		t.Error("a usual batch lost its memory")
	}
	b = Batch[row]{Rows: make([]row, 16*LatestRows+1), Arena: make([]byte, 16<<20)}
	b.Reset()
	if cap(b.Rows) != 0 || cap(b.Arena) != 0 {
		t.Error("a huge batch kept its memory")
	}
}

// A mark finds its row while the batch waits, and never in what the batch, or another, becomes.
func TestMarks(t *testing.T) {
	b := Batch[row]{Gen: 1}
	b.Rows = append(b.Rows, row{})
	mark := b.Mark()
	b.Rows = append(b.Rows, row{})
	if at, waits := b.Find(mark); !waits || at != 1 {
		t.Errorf("row 1 is found at %d, %v", at, waits)
	}
	if _, waits := b.Find(0); waits {
		t.Error("a key without a pending row has one")
	}
	b.Reset()
	b.Gen = 2
	if _, waits := b.Find(mark); waits {
		t.Error("a mark outlives its batch")
	}
	b.Rows = make([]row, 1<<markBits)
	if b.Mark() != 0 {
		t.Error("a row too far on has a mark")
	}
}
