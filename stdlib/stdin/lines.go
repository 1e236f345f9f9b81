// Package stdin reads the standard input.
//
// It is read in a goroutine of its own: a run that is asked to stop does not wait for what nobody may ever type.
package stdin

import (
	"context"
	"io"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/internal/fault"
	"github.com/topo-lang/topo/stdlib/internal/lines"
	"github.com/topo-lang/topo/stdlib/internal/note"
)

// Lines is the spout stdin.lines.
type Lines struct {
	MaxLine int64
	Invalid string

	cutter lines.Cutter
	pump   *lines.Pump
}

// LinesRow is a tuple of Lines.
type LinesRow struct{ Line string }

var _ component.Spout[LinesRow] = (*Lines)(nil)

// Open implements component.Spout.
func (l *Lines) Open(ctx *component.Context) error {
	invalid, err := lines.ParseInvalid(l.Invalid)
	if err != nil {
		return err
	}
	max, err := lines.ParseMaxLine(l.MaxLine)
	if err != nil {
		return err
	}
	l.cutter = lines.Cutter{MaxLine: max, Invalid: invalid, Warn: note.Warner(ctx)}
	if err := ctx.Own("the standard input"); err != nil {
		return fault.New("read it once, and let both read that spout", "%w", err)
	}
	// The process owns its standard input: the pump must not close it.
	l.pump = lines.NewPump(func() (io.ReadCloser, error) { return io.NopCloser(ctx.Stdin), nil })
	l.cutter.Start(l.pump, "standard input")
	return nil
}

// Next implements component.Spout.
func (l *Lines) Next(ctx context.Context, out *component.Emitter[LinesRow]) error {
	for {
		for !out.Full() {
			line, ok := l.cutter.Line()
			if !ok {
				break
			}
			out.Emit(LinesRow{line})
		}
		if len(out.Rows) > 0 || ctx.Err() != nil {
			return nil
		}
		if err := l.cutter.Fill(ctx); err != nil {
			return err
		}
	}
}

// Close implements component.Spout.
func (l *Lines) Close() error {
	if l.pump != nil {
		l.pump.Close()
		l.cutter.Close()
	}
	return nil
}
