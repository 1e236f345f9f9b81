package generate

import (
	"context"
	"io"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// Every is the spout generate.every. Ticks are due at whole periods after the start, however long the work on one takes; those
// that a slow pipeline was late for follow at once, and none is left out.
type Every struct {
	Period time.Duration
	Count  int64

	now  func() time.Time
	wait func(ctx context.Context, d time.Duration) // returns early when ctx is done; tests replace it
	due  time.Time
	n    int64
}

// EveryRow is a tuple of Every.
type EveryRow struct {
	N  int64
	At time.Time
}

var _ component.Spout[EveryRow] = (*Every)(nil)

// Open implements component.Spout.
func (e *Every) Open(ctx *component.Context) error {
	if e.Period <= 0 {
		return fault.New("choose a period such as 1s or 100ms", "period: %s is not a time to wait", e.Period)
	}
	if e.Count < 0 {
		return fault.New("leave it out, or say 0, for no end", "count: %d is less than none", e.Count)
	}
	e.now = ctx.Now
	if e.wait == nil {
		e.wait = wait
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Next implements component.Spout.
func (e *Every) Next(ctx context.Context, out *component.Emitter[EveryRow]) error {
	if e.due.IsZero() {
		e.due = e.now().Add(e.Period)
	}
	for !out.Full() && ctx.Err() == nil {
		if e.Count > 0 && e.n >= e.Count {
			return io.EOF
		}
		if left := e.due.Sub(e.now()); left > 0 {
			if len(out.Rows) > 0 {
				return nil
			}
			e.wait(ctx, left)
			continue
		}
		out.Emit(EveryRow{N: e.n, At: e.due})
		e.n++
		e.due = e.due.Add(e.Period)
	}
	return nil
}

// Close implements component.Spout.
func (e *Every) Close() error { return nil }
