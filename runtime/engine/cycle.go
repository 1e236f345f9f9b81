package engine

import (
	"sync"
	"sync/atomic"

	"github.com/topo-lang/topo/runtime/batch"
)

// A cycle is a group of components that feed one another: a strongly connected component of the graph. The edges that
// close it are declared as loops; without them the group is as acyclic as the rest. Three things are different in it.
//
// It never blocks itself: what a loop edge carries waits in a backlog without bounds, so a task that sends over it never
// waits, and the other edges of the cycle, which do wait, lead nowhere but downstream. So that the backlogs
// stay small, tuples that enter the cycle wait in a queue of their own, and are taken while few are under way in it:
// what one of them may become before it leaves is the topology's business, how many are let in is ours.
//
// It ends when nothing goes round in it any more. That is told by tokens: one for each sender outside that has not ended, one for
// each batch that is under way on an edge of the cycle, from before it is sent until all that became of it has been sent, too. A task
// holds the tokens of what it took in, and gives them back when it rests with nothing left to send. No token means that
// nothing is under way and nothing can be: the cycle is drained, for good. Its tasks take that as the end
// of one more sender, and then finish, upstream first, as any others do.
//
// A tuple counts its rounds: see Out.Loops.
type cycle struct {
	tokens  atomic.Int64
	rows    atomic.Int64 // tuples under way on the edges of the cycle
	limit   int64        // where so many are, none are let in
	drained chan struct{}
	tasks   []*task
	epochs  laps
}

// lane is what an edge is to a cycle.
type lane int

const (
	outside  lane = iota
	entering      // into a cycle
	inner         // between components of one cycle
	looping       // the same, where it closes
)

func laneOf(s EdgeSpec, from, to *member) lane {
	switch {
	case to.cycle == nil:
		return outside
	case from.cycle != to.cycle:
		return entering
	case s.Loop:
		return looping
	}
	return inner
}

// findCycles tells each member the cycle that it is part of. Members of one are those that reach each other.
func findCycles(members []*member, feeds map[*member][]*member) {
	reach := map[*member]map[*member]bool{}
	for _, m := range members {
		seen := map[*member]bool{}
		stack := []*member{m}
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, to := range feeds[at] {
				if !seen[to] {
					seen[to] = true
					stack = append(stack, to)
				}
			}
		}
		reach[m] = seen
	}
	for i, m := range members {
		if m.cycle != nil || !reach[m][m] {
			continue
		}
		m.cycle = &cycle{drained: make(chan struct{})}
		for _, other := range members[i+1:] {
			if reach[m][other] && reach[other][m] {
				other.cycle = m.cycle
			}
		}
	}
}

// join makes a task part of its component's cycle.
func (c *cycle) join(t *task, queue int) {
	t.cycle = c
	t.entry = make(inbox, queue)
	t.wake = make(chan struct{}, 1)
	t.drained = c.drained
	t.senders++ // the cycle itself: it ends when it has drained
	c.tasks = append(c.tasks, t)
	c.limit = int64(queue) * batch.Rows
}

// send takes a token for a batch that is sent on an edge of the cycle; false where the cycle has drained.
func (c *cycle) send(rows int) bool {
	for {
		n := c.tokens.Load()
		if n <= 0 {
			return false
		}
		if c.tokens.CompareAndSwap(n, n+1) {
			c.rows.Add(int64(rows))
			return true
		}
	}
}

// release gives tokens back.
func (c *cycle) release(n int64) {
	if n > 0 && c.tokens.Add(-n) == 0 {
		close(c.drained)
	}
	if n > 0 && c.epochs.commits {
		c.look()
	}
}

// over reports whether the cycle has drained.
func (c *cycle) over() bool { return c.tokens.Load() <= 0 }

// full reports whether tuples that enter must wait.
func (c *cycle) full() bool { return c.rows.Load() >= c.limit }

// processed counts tuples that are no longer under way, and tells those who wait for that.
func (c *cycle) processed(rows int) {
	n := c.rows.Add(-int64(rows))
	if n < c.limit && n+int64(rows) >= c.limit {
		for _, t := range c.tasks {
			t.nudge()
		}
	}
}

// nudge lets a task of a cycle look at its queues again.
func (t *task) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// backlog is a queue without bounds: what came over loop edges.
type backlog struct {
	mu   sync.Mutex
	list []message
	head int
}

func (b *backlog) put(m message) {
	b.mu.Lock()
	b.list = append(b.list, m)
	b.mu.Unlock()
}

func (b *backlog) take() (message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.head == len(b.list) {
		return message{}, false
	}
	m := b.list[b.head]
	b.list[b.head] = message{}
	b.head++
	if b.head == len(b.list) || b.head >= 1024 && b.head*2 > len(b.list) {
		n := copy(b.list, b.list[b.head:])
		clear(b.list[n:])
		b.list, b.head = b.list[:n], 0
	}
	return m, true
}

// hand puts a message into the queue of its lane; it waits for room, but on a loop. False where the run was stopped.
func (t *task) hand(m message) bool {
	m.at = t.run.clock()
	switch m.lane {
	case looping:
		t.backlog.put(m)
		t.nudge()
		return true
	case entering:
		return t.entry.put(t.run.ctx, m)
	}
	return t.inbox.put(t.run.ctx, m)
}

// next returns what waits, what has gone round first and what enters last; false where nothing does.
func (t *task) next() (message, bool) {
	if waits := t.barrier.waits; len(waits) > 0 {
		m := waits[0]
		waits[0] = message{}
		if t.barrier.waits = waits[1:]; len(waits) == 1 {
			t.barrier.waits = nil
		}
		return t.took(m), true
	}
	if t.cycle != nil {
		if m, ok := t.backlog.take(); ok {
			return t.took(m), true
		}
	}
	select {
	case m := <-t.inbox:
		return t.took(m), true
	default:
	}
	select {
	case m := <-t.gate():
		return t.took(m), true
	default:
	}
	return message{}, false
}

// gate is the queue of what enters the cycle: nil, which never gives anything, where there is none or the cycle is full.
func (t *task) gate() inbox {
	if t.cycle == nil || t.cycle.full() {
		return nil
	}
	return t.entry
}

// took takes over a message's token. On the edges of a cycle each batch has one, and behind those of an entering edge the end has.
func (t *task) took(m message) message {
	if (m.lane >= inner || m.lane == entering && m.end) && !t.cycle.over() {
		t.held++
	}
	if m.lane == entering && m.end {
		t.cycle.left()
	}
	return m
}

// letGo gives back the tokens of a task that rests, unless it still has something to send or to try again.
func (t *task) letGo() {
	if t.held == 0 || t.clock.held() > 0 {
		return
	}
	for _, p := range t.ports {
		if _, waiting := p.deadline(); waiting {
			return
		}
	}
	n := t.held
	t.held = 0
	t.cycle.release(n)
}
