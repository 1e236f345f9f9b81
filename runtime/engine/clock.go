package engine

import "time"

// clock calls a Timed task when it wants to be called. The zero value is the clock of a task that is not Timed.
type clock struct {
	timed  Timed
	holder Holder           // the same, where it holds tuples back
	now    func() time.Time // the run's clock
}

// held is how many tuples the task holds back.
func (c *clock) held() int {
	if c.holder == nil {
		return 0
	}
	n, _ := c.holder.Held()
	return n
}

// full reports whether the task can take no more tuples before it has tried some of those that it holds.
func (c *clock) full() bool {
	if c.holder == nil {
		return false
	}
	_, full := c.holder.Held()
	return full
}

// left is how long it is until the task wants a Tick.
func (c *clock) left() (time.Duration, bool) {
	if c.timed == nil {
		return 0, false
	}
	at, waits := c.timed.Due()
	if !waits {
		return 0, false
	}
	return at.Sub(c.now()), true
}

// tick lets a Timed task do what is due. A task is asked after every batch, so that it is called in time also while its inbox
// is never empty, and as often as it has more to do only after the next batch.
func (t *task) tick() bool {
	if t.clock.timed == nil {
		return true
	}
	at, waits := t.clock.timed.Due()
	if !waits {
		return true
	}
	now := t.clock.now()
	if now.Before(at) {
		return true
	}
	if !t.borrow() {
		return false
	}
	t.dirty = true
	return t.try(ticking, func() error { return t.clock.timed.Tick(now) })
}
