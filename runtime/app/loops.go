package app

import (
	"fmt"

	"github.com/topo-lang/topo/runtime/engine"
)

// loops says what did not pass the loops of a run: that is no failure, the topology says how often a tuple may go round.
func (a *app) loops(s engine.Summary) {
	for _, e := range s.Edges {
		name := e.From
		if e.Stream != "" {
			name += "." + e.Stream
		}
		name += " -> " + e.To
		if e.Over > 0 {
			a.stderr.line("%s: %s: %s had gone round as often as they may (loop max %d), and went no further", a.Name, name, tuples(e.Over), e.LoopMax)
		}
		if e.Late > 0 {
			a.stderr.line("%s: %s: %s came by the clock when the input had ended and the loop had drained, and went no further", a.Name, name, tuples(e.Late))
		}
	}
}

// tuples counts them in words.
func tuples(n int64) string { return numberOf(n, "tuple") }

// numberOf is `1 task` or `2 tasks`.
func numberOf(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
