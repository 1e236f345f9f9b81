package codec

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
)

// record has a value of each kind.
type record struct {
	U     uint64
	I     int64
	Hash  uint64
	F     float64
	B     bool
	S     string
	Blob  []byte
	At    time.Time
	D     time.Duration
	Words []string
	Sizes map[string]int64
	Maybe arena.Option[int64]
}

func (v *record) append(dst []byte) []byte {
	dst = AppendUvarint(dst, v.U)
	dst = AppendInt(dst, v.I)
	dst = AppendUint64(dst, v.Hash)
	dst = AppendFloat(dst, v.F)
	dst = AppendBool(dst, v.B)
	dst = AppendString(dst, v.S)
	dst = AppendBytes(dst, v.Blob)
	dst = AppendTime(dst, v.At)
	dst = AppendDuration(dst, v.D)
	dst = AppendList(dst, v.Words, AppendString)
	var keys []string
	for k := range v.Sizes {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	dst = AppendMap(dst, keys, v.Sizes, AppendString, AppendInt)
	return AppendOption(dst, v.Maybe, AppendInt)
}

func read(r *Reader) record {
	return record{
		U: r.Uvarint(), I: r.Int(), Hash: r.Uint64(), F: r.Float(), B: r.Bool(), S: r.String(), Blob: bytes.Clone(r.Bytes()),
		At: r.Time(), D: r.Duration(), Words: ReadList(r, (*Reader).String),
		Sizes: ReadMap(r, (*Reader).String, (*Reader).Int), Maybe: ReadOption(r, (*Reader).Int),
	}
}

// someRecord makes a record with the values that break codecs among the usual ones.
func someRecord(rnd *rand.Rand) record {
	ints := []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, math.MaxInt64, math.MinInt64, rnd.Int64(), -rnd.Int64()}
	floats := []float64{0, math.Copysign(0, -1), 1.5, math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, rnd.NormFloat64()}
	texts := []string{"", "a", "\x00", "naïve", "\xff\xfe", strings.Repeat("x", 127), strings.Repeat("y", 128), strings.Repeat("z", 300)}
	times := []time.Time{{}, time.Unix(0, 0).UTC(), time.Unix(-1, 999999999).UTC(), time.Unix(rnd.Int64N(1<<40), rnd.Int64N(1e9)).UTC(),
		time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}
	one := func() int64 { return ints[rnd.IntN(len(ints))] }
	text := func() string { return texts[rnd.IntN(len(texts))] }
	v := record{U: uint64(one()), I: one(), Hash: rnd.Uint64(), F: floats[rnd.IntN(len(floats))], B: rnd.IntN(2) == 0, S: text(),
		Blob: []byte(text()), At: times[rnd.IntN(len(times))], D: time.Duration(one()), Sizes: map[string]int64{}}
	for range rnd.IntN(12) {
		v.Words = append(v.Words, text())
		v.Sizes[text()] = one()
	}
	if rnd.IntN(2) == 0 {
		v.Maybe = arena.Option[int64]{V: one(), OK: true}
	} else {
		v.Maybe.Why = text()
	}
	return v
}

func TestRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		want := someRecord(rnd)
		src := want.append([]byte("before"))
		r := NewReader(src[len("before"):])
		got := read(r)
		if err := r.Close(); err != nil {
			t.Fatalf("%v, reading %+v", err, want)
		}
		if math.Signbit(got.F) != math.Signbit(want.F) || !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestNaNKeepsItsBits(t *testing.T) {
	const bits = 0x7ff8000000001234
	if got := math.Float64bits(NewReader(AppendFloat(nil, math.Float64frombits(bits))).Float()); got != bits {
		t.Errorf("got %x, want %x", got, uint64(bits))
	}
}

// Every prefix of a record is an error, and reads as zero values from there on.
func TestEveryPrefixFails(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	v := someRecord(rnd)
	v.S, v.Blob, v.Words, v.Sizes = "abc", []byte{1}, []string{"a", "b"}, map[string]int64{"k": 1}
	src := v.append(nil)
	for n := range src {
		r := NewReader(src[:n])
		read(r)
		if r.Close() == nil {
			t.Fatalf("%d of %d bytes read without an error", n, len(src))
		}
		if r.Uvarint() != 0 || r.Bytes() != nil || r.Bool() || r.Count() != 0 {
			t.Fatalf("%d bytes: values after the error are not zero", n)
		}
	}
}

