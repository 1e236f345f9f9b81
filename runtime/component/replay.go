package component

// How a spout lets the engine keep at-least-once: it has one of these, or the topology calls it `durable` and a log stands in front of it.

// Positioned is a spout that can go back in its source. The engine asks for the position before each Next, goes back to that of a tuple that
// was lost, reads on from there, and returns to where it was. What stands behind a position is the same whenever it is read.
type Positioned interface {
	// Position is where the next Next reads, as JSON of 64 KiB at the most. It is asked for once a Next, and kept from run to run.
	Position() ([]byte, error)
	// Rewind goes to a position that Position gave, perhaps in an earlier run. It is called after Open, never during a Next.
	Rewind(position []byte) error
}

// Committed is a Positioned that wants to know what is committed: a source that keeps what may be asked for again until it is told that it won't be, or that has a place for offsets of its own.
type Committed interface {
	// Settled says that nothing before a position is asked for again: all that became of it is settled, or the epoch that ended there is committed, whether it had tuples or not. It is called by the
	// task's own goroutine between two Nexts, at the start of a run that goes on, and before Close; not each position that Position gave is told.
	Settled(position []byte) error
}

// Acknowledged is a spout whose source waits to be told of each tuple, as message queues do. Its rows have numbers: EmitID, or Columns.IDs.
// Both methods are called by the task's own goroutine, between two Nexts.
type Acknowledged interface {
	// Ack says that all that became of these tuples is settled.
	Ack(ids []uint64) error
	// Fail says that they were lost, or failed for a reason that may pass: the source is to give them once more, in a later Next, by the same ids.
	Fail(ids []uint64) error
}

// EmitID adds a row of an Acknowledged spout, with the number that it is told of by. All rows of a Next have one.
func (e *Emitter[T]) EmitID(id uint64, row T) {
	e.Rows = append(e.Rows, row)
	e.IDs = append(e.IDs, id)
}
