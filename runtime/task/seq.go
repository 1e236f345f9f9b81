package task

import "github.com/topo-lang/topo/runtime/value"

// What a user's Go gives item by item is asked for by these, which turn its panics into faults.

// Call0 calls a function without parameters.
func Call0[S any](place string, make func() S) (seq S, fault *value.Fault) {
	defer Caught(&fault, place)
	return make(), nil
}

// Call1 calls a function with one.
func Call1[A, S any](place string, make func(A) S, a A) (seq S, fault *value.Fault) {
	defer Caught(&fault, place)
	return make(a), nil
}

// Call2 calls a function with two.
func Call2[A, B, S any](place string, make func(A, B) S, a A, b B) (seq S, fault *value.Fault) {
	defer Caught(&fault, place)
	return make(a, b), nil
}

// Next asks for the next item.
func Next[T any, S interface{ Next() (T, bool) }](place string, seq S) (item T, more bool, fault *value.Fault) {
	defer Caught(&fault, place)
	item, more = seq.Next()
	return item, more, nil
}
