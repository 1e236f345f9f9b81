package file

import (
	"context"
	"strings"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/internal/decode"
	"github.com/topo-lang/topo/stdlib/internal/lines"
)

// Json is the spout file.json: JSON objects, a line each.
type Json struct {
	Path    string
	MaxLine int64
	Invalid string

	in     input
	reader *decode.JSON
	bad    decode.Bad
}

var _ component.ColumnSpout = (*Json)(nil)

// Open implements component.ColumnSpout.
func (j *Json) Open(ctx *component.Context, schema []component.Column) error {
	var err error
	if j.bad, err = decode.ParseBad(j.Invalid, ctx); err != nil {
		return err
	}
	j.reader = decode.NewJSON(schema)
	return j.in.open(ctx, j.Path, j.MaxLine, lines.Keep)
}

// Next implements component.ColumnSpout.
func (j *Json) Next(ctx context.Context, out *component.Columns) error {
	j.reader.Reset()
	for {
		for out.N < component.BatchRows {
			line, ok := j.in.cutter.Line()
			if !ok {
				break
			}
			if strings.TrimSpace(line) == "" {
				continue
			}
			if err := j.reader.Append(line, out); err != nil {
				if err := j.bad.Tuple(j.in.cutter.Place(), line, err); err != nil {
					return err
				}
				continue
			}
			out.N++
		}
		// To read on would change the text of the lines just taken.
		if out.N > 0 || ctx.Err() != nil {
			return nil
		}
		if err := j.in.more(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// Close implements component.ColumnSpout.
func (j *Json) Close() error {
	j.in.close()
	j.bad.Close()
	return nil
}
