// Package query is what the generated code of queries calls.
package query

import (
	"fmt"
	"slices"

	"github.com/topo-lang/topo/runtime/engine"
)

// MaxRows is how many rows an answer may have.
const MaxRows = 10_000

// Error is a question that has no answer, for a reason that who asks should know: what was asked is wrong, or the query itself fails with it.
type Error struct {
	Why   string
	Place string // in the topology's text; "" where the question is at fault
}

// Error implements error.
func (e *Error) Error() string {
	if e.Place != "" {
		return fmt.Sprintf("%s (at %s)", e.Why, e.Place)
	}
	return e.Why
}

// Wrong is a question that can't be read.
func Wrong(why string) error { return &Error{Why: why} }

// Failed is a query that fails at a place of its text.
func Failed(place, why string) error { return &Error{Why: why, Place: place} }

// Most is how many rows a task should find for a limit; without one the answer has all rows, or is refused for being too long.
func Most(limit int64, limited bool) (int, error) {
	switch {
	case !limited:
		return MaxRows + 1, nil
	case limit < 1 || limit > MaxRows:
		return 0, Wrong(fmt.Sprintf("a limit of %d: there can be 1 to %d rows", limit, MaxRows))
	}
	return int(limit), nil
}

// TooMany refuses an answer without a limit that has too many rows.
func TooMany(n int, limited bool) error {
	if !limited && n > MaxRows {
		return Wrong(fmt.Sprintf("the answer has more than %d rows: the query needs a `limit`", MaxRows))
	}
	return nil
}

// One is the answer of the one task that was asked.
func One(answers [][][]byte, question int) []byte { return answers[question][0] }

// Ask is engine.Asker's, which generated code need not name.
type Ask = engine.Asker

// Top keeps the first rows of an order, however many there are.
type Top[R any] struct {
	most    int
	compare func(a, b *R) int
	rows    []R
	cut     bool // there were more: the last of the rows is the worst that is wanted
}

// NewTop returns one that keeps so many rows.
func NewTop[R any](most int, compare func(a, b *R) int) *Top[R] {
	return &Top[R]{most: most, compare: compare}
}

// Wants reports whether a row would be kept.
func (t *Top[R]) Wants(r *R) bool { return !t.cut || t.compare(r, &t.rows[t.most-1]) < 0 }

// Add adds a row. Nothing that it holds may change later.
func (t *Top[R]) Add(r R) {
	if t.rows = append(t.rows, r); len(t.rows) >= 2*t.most+64 {
		t.prune()
	}
}

func (t *Top[R]) prune() {
	slices.SortFunc(t.rows, func(a, b R) int { return t.compare(&a, &b) })
	if len(t.rows) > t.most {
		clear(t.rows[t.most:])
		t.rows, t.cut = t.rows[:t.most], true
	}
}

// Rows are the first ones, in their order.
func (t *Top[R]) Rows() []R {
	t.prune()
	return t.rows
}

// CallSubject is where calls of a topology arrive: see library drpc.
func CallSubject(topology, name string) string { return "call." + topology + "." + name }

// ErrorHeader is the header of a NATS answer that says why there is none.
const ErrorHeader = "Nats-Service-Error"
