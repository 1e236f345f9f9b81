package durable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/tree"
)

// texts is a source of texts; it ends, fails or waits behind the last one.
type texts struct {
	rows  *batch.Batch[batch.Text]
	fail  func(component.Failed)
	list  []string
	end   error // nil: it waits
	read  []string
	ids   []uint64
	acked chan uint64
	n     uint64
}

func (s *texts) Open(ctx *component.Context) error { s.fail = ctx.Fail; return nil }
func (s *texts) Close() error                      { return nil }
func (s *texts) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

func (s *texts) Read(ctx context.Context) error {
	s.read, s.ids = nil, nil
	if len(s.list) == 0 {
		if s.end == nil {
			<-ctx.Done()
		}
		return s.end
	}
	one := s.list[0]
	s.list = s.list[1:]
	if one == "bad" {
		s.fail(component.Failed{Tuple: one, Reason: "why", Place: "here"})
		return nil
	}
	s.n++
	s.read, s.ids = []string{one}, []uint64{s.n}
	return nil
}

func (s *texts) Route() {
	for _, t := range s.read {
		s.rows.Rows = append(s.rows.Rows, s.rows.Put(t))
	}
	s.read = nil
}

// told is texts that wait to be told.
type told struct{ *texts }

func (s told) Rows() int     { return len(s.ids) }
func (s told) IDs() []uint64 { return s.ids }
func (s told) Ack(ids []uint64) error {
	for _, id := range ids {
		s.acked <- id
	}
	return nil
}
func (s told) Fail([]uint64) error { return errors.New("nothing fails") }

var textCodec = engine.Codec[batch.Text]{
	Encode: func(dst []byte, b *batch.Batch[batch.Text]) []byte {
		for _, r := range b.Rows {
			dst = fmt.Appendf(dst, "%q", b.Text(r))
		}
		return dst
	},
	Decode: func(src []byte, b *batch.Batch[batch.Text]) error {
		for d := json.NewDecoder(bytes.NewReader(src)); ; {
			var s string
			if err := d.Decode(&s); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			b.Rows = append(b.Rows, b.Put(s))
		}
	},
}

// one is a durable spout over a store, and what it gave.
type one struct {
	engine.SpoutTask
	t      *testing.T
	server *broker.Server
	source *texts
	got    []string
	failed []component.Failed
	said   bytes.Buffer
}

