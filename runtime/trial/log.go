package trial

import (
	"context"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/task"
)

// Log keeps what a stream carried since it was last looked at.
type Log struct {
	rows []Row
	key  []int // of a `latest by` stream: only the newest tuple of a key counts
	at   map[string]int
}

// NewLog returns an empty log; key are the fields of `latest by`.
func NewLog(key ...int) *Log { return &Log{key: key, at: map[string]int{}} }

func (l *Log) add(r Row) {
	if len(l.key) > 0 {
		var key strings.Builder
		for _, k := range l.key {
			key.WriteString(r[k].String())
			key.WriteByte(0)
		}
		if i, ok := l.at[key.String()]; ok {
			l.rows[i] = r
			return
		}
		l.at[key.String()] = len(l.rows)
	}
	l.rows = append(l.rows, r)
}

// take empties the log.
func (l *Log) take() []Row {
	rows := l.rows
	l.rows = nil
	clear(l.at)
	return rows
}

// recorder is the task that stands behind a stream, or in a sink's place.
type recorder[R any] struct {
	task.Bolt
	log *Log
	row func(b *batch.Batch[R], i int) Row
}

// Recorder returns a task that puts what it is given into a log.
func Recorder[R any](l *Log, row func(b *batch.Batch[R], i int) Row) engine.Task {
	return &recorder[R]{log: l, row: row}
}

func (r *recorder[R]) Process(_ int, b any) error {
	in := b.(*batch.Batch[R])
	for i := range in.Rows {
		r.log.add(r.row(in, i))
	}
	return nil
}

// Spout is embedded in the spouts of a test: it reads what the test gives it, and can give it again.
type Spout struct {
	given []func()                           // put one tuple each into the outputs
	quits []func(why string, attempts int64) // and these into the stream of failed ones; nil where nobody reads it
	next  int                                // of given
	most  int                                // that the next Next reads
	rows  int                                // that the last one has read
}

// Give lets the spout read one more tuple, which emit puts into its outputs. quit, where not nil, tells of it when it is given up.
func (s *Spout) Give(emit func(), quit func(why string, attempts int64)) {
	s.given, s.quits = append(s.given, emit), append(s.quits, quit)
}

// Open does nothing.
func (s *Spout) Open(*component.Context) error { return nil }

// Close does nothing.
func (s *Spout) Close() error { return nil }

// Waiting implements engine.Given.
func (s *Spout) Waiting() int { return len(s.given) - s.next }

// Take implements engine.Given.
func (s *Spout) Take(n int) { s.most = n }

// Next reads as much as Take has said.
func (s *Spout) Next(context.Context) error {
	s.rows = min(s.most, s.Waiting())
	for range s.rows {
		s.given[s.next]()
		s.next++
	}
	return nil
}

// Rows implements engine.Counted.
func (s *Spout) Rows() int { return s.rows }

// Position implements engine.Replayer.
func (s *Spout) Position() ([]byte, error) { return strconv.AppendInt(nil, int64(s.next), 10), nil }

// Rewind implements engine.Replayer.
func (s *Spout) Rewind(position []byte) error {
	n, err := strconv.Atoi(string(position))
	s.next = n
	return err
}

// GiveUp implements engine.Quitter.
func (s *Spout) GiveUp(_ context.Context, position []byte, all []engine.GivenUp) (told bool, err error) {
	from, err := strconv.Atoi(string(position))
	if err != nil {
		return false, err
	}
	for _, one := range all {
		quit := s.quits[from+one.Number]
		if quit == nil {
			return false, nil
		}
		quit(one.Why, one.Attempts)
	}
	return true, nil
}

// Again implements engine.Replayer.
func (s *Spout) Again(_ context.Context, position []byte, which []int) error {
	from, err := strconv.Atoi(string(position))
	if err != nil {
		return err
	}
	for _, i := range which {
		s.given[from+i]()
	}
	return nil
}
