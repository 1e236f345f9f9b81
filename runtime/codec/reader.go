package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

// Reader reads values off bytes. After the first value that is not there, Err is set and everything read is zero, so
// that generated code looks at Err once a row.
type Reader struct {
	src []byte
	at  int // what stands before it has been read: a number, since to move src along would tell the garbage collector of it each time
	err error
}

var (
	errShort   = errors.New("codec: the bytes end in the middle of a value")
	errVarint  = errors.New("codec: a number of more than 64 bits")
	errBool    = errors.New("codec: a truth value that is neither 0 nor 1")
	errNanos   = errors.New("codec: an instant with a second of nanoseconds or more")
	errDecimal = errors.New("codec: a decimal of more than 19 digits")
	errEnum    = errors.New("codec: an enum that has no such value")
	errMapKeys = errors.New("codec: a map with the same key twice")
)

// NewReader returns a reader of src. Bytes that it returns are views into src.
func NewReader(src []byte) *Reader { return &Reader{src: src} }

// Err is the first thing that was wrong.
func (r *Reader) Err() error { return r.err }

// More reports whether there is something left to read, and nothing was wrong before.
func (r *Reader) More() bool { return r.err == nil && r.at < len(r.src) }

// Close returns the first thing that was wrong, bytes after the last value among them.
func (r *Reader) Close() error {
	if r.err == nil && r.at < len(r.src) {
		return fmt.Errorf("codec: %d bytes after the last value", len(r.src)-r.at)
	}
	return r.err
}

// Rest returns the bytes that have not been read.
func (r *Reader) Rest() ([]byte, error) { return r.src[r.at:], r.err }

// fail keeps the first error; with nothing left to read, every later read fails, too.
func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.src, r.at = nil, 0
}

// Uvarint reads what AppendUvarint wrote.
func (r *Reader) Uvarint() uint64 {
	if r.at < len(r.src) && r.src[r.at] < 0x80 {
		n := uint64(r.src[r.at])
		r.at++
		return n
	}
	return r.uvarint()
}

func (r *Reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.src[r.at:])
	if size <= 0 {
		if size < 0 {
			r.fail(errVarint)
		} else {
			r.fail(errShort)
		}
		return 0
	}
	r.at += size
	return n
}

// Int reads what AppendInt wrote.
func (r *Reader) Int() int64 {
	n := r.Uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

// Uint64 reads what AppendUint64 wrote.
func (r *Reader) Uint64() uint64 {
	if len(r.src)-r.at < 8 {
		r.fail(errShort)
		return 0
	}
	n := binary.LittleEndian.Uint64(r.src[r.at:])
	r.at += 8
	return n
}

// Float reads what AppendFloat wrote.
func (r *Reader) Float() float64 { return math.Float64frombits(r.Uint64()) }

// Bool reads what AppendBool wrote.
func (r *Reader) Bool() bool {
	if r.at >= len(r.src) {
		r.fail(errShort)
		return false
	}
	b := r.src[r.at]
	r.at++
	if b > 1 {
		r.fail(errBool)
	}
	return b == 1
}

// Bytes reads what AppendBytes or AppendString wrote, as a view.
func (r *Reader) Bytes() []byte {
	n := r.Uvarint()
	if n > uint64(len(r.src)-r.at) {
		r.fail(errShort)
		return nil
	}
	end := r.at + int(n)
	b := r.src[r.at:end:end]
	r.at = end
	return b
}

// Span reads a text, and returns where in the bytes that NewReader got it stands: they are fewer than 4 GiB.
func (r *Reader) Span() (s struct{ Off, Len uint32 }) {
	n := r.Uvarint()
	if n > uint64(len(r.src)-r.at) {
		r.fail(errShort)
		return s
	}
	s.Off, s.Len = uint32(r.at), uint32(n)
	r.at += int(n)
	return s
}

// String reads a text, as a copy.
func (r *Reader) String() string { return string(r.Bytes()) }

// Time reads what AppendTime wrote, in UTC.
func (r *Reader) Time() time.Time {
	sec, nsec := r.Int(), r.Uvarint()
	if nsec >= uint64(time.Second) {
		r.fail(errNanos)
	}
	if r.err != nil {
		return time.Time{}
	}
	return time.Unix(sec, int64(nsec)).UTC()
}

// Decimal reads what AppendDecimal wrote.
func (r *Reader) Decimal() value.Decimal {
	coef := r.Uvarint()
	if r.at >= len(r.src) {
		r.fail(errShort)
		return value.Decimal{}
	}
	b := r.src[r.at]
	r.at++
	d, ok := value.MakeDecimal(b&1 == 1, coef, int(b>>1))
	if !ok {
		r.fail(errDecimal)
	}
	return d
}

// Duration reads what AppendDuration wrote.
func (r *Reader) Duration() time.Duration { return time.Duration(r.Int()) }

// emptyRows is how many values may be claimed that take no bytes at all, as tuples without fields do.
const emptyRows = 1 << 20

// Count reads how many values follow. It is not to be trusted with an allocation: a loop
// that reads until Err is bounded by the bytes.
func (r *Reader) Count() int {
	n := r.Uvarint()
	if n > uint64(max(len(r.src)-r.at, emptyRows)) {
		r.fail(errShort)
		return 0
	}
	return int(n)
}

// firstItems bounds what is allocated on the word of a count alone.
const firstItems = 16

// ReadList reads what AppendList wrote; an empty list is nil.
func ReadList[T any](r *Reader, item func(*Reader) T) []T {
	n := r.Count()
	if n == 0 {
		return nil
	}
	list := make([]T, 0, min(n, firstItems))
	for ; n > 0; n-- {
		v := item(r)
		if r.err != nil {
			return nil
		}
		list = append(list, v)
	}
	return list
}

// ReadMap reads what AppendMap wrote; an empty map is not nil.
func ReadMap[K comparable, V any](r *Reader, key func(*Reader) K, value func(*Reader) V) map[K]V {
	n := r.Count()
	m := make(map[K]V, min(n, firstItems))
	for ; n > 0; n-- {
		k := key(r)
		v := value(r)
		if r.err != nil {
			return nil
		}
		if _, twice := m[k]; twice {
			r.fail(errMapKeys)
			return nil
		}
		m[k] = v
	}
	return m
}

// ReadOption reads what AppendOption wrote.
func ReadOption[T any](r *Reader, value func(*Reader) T) (o arena.Option[T]) {
	if r.Bool() {
		o.V, o.OK = value(r), true
	} else {
		o.Why = r.String()
	}
	if r.err != nil {
		return arena.Option[T]{}
	}
	return o
}

// ReadEnum reads what AppendEnum wrote, of an enum of n values.
func ReadEnum[T ~uint8 | ~uint16](r *Reader, n int) T {
	v := r.Uvarint()
	if v >= uint64(n) {
		r.fail(errEnum)
		return 0
	}
	return T(v)
}
