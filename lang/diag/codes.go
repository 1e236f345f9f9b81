package diag

import (
	"fmt"
	"maps"
	"slices"
)

// Codes are stable: a code once given keeps its meaning. The first two digits say what it is about:
//
//	E01xx characters   E02xx syntax        E03xx names        E04xx types    E05xx streams and groupings
//	E06xx state        E07xx guarantees    E08xx not yet      E09xx building
//
// and warnings are W with the same numbers.
var titles = map[string]string{}

// Register gives codes their titles; each package that reports has its own, once.
func Register(codes map[string]string) {
	for code, title := range codes {
		if old, ok := titles[code]; ok {
			panic(fmt.Sprintf("diag: code %s is %q and %q", code, old, title))
		}
		titles[code] = title
	}
}

// Codes returns all registered codes in order.
func Codes() []string { return slices.Sorted(maps.Keys(titles)) }

// Title returns what a code is about, or "".
func Title(code string) string { return titles[code] }
