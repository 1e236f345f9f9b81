package table

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/topo-lang/topo/runtime/hash"
)

// zipfWords is a text of 50,000 different words, used as words are; they stand one after the other in memory, as in a batch.
func zipfWords() []string {
	rnd := rand.New(rand.NewSource(1))
	words := make([]string, 50_000)
	for i := range words {
		w := make([]byte, 3+rnd.Intn(9))
		for j := range w {
			w[j] = byte('a' + rnd.Intn(26))
		}
		words[i] = string(w)
	}
	zipf := rand.NewZipf(rnd, 1.05, 1, uint64(len(words)-1))
	var text []byte
	var ends []int
	for range 1 << 20 {
		text = append(text, words[zipf.Uint64()]...)
		ends = append(ends, len(text))
	}
	all, from := string(text), 0
	keys := make([]string, len(ends))
	for i, end := range ends {
		keys[i], from = all[from:end], end
	}
	return keys
}

func uniqueKeys() []string {
	keys := make([]string, 2_000_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("user-%d", i*7919)
	}
	return keys
}

func hashes(keys []string) []uint64 {
	all := make([]uint64, len(keys))
	for i, k := range keys {
		all[i] = hash.String(k)
	}
	return all
}

// BenchmarkUpdate counts words whose hash has come with them, beside a Go map that has to compute its own.
func BenchmarkUpdate(b *testing.B) {
	keys := zipfWords()
	carried := hashes(keys)
	b.Run("table", func(b *testing.B) {
		var t Text[int64]
		for i := 0; b.Loop(); i = (i + 1) & (1<<20 - 1) {
			v, _ := t.Row(hash.With(carried[i], keys[i]), keys[i])
			*v++
		}
	})
	b.Run("table and hash", func(b *testing.B) {
		var t Text[int64]
		for i := 0; b.Loop(); i = (i + 1) & (1<<20 - 1) {
			v, _ := t.Row(hash.Of(keys[i]), keys[i])
			*v++
		}
	})
	b.Run("map", func(b *testing.B) {
		m := map[string]int64{}
		for i := 0; b.Loop(); i = (i + 1) & (1<<20 - 1) {
			m[keys[i]]++
		}
	})
}

// BenchmarkUnique adds two million keys to an empty table: one operation is one key.
func BenchmarkUnique(b *testing.B) {
	keys := uniqueKeys()
	carried := hashes(keys)
	b.Run("table", func(b *testing.B) {
		for done := 0; done < b.N; done += len(keys) {
			var t Text[int64]
			for i, k := range keys[:min(len(keys), b.N-done)] {
				v, _ := t.Row(hash.With(carried[i], k), k)
				*v++
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		for done := 0; done < b.N; done += len(keys) {
			m := map[string]int64{}
			for _, k := range keys[:min(len(keys), b.N-done)] {
				m[k]++
			}
		}
	})
}
