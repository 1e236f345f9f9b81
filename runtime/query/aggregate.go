package query

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/value"
)

// What a query that makes one row of many adds up: in each task, and then of what the tasks say. All of it can be written, and what was written added.

// MaxGroups is how many groups a query may have before they are ordered and limited.
const MaxGroups = 1_000_000

// Groups are what rows have made of their groups, by the bytes of what these have in common.
type Groups[G any] struct {
	// Key is whose group At gives.
	Key []byte
	of  map[string]*G
}

// At gives the group of Key, which may be a new one.
func (g *Groups[G]) At() *G {
	if one := g.of[string(g.Key)]; one != nil {
		return one
	}
	if g.of == nil {
		g.of = map[string]*G{}
	}
	one := new(G)
	g.of[string(g.Key)] = one
	return one
}

// TooMany refuses to add up for more groups.
func (g *Groups[G]) TooMany() error {
	if len(g.of) > MaxGroups {
		return Wrong(fmt.Sprintf("there are more than %d groups: let the query take less with a `where`", MaxGroups))
	}
	return nil
}

// Append writes all groups.
func (g *Groups[G]) Append(dst []byte, one func(g *G, dst []byte) []byte) []byte {
	for key, of := range g.of {
		dst = one(of, codec.AppendString(dst, key))
	}
	return dst
}

// Add adds groups that were written.
func (g *Groups[G]) Add(src []byte, one func(g *G, r *codec.Reader)) error {
	r := codec.NewReader(src)
	for r.More() {
		g.Key = append(g.Key[:0], r.Bytes()...)
		if r.Err() == nil {
			one(g.At(), r)
		}
		if err := g.TooMany(); err != nil {
			return err
		}
	}
	return r.Close()
}

// Each visits all groups, in the order of their bytes.
func (g *Groups[G]) Each(visit func(r *codec.Reader, g *G) error) error {
	for _, key := range slices.Sorted(maps.Keys(g.of)) {
		if err := visit(codec.NewReader([]byte(key)), g.of[key]); err != nil {
			return err
		}
	}
	return nil
}

// Count counts.
type Count struct{ N int64 }

// Add counts one.
func (c *Count) Add() { c.N++ }

// Append writes it.
func (c *Count) Append(dst []byte) []byte { return codec.AppendInt(dst, c.N) }

// Read adds what was written.
func (c *Count) Read(r *codec.Reader) { c.N += r.Int() }

// Sum adds up int, float64, decimals or durations.
type Sum[T int64 | float64 | value.Decimal | time.Duration] struct {
	V    T
	N    int64 // of how many
	Over bool  // it does not fit
}

// Add adds a value.
func (s *Sum[T]) Add(v T) {
	s.N++
	s.add(v)
}

func (s *Sum[T]) add(v T) {
	ok := true
	switch sum := any(&s.V).(type) {
	case *int64:
		*sum, ok = value.Add(*sum, any(v).(int64))
	case *float64:
		*sum += any(v).(float64)
	case *value.Decimal:
		*sum, ok = value.AddDecimal(*sum, any(v).(value.Decimal))
	case *time.Duration:
		*sum, ok = value.AddDuration(*sum, any(v).(time.Duration))
	}
	s.Over = s.Over || !ok
}

// Append writes it.
func (s *Sum[T]) Append(dst []byte) []byte {
	dst = codec.AppendBool(codec.AppendInt(dst, s.N), s.Over)
	switch v := any(s.V).(type) {
	case int64:
		return codec.AppendInt(dst, v)
	case float64:
		return codec.AppendFloat(dst, v)
	case value.Decimal:
		return codec.AppendDecimal(dst, v)
	case time.Duration:
		return codec.AppendDuration(dst, v)
	}
	panic("a sum of another type")
}

// Read adds what was written.
func (s *Sum[T]) Read(r *codec.Reader) {
	n, over := r.Int(), r.Bool()
	var v T
	switch to := any(&v).(type) {
	case *int64:
		*to = r.Int()
	case *float64:
		*to = r.Float()
	case *value.Decimal:
		*to = r.Decimal()
	case *time.Duration:
		*to = r.Duration()
	}
	s.N, s.Over = s.N+n, s.Over || over
	s.add(v)
}

// Mean is the mean of int and float64.
func (s *Sum[T]) Mean() float64 {
	switch v := any(s.V).(type) {
	case int64:
		return float64(v) / float64(max(s.N, 1))
	case float64:
		return v / float64(max(s.N, 1))
	}
	panic("a mean of another type")
}

// MeanDecimal is that of decimals, and whether it fits.
func (s *Sum[T]) MeanDecimal() (value.Decimal, bool) {
	v, _ := any(s.V).(value.Decimal)
	return value.QuoDecimal(v, value.IntDecimal(max(s.N, 1)))
}

// MeanDuration is that of durations.
func (s *Sum[T]) MeanDuration() time.Duration {
	v, _ := any(s.V).(time.Duration)
	return v / time.Duration(max(s.N, 1))
}

// Deviation is the standard deviation of a sample.
type Deviation struct {
	N             int64
	mean, squares float64
}

// Add adds a value.
func (d *Deviation) Add(v float64) {
	d.N++
	off := v - d.mean
	d.mean += off / float64(d.N)
	d.squares += off * (v - d.mean)
}

// Append writes it.
func (d *Deviation) Append(dst []byte) []byte {
	return codec.AppendFloat(codec.AppendFloat(codec.AppendInt(dst, d.N), d.mean), d.squares)
}

// Read adds what was written.
func (d *Deviation) Read(r *codec.Reader) {
	n, mean, squares := r.Int(), r.Float(), r.Float()
	if n == 0 {
		return
	}
	all := d.N + n
	off := mean - d.mean
	d.squares += squares + off*off*float64(d.N)*float64(n)/float64(all)
	d.mean += off * float64(n) / float64(all)
	d.N = all
}

// Value is the deviation, 0 of less than two values.
func (d *Deviation) Value() float64 {
	if d.N < 2 {
		return 0
	}
	return math.Sqrt(d.squares / float64(d.N-1))
}

// Distinct counts values that differ.
type Distinct struct {
	// Key is what Add looks at: a value's bytes.
	Key []byte
	of  map[string]struct{}
}

// Add counts the value of Key, where it is a new one.
func (d *Distinct) Add() {
	if _, ok := d.of[string(d.Key)]; ok {
		return
	}
	if d.of == nil {
		d.of = map[string]struct{}{}
	}
	d.of[string(d.Key)] = struct{}{}
}

// Value is how many there are.
func (d *Distinct) Value() int64 { return int64(len(d.of)) }

// Append writes them.
func (d *Distinct) Append(dst []byte) []byte {
	dst = codec.AppendUvarint(dst, uint64(len(d.of)))
	for v := range d.of {
		dst = codec.AppendString(dst, v)
	}
	return dst
}

// Read adds what was written.
func (d *Distinct) Read(r *codec.Reader) {
	for range r.Count() {
		d.Key = append(d.Key[:0], r.Bytes()...)
		d.Add()
	}
}
