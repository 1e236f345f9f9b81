package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// EpochMember is a process that runs tasks, as the coordinator of its run's epochs sees it. Its methods are called one after the other.
type EpochMember interface {
	// Restore takes what a record, or a snapshot, has of its tasks. Bytes are valid during the call.
	Restore(ctx context.Context, r Record) error
	// Recovered says that all is restored, as it was after this epoch, and gives what its tasks go on with.
	Recovered(ctx context.Context, last uint64) (Resumed, error)
	// Cut asks for the end of an epoch; with all the tasks hand over all that they have, too. It may be called again for the same one.
	Cut(ctx context.Context, epoch uint64, all bool) error
	// Release says that the epoch that it has prepared is committed: sinks write, and it returns when they have.
	Release(ctx context.Context, epoch uint64) error
	// Sync lets what was released outlast a crash of the machine, and gives all that tasks have that had come to their end by this epoch.
	Sync(ctx context.Context, epoch uint64) ([]Part, error)
}

// Prepared is what a process has done in an epoch.
type Prepared struct {
	Epoch uint64
	Parts []Part // valid until the next epoch is cut
	Whole []Part // all that its tasks have, where it was asked for
	// Failed says that the process has an error: the epoch is not committed.
	Failed bool
}

// ErrNotCommitted says that a run has failed, and what it did last is not committed.
var ErrNotCommitted = errors.New("the run has failed: what it did last is not committed")

// Coordinator cuts the epochs of a run and commits them.
type Coordinator struct {
	topology string
	how      Epochs
	note     func(string)
	members  []EpochMember
	owner    func(component string, task int) int
	log      Log

	mu        sync.Mutex
	epoch     uint64 // the last that was cut
	committed uint64 // the last record
	prepared  []bool // by member: of that epoch
	over      []bool // by member: all its tasks have ended
	failed    bool
	parts     []Part
	whole     []Part

	seen, full       chan struct{} // something above has changed; so much was read that the epoch should be cut
	logged, snapshot int64         // bytes of records since the last snapshot, and of that
	writing          chan error
}

// askAgain is how often members are asked again that have not prepared: one that is gone is found out by that.
const askAgain = 5 * time.Second

// NewCoordinator makes the coordinator of a run. owner is the number of the member that runs a task, -1 where there is no such task. note, which may be nil, is told what an operator should know.
func NewCoordinator(topology string, how Epochs, note func(string), members []EpochMember, owner func(component string, task int) int) *Coordinator {
	if how.Every <= 0 {
		how.Every = DefaultEpoch
	}
	if how.SnapshotBytes <= 0 {
		how.SnapshotBytes = snapshotBytes
	}
	return &Coordinator{topology: topology, how: how, note: note, members: members, owner: owner, prepared: make([]bool, len(members)), over: make([]bool, len(members)),
		seen: make(chan struct{}, 1), full: make(chan struct{}, 1)}
}

