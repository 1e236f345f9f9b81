// Package component is what a component written in Go implements: spouts and sinks of the
// standard library and of users alike. Generated code stands between it and the engine.
//
// A component is a Go struct whose exported fields are the arguments of its .topo signature.
// Nothing here is called once a tuple: spouts hand over, and sinks take, many rows at a time.
package component

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/tree"
	"github.com/topo-lang/topo/runtime/value"
)

// ErrDone is what a sink's Write or Flush returns, wrapped or not, when whoever it writes for wants no more: nobody reads the standard output any
// longer. That is no failure. The sink gets no more rows; the others go on, and the run ends in order when every sink is done.
var ErrDone = errors.New("nobody wants more")

// Context is what a component may know of the run it takes part in.
type Context struct {
	Topology    string
	Component   string // its name in the topology
	Task, Tasks int    // this task's number, from 0, and how many there are
	Stdin       io.Reader
	Stdout      io.Writer // shared by all components; a Write is never torn by another task's
	Stderr      io.Writer // for messages to the operator
	Terminal    bool      // Stdout is a terminal
	// Now is the clock; tests drive it.
	Now func() time.Time
	// Stepped says that Now stands still while a component works, as in tests: nothing takes any time then.
	Stepped bool
	// Fail tells of a tuple that the component can't make, take or deliver, and goes on without: it goes to the
	// component's stream `.failed`, or is counted, and the status of the run is 1 then. It is called by the task's own goroutine, within
	// Next, Write or Flush. Nil where nobody listens, as in tests of components: see Refuse.
	Fail func(Failed)
	// BaseDir is where the topology's text stands under `topoc run`, "" in a built binary. Relative paths that
	// do not exist in the working directory are looked for here when they are read: see Find.
	BaseDir string
	// Owners is shared by all components of a run, and what Own asks; nil where there is one component only, as in its tests.
	Owners *Owners
	// Trees follows the trees of tuples, for generated code that holds tuples back; nil in a run that follows none.
	Trees *tree.Tracker
	// Epochs says that the run commits in epochs: a sink that can (see Commits) writes nothing by itself, and a durable spout has its log.
	Epochs bool
	// StateRows is how many rows of state in an external store a task keeps in memory at the most; 0: as many as package store thinks right.
	StateRows int
	// Broker connects to the embedded NATS server.
	Broker func() (*nats.Conn, error)
	// Logs connects to the logs that stand in front of durable spouts, each of which may hold LogLimit bytes.
	Logs     func() (*nats.Conn, error)
	LogLimit int64
}

// Refuse calls Fail, where there is one.
func (c *Context) Refuse(f Failed) {
	if c.Fail != nil {
		c.Fail(f)
	}
}

// Failed is a tuple that failed. Its texts need be valid during the call only.
type Failed struct {
	Tuple  string // as JSON, or the text that should have become one; "" where nothing is known
	Reason string
	Place  string // where it came from, as "words.txt:12"; "" where that is not known
	// Attempts is how often it was tried; 0 is once.
	Attempts int64
}

// JSON is the tuple as JSON: as it is where it is that, else as a JSON text, and null where nothing is known.
func (f *Failed) JSON() string {
	switch {
	case f.Tuple == "":
		return "null"
	case json.Valid([]byte(f.Tuple)):
		return f.Tuple
	}
	text, err := json.Marshal(f.Tuple)
	if err != nil {
		return "null"
	}
	return string(text)
}

// Spout is a source of rows of type T.
type Spout[T any] interface {
	// Open is called once, before any Next, and says what is wrong before anything runs.
	Open(*Context) error
	// Next emits rows until out.Full(), and returns. It returns as soon as waiting for more would
	// delay rows already emitted, and waits only when it has emitted none and until ctx is done (then it
	// returns nil). io.EOF ends the source; rows emitted with it count. Text in rows must stay as it is until the next call.
	Next(ctx context.Context, out *Emitter[T]) error
	// Close is called once after the last Next, also after an error.
	Close() error
}

// Sink takes rows of type T.
type Sink[T any] interface {
	Open(*Context) error
	// Write takes rows; their text is valid until it returns.
	Write(rows []T) error
	// Flush is called when there is nothing more to write for now, and before Close.
	Flush() error
	// Close is called once. Complete tells whether the input came to its end (or the run was asked to stop
	// and was drained), so that the output is whole; it is false after an error.
	Close(complete bool) error
}

// ColumnSpout is a spout whose schema the topology declares (`-> any` in its signature).
type ColumnSpout interface {
	// Open is given the schema, as columns without values.
	Open(ctx *Context, schema []Column) error
	// Next is Spout.Next; it appends to the columns, equally many to each, and sets out.N.
	Next(ctx context.Context, out *Columns) error
	Close() error
}

// ObjectSpout is a ColumnSpout whose source has JSON objects: it hands over their text, and code made for the schema reads it. A spout is one where its
// Next takes *Objects.
type ObjectSpout interface {
	Open(ctx *Context, schema []Column) error
	// Next is Spout.Next; it calls out.Object for each text, or appends to the columns.
	Next(ctx context.Context, out *Objects) error
	Close() error
}

