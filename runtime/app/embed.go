package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/positions"
	"github.com/topo-lang/topo/runtime/transport"
)

// EmbedOptions say how a topology runs inside another program. The zero value is a run like that of its binary, without a store.
type EmbedOptions struct {
	// Stdin, Stdout are what its components read and write as such: nil for nothing to read, and for nowhere.
	Stdin  io.Reader
	Stdout io.Writer
	// Log takes what the binary would say to its operator, a line a Write; nil for nowhere.
	Log io.Writer
	// Store keeps the embedded server's log, and where spouts stand; "" runs without one.
	Store string
	// Guarantee lowers what the topology holds, for this run; "" leaves it.
	Guarantee string
	// Folder is where relative paths are looked for that are not in the working directory.
	Folder string
	// Frames lets tuples travel through the embedded server, as --transport nats does.
	Frames bool
	// Grace is how long it may take to drain when the context has ended; 0: ten seconds. Then it is stopped at once.
	Grace time.Duration
	// Started, where not nil, is given what tells how the run gets on.
	Started func(counted func() (engine.Metrics, bool))
	// Asking, where not nil, is given what asks the run a query of the topology: its parameters are a JSON object, its answer is JSON.
	Asking func(ask func(ctx context.Context, query string, params []byte) ([]byte, error))
}

const defaultGrace = 10 * time.Second

// UsageError is something that an embedding program has given the topology and that can't be.
type UsageError struct{ what, help string }

func (e *UsageError) Error() string { return e.what }

// NewUsageError is for what makes a program of what it is given.
func NewUsageError(what string) *UsageError { return &UsageError{what: what} }

// Help is the way out.
func (e *UsageError) Help() string { return e.help }

// ErrStopped is the error of a run that did not drain in time, or could not go on, after its context had ended.
var ErrStopped = errors.New("the topology was stopped before it had drained")

// Embed runs the program inside another one: no flags, environment or config file is read, no signal is listened to, the process does not end. When ctx
// ends it drains. It returns nil when the input came to its end or was drained; failed tuples that nothing handled are in the summary. The header's `workers` is left
// alone: it all runs in this process.
func Embed(ctx context.Context, p *Program, o EmbedOptions) (engine.Summary, error) {
	a := &app{Program: p, settled: map[string]string{}, env: map[string]string{"TOPO_BASE_DIR": o.Folder},
		stdin: o.Stdin, stdout: &output{w: o.Stdout}, stderr: &messages{w: o.Log}}
	if a.stdin == nil {
		a.stdin = strings.NewReader("")
	}
	if o.Stdout == nil {
		a.stdout.w = io.Discard
	}
	if o.Log == nil {
		a.stderr.w = io.Discard
	}
	guarantee, err := a.embeddable(o)
	if err != nil {
		return engine.Summary{}, err
	}
	if err := ctx.Err(); err != nil {
		return engine.Summary{}, context.Cause(ctx)
	}
	a.stderr.hide(a.Params)
	server, err := broker.Start(broker.Options{Name: a.Name, Store: o.Store, Log: func(m string) { a.stderr.line("warning: broker: %s", m) }})
	if err != nil {
		return engine.Summary{}, err
	}
	r, ended := a.embed(ctx, server, guarantee, o)
	if !ended {
		return r.summary, r.err // a component does not come back
	}
	if err := server.Close(); err != nil && r.err == nil {
		r.err = err
	}
	if err := a.stdout.failure(); err != nil && r.err == nil {
		r.err = err
	}
	return r.summary, r.err
}

// embeddable looks at all that was given before anything starts.
func (a *app) embeddable(o EmbedOptions) (guarantee string, err error) {
	guarantee, problems := a.lowered(o.Guarantee)
	for i := range a.Params {
		p := &a.Params[i]
		if bad := p.outside("Params"); bad != nil {
			problems = append(problems, *bad)
		}
		if re, ok := p.Value.(**regexp.Regexp); ok && *re == nil {
			problems = append(problems, problem{what: "param " + p.Name + " has no value", help: "set it in Params"})
		}
	}
	if len(a.Durable) > 0 && guarantee != "none" && o.Store == "" {
		problems = append(problems, problem{what: strings.Join(a.Durable, " and ") + ": a durable spout's log needs a folder", help: "set Store, or lower the guarantee"})
	}
	var all []error
	for _, p := range problems {
		all = append(all, &UsageError{p.what, p.help})
	}
	return guarantee, errors.Join(all...)
}

// embed builds the topology and runs it. It reports whether the run has ended.
func (a *app) embed(outer context.Context, server *broker.Server, guarantee string, o EmbedOptions) (out result, ended bool) {
	// What has to drain is not cancelled by the wish to drain.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(outer))
	defer cancel(nil)
	stopping := newStop()
	options := engine.Options{Stop: stopping.begun, Context: a.contexts(server.Connect, server.ConnectLogs), Report: a.failed, Note: a.note}
	t := engine.New(a.Name)
	if err := a.builds(t); err != nil {
		return result{err: err}, true
	}
	var stood *positions.File
	switch {
	case guarantee == exactlyOnce && o.Store != "":
		options.Epochs = a.epochs(o.Store, server, t, false)
	case guarantee == exactlyOnce && t.Stores() != "":
		return result{err: a.needsStore(t)}, true
	case guarantee == exactlyOnce:
		options.Opened = func() { a.forgets(t) } // not where nothing runs
	case guarantee != "none":
		options.Tracking = a.tracking()
		if o.Store != "" {
			var err error
			if stood, err = a.positions(o.Store, t); err != nil {
				return result{err: err}, true
			}
			options.Tracking.Positions = &resuming{stood, a, t}
		}
	}
	if o.Frames {
		options.Transport = transport.New(transport.Config{Topology: a.Name, Connect: server.ConnectFrames, Attempt: 1, OnError: cancel})
	}
	if o.Started != nil {
		o.Started(t.Metrics)
	}
	if o.Asking != nil {
		o.Asking(a.answers(t).answer)
	}
	done := make(chan result, 1)
	go func() {
		s, err := t.Run(ctx, options)
		done <- result{s, err}
	}()
	out, ended = waitEmbedded(outer, done, stopping.drain, cancel, o.Grace)
	if stood != nil && ended {
		if err := stood.Close(); err != nil && out.err == nil {
			out.err = err
		}
	}
	return out, ended
}

// builds registers the components. What they are given may be wrong: then they say so by a panic of a known kind.
func (a *app) builds(t *engine.Topology) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case error:
			err = p
		default:
			err = fmt.Errorf("topology %s can't be built: %v", a.Name, p)
		}
	}()
	a.Build(t)
	return nil
}

// waitEmbedded waits for the end of a run, which it lets drain when ctx ends, and stops when that takes too long.
func waitEmbedded(ctx context.Context, done <-chan result, drain func(), stop func(error), grace time.Duration) (r result, ended bool) {
	select {
	case r = <-done:
		return r, true
	case <-ctx.Done():
		drain()
	}
	if grace <= 0 {
		grace = defaultGrace
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case r = <-done:
		return r, true
	case <-timer.C:
		stop(ErrStopped)
	}
	timer.Reset(lastGrace)
	select {
	case r = <-done:
		if r.err == nil {
			r.err = ErrStopped
		}
		return r, true
	case <-timer.C:
		return result{err: fmt.Errorf("%w: a component's call does not come back", ErrStopped)}, false
	}
}
