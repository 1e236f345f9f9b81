package file

import (
	"context"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/decode"
	"github.com/topo-lang/topo/stdlib/kit/lines"
)

// Json is the spout file.json: JSON objects, a line each.
type Json struct {
	Path    string
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
	return j.in.open(ctx, j.Path, j.MaxLine, lines.Keep)
}

// Next implements component.ObjectSpout.
func (j *Json) Next(ctx context.Context, out *component.Objects) error {
	return j.bad.Next(ctx, &j.in.cutter, j.in.more, out)
}

// Position implements component.Positioned.
func (j *Json) Position() ([]byte, error) { return j.in.position() }

// Rewind implements component.Positioned.
func (j *Json) Rewind(position []byte) error { return j.in.rewind(position) }

// Close implements component.ObjectSpout.
func (j *Json) Close() error {
	j.in.close()
	j.bad.Close()
	return nil
}
