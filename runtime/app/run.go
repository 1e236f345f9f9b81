package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/positions"
	"github.com/topo-lang/topo/runtime/transport"
)

const configFlag = "config"

// runFlags are the flags of the command run: its own, which the compiler keeps params from, and the params'.
func (a *app) runFlags() []flag {
	flags := []flag{
		{name: configFlag, arg: "FILE", doc: "read params from this file, as lines of: PARAM = VALUE"},
		{name: "store", arg: "DIR", doc: "keep in this folder, from run to run, where spouts stand and what is in their logs: with a guarantee, a run that was stopped or killed goes on there"},
		{name: "log-limit", arg: "SIZE", doc: "how much the log in front of a durable spout's task may hold, as 500MB (default 1GB): then its source is held back"},
		{name: "transport", arg: "KIND", doc: "how tuples travel between tasks: memory (the default), or nats, through the embedded server"},
		{name: "guarantee", arg: "LEVEL", doc: "lower the guarantee for this run: none, or at-least-once"},
		{name: "listen", arg: "ADDR", doc: "let NATS clients in at this address, as 127.0.0.1:4222 (port 0: any free one); one that other machines reach needs TLS and a user"},
		{name: "workers", arg: "N", doc: "run in so many processes of this machine"},
		{name: "accept", arg: "N", doc: "let so many more workers join from other machines"},
		{name: "join", arg: "URL", doc: "take part in the run that listens there, as nats://HOST:4222"},
		{name: "user-file", arg: "FILE", doc: "the name and password of --listen and --join, as a line NAME:PASSWORD"},
		{name: "tls-cert", arg: "FILE", doc: "the certificate of --listen, PEM"},
		{name: "tls-key", arg: "FILE", doc: "its key, PEM"},
		{name: "tls-ca", arg: "FILE", doc: "the authorities that --join trusts, PEM; otherwise the system's"},
		{name: "metrics", arg: "ADDR", doc: "serve what the run counts at this address, as 127.0.0.1:9464: /metrics for Prometheus, /metrics.json (port 0: any free one)"},
	}
	if a.Guarantee == exactlyOnce {
		flags = append(flags, flag{name: "drop-state", isBool: true, doc: "go on with a store of another version also where this one has no place for some of what it holds, which is lost then"})
	}
	if len(a.Queries) > 0 || a.Calls {
		flags = append(flags, flag{name: "http", arg: "ADDR", doc: "answer queries and calls over HTTP at this address, as 127.0.0.1:8080 (port 0: any free one); one that other machines reach needs TLS and a user"})
	}
	// A param may have the name of a flag that came later: then the flag is the param's.
	flags = slices.DeleteFunc(flags, func(f flag) bool { return a.isParam(f.name) })
	for i := range a.Params {
		p := &a.Params[i]
		_, isBool := p.Value.(*bool)
		flags = append(flags, flag{name: flagName(p.Name), arg: argOf(p), isBool: isBool, isList: isList(p.Value), secret: p.Secret, doc: p.Doc})
		if p.Secret {
			flags = append(flags, flag{name: flagName(p.Name) + fileFlag, arg: "FILE", doc: "read " + p.Name + " from this file"})
		}
	}
	return flags
}

// own leaves out what was given for params.
func (a *app) own(given map[string]string) map[string]string {
	out := maps.Clone(given)
	maps.DeleteFunc(out, func(name, _ string) bool { return a.isParam(name) })
	return out
}

// run is the command run: it checks what was given, starts the server, and runs the topology.
func (a *app) run(ctx context.Context, given map[string]string) int {
	if _, ok := a.own(given)["join"]; ok {
		return a.join(ctx, given)
	}
	problems := a.settle(given)
	given = a.own(given)
	kind := given["transport"]
	if kind != "" && kind != "memory" && kind != "nats" {
		p := problem{what: "--transport " + quote(kind) + " is not known", help: "write memory or nats"}
		problems = append([]problem{p}, problems...)
	}
	guarantee, wrong := a.lowered(given["guarantee"])
	if len(wrong) > 0 {
		guarantee = "none" // what it would need is not known
	}
	problems = append(wrong, problems...)
	problems = append(problems, a.logsWanted(given, guarantee)...)
	options, wrong := a.serverOptions(given)
	problems = append(problems, wrong...)
	_, wrong = a.httpOptions(given)
	problems = append(problems, wrong...)
	local, joining := 1, 0
	if len(problems) == 0 {
		local, joining, problems = a.workersWanted(given)
	}
	if len(problems) > 0 {
		return a.usage(problems, "")
	}
	spread := local+joining > 1
	if spread && options.Listen == "" {
		options.Listen, options.Private = "127.0.0.1:0", true
	}
	a.stderr.hide(a.Params)
	a.warnOfEnvironment()

	server, err := broker.Start(options)
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	if addr := server.Addr(); addr != "" && !options.Private {
		a.stderr.line("%s: listening on nats://%s", a.Name, addr)
	}
	if guarantee == exactlyOnce {
		if err := alone(ctx, given["store"]); err != nil {
			server.Close()
			a.stderr.problem(explain(err))
			return exitFailed
		}
	}
	numbers, err := a.serveMetrics(given["metrics"])
	if err != nil {
		server.Close()
		a.stderr.problem(explain(err))
		return exitFailed
	}
	defer numbers.close()
	queries, err := a.serveQueries(given, server, server.Addr() != "" && !options.Private)
	if err != nil {
		server.Close()
		a.stderr.problem(explain(err))
		return exitFailed
	}
	defer queries.close()
	if spread {
		code, ended := a.supervise(ctx, guarantee, given["store"], local, joining, server, queries)
		return a.closed(server, code, ended)
	}
	stopping := newStop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	o := engine.Options{Stop: stopping.begun, Context: a.contexts(server.Connect, server.ConnectLogs), Report: a.failed, Note: a.note}
	t := engine.New(a.Name)
	a.Build(t)
	var stood *positions.File
	switch {
	case guarantee == exactlyOnce && given["store"] != "":
		o.Epochs = a.epochs(given["store"], server, t, given["drop-state"] == "true")
	case guarantee == exactlyOnce && t.Stores() != "":
		a.stderr.problem(explain(a.needsStore(t)))
		return a.closed(server, exitFailed, true)
	case guarantee == exactlyOnce:
		o.Opened = func() { a.forgets(t) } // not where nothing runs
	case guarantee != "none":
		o.Tracking = a.tracking()
		if given["store"] != "" {
			if stood, err = a.positions(given["store"], t); err != nil {
				a.stderr.problem(explain(err))
				return a.closed(server, exitFailed, true)
			}
			o.Tracking.Positions = &resuming{stood, a, t}
		}
	}
	if kind == "nats" {
		o.Transport = transport.New(transport.Config{Topology: a.Name, Connect: server.ConnectFrames, Attempt: 1, OnError: cancel})
	}
	queries.begin(t)
	code, ended := a.drive(ctx, cancel, stopping, t, o)
	if stood != nil {
		if err := stood.Close(); err != nil {
			a.stderr.problem(explain(err))
			code = max(code, exitFailed)
		}
	}
	return a.closed(server, code, ended)
}

