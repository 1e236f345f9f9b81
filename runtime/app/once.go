package app

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/failpoint"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/workers"
)

// A run in several processes that is exactly-once goes on in attempts: where a worker is lost, all of them are ended, and begin anew behind what was committed last.

// attempts is a run of several processes.
type attempts struct {
	app    *app
	server *broker.Server
	store  string
	config workers.Config

	mu       sync.Mutex
	now      *workers.Supervisor
	draining bool
	aborted  error
}

// How long it is waited before the next attempt, where one came to nothing, and how many may do so in a row.
const (
	attemptWait  = 50 * time.Millisecond
	longestWait  = 2 * time.Second
	mostAttempts = 10
)

// run makes attempts until one comes to its end.
func (t *attempts) run(ctx context.Context) (engine.Summary, error) {
	committed, fruitless := uint64(0), 0
	for attempt := uint16(1); ; attempt++ {
		p := &processes{app: t.app, server: t.server, by: map[int]*exec.Cmd{}, store: t.store, first: attempt == 1}
		c := t.config
		c.Attempt, c.Start, c.Kill = attempt, p.start, p.kill
		if attempt > 1 {
			epochs := *c.Epochs
			epochs.Resumed = nil // it was said what it goes on behind
			c.Epochs = &epochs
		}
		s := workers.New(c)
		p.gone = s.Gone
		t.mu.Lock()
		t.now = s
		draining, aborted := t.draining, t.aborted
		t.mu.Unlock()
		if aborted != nil {
			return engine.Summary{}, aborted
		}
		counted := s.Metrics
		t.app.counted.Store(&counted)
		if draining {
			s.Drain()
		}
		sum, err := s.Run(ctx)
		p.end()
		var again *workers.Again
		if !errors.As(err, &again) {
			return sum, err
		}
		if now := s.Committed(); now > committed {
			committed, fruitless = now, 0
		}
		if fruitless++; fruitless >= mostAttempts || attempt == 1<<16-1 {
			return sum, &workers.Fault{What: fmt.Sprintf("%s, and %d attempts in a row have committed nothing: it is not tried again", again.What, fruitless),
				Hint: "see what was said before; what was committed is in the store, and the next run goes on there"}
		}
		behind := "they begin anew: nothing was committed yet"
		if committed > 0 {
			behind = fmt.Sprintf("they go on behind what was committed last (epoch %d)", committed)
		}
		t.app.stderr.line("warning: %s: all workers are ended, and %s", again.What, behind)
		if all := t.config.Assigned.Workers; all > t.config.Local {
			t.app.stderr.line("%s: waiting for %d of %d workers to join", t.app.Name, all-t.config.Local, all)
		}
		select {
		case <-time.After(min(attemptWait<<(fruitless-1), longestWait)):
		case <-ctx.Done():
			return sum, context.Cause(ctx)
		}
	}
}

// drain ends the spouts, in this attempt and those that come.
func (t *attempts) drain() {
	t.mu.Lock()
	t.draining = true
	s := t.now
	t.mu.Unlock()
	if s != nil {
		s.Drain()
	}
}

// abort stops everything at once.
func (t *attempts) abort(err error) {
	t.mu.Lock()
	t.aborted = err
	s := t.now
	t.mu.Unlock()
	if s != nil {
		s.Abort(err)
	}
}

// kill ends all processes at once, also those that are stopped. They do not get to say anything.
func (p *processes) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending = true
	for _, cmd := range p.by {
		_ = cmd.Process.Kill() // it may have ended
	}
}

// environment is what a worker is given: points that kill a process do so once.
func (p *processes) environment(name, value string) string {
	if name == failpoint.Env && !p.first {
		var stay []string
		for one := range strings.SplitSeq(value, ",") {
			if !strings.Contains(one, ":") {
				stay = append(stay, one)
			}
		}
		value = strings.Join(stay, ",")
	}
	return name + "=" + value
}

// workersLock is a file in the store folder that workers hold as long as they live, together. Who was killed may have left some that have not noticed.
const workersLock = "topo.workers"

// lingering is how long a run waits for the workers of an earlier one.
const lingering = 15 * time.Second

// alone waits until no worker of an earlier run with the store is left: what it still writes is what was committed, but it may be about to give a file its name.
func alone(ctx context.Context, store string) error {
	if store == "" {
		return nil
	}
	lock := flock.New(filepath.Join(store, workersLock))
	limit, cancel := context.WithTimeout(ctx, lingering)
	defer cancel()
	locked, err := lock.TryLockContext(limit, 5*time.Millisecond)
	if err == nil && locked {
		return lock.Close()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &fault.Error{What: "the store folder " + store + " is in use by workers of an earlier run, which do not end", Way: "end those processes, and start again"}
}

// holdStore tells those who come later that this worker is there.
func holdStore(ctx context.Context, store string) error {
	if store == "" {
		return nil
	}
	lock := flock.New(filepath.Join(store, workersLock))
	limit, cancel := context.WithTimeout(ctx, lingering)
	defer cancel()
	if locked, err := lock.TryRLockContext(limit, 5*time.Millisecond); err != nil || !locked {
		return fmt.Errorf("the store folder %s can't be held: %w", store, err)
	}
	return nil // until the process ends
}

// inMemory is a commit log that lasts as long as this process: what is committed outlives workers.
func (a *app) inMemory() func(c *commitlog.Config) {
	place := commitlog.NewMemory()
	return func(c *commitlog.Config) { c.Memory = place }
}
