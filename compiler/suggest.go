package compiler

import (
	"strings"

	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/spell"
)

// suggest adds a did-you-mean: the candidate that at was probably meant to be, as a fix, or else,
// where there are few, all of them.
func (r report) suggest(at source.Span, word string, candidates []string) report {
	if len(word) < 2 {
		return r // every other letter is as near
	}
	if best := spell.Suggest(word, candidates); best != "" {
		return r.fix(at, best, "did you mean `%s`?", best)
	}
	return r
}

// choose adds a did-you-mean, or the list of what there is to choose from.
func (r report) choose(at source.Span, word, what string, candidates []string) report {
	r = r.suggest(at, word, candidates)
	if r.Help == "" && len(candidates) > 0 && len(candidates) <= 12 {
		r.help("%s: %s", what, strings.Join(candidates, ", "))
	}
	return r
}
