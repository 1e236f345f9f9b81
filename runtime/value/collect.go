package value

import (
	"cmp"
	"slices"
	"strconv"
)

// At returns the item of a list at i, counted from 0; false where there is none.
func At[T any](list []T, i int64) (item T, ok bool) {
	if i < 0 || i >= int64(len(list)) {
		return item, false
	}
	return list[i], true
}

// NoItem is the reason why At found nothing.
func NoItem(i int64, length int) string {
	return "no item " + strconv.FormatInt(i, 10) + " in a list of " + strconv.Itoa(length)
}

// Join returns a new list: a's items, then b's. It shares neither's memory, also where one of them is empty.
func Join[T any](a, b []T) []T {
	return append(append(make([]T, 0, len(a)+len(b)), a...), b...)
}

// SortedKeys returns the keys of m in order, so that ranging over a map is the same in every run.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// SortedKeysFunc is SortedKeys for keys without an order of their own.
func SortedKeysFunc[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compare)
	return keys
}

// CloneList returns a list of clones.
func CloneList[T any](list []T, clone func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, item := range list {
		out[i] = clone(item)
	}
	return out
}

// CloneMap returns a map of clones.
func CloneMap[K comparable, V any](m map[K]V, key func(K) K, val func(V) V) map[K]V {
	if m == nil {
		return nil
	}
	out := make(map[K]V, len(m))
	for k, v := range m {
		out[key(k)] = val(v)
	}
	return out
}

// Same returns its argument: the clone of what holds no text.
func Same[T any](v T) T { return v }

// CompareBool orders false before true.
func CompareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Why is the reason an error gives, or "" where there is none.
func Why(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Sorted returns so many of rows at the most, the first ones in the order that compare gives. It changes rows.
func Sorted[T any](rows []T, most int64, compare func(a, b T) int) []T {
	slices.SortStableFunc(rows, compare)
	if most = max(most, 0); most < int64(len(rows)) {
		clear(rows[most:])
		rows = rows[:most]
	}
	return rows
}
