// Package codec is what generated codecs are made of: values appended to bytes, and read back from bytes that anyone may have sent.
//
// Integers are varints (signed ones zigzag), floats and hashes eight bytes, text its length and its bytes. Nothing says
// of what type a value is: both ends know the schema. A Reader never panics, and what
// it allocates is bounded by the bytes that it was given, whatever lengths they claim.
package codec

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

// AppendUvarint appends an unsigned number in as few bytes as it needs, seven bits a byte.
func AppendUvarint(dst []byte, n uint64) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// AppendInt appends a signed number: small ones, of either sign, are short.
func AppendInt(dst []byte, n int64) []byte {
	return AppendUvarint(dst, uint64(n)<<1^uint64(n>>63))
}

// AppendUint64 appends a number whose bits are all in use, as a hash's are.
func AppendUint64(dst []byte, n uint64) []byte {
	return binary.LittleEndian.AppendUint64(dst, n)
}

// AppendFloat appends a float's bits.
func AppendFloat(dst []byte, f float64) []byte {
	return AppendUint64(dst, math.Float64bits(f))
}

// AppendBool appends a byte, 0 or 1.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// AppendString appends a text's length and its bytes.
func AppendString(dst []byte, s string) []byte {
	return append(AppendUvarint(dst, uint64(len(s))), s...)
}

// AppendBytes appends bytes as AppendString does.
func AppendBytes(dst, b []byte) []byte {
	return append(AppendUvarint(dst, uint64(len(b))), b...)
}

// AppendTime appends an instant: seconds since 1970, and the nanoseconds after. Every time.Time has its
// place, the zero time too; the time zone does not travel.
func AppendTime(dst []byte, t time.Time) []byte {
	return AppendUvarint(AppendInt(dst, t.Unix()), uint64(t.Nanosecond()))
}

// AppendDuration appends nanoseconds.
func AppendDuration(dst []byte, d time.Duration) []byte { return AppendInt(dst, int64(d)) }

// AppendDecimal appends a decimal's digits, and a byte for where its point stands and its sign.
func AppendDecimal(dst []byte, d value.Decimal) []byte {
	b := byte(d.Scale()) << 1
	if d.IsNeg() {
		b |= 1
	}
	return append(AppendUvarint(dst, d.Coef()), b)
}

// AppendList appends a list's length and its items. A nil list comes back as an empty one's equal: nil.
func AppendList[T any](dst []byte, list []T, item func([]byte, T) []byte) []byte {
	dst = AppendUvarint(dst, uint64(len(list)))
	for _, v := range list {
		dst = item(dst, v)
	}
	return dst
}

// AppendMap appends a map's size, its keys and values. The caller gives the keys in an order that is the same in every run.
func AppendMap[K comparable, V any](dst []byte, keys []K, m map[K]V, key func([]byte, K) []byte, value func([]byte, V) []byte) []byte {
	dst = AppendUvarint(dst, uint64(len(keys)))
	for _, k := range keys {
		dst = value(key(dst, k), m[k])
	}
	return dst
}

// AppendOption appends a value that may be missing: whether it is there, and it or the reason.
func AppendOption[T any](dst []byte, o arena.Option[T], value func([]byte, T) []byte) []byte {
	dst = AppendBool(dst, o.OK)
	if !o.OK {
		return AppendString(dst, o.Why)
	}
	return value(dst, o.V)
}

// AppendEnum appends a value of an enum, as its position.
func AppendEnum[T ~uint8 | ~uint16](dst []byte, v T) []byte { return AppendUvarint(dst, uint64(v)) }