func TestRefusals(t *testing.T) {
	long := bytes.Repeat([]byte{0xff}, 10)
	for _, c := range []struct {
		name string
		src  []byte
		read func(*Reader)
		want string
	}{
		{"a varint too long", append(long, 1), func(r *Reader) { r.Uvarint() }, "more than 64 bits"},
		{"a text longer than the rest", []byte{5, 'a'}, func(r *Reader) { r.Bytes() }, "end in the middle"},
		{"a text of 2^63 bytes", AppendUvarint(nil, 1<<63), func(r *Reader) { r.Bytes() }, "end in the middle"},
		{"a list of 2^40 items", AppendUvarint(nil, 1<<40), func(r *Reader) { ReadList(r, (*Reader).Int) }, "end in the middle"},
		{"a truth value of 2", []byte{2}, func(r *Reader) { r.Bool() }, "neither 0 nor 1"},
		{"a second of nanoseconds", AppendUvarint([]byte{0}, 1e9), func(r *Reader) { r.Time() }, "nanoseconds"},
		{"a key twice", []byte{2, 2, 0, 2, 0}, func(r *Reader) { ReadMap(r, (*Reader).Int, (*Reader).Bool) }, "same key twice"},
		{"bytes left over", []byte{1, 2, 3}, func(r *Reader) { r.Int() }, "2 bytes after"},
	} {
		r := NewReader(c.src)
		c.read(r)
		if err := r.Close(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A few bytes that claim to be much must not cost much.
func TestAllocationIsBoundedByInput(t *testing.T) {
	type big [1024]byte
	src := AppendUvarint(nil, emptyRows)
	src = append(src, 1, 2, 3)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := NewReader(src)
	ReadList(r, func(r *Reader) (b big) { b[0] = byte(r.Int()); return b })
	runtime.ReadMemStats(&after)
	if r.Err() == nil {
		t.Error("the list was read")
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
		t.Errorf("%d bytes were allocated for %d bytes of input", n, len(src))
	}
}

func TestViewsCannotGrowIntoTheNextValue(t *testing.T) {
	src := AppendString(AppendString(nil, "one"), "two")
	r := NewReader(src)
	_ = append(r.Bytes(), "XXX"...)
	if got := r.String(); got != "two" {
		t.Errorf("the second value reads %q", got)
	}
}

// What can be read is written back as it was, except for numbers and texts that were not written in the shortest way.
func FuzzReader(f *testing.F) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 8 {
		v := someRecord(rnd)
		f.Add(v.append(nil))
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, src []byte) {
		r := NewReader(src)
		first := read(r)
		if r.Close() != nil {
			return
		}
		again := first.append(nil)
		if len(again) > len(src) {
			t.Fatalf("%d bytes became %d", len(src), len(again))
		}
		r = NewReader(again)
		second := read(r)
		if err := r.Close(); err != nil {
			t.Fatalf("what was written does not read: %v", err)
		}
		if a, b := fmt.Sprintf("%#v", first), fmt.Sprintf("%#v", second); a != b {
			t.Fatalf("got  %s\nwant %s", b, a)
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	// {word, n, ts} of ANCHORS.md: varints, text in an arena.
	type row struct {
		word string
		n    int64
		ts   int64
	}
	rows := make([]row, 1024)
	for i := range rows {
		rows[i] = row{fmt.Sprint("word", i), int64(i), 1_700_000_000_000_000_000 + int64(i)}
	}
	encode := func(dst []byte) []byte {
		for i := range rows {
			row := &rows[i]
			dst = AppendString(dst, row.word)
			dst = AppendInt(dst, row.n)
			dst = AppendInt(dst, row.ts)
		}
		return dst
	}
	b.Run("encode", func(b *testing.B) {
		var dst []byte
		for i := 0; i < b.N; i += len(rows) {
			dst = encode(dst[:0])
		}
	})
	b.Run("decode", func(b *testing.B) {
		src := encode(nil)
		var text []byte
		for i := 0; i < b.N; i += len(rows) {
			r := NewReader(src)
			text = text[:0]
			for range rows {
				text = append(text, r.Bytes()...)
				r.Int()
				r.Int()
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestEnum(t *testing.T) {
	type kind uint8
	for v := range kind(3) {
		r := NewReader(AppendEnum(nil, v))
		if got := ReadEnum[kind](r, 3); got != v || r.Close() != nil {
			t.Errorf("%d came back as %d: %v", v, got, r.Err())
		}
	}
	for _, b := range [][]byte{{}, {3}, {0xff, 0xff, 0x7f}} {
		r := NewReader(b)
		if got := ReadEnum[kind](r, 3); got != 0 || r.Err() == nil {
			t.Errorf("%v was read as %d", b, got)
		}
	}
}
