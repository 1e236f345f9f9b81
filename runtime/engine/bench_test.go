package engine

import (
	"context"
	"io"
	"sync"
	"testing"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
)

// The tasks here are written as the compiler writes them, so that what is measured is the engine.

// wordRow carries (word string, n int).
type wordRow struct {
	word batch.Text
	n    int64
}

// constSpout emits one tuple over and over, total times.
type constSpout struct {
	out   *Out[wordRow]
	total int
}

func (s *constSpout) Open(*component.Context) error { return nil }
func (s *constSpout) Close() error                  { return nil }
func (s *constSpout) Next(context.Context) error {
	n := min(component.BatchRows, s.total)
	s.total -= n
	for range n {
		b := s.out.Pending[0]
		b.Rows = append(b.Rows, wordRow{word: b.Put("streaming"), n: 1})
		if s.out.Pending[0].Full(s.out.Limit) {
			s.out.Check()
		}
	}
	if s.total == 0 {
		return io.EOF
	}
	return nil
}

// idBolt passes tuples on.
type idBolt struct {
	plain
	out *Out[wordRow]
}

func (t *idBolt) Process(_ int, in any) error {
	b := in.(*batch.Batch[wordRow])
	for i := range b.Rows {
		row := &b.Rows[i]
		to := t.out.Pending[0]
		to.Rows = append(to.Rows, wordRow{word: to.Put(b.Text(row.word)), n: row.n})
		if t.out.Pending[0].Full(t.out.Limit) {
			t.out.Check()
		}
	}
	return nil
}

// nullBolt reads tuples and lets them go.
type nullBolt struct {
	plain
	sum *int64
}

func (t *nullBolt) Process(_ int, in any) error {
	b := in.(*batch.Batch[wordRow])
	for i := range b.Rows {
		row := &b.Rows[i]
		*t.sum += row.n + int64(len(b.Text(row.word)))
	}
	return nil
}

// plain is what most tasks do not need.
type plain struct{}

func (plain) Open(*component.Context) error { return nil }
func (plain) Process(int, any) error        { return nil }
func (plain) Idle() error                   { return nil }
func (plain) Finish() error                 { return nil }
func (plain) Close(bool) error              { return nil }

const perTuple = 1 + 9 // what nullBolt adds

// constNull builds const -> ids x id -> null.
func constNull(total, ids int, sum *int64) *Topology {
	t := New("bench")
	from := "const"
	connect := func(to string) *Edge[wordRow] {
		e := Connect(t, EdgeSpec{From: from, To: to}, Codec[wordRow]{})
		from = to
		return e
	}
	next := (*Edge[wordRow])(nil)
	t.Spout("const", 1, func(int) SpoutTask { return &constSpout{out: next.Out(0), total: total} })
	names := []string{"id1", "id2", "id3"}[:ids]
	edges := make([]*Edge[wordRow], ids)
	for i, name := range names {
		e := connect(name)
		if i == 0 {
			next = e
		} else {
			edges[i-1] = e
		}
		t.Bolt(name, 1, 1, func(int) Task { return &idBolt{out: edges[i].Out(0)} })
	}
	last := connect("null")
	if ids == 0 {
		next = last
	} else {
		edges[ids-1] = last
	}
	t.Bolt("null", 1, 1, func(int) Task { return &nullBolt{sum: sum} })
	return t
}

func benchmarkTopology(b *testing.B, ids int) {
	b.ReportAllocs()
	var sum int64
	if _, err := constNull(b.N, ids, &sum).Run(b.Context(), Options{}); err != nil {
		b.Fatal(err)
	}
	if sum != int64(b.N)*perTuple {
		b.Fatalf("%d tuples arrived instead of %d", sum/perTuple, b.N)
	}
}

func BenchmarkConstNull(b *testing.B)   { benchmarkTopology(b, 0) }
func BenchmarkConstIDNull(b *testing.B) { benchmarkTopology(b, 1) }

// BenchmarkDirect is const -> null as one loop: what the work itself costs.
func BenchmarkDirect(b *testing.B) {
	in := &batch.Batch[wordRow]{}
	var sum int64
	null := &nullBolt{sum: &sum}
	for left := b.N; left > 0; {
		n := min(batch.Rows, left)
		left -= n
		for range n {
			in.Rows = append(in.Rows, wordRow{word: in.Put("streaming"), n: 1})
		}
		null.Process(0, in)
		in.Reset()
	}
}

// handWritten is const -> ids x id -> null as one would write it: goroutines, channels of batches, a channel back for used ones.
func handWritten(b *testing.B, ids int) {
	b.ReportAllocs()
	type link struct{ full, empty chan *batch.Batch[wordRow] }
	links := make([]link, ids+1)
	for i := range links {
		links[i] = link{make(chan *batch.Batch[wordRow], defaultQueue), make(chan *batch.Batch[wordRow], defaultQueue+2)}
		for range defaultQueue + 2 {
			links[i].empty <- &batch.Batch[wordRow]{Rows: make([]wordRow, 0, batch.Rows)}
		}
	}
	var all sync.WaitGroup
	for i := range ids {
		in, out := links[i], links[i+1]
		all.Go(func() {
			for from := range in.full {
				to := <-out.empty
				to.Reset()
				for j := range from.Rows {
					row := &from.Rows[j]
					to.Rows = append(to.Rows, wordRow{word: to.Put(from.Text(row.word)), n: row.n})
				}
				out.full <- to
				in.empty <- from
			}
			close(out.full)
		})
	}
	var sum int64
	all.Go(func() {
		in := links[ids]
		null := &nullBolt{sum: &sum}
		for from := range in.full {
			null.Process(0, from)
			in.empty <- from
		}
	})
	for left := b.N; left > 0; {
		to := <-links[0].empty
		to.Reset()
		n := min(batch.Rows, left)
		left -= n
		for range n {
			to.Rows = append(to.Rows, wordRow{word: to.Put("streaming"), n: 1})
		}
		links[0].full <- to
	}
	close(links[0].full)
	all.Wait()
	if sum != int64(b.N)*perTuple {
		b.Fatalf("%d tuples arrived instead of %d", sum/perTuple, b.N)
	}
}

func BenchmarkHandWrittenConstNull(b *testing.B)   { handWritten(b, 0) }
func BenchmarkHandWrittenConstIDNull(b *testing.B) { handWritten(b, 1) }
