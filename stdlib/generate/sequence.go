// Package generate makes tuples out of nothing: for examples, tests and benchmarks.
//
// What it makes is the same in every run. Spouts of several tasks share the work: task t of n makes the tuples t, t+n, t+2n...
package generate

import (
	"context"
	"io"
	"math/bits"
	"slices"
	"strconv"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// share is one task's part of count tuples (0: without an end): which to make next.
type share struct{ next, first, step, count int64 }

func newShare(ctx *component.Context, count int64) (share, error) {
	if count < 0 {
		return share{}, fault.New("leave it out, or say 0, for no end", "count: %d is less than none", count)
	}
	return share{next: int64(ctx.Task), first: int64(ctx.Task), step: int64(max(1, ctx.Tasks)), count: count}, nil
}

// take returns the number of the next tuple, and whether there is one.
func (s *share) take() (int64, bool) {
	n := s.next
	if s.count > 0 && n >= s.count {
		return 0, false
	}
	s.next += s.step
	return n, true
}

// position is where the next tuple stands, for component.Positioned.
func (s *share) position() ([]byte, error) { return strconv.AppendInt(nil, s.next, 10), nil }

func (s *share) rewind(position []byte) error {
	n, err := strconv.ParseInt(string(position), 10, 64)
	if err != nil || n < s.first || (n-s.first)%s.step != 0 || s.count > 0 && n-s.step >= s.count {
		return fault.New("begin anew: name another folder with --store", "%q is not where a generator of this count and these tasks can stand", position)
	}
	s.next = n
	return nil
}

// Sequence is the spout generate.sequence.
type Sequence struct {
	From, Count, Step int64

	share share
}

// SequenceRow is a tuple of Sequence.
type SequenceRow struct{ N int64 }

var _ component.Spout[SequenceRow] = (*Sequence)(nil)

// Open implements component.Spout.
func (s *Sequence) Open(ctx *component.Context) (err error) {
	if s.share, err = newShare(ctx, s.Count); err != nil {
		return err
	}
	if s.Count > 0 {
		if _, ok := s.at(s.Count - 1); !ok {
			return fault.New("choose a smaller count or step", "%d numbers from %d, %d apart, go beyond what an int holds", s.Count, s.From, s.Step)
		}
	}
	return nil
}

// at returns the i-th number, and whether an int holds it.
func (s *Sequence) at(i int64) (int64, bool) {
	step := uint64(s.Step)
	if s.Step < 0 {
		step = -step
	}
	over, by := bits.Mul64(step, uint64(i))
	if over != 0 {
		return 0, false
	}
	if s.Step < 0 {
		n := s.From - int64(by)
		return n, by <= uint64(s.From)+1<<63
	}
	n := s.From + int64(by)
	return n, by <= uint64(1<<63-1-s.From)
}

// Next implements component.Spout.
func (s *Sequence) Next(_ context.Context, out *component.Emitter[SequenceRow]) error {
	if s.Count > 0 {
		return s.some(out)
	}
	for !out.Full() {
		i, ok := s.share.take()
		if !ok {
			return io.EOF
		}
		n, ok := s.at(i)
		if !ok {
			return fault.New("say how many with `count`", "the sequence has passed the largest int after %d numbers", i)
		}
		out.Emit(SequenceRow{n})
	}
	return nil
}

// some is Next for a sequence that ends: Open has seen that all of its numbers are ints.
func (s *Sequence) some(out *component.Emitter[SequenceRow]) error {
	i, step := s.share.next, s.share.step
	if i >= s.Count {
		return io.EOF
	}
	room, err := out.Room(), error(nil)
	if left := (s.Count-i-1)/step + 1; left < int64(room) {
		room, err = int(left), io.EOF
	}
	at := len(out.Rows)
	out.Rows = slices.Grow(out.Rows, room)[:at+room]
	n, apart := s.From+i*s.Step, step*s.Step
	rows := out.Rows[at:]
	for j := range rows {
		rows[j] = SequenceRow{n}
		n += apart // past the last one it may not fit, and is not used
	}
	s.share.next = i + int64(room)*step
	return err
}

// Position implements component.Positioned.
func (s *Sequence) Position() ([]byte, error) { return s.share.position() }

// Rewind implements component.Positioned.
func (s *Sequence) Rewind(position []byte) error { return s.share.rewind(position) }

// Close implements component.Spout.
func (s *Sequence) Close() error { return nil }
