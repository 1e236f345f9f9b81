// Package durable stands in front of spouts whose source can't give anything twice: the standard input, HTTP, plain subjects of NATS.
//
// What the source has given is written to a log of the embedded server first, and goes on its way when that has it on its disk. The log is
// shortened as tuples settle; what is in it when the process dies comes again in the next run with the same store. Two goroutines share the work: one reads the
// source, packs its tuples and sends them to the log, several entries at a time; the spout's own takes them from there. So the source is read while the topology is
// busy, until the log has as much as it may hold.
package durable

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/task"
)

// Spout is a spout with a log in front of it. Code that is made for its tuples stands at both sides: the source's Route packs them into a batch, and route
// takes them from one to the outputs.
type Spout[R any] struct {
	source  engine.Router
	acks    engine.Acknowledger // nil where the source does not wait to be told
	refused *Refused
	rows    *batch.Batch[R] // that Route of the source fills
	ids     []uint64        // of what is in them
	codec   engine.Codec[R]
	schema  string
	route   func(b *batch.Batch[R])
	quit    func(b *batch.Batch[R], q *task.Quits) // nil where nobody tells of what is given up

	ctx  *component.Context
	log  *log // nil in a run that follows no tuples: then nothing is written
	stop context.CancelFunc
	left chan struct{} // closed when the reader has ended

	mu  sync.Mutex
	end error // of the source; nil while there is none

	at     uint64         // the next entry
	now    batch.Batch[R] // what Read has read
	failed []component.Failed
	again  bool // it goes on its way once more
}

// New returns a spout that takes from a log what the source has given. The source's Route packs tuples into rows, and tells refused of those that it can't.
func New[R any](source engine.SpoutTask, rows *batch.Batch[R], refused *Refused, codec engine.Codec[R], schema string, route func(b *batch.Batch[R])) *Spout[R] {
	s := &Spout[R]{source: source.(engine.Router), rows: rows, refused: refused, codec: codec, schema: schema, route: route}
	s.acks, _ = source.(engine.Acknowledger)
	return s
}

// Open implements engine.SpoutTask.
func (s *Spout[R]) Open(ctx *component.Context) error {
	inner := *ctx
	if s.ctx = ctx; ctx.Trees == nil && !ctx.Epochs {
		return s.source.Open(ctx)
	}
	inner.Fail = s.refused.add
	if ctx.Logs == nil {
		return &fault.Error{What: "there is no log to write to"}
	}
	conn, err := ctx.Logs()
	if err != nil {
		return err
	}
	l, err := openLog(conn, where{topology: ctx.Topology, component: ctx.Component, task: ctx.Task, tasks: max(1, ctx.Tasks), schema: s.schema, limit: ctx.LogLimit})
	if err != nil {
		conn.Close()
		return err
	}
	if err := s.source.Open(&inner); err != nil {
		return errors.Join(err, l.close())
	}
	s.log, s.at = l, l.first
	if l.last >= l.first && ctx.Stderr != nil {
		fmt.Fprintf(ctx.Stderr, "%s: what is in the log of %s comes again: %s, %d KB\n", ctx.Topology, ctx.Component, entries(l.last+1-l.first), (l.bytes+1023)/1024)
	}
	reading, stop := context.WithCancel(context.Background())
	s.stop, s.left = stop, make(chan struct{})
	go func() {
		defer close(s.left)
		err := s.fill(reading)
		s.mu.Lock()
		s.end = err
		s.mu.Unlock()
		signal(l.more)
	}()
	return nil
}

// fill reads the source until it ends, or ctx does.
func (s *Spout[R]) fill(ctx context.Context) error {
	told := false
	for ctx.Err() == nil {
		if err := s.accept(); err != nil {
			return err
		}
		if err := s.log.failure(); err != nil {
			return err
		}
		if held, full := s.log.full(); full {
			if held >= s.log.limit && !told && s.ctx.Stderr != nil {
				told = true
				fmt.Fprintf(s.ctx.Stderr, "%s: the log of %s holds %d bytes, as many as it may (--log-limit): its source is held back until tuples are settled\n", s.ctx.Topology, s.ctx.Component, held)
			}
			select {
			case <-s.log.room:
			case <-ctx.Done():
			}
			continue
		}
		if s.waits() && !s.log.busy() {
			if err := s.send(); err != nil {
				return err
			}
		}
		if err := s.next(ctx); err != nil {
			if drained := s.drained(); drained != nil {
				return errors.Join(err, drained)
			}
			return err
		}
	}
	return s.drained()
}

