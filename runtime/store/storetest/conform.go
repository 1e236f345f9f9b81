package storetest

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/shape"
	"github.com/topo-lang/topo/runtime/store"
)

// Shape is that of the rows that Conform puts: a key of two fields, and a state of each kind.
const Shape = "state n int per who string day int, state f float per who string day int, state s string per who string day int, state b bytes per who string day int, state is bool per who string day int, " +
	"state at time per who string day int, state took duration per who string day int, state list []string per who string day int, state m map[string](n int) per who string day int, state maybe ?int per who string day int, " +
	"state kind Kind{view click} per who string day int"

// TableOf is the table of that shape.
func TableOf(mode store.Mode, task int) store.Table {
	of, err := shape.Parse(Shape)
	if err != nil {
		panic(err)
	}
	t := store.Table{Topology: "t", Bolt: "count", Name: "count", Mode: mode, Task: task, Tasks: 2, Key: of.States[0].Key, Shape: Shape}
	for _, s := range of.States {
		t.States = append(t.States, shape.Field{Name: s.Name, Type: s.Type})
	}
	return t
}

// Key is a row's.
func Key(who string, day int64) []byte { return codec.AppendInt(codec.AppendString(nil, who), day) }

// Value is a row's.
func Value(n int64, f float64, s string) []byte {
	v := codec.AppendFloat(codec.AppendInt(nil, n), f)
	v = codec.AppendBytes(codec.AppendString(v, s), []byte{0, 1, 0xff})
	v = codec.AppendTime(codec.AppendBool(v, n%2 == 0), time.Unix(1_700_000_000, 123_456_789))
	v = codec.AppendDuration(v, time.Duration(n)*time.Millisecond)
	v = codec.AppendString(codec.AppendUvarint(v, 1), s)
	v = codec.AppendInt(codec.AppendString(codec.AppendUvarint(v, 1), "k\"ey"), n)
	v = codec.AppendInt(codec.AppendBool(v, true), n)
	return codec.AppendUvarint(v, uint64(n&1))
}

// Conform sees that a store does what every store must. Open gives one of a task, of one database; all that were opened before are closed then.
func Conform(t *testing.T, open func() store.Backend) {
	for _, mode := range []store.Mode{store.Opaque, store.Transactional, store.Plain} {
		t.Run(mode.String(), func(t *testing.T) { conform(t, mode, open) })
	}
}

func conform(t *testing.T, mode store.Mode, open func() store.Backend) {
	ctx := func() *component.Context {
		return &component.Context{Topology: "t", Component: "count", Tasks: 2, Stderr: io.Discard}
	}
	begin := func() store.Backend {
		t.Helper()
		b := open()
		of := TableOf(mode, 0)
		of.Name += "_" + mode.String()
		if err := b.Open(ctx(), of); err != nil {
			t.Fatal(err)
		}
		return b
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	texts := []string{"", "a", "ann o'neil", "日本", "\x00", "\xff", `\x41`, "a\nb", "NaN"}
	floats := []float64{0, 1, -1.5, math.MaxFloat64, math.Inf(1), 1e-300, math.NaN(), 3, 4}
	b := begin()
	if m, err := b.Mark(); m != nil || err != nil {
		t.Fatalf("a new store has the mark %q, %v", m, err)
	}
	var keys [][]byte
	var rows []store.Row
	for i := range 1200 {
		s := texts[i%len(texts)]
		key := Key(fmt.Sprint(s, i/len(texts)%3), int64(i-600))
		r := mode.End(key, Value(1, 2, "before"), Value(int64(i), floats[i%len(floats)], s), 7)
		if i%5 == 0 {
			r.Prev = nil
		}
		keys, rows = append(keys, key), append(rows, r)
	}
	found, err := b.Get(keys)
	ok(err)
	for i, r := range found {
		if r.Value != nil || !bytes.Equal(r.Key, keys[i]) {
			t.Fatalf("an empty store has a row: %v", r)
		}
	}
	ok(b.Put(rows, []byte(`{"a":1}`)))
	ok(b.Sync())
	same := func(b store.Backend, want []store.Row) {
		t.Helper()
		found, err := b.Get(keys)
		ok(err)
		if len(found) != len(want) {
			t.Fatalf("%d rows, want %d", len(found), len(want))
		}
		for i, r := range found {
			w := want[i]
			if !bytes.Equal(r.Key, w.Key) || !bytes.Equal(r.Value, w.Value) || (r.Value == nil) != (w.Value == nil) || r.Txid != w.Txid || !bytes.Equal(r.Prev, w.Prev) || (r.Prev == nil) != (w.Prev == nil) {
				t.Fatalf("row %d is\n%+v\nwant\n%+v", i, r, w)
			}
		}
		n := 0
		ok(b.Each(func(r store.Row) error {
			n++
			return nil
		}))
		there := 0
		for _, w := range want {
			if w.Value != nil {
				there++
			}
		}
		if n != there {
			t.Fatalf("Each gives %d rows, want %d", n, there)
		}
	}
	same(b, rows)
	// Some are changed, some taken out; the mark stays where none is given.
	for i := range rows {
		switch i % 7 {
		case 1:
			rows[i] = mode.End(keys[i], rows[i].Value, Value(9, 9, "later"), 8)
		case 2:
			rows[i] = store.Row{Key: keys[i]}
		}
	}
	ok(b.Put(rows, nil))
	same(b, rows)
	ok(b.Put(nil, []byte(`{"a":2}`)))
	stop := fmt.Errorf("stop")
	if err := b.Each(func(store.Row) error { return stop }); err != stop {
		t.Errorf("Each goes on behind an error: %v", err)
	}
	ok(b.Sync())
	ok(b.Close())
	b = begin()
	same(b, rows)
	if m, err := b.Mark(); string(m) != `{"a":2}` || err != nil {
		t.Errorf("the mark is %q, %v", m, err)
	}
	if mode == store.Opaque {
		ok(store.TakeBack(b, 8, nil))
		ok(b.Each(func(r store.Row) error {
			if r.Txid == 8 {
				return fmt.Errorf("%v is there still", r)
			}
			return nil
		}))
	}
	ok(b.Close())
}
