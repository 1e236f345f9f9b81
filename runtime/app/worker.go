package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/transport"
	"github.com/topo-lang/topo/runtime/workers"
)

// workerCommand is the command of a process that a supervisor has started. It is no one else's, and in no help.
const workerCommand = "worker"

// worker runs the tasks that the supervisor which started this process gives it.
func (a *app) worker(ctx context.Context) int {
	var h handed
	err := json.Unmarshal([]byte(a.env[handedOver]), &h)
	// What components start need not know it.
	if unset := os.Unsetenv(handedOver); err != nil || unset != nil {
		a.stderr.problem(problem{what: "this is how a supervisor starts its workers", help: "use " + a.Name + " run --workers N"})
		return exitUsage
	}
	delete(a.env, handedOver)
	if err := holdStore(ctx, h.Store); err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	remote := broker.NewRemote(broker.Login{URL: h.URL, Secret: h.Secret, Pin: h.Pin})
	return a.takePart(ctx, remote, workers.Joining{Topology: a.Name, Worker: h.Worker, Attempt: h.Attempt}, false)
}

// join runs the tasks that a supervisor on another machine gives this process.
func (a *app) join(ctx context.Context, given map[string]string) int {
	login, problems := a.login(given)
	if len(problems) > 0 {
		return a.usage(problems, "")
	}
	name, err := build()
	if err != nil {
		a.stderr.problem(problem{what: "this program's file cannot be read: " + err.Error()})
		return exitFailed
	}
	for again := false; ; again = true {
		code := a.takePart(ctx, broker.NewRemote(login), workers.Joining{Topology: a.Name, Worker: -1, Build: name, Again: again}, true)
		if code != exitAgain {
			return code
		}
		a.stderr.line("%s: the run goes on behind what was committed last, and this worker with it", a.Name)
	}
}

// exitAgain is no status: this worker is to join the next attempt at its run.
const exitAgain = -1

// login reads what joining a supervisor needs.
func (a *app) login(given map[string]string) (l broker.Login, problems []problem) {
	known := map[string]bool{"join": true, "user-file": true, "tls-ca": true}
	for _, f := range a.runFlags() {
		if _, ok := given[f.name]; ok && !known[f.name] {
			problems = append(problems, problem{what: "--" + f.name + " is the supervisor's to give", help: "a worker that joins is told all params and settings: leave it out"})
		}
	}
	at, err := url.Parse(given["join"])
	if err != nil || at.Host == "" || at.User != nil || at.Scheme != "nats" && at.Scheme != "tls" {
		return l, append(problems, problem{what: "--join " + quote(given["join"]) + " is not the address of a supervisor",
			help: "write it as nats://HOST:PORT; name and password stand in the file of --user-file"})
	}
	l.URL = given["join"]
	if path := given["user-file"]; path == "" {
		problems = append(problems, problem{what: "--join needs a name and a password", help: "give the supervisor's user file with --user-file"})
	} else if l.User, l.Password, err = broker.UserFile(path); err != nil {
		problems = append(problems, explain(err))
	}
	if l.TLS, err = broker.ClientTLS(given["tls-ca"]); err != nil {
		problems = append(problems, explain(err))
	} else {
		l.TLS.ServerName = at.Hostname()
		l.Plain = given["tls-ca"] == "" && at.Scheme == "nats"
	}
	return l, problems
}

