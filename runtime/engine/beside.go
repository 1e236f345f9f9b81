package engine

import (
	"slices"
	"sync"

	"github.com/topo-lang/topo/runtime/tree"
)

// beside carries the roots of batches whose tuples travel as bytes between two tasks of this process: first in, first out, as the frames.
type beside struct {
	mu   sync.Mutex
	sets []tree.Set
}

// put takes over the holds of a batch that is sent.
func (q *beside) put(roots tree.Set) {
	q.mu.Lock()
	q.sets = append(q.sets, slices.Clone(roots))
	q.mu.Unlock()
}

// take gives those of the batch that has arrived.
func (q *beside) take() tree.Set {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.sets) == 0 {
		return nil
	}
	roots := q.sets[0]
	q.sets = slices.Delete(q.sets, 0, 1)
	return roots
}
