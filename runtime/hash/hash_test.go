package hash

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
)

func text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + i%26)
	}
	return string(b)
}

// Keys in stored state and in other processes were placed by these values: they never change.
func TestGolden(t *testing.T) {
	for _, c := range golden {
		if got := String(text(c.n)); got != c.h {
			t.Errorf("String(%d bytes) = %#016x, want %#016x", c.n, got, c.h)
		}
	}
	for _, c := range []struct {
		name      string
		got, want uint64
	}{
		{"Int(0)", Int(0), goldenInt0},
		{"Int(1)", Int(1), goldenInt1},
		{"Int(-1)", Int(-1), goldenIntMinus1},
		{"Bool(true)", Bool(true), goldenInt1},
		{"Bool(false)", Bool(false), goldenInt0},
		{"Float(1.5)", Float(1.5), goldenFloat},
		{"Combine", Combine(Int(1), String("the")), goldenCombine},
	} {
		if c.got != c.want {
			t.Errorf("%s = %#016x, want %#016x", c.name, c.got, c.want)
		}
	}
}

func TestBytesIsString(t *testing.T) {
	for n := range 200 {
		if Bytes([]byte(text(n))) != String(text(n)) {
			t.Fatalf("%d bytes: Bytes and String differ", n)
		}
	}
}

func TestFloatEqualsHashEqually(t *testing.T) {
	if Float(0) != Float(math.Copysign(0, -1)) {
		t.Error("0 and -0 are equal, their hashes are not")
	}
	if Float(math.NaN()) != Float(math.Float64frombits(0x7ff8000000001234)) {
		t.Error("NaNs with other payloads have other hashes")
	}
	if Float(1) == Float(2) {
		t.Error("1 and 2 collide")
	}
}

func TestCombineMindsOrder(t *testing.T) {
	if a, b := Combine(Int(1), Int(2)), Combine(Int(2), Int(1)); a == b {
		t.Error("fields swapped have the same hash")
	}
}

// Flipping any bit of the key flips each bit of the hash about half of the time.
func TestAvalanche(t *testing.T) {
	const rounds = 2000
	rnd := rand.New(rand.NewPCG(1, 2))
	check := func(name string, inBits int, flip func(bit int) uint64) {
		t.Helper()
		worst := 0.0
		for in := range inBits {
			var flips [64]int
			for range rounds {
				for d := flip(in); d != 0; d &= d - 1 {
					flips[bits.TrailingZeros64(d)]++
				}
			}
			for _, f := range flips {
				worst = max(worst, math.Abs(float64(f)/rounds-0.5))
			}
		}
		// 64*inBits samples of a binomial: 0.5 +- 0.011; five and a half sigma is 0.06.
		if worst > 0.06 {
			t.Errorf("%s: a bit flips with probability 0.5+-%.3f", name, worst)
		}
	}
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 32, 33, 48, 64, 65, 100} {
		if n < 3 {
			continue // too few keys to be random: TestSmallKeysSpread has them
		}
		key := make([]byte, n)
		check(fmt.Sprintf("String of %d bytes", n), min(8*n, 200), func(bit int) uint64 {
			for i := range key {
				key[i] = byte(rnd.Uint32())
			}
			before := Bytes(key)
			key[bit/8] ^= 1 << (bit % 8)
			return before ^ Bytes(key)
		})
	}
	check("Int", 64, func(bit int) uint64 {
		n := rnd.Int64()
		return Int(n) ^ Int(n^1<<bit)
	})
	check("Combine, first", 64, func(bit int) uint64 {
		h, g := rnd.Uint64(), rnd.Uint64()
		return Combine(h, g) ^ Combine(h^1<<bit, g)
	})
	check("Combine, next", 64, func(bit int) uint64 {
		h, g := rnd.Uint64(), rnd.Uint64()
		return Combine(h, g) ^ Combine(h, g^1<<bit)
	})
}

