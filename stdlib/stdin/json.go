package stdin

import (
	"context"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/decode"
	"github.com/topo-lang/topo/stdlib/kit/lines"
)

// Json is the spout stdin.json: JSON objects, a line each.
type Json struct {
	MaxLine int64
	Invalid string

	in  input
	bad decode.Bad
}

var _ component.ObjectSpout = (*Json)(nil)

// Open implements component.ObjectSpout.
func (j *Json) Open(ctx *component.Context, _ []component.Column) error {
	var err error
	if j.bad, err = decode.ParseBad(j.Invalid, ctx); err != nil {
		return err
	}
	return j.in.open(ctx, j.MaxLine, lines.Keep)
}

// Next implements component.ObjectSpout.
func (j *Json) Next(ctx context.Context, out *component.Objects) error {
	return j.bad.Next(ctx, &j.in.cutter, j.in.cutter.Fill, out)
}

// Close implements component.ObjectSpout.
func (j *Json) Close() error {
	j.in.close()
	j.bad.Close()
	return nil
}

// UsesStreams implements component.Streams.
func (*Json) UsesStreams() {}