// next reads the source once, and sends what it gave on its way: at once where little is under way, else together with what comes meanwhile, since the log's disk takes
// as long for much as for little.
func (s *Spout[R]) next(ctx context.Context) error {
	reading := ctx
	if s.acks != nil || s.waits() {
		var cancel context.CancelFunc
		reading, cancel = context.WithCancel(ctx)
		defer cancel()
		defer s.log.wakes(nil, false)
		s.log.wakes(cancel, s.waits())
	}
	err := engine.Guard(func() error {
		err := s.source.Read(reading)
		s.source.Route()
		return err
	})
	if err != nil && err != io.EOF && reading.Err() != nil && errors.Is(err, reading.Err()) {
		err = nil
	}
	if s.acks != nil {
		s.ids = append(s.ids, s.acks.IDs()...)
	}
	if err == nil && s.log.busy() && len(s.rows.Rows) < entryRows && len(s.rows.Arena) < entryBytes {
		return nil
	}
	if sent := s.send(); sent != nil {
		return sent
	}
	return err
}

// What an entry has at the least before it is sent although others are under way.
const (
	entryRows  = 8 << 10
	entryBytes = 512 << 10
)

// waits reports whether there is something to send.
func (s *Spout[R]) waits() bool {
	return len(s.rows.Rows) > 0 || len(s.ids) > 0 || len(s.refused.all) > 0
}

// send sends what waits.
func (s *Spout[R]) send() error {
	if !s.waits() {
		return nil
	}
	text, ids := pack(s.refused.take(), s.codec.Encode, s.rows), s.ids
	s.rows.Reset()
	s.ids = nil
	return s.log.append(text, ids)
}

// accept tells the source what the log has.
func (s *Spout[R]) accept() error {
	ids := s.log.taken()
	if s.acks == nil || len(ids) == 0 {
		return nil
	}
	return s.acks.Ack(ids)
}

// drained waits until the log has all that was sent to it, and tells the source.
func (s *Spout[R]) drained() error {
	if err := s.send(); err != nil {
		return err
	}
	for {
		s.log.mu.Lock()
		flying := s.log.flying
		s.log.mu.Unlock()
		if err := s.accept(); err != nil || flying == 0 || s.log.failure() != nil {
			return err
		}
		<-s.log.room
	}
}

// Next implements engine.SpoutTask.
func (s *Spout[R]) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

// Read implements engine.Router: it takes the next entry that the log has.
func (s *Spout[R]) Read(ctx context.Context) error {
	if s.log == nil {
		err := s.source.Read(ctx)
		s.source.Route()
		s.failed = s.refused.take()
		return err
	}
	s.now.Reset()
	s.failed = nil
	for {
		if s.log.has(s.at) {
			text, next, err := s.log.read(context.Background(), s.at)
			if err == nil && text != nil {
				err = s.unpack(text)
			}
			if err != nil {
				return err
			}
			if s.at = next; text == nil {
				continue
			}
			return nil
		}
		if err := s.log.failure(); err != nil {
			return err
		}
		s.mu.Lock()
		end := s.end
		s.mu.Unlock()
		if end != nil && !s.log.has(s.at) {
			return end
		}
		select {
		case <-s.log.more:
		case <-ctx.Done():
			return nil
		}
	}
}

// unpack makes an entry what Route hands on.
func (s *Spout[R]) unpack(text []byte) (err error) {
	rows, failed, err := unpacked(text)
	if err == nil {
		s.failed = failed
		err = s.codec.Decode(rows, &s.now)
	}
	if err != nil {
		return s.log.broken("can't be read", fmt.Errorf("entry %d: %w", s.at, err))
	}
	return nil
}

// Route implements engine.Router.
func (s *Spout[R]) Route() {
	if s.log == nil {
		s.route(s.rows)
		s.rows.Reset()
	} else {
		s.route(&s.now)
	}
	if !s.again {
		for _, f := range s.failed {
			s.ctx.Refuse(f)
		}
	}
	s.failed = nil
}

// Rows implements engine.Counted.
func (s *Spout[R]) Rows() int { return len(s.now.Rows) }

// Position implements engine.Replayer.
func (s *Spout[R]) Position() ([]byte, error) { return json.Marshal(s.at) }

