package engine

import (
	"errors"
	"fmt"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/tree"
)

// remote sends batches as frames of a transport.
type remote[R any] struct {
	stall *stall
	run   *run
	edge  int
	from  *member
	task  int
	to    *member
	codec Codec[R]
	buf   []byte
	limit *int      // of the output: see fit
	roots []*beside // by receiving task; nil where tuples are not followed
	// passed is the last epoch that the sender has ended, of an edge inside of a cycle, which is of this process: see memory.
	passed uint64
	lane   lane
	timed  *timed   // of the end; nil where no watermarks travel
	sent   []uint64 // by receiving task: tuples of this epoch; nil where nothing is committed
}

func newRemote[R any](e *Edge[R], r *run, id int, from *member, task int, to *member, lane lane, stall *stall) *remote[R] {
	s := &remote[R]{stall: stall, run: r, edge: id, from: from, task: task, to: to, lane: lane, codec: e.codec}
	if r.committing {
		s.sent = make([]uint64, to.count)
	}
	return s
}

// maxFrameBuffer is how much memory for encoding is kept from one batch to the next.
const maxFrameBuffer = 16 * batch.ArenaBytes

func (s *remote[R]) send(to int, b *batch.Batch[R]) *batch.Batch[R] {
	if t := s.to.tasks[to]; s.passed > 0 && !t.barrier.passage.await(s.run.ctx, s.passed) {
		b.Reset()
		return b
	}
	s.buf = append(s.buf[:0], make([]byte, FrameRoom)...)
	f := Frame{From: s.task, Rows: len(b.Rows)}
	switch {
	case s.roots != nil:
		s.roots[to].put(b.Roots)
	case s.run.follows():
		s.run.held(&f, b.Roots)
		s.buf = appendLast(s.buf, b.Roots)
	}
	s.buf = s.codec.Encode(s.buf, b)
	f.Whole, f.Payload = s.buf, s.buf[FrameRoom:]
	s.fit(len(f.Payload), f.Rows)
	if s.sent != nil {
		s.sent[to] += uint64(f.Rows)
	}
	s.frame(to, f)
	if cap(s.buf) > maxFrameBuffer {
		s.buf = nil
	}
	b.Reset() // its holds are taken over
	return b
}

// messageBytes is what the payload of a batch should not exceed: one message of the transport takes that much.
const messageBytes = 28 << 10

// fit lets the batches to come leave when they fill a message, as this one's rows would have it: one that does not fit into a message travels in parts, which
// have to be put together again. That many bytes of text are the end of a batch in any case.
func (s *remote[R]) fit(bytes, rows int) {
	if rows >= 16 && s.limit != nil {
		*s.limit = min(max(messageBytes*rows/bytes, batch.RowsOf(messageBytes)), batch.Rows)
	}
}

// sends reports whether it sends to a task: in a run of several processes to those of others.
func (s *remote[R]) sends(t *task) bool { return s.run.fleet == nil || t.away }

func (s *remote[R]) barrier(epoch uint64, all bool) {
	if s.lane >= inner {
		s.passed = epoch
		return
	}
	for to, t := range s.to.tasks {
		if s.sends(t) {
			s.buf = appendMark(s.buf[:0], mark{epoch, s.sent[to], all})
			s.frame(to, Frame{From: s.task, Barrier: true, Payload: s.buf})
			s.sent[to] = 0
		}
	}
}

func (s *remote[R]) mark(at int64, idle bool) {
	for to, t := range s.to.tasks {
		if !s.sends(t) {
			continue
		}
		f := Frame{From: s.task, Mark: true}
		if s.run.follows() {
			f.Settle = func(o Outcome) {
				if o.Lost {
					s.timed.lost.Store(true)
				}
			}
		}
		s.buf = markFrame(s.buf[:0], at, idle)
		f.Payload = s.buf
		s.frame(to, f)
	}
}

func (s *remote[R]) end() {
	for to, t := range s.to.tasks {
		if s.sends(t) {
			s.frame(to, Frame{From: s.task, End: true})
		}
	}
}

