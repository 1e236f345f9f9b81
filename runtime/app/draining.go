package app

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
)

// drainEvery is how often a run that drains says what is still to do.
const drainEvery = 5 * time.Second

// drains says that the run begins to drain; what it returns ticks when it is time to say what is still to do.
func (a *app) drains() *time.Ticker {
	a.stderr.line("stopping: draining, again to stop at once")
	return time.NewTicker(drainEvery)
}

// stillDrains says what is still to do.
func (a *app) stillDrains() {
	if m, ok := a.metrics(); ok {
		if text := drainText(m); text != "" {
			a.stderr.line("still draining: %s", text)
		}
	}
}

// longCall is how long a call into a component's code takes that is worth a word.
const longCall = time.Second

// shownWaits is how many components are named.
const shownWaits = 3

// drainText says before which components tuples wait, and which has been at work for long; "" where nothing is known.
func drainText(m engine.Metrics) string {
	type wait struct {
		name string
		rows int64
	}
	var waits []*wait
	at := func(name string) *wait {
		for _, w := range waits {
			if w.name == name {
				return w
			}
		}
		waits = append(waits, &wait{name: name})
		return waits[len(waits)-1]
	}
	var busy string
	var longest time.Duration
	unsettled := int64(0)
	for _, e := range m.Edges {
		at(e.To).rows += e.Rows
	}
	for _, t := range m.Tasks {
		if t.Kind != "spout" {
			at(t.Component).rows -= t.Executed.Rows
		}
		unsettled += t.Pending
		if t.Call != "" && t.In >= max(longCall, longest) {
			busy, longest = t.Component, t.In
		}
	}
	slices.SortStableFunc(waits, func(a, b *wait) int { return int(min(1, max(-1, b.rows-a.rows))) })
	var parts []string
	for i, w := range waits {
		if w.rows <= 0 {
			break
		}
		if i == shownWaits {
			parts = append(parts, "and others")
			break
		}
		parts = append(parts, fmt.Sprintf("%s before %s", amount(w.rows), w.name))
	}
	var text []string
	if len(parts) > 0 {
		text = append(text, "tuples wait, "+strings.Join(parts, ", "))
	}
	if unsettled > 0 {
		text = append(text, tuples(unsettled)+" of the spouts "+areOrIs(unsettled)+" not settled")
	}
	if busy != "" {
		text = append(text, fmt.Sprintf("%s has been at work for %s", busy, longest.Round(time.Second)))
	}
	return strings.Join(text, "; ")
}

func areOrIs(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
