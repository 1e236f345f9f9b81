package task

import (
	"context"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// Quits is why the tuples are given up that a spout's code is to tell of, in their order.
type Quits []engine.GivenUp

// Next is that of the next one.
func (q *Quits) Next() (why string, attempts int64) {
	first := (*q)[0]
	*q = (*q)[1:]
	return first.Why, first.Attempts
}

func (q *Quits) numbers() []int {
	all := make([]int, len(*q))
	for i, one := range *q {
		all[i] = one.Number
	}
	return all
}

// GivesUp lets a spout tell quit of the rows that are given up: it counts them, or hands them to who reads the spout's failed tuples.
func GivesUp[Rows any](s engine.SpoutTask, quit func(rows Rows, q *Quits)) engine.SpoutTask {
	for one := s; ; {
		if r, ok := one.(interface{ quits(func(Rows, *Quits)) }); ok {
			r.quits(quit)
			return s
		}
		w, ok := one.(interface{ Unwrap() engine.SpoutTask })
		if !ok {
			return s // a source that is asked gives its tuples again itself
		}
		one = w.Unwrap()
	}
}

func (s *spout[T]) quits(quit func(rows []T, q *Quits)) { s.quitting = quit }

func (s *spout[T]) quit(q *Quits) bool {
	if q != nil && s.quitting != nil {
		s.quitting(s.out.Rows, q)
	}
	return s.quitting != nil
}

func (s *columnSpout) quits(quit func(rows *component.Columns, q *Quits)) { s.quitting = quit }

func (s *columnSpout) quit(q *Quits) bool {
	if q != nil && s.quitting != nil {
		s.quitting(&s.cols, q)
	}
	return s.quitting != nil
}

func (s *objectSpout) quits(quit func(rows *component.Columns, q *Quits)) { s.quitting = quit }

func (s *objectSpout) quit(q *Quits) bool {
	if q != nil && s.quitting != nil {
		s.quitting(&s.rows.Columns, q)
		*s.only = Only{}
	}
	return s.quitting != nil
}

// GiveUp implements engine.Quitter: where the spout's own code does not tell of its tuples, whose values nobody knows any more, what reads its failed tuples is told.
func (s *failingSpout) GiveUp(ctx context.Context, position []byte, all []engine.GivenUp) (told bool, err error) {
	if q, ok := s.SpoutTask.(engine.Quitter); ok {
		if told, err = q.GiveUp(ctx, position, all); told || err != nil {
			return told, err
		}
	}
	for _, one := range all {
		s.report(component.Failed{Reason: one.Why, Attempts: one.Attempts})
	}
	return true, nil
}
