package engine

import (
	"context"
	"slices"
	"time"

	"github.com/topo-lang/topo/runtime/tree"
)

// Tracking says how a run keeps at-least-once.
type Tracking struct {
	// Timeout is how long a tuple may be on its way before it is given again, counted from when it or one before it got on last: a tuple that waits
	// in a queue which moves is not lost. It doubles with each attempt. 0: 30 seconds.
	Timeout time.Duration
	// Pending is how many tuples of a spout's task may be on their way; 0: DefaultPending.
	Pending int64
	// Attempts is how often a tuple is given at the most, before it counts as failed. 0: 3.
	Attempts int
	// Backoff is how long a tuple waits that is given a second time; it doubles with each attempt. 0: 100 milliseconds.
	Backoff time.Duration
	// Positions keeps where spouts stand from run to run; nil: nowhere.
	Positions Positions
}

// Positions keeps where spouts stand, so that another run may go on there. Its methods may be called from several goroutines, and do not wait.
type Positions interface {
	// Load returns where a spout's task stood; nil where that is not known.
	Load(component string, task int) []byte
	// Save says where it stands: all before is settled.
	Save(component string, task int, position []byte)
	// Clear forgets all of them: the input has come to its end, and everything is settled.
	Clear()
}

// Resumer is Positions that want to know which of them a spout has gone on at.
type Resumer interface {
	Resumed(component string, task int, position []byte)
}

// The defaults of Tracking.
const (
	DefaultTimeout = 30 * time.Second
	// DefaultPending is far more than a topology has on its way unless it holds tuples back: bounded queues slow down a spout long before.
	DefaultPending  = 1 << 20
	DefaultAttempts = 3
	DefaultBackoff  = 100 * time.Millisecond
)

// filled returns t with its defaults.
func (t Tracking) filled() *Tracking {
	if t.Timeout <= 0 {
		t.Timeout = DefaultTimeout
	}
	if t.Pending <= 0 {
		t.Pending = DefaultPending
	}
	if t.Attempts <= 0 {
		t.Attempts = DefaultAttempts
	}
	if t.Backoff <= 0 {
		t.Backoff = DefaultBackoff
	}
	return &t
}

// Counted is a SpoutTask that says how many tuples its last Next read, which may be more or fewer than it emitted.
type Counted interface{ Rows() int }

// Limited is a SpoutTask that can be told how many tuples its next Next may read at the most, from 1 on.
type Limited interface{ Limit(rows int) }

// Replayer is a SpoutTask that can give tuples again by their position in the source.
type Replayer interface {
	Counted
	// Position is where the next Next reads, as JSON.
	Position() ([]byte, error)
	// Rewind goes to a position.
	Rewind(position []byte) error
	// Again emits tuples that stand behind a position, counted from 0 there, in order. Then the source stands where it stood before.
	Again(ctx context.Context, position []byte, which []int) error
}

// Quitter is a SpoutTask that can tell of tuples which are given up.
type Quitter interface {
	// GiveUp counts tuples that stand behind a position, or hands them to whoever reads the component's failed tuples; false says that it did not. They are in order.
	GiveUp(ctx context.Context, position []byte, all []GivenUp) (told bool, err error)
}

// GivenUp is a tuple that was given as often as may be.
type GivenUp struct {
	Number   int // in what its Next gave
	Why      string
	Attempts int64
}

// Acknowledger is a SpoutTask whose source waits to be told of each tuple, and gives again what it is told has failed.
type Acknowledger interface {
	Counted
	// IDs are those of the tuples that the last Next read.
	IDs() []uint64
	// Ack says that what became of tuples is settled; Fail, that they are to come again.
	Ack(ids []uint64) error
	Fail(ids []uint64) error
}

// Trimmer is a Replayer that keeps what may be asked for again, until it is told that it won't be.
type Trimmer interface {
	// Settled says that nothing before a position is asked for again.
	Settled(position []byte) error
}

