package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// reader is what the spouts of this package have in common.
type reader interface {
	engine.Router
	engine.Counted
	// pick leaves of what Read has read only the rows with these numbers, which are in order.
	pick(which []int)
	// ids are the numbers that the component gave the rows.
	ids() []uint64
	engine.Limited
	// quit tells of what Read has read, where there is code for that.
	quit(q *Quits) bool
}

// capable adds what the component can do for at-least-once.
func capable(r reader, c any) engine.SpoutTask {
	switch c := c.(type) {
	case component.Positioned:
		p := &positioned{reader: r, Positioned: c}
		if c, ok := c.(component.Committed); ok {
			return &committed{p, c}
		}
		return p
	case component.Acknowledged:
		return &acknowledged{reader: r, Acknowledged: c}
	}
	return r
}

// positioned is a spout that can go back.
type positioned struct {
	reader
	component.Positioned
	again bool // it has gone back, for a while
}

// committed is one whose source is told of what is settled.
type committed struct {
	*positioned
	component.Committed
}

// Unwrap gives what reads.
func (c *committed) Unwrap() engine.SpoutTask { return c.positioned }

// ToldBeforeClose implements engine.Informed.
func (c *committed) ToldBeforeClose() {}

func (p *positioned) Open(ctx *component.Context) error {
	// What can't be read was told of when it was read first.
	if fail := ctx.Fail; fail != nil {
		ctx.Fail = func(f component.Failed) {
			if !p.again {
				fail(f)
			}
		}
	}
	return p.reader.Open(ctx)
}

// Again implements engine.Replayer.
func (p *positioned) Again(ctx context.Context, position []byte, which []int) error {
	return p.pass(ctx, position, which, p.Route)
}

// GiveUp implements engine.Quitter.
func (p *positioned) GiveUp(ctx context.Context, position []byte, all []engine.GivenUp) (told bool, err error) {
	if told = p.quit(nil); !told {
		return false, nil
	}
	q := Quits(all)
	return true, p.pass(ctx, position, q.numbers(), func() { p.quit(&q) })
}

// Unwrap gives what reads.
func (p *positioned) Unwrap() engine.SpoutTask { return p.reader }

// pass reads rows once more, and lets each part of them that has been read go on.
func (p *positioned) pass(ctx context.Context, position []byte, which []int, route func()) error {
	here, err := p.Position()
	if err != nil {
		return err
	}
	if err := p.Rewind(position); err != nil {
		return err
	}
	p.again = true
	p.Limit(component.BatchRows)
	defer func() { p.again = false }()
	for seen := 0; len(which) > 0; {
		err := p.Read(ctx)
		rows := p.Rows()
		n := 0
		for n < len(which) && which[n] < seen+rows {
			n++
		}
		now := slices.Clone(which[:n])
		for i := range now {
			now[i] -= seen
		}
		p.pick(now)
		route()
		which, seen = which[n:], seen+rows
		switch {
		case len(which) == 0:
		case err == io.EOF:
			return errors.New("the source ends before tuples that it has given once: it has changed")
		case err != nil:
			return err
		case rows == 0 && ctx.Err() != nil:
			return ctx.Err()
		}
	}
	return p.Rewind(here)
}

// acknowledged is a spout whose source is told of each tuple.
type acknowledged struct {
	reader
	component.Acknowledged
}

func (a *acknowledged) IDs() []uint64 { return a.ids() }

func (a *acknowledged) Next(ctx context.Context) error {
	err := a.Read(ctx)
	a.Route()
	return err
}

func (a *acknowledged) Read(ctx context.Context) error {
	err := a.reader.Read(ctx)
	if rows, ids := a.Rows(), len(a.ids()); rows != ids && (err == nil || err == io.EOF) {
		return fmt.Errorf("the spout has given %d tuples and %d ids: each tuple needs one", rows, ids)
	}
	return err
}

func (s *spout[T]) Limit(rows int)    { s.out.Limit(rows) }
func (s *columnSpout) Limit(rows int) { s.cols.Limit(rows) }
func (s *objectSpout) Limit(rows int) { s.rows.Limit(rows) }

func (s *spout[T]) Rows() int     { return s.rows }
func (s *spout[T]) ids() []uint64 { return s.out.IDs }
func (s *spout[T]) pick(which []int) {
	for i, k := range which {
		s.out.Rows[i] = s.out.Rows[k]
	}
	s.out.Rows = s.out.Rows[:len(which)]
}

func (s *columnSpout) Rows() int        { return s.rows }
func (s *columnSpout) ids() []uint64    { return s.cols.IDs }
func (s *columnSpout) pick(which []int) { s.cols.Pick(which) }

func (s *objectSpout) Rows() int     { return s.n }
func (s *objectSpout) ids() []uint64 { return s.rows.IDs }
func (s *objectSpout) pick(which []int) {
	if s.rows.N > 0 {
		s.rows.Pick(which)
		return
	}
	s.only.which, s.only.picking = which, true
}

// Only tells which rows of a spout are handed on; the zero value: all of them.
type Only struct {
	which   []int
	picking bool
}

// Skips reports whether a row is left out. It is asked for each row in order.
func (o *Only) Skips(row int) bool {
	if !o.picking {
		return false
	}
	if len(o.which) > 0 && o.which[0] == row {
		o.which = o.which[1:]
		return false
	}
	return true
}
