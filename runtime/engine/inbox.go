package engine

import (
	"context"
	"time"

	"github.com/topo-lang/topo/runtime/tree"
)

// message is what stands in an inbox: a batch, or the mark that one of the senders has ended.
type message struct {
	b     any      // *batch.Batch[R]
	free  func()   // returns the batch to where it came from
	done  func()   // gives a frame's sender its credit back; nil in memory
	roots tree.Set // that the batch holds; valid until it is given back
	rows  int
	at    time.Duration // when it came into the queue, by the run's clock
	input int
	end   bool
	// barrier: the sender's epoch ends here.
	barrier bool
	all     bool // with it, all that tasks have is handed over
	// Of a watermark, and of an end that such came before: which of the task's lanes it is, from 1; and what it says.
	from int32
	idle bool
	mark int64
	none bool // no message: the task was called by its clock
	lane lane
}

// inbox is a task's queue. All its senders, of all its inputs, share it: a task that is busy with one input
// is no freer for another, and where no edge leads back its owner always comes back to it. For those that do, see cycle.
type inbox chan message

// put waits for room until ctx is done, and then reports false.
func (in inbox) put(ctx context.Context, m message) bool {
	select {
	case in <- m:
		return true
	default:
	}
	select {
	case in <- m:
		return true
	case <-ctx.Done():
		return false
	}
}
