package number

import "cmp"

// Clamp returns x, or the bound that it lies beyond.
func Clamp[T cmp.Ordered](x, low, high T) T { return min(max(x, low), high) }

// Sign returns -1, 0 or 1, as x is below, at or above zero.
func Sign(x int64) int64 { return int64(cmp.Compare(x, 0)) }
