package transport

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// flying is the payloads of a lane that have not been settled, in the order in which they were sent. Those whose sender does not want to
// know are settled when the receiver has given their credit back.
type flying struct {
	list []flight
	head int
	asks map[uint64]flight // those whose sender wants to know, by the sequence of their last frame
}

// flight is one payload.
type flight struct {
	bytes  uint64 // that the lane has sent with it
	rows   int64
	settle func(failed bool)
}

// add notes a payload.
func (f *flying) add(sequence, bytes uint64, frame engine.Frame) {
	p := flight{bytes: bytes, rows: int64(frame.Rows), settle: frame.Settle}
	if p.settle == nil {
		f.list = append(f.list, p)
		return
	}
	if f.asks == nil {
		f.asks = map[uint64]flight{}
	}
	f.asks[sequence] = p
}

// done forgets the payloads whose credit has come back: so many bytes.
func (f *flying) done(bytes uint64) {
	for f.head < len(f.list) && f.list[f.head].bytes <= bytes {
		f.head++
	}
	if f.head*2 >= len(f.list) {
		f.list = f.list[:copy(f.list, f.list[f.head:])]
		f.head = 0
	}
}

// rows is how many tuples are under way whose sender does not care.
func (f *flying) rows() int64 {
	n := int64(0)
	for _, p := range f.list[f.head:] {
		n += p.rows
	}
	return n
}

// fail settles the payloads that nobody will settle any more.
func (f *flying) fail() {
	for _, p := range f.asks {
		p.settle(true)
	}
}

// settled is the message that says what became of a payload's tuples.
type settled struct {
	attempt  uint32
	edge     uint32
	from, to uint32
	sequence uint64 // of its last frame
	failed   bool
}

const (
	settledMagic = "tps"
	settledSize  = 3 + 1 + 4*4 + 8 + 1 + 4
)

func isSettled(data []byte) bool { return len(data) >= 3 && string(data[:3]) == settledMagic }

func appendSettled(dst []byte, s settled) []byte {
	at := len(dst)
	le := binary.LittleEndian
	dst = append(dst, settledMagic...)
	dst = append(dst, version)
	dst = le.AppendUint32(dst, s.attempt)
	dst = le.AppendUint32(dst, s.edge)
	dst = le.AppendUint32(dst, s.from)
	dst = le.AppendUint32(dst, s.to)
	dst = le.AppendUint64(dst, s.sequence)
	failed := byte(0)
	if s.failed {
		failed = 1
	}
	dst = append(dst, failed)
	return le.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

func parseSettled(data []byte) (settled, error) {
	le := binary.LittleEndian
	if len(data) != settledSize || data[3] != version ||
		crc32.Checksum(data[:settledSize-4], castagnoli) != le.Uint32(data[settledSize-4:]) {
		return settled{}, errors.New("a message that settles arrived damaged")
	}
	return settled{
		attempt: le.Uint32(data[4:]), edge: le.Uint32(data[8:]), from: le.Uint32(data[12:]), to: le.Uint32(data[16:]),
		sequence: le.Uint64(data[20:]), failed: data[28] == 1,
	}, nil
}

// settle tells the sender what became of a payload's tuples, once.
func (r *received) settle(failed bool) {
	if !r.told.CompareAndSwap(false, true) {
		return
	}
	in := r.in
	in.tell(appendSettled(nil, settled{attempt: r.attempt, edge: uint32(in.end.edge), from: uint32(in.from), to: uint32(in.end.task),
		sequence: r.sequence, failed: failed}))
}

// settled takes a message that settles.
func (t *Transport) settled(m *nats.Msg) {
	s, err := parseSettled(m.Data)
	if err != nil {
		t.fail(err)
		return
	}
	l := t.laneAt("settling", s.attempt, s.edge, s.from, s.to)
	if l == nil {
		return
	}
	l.out.Lock()
	p, ok := l.flying.asks[s.sequence]
	if ok && s.attempt == l.attempt {
		delete(l.flying.asks, s.sequence)
	}
	l.out.Unlock()
	if ok {
		p.settle(s.failed)
	}
}
