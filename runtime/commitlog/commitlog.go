// Package commitlog is the commit log of one topology: what makes its epochs exactly once.
//
// A Log keeps records in order. Each is what one epoch changed, in parts that the log does not look into: positions of sources, changes of
// state, the outbox of sinks. An epoch is committed when its record is in the log, and by nothing else. What comes in: records, snapshots,
// and marks of what was released. What goes out: after a crash, the newest snapshot and the records behind it.
//
// # Use
//
//	log, err := commitlog.Open(ctx, config) // raises the fence: whoever had the log before can't commit any more
//	err = log.Recover(ctx, restore)         // once, before the first Commit
//	err = log.Commit(ctx, record)           // one for each epoch, with rising numbers; durable when it returns
//	err = log.Release(ctx, epoch)           // the outbox up to this epoch is out
//	w, err := log.Snapshot(ctx, epoch)        // now and then: all state as it was after that epoch; w.Add(part) ..., w.Commit()
//	err = log.Close()
//
// Commit, Release and a snapshot may be called from several goroutines; they take turns.
//
// # Format
//
// The log is a JetStream stream, written synchronously, with two lanes (subjects). In the lane "tx" is what decides: one record each for a
// commit, an opening, a released mark and a snapshot. In the lane "chunk" are the pieces of commits that are too large for one message. A second stream
// has the snapshots, in chunks.
//
// A record begins with a head (see head): the format's version, the holder's term, the record's number in the lane, the last epoch, what is released,
// from which record on a recovery needs the log, where the newest snapshot is, and the sum of the record before. So the last record alone says how things stand, and
// every record names the one before it. Then follow the chunks' places or, in one piece, the payload, whose CRC-32C is in the head.
//
// Every write to "tx" is a compare-and-set on the lane's last sequence number. That is the fence: Open writes a record, and with it
// the number that an earlier holder expects is no longer the last; its next write is refused (ErrFenced), however late it comes. Chunks need no fence, because
// nobody looks at a chunk that no record names.
//
// Beside the streams, where the store is a folder, lies a witness: the number and the sum of the last record, written after each (without a sync) in one of two places by turns.
// It is how a log is found out whose end was cut off, by whatever did that: such a log is consistent in itself, only too old.
//
// # What may go wrong
//
// An outcome may be unknown: the write timed out, or the connection was lost. Then the last record decides: if it is the one that was written, it is
// committed; if it is the one before, the same bytes are written again with the same expectation, so that at most one of them gets in; else there is another holder.
// A full disk is waited for. What was torn or flipped is found by sums and numbers, and Open or Recover says so; nothing is guessed.
package commitlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/failpoint"
)

// Kind says what a part of a record is. The log does not look into it.
type Kind byte

// The kinds of parts.
const (
	Positions Kind = 1 // where a task of a spout stands
	State     Kind = 2 // changes of a task's state; in a snapshot, all of it or a piece of it
	Outbox    Kind = 3 // what a task of a sink will release
	Control   Kind = 4 // anything else that the coordinator wants to have again
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case Positions:
		return "positions"
	case State:
		return "state"
	case Outbox:
		return "outbox"
	case Control:
		return "control"
	}
	return fmt.Sprintf("kind %d", byte(k))
}

// Part is a piece of a record: bytes of one task.
type Part struct {
	Kind      Kind
	Component string
	Task      int
	Bytes     []byte
}

// Record is what one epoch changed.
type Record struct {
	Epoch uint64 // larger than that of the record before; 0 is none
	Parts []Part
}

// Config says which log to open, and how.
type Config struct {
	// Topology names the log.
	Topology string
	// Identity is what the records depend on, such as schemas and numbers of tasks. See Accept.
	Identity Identity
	// Accept is asked where the log was written with another identity: an error refuses it. Where Accept is nil, any change is refused. What was
	// accepted holds when all state has been written anew, in a snapshot: before that nothing can be committed.
	Accept func(before Identity) error
	// Connect connects to the server that has the log, such as (*broker.Server).ConnectLogs. The log owns the connection.
	Connect func(...nats.Option) (*nats.Conn, error)
	// Memory is the log's place instead of a server.
	Memory *Memory
	// Folder is the store's folder, where it is on this machine and this process holds it; else "". The log keeps its witness there, and looks at the disk's free space.
	Folder string
	// Replicas is how many servers of a cluster keep the log; 0 is 1.
	Replicas int
	// Inline is the largest record that is written in one message; 0: 1 MiB.
	Inline int
	// Warn is told what an operator should know and nothing is lost by. It may be nil.
	Warn func(message string)
	// Full is told, once each, that the log waits for room on the disk (true, with the reason) and that it goes on (false). It may be nil.
	Full func(full bool, why string)

	pause func(context.Context, time.Duration) error // the tests' clock; nil: the real one
}

// Found is what Open found.
type Found struct {
	Epoch    uint64 // the last one that was committed; 0: none
	Released uint64 // the last one whose outbox is known to be out; 0: none
	Snapshot uint64 // the epoch of the newest snapshot; 0: none
	Bytes    int64  // about what Recover will read
	Changes  []Change
}

