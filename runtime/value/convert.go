package value

import "github.com/topo-lang/topo/runtime/arena"

// ConvertList returns a new list with each item converted; nil stays nil.
func ConvertList[A, B any](list []A, convert func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = convert(v)
	}
	return out
}

// ConvertMap returns a new map with each key and value converted. Of keys that become one, any may win.
func ConvertMap[K, L comparable, A, B any](m map[K]A, key func(K) L, convert func(A) B) map[L]B {
	out := make(map[L]B, len(m))
	for k, v := range m {
		out[key(k)] = convert(v)
	}
	return out
}

// ToPointer is an optional as Go has it: nil is none.
func ToPointer[A, B any](o arena.Option[A], convert func(A) B) *B {
	if !o.OK {
		return nil
	}
	v := convert(o.V)
	return &v
}

// FromPointer is a pointer as an optional.
func FromPointer[A, B any](p *A, convert func(A) B) arena.Option[B] {
	if p == nil {
		return arena.Option[B]{Why: "Go gave nil"}
	}
	return arena.Option[B]{V: convert(*p), OK: true}
}

// Made is a map that entries can be set in: m, or an empty one where m is nil.
func Made[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return m
}
