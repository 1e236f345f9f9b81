package embedded

import "github.com/topo-lang/topo/runtime/app"

// What stands here is for generated code.

// Make makes the Go value of a component.
func Make[T any](make func() *T) *T {
	if make != nil {
		if v := make(); v != nil {
			return v
		}
	}
	return new(T)
}

// Value is a param's value by its name; one that is none is an error of Run.
func Value[T any, S ~string](what string, parse func(string) (T, error), name S) T {
	v, err := parse(string(name))
	if err != nil {
		panic(app.NewUsageError(what + ": \"" + string(name) + "\" is " + err.Error()))
	}
	return v
}

// Values is Value for a list.
func Values[T any, S ~string](what string, parse func(string) (T, error), names []S) []T {
	out := make([]T, len(names))
	for i, name := range names {
		out[i] = Value(what, parse, name)
	}
	return out
}
