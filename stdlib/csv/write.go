package csv

import (
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/file"
)

// Write is the sink csv.write: file.write in this format.
type Write struct {
	Path   string
	Header bool

	out file.Write
}

var _ component.ColumnSink = (*Write)(nil)

// Open implements component.ColumnSink.
func (w *Write) Open(ctx *component.Context, schema []component.Column) error {
	w.out = file.Write{Path: w.Path, Format: "csv", Header: w.Header}
	return w.out.Open(ctx, schema)
}

// Write implements component.ColumnSink.
func (w *Write) Write(rows *component.Columns) error { return w.out.Write(rows) }

// Flush implements component.ColumnSink.
func (w *Write) Flush() error { return w.out.Flush() }

// Close implements component.ColumnSink.
func (w *Write) Close(complete bool) error { return w.out.Close(complete) }

// Inner is what commits with the epochs.
func (w *Write) Inner() any { return &w.out }

// WritesAtEnd implements component.AtEnd.
func (*Write) WritesAtEnd() {}
