package value

import "github.com/topo-lang/topo/runtime/arena"

// Group is a group of a match that may have gone without it: found are the places of all groups, as package regexp gives them.
func Group(text string, found []int, group int) arena.Option[string] {
	from, to := found[2*group], found[2*group+1]
	if from < 0 {
		return arena.Option[string]{Why: "the match goes without this group"}
	}
	return arena.Option[string]{V: text[from:to], OK: true}
}
