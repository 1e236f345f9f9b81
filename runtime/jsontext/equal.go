package jsontext

import "github.com/topo-lang/topo/runtime/arena"

// Equal reports whether two values mean the same: objects by their members in any order, numbers by what they are worth
// (1, 1.0 and 10e-1), strings by their text.
func Equal(a, b string) bool {
	a, b = Text(a), Text(b)
	if a == b {
		// The same text: the same value.
		return true
	}
	switch {
	case isNumber(a) && isNumber(b):
		na, da, ea := decompose(a)
		nb, db, eb := decompose(b)
		return na == nb && da == db && ea == eb
	case a[0] != b[0]:
		return false
	case a[0] == '"':
		return equalStrings(a, b)
	case a[0] == '[':
		return equalArrays(a, b)
	case a[0] == '{':
		return equalObjects(a, b)
	}
	return false
}

func equalStrings(a, b string) bool {
	a, b = inner(a), inner(b)
	switch ea, eb := escaped(a), escaped(b); {
	case ea && eb:
		return string(appendUnescaped(nil, a)) == string(appendUnescaped(nil, b))
	case ea:
		return unescapesTo(a, b)
	case eb:
		return unescapesTo(b, a)
	}
	return a == b
}

func equalArrays(a, b string) bool {
	x, y := Array(a), Array(b)
	for x.Next() {
		if !y.Next() || !Equal(x.Value, y.Value) {
			return false
		}
	}
	return !y.Next()
}

// equalObjects compares members by name, each once: whoever compared them again would do so at every depth. Objects
// whose members stand in one order, as is usual, need no table.
func equalObjects(a, b string) bool {
	if !sameNames(a, b) {
		return equalMembers(a, b)
	}
	var last map[string]int // where each name stands last, made at the first difference
	x, y := Object(a), Object(b)
	for i := 0; x.Next() && y.Next(); i++ {
		if Equal(x.Value, y.Value) {
			continue
		}
		if last == nil {
			last = lastOf(a)
		}
		if last[x.RawName] == i {
			return false
		}
	}
	return true
}

// sameNames reports whether the names of two objects are the same in the same order, as they are written.
func sameNames(a, b string) bool {
	x, y := Object(a), Object(b)
	for x.Next() {
		if !y.Next() || x.RawName != y.RawName {
			return false
		}
	}
	return !y.Next()
}

func lastOf(v string) map[string]int {
	last := map[string]int{}
	for i, o := 0, Object(v); o.Next(); i++ {
		last[o.RawName] = i
	}
	return last
}

func equalMembers(a, b string) bool {
	var scratch arena.Arena
	x, _ := Entries(&scratch, a)
	y, _ := Entries(&scratch, b)
	if len(x) != len(y) {
		return false
	}
	for name, v := range x {
		if w, ok := y[name]; !ok || !Equal(v, w) {
			return false
		}
	}
	return true
}
