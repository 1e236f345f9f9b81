package codegen

import (
	"go/token"
	"strings"
)

// names hands out Go identifiers that are unique in one scope.
type names struct {
	taken  map[string]bool
	prefix string // of all that it hands out
}

func newNames(reserved ...string) *names {
	n := &names{taken: map[string]bool{}}
	for _, r := range reserved {
		n.taken[r] = true
	}
	return n
}

// take returns want, or want with underscores after it where it is taken, a word of Go or Go's blank.
func (n *names) take(want string) string {
	want = n.prefix + strings.ReplaceAll(want, ".", "_") // of a component in an instance of a graph
	for n.taken[want] || token.IsKeyword(want) || want == "_" {
		want += "_"
	}
	n.taken[want] = true
	return want
}

// camel is the exported Go name of a .topo name, as libraries spell their fields: max_line is MaxLine.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part == "" {
			continue
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
