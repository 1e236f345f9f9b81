package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/positions"
	"github.com/topo-lang/topo/runtime/workers"
)

// maxWorkers is how many processes a run may have.
const maxWorkers = 1024

// workersWanted is how many workers the run is to have on this machine, and how many may join.
func (a *app) workersWanted(given map[string]string) (local, joining int, problems []problem) {
	local = 1
	if a.Settings != nil {
		local = max(1, a.Settings().Workers)
	}
	number := func(name string, least int, to *int) {
		text, ok := given[name]
		if !ok {
			return
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > maxWorkers {
			problems = append(problems, problem{what: fmt.Sprintf("--%s %s: this is not a number of workers", name, quote(text)),
				help: fmt.Sprintf("write a number from %d to %d", least, maxWorkers)})
			return
		}
		*to = n
	}
	number("workers", 1, &local)
	number("accept", 0, &joining)
	if joining > 0 && given["listen"] == "" {
		problems = append(problems, problem{what: "--accept: workers that join need an address to come to", help: "give one with --listen"})
	}
	if _, ok := given["user-file"]; joining > 0 && !ok {
		problems = append(problems, problem{what: "--accept: workers that join need a name and a password", help: "give them a file with one line NAME:PASSWORD, here and there, with --user-file"})
	}
	if kind := given["transport"]; kind != "" && local+joining > 1 {
		problems = append(problems, problem{what: "--transport " + quote(kind) + " is for a run in one process",
			help: "leave it out: with several workers tuples travel through memory within one and through the embedded server between two"})
	}
	return local, joining, problems
}

// supervise runs the topology in several processes, of which this one is none.
func (a *app) supervise(ctx context.Context, guarantee, store string, local, joining int, server *broker.Server, queries *queryServer) (code int, ended bool) {
	t := engine.New(a.Name)
	a.Build(t)
	assigned, err := t.Assign(local + joining)
	if err != nil {
		a.stderr.problem(problem{what: err.Error(), help: "give more workers with --workers, or take `isolate` from a component"})
		return exitFailed, true
	}
	var stood *positions.File
	if guarantee != "none" && guarantee != exactlyOnce && store != "" {
		if stood, err = a.positions(store, t); err != nil {
			a.stderr.problem(explain(err))
			return exitFailed, true
		}
		for _, s := range t.Spouts() {
			for i := range s.Tasks {
				if at := stood.Load(s.Name, i); at != nil && t.Keeper(s.Name) == "" {
					a.goesOn(t, s.Name, i, at)
				}
			}
		}
		defer func() {
			if err := stood.Close(); err != nil {
				a.stderr.problem(explain(err))
				code = max(code, exitFailed)
			}
		}()
	}
	conn, err := server.ConnectFrames()
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed, true
	}
	queries.begin(&remoteTasks{app: a, t: t, conn: conn})
	p := &processes{app: a, server: server, by: map[int]*exec.Cmd{}, first: true}
	config := workers.Config{
		Topology: a.Name, Conn: conn, Assigned: assigned, Place: t.PlaceOf, Local: local,
		Welcome:  workers.Welcome{Settings: a.settled, BaseDir: a.env["TOPO_BASE_DIR"], Guarantee: guarantee},
		Replayed: guarantee != "none",
		Start:    p.start, Alive: server.Alive, Build: build,
		Say:    func(format string, args ...any) { a.stderr.line(format, args...) },
		Report: a.failed,
	}
	if stood != nil {
		config.Positions = &lasting{stood, t}
	}
	// Listened to before it is said that workers are waited for: who reads that may answer it with a signal.
	signals, release := signals()
	defer release()
	if join := max(0, assigned.Workers-local); join < joining {
		a.stderr.line("warning: --accept %d: %s: %s", joining, mayJoin(join), workFor(assigned))
	}
	if joining > 0 && assigned.Workers > local {
		a.stderr.line("%s: waiting for %d of %d workers to join", a.Name, assigned.Workers-local, assigned.Workers)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan result, 1)
	if guarantee == exactlyOnce {
		if store == "" {
			if err := a.needsStore(t); err != nil {
				a.stderr.problem(explain(err))
				return exitFailed, true
			}
			a.forgets(t)
		}
		config.Epochs = a.epochs(store, server, t, false)
		all := &attempts{app: a, server: server, store: store, config: config}
		go func() {
			sum, err := all.run(ctx)
			done <- result{sum, err}
		}()
		return a.attend(signals, done, func() { go all.drain() }, all.abort)
	}
	s := workers.New(config)
	p.gone = s.Gone
	counted := s.Metrics
	a.counted.Store(&counted)
	go func() {
		sum, err := s.Run(ctx)
		done <- result{sum, err}
	}()
	defer p.end()
	return a.attend(signals, done, func() { go s.Drain() }, s.Abort)
}

