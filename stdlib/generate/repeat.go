package generate

import (
	"context"
	"io"

	"github.com/topo-lang/topo/runtime/component"
)

// Repeat is the spout generate.repeat.
type Repeat struct {
	Value string
	Count int64

	share share
}

// RepeatRow is a tuple of Repeat.
type RepeatRow struct{ Value string }

var _ component.Spout[RepeatRow] = (*Repeat)(nil)

// Open implements component.Spout.
func (r *Repeat) Open(ctx *component.Context) (err error) {
	r.share, err = newShare(ctx, r.Count)
	return err
}

// Next implements component.Spout.
func (r *Repeat) Next(_ context.Context, out *component.Emitter[RepeatRow]) error {
	for !out.Full() {
		if _, ok := r.share.take(); !ok {
			return io.EOF
		}
		out.Emit(RepeatRow{r.Value})
	}
	return nil
}

// Position implements component.Positioned.
func (r *Repeat) Position() ([]byte, error) { return r.share.position() }

// Rewind implements component.Positioned.
func (r *Repeat) Rewind(position []byte) error { return r.share.rewind(position) }

// Close implements component.Spout.
func (r *Repeat) Close() error { return nil }
