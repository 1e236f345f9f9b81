package task

import (
	"fmt"

	"github.com/topo-lang/topo/runtime/engine"
)

// Mark says how full a pending batch was when a tuple began; the last of an output's says what it had counted.
type Mark struct{ rows, arena int }

// Marks notes how full the batches of an output are, in the memory of the marks given.
func Marks[R any](o *engine.Out[R], marks []Mark) []Mark {
	marks = marks[:0]
	for _, b := range o.Pending {
		marks = append(marks, Mark{len(b.Rows), len(b.Arena)})
	}
	return append(marks, Mark{rows: int(o.Over()), arena: int(o.Withheld)})
}

// Rollback takes back what was appended since Marks: the tuple failed. Nothing left in between, because
// batches leave only after a tuple has ended.
func Rollback[R any](o *engine.Out[R], marks []Mark) {
	for i, b := range o.Pending {
		b.Rows, b.Arena = b.Rows[:marks[i].rows], b.Arena[:marks[i].arena]
	}
	counts := marks[len(marks)-1]
	o.SetOver(int64(counts.rows))
	o.Withheld = int64(counts.arena)
	o.TookBack()
}

// Undo takes back changes of maps and lists, the newest first.
func Undo(changes []func()) {
	for i := len(changes) - 1; i >= 0; i-- {
		changes[i]()
	}
}

// NoTask is the reason of a tuple that was emitted to a task which its reader does not have.
func NoTask(task int64, reader string, tasks int) string {
	if tasks == 1 {
		return fmt.Sprintf("%s has one task, 0: there is no task %d", reader, task)
	}
	return fmt.Sprintf("%s has the tasks 0 to %d: there is no task %d", reader, tasks-1, task)
}

// Uneven is the reason of a tuple for which an aggregate was to go over lists of different length.
func Uneven(aggregate, first string, n int, other string, m int) string {
	return fmt.Sprintf("%s goes over lists of one length: %s has %d and %s %d", aggregate, first, n, other, m)
}

// StartError is the panic of a component's argument that cannot be computed when a task is made.
type StartError struct{ Place, Why string }

// Error implements error.
func (e StartError) Error() string { return fmt.Sprintf("%s: %s", e.Place, e.Why) }