// mayJoin says how many workers may join, where they are fewer than were to be accepted.
func mayJoin(n int) string {
	if n == 0 {
		return "there is nothing to do for a worker that joins"
	}
	return fmt.Sprintf("there is something to do for %d only", n)
}

// workFor says for how many workers there is work.
func workFor(assigned *engine.Assignment) string {
	tasks := 0
	for _, c := range assigned.Components {
		tasks += len(c.Workers)
	}
	return "the topology has " + numberOf(int64(tasks), "task") + ", work for " + numberOf(int64(assigned.Workers), "worker")
}

// processes are the workers that this process has started.
type processes struct {
	app    *app
	server *broker.Server
	gone   func(worker int, attempt uint16, why string)
	store  string // that workers hold; "" where they need not
	first  bool   // of the run

	mu     sync.Mutex
	ending bool
	by     map[int]*exec.Cmd
	all    sync.WaitGroup
}

// handedOver is the environment variable by which a worker is told where its supervisor is. It holds what opens the server's closed room,
// so the worker takes it out of its environment before anything else.
const handedOver = "TOPO_WORKER"

// handed is what stands in it.
type handed struct {
	URL, Secret, Pin string
	Worker           int
	Attempt          uint16
	Store            string // the folder that the worker holds; ""
}

// start starts a worker: this program again.
func (p *processes) start(worker int, attempt uint16) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ending {
		return errors.New("the run is ending")
	}
	text, err := json.Marshal(handed{URL: p.server.LocalURL(), Secret: p.server.Secret(), Pin: p.server.Pin(), Worker: worker, Attempt: attempt, Store: p.store})
	if err != nil {
		return err
	}
	path, err := self()
	if err != nil {
		return err
	}
	cmd := exec.Command(path, "worker")
	cmd.Args[0] = p.app.Name
	cmd.Env = []string{handedOver + "=" + string(text)}
	for name, value := range p.app.env {
		cmd.Env = append(cmd.Env, p.environment(name, value))
	}
	if worker == 0 {
		cmd.Stdin = p.app.stdin
	}
	cmd.Stdout = p.app.stdout
	if f, ok := p.app.stdout.w.(*os.File); ok {
		cmd.Stdout = f
	}
	errs := &wholeLines{to: p.app.stderr}
	cmd.Stderr = errs
	// What it has started itself may hold its streams open.
	cmd.WaitDelay = lastGrace
	if err := cmd.Start(); err != nil {
		return err
	}
	p.by[worker] = cmd
	p.all.Go(func() {
		err := cmd.Wait()
		errs.flush()
		p.gone(worker, attempt, ending(cmd, err))
	})
	return nil
}

// ending says how a process ended.
func ending(cmd *exec.Cmd, err error) string {
	state := cmd.ProcessState
	switch {
	case state == nil:
		return fmt.Sprintf("was lost (%v)", err)
	case state.ExitCode() >= 0:
		return fmt.Sprintf("ended with status %d", state.ExitCode())
	}
	return "was killed (" + state.String() + ")"
}

// end waits for the processes that are ending, and ends those that do not.
func (p *processes) end() {
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		p.all.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return
	case <-time.After(lastGrace):
	}
	p.mu.Lock()
	for _, cmd := range p.by {
		_ = cmd.Process.Kill() // it may have ended
	}
	p.mu.Unlock()
	<-gone
}

// self is the path of this program's file, which stays its own also where another file was put in its place.
func self() (string, error) {
	const linux = "/proc/self/exe"
	if _, err := os.Stat(linux); err == nil {
		return linux, nil
	}
	return os.Executable()
}

// build names this program's file by what it holds.
var build = sync.OnceValues(func() (string, error) {
	path, err := self()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
})