// Keys that people use spread evenly over slots (top bits) and table entries (low bits).
func TestSmallKeysSpread(t *testing.T) {
	sets := map[string]func(i int) uint64{
		"counting ints":      func(i int) uint64 { return Int(int64(i)) },
		"multiples of 4096":  func(i int) uint64 { return Int(int64(i) << 12) },
		"decimal strings":    func(i int) uint64 { return String(fmt.Sprint(i)) },
		"padded strings":     func(i int) uint64 { return String(fmt.Sprintf("user-%08d", i)) },
		"long prefix":        func(i int) uint64 { return String(strings.Repeat("x", 60) + fmt.Sprint(i)) },
		"long suffix":        func(i int) uint64 { return String(fmt.Sprint(i) + strings.Repeat("y", 60)) },
		"runs of one letter": func(i int) uint64 { return String(strings.Repeat("a", i%2000) + strings.Repeat("b", i/2000)) },
		"pairs":              func(i int) uint64 { return Combine(Int(int64(i%100)), Int(int64(i/100))) },
		"bool pairs":         func(i int) uint64 { return Combine(Bool(i%2 == 0), Int(int64(i/2))) },
	}
	const keys, bins = 64 << 10, 1 << 10
	for name, hash := range sets {
		var top, low, mid [bins]int
		seen := make(map[uint64]bool, keys)
		for i := range keys {
			h := hash(i)
			top[h>>54]++
			low[h&(bins-1)]++
			mid[h>>20&(bins-1)]++
			seen[h] = true
		}
		if len(seen) != keys {
			t.Errorf("%s: %d collisions", name, keys-len(seen))
		}
		for what, counts := range map[string][bins]int{"top": top, "low": low, "middle": mid} {
			chi := 0.0
			for _, c := range counts {
				d := float64(c) - keys/bins
				chi += d * d / (keys / bins)
			}
			// chi-square with 1023 degrees of freedom: 1023 +- 45; six sigma.
			if chi > 1023+6*45.2 {
				t.Errorf("%s: %s bits are uneven: chi-square %.0f", name, what, chi)
			}
		}
	}
}

var sink uint64

func BenchmarkString(b *testing.B) {
	for _, n := range []int{3, 5, 8, 12, 16, 24, 32, 64, 1024} {
		keys := make([]string, 1024)
		for i := range keys {
			keys[i] = fmt.Sprintf("%0*d", n, i)[:n]
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var h uint64
			for i := 0; b.Loop(); i++ {
				h ^= String(keys[i&1023])
			}
			sink = h
		})
	}
	words := strings.Fields(strings.Repeat("the quick brown foxes jumped over a lazy sleeping dog again ", 100))[:1024]
	b.Run("words", func(b *testing.B) {
		var h uint64
		for i := 0; b.Loop(); i++ {
			h ^= String(words[i&1023])
		}
		sink = h
	})
	seed := maphash.MakeSeed()
	b.Run("words, maphash", func(b *testing.B) {
		var h uint64
		for i := 0; b.Loop(); i++ {
			h ^= maphash.String(seed, words[i&1023])
		}
		sink = h
	})
	b.Run("none", func(b *testing.B) {
		var h uint64
		for i := 0; b.Loop(); i++ {
			h ^= uint64(len(words[i&1023]))
		}
		sink = h
	})
}

func BenchmarkInt(b *testing.B) {
	var h uint64
	for i := int64(0); b.Loop(); i++ {
		h ^= Int(i)
	}
	sink = h
}

// A key's parts are what they say, for every length, and who knows some of them gets the others.
func TestKeys(t *testing.T) {
	for n := range 100 {
		s := text(n)
		k := Of(s)
		if k.Hash != String(s) || With(k.Hash, s) != k {
			t.Fatalf("%d bytes: the key is not that of the hash", n)
		}
		if n > 16 {
			if k.Word != k.Hash || k.More != 0 {
				t.Fatalf("%d bytes: a long text is told by its hash", n)
			}
			continue
		}
		var padded [16]byte
		copy(padded[:], s)
		if k.Word != binary.LittleEndian.Uint64(padded[:]) || k.More != binary.LittleEndian.Uint64(padded[8:]) {
			t.Fatalf("%d bytes: %x %x are not the text", n, k.Word, k.More)
		}
		if Short(k.Word, k.More, n) != k.Hash {
			t.Fatalf("%d bytes: the hash is not that of the words", n)
		}
	}
}
