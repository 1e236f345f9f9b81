package trial

import (
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

// Spout is embedded in the spouts of a test, which read nothing by themselves.
type Spout struct{}

// Open does nothing.
func (Spout) Open(*component.Context) error { return nil }

// Close does nothing.
func (Spout) Close() error { return nil }
