package component

// What a component does in a run that commits in epochs, as exactly-once does: see package engine. The methods are called by the task's own goroutine but where something else is said.

// Kept is a bolt or sink whose memory is part of the epochs: a later run goes on with it.
type Kept interface {
	// Changes appends what has changed since it was last called with all false; or, where all is true, all that there is. Nothing appended: nothing has changed.
	Changes(dst []byte, all bool) ([]byte, error)
	// Restore takes what Changes gave, in an earlier run: first all that there was, then changes, in their order. The bytes are valid during the call.
	Restore(changes []byte) error
	// Shape says what the bytes are, so that another version of the program knows whether it can read them.
	Shape() string
}

// Commits is a sink that writes only what belongs to an epoch which is committed. It does so where Context.Epochs is set, and is then called in this way:
// Open, then Resume and Release with what earlier runs have left, Recovered; then Write and Flush, and for each epoch Prepare and Release.
type Commits interface {
	// Prepare appends what the epoch will have written: all that was taken in since the last Prepare. Nothing appended: nothing to write.
	Prepare(dst []byte) ([]byte, error)
	// Release writes what a Prepare gave, now or in an earlier run, and perhaps not for the first time. It is called by another goroutine, while the task works.
	Release(outbox []byte) error
	// Mark appends where all that was prepared so far will end. Resume takes it, in a later run.
	Mark(dst []byte) ([]byte, error)
	Resume(mark []byte) error
	// Recovered says that there is nothing more from earlier runs.
	Recovered() error
	// Sync lets what was released outlast a crash of the machine. Like Release it is called by another goroutine.
	Sync() error
}

// Numbered is a Commits that wants to know which epochs it prepares. Before Recovered it is told of the last one that was committed, and before each Prepare of the one that ends.
type Numbered interface{ Epoch(n uint64) }

// Restored is a Kept that wants to know when all was restored.
type Restored interface{ Restored() }

// Movable is a Kept whose keys may be given to other tasks, where their number has changed.
type Movable interface {
	// Mine says, by the hash that routes tuples of a key, which keys the task takes out of what Restore is given; nil: all.
	Mine(owns func(hash uint64) bool)
}

// Evolving is a Kept whose state may be of another version of the program.
type Evolving interface {
	// First is what a state begins with, as Changes writes it; nil where that is what its type begins with.
	First(state string) []byte
}
