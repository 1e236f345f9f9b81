// Package decode reads tuples out of text, and knows what to do with what is none.
package decode

import (
	"context"
	"strings"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/lines"
	"github.com/topo-lang/topo/stdlib/kit/note"
)

// Bad is what to do with text that is no tuple: the argument `invalid`.
type Bad struct {
	how  string
	ctx  *component.Context
	left int64 // out
}

// ParseBad reads the argument `invalid`: "report" counts a failed tuple and goes on, "fail" ends the run, "skip" goes on and says at the end how many
// there were.
func ParseBad(how string, ctx *component.Context) (Bad, error) {
	switch how {
	case "report", "fail", "skip":
		return Bad{how: how, ctx: ctx}, nil
	}
	return Bad{}, fault.New(`choose one of "report", "fail", "skip"`, "invalid: %q is not a way to treat what is no tuple", how)
}

// Objects takes the lines of a block as JSON objects, until there is none or out is full. Empty lines are passed over.
func (b *Bad) Objects(from *lines.Cutter, out *component.Objects) error {
	for !out.Full() {
		line, ok := from.Line()
		if !ok {
			return nil
		}
		err := out.Object(line)
		if err == nil || strings.TrimSpace(line) == "" {
			continue
		}
		if err := b.Tuple(from.Place(), line, err); err != nil {
			return err
		}
	}
	return nil
}

// Tuple is told of one: where it stands, its text, so that a dead letter can be mended and sent again, and why it is none. The error ends
// the source.
func (b *Bad) Tuple(place, text string, why error) error {
	switch b.how {
	case "fail":
		return fault.New(`mend it, or say `+"`invalid: \"report\"`"+` (and go on) or `+"`invalid: \"skip\"`"+` (and say only how many)`, "%s: %w", place, why)
	case "skip":
		if b.left++; b.left == 1 {
			note.Warner(b.ctx)("%s: left out: %v", place, why)
		}
		return nil
	}
	b.ctx.Refuse(component.Failed{Tuple: text, Place: place, Reason: why.Error()})
	return nil
}

// Close tells how many were left out.
func (b *Bad) Close() {
	if b.left > 1 {
		note.Warner(b.ctx)("%d were left out", b.left)
	}
}

// Next fills out with the lines of a cutter as JSON objects, and calls more for further lines while there are none: what a component.ObjectSpout does whose input
// is lines.
func (b *Bad) Next(ctx context.Context, from *lines.Cutter, more func(context.Context) error, out *component.Objects) error {
	for {
		if err := b.Objects(from, out); err != nil {
			return err
		}
		// To read on would change the text of the lines just taken, and may take long.
		if out.Len() > 0 || ctx.Err() != nil {
			return nil
		}
		if err := more(ctx); err != nil {
			return err
		}
	}
}
