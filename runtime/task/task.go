// Package task stands between components written in Go and the engine, once for all of them:
// generated code gives it a function that moves a batch's rows, and this package does the rest.
package task

import (
	"context"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// spout drives a component.Spout.
type spout[T any] struct {
	component.Spout[T]
	out   component.Emitter[T]
	rows  int // that were read
	route func(rows []T)

	quitting func(rows []T, q *Quits)
}

// Spout returns a task that reads from s and hands each Next's rows to route, which appends them to the outputs.
func Spout[T any](s component.Spout[T], route func(rows []T)) engine.SpoutTask {
	return capable(&spout[T]{Spout: s, route: route, out: component.Emitter[T]{Rows: make([]T, 0, component.BatchRows)}}, s)
}

func (s *spout[T]) Next(ctx context.Context) error {
	err := s.Read(ctx)
	// Rows emitted with an error, io.EOF among them, count: they were read before it.
	s.Route()
	return err
}

func (s *spout[T]) Read(ctx context.Context) error {
	s.out.Rows, s.out.IDs = s.out.Rows[:0], s.out.IDs[:0]
	err := s.Spout.Next(ctx, &s.out)
	s.rows = len(s.out.Rows)
	return err
}

func (s *spout[T]) Route() { s.route(s.out.Rows) }

// columnSpout drives a component.ColumnSpout.
type columnSpout struct {
	component.ColumnSpout
	cols  component.Columns
	rows  int // that were read
	route func(rows *component.Columns)

	quitting func(rows *component.Columns, q *Quits)
}

// ColumnSpout returns a task that reads columns of the schema from s and hands them to route.
func ColumnSpout(s component.ColumnSpout, schema []component.Column, route func(rows *component.Columns)) engine.SpoutTask {
	return capable(&columnSpout{ColumnSpout: s, cols: component.Columns{Cols: schema}, route: route}, s)
}

func (s *columnSpout) Open(ctx *component.Context) error {
	return s.ColumnSpout.Open(ctx, s.cols.Cols)
}

func (s *columnSpout) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

func (s *columnSpout) Read(ctx context.Context) error {
	s.cols.Reset()
	err := s.ColumnSpout.Next(ctx, &s.cols)
	s.rows = s.cols.N
	return err
}

func (s *columnSpout) Route() { s.route(&s.cols) }

// objectSpout drives a component.ObjectSpout.
type objectSpout struct {
	component.ObjectSpout
	rows  *component.Objects
	n     int // that were read
	only  *Only
	route func(rows *component.Columns)

	quitting func(rows *component.Columns, q *Quits)
}

// ObjectSpout returns a task that reads texts of JSON objects of the schema from s. Each is handed to read, which keeps what it makes of it until route; that
// is also given what s appended to the columns, and leaves out what only says.
func ObjectSpout(s component.ObjectSpout, schema []component.Column, read func(text string) error, only *Only, route func(rows *component.Columns)) engine.SpoutTask {
	return capable(&objectSpout{ObjectSpout: s, rows: component.NewObjects(schema, read), only: only, route: route}, s)
}

func (s *objectSpout) Open(ctx *component.Context) error {
	return s.ObjectSpout.Open(ctx, s.rows.Cols)
}

func (s *objectSpout) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

func (s *objectSpout) Read(ctx context.Context) error {
	s.rows.Reset()
	err := s.ObjectSpout.Next(ctx, s.rows)
	s.n = s.rows.Len()
	return err
}

func (s *objectSpout) Route() {
	s.route(&s.rows.Columns)
	*s.only = Only{}
}

// columnSink drives a component.ColumnSink.
type columnSink[R any] struct {
	component.ColumnSink
	cols component.Columns
	fill func(b *batch.Batch[R], rows *component.Columns)
}

// ColumnSink returns a task that turns batches into columns with fill and writes them to s.
func ColumnSink[R any](s component.ColumnSink, schema []component.Column, fill func(b *batch.Batch[R], rows *component.Columns)) engine.Task {
	return &columnSink[R]{ColumnSink: s, cols: component.Columns{Cols: schema}, fill: fill}
}

func (s *columnSink[R]) Open(ctx *component.Context) error {
	return s.ColumnSink.Open(ctx, s.cols.Cols)
}

func (s *columnSink[R]) Process(_ int, b any) error {
	s.cols.Reset()
	s.fill(b.(*batch.Batch[R]), &s.cols)
	if s.cols.N == 0 {
		return nil
	}
	return s.Write(&s.cols)
}

// Inner is the component, for what it can do beside: see engine.Kept.
func (s *columnSink[R]) Inner() any { return s.ColumnSink }

func (s *columnSink[R]) Idle() error   { return s.Flush() }
func (s *columnSink[R]) Finish() error { return s.Flush() }

// Bolt is embedded in generated bolts for what most of them do not need.
type Bolt struct{}

// Open does nothing.
func (Bolt) Open(*component.Context) error { return nil }

// Idle does nothing.
func (Bolt) Idle() error { return nil }

// Finish does nothing.
func (Bolt) Finish() error { return nil }

// Close does nothing.
func (Bolt) Close(bool) error { return nil }
