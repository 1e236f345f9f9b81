package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/topo-lang/topo/runtime/hash"
)

// model is a table as plainly as it can be written: a map, and the keys in the order in which they came.
type model[K comparable] struct {
	values map[K]int64
	order  []K
}

func (m *model[K]) add(k K, n int64) (sum int64, fresh bool) {
	if m.values == nil {
		m.values = map[K]int64{}
	}
	_, there := m.values[k]
	if !there {
		m.order = append(m.order, k)
	}
	m.values[k] += n
	return m.values[k], !there
}

// textCase runs one sequence of keys against the model. The hash is given, so that bad ones can be tried.
func textCase(t *testing.T, keys [][]byte, hashOf func(string) uint64) {
	t.Helper()
	var table Text[int64]
	var want model[string]
	if table.Get(hash.With(hashOf("none"), "none"), "none") != nil {
		t.Fatal("an empty table has a key")
	}
	scratch := []byte{}
	for i, k := range keys {
		// Keys are views into batches, which are written again: the table must have copied them.
		scratch = append(scratch[:0], k...)
		key := string(scratch)
		sum, fresh := want.add(key, int64(i))
		v, gotFresh := table.Row(hash.With(hashOf(key), key), key)
		*v += int64(i)
		clear(scratch)
		if *v != sum || gotFresh != fresh {
			t.Fatalf("key %d %q: %d, fresh %v; want %d, %v", i, key, *v, gotFresh, sum, fresh)
		}
	}
	together(t, keys, hashOf, &table)
	if table.Len() != len(want.order) {
		t.Fatalf("%d keys, want %d", table.Len(), len(want.order))
	}
	at := 0
	table.Each(func(key string, v *int64) bool {
		if key != want.order[at] || *v != want.values[key] {
			t.Fatalf("key %d is %q: %d; want %q: %d", at, key, *v, want.order[at], want.values[want.order[at]])
		}
		if got := table.Get(hash.With(hashOf(key), key), key); got != v {
			t.Fatalf("Get(%q) is not what Each gives", key)
		}
		at++
		return true
	})
	if at != table.Len() {
		t.Fatalf("Each gave %d of %d keys", at, table.Len())
	}
	if key := "\x00 never a key \x00"; table.Get(hash.With(hashOf(key), key), key) != nil {
		t.Fatal("Get found a key that was never there")
	}
}

// together looks the same keys up in bunches of different sizes, in a table of its own, and compares it with one that was filled one by one.
func together(t *testing.T, keys [][]byte, hashOf func(string) uint64, want *Text[int64]) {
	t.Helper()
	var table Text[int64]
	for from, size := 0, 1; from < len(keys); from, size = from+size, size%Bunch+1 {
		some := keys[from:min(from+size, len(keys))]
		var at [Bunch]hash.Key
		var texts [Bunch]string
		var found [Bunch]*int64
		for i, k := range some {
			texts[i] = string(k)
			at[i] = hash.With(hashOf(texts[i]), texts[i])
		}
		before := table.Len()
		fresh := table.Rows(at[:len(some)], texts[:len(some)], found[:])
		if n := table.Len() - before; bits.OnesCount64(fresh) != n {
			t.Fatalf("%d keys are new, and %064b says so", n, fresh)
		}
		for i := range some {
			if fresh>>i&1 != 0 && *found[i] != 0 {
				t.Fatal("a new key has a value")
			}
			*found[i] += int64(from + i)
		}
	}
	same := table.Len() == want.Len()
	for i := 0; same && i < table.Len(); i++ {
		key, v := table.At(i)
		wantKey, w := want.At(i)
		same = key == wantKey && *v == *w
	}
	if !same {
		t.Fatal("keys looked up in bunches give another table")
	}
}

func intCase(t *testing.T, keys []int64, hashOf func(int64) uint64) {
	t.Helper()
	var table Int[int64]
	var want model[int64]
	if table.Get(hashOf(1), 1) != nil {
		t.Fatal("an empty table has a key")
	}
	for i, key := range keys {
		sum, fresh := want.add(key, int64(i))
		v, gotFresh := table.Row(hashOf(key), key)
		*v += int64(i)
		if *v != sum || gotFresh != fresh {
			t.Fatalf("key %d %d: %d, fresh %v; want %d, %v", i, key, *v, gotFresh, sum, fresh)
		}
	}
	var other Int[int64]
	for from := 0; from < len(keys); from += Bunch {
		var hashes [Bunch]uint64
		var found [Bunch]*int64
		some := keys[from:min(from+Bunch, len(keys))]
		for i, k := range some {
			hashes[i] = hashOf(k)
		}
		other.Rows(hashes[:len(some)], some, found[:])
		for i := range some {
			*found[i] += int64(from + i)
		}
	}
	for i := range want.order {
		if key, v := other.At(i); other.Len() != len(want.order) || key != want.order[i] || *v != want.values[key] {
			t.Fatalf("keys looked up in bunches give another table: %d: %d", key, *v)
		}
	}
	at := 0
	table.Each(func(key int64, v *int64) bool {
		if key != want.order[at] || *v != want.values[key] || table.Get(hashOf(key), key) != v {
			t.Fatalf("key %d is %d: %d; want %d: %d", at, key, *v, want.order[at], want.values[want.order[at]])
		}
		at++
		return true
	})
	if at != len(want.order) || at != table.Len() {
		t.Fatalf("Each gave %d of %d keys", at, len(want.order))
	}
}