// takePart runs this process's part of a run.
func (a *app) takePart(ctx context.Context, remote *broker.Remote, j workers.Joining, listens bool) int {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// A supervisor's end is the end of its workers, also of one whose components do not come back.
	over := make(chan struct{})
	conn, err := remote.ConnectFrames(nats.ClosedHandler(func(*nats.Conn) {
		select {
		case <-over:
			return
		default:
		}
		cancel(errors.New("the supervisor is gone"))
		if !listens {
			os.Exit(exitFailed) // nobody hears what it does any more
		}
		time.AfterFunc(lastGrace, func() {
			select {
			case <-over:
			default:
				os.Exit(exitFailed)
			}
		})
	}))
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	defer conn.Close()
	defer close(over)
	// The supervisor gets the signals, too, and says what they mean. One that was joined can only be stopped there, or be killed.
	signals, release := signals()
	defer release()
	go func() {
		for {
			select {
			case <-signals:
				if listens {
					a.stderr.line("%s: a worker ends with its run: stop the supervisor, or kill this process", a.Name)
				}
			case <-over:
				return
			}
		}
	}()
	hello, stop := context.WithTimeout(ctx, joinPatience)
	m, err := workers.Join(hello, conn, j)
	stop()
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	if err := a.adopt(m.Settings); err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	a.stderr.hide(a.Params)
	if listens {
		a.stderr.line("%s: worker %d of the run at %s", a.Name, m.Worker+1, conn.ConnectedUrlRedacted())
	}
	if a.env["TOPO_BASE_DIR"] == "" && m.BaseDir != "" {
		a.env["TOPO_BASE_DIR"] = m.BaseDir
	}
	sum, err := a.part(ctx, cancel, m, remote)
	if failed := a.stdout.failure(); failed != nil && err == nil {
		err = failed
	}
	if m.GivenUp() {
		return exitAgain
	}
	// The supervisor may be through with it before its answer is here, and where it did not hear this it says so itself.
	_ = m.Done(sum, err)
	if err != nil {
		if listens {
			a.stderr.problem(explain(err))
		}
		return exitFailed
	}
	return exitDone
}

// joinPatience is how long a worker waits for the supervisor's first answer.
const joinPatience = 30 * time.Second

// part runs the tasks that this process was given.
func (a *app) part(ctx context.Context, cancel context.CancelCauseFunc, m *workers.Member, remote *broker.Remote) (engine.Summary, error) {
	t := engine.New(a.Name)
	a.Build(t)
	config := transport.Config{
		Topology: a.Name, Connect: remote.ConnectFrames, Worker: m.Worker, Peers: m.Peers, OnError: cancel, Mend: m.Guarantee == "at-least-once",
		Lost: func(_, _, _ int, rows int64) { m.Lost(rows) },
	}
	if m.Guarantee == exactlyOnce {
		config.OnError = func(err error) { cancel(&workers.Again{What: err.Error()}) }
	}
	if m.Guarantee != "none" {
		// What was under way here comes again in the worker that is started in this one's place. The run of the others goes on.
		config.OnLost = func(err error) {
			a.stderr.line("warning: %v: this worker ends", err)
			os.Exit(exitFailed)
		}
	}
	tr := transport.New(config)
	m.OnReset, m.Metrics = tr.Reset, t.Metrics
	stop, err := a.answerFor(t, remote)
	if err != nil {
		return engine.Summary{}, err
	}
	defer stop()
	o := engine.Options{Transport: tr, Fleet: m, Context: a.contexts(remote.Connect, remote.ConnectLogs), Report: m.Report, Note: m.Note}
	switch m.Guarantee {
	case "none":
	case exactlyOnce:
		o.Epochs = a.batches()
		defer a.comesBack(m)()
	default:
		o.Tracking = a.tracking()
		o.Tracking.Positions = m.Positions()
	}
	return t.Run(ctx, o)
}

// comesBack ends a process whose components do not come back when its attempt at the run is given up.
func (a *app) comesBack(m *workers.Member) (back func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-over:
			return
		case <-m.Aborted():
		}
		select {
		case <-over:
		case <-time.After(lastGrace):
			os.Exit(exitFailed)
		}
	}()
	return func() { close(over) }
}

// adopt gives params the values that the supervisor has settled.
func (a *app) adopt(settings map[string]string) error {
	var missing []string
	for i := range a.Params {
		p := &a.Params[i]
		text, ok := settings[p.Name]
		if ok {
			a.settled[p.Name] = text
		}
		if ok && assign(p.Value, text) != "" || !ok && p.Required {
			missing = append(missing, p.Name)
		}
	}
	if missing != nil {
		return fmt.Errorf("the supervisor's values of these params can't be read: %s", strings.Join(missing, ", "))
	}
	return nil
}