// frame sends one frame. When the transport fails, or the run stops, the sender notices when it returns to its loop.
func (s *remote[R]) frame(to int, f Frame) {
	if s.run.ctx.Err() != nil {
		return
	}
	s.stall.begin(to, s.run.clock())
	err := s.run.transport.Send(s.run.ctx, s.edge, s.task, to, f)
	s.stall.end(s.run.clock())
	if err != nil && s.run.ctx.Err() == nil {
		s.run.abort(s.from.error(s.task, fmt.Errorf("sending to %s: %w", s.to.name, err)))
	}
}

func (e *Edge[R]) listen(r *run, id int, from, to *member) error {
	lane := laneOf(e.spec, from, to)
	if r.fleet != nil && (!apart(where(from), where(to))) {
		return nil
	}
	for task, t := range to.tasks {
		if t.away {
			continue
		}
		p := &pool[R]{max: r.queue + 2}
		rows := 0
		across := make([]crossing, from.count)
		deliver := func(f Frame) error {
			if f.Barrier {
				all, err := across[f.From].barrier(f)
				if err != nil {
					err = to.error(task, fmt.Errorf("frames from task %d of %s: %w", f.From, from.name, err))
					r.abort(err)
					return err
				}
				f.Done()
				if !t.hand(message{input: e.spec.Input, barrier: true, all: all, lane: lane}) {
					return r.ctx.Err()
				}
				return nil
			}
			if f.Mark {
				at, idle, err := parseMarkFrame(f.Payload)
				if err == nil && !e.spec.Timed {
					err = errors.New("a watermark arrived on an edge that has none")
				}
				if err != nil {
					err = to.error(task, fmt.Errorf("frames from task %d of %s: %w", f.From, from.name, err))
					r.abort(err)
					return err
				}
				settle := f.Settle
				f.Done()
				if !t.handFrom(message{input: e.spec.Input, from: e.laneOf(f.From), mark: at, idle: idle, lane: lane}, across[f.From].epoch) {
					return r.ctx.Err()
				}
				if settle != nil {
					settle(Outcome{})
				}
				return nil
			}
			if f.End {
				if !t.handFrom(message{input: e.spec.Input, end: true, from: e.laneOf(f.From), lane: lane}, across[f.From].epoch) {
					return r.ctx.Err()
				}
				if f.Done != nil {
					f.Done()
				}
				return nil
			}
			b := p.get(rows)
			payload := f.Payload
			var last []tree.Span
			err := guard(func() (err error) {
				if r.follows() {
					if last, payload, err = parseLast(payload); err != nil {
						return err
					}
				}
				if !f.Own {
					payload = append(b.Arena[:0], payload...)
				}
				return e.codec.Decode(payload, b)
			})
			if err == nil && len(b.Rows) != f.Rows {
				err = fmt.Errorf("%d tuples instead of %d", len(b.Rows), f.Rows)
			}
			if err != nil {
				err = to.error(task, fmt.Errorf("damaged frame from %s: %w", from.name, err))
				r.abort(err)
				return err
			}
			rows = cap(b.Rows)
			m := message{b: b, free: b.Free, done: f.Done, rows: len(b.Rows), input: e.spec.Input, lane: lane}
			if e.roots != nil {
				m.roots = e.roots[f.From][task].take()
			} else if f.Settle != nil && r.follows() {
				m.roots = received(f, last)
			}
			if lane == looping {
				m.done = nil
			}
			across[f.From].rows += uint64(f.Rows)
			if !t.handFrom(m, across[f.From].epoch) {
				return r.ctx.Err()
			}
			if lane == looping && f.Done != nil {
				f.Done() // the backlog has it: its sender never waits for it to be processed
			}
			return nil
		}
		if err := r.transport.Receive(id, task, from.count, deliver); err != nil {
			return to.error(task, fmt.Errorf("receiving from %s: %w", from.name, err))
		}
	}
	return nil
}