// Informed is a Trimmer that is told of the last epoch, too, before it is closed.
type Informed interface{ ToldBeforeClose() }

// as looks for a capability of a spout's task, in what it wraps, too.
func as[T any](s SpoutTask) (T, bool) {
	for {
		if t, ok := s.(T); ok {
			return t, true
		}
		w, ok := s.(interface{ Unwrap() SpoutTask })
		if !ok {
			var none T
			return none, false
		}
		s = w.Unwrap()
	}
}

// originBits is how many bits of an origin number the tuples of a spout's task; the others number the task.
const originBits = 48

// numbers gives a spout's tuples their origins.
type numbers struct{ next uint64 }

// Origins gives a spout's tuples their numbers: each takes the one that it finds, and counts it up.
func (o *Out[R]) Origins() *uint64 {
	if o.numbers == nil {
		o.numbers = &numbers{} // nobody will ask
	}
	return &o.numbers.next
}

// given is the tuples that one Next gave, as long as some of them are not settled.
type given struct {
	newest   int64 // the newest time that its task had emitted before, where that is looked at
	position []byte
	ids      []uint64 // by number, of an Acknowledger
	left     int      // tuples that are not settled
	began    time.Duration
}

// flight is one attempt at tuples of a given: all of them at first, then those that failed.
type flight struct {
	root    *tree.Root
	of      *given
	which   []int // the numbers of its tuples in what was given; nil: all
	first   uint64
	n       int
	attempt int
	sent    time.Duration // when it was on its way
	settled time.Duration // when it was over
	over    bool          // nobody holds it any longer
	late    bool          // it took too long: its tuples are given again, or were given up
	again   *waiting      // that stands for it then
	parted  bool          // it is in source.parted
	last    bool          // its tuples were given up: it is what is told of them
	quits   []GivenUp     // these
	narrow  bool          // not all of its tuples are open any more:
	open    []int         // these are, by number
	counted []uint64      // tuples that have failed for good, and were counted where they did
}

// unsettled are the numbers of the tuples that are open.
func (f *flight) unsettled() []int {
	switch {
	case f.narrow:
		return f.open
	case f.which != nil:
		return f.which
	}
	all := make([]int, f.n)
	for i := range all {
		all[i] = i
	}
	return all
}

// numbers are those of its tuples with these origins.
func (f *flight) numbers(origins []uint64) map[int]bool {
	var all map[int]bool
	for _, origin := range origins {
		if i := origin - f.first; i < uint64(f.n) { // another process may not know whose tuple it is
			if all == nil {
				all = map[int]bool{}
			}
			all[f.number(int(i))] = true
		}
	}
	return all
}

// deadline is when it has taken too long. before is when those that were sent before it got on last: as long as they do, it waits behind
// them, in a queue that is full because somebody is slow, and to send it again would make the queue longer. So it does as long as a task is at it and gets on.
func (f *flight) deadline(before, timeout time.Duration) time.Duration {
	return max(f.sent, before, f.moved()) + timeout<<min(f.attempt-1, 10)
}

// moved is when it got on last.
func (f *flight) moved() time.Duration { return max(f.settled, f.root.Touched()) }

// number is that of its i-th tuple in what was given.
func (f *flight) number(i int) int {
	if f.which == nil {
		return i
	}
	return f.which[i]
}

// origin is the origin of the tuple with a number.
func (f *flight) origin(number int) uint64 {
	if f.which != nil {
		number, _ = slices.BinarySearch(f.which, number)
	}
	return f.first + uint64(number)
}

// waiting is tuples that are given again when it is time.
type waiting struct {
	of      *given
	which   []int
	attempt int
	due     time.Duration
	lost    bool // its frame was: that is no attempt
	gone    bool // given again, or settled after all
}

// leaving is tuples that are given up, and are to be told of.
type leaving struct {
	of  *given
	all []GivenUp
}
