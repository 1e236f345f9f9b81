package stdin

import (
	"io"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/lines"
	"github.com/topo-lang/topo/stdlib/kit/note"
)

// input is the lines of the standard input.
type input struct {
	cutter lines.Cutter
	pump   *lines.Pump
}

// open takes the standard input.
func (in *input) open(ctx *component.Context, maxLine int64, invalid lines.Invalid) error {
	max, err := lines.ParseMaxLine(maxLine)
	if err != nil {
		return err
	}
	in.cutter = lines.Cutter{MaxLine: max, Invalid: invalid, Warn: note.Warner(ctx), Refuse: ctx.Refuse}
	if err := ctx.Own("the standard input"); err != nil {
		return fault.New("read it once, and let both read that spout", "%w", err)
	}
	// The process owns its standard input: the pump must not close it.
	in.pump = lines.NewPump(func() (io.ReadCloser, error) { return io.NopCloser(ctx.Stdin), nil })
	in.cutter.Start(in.pump, "standard input")
	return nil
}

func (in *input) close() {
	if in.pump != nil {
		in.pump.Close()
		in.cutter.Close()
	}
}
