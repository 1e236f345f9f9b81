package stdout

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/hash"
	"github.com/topo-lang/topo/runtime/table"
	"github.com/topo-lang/topo/runtime/value"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

// cell is one value of a kept row: a number, or text. What kind it is, its column says.
type cell struct {
	num  int64  // bool, int, duration; float by its bits
	text string // string, bytes, JSON, decimal; time as appendTime writes it
}

// appendTime appends a moment as bytes that order as moments do.
func appendTime(b []byte, t time.Time) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

// parseTime reads what appendTime wrote.
func parseTime(s string) time.Time {
	b := []byte(s)
	return time.Unix(int64(binary.BigEndian.Uint64(b)^1<<63), int64(binary.BigEndian.Uint32(b[8:]))).UTC()
}

// rows keeps the newest row of each key.
//
// Updates come by the hundred thousand a second, and most of them change one number: text is cloned
// only when it differs from what is kept.
type rows struct {
	schema []component.Column
	key    int
	rank   int // the column that orders the rows, or -1

	at    table.Text[int32] // a key's row
	cells []cell            // row by row
	bytes []byte            // scratch
	kept  changes
}

func newRows(schema []component.Column, key int) *rows {
	r := &rows{key: key, rank: -1}
	for i, c := range schema {
		if c.PerTuple {
			break
		}
		r.schema = append(r.schema, c)
		switch c.Kind {
		case component.Int, component.Float, component.Decimal, component.Duration:
			if i != key {
				r.rank = i
			}
		}
	}
	return r
}

// len returns how many rows there are.
func (r *rows) len() int { return r.at.Len() }

// row returns the cells of a row.
func (r *rows) row(i int) []cell {
	n := len(r.schema)
	return r.cells[i*n : (i+1)*n]
}

// update takes in many rows.
func (r *rows) update(in *component.Columns) {
	for i := range in.N {
		at, known := r.find(&in.Cols[r.key], i)
		kept := r.row(at)
		r.kept.note(at)
		for j := range kept {
			if known && j == r.key {
				continue
			}
			c, k := &in.Cols[j], &kept[j]
			switch c.Kind {
			case component.Int:
				k.num = c.Ints[i]
			case component.String, component.JSON:
				if s := c.Strings[i]; s != k.text {
					k.text = strings.Clone(s)
				}
			case component.Float:
				k.num = int64(math.Float64bits(c.Floats[i]))
			case component.Bool:
				k.num = 0
				if c.Bools[i] {
					k.num = 1
				}
			case component.Duration:
				k.num = int64(c.Durations[i])
			case component.Time:
				r.bytes = appendTime(r.bytes[:0], c.Times[i])
				if string(r.bytes) != k.text {
					k.text = string(r.bytes)
				}
			case component.Decimal:
				r.bytes = encode.AppendPlain(r.bytes[:0], c, i)
				if string(r.bytes) != k.text {
					k.text = string(r.bytes)
				}
			case component.Bytes:
				if p := c.Blobs[i]; string(p) != k.text {
					k.text = string(p)
				}
			}
		}
	}
}

// find returns the row of the key in column c, made where there is none. Known tells that its key's cell is set.
func (r *rows) find(c *component.Column, i int) (at int, known bool) {
	if c.Kind == component.String || c.Kind == component.JSON {
		at, fresh := r.place(c.Strings[i])
		if fresh {
			r.row(at)[r.key].text, _ = r.at.At(at) // a view that stays as it is
		}
		return at, true
	}
	b := r.bytes[:0]
	switch c.Kind {
	case component.Int:
		b = binary.LittleEndian.AppendUint64(b, uint64(c.Ints[i]))
	case component.Float:
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Floats[i]))
	case component.Duration:
		b = binary.LittleEndian.AppendUint64(b, uint64(c.Durations[i]))
	case component.Time:
		b = appendTime(b, c.Times[i])
	case component.Bool, component.Decimal:
		b = encode.AppendPlain(b, c, i)
	case component.Bytes:
		b = append(b, c.Blobs[i]...)
	}
	r.bytes = b
	at, fresh := r.place(arena.View(b))
	return at, !fresh
}

// place returns the row of a key, made where there is none.
func (r *rows) place(key string) (at int, fresh bool) {
	v, fresh := r.at.Row(hash.Of(key), key)
	if fresh {
		*v = int32(r.at.Len() - 1)
		if n := len(r.cells) + len(r.schema); n > cap(r.cells) {
			r.cells = slices.Grow(r.cells, max(n, len(r.cells))) // which doubles
		}
		r.cells = r.cells[:len(r.cells)+len(r.schema)]
	}
	return int(*v), fresh
}

// compare orders rows: the highest rank first, then by key.
func (r *rows) compare(a, b int) int {
	x, y := r.row(a), r.row(b)
	if r.rank >= 0 {
		if c := compareCells(r.schema[r.rank].Kind, &y[r.rank], &x[r.rank]); c != 0 {
			return c
		}
	}
	return compareCells(r.schema[r.key].Kind, &x[r.key], &y[r.key])
}

// decimalOf is the decimal that a cell keeps as text; a cell that was not set is 0.
func decimalOf(c *cell) value.Decimal {
	d, _ := value.ParseDecimal(c.text)
	return d
}

func compareCells(kind component.Kind, a, b *cell) int {
	switch kind {
	case component.Float:
		return cmp.Compare(math.Float64frombits(uint64(a.num)), math.Float64frombits(uint64(b.num)))
	case component.Decimal:
		return decimalOf(a).Cmp(decimalOf(b))
	case component.String, component.Bytes, component.JSON, component.Time:
		return strings.Compare(a.text, b.text)
	}
	return cmp.Compare(a.num, b.num)
}

// top returns the first limit rows in order; all of them where limit is 0.
func (r *rows) top(limit int) []int {
	n := r.len()
	if limit <= 0 || limit >= n {
		return r.inOrder()
	}
	// A heap of the best so far, the worst of them on top: most rows are turned away by one comparison.
	heap := make([]int, 0, limit)
	for i := range n {
		switch {
		case len(heap) < limit:
			heap = append(heap, i)
			if len(heap) == limit {
				for j := limit/2 - 1; j >= 0; j-- {
					r.sink(heap, j)
				}
			}
		case r.compare(i, heap[0]) < 0:
			heap[0] = i
			r.sink(heap, 0)
		}
	}
	slices.SortFunc(heap, r.compare)
	return heap
}

// sink lets the row at i of the heap down to its place.
func (r *rows) sink(heap []int, i int) {
	for {
		worst := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(heap); c++ {
			if r.compare(heap[c], heap[worst]) > 0 {
				worst = c
			}
		}
		if worst == i {
			return
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}

// columns adds a row's values to a batch of rows, for the encoder.
func (r *rows) columns(out *component.Columns, row int) {
	out.N++
	for j, k := range r.row(row) {
		c := &out.Cols[j]
		switch c.Kind {
		case component.Bool:
			c.Bools = append(c.Bools, k.num != 0)
		case component.Int:
			c.Ints = append(c.Ints, k.num)
		case component.Float:
			c.Floats = append(c.Floats, math.Float64frombits(uint64(k.num)))
		case component.String, component.JSON:
			c.Strings = append(c.Strings, k.text)
		case component.Decimal:
			c.Decimals = append(c.Decimals, decimalOf(&k))
		case component.Bytes:
			c.Blobs = append(c.Blobs, []byte(k.text))
		case component.Time:
			c.Times = append(c.Times, parseTime(k.text))
		case component.Duration:
			c.Durations = append(c.Durations, time.Duration(k.num))
		}
	}
}
