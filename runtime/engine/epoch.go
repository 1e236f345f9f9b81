package engine

import (
	"context"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// How a run commits what it did, in epochs. An epoch is what the spouts' tasks read between two cuts. To cut, the coordinator asks every spout's task, which notes
// where it stands in its source and sends a barrier behind what it has given, on all its edges. A task that has a barrier from each of its senders has
// processed what belongs to the epoch and nothing else: it hands over what the epoch changed in it (prepare) and sends the barrier on. When all tasks
// have, the coordinator writes one record with all of it, and then lets the sinks write what they prepared (release). Tasks work on the next epoch meanwhile.
//
// A sender that has sent its barrier sends no more to a task which still waits for others' (see passage), so what is behind a barrier never overtakes it. A task that
// ends hands over what its last epoch changed, and no barrier is expected of it from then on. The last record is written when all tasks have ended.
//
// Where the tasks run in several processes, the coordinator is in none of them, and barriers travel behind the tuples in frames. Of each process it sees an EpochMember.
//
// After a crash the records say how the tasks' state was after the last epoch that was committed, and where the sources stood then. What came behind that was neither
// committed nor released, so it is as if it had not been.

// Log keeps the records of a run's epochs from run to run.
type Log interface {
	// Recover is called once, before any Commit. It gives what is needed to go on: all state as of some epoch, and the records behind it, in order. Bytes are
	// valid during the call.
	Recover(ctx context.Context, each func(Record) error) error
	// Commit writes a record; when it returns nil the record is durable. Bytes are valid during the call.
	Commit(ctx context.Context, r Record) error
	// Snapshot is given all state as it is after an epoch that was committed, whose output and that of all before is durable: a later Recover needs
	// nothing older. It is called by a goroutine of its own, while epochs are committed. Bytes are its own.
	Snapshot(ctx context.Context, r Record) error
	// Close lets go of the log. Nothing is written after it.
	Close() error
}

// Record is what an epoch changed.
type Record struct {
	Epoch uint64
	Parts []Part
	// All says that the parts are all state, and not what an epoch changed in it: of a snapshot.
	All bool
}

// Kind says what a Part is.
type Kind byte

// The kinds of parts.
const (
	Position Kind = 1 // where a spout's task stands: JSON
	State    Kind = 2 // of a task: see Kept
	Outbox   Kind = 3 // what a sink's task writes once the epoch is committed: see Commits
	Over     Kind = 4 // the task has come to its end, and will do no more in any run
)

// Part is what an epoch changed in one task.
type Part struct {
	Kind      Kind
	Component string
	Task      int
	Bytes     []byte
}

// Kept is a Task whose memory is part of the epochs; Commits one that writes what belongs to committed ones only. A Task that wraps another one, or a component, has a
// method Inner.
type (
	Kept    = component.Kept
	Commits = component.Commits
)

// Epochs lets a run commit in epochs.
type Epochs struct {
	// Every is how often; 0: DefaultEpoch. Rows, where not 0, is how many tuples of the spouts make an epoch full before.
	Every time.Duration
	Rows  int64
	// Open opens the log. What is recorded there depends on these lines; a log that was written by others is refused. It is nil where the coordinator is another
	// process: the Fleet is Coordinated then.
	Open func(ctx context.Context, identity []Identity) (Log, error)
	// Resumed, where not nil, is told what an earlier run has left, if anything, before the run goes on. Its error ends the run.
	Resumed func(Resumed) error
	// Input is what decides what the spouts read, in words of the caller's: it is recorded with the end of the run.
	Input string
	// SnapshotBytes is how many bytes of records there are at least before a snapshot replaces them; 0: 16 MiB.
	SnapshotBytes int64
}

// Identity is what a component's records depend on.
type Identity struct{ Component, Shape string }

// Resumed is what a run goes on with.
type Resumed struct {
	Epoch uint64 // the last that was committed; 0: none
	// Over says that the earlier run came to its end: there is nothing more to read.
	Over bool
	// Input is the Epochs' of the run that came to its end; "" where there is none, or nothing is known of it.
	Input string
	// Positions are those of spouts' tasks that have more to read, nil of others.
	Positions map[string][][]byte
}

const (
	// DefaultEpoch is how long an epoch is where nothing is said.
	DefaultEpoch  = 100 * time.Millisecond
	snapshotBytes = 16 << 20
	// mostOfEpoch is how many tuples of a spout's task an epoch may have, however long its end takes to come: what sinks prepare is kept in memory.
	mostOfEpoch = 1 << 20
)