// closed stops the server.
func (a *app) closed(server *broker.Server, code int, ended bool) int {
	if !ended {
		return code // a component does not come back; the end of the process frees what it holds
	}
	if err := server.Close(); err != nil && code == exitDone {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	return code
}

// result is how a run ended.
type result struct {
	summary engine.Summary
	err     error
}

// lastGrace is how long a run that was told to stop at once may take for it.
const lastGrace = time.Second

// drive runs the topology and listens to signals meanwhile. It reports whether the topology has ended.
func (a *app) drive(ctx context.Context, cancel context.CancelCauseFunc, stopping *stop, t *engine.Topology, o engine.Options) (code int, ended bool) {
	signals, release := signals()
	defer release()
	counted := t.Metrics
	a.counted.Store(&counted)
	done := make(chan result, 1)
	go func() {
		s, err := t.Run(ctx, o)
		done <- result{s, err}
	}()
	return a.attend(signals, done, stopping.drain, cancel)
}

// attend waits for the end of a run, shows how it gets on, and does what signals say: the first lets it drain, the second stops it at once, a third, or one that
// does not stop, leaves it. It reports whether the run has ended.
func (a *app) attend(signals <-chan os.Signal, done <-chan result, drain func(), stop func(error)) (code int, ended bool) {
	quiet := a.progress()
	defer quiet()
	var late, drains <-chan time.Time
	for count := 0; ; {
		select {
		case r := <-done:
			quiet()
			if count > 1 {
				return code, true
			}
			return a.report(r), true
		case s := <-signals:
			switch count++; count {
			case 1:
				ticker := a.drains()
				defer ticker.Stop()
				drains = ticker.C
				drain()
			case 2:
				code = exitSignal(s)
				late = time.After(lastGrace)
				stop(errors.New("stopped by a signal"))
			default:
				return code, false
			}
		case <-drains:
			a.stillDrains()
		case <-late:
			return code, false
		}
	}
}

// exitSignal is the status of a process that a signal ended.
func exitSignal(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return exitFailed
}

// contexts makes what components may know of the run.
func (a *app) contexts(connect, logs func(...nats.Option) (*nats.Conn, error)) func(name string, task, tasks int) *component.Context {
	terminal := a.stdout.terminal()
	limit, _ := strconv.ParseInt(a.env[logLimit], 10, 64) // where it is missing the default holds
	return func(name string, task, tasks int) *component.Context {
		return &component.Context{
			Topology: a.Name, Component: name, Task: task, Tasks: tasks,
			Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, Terminal: terminal,
			BaseDir: a.env["TOPO_BASE_DIR"],
			Broker:  func() (*nats.Conn, error) { return connect(nats.Name(name)) },
			Logs:    func() (*nats.Conn, error) { return logs(nats.Name(name)) }, LogLimit: limit,
		}
	}
}

// report says how a run ended, and returns its status.
func (a *app) report(r result) int {
	code := exitDone
	a.loops(r.summary)
	if r.err != nil {
		a.stderr.problem(explain(r.err))
		code = exitFailed
	}
	n := r.summary.Failed()
	if n == 0 {
		return code
	}
	text := fmt.Sprintf("%s failed, and nothing handled them: what the sinks wrote is without them", tuples(n))
	for _, f := range r.summary.Failures {
		if f.Count == 0 {
			continue
		}
		text += "\n  " + f.Component
		if f.Place != "" {
			text += " at " + f.Place
		}
		text += ": " + tuples(f.Count)
		if len(f.Reasons) > 0 {
			text += ": " + f.Reasons[0]
			switch rest := len(f.Reasons) - 1; {
			case rest > 0 && f.Place == "" && int64(rest) == f.Count-1:
				text += "; " + strings.Join(f.Reasons[1:], "; ")
			case rest > 0 && f.Place == "":
				text += fmt.Sprintf(", and %d others", f.Count-1) // each has a place of its own in the input
			case rest > 0:
				text += ", and other reasons"
			}
		}
	}
	a.stderr.problem(problem{what: text})
	return exitFailed
}

// explain makes a problem of an error: its text, and the way out that an error of its chain knows.
func explain(err error) problem {
	p := problem{what: err.Error()}
	var helper interface{ Help() string }
	if errors.As(err, &helper) {
		p.help = helper.Help()
	}
	return p
}
