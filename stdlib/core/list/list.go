// Package list is the part of the prelude that works on lists.
//
// Lists are values: no function changes its argument. Results that are a part of the argument share its memory; lists of
// text are made in the task's arena, and others on the heap.
package list

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/value"
)

// Made once: that a list is empty is no surprise, and happens tuple after tuple.
var (
	errEmpty   = fault.New("", "the list is empty")
	errMissing = fault.New("", "not in the list")
)

// newList returns a list of n items, in the arena where it is one of text.
func newList[T any](a *arena.Arena, n int) []T {
	if _, text := any((*T)(nil)).(*string); text {
		list, _ := any(a.Strings(n)).([]T)
		return list
	}
	return make([]T, n)
}

// First returns the first item.
func First[T any](xs []T) (T, error) {
	if len(xs) == 0 {
		var none T
		return none, errEmpty
	}
	return xs[0], nil
}

// Last returns the last item.
func Last[T any](xs []T) (T, error) {
	if len(xs) == 0 {
		var none T
		return none, errEmpty
	}
	return xs[len(xs)-1], nil
}

// Slice returns the items from `from` up to and without `to`, as far as there are any.
func Slice[T any](xs []T, from, to int64) []T {
	n := int64(len(xs))
	from = min(max(from, 0), n)
	to = min(max(to, from), n)
	return xs[from:to:to]
}

// Reverse returns the items last to first.
func Reverse[T any](a *arena.Arena, xs []T) []T {
	out := newList[T](a, len(xs))
	for i, x := range xs {
		out[len(xs)-1-i] = x
	}
	return out
}

// Sort returns the items in order, the least first.
func Sort[T cmp.Ordered](a *arena.Arena, xs []T) []T {
	out := newList[T](a, len(xs))
	copy(out, xs)
	slices.Sort(out)
	return out
}

// Distinct returns the items without those that were there before.
func Distinct[T comparable](a *arena.Arena, xs []T) []T {
	out := newList[T](a, len(xs))[:0]
	if len(xs) <= 16 {
		for _, x := range xs {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
		return out
	}
	seen := make(map[T]struct{}, len(xs))
	for _, x := range xs {
		if _, ok := seen[x]; !ok {
			seen[x] = struct{}{}
			out = append(out, x)
		}
	}
	return out
}

// Includes reports whether x is an item.
func Includes[T comparable](xs []T, x T) bool { return slices.Contains(xs, x) }

// IndexOf returns where x stands first, counted from 0.
func IndexOf[T comparable](xs []T, x T) (int64, error) {
	if i := slices.Index(xs, x); i >= 0 {
		return int64(i), nil
	}
	return 0, errMissing
}

// Concat returns the items of both lists.
func Concat[T any](a *arena.Arena, xs, ys []T) []T {
	out := newList[T](a, len(xs)+len(ys))
	copy(out[copy(out, xs):], ys)
	return out
}

// Least returns the least item.
func Least[T cmp.Ordered](xs []T) (T, error) {
	if len(xs) == 0 {
		var none T
		return none, errEmpty
	}
	return slices.Min(xs), nil
}

// Greatest returns the greatest item.
func Greatest[T cmp.Ordered](xs []T) (T, error) {
	if len(xs) == 0 {
		var none T
		return none, errEmpty
	}
	return slices.Max(xs), nil
}

// Sum returns the sum of whole numbers, 0 of none.
func Sum(xs []int64) (int64, error) {
	// In 128 bits, so that the order of the items does not matter.
	var high, low uint64
	for _, x := range xs {
		var carry uint64
		low, carry = bits.Add64(low, uint64(x), 0)
		high += uint64(x>>63) + carry
	}
	if high != uint64(int64(low)>>63) {
		return 0, errOverflow
	}
	return int64(low), nil
}

var errOverflow = fault.New("", "the sum is beyond what an int holds")

// SumDecimals returns the sum of decimals, 0 of none.
func SumDecimals(xs []value.Decimal) (value.Decimal, error) {
	var sum value.Decimal
	for _, x := range xs {
		var ok bool
		if sum, ok = value.AddDecimal(sum, x); !ok {
			return value.Decimal{}, errDecimals
		}
	}
	return sum, nil
}

var errDecimals = fault.New("", "the sum is beyond what a decimal holds")

// SumFloats returns the sum of numbers, 0 of none. What rounding loses on the way is added at the end (Neumaier).
func SumFloats(xs []float64) float64 {
	sum, lost := 0.0, 0.0
	for _, x := range xs {
		t := sum + x
		if abs(sum) >= abs(x) {
			lost += (sum - t) + x
		} else {
			lost += (x - t) + sum
		}
		sum = t
	}
	if lost != lost { // infinities leave no rest
		return sum
	}
	return sum + lost
}

func abs(x float64) float64 { return max(x, -x) }