func start(t *testing.T, store, schema string, tasks int, limit int64, source *texts, tells bool) (*one, error) {
	t.Helper()
	server, err := broker.Start(broker.Options{Name: "t", Store: store})
	if err != nil {
		t.Fatal(err)
	}
	o := &one{t: t, server: server, source: source}
	source.rows = new(batch.Batch[batch.Text])
	var inner engine.SpoutTask = source
	if tells {
		inner = told{source}
	}
	o.SpoutTask = New(inner, source.rows, new(Refused), textCodec, schema, func(b *batch.Batch[batch.Text]) {
		for _, r := range b.Rows {
			o.got = append(o.got, strings.Clone(b.Text(r)))
		}
	})
	err = o.Open(&component.Context{
		Topology: "t", Component: "x.lines", Tasks: tasks, Stderr: &o.said, Trees: tree.NewTracker(nil, nil),
		Logs:     func() (*nats.Conn, error) { return server.ConnectLogs() },
		LogLimit: limit, Fail: func(f component.Failed) { o.failed = append(o.failed, f) },
	})
	if err != nil {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
	return o, err
}

func (o *one) close() {
	o.t.Helper()
	if err := errors.Join(o.Close(), o.server.Close()); err != nil {
		o.t.Error(err)
	}
}

// next reads until n texts have come, or to the end.
func (o *one) next(n int) error {
	for len(o.got) < n {
		if err := o.Next(o.t.Context()); err != nil {
			return err
		}
	}
	return nil
}

func (o *one) position() []byte {
	p, err := o.SpoutTask.(engine.Replayer).Position()
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func TestComesAgain(t *testing.T) {
	store := t.TempDir()
	o, err := start(t, store, "(line string)", 1, 0, &texts{list: []string{"a", "bad", "b", "c"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.next(3); err != nil || !slices.Equal(o.got, []string{"a", "b", "c"}) || len(o.failed) != 1 || o.failed[0] != (component.Failed{Tuple: "bad", Reason: "why", Place: "here"}) {
		t.Fatal(err, o.got, o.failed)
	}
	o.close()

	// Nothing was settled: all of it comes again, with what failed.
	o, err = start(t, store, "(line string)", 1, 0, &texts{list: []string{"d"}, end: io.EOF}, false)
	if err != nil {
		t.Fatal(err)
	}
	first := o.position()
	if err := o.next(9); err != io.EOF || !slices.Equal(o.got, []string{"a", "b", "c", "d"}) || len(o.failed) != 1 || !strings.Contains(o.said.String(), "comes again") {
		t.Fatal(err, o.got, o.failed, o.said.String())
	}
	r := o.SpoutTask.(engine.Replayer)
	end, given := o.position(), len(o.got)
	if err := r.Again(t.Context(), first, []int{0}); err != nil || o.got[given] != "a" || string(o.position()) != string(end) {
		t.Error(err, o.got[given:])
	}
	if err := r.Again(t.Context(), first, []int{5000}); err == nil {
		t.Error("gave a tuple again that there never was")
	}
	if err := o.SpoutTask.(engine.Trimmer).Settled(end); err != nil {
		t.Error(err)
	}
	o.close()

	// All was settled: nothing comes, whatever the tuples are now.
	o, err = start(t, store, "(text string)", 1, 0, &texts{end: io.EOF}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.next(1); err != io.EOF {
		t.Error(err, o.got)
	}
	o.close()
}

func TestOtherProgram(t *testing.T) {
	store := t.TempDir()
	o, err := start(t, store, "(line string)", 1, 0, &texts{list: []string{"a"}, end: io.EOF}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.next(2); err != io.EOF {
		t.Error(err)
	}
	o.close()
	if _, err := start(t, store, "(n int)", 1, 0, &texts{}, false); err == nil || !strings.Contains(err.Error(), "(line string) then, and (n int) now") {
		t.Error(err)
	}
}

func TestLargeEntries(t *testing.T) {
	large := strings.Repeat("x", 2*partBytes+1)
	store := t.TempDir()
	for range 2 { // from memory, and from the log
		o, err := start(t, store, "s", 1, 0, &texts{list: []string{large}, end: io.EOF}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.next(9); err != io.EOF || len(o.got) == 0 || o.got[0] != large {
			t.Error(err, len(o.got))
		}
		o.close()
	}
}

func TestFullLogHoldsTheSource(t *testing.T) {
	source := &texts{end: io.EOF}
	for i := range 40 {
		source.list = append(source.list, fmt.Sprint(i, strings.Repeat("x", 100_000)))
	}
	o, err := start(t, t.TempDir(), "s", 1, 1<<20, source, false)
	if err != nil {
		t.Fatal(err)
	}
	s := o.SpoutTask.(*Spout[batch.Text])
	for len(o.got) < 40 {
		if err := o.Next(t.Context()); err != nil {
			t.Fatal(err, len(o.got))
		}
		if held, _ := s.log.full(); held > 3<<20 {
			t.Fatalf("the log holds %d bytes", held)
		}
		if err := s.Settled(o.position()); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.next(41); err != io.EOF {
		t.Error(err)
	}
	for i, text := range o.got {
		if !strings.HasPrefix(text, fmt.Sprint(i, "x")) {
			t.Errorf("%d is out of order", i)
		}
	}
	o.close()
}

func TestTellsTheSource(t *testing.T) {
	source := &texts{list: []string{"a", "b", "c"}, acked: make(chan uint64, 9)}
	o, err := start(t, t.TempDir(), "s", 1, 0, source, true)
	if err != nil {
		t.Fatal(err)
	}
	for want := range uint64(3) { // while the source waits for more, and nobody takes from the log
		if id := <-source.acked; id != want+1 {
			t.Errorf("%d was acknowledged, not %d", id, want+1)
		}
	}
	o.close()
}

func TestSourceFails(t *testing.T) {
	o, err := start(t, t.TempDir(), "s", 1, 0, &texts{list: []string{"a"}, end: errors.New("broken")}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.next(2); err == nil || err.Error() != "broken" || len(o.got) != 1 {
		t.Error(err, o.got)
	}
	o.close()
}

func FuzzUnpacked(f *testing.F) {
	rows := &batch.Batch[batch.Text]{}
	rows.Rows = append(rows.Rows, rows.Put("text"))
	f.Add(pack([]component.Failed{{Tuple: "a", Reason: "b", Place: "c"}}, textCodec.Encode, rows))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, failed, err := unpacked(text); err == nil && len(failed) > len(text) {
			t.Error("more than there was")
		}
	})
}
