package stdout

import (
	"os"
	"slices"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

// Table is the sink stdout.table: the newest tuple of each key, live on a terminal, at the end elsewhere.
type Table struct {
	Key   int
	Limit int64

	ctx    *component.Context
	enc    *encode.Encoder
	screen *screen // nil where the output is no terminal that can redraw

	mu    sync.Mutex // held by Write and by the timer's redraw
	rows  *rows
	dirty bool
	due   time.Time // not drawn again before
	stop  func()    // the pending redraw's timer; nil where there is none
	err   error     // of a redraw

	// What tests replace.
	after func(time.Duration, func()) (stop func())
	env   func(string) string
	size  func() (width, height int)
}

var _ component.ColumnSink = (*Table)(nil)

// printRows is how many rows are looked at together.
const printRows = 64

// frameTime is the least time between two pictures.
const frameTime = 100 * time.Millisecond

// Open implements component.ColumnSink.
func (t *Table) Open(ctx *component.Context, schema []component.Column) error {
	if t.Limit < 0 {
		return fault.New("leave it out to show every row", "limit: %d is less than none", t.Limit)
	}
	t.ctx, t.rows, t.enc = ctx, newRows(schema, t.Key), encode.New(encode.TSV, schema)
	t.rows.kept = changes{on: ctx.Epochs, epoch: 1}
	if t.after == nil {
		t.after = func(d time.Duration, f func()) func() {
			timer := time.AfterFunc(d, f)
			return func() { timer.Stop() }
		}
	}
	if t.env == nil {
		t.env = os.Getenv
	}
	if t.size == nil {
		t.size = terminalSize(ctx.Stdout)
	}
	if ctx.Terminal && t.env("TERM") != "dumb" && redraws() {
		t.screen = newScreen(ctx.Stdout, t.rows, t.env("NO_COLOR") == "")
	}
	return nil
}

// Write implements component.ColumnSink.
func (t *Table) Write(rows *component.Columns) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows.update(rows)
	if t.screen == nil {
		if out, ok := t.ctx.Stdout.(interface{ Gone() error }); ok {
			return out.Gone()
		}
		return nil
	}
	t.dirty = true
	if t.stop == nil {
		t.stop = t.after(max(0, t.due.Sub(t.ctx.Now())), t.redraw)
	}
	return t.err
}

// redraw shows the rows as they are now. It runs on the timer's goroutine, so that the last picture is never an old one.
func (t *Table) redraw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.dirty || t.err != nil {
		return
	}
	began := t.ctx.Now()
	width, height := t.size()
	t.err = t.screen.frame(width, height, int(t.Limit))
	t.dirty, t.stop = false, nil
	// A picture of very many rows takes its time: it may have a tenth of it.
	took := t.ctx.Now().Sub(began)
	t.due = began.Add(max(frameTime, 10*took))
}

// Flush implements component.ColumnSink. The timer draws.
func (t *Table) Flush() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Close implements component.ColumnSink.
func (t *Table) Close(complete bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dirty = false // for a redraw that waits for the lock
	if t.stop != nil {
		t.stop()
	}
	switch {
	case t.rows == nil:
		return nil
	case t.screen != nil && complete:
		width, height := t.size()
		return t.screen.final(width, height, int(t.Limit))
	case t.screen != nil:
		return t.screen.leave()
	case complete:
		return t.print()
	}
	return nil
}

// print writes the rows as lines.
func (t *Table) print() error {
	var some component.Columns
	for _, c := range t.rows.schema {
		some.Cols = append(some.Cols, component.Column{Name: c.Name, Kind: c.Kind})
	}
	var buf []byte
	// Rows stand where they first came: to fetch some at once takes less time than one after the other.
	for rows := range slices.Chunk(t.rows.top(int(t.Limit)), printRows) {
		some.Reset()
		for _, row := range rows {
			t.rows.columns(&some, row)
		}
		for i := range rows {
			buf = t.enc.AppendLine(buf, &some, i)
		}
		if len(buf) >= printSize {
			if _, err := t.ctx.Stdout.Write(buf); err != nil {
				return cannotWrite(err)
			}
			buf = buf[:0]
		}
	}
	_, err := t.ctx.Stdout.Write(buf)
	return cannotWrite(err)
}

// UsesStreams implements component.Streams.
func (*Table) UsesStreams() {}

// WritesAtEnd implements component.AtEnd.
func (*Table) WritesAtEnd() {}