// ColumnSink is a sink that takes tuples of any schema (`rows any` in its signature).
type ColumnSink interface {
	// Open is given the schema, as columns without values; `per tuple` arguments come last and have PerTuple set.
	Open(ctx *Context, schema []Column) error
	// Write takes out.N rows; text in them is valid until it returns.
	Write(rows *Columns) error
	Flush() error
	Close(complete bool) error
}

// BatchRows is how many rows a spout hands over at once at the most.
const BatchRows = 1024

// Emitter collects the rows of one Next.
type Emitter[T any] struct {
	Rows []T
	IDs  []uint64 // of an Acknowledged spout: one for each row
	less int      // how many fewer than BatchRows may come
}

// Emit adds a row.
func (e *Emitter[T]) Emit(row T) { e.Rows = append(e.Rows, row) }

// Full reports that Next should return.
func (e *Emitter[T]) Full() bool { return len(e.Rows) >= BatchRows-e.less }

// Room is how many rows more may be emitted.
func (e *Emitter[T]) Room() int { return max(0, BatchRows-e.less-len(e.Rows)) }

// Limit says how many rows a Next may emit: from 1 to BatchRows. It is for who calls Next.
func (e *Emitter[T]) Limit(rows int) { e.less = BatchRows - min(max(rows, 1), BatchRows) }

// Kind is the type of a column.
type Kind int

// The kinds of columns. Values of types without a column of their own (lists, maps, records, optionals)
// arrive as JSON text in Strings, of kind JSON; that text is compact, and a spout gives it so: see jsontext.Compact.
const (
	Bool Kind = iota
	Int
	Float
	String
	Bytes
	Time
	Duration
	JSON
	Decimal
)

// Column is one field of many rows; the slice of its kind holds the values.
type Column struct {
	Name     string
	Kind     Kind
	PerTuple bool
	// Optional says that a column of kind JSON holds values that may be missing (null), of the kind Of where they are there.
	Optional bool
	Of       Kind
	// Check, where not nil, says why a text of a spout's column is no value of the field's type, such as "not a Kind: sale, refund".
	Check     func(text string) error
	Bools     []bool
	Ints      []int64 // Int
	Floats    []float64
	Strings   []string // String, JSON
	Blobs     [][]byte // Bytes
	Times     []time.Time
	Durations []time.Duration
	Decimals  []value.Decimal
}

// Columns is many rows, a column a field.
type Columns struct {
	N    int
	Cols []Column
	IDs  []uint64 // of an Acknowledged spout: one for each row
	less int      // how many fewer than BatchRows may come
}

// Full reports that Next should return.
func (c *Columns) Full() bool { return c.N >= BatchRows-c.less }

// Limit is as that of an Emitter.
func (c *Columns) Limit(rows int) { c.less = BatchRows - min(max(rows, 1), BatchRows) }

// Objects takes the rows of one Next of an ObjectSpout: as texts, or as columns, but not as both.
type Objects struct {
	Columns
	read func(text string) error
	n    int
}

// NewObjects returns what hands each text to read, code made for the schema.
func NewObjects(schema []Column, read func(text string) error) *Objects {
	return &Objects{Columns: Columns{Cols: schema}, read: read}
}

// Object takes a tuple as the text of a JSON object: a member for each field, by its name, the last one where a name comes twice; others are left alone.
// It may be a view, and must stay as it is until the next call of Next. The error says why the text is no tuple; then there is none.
func (o *Objects) Object(text string) error {
	if err := o.read(text); err != nil {
		return err
	}
	o.n++
	return nil
}

// Len is how many rows were taken since Next was called.
func (o *Objects) Len() int { return o.n + o.N }

// Full reports that Next should return.
func (o *Objects) Full() bool { return o.n+o.N >= BatchRows-o.less }

// Reset begins anew.
func (o *Objects) Reset() {
	o.n = 0
	o.Columns.Reset()
}

// Reset empties the columns and keeps their memory.
func (c *Columns) Reset() {
	c.N, c.IDs = 0, c.IDs[:0]
	for i := range c.Cols {
		k := &c.Cols[i]
		k.Bools, k.Ints, k.Floats = k.Bools[:0], k.Ints[:0], k.Floats[:0]
		k.Strings, k.Blobs = k.Strings[:0], k.Blobs[:0]
		k.Times, k.Durations = k.Times[:0], k.Durations[:0]
		k.Decimals = k.Decimals[:0]
	}
}

// Pick leaves the rows with these numbers, which are in order.
func (c *Columns) Pick(which []int) {
	for i := range c.Cols {
		k := &c.Cols[i]
		k.Bools, k.Ints, k.Floats = picked(k.Bools, which), picked(k.Ints, which), picked(k.Floats, which)
		k.Strings, k.Blobs = picked(k.Strings, which), picked(k.Blobs, which)
		k.Times, k.Durations = picked(k.Times, which), picked(k.Durations, which)
		k.Decimals = picked(k.Decimals, which)
	}
	c.N = len(which)
}

// picked leaves some values of a column; those of other kinds than its own are none.
func picked[T any](values []T, which []int) []T {
	if len(values) == 0 {
		return values
	}
	for i, k := range which {
		values[i] = values[k]
	}
	return values[:len(which)]
}