// Restore takes what a log holds. The bytes of a part are the callee's only during the call.
type Restore struct {
	// Identity is told by Inspect, before all else, what the log was written for; an error ends it. It may be nil.
	Identity func(Identity) error
	// Snapshot is given the parts of the newest snapshot, if there is one, in the order in which they were added.
	Snapshot func(Part) error
	// Record is given each record that is needed beside it, in order. Where covered is true the snapshot has its changes already, and only its
	// outbox may still matter: it is not known to be released.
	Record func(r Record, covered bool) error
	// Progress is told now and then how many bytes of how many are done. It may be nil.
	Progress func(done, total int64)
}

var (
	// ErrFenced says that another process has opened the log since: this one has to stop.
	ErrFenced = errors.New("another process has taken over the commit log: this one may not commit any more")
	// ErrClosed says that the log was closed.
	ErrClosed = errors.New("the commit log is closed")
	// ErrUncertain says that a write was given up before its outcome was known. Whether it is in the log shows when the log is opened again.
	ErrUncertain = errors.New("whether the last record is in the commit log is not known")
)

// Log is an open commit log. It has one holder.
type Log struct {
	config  Config
	medium  medium
	witness *witness
	found   Found

	turn      chan struct{} // who has it may write
	closed    context.Context
	close     context.CancelFunc
	head      head   // of the last record
	at        uint64 // its sequence number
	err       error  // why there are no more writes
	recovered bool
	before    Identity // what the log was written for, where that was accepted: it stays so until all is written anew
	kept      []span   // the records that are in the log, oldest first
	purged    snapshot
	writing   bool   // a snapshot
	full      bool   // the disk is, and that was told
	noFence   bool   // the negative control
	buf, text []byte // of a payload, and of a message
	inline    int    // the largest payload that goes in one message
	chunk     int    // the size of a chunk
}

// span is where a record is.
type span struct {
	index, epoch uint64 // epoch is 0 where it is not a commit
	first        uint64 // the sequence number of its first message, with chunks
	seq          uint64 // its own
}

// keep remembers a record that is in the log.
func (l *Log) keep(s span) {
	if l.config.Memory == nil || !l.config.Memory.Forget {
		l.kept = append(l.kept, s)
	}
}

// Open opens a log, or makes it. It refuses one that does not fit, or that is damaged, with a *fault.Error; then nothing was changed. Otherwise this is the log's only holder from here on.
func Open(ctx context.Context, c Config) (*Log, error) {
	l := &Log{config: c, turn: make(chan struct{}, 1), noFence: failpoint.On("commitlog.no-fence")}
	if l.config.pause == nil {
		l.config.pause = pause
	}
	l.closed, l.close = context.WithCancel(context.Background())
	if err := l.open(ctx); err != nil {
		l.close()
		if l.medium != nil {
			l.medium.close()
		}
		return nil, errors.Join(err, l.witness.close())
	}
	return l, nil
}

// Found returns what Open found.
func (l *Log) Found() Found { return l.found }

// Commit writes a record. When it returns nil the record is durable, and the log's next recovery will have it; with any other error than
// ErrUncertain it will not. It waits while the disk is full, until the context ends.
func (l *Log) Commit(ctx context.Context, r Record) error {
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if l.before != nil {
		return errors.New("the log was written by another version: its state must be written anew first")
	}
	if r.Epoch <= l.head.epoch {
		return fmt.Errorf("epoch %d can't be committed after epoch %d", r.Epoch, l.head.epoch)
	}
	h := l.next(kindCommit)
	h.epoch = r.Epoch
	l.buf = encodeParts(l.buf[:0], r.Parts)
	beforeCommit.Hit()
	first, err := l.write(ctx, &h, l.buf)
	if err != nil {
		return err
	}
	afterCommit.Hit()
	l.keep(span{h.index, h.epoch, first, l.at})
	if cap(l.buf) > keepBuffer {
		l.buf = nil
	}
	return nil
}

// Release says that the outbox of all epochs up to this one is out. When it returns nil that is durable, and Found.Released of the next Open.
// A mark never goes back: a smaller one changes nothing. Epochs behind the last one that was committed changed nothing, and are not counted.
func (l *Log) Release(ctx context.Context, epoch uint64) error {
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	epoch = min(epoch, l.head.epoch)
	if epoch <= l.head.released {
		return nil
	}
	h := l.next(kindRelease)
	h.released = epoch
	h.base = l.base(h.snapshot.epoch, epoch, h.identity)
	beforeRelease.Hit()
	first, err := l.write(ctx, &h, nil)
	if err != nil {
		return err
	}
	afterRelease.Hit()
	l.keep(span{h.index, 0, first, l.at})
	l.truncate(ctx)
	return nil
}

// Close ends the log's use. A Commit that waits gives up.
func (l *Log) Close() error {
	l.close()
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.err == ErrClosed {
		return nil
	}
	l.err = ErrClosed
	l.medium.close()
	return l.witness.close()
}

// lock waits for the turn to write. The log must be whole.
func (l *Log) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.closed.Done():
		return nil, ErrClosed
	}
	if err = l.err; err == nil && !l.recovered {
		err = errors.New("the commit log holds records: recover them first")
	}
	if err != nil {
		<-l.turn
		return nil, err
	}
	return func() { <-l.turn }, nil
}

func (l *Log) warn(format string, args ...any) {
	if l.config.Warn != nil {
		l.config.Warn(fmt.Sprintf(format, args...))
	}
}