// Rewind implements engine.Replayer.
func (s *Spout[R]) Rewind(position []byte) error { return json.Unmarshal(position, &s.at) }

// GivesUp sets what is told of the rows that are given up.
func (s *Spout[R]) GivesUp(quit func(b *batch.Batch[R], q *task.Quits)) *Spout[R] {
	s.quit = quit
	return s
}

// GiveUp implements engine.Quitter.
func (s *Spout[R]) GiveUp(_ context.Context, position []byte, all []engine.GivenUp) (told bool, err error) {
	if s.quit == nil {
		return false, nil
	}
	which := make([]int, len(all))
	for i, one := range all {
		which[i] = one.Number
	}
	q := task.Quits(all)
	return true, s.pass(position, which, func() { s.quit(&s.now, &q) })
}

// Again implements engine.Replayer. A position is that of one entry.
func (s *Spout[R]) Again(_ context.Context, position []byte, which []int) error {
	return s.pass(position, which, s.Route)
}

// pass lets rows of an entry go on once more.
func (s *Spout[R]) pass(position []byte, which []int, route func()) error {
	here := s.at
	if err := s.Rewind(position); err != nil {
		return err
	}
	defer func() { s.at, s.again = here, false }()
	text := []byte(nil)
	for text == nil {
		if !s.log.has(s.at) {
			return errors.New("the log has lost what is to be given again")
		}
		var next uint64
		var err error
		if text, next, err = s.log.read(context.Background(), s.at); err != nil {
			return err
		}
		if text == nil {
			s.at = next
		}
	}
	s.now.Reset()
	if err := s.unpack(text); err != nil {
		return err
	}
	for i, k := range which {
		if k >= len(s.now.Rows) {
			return errors.New("the log has lost what is to be given again")
		}
		s.now.Rows[i] = s.now.Rows[k]
	}
	s.now.Rows = s.now.Rows[:len(which)]
	s.again = true
	route()
	s.failed = nil
	return nil
}

// Settled implements engine.Trimmer.
func (s *Spout[R]) Settled(position []byte) error {
	var at uint64
	if err := json.Unmarshal(position, &at); err != nil || s.log == nil {
		return err
	}
	s.log.settle(at)
	return nil
}

// Close implements engine.SpoutTask.
func (s *Spout[R]) Close() error {
	if s.log == nil {
		return s.source.Close()
	}
	s.stop()
	<-s.left
	if rest := s.log.from(s.at); rest > 0 && s.ctx.Stderr != nil {
		fmt.Fprintf(s.ctx.Stderr, "%s: the log of %s still has %s, which the next run with this store takes\n", s.ctx.Topology, s.ctx.Component, entries(rest))
	}
	return errors.Join(s.source.Close(), s.log.close())
}

// pack makes an entry: a checksum, the tuples that the source could not give, and the rows.
func pack[R any](failed []component.Failed, encode func([]byte, *batch.Batch[R]) []byte, rows *batch.Batch[R]) []byte {
	text := binary.AppendUvarint(make([]byte, 4), uint64(len(failed)))
	for _, f := range failed {
		for _, t := range []string{f.Tuple, f.Reason, f.Place} {
			text = append(binary.AppendUvarint(text, uint64(len(t))), t...)
		}
	}
	text = encode(text, rows)
	binary.LittleEndian.PutUint32(text, crc32.Checksum(text[4:], crcTable))
	return text
}

// unpacked takes an entry apart.
func unpacked(text []byte) (rows []byte, failed []component.Failed, err error) {
	damaged := errors.New("it is damaged")
	if len(text) < 4 || binary.LittleEndian.Uint32(text) != crc32.Checksum(text[4:], crcTable) {
		return nil, nil, damaged
	}
	text = text[4:]
	number := func() (uint64, bool) {
		n, size := binary.Uvarint(text)
		if size <= 0 {
			return 0, false
		}
		text = text[size:]
		return n, true
	}
	n, ok := number()
	for ; ok && n > 0; n-- {
		var parts [3]string
		for i := range parts {
			size, good := number()
			if ok = ok && good && size <= uint64(len(text)); !ok {
				return nil, nil, damaged
			}
			parts[i], text = string(text[:size]), text[size:]
		}
		failed = append(failed, component.Failed{Tuple: parts[0], Reason: parts[1], Place: parts[2]})
	}
	if !ok {
		return nil, nil, damaged
	}
	return text, failed, nil
}
