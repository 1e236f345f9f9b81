package task

import (
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// failingSpout is a spout task whose component's failed tuples somebody reads.
type failingSpout struct {
	engine.SpoutTask
	report func(component.Failed)
}

// FailingSpout lets a spout's component tell report of its failed tuples.
func FailingSpout(t engine.SpoutTask, report func(component.Failed)) engine.SpoutTask {
	return &failingSpout{t, report}
}

// Unwrap gives the engine what the spout can do beside.
func (s *failingSpout) Unwrap() engine.SpoutTask { return s.SpoutTask }

func (s *failingSpout) Open(ctx *component.Context) error {
	ctx.Fail = s.report
	return s.SpoutTask.Open(ctx)
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

func (s *failingSink) Open(ctx *component.Context) error {
	ctx.Fail = s.report
	return s.Task.Open(ctx)
}
