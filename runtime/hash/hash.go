// Package hash gives keys their hash: one computed where a tuple is made, carried with it, and used both to
// choose the task that owns the key (its top bits) and to find the key in that task's table (its low bits).
//
// The hash is part of what a topology promises: it is the same in every process, on every platform and in
// every version, because tasks of different workers, and state written earlier, must agree on who owns a key.
// So there is no seed, and golden tests pin the values. All 64 bits are mixed well, in wyhash's way: the
// key is folded by 64x64->128 bit multiplications whose halves are xored.
package hash

import (
	"math"
	"math/bits"

	"github.com/topo-lang/topo/runtime/arena"
)

// Odd numbers with bits set evenly: wyhash's secret.
const (
	k0 = 0xa0761d6478bd642f
	k1 = 0xe7037ed1a0b428db
	k2 = 0x8ebc6af09c88c6e3
	k3 = 0x589965cc75374cc3
)

// mix multiplies and folds.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Key is a text as tables look for it: with its hash what stands for its bytes, made once for both.
type Key struct {
	Hash uint64
	// Word and More are the text itself, little-endian and filled up with zeros, where it has at most sixteen bytes. They are
	// the hash and 0 of a longer one.
	Word, More uint64
}

// String returns the hash of a text.
func String(s string) uint64 {
	if len(s) > 16 {
		return long(s)
	}
	a, b := words(s)
	return Short(a, b, len(s))
}

// Of returns the key that a text is.
func Of(s string) Key {
	if len(s) > 16 {
		h := long(s)
		return Key{Hash: h, Word: h}
	}
	a, b := words(s)
	return Key{Hash: Short(a, b, len(s)), Word: a, More: b}
}

// With returns the key that a text is whose hash is known.
func With(hash uint64, s string) Key {
	if len(s) > 16 {
		return Key{Hash: hash, Word: hash}
	}
	a, b := words(s)
	return Key{Hash: hash, Word: a, More: b}
}

// Short returns the hash of a text of n bytes, at most sixteen, by what Key.Word and Key.More say of it.
func Short(word, more uint64, n int) uint64 {
	return mix(mix(word^k0, more^k1), uint64(n)^k2)
}

// words packs a text of at most sixteen bytes.
func words(s string) (a, b uint64) {
	// Loads overlap where there are fewer bytes than they take: every byte is read, and nothing beyond the text.
	switch n := len(s); {
	case n >= 8:
		return load(s, 0), load(s, n-8) >> (128 - 8*n)
	case n >= 4:
		return load4(s, 0) | load4(s, n-4)<<(8*n-32), 0
	case n > 0:
		return uint64(s[0]) | uint64(s[n>>1])<<(8*(n>>1)) | uint64(s[n-1])<<(8*n-8), 0
	}
	return 0, 0
}

// long hashes texts of more than 16 bytes: 16 a step, beyond 32 in two independent lanes, which the processor overlaps.
func long(s string) uint64 {
	n := uint64(len(s))
	h := n ^ k3
	last0, last1 := load(s, len(s)-16), load(s, len(s)-8)
	if len(s) > 32 {
		g := uint64(k2)
		for len(s) > 32 {
			h = mix(load(s, 0)^k0, load(s, 8)^h)
			g = mix(load(s, 16)^k1, load(s, 24)^g)
			s = s[32:]
		}
		h ^= g
	}
	if len(s) > 16 {
		h = mix(load(s, 0)^k0, load(s, 8)^h)
	}
	// The last 16 bytes, whether or not they overlap the step before: every byte is read, without a tail loop.
	return mix(mix(last0^k1, last1^h), n^k2)
}

// load reads eight bytes at i, little-endian on every platform. The compiler makes one load of it.
func load(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// load4 reads four bytes at i.
func load4(s string, i int) uint64 {
	s = s[i : i+4]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// Bytes returns the hash of bytes: that of the text with the same bytes.
func Bytes(b []byte) uint64 { return String(arena.View(b)) }

// Int returns the hash of a number. Different numbers have different hashes.
func Int(n int64) uint64 {
	h := uint64(n) ^ k0
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9 // splitmix64's finalizer: each step can be undone
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Bool returns the hash of a truth value.
func Bool(b bool) uint64 {
	if b {
		return Int(1)
	}
	return Int(0)
}

// Float returns the hash of a number: equal for numbers that are equal (0 and -0 are), and for every NaN.
func Float(f float64) uint64 {
	switch {
	case f == 0:
		f = 0
	case f != f:
		f = math.NaN()
	}
	return Int(int64(math.Float64bits(f)))
}

// Combine returns the hash of several fields, given that of the first ones and that of the next. Order matters.
func Combine(h, next uint64) uint64 { return mix(mix(h^k2, next^k3), k1) }

// Decimal hashes a decimal by its parts, which are the same for equal decimals.
func Decimal(neg bool, coef uint64, scale int) uint64 {
	if neg {
		scale = ^scale
	}
	return Combine(Int(int64(coef)), Int(int64(scale)))
}
