// Package embedded runs a topology inside another program: what `topoc gen` writes into a Go package returns a Topology.
//
// Nothing here is global: two topologies, or two runs of one, know nothing of each other. No flag, environment variable or config file
// is read, no signal is listened to, and the process never ends.
package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/topo-lang/topo/runtime/app"
	"github.com/topo-lang/topo/runtime/engine"
)

// Version1 is what generated code names, so that it does not compile with a runtime which it was not made for: then run `go generate` again.
const Version1 = true

// Options say how a topology runs inside another program.
type Options = app.EmbedOptions

// ErrStopped is the error of a run that did not drain in time after its context had ended.
var ErrStopped = app.ErrStopped

// ErrNotRunning is the error of a query where there is no run that could be asked: none has begun, or it is over.
var ErrNotRunning = engine.ErrNotRunning

// Failure is why tuples failed at one place, and how many.
type Failure = engine.Failure

// Metrics is what a run counts.
type Metrics = engine.Metrics

// Topology is a topology that can run, again and again, one run at a time.
type Topology struct {
	Options
	program func() *app.Program
	mu      sync.Mutex
	counted atomic.Pointer[func() (engine.Metrics, bool)]
	asked   atomic.Pointer[asking]
	failed  []Failure
}

// asking asks a run a query.
type asking func(ctx context.Context, query string, params []byte) ([]byte, error)

// New is for generated code: program makes the program anew for each run.
func New(program func() *app.Program) *Topology { return &Topology{program: program} }

// Run runs the topology until its input has ended, and returns nil then. When ctx ends, its spouts read no more and what they
// have read is processed, within Grace; that returns nil, too. Tuples that failed and that nothing handled end no run: see Failures.
func (t *Topology) Run(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.Options
	started := o.Started
	o.Started = func(counted func() (engine.Metrics, bool)) {
		t.counted.Store(&counted)
		if started != nil {
			started(counted)
		}
	}
	asks := o.Asking
	o.Asking = func(ask func(ctx context.Context, query string, params []byte) ([]byte, error)) {
		t.asked.Store((*asking)(&ask))
		if asks != nil {
			asks(ask)
		}
	}
	program, err := t.made()
	if err != nil {
		return err
	}
	summary, err := app.Embed(ctx, program, o)
	t.failed = summary.Failures
	return err
}

// made is the program of a run, or what is wrong with what it was given.
func (t *Topology) made() (p *app.Program, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *app.UsageError:
			err = v
		default:
			panic(v)
		}
	}()
	return t.program(), nil
}

// Failures are the tuples of the last run that failed and that nothing handled, by their place in the text.
func (t *Topology) Failures() []Failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Failure
	for _, f := range t.failed {
		if f.Count > 0 {
			out = append(out, f)
		}
	}
	return out
}

// Metrics is what the run has counted so far; false before it has begun. It may be called at any time.
func (t *Topology) Metrics() (Metrics, bool) {
	counted := t.counted.Load()
	if counted == nil {
		return Metrics{}, false
	}
	return (*counted)()
}

// Query asks the run a query of the topology. params is what encoding/json makes an object of, with a member for each parameter, as a map or a struct: nil where
// there are none. answer points to what the answer is read into: a struct, or for a select a list of them. It may be called at any time, also by several at once;
// under exactly-once with a Store it waits for the end of the epoch.
func (t *Topology) Query(ctx context.Context, name string, params, answer any) error {
	ask := t.asked.Load()
	if ask == nil {
		return ErrNotRunning
	}
	var question []byte
	if params != nil {
		var err error
		if question, err = json.Marshal(params); err != nil {
			return fmt.Errorf("query %s: %w", name, err)
		}
	}
	text, err := (*ask)(ctx, name, question)
	if err != nil {
		return fmt.Errorf("query %s: %w", name, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("query %s: %w", name, err)
	}
	return nil
}

// Plan shows how the topology runs: its components, streams and tasks.
func (t *Topology) Plan() string { return t.program().PlanText }
