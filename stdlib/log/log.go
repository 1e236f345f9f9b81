// Package log tells the operator about tuples: a line each, on the standard error.
//
// A line is the level, the component's name and the text: `warning: late: late by 3s`. Control characters in the
// text are escaped, so that a tuple is one line whatever it holds.
package log

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// Info is the sink log.info.
type Info struct{ writer }

// Warn is the sink log.warn.
type Warn struct{ writer }

// Error is the sink log.error.
type Error struct{ writer }

var (
	_ component.ColumnSink = (*Info)(nil)
	_ component.ColumnSink = (*Warn)(nil)
	_ component.ColumnSink = (*Error)(nil)
)

// Open implements component.ColumnSink.
func (l *Info) Open(ctx *component.Context, schema []component.Column) error {
	return l.open(ctx, schema, "info")
}

// Open implements component.ColumnSink.
func (l *Warn) Open(ctx *component.Context, schema []component.Column) error {
	return l.open(ctx, schema, "warning")
}

// Open implements component.ColumnSink.
func (l *Error) Open(ctx *component.Context, schema []component.Column) error {
	return l.open(ctx, schema, "error")
}

// writer is what the three have in common.
type writer struct {
	ctx    *component.Context
	prefix string
	text   int // the column of the argument
	buf    []byte
}

// bufferSize is how much text is collected before it is written.
const bufferSize = 16 << 10

func (w *writer) open(ctx *component.Context, schema []component.Column, level string) error {
	w.ctx, w.text = ctx, -1
	w.prefix = level + ": " + ctx.Component + ": "
	for i, c := range schema {
		if c.PerTuple && c.Name == "text" {
			w.text = i
		}
	}
	if w.text < 0 {
		return fault.New("write `text: \"...\"`", "log: no text is given")
	}
	return nil
}

// Write implements component.ColumnSink.
func (w *writer) Write(rows *component.Columns) error {
	for _, s := range rows.Cols[w.text].Strings[:rows.N] {
		w.buf = append(w.buf, w.prefix...)
		w.buf = appendPrintable(w.buf, s)
		w.buf = append(w.buf, '\n')
		if len(w.buf) >= bufferSize {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendPrintable appends s with its control characters escaped.
func appendPrintable(b []byte, s string) []byte {
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			b = utf8.AppendRune(b, r)
		case r == '\t' || !unicode.IsControl(r):
			b = append(b, s[i:i+utf8.RuneLen(r)]...)
		default:
			q := strconv.AppendQuoteRune(nil, r)
			b = append(b, q[1:len(q)-1]...)
		}
	}
	return b
}

// Flush implements component.ColumnSink.
func (w *writer) Flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.ctx.Stderr.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return fmt.Errorf("standard error: cannot write: %w", err)
	}
	return nil
}

// Close implements component.ColumnSink.
func (w *writer) Close(bool) error { return w.Flush() }
