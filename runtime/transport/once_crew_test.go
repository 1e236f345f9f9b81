package transport

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/topo-lang/topo/runtime/engine"
)

// onceCrew is the processes of one attempt at a run.
type onceCrew struct {
	*crew
	w           *onceWorld
	attempt     uint16
	ctx         context.Context // of the attempt
	lose        context.CancelCauseFunc
	coordinator *engine.Coordinator
	tasks       []engine.EpochTasks
	opened      int
	recovered   chan struct{}
	over        chan struct{} // nothing more is committed
	err         error
}

type onceMember struct {
	*onceCrew
	self int
	ctx  context.Context // of the process
}

func (m *onceMember) Attempt() uint16                      { return m.attempt }
func (m *onceMember) Self() int                            { return m.self }
func (m *onceMember) Where(component string, task int) int { return m.where(component, task) }
func (m *onceMember) SinkDone()                            {}
func (m *onceMember) SpoutEnded(string, int)               {}
func (m *onceMember) HasRead(string, int) bool             { return false }
func (m *onceMember) Failed(err error, _ bool)             { m.lose(err) }

func (m *onceMember) Begin(run *engine.Member) error {
	c := m.onceCrew
	c.mu.Lock()
	if c.begun++; c.begun == c.n {
		close(c.begin)
	}
	c.mu.Unlock()
	select {
	case <-c.begin:
		return nil
	case <-m.onceCrew.ctx.Done():
		return errLost
	}
}

func (m *onceMember) End(engine.Summary, error) error {
	select {
	case <-m.over:
	case <-m.onceCrew.ctx.Done():
	}
	return nil
}

var errLost = errors.New("the attempt was given up")

func (m *onceMember) Recover(_ context.Context, tasks engine.EpochTasks) error {
	c := m.onceCrew
	c.mu.Lock()
	c.tasks[m.self] = tasks
	c.opened++
	all := c.opened == c.n
	c.mu.Unlock()
	if all {
		go c.coordinate()
	}
	select {
	case <-c.recovered:
		return nil
	case <-c.ctx.Done():
		return errLost
	}
}

func (c *onceCrew) coordinate() {
	defer close(c.over)
	var identity []engine.Identity
	for _, t := range c.tasks {
		for _, i := range t.Identity() {
			if !slices.Contains(identity, i) {
				identity = append(identity, i)
			}
		}
	}
	slices.SortFunc(identity, func(a, b engine.Identity) int { return strings.Compare(a.Component, b.Component) })
	if c.err = c.coordinator.Open(c.ctx, identity); c.err == nil {
		close(c.recovered)
		c.err = c.coordinator.Run(c.ctx)
	}
	if c.err != nil {
		c.lose(c.err)
	}
}

func (m *onceMember) Prepared(p engine.Prepared) {
	go func() {
		m.w.pause(3)
		if m.ctx.Err() == nil {
			m.coordinator.Prepared(m.self, p)
		}
	}()
}

func (m *onceMember) Over() {
	go func() {
		m.w.pause(3)
		if m.ctx.Err() == nil {
			m.coordinator.Over(m.self)
		}
	}()
}

func (m *onceMember) Full() { m.coordinator.Full() }

// onceFar is a process, as the coordinator sees it: it takes its time, and does not answer when it is gone.
type onceFar struct {
	c    *onceCrew
	self int
	live context.Context
}

func (f *onceFar) reach() (engine.EpochTasks, error) {
	f.c.w.pause(3)
	if f.live.Err() != nil || f.c.ctx.Err() != nil {
		return nil, errLost
	}
	return f.c.tasks[f.self], nil
}

func (f *onceFar) Restore(ctx context.Context, r engine.Record) error {
	t, err := f.reach()
	if err == nil {
		err = t.Restore(ctx, r)
	}
	return err
}

func (f *onceFar) Recovered(ctx context.Context, last uint64) (from engine.Resumed, err error) {
	t, err := f.reach()
	if err == nil {
		from, err = t.Recovered(ctx, last)
	}
	return from, err
}

func (f *onceFar) Cut(ctx context.Context, epoch uint64, all bool) error {
	t, err := f.reach()
	if err == nil {
		err = t.Cut(ctx, epoch, all)
	}
	return err
}

func (f *onceFar) Release(ctx context.Context, epoch uint64) error {
	t, err := f.reach()
	if err == nil {
		err = t.Release(ctx, epoch)
	}
	return err
}

func (f *onceFar) Sync(ctx context.Context, epoch uint64) (parts []engine.Part, err error) {
	t, err := f.reach()
	if err == nil {
		parts, err = t.Sync(ctx, epoch)
	}
	return parts, err
}
