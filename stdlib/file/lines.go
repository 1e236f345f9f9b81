package file

import (
	"context"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/lines"
)

// Lines is the spout file.lines: the lines of a file, or of all files that a pattern matches.
type Lines struct {
	Path    string
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
	return l.in.open(ctx, l.Path, l.MaxLine, invalid)
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
		// To read on would change the text of the lines just emitted.
		if len(out.Rows) > 0 || ctx.Err() != nil {
			return nil
		}
		if err := l.in.more(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// Position implements component.Positioned.
func (l *Lines) Position() ([]byte, error) { return l.in.position() }

// Rewind implements component.Positioned.
func (l *Lines) Rewind(position []byte) error { return l.in.rewind(position) }

// Close implements component.Spout.
func (l *Lines) Close() error {
	l.in.close()
	return nil
}
