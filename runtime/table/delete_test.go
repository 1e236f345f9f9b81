package table

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/topo-lang/topo/runtime/hash"
)

// Keys come and go at random, with good hashes and with bad ones, and the table holds what a map does.
func TestDelete(t *testing.T) {
	hashes := map[string]func(int64) uint64{
		"good":  func(k int64) uint64 { return hash.Int(k) },
		"few":   func(k int64) uint64 { return uint64(k % 5) },
		"dense": func(k int64) uint64 { return uint64(k) },
		"one":   func(int64) uint64 { return 1<<32 - 1 },
	}
	for name, hashOf := range hashes {
		keys := 3000
		if name == "few" || name == "one" {
			keys = 150
		}
		t.Run(name, func(t *testing.T) { deleteCase(t, hashOf, keys) })
	}
}

// held is a value that knows its row, as generated rows do.
type held struct {
	sum *int64 // a pointer, so that the collector has something to look at
	row int
}

func deleteCase(t *testing.T, hashOf func(int64) uint64, keys int) {
	r := rand.New(rand.NewPCG(7, uint64(keys)))
	var ints Int[held]
	var texts Text[held]
	text := func(k int64) string {
		if k%3 == 0 {
			return fmt.Sprintf("a key of more than sixteen bytes: %d", k)
		}
		return fmt.Sprint(k)
	}
	want := map[int64]int64{}
	check := func() {
		t.Helper()
		if ints.Len() != len(want) || texts.Len() != len(want) {
			t.Fatalf("%d and %d keys, want %d", ints.Len(), texts.Len(), len(want))
		}
		for k := range int64(keys) {
			v, w := ints.Get(hashOf(k), k), texts.Get(hash.With(hashOf(k), text(k)), text(k))
			sum, there := want[k]
			if (v != nil) != there || (w != nil) != there || there && (*v.sum != sum || *w.sum != sum) {
				t.Fatalf("key %d: %v, %v; want %d, %v", k, v, w, sum, there)
			}
			if there {
				if key, at := ints.At(v.row); key != k || at != v {
					t.Fatalf("row %d is not that of %d", v.row, k)
				}
				if key, at := texts.At(w.row); key != text(k) || at != w {
					t.Fatalf("row %d is not that of %q", w.row, text(k))
				}
			}
		}
		n := 0
		ints.Each(func(k int64, v *held) bool { n++; return *v.sum == want[k] })
		texts.Each(func(string, *held) bool { n++; return true })
		if n != 2*len(want) {
			t.Fatalf("Each gave %d keys, want twice %d", n, len(want))
		}
	}
	for round := range 12 {
		full := round%3 < 2
		for i := range 3 * keys {
			k := r.Int64N(int64(keys))
			if v := ints.Get(hashOf(k), k); v != nil && (r.IntN(10) < 3 || !full) {
				ints.Delete(hashOf(k), v.row)
				texts.Delete(hashOf(k), texts.Get(hash.With(hashOf(k), text(k)), text(k)).row)
				delete(want, k)
				continue
			}
			if !full {
				continue
			}
			v, fresh := ints.Row(hashOf(k), k)
			w, freshText := texts.Row(hash.With(hashOf(k), text(k)), text(k))
			if fresh != freshText || fresh != (v.sum == nil) || fresh != (w.sum == nil) {
				t.Fatalf("key %d is new: %v, %v", k, fresh, freshText)
			}
			if fresh {
				v.sum, v.row = new(int64), ints.Last()
				w.sum, w.row = new(int64), texts.Last()
			}
			*v.sum += int64(i)
			*w.sum += int64(i)
			want[k] += int64(i)
		}
		check()
	}
	for k := range want {
		ints.Delete(hashOf(k), ints.Get(hashOf(k), k).row)
		texts.Delete(hashOf(k), texts.Get(hash.With(hashOf(k), text(k)), text(k)).row)
		delete(want, k)
	}
	check()
	if ints.Bytes() > 1<<13 || texts.Bytes() > 1<<13 {
		t.Errorf("without a key the tables still take %d and %d bytes", ints.Bytes(), texts.Bytes())
	}
}

// Keys that come and go, as those of a crawl that remembers a page for a day, take no more memory than those that there are at once.
func TestDeleteGivesBack(t *testing.T) {
	var table Text[held]
	const live = 10_000
	peak := 0
	for k := range 20 * live {
		key := fmt.Sprintf("https://example.org/pages/%d", k)
		v, _ := table.Row(hash.Of(key), key)
		v.row = table.Last()
		if k >= live {
			old := fmt.Sprintf("https://example.org/pages/%d", k-live)
			table.Delete(hash.String(old), table.Get(hash.Of(old), old).row)
		}
		if k == 2*live {
			peak = table.Bytes()
		}
	}
	if table.Len() != live || table.Bytes() > 2*peak {
		t.Errorf("%d keys take %d bytes, and took %d", table.Len(), table.Bytes(), peak)
	}
}
