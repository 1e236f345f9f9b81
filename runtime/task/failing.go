package task

import (
	"context"
	"strings"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// failingSpout is a spout task whose component's failed tuples somebody reads.
type failingSpout struct {
	engine.SpoutTask
	report func(component.Failed)
	failed []component.Failed
}

// FailingSpout lets a spout's component tell report of its failed tuples. What it tells while it reads is reported when its tuples are handed on: only
// then may the outputs be written to.
func FailingSpout(t engine.SpoutTask, report func(component.Failed)) engine.SpoutTask {
	s := &failingSpout{SpoutTask: t, report: report}
	if r, ok := t.(engine.Router); ok {
		return &failingRouter{failingSpout: s, router: r}
	}
	return s
}

// Unwrap gives the engine what the spout can do beside.
func (s *failingSpout) Unwrap() engine.SpoutTask { return s.SpoutTask }

func (s *failingSpout) Open(ctx *component.Context) error {
	ctx.Fail = func(f component.Failed) {
		s.failed = append(s.failed, component.Failed{Tuple: strings.Clone(f.Tuple), Reason: strings.Clone(f.Reason), Place: strings.Clone(f.Place)})
	}
	return s.SpoutTask.Open(ctx)
}

func (s *failingSpout) Next(ctx context.Context) error {
	err := s.SpoutTask.Next(ctx)
	s.tell()
	return err
}

func (s *failingSpout) tell() {
	for _, f := range s.failed {
		s.report(f)
	}
	s.failed = s.failed[:0]
}

// failingRouter tells reading from handing on, so that a chain is free while the source is waited for.
type failingRouter struct {
	*failingSpout
	router engine.Router
}

func (s *failingRouter) Read(ctx context.Context) error { return s.router.Read(ctx) }

func (s *failingRouter) Route() {
	s.router.Route()
	s.tell()
}

// failingSink is a sink task whose component's failed tuples somebody reads.
type failingSink struct {
	engine.Task
	report func(component.Failed)
}

// FailingSink lets a sink's component tell report of its failed tuples.
func FailingSink(t engine.Task, report func(component.Failed)) engine.Task {
	return &failingSink{t, report}
}

// Inner is the task without it.
func (s *failingSink) Inner() any { return s.Task }

func (s *failingSink) Open(ctx *component.Context) error {
	ctx.Fail = s.report
	return s.Task.Open(ctx)
}