// Open opens the log and lets the members go to where an earlier run has committed last.
func (c *Coordinator) Open(ctx context.Context, identity []Identity) error {
	var err error
	if c.log, err = c.how.Open(ctx, identity); err != nil {
		return err
	}
	if err := c.rewrites(); err != nil {
		return err
	}
	last := uint64(0)
	err = c.log.Recover(ctx, func(r Record) error {
		last = r.Epoch
		of := make([][]Part, len(c.members))
		for _, p := range r.Parts {
			at := c.owner(p.Component, max(p.Task, 0)) // AnyTask is read in one process
			if at < 0 {
				return fmt.Errorf("epoch %d has a part of task %d of %s, which is none", r.Epoch, p.Task, p.Component)
			}
			of[at] = append(of[at], p)
		}
		for i, parts := range of {
			if len(parts) == 0 {
				continue
			}
			if err := c.members[i].Restore(ctx, Record{Epoch: r.Epoch, Parts: parts, All: r.All}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.epoch, c.committed = last, last
	from := Resumed{Epoch: last, Over: true, Positions: map[string][][]byte{}}
	var mu sync.Mutex
	err = c.each(func(_ int, m EpochMember) error {
		one, err := m.Recovered(ctx, last)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		from.Over = from.Over && one.Over
		from.Input = cmp.Or(from.Input, one.Input)
		for name, at := range one.Positions {
			if from.Positions[name] == nil {
				from.Positions[name] = make([][]byte, len(at))
			}
			for i, p := range at {
				if p != nil {
					from.Positions[name][i] = p
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.rewrite(ctx, last); err != nil {
		return err
	}
	if c.how.Resumed != nil {
		return c.how.Resumed(from)
	}
	return nil
}

// each does something with every member, and returns the first error.
func (c *Coordinator) each(do func(i int, m EpochMember) error) error {
	if len(c.members) == 1 {
		return do(0, c.members[0])
	}
	errs := make([]error, len(c.members))
	var all sync.WaitGroup
	for i, m := range c.members {
		all.Go(func() { errs[i] = do(i, m) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Run cuts and commits epochs until the tasks of all members have ended. Its error is ErrNotCommitted where a member has failed, or ctx is done.
func (c *Coordinator) Run(ctx context.Context) error {
	timer := time.NewTimer(c.how.Every)
	defer timer.Stop()
	defer func() {
		if c.writing != nil {
			c.written(ctx, <-c.writing)
		}
	}()
	for {
		last := c.ended()
		if !last {
			select {
			case <-timer.C:
			case <-c.full:
			case <-c.seen:
				continue
			case <-ctx.Done():
			}
			timer.Reset(c.how.Every)
		}
		if err := c.cut(ctx, last); err != nil || last {
			return err
		}
	}
}

// ended reports whether all tasks have.
func (c *Coordinator) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, over := range c.over {
		if !over {
			return false
		}
	}
	return true
}

// cut cuts an epoch, waits until it is prepared, and commits it. The last one needs no cut: all tasks have ended.
func (c *Coordinator) cut(ctx context.Context, last bool) error {
	all := !last && c.writing == nil && c.logged >= max(c.how.SnapshotBytes, 4*c.snapshot)
	c.mu.Lock()
	c.epoch++
	n := c.epoch
	c.parts, c.whole = nil, nil
	clear(c.prepared)
	c.mu.Unlock()
	if err := c.each(func(_ int, m EpochMember) error { return m.Cut(ctx, n, all) }); err != nil {
		return err
	}
	again := time.NewTicker(askAgain)
	defer again.Stop()
	for !c.allPrepared() {
		select {
		case <-c.seen:
		case <-again.C:
			if err := c.each(func(_ int, m EpochMember) error { return m.Cut(ctx, n, all) }); err != nil {
				return err
			}
		case <-ctx.Done():
			return ErrNotCommitted
		}
	}
	c.mu.Lock()
	parts, failed := c.parts, c.failed
	c.mu.Unlock()
	if failed || ctx.Err() != nil {
		return ErrNotCommitted
	}
	if len(parts) > 0 {
		if err := c.commit(ctx, n, parts); err != nil {
			return err
		}
		if all {
			return c.snap(ctx, n)
		}
	}
	if c.writing != nil {
		select {
		case err := <-c.writing:
			c.written(ctx, err)
		default:
		}
	}
	return nil
}

// commit writes the record of an epoch, and lets sinks write what is in it.
func (c *Coordinator) commit(ctx context.Context, n uint64, parts []Part) error {
	release := func() error {
		return c.each(func(_ int, m EpochMember) error { return m.Release(ctx, n) })
	}
	if earlyRelease {
		if err := release(); err != nil {
			return err
		}
	}
	beforeCommit.Hit()
	if err := c.log.Commit(ctx, Record{Epoch: n, Parts: parts}); err != nil {
		return err
	}
	afterCommit.Hit()
	c.mu.Lock()
	c.committed = n
	c.mu.Unlock()
	if !earlyRelease {
		if err := release(); err != nil {
			return err
		}
	}
	afterRelease.Hit()
	for _, p := range parts {
		c.logged += int64(len(p.Bytes))
	}
	return nil
}

// Committed is the last epoch that has a record.
func (c *Coordinator) Committed() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.committed
}

// allPrepared reports whether every member has handed over its part of the epoch that was cut.
func (c *Coordinator) allPrepared() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, is := range c.prepared {
		if !is {
			return false
		}
	}
	return true
}

// snap lets the log replace its records by all state as it is after an epoch.
func (c *Coordinator) snap(ctx context.Context, n uint64) error {
	ended := make([][]Part, len(c.members))
	err := c.each(func(i int, m EpochMember) (err error) {
		ended[i], err = m.Sync(ctx, n)
		return err
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	r := Record{Epoch: n, Parts: c.whole, All: true}
	c.whole = nil
	c.mu.Unlock()
	for _, parts := range ended {
		r.Parts = append(r.Parts, parts...)
	}
	c.logged, c.snapshot = 0, 0
	for _, p := range r.Parts {
		c.snapshot += int64(len(p.Bytes))
	}
	c.writing = make(chan error, 1)
	go func(written chan<- error) {
		beforeSnapshot.Hit()
		err := c.log.Snapshot(ctx, r)
		afterSnapshot.Hit()
		written <- err
	}(c.writing)
	return nil
}

// written takes the end of a snapshot. Without it the log is longer, and nothing is lost.
func (c *Coordinator) written(ctx context.Context, err error) {
	c.writing = nil
	if err != nil && ctx.Err() == nil && c.note != nil {
		c.note(fmt.Sprintf("%s: the snapshot of epoch %d could not be written, and the log of commits gets longer: %v", c.topology, c.epoch, err))
	}
}

// Prepared takes what a member has done in the epoch that was cut.
func (c *Coordinator) Prepared(member int, p Prepared) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.Epoch != c.epoch || c.prepared[member] {
		return
	}
	c.prepared[member] = true
	c.failed = c.failed || p.Failed
	c.parts = append(c.parts, p.Parts...)
	c.whole = append(c.whole, p.Whole...)
	c.signal()
}

// Over says that all tasks of a member have ended. What they did since the last epoch is in the next one.
func (c *Coordinator) Over(member int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over[member] = true
	c.signal()
}

// Full says that a member has read as much as an epoch should have.
func (c *Coordinator) Full() {
	select {
	case c.full <- struct{}{}:
	default:
	}
}

// signal wakes the goroutine that coordinates. c.mu may be held.
func (c *Coordinator) signal() {
	select {
	case c.seen <- struct{}{}:
	default:
	}
}

// Close lets go of the log.
func (c *Coordinator) Close() error {
	if c.log == nil {
		return nil
	}
	return c.log.Close()
}
