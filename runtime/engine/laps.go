package engine

import (
	"sync"
	"sync/atomic"
)

// How epochs end in a cycle. Tuples of an epoch may go round for a while, so its tasks can't tell by barriers of one another when they have had the last of them. What enters the cycle brings
// barriers: when each sender outside that has not ended has sent its own, to each task, and no token is left but theirs, all that the epoch has become has left the cycle. Then all tasks
// of the cycle end the epoch, each by itself: nothing of the next one enters before, or reaches one that has not, since senders wait as at any barrier.
//
// What a task emits by the clock would come from nowhere, so it takes a token for that.

// laps is what a cycle knows of the run's epochs.
type laps struct {
	commits bool // the run has epochs

	mu      sync.Mutex
	lanes   int64         // of senders outside to tasks of the cycle, that have not ended
	arrived int64         // barriers of the epoch that is to end
	all     atomic.Bool   // with it, all that tasks have is handed over
	ended   atomic.Uint64 // the last epoch that has
}

// barrier counts one that has entered.
func (c *cycle) barrier(all bool) {
	c.epochs.mu.Lock()
	c.epochs.all.Store(all)
	c.epochs.arrived++
	c.epochs.mu.Unlock()
	c.look()
}

// left counts a sender's end. Its token is held by who took that, and given back.
func (c *cycle) left() {
	c.epochs.mu.Lock()
	c.epochs.lanes--
	c.epochs.mu.Unlock()
}

// look ends the epoch where all of it has left the cycle.
func (c *cycle) look() {
	e := &c.epochs
	e.mu.Lock()
	over := e.arrived > 0 && e.arrived == e.lanes && c.tokens.Load() == e.lanes
	if over {
		e.arrived = 0
		e.ended.Add(1)
	}
	e.mu.Unlock()
	if over {
		for _, t := range c.tasks {
			t.nudge()
		}
	}
}

// lap ends the epochs that have ended in the task's cycle; false where the run can't go on.
func (t *task) lap() bool {
	for t.lapped() {
		if !t.endEpoch(t.cycle.epochs.all.Load()) {
			return false
		}
	}
	return true
}

// lapped reports whether an epoch has ended in the task's cycle, and not in the task.
func (t *task) lapped() bool {
	return t.cycle != nil && t.cycle.epochs.commits && t.cycle.epochs.ended.Load() > t.barrier.epoch
}

// borrow takes a token for what the task is about to emit by the clock; false where the run can't go on. What emits nothing gives it back when it rests.
func (t *task) borrow() bool {
	if t.cycle == nil || !t.cycle.epochs.commits || t.cycle.over() {
		return true
	}
	e := &t.cycle.epochs
	for {
		e.mu.Lock()
		if !t.lapped() {
			if t.cycle.send(0) {
				t.held++
			}
			e.mu.Unlock()
			return true
		}
		e.mu.Unlock()
		if !t.lap() {
			return false
		}
	}
}

// enter takes a barrier that enters the task's cycle: what the task holds back of the epoch goes on its way before that counts.
func (t *task) enter(all bool) bool {
	if !t.outlast() {
		return false
	}
	t.flush()
	t.cycle.barrier(all)
	return t.run.ctx.Err() == nil
}
