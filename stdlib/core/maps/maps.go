// Package maps is the part of the prelude that works on maps.
//
// A map has no order of its own; what these functions return is in the order of the keys, so that the same tuple gives the same
// result each time.
package maps

import (
	"cmp"
	"slices"
)

// Keys returns the keys in order.
func Keys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Values returns the values in the order of their keys.
func Values[K cmp.Ordered, V any](m map[K]V) []V {
	values := make([]V, 0, len(m))
	for _, k := range Keys(m) {
		values = append(values, m[k])
	}
	return values
}

// Has reports whether the map has the key.
func Has[K comparable, V any](m map[K]V, key K) bool {
	_, ok := m[key]
	return ok
}
