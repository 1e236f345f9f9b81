package diag

import (
	"cmp"
	"slices"

	"github.com/topo-lang/topo/lang/source"
)

// MaxShown is how many diagnostics are shown at once: more are not read anyway.
const MaxShown = 20

// Sorted returns the diagnostics in the order of their files and places, errors before warnings at one
// place, without those that say the same of the same place.
func Sorted(files []*source.File, ds []Diagnostic) []Diagnostic {
	rank := map[string]int{}
	for i, f := range files {
		rank[f.Name] = i
	}
	out := slices.Clone(ds)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(rank[a.Span.File], rank[b.Span.File]),
			cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(out, func(a, b Diagnostic) bool {
		return a.Span == b.Span && a.Code == b.Code && a.Message == b.Message
	})
}