func TestAgainstMap(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	hashes := map[string]func(string) uint64{
		"good":                             hash.String,
		"constant":                         func(string) uint64 { return 7 },
		"by length, in the top bits alone": func(s string) uint64 { return uint64(len(s)) << 56 },
		"all at the end of the index":      func(s string) uint64 { return hash.String(s) | 0xffffff00 },
	}
	for name, hashOf := range hashes {
		t.Run(name, func(t *testing.T) {
			for _, alphabet := range []string{"a", "ab\x00", "abcdefghijklmnop\xff"} {
				n := 3000
				if name == "good" {
					n = 50_000
				}
				keys := make([][]byte, n)
				for i := range keys {
					keys[i] = make([]byte, rnd.IntN(20))
					for j := range keys[i] {
						keys[i][j] = alphabet[rnd.IntN(len(alphabet))]
					}
				}
				textCase(t, keys, hashOf)
			}
		})
	}
	ints := make([]int64, 50_000)
	for i := range ints {
		ints[i] = int64(rnd.IntN(20_000)) - 10_000
	}
	ints = append(ints, math.MaxInt64, math.MinInt64)
	intCase(t, ints, hash.Int)
	intCase(t, ints[:3000], func(int64) uint64 { return math.MaxUint64 })
}

// Texts of one length that share all but one byte are different keys, whichever byte it is.
func TestEveryByteCounts(t *testing.T) {
	for n := 1; n <= 24; n++ {
		keys := [][]byte{bytes.Repeat([]byte{'x'}, n), bytes.Repeat([]byte{0}, n), bytes.Repeat([]byte{0}, n-1)}
		for i := range n {
			k := bytes.Repeat([]byte{'x'}, n)
			k[i] = 'y'
			keys = append(keys, k)
		}
		textCase(t, keys, func(string) uint64 { return 0 })
	}
}

func TestEachStops(t *testing.T) {
	var text Text[int]
	var ints Int[int]
	for i := range 10 {
		text.Row(hash.Of(fmt.Sprint(i)), fmt.Sprint(i))
		ints.Row(uint64(i), int64(i))
	}
	n := 0
	text.Each(func(string, *int) bool { n++; return n < 3 })
	ints.Each(func(int64, *int) bool { n++; return n < 6 })
	if n != 6 {
		t.Errorf("Each went on: %d calls", n)
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	var text Text[int64]
	var ints Int[int64]
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint("some key ", i)
		text.Row(hash.Of(keys[i]), keys[i])
		ints.Row(hash.Int(int64(i)), int64(i))
	}
	if n := testing.AllocsPerRun(10, func() {
		for i, k := range keys {
			text.Row(hash.Of(k), k)
			ints.Row(hash.Int(int64(i)), int64(i))
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestBytes(t *testing.T) {
	var text Text[int64]
	var ints Int[int64]
	if text.Bytes() != 0 || ints.Bytes() != 0 {
		t.Error("empty tables take memory")
	}
	const n = 100_000
	for i := range n {
		key := fmt.Sprintf("user-%07d", i)
		text.Row(hash.Of(key), key)
		ints.Row(hash.Int(int64(i)), int64(i))
	}
	// A row of 24 bytes, 12 of key, and an index between 8/0.75 and 16/0.75.
	if per := text.Bytes() / n; per < 36 || per > 80 {
		t.Errorf("%d bytes a text key", per)
	}
	if per := ints.Bytes() / n; per < 24 || per > 50 {
		t.Errorf("%d bytes an int key", per)
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("the cat the dog a b c d"), uint8(1))
	f.Add([]byte("\x00 \x00\x00 \x00"), uint8(64))
	f.Fuzz(func(t *testing.T, text []byte, keep uint8) {
		// The fewer bits of the hash are kept, the more keys collide.
		textCase(t, bytes.Split(text, []byte(" ")), func(s string) uint64 { return hash.String(s) >> (keep & 63) })
	})
}

func FuzzInt(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 1, 2, 3, 4}, uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, keep uint8) {
		var keys []int64
		for len(data) >= 2 {
			keys = append(keys, int64(int16(binary.LittleEndian.Uint16(data))))
			data = data[2:]
		}
		intCase(t, keys, func(n int64) uint64 { return hash.Int(n) >> (keep & 63) })
	})
}
