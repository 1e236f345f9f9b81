package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/tree"
)

// flying is the payloads of a lane that have not been settled, in the order in which they were sent. Those whose sender does not want to
// know are settled when the receiver has given their credit back.
type flying struct {
	list []flight
	head int
	asks map[place]flight // those whose sender wants to know
}

// place is that of a payload in its lane: the sequence of its last frame, and of which epoch it is.
type place struct{ epoch, sequence uint64 }

// flight is one payload.
type flight struct {
	place
	bytes  uint64 // that the lane has sent with it
	rows   int64
	settle func(engine.Outcome)
	touch  func()
	narrow func(failed []uint64, held []tree.Held)
}

// add notes a payload.
func (f *flying) add(at place, bytes uint64, frame engine.Frame) {
	p := flight{place: at, bytes: bytes, rows: int64(frame.Rows), settle: frame.Settle, touch: frame.Touch, narrow: frame.Narrow}
	if p.settle == nil {
		f.list = append(f.list, p)
		return
	}
	if f.asks == nil {
		f.asks = map[place]flight{}
	}
	f.asks[at] = p
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

// from takes out what was sent in an epoch behind a sequence. What was sent before has arrived, and is settled in its time.
func (f *flying) from(epoch, sequence uint64) (lost flying) {
	for at, p := range f.asks {
		if at.epoch == epoch && at.sequence > sequence {
			if lost.asks == nil {
				lost.asks = map[place]flight{}
			}
			lost.asks[at] = p
			delete(f.asks, at)
		}
	}
	for _, p := range f.list[f.head:] {
		if p.sequence > sequence {
			lost.list = append(lost.list, p)
		}
	}
	f.list, f.head = nil, 0
	return lost
}

// rows is how many tuples are under way whose sender does not care.
func (f *flying) rows() int64 {
	n := int64(0)
	for _, p := range f.list[f.head:] {
		n += p.rows
	}
	return n
}

// lose settles the payloads that nobody will settle any more.
func (f *flying) lose() {
	for _, p := range f.asks {
		p.settle(lostOutcome)
	}
}

// settled says what became of a payload's tuples.
type settled struct {
	attempt  uint32
	edge     uint32
	from, to uint32
	epoch    uint64
	sequence uint64 // of its last frame
	working  bool   // nothing yet: somebody is at work on it
	narrow   bool   // nothing yet of those that are held, and of all others
	held     []tree.Held
	engine.Outcome
}

// Several of them are one message: magic and version, each of them behind the other, the checksum of all that.
const (
	settledMagic = "tps"
	settledHead  = 3 + 1
	settledSize  = 4*4 + 8 + 8 + 1 + 4 // without what failed
	// maxSettled is how long a message gets, but for the last of what it says.
	maxSettled = 64 << 10
	// maxFailed is how many tuples of a payload can be told to have failed; where more have, all of it counts as lost.
	maxFailed = 32 << 10
	// maxHeld is how many tuples can be told to be held back, maxNote how many bytes of why.
	maxHeld = 2 << 10
	maxNote = 200
)

func isSettled(data []byte) bool { return len(data) >= 3 && string(data[:3]) == settledMagic }

func appendSettled(dst []byte, s settled) []byte {
	if len(dst) == 0 {
		dst = append(dst, settledMagic...)
		dst = append(dst, version)
	}
	if len(s.Failed) > maxFailed {
		s.Lost, s.Failed = true, nil
	}
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, s.attempt)
	dst = le.AppendUint32(dst, s.edge)
	dst = le.AppendUint32(dst, s.from)
	dst = le.AppendUint32(dst, s.to)
	dst = le.AppendUint64(dst, s.epoch)
	dst = le.AppendUint64(dst, s.sequence)
	dst = append(dst, flagOf(s.Lost)|flagOf(s.working)<<1|flagOf(s.narrow)<<2)
	dst = le.AppendUint32(dst, uint32(len(s.Failed)))
	for _, origin := range s.Failed {
		dst = le.AppendUint64(dst, origin)
	}
	if s.narrow {
		dst = le.AppendUint32(dst, uint32(len(s.held)))
		for _, h := range s.held {
			note := h.Note[:min(len(h.Note), maxNote)]
			dst = le.AppendUint64(dst, h.Tuple)
			dst = append(append(dst, byte(len(note))), note...)
		}
	}
	return dst
}

// sealSettled ends a message of what appendSettled has appended.
func sealSettled(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}

