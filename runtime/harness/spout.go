package harness

import (
	"context"
	"io"
	"strconv"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// Spout is a spout under test: it gives what the test sends.
type Spout[T any] struct {
	run   **Run
	given []T
	next  int // of given
	most  int // that the next Next reads
	rows  int // that the last one has read
	route func([]T)
}

// NewSpout is for generated code; run is set when the topology is open.
func NewSpout[T any](run **Run) *Spout[T] { return &Spout[T]{run: run} }

// Send gives tuples, and lets every task work until there is nothing left to do.
func (s *Spout[T]) Send(tuples ...T) {
	r := *s.run
	r.tb.Helper()
	s.given = append(s.given, tuples...)
	r.check(r.stepper.Settle())
}

// Task is for generated code: the task with number n, which takes tuples to the outputs with route. The first one gives what is sent.
func (s *Spout[T]) Task(n int, route func([]T)) engine.SpoutTask {
	if n > 0 {
		return idle{}
	}
	s.route = route
	return (*task[T])(s)
}

// task is the Spout as the engine knows it.
type task[T any] Spout[T]

func (s *task[T]) Open(*component.Context) error { return nil }
func (s *task[T]) Close() error                  { return nil }

// Waiting implements engine.Given.
func (s *task[T]) Waiting() int { return len(s.given) - s.next }

// Take implements engine.Given.
func (s *task[T]) Take(n int) { s.most = n }

// Next reads as much as Take has said.
func (s *task[T]) Next(context.Context) error {
	s.rows = min(s.most, s.Waiting())
	s.route(s.given[s.next : s.next+s.rows])
	s.next += s.rows
	return nil
}

// Rows implements engine.Counted.
func (s *task[T]) Rows() int { return s.rows }

// Position implements engine.Replayer.
func (s *task[T]) Position() ([]byte, error) { return strconv.AppendInt(nil, int64(s.next), 10), nil }

// Rewind implements engine.Replayer.
func (s *task[T]) Rewind(position []byte) error {
	n, err := strconv.Atoi(string(position))
	s.next = n
	return err
}

// Again implements engine.Replayer.
func (s *task[T]) Again(_ context.Context, position []byte, which []int) error {
	from, err := strconv.Atoi(string(position))
	if err != nil {
		return err
	}
	for _, i := range which {
		s.route(s.given[from+i : from+i+1])
	}
	return nil
}

// idle is a task that gives nothing.
type idle struct{}

func (idle) Open(*component.Context) error { return nil }
func (idle) Next(context.Context) error    { return io.EOF }
func (idle) Close() error                  { return nil }
