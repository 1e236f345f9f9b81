package stdout

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/topo-lang/topo/runtime/component"
)

// To put millions of rows in order by looking at their cells takes longer than to count what they say: most looks miss the processor's cache. So what decides
// is written as numbers first, one row's beside the other's: its rank, and the first bytes of its key behind those that all keys begin with. These
// are sorted by their bytes, from the highest on; only rows of which all of them are equal are compared.

// place is where a row belongs: the numbers order as the rows do, as far as they go.
type place struct {
	by  [orderWords]uint64
	row int32
}

const (
	orderWords = 3 // the rank, and sixteen bytes of the key
	// orderFew is how many rows are sorted by comparing.
	orderFew = 48
)

// inOrder returns all rows in order.
func (r *rows) inOrder() []int {
	n := r.len()
	places := make([]place, 2*n)
	places, room := places[:n], places[n:]
	r.ranked(places)
	r.keyed(places)
	r.radix(places, room, 0)
	all := make([]int, n)
	for i := range places {
		all[i] = int(places[i].row)
	}
	return all
}

// ranked writes the rows' numbers and their ranks, the highest of which comes first.
func (r *rows) ranked(places []place) {
	for i := range places {
		p := &places[i]
		p.row = int32(i)
		if r.rank < 0 {
			continue
		}
		switch c := &r.row(i)[r.rank]; r.schema[r.rank].Kind {
		case component.Float:
			p.by[0] = ^floatBits(math.Float64frombits(uint64(c.num)))
		case component.Decimal: // is compared
		default:
			p.by[0] = ^(uint64(c.num) ^ 1<<63)
		}
	}
}

// keyed writes the beginnings of their keys.
func (r *rows) keyed(places []place) {
	if r.rank >= 0 && r.schema[r.rank].Kind == component.Decimal {
		return // the rank comes before the key
	}
	switch kind := r.schema[r.key].Kind; kind {
	case component.Decimal:
	case component.String, component.Bytes, component.JSON, component.Time:
		skip := r.shared()
		for i := range places {
			text := r.row(i)[r.key].text[skip:]
			places[i].by[1], places[i].by[2] = firstBytes(text), firstBytes(text[min(8, len(text)):])
		}
	case component.Float:
		for i := range places {
			places[i].by[1] = floatBits(math.Float64frombits(uint64(r.row(i)[r.key].num)))
		}
	default:
		for i := range places {
			places[i].by[1] = uint64(r.row(i)[r.key].num) ^ 1<<63
		}
	}
}

// shared is how many bytes all keys begin with.
func (r *rows) shared() int {
	if r.len() == 0 {
		return 0
	}
	first := r.row(0)[r.key].text
	n := len(first)
	for i := 1; i < r.len() && n > 0; i++ {
		text := r.row(i)[r.key].text
		n = min(n, len(text))
		if text[:n] == first[:n] {
			continue
		}
		same := 0
		for text[same] == first[same] {
			same++
		}
		n = same
	}
	return n
}

// firstBytes are the first eight bytes as a number that orders as they do; where there are fewer, zeros follow.
func firstBytes(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// floatBits is a number that orders as cmp.Compare orders floats: NaN before all others, 0 and -0 equal.
func floatBits(f float64) uint64 {
	if f != f {
		return 0
	}
	if f == 0 {
		f = 0 // no -0
	}
	b := math.Float64bits(f)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

// radix sorts places whose first at bytes are equal, with room for as many.
func (r *rows) radix(places, room []place, at int) {
	for ; len(places) > orderFew && at < 8*orderWords; at++ {
		word, shift := at>>3, 56-at&7*8
		var ends [256]int
		for i := range places {
			ends[uint8(places[i].by[word]>>shift)]++
		}
		if ends[uint8(places[0].by[word]>>shift)] == len(places) {
			continue // all are equal here, too
		}
		sum := 0
		var next [256]int
		for b, n := range ends {
			next[b] = sum
			sum += n
			ends[b] = sum
		}
		for i := range places {
			b := uint8(places[i].by[word] >> shift)
			room[next[b]] = places[i]
			next[b]++
		}
		copy(places, room)
		from := 0
		for _, to := range ends {
			if to-from > 1 {
				r.radix(places[from:to], room[from:to], at+1)
			}
			from = to
		}
		return
	}
	slices.SortFunc(places, func(a, b place) int {
		for i := range a.by {
			if c := cmp.Compare(a.by[i], b.by[i]); c != 0 {
				return c
			}
		}
		return r.compare(int(a.row), int(b.row))
	})
}
