// Package stdout shows tuples on the standard output: as lines that a pipe can carry on, or as a
// table that a person can watch.
package stdout

import (
	"fmt"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

// Print is the sink stdout.print: each tuple as a line.
type Print struct {
	Format string

	ctx *component.Context
	enc *encode.Encoder
	buf []byte
}

var _ component.ColumnSink = (*Print)(nil)

// printSize is how much text Print collects before it writes.
const printSize = 32 << 10

// Open implements component.ColumnSink.
func (p *Print) Open(ctx *component.Context, schema []component.Column) error {
	format, err := encode.ParseFormat(p.Format, encode.TSV, encode.CSV, encode.JSON, encode.Text)
	if err != nil {
		return err
	}
	p.ctx, p.enc = ctx, encode.New(format, schema)
	return nil
}

// Write implements component.ColumnSink. What reaches the standard output is always whole lines, so that those of several
// tasks do not mix.
func (p *Print) Write(rows *component.Columns) error {
	for i := range rows.N {
		p.buf = p.enc.AppendLine(p.buf, rows, i)
		if len(p.buf) >= printSize {
			if err := p.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush implements component.ColumnSink.
func (p *Print) Flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	_, err := p.ctx.Stdout.Write(p.buf)
	p.buf = p.buf[:0]
	return cannotWrite(err)
}

// Close implements component.ColumnSink. Lines are facts of their own: those there are get out, also after an error.
func (p *Print) Close(bool) error { return p.Flush() }

func cannotWrite(err error) error {
	if err != nil {
		return fmt.Errorf("standard output: cannot write: %w", err)
	}
	return nil
}

// UsesStreams implements component.Streams.
func (*Print) UsesStreams() {}