func parseSettled(data []byte) (all []settled, err error) {
	le := binary.LittleEndian
	damaged := errors.New("a message that settles arrived damaged")
	if len(data) < settledHead+4 || data[3] != version || crc32.Checksum(data[:len(data)-4], castagnoli) != le.Uint32(data[len(data)-4:]) {
		return nil, damaged
	}
	for data = data[settledHead : len(data)-4]; len(data) > 0; {
		if len(data) < settledSize {
			return nil, damaged
		}
		s := settled{attempt: le.Uint32(data), edge: le.Uint32(data[4:]), from: le.Uint32(data[8:]), to: le.Uint32(data[12:]),
			epoch: le.Uint64(data[16:]), sequence: le.Uint64(data[24:])}
		s.Lost, s.working, s.narrow = data[32]&1 != 0, data[32]&2 != 0, data[32]&4 != 0
		n := int(le.Uint32(data[33:]))
		if data = data[settledSize:]; n > len(data)/8 {
			return nil, damaged
		}
		for i := range n {
			s.Failed = append(s.Failed, le.Uint64(data[8*i:]))
		}
		if data = data[8*n:]; s.narrow {
			if data, err = s.parseHeld(data); err != nil {
				return nil, damaged
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// parseHeld reads which tuples are held back, and returns what stands behind.
func (s *settled) parseHeld(data []byte) ([]byte, error) {
	le := binary.LittleEndian
	if len(data) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	n := le.Uint32(data)
	data = data[4:]
	for ; n > 0; n-- {
		if len(data) < 9 || len(data) < 9+int(data[8]) {
			return nil, io.ErrUnexpectedEOF
		}
		end := 9 + int(data[8])
		s.held = append(s.held, tree.Held{Tuple: le.Uint64(data), Note: string(data[9:end])})
		data = data[end:]
	}
	return data, nil
}

// settler gathers what another process is told of its payloads: while one message is being sent, what is to be said meanwhile is gathered for the next.
type settler struct {
	t      *Transport
	worker int // who is told

	mu      sync.Mutex
	wake    chan struct{} // has room for one
	waiting [][]byte      // messages to be sealed; the last one grows
}

// settlerOf is the settler for a process. t.mu is held, and nothing has been sent.
func (t *Transport) settlerOf(worker int) *settler {
	if t.settlers[worker] == nil {
		t.settlers[worker] = &settler{t: t, worker: worker, wake: make(chan struct{}, 1)}
	}
	return t.settlers[worker]
}

// add says what became of a payload. It does not wait.
func (s *settler) add(one settled) {
	s.mu.Lock()
	if n := len(s.waiting); n > 0 && len(s.waiting[n-1]) < maxSettled {
		s.waiting[n-1] = appendSettled(s.waiting[n-1], one)
	} else {
		s.waiting = append(s.waiting, appendSettled(nil, one))
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// send sends what was gathered, until the transport is closed.
func (s *settler) send() {
	subject := fmt.Sprintf("c.%s.%d.settled", s.t.cfg.Topology, s.worker)
	for {
		select {
		case <-s.wake:
		case <-s.t.closing:
			return
		case <-s.t.failed:
			return
		}
		s.mu.Lock()
		all := s.waiting
		s.waiting = nil
		s.mu.Unlock()
		for _, data := range all {
			s.t.stats.settles.Add(1)
			if err := s.t.publish(s.t.credits, subject, sealSettled(data)); err != nil {
				s.t.lost(err)
				return
			}
		}
	}
}

// settle tells the sender what became of a payload's tuples, once.
func (r *received) settle(o engine.Outcome) {
	if r.told.CompareAndSwap(false, true) {
		r.in.mu.Lock()
		if r.in.attempt == r.attempt {
			delete(r.in.holds, place{r.epoch, r.sequence})
		}
		r.in.mu.Unlock()
		r.in.settle(r.attempt, r.epoch, r.sequence, o)
	}
}

var lostOutcome = engine.Outcome{Lost: true}

// touch tells the sender that somebody is at work on a payload.
func (r *received) touch() {
	r.in.settler.add(settled{attempt: r.attempt, edge: uint32(r.in.end.edge), from: uint32(r.in.from), to: uint32(r.in.end.task),
		epoch: r.epoch, sequence: r.sequence, working: true})
}

// narrow tells the sender that of a payload only these tuples are not settled. Of too many nothing is told.
func (r *received) narrow(failed []uint64, held []tree.Held) {
	if len(failed) <= maxFailed && len(held) <= maxHeld {
		r.in.settler.add(settled{attempt: r.attempt, edge: uint32(r.in.end.edge), from: uint32(r.in.from), to: uint32(r.in.end.task),
			epoch: r.epoch, sequence: r.sequence, narrow: true, held: held, Outcome: engine.Outcome{Failed: failed}})
	}
}

func (in *inbound) settle(attempt uint32, epoch, sequence uint64, o engine.Outcome) {
	in.settler.add(settled{attempt: attempt, epoch: epoch, edge: uint32(in.end.edge), from: uint32(in.from), to: uint32(in.end.task), sequence: sequence, Outcome: o})
}

// settled takes a message that settles.
func (t *Transport) settled(data []byte) {
	all, err := parseSettled(data)
	if err != nil {
		t.damaged(err)
		return
	}
	for _, s := range all {
		l := t.laneAt("settling", s.attempt, s.edge, s.from, s.to)
		if l == nil {
			continue
		}
		l.out.Lock()
		p, ok := l.flying.asks[place{s.epoch, s.sequence}]
		if ok = ok && s.attempt == l.attempt; ok && !s.working && !s.narrow {
			delete(l.flying.asks, p.place)
		}
		l.out.Unlock()
		switch {
		case !ok:
		case s.narrow:
			if p.narrow != nil {
				p.narrow(s.Failed, s.held)
			}
		case !s.working:
			p.settle(s.Outcome)
		case p.touch != nil:
			p.touch()
		}
	}
}
