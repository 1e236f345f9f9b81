package commitlog

import (
	"context"
	"errors"
	"sync"
)

// lane is where a message stands.
type lane byte

const (
	laneTx       lane = iota // records
	laneChunk                // pieces of records, in the same stream
	laneSnapshot             // chunks of snapshots, in a stream of their own
)

func (l lane) stream() int {
	if l == laneSnapshot {
		return 1
	}
	return 0
}

// medium is where a log is. All numbers are those of a stream, from 1; those of the two streams are apart.
type medium interface {
	// last returns the newest record; seq is 0 where there is none. errGone says that it will never be known.
	last(ctx context.Context) (seq uint64, data []byte, err error)
	// get returns the message at a number of the first stream.
	get(ctx context.Context, seq uint64) ([]byte, error)
	// append writes a record, durably, if the newest one has the number that is expected; else errConflict. Where it is not known what happened: errUnknown.
	// Where there is no room, and it is known that nothing was written: errFull. Any other error says that nothing was written, nor will be.
	append(ctx context.Context, data []byte, expected uint64) (seq uint64, err error)
	// put writes a chunk. It is durable when wait has returned its number. It may be called again before. Like append it does not keep the data.
	put(lane lane, data []byte) (wait func(context.Context) (uint64, error), err error)
	// read gives all messages of a stream from one number to another, where they still are, in order. It ends with the first error.
	read(ctx context.Context, stream int, from, to uint64, f func(seq uint64, l lane, data []byte) error) error
	// state returns the numbers of the first and last message of a stream, and about how many bytes it has.
	state(ctx context.Context, stream int) (first, last uint64, bytes int64, err error)
	// purge removes all before a number.
	purge(ctx context.Context, stream int, before uint64) error
	// room returns errFull, with words, where so many bytes should not be written now.
	room(bytes int) error
	// most is the size of the largest message.
	most() int
	close()
}

var (
	errConflict = errors.New("the log's last record is another")
	errUnknown  = errors.New("the outcome is not known")
	errFull     = errors.New("there is no room on the disk")
	errMissing  = errors.New("a message is not there")
	errGone     = errors.New("the connection to the server is closed")
)

// Memory is a place for logs in this process's memory: for tests, and for a topology without a store, whose log ends with the process.
type Memory struct {
	// Forget keeps only what the next record is checked against: nothing can be recovered.
	Forget bool

	mu      sync.Mutex
	streams [2]memoryStream
	// fault is the tests' hook: it is asked before each write, and says what goes wrong before and after it.
	fault func(l lane, data []byte) (before, after error)
	late  *lateWrite
	size  int // of the largest message
	free  func() error
}

type memoryStream struct {
	messages []message
	next     uint64 // one less than the next number
}

type message struct {
	seq  uint64
	lane lane
	data []byte
}

// NewMemory returns an empty place.
func NewMemory() *Memory { return &Memory{} }

func (m *Memory) last(context.Context) (uint64, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seq, data := m.newest()
	return seq, data, nil
}

func (m *Memory) newest() (uint64, []byte) {
	all := m.streams[0].messages
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].lane == laneTx {
			return all[i].seq, all[i].data
		}
	}
	return 0, nil
}

func (m *Memory) get(_ context.Context, seq uint64) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.streams[0].messages {
		if msg.seq == seq {
			return msg.data, nil
		}
	}
	return nil, errMissing
}

func (m *Memory) append(_ context.Context, data []byte, expected uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, after := m.faults(laneTx, data)
	late := m.late
	m.late = nil
	if before == errLate {
		m.late = &lateWrite{append([]byte(nil), data...), expected}
		return 0, errUnknown
	}
	if late != nil {
		m.compareAndStore(late.data, late.expected)
	}
	if before != nil {
		return 0, before
	}
	seq, err := m.compareAndStore(data, expected)
	return seq, errors.Join(err, after)
}

func (m *Memory) compareAndStore(data []byte, expected uint64) (uint64, error) {
	if at, _ := m.newest(); at != expected {
		return 0, errConflict
	}
	if m.Forget {
		m.streams[0].messages = nil
	}
	return m.store(laneTx, data), nil
}

// errLate is a fault: the write is lost on the way, and comes with the next one.
var errLate = errors.New("the write comes late")

// Fault is what becomes of a write to a Memory: for tests.
type Fault int

// The faults.
const (
	None       Fault = iota
	Lost             // it is not written, and nobody knows
	Unanswered       // it is written, and nobody knows
	Late             // it is written when the next one comes, and nobody knows
	Full             // it is not written: there is no room
)

// Faults lets a test decide what becomes of each write from here on. The function is called for one write at a time.
func (m *Memory) Faults(f func() Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = func(l lane, _ []byte) (before, after error) {
		switch f() {
		case Lost:
			return errUnknown, nil
		case Unanswered:
			return nil, errUnknown
		case Late:
			if l == laneTx {
				return errLate, nil
			}
			return errUnknown, nil
		case Full:
			return errFull, nil
		}
		return nil, nil
	}
}

type lateWrite struct {
	data     []byte
	expected uint64
}

func (m *Memory) faults(l lane, data []byte) (before, after error) {
	if m.fault == nil {
		return nil, nil
	}
	return m.fault(l, data)
}

func (m *Memory) store(l lane, data []byte) uint64 {
	s := &m.streams[l.stream()]
	s.next++
	s.messages = append(s.messages, message{s.next, l, append([]byte(nil), data...)})
	return s.next
}

func (m *Memory) put(l lane, data []byte) (func(context.Context) (uint64, error), error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, after := m.faults(l, data)
	if before != nil {
		return nil, before
	}
	if m.Forget {
		return func(context.Context) (uint64, error) { return 1, nil }, nil
	}
	seq := m.store(l, data)
	return func(context.Context) (uint64, error) { return seq, after }, nil
}

func (m *Memory) read(ctx context.Context, stream int, from, to uint64, f func(uint64, lane, []byte) error) error {
	m.mu.Lock()
	all := append([]message(nil), m.streams[stream].messages...)
	m.mu.Unlock()
	for _, msg := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if msg.seq < from || msg.seq > to {
			continue
		}
		if err := f(msg.seq, msg.lane, msg.data); err != nil {
			return err
		}
	}
	return nil
}

func (m *Memory) state(_ context.Context, stream int) (first, last uint64, bytes int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.streams[stream]
	first, last = s.next+1, s.next
	for i, msg := range s.messages {
		if i == 0 {
			first = msg.seq
		}
		bytes += int64(len(msg.data))
	}
	return first, last, bytes, nil
}

func (m *Memory) purge(_ context.Context, stream int, before uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.streams[stream]
	i := 0
	for i < len(s.messages) && s.messages[i].seq < before {
		i++
	}
	s.messages = append([]message(nil), s.messages[i:]...)
	return nil
}

func (m *Memory) room(int) error {
	if m.free == nil {
		return nil
	}
	return m.free()
}

func (m *Memory) most() int {
	if m.size > 0 {
		return m.size
	}
	return 8 << 20
}

func (m *Memory) close() {}
