// Package stdin reads the standard input.
//
// It is read in a goroutine of its own: a run that is asked to stop does not wait for what nobody may ever type.
package stdin

import (
	"context"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/lines"
)

// Lines is the spout stdin.lines.
type Lines struct {
	MaxLine int64
	Invalid string

	in input
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
	return l.in.open(ctx, l.MaxLine, invalid)
}

// Next implements component.Spout.
func (l *Lines) Next(ctx context.Context, out *component.Emitter[LinesRow]) error {
	for {
		for !out.Full() {
			line, ok := l.in.cutter.Line()
			if !ok {
				break
			}
			out.Emit(LinesRow{line})
		}
		if len(out.Rows) > 0 || ctx.Err() != nil {
			return nil
		}
		if err := l.in.cutter.Fill(ctx); err != nil {
			return err
		}
	}
}

// Close implements component.Spout.
func (l *Lines) Close() error {
	l.in.close()
	return nil
}

// UsesStreams implements component.Streams.
func (*Lines) UsesStreams() {}
