package engine

import (
	"io"
	"testing"

	"github.com/topo-lang/topo/runtime/batch"
)

// sizes is a sender that notes how large batches were.
type sizes struct{ rows, bytes int }

func (s *sizes) send(_ int, b *batch.Batch[item]) *batch.Batch[item] {
	s.rows, s.bytes = max(s.rows, len(b.Rows)), max(s.bytes, len(b.Arena))
	b.Reset()
	return b
}

func (*sizes) end()                 {}
func (*sizes) barrier(uint64, bool) {}

func someOut(receivers int) (*Out[item], *sizes) {
	s := &sizes{}
	o := &Out[item]{Limit: batch.Rows, sender: s, last: receivers - 1}
	for range receivers {
		o.Pending = append(o.Pending, &batch.Batch[item]{})
	}
	return o, s
}

// Where each tuple makes many rows, batches that Full does not look at each time stay bounded, too.
func TestFullSeesEveryBatch(t *testing.T) {
	const each = 100
	o, s := someOut(3)
	for range 10_000 {
		for range each {
			o.Pending[0].Rows = append(o.Pending[0].Rows, item{})
		}
		o.last = 1
		if o.Full() {
			o.Check()
		}
	}
	if s.rows < batch.Rows || s.rows > batch.Rows+16*each {
		t.Errorf("a batch had %d rows", s.rows)
	}
}

func TestBytesFillABatch(t *testing.T) {
	o, s := someOut(2)
	for range 1000 {
		o.Next().Put(string(make([]byte, 1000)))
		o.Pending[o.last].Rows = append(o.Pending[o.last].Rows, item{})
		if o.Full() {
			o.Check()
		}
	}
	if s.bytes < batch.ArenaBytes || s.bytes > batch.ArenaBytes+17*1000 {
		t.Errorf("a batch had %d bytes", s.bytes)
	}
}

func TestNextTakesTurns(t *testing.T) {
	o, _ := someOut(3)
	for i := range 7 {
		if o.Next() != o.Pending[i%3] {
			t.Fatalf("row %d went to another task", i)
		}
	}
}

// Gen differs for each filling of a batch, by any receiver.
func TestGenIsUnique(t *testing.T) {
	m, _ := line(0)
	top := m.build()
	seen := map[uint64]bool{}
	top.members[0].newSpout = func(task int) SpoutTask {
		o := m.ends[0].edge.Out(task)
		return &funcSpout{next: func() error {
			if task == 0 {
				for i := range 5000 {
					b := o.Pending[i%2]
					if len(b.Rows) == 0 {
						if seen[b.Gen] || b.Gen == 0 {
							t.Errorf("Gen %d twice", b.Gen)
						}
						seen[b.Gen] = true
					}
					b.Rows = append(b.Rows, item{})
					o.Check()
				}
			}
			return io.EOF
		}}
	}
	top.members[1].newTask = func(int) Task { return plain{} }
	if _, err := top.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 4 {
		t.Errorf("only %d batches", len(seen))
	}
}

func (*sizes) mark(int64, bool) {}
