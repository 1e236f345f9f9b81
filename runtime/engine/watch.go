package engine

import (
	"fmt"
	"time"
)

// When the run's watch says something.
const (
	watchEvery = time.Second
	stillAfter = 10 * time.Second // a spout that has waited for room for so long
	hungAfter  = 30 * time.Second // a call into a component's code that has taken so long
	longAfter  = 5 * time.Second  // a call that is worth a word where something else waits for it
)

// watch looks after a run: which spout stands still and why, and which call does not return. It says each once.
type watch struct {
	run   *run
	note  func(string)
	still map[*task]time.Duration // spouts that stand still, and since when
	hung  map[*task]time.Duration // tasks whose call that began then was told of
}

func newWatch(r *run, note func(string)) *watch {
	return &watch{run: r, note: note, still: map[*task]time.Duration{}, hung: map[*task]time.Duration{}}
}

// keep looks until ended is closed.
func (w *watch) keep(ended <-chan struct{}) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.look(w.run.clock())
		case <-ended:
			return
		}
	}
}

// look tells of what is new at a time of the run's clock.
func (w *watch) look(now time.Duration) {
	for _, m := range w.run.topology.members {
		for _, t := range m.local() {
			if t.spout != nil {
				w.lookAtSpout(t, now)
			}
			w.lookAtCall(t, now)
		}
	}
}

// lookAtSpout tells of a spout that stands still, or no longer does.
func (w *watch) lookAtSpout(t *task, now time.Duration) {
	began, told := w.still[t]
	since, e, to := t.chain.waitsFor()
	settling := t.meter.roots.full.Load()
	waits := e >= 0
	if !waits && settling > 0 {
		waits, since = true, time.Duration(settling-1)
	}
	if !waits || now-since < stillAfter {
		if told && (!waits || since != began) {
			delete(w.still, t)
			w.note(fmt.Sprintf("%s goes on after %s", t.name(), rounded(now-began)))
		}
		return
	}
	if told && since == began {
		return
	}
	w.still[t] = since
	if e < 0 {
		w.note(fmt.Sprintf("%s waits: %d of its tuples have not been settled for %s, and `pending` allows no more%s", t.name(), t.meter.roots.pending.Load(), rounded(now-since), w.holdup(now)))
		return
	}
	s := w.run.topology.edges[e].describe()
	w.note(fmt.Sprintf("%s waits: the queue %s has been full for %s; %s", t.name(), queueName(s), rounded(now-since), w.why(to, now)))
}

// why follows what stands full to the task that holds everything up, and names the queue before it where that is another one.
func (w *watch) why(t *task, now time.Duration) string {
	text := ""
	for range w.run.topology.members {
		if t.away {
			break
		}
		since, e, to := t.chain.waitsFor()
		if e < 0 {
			break
		}
		text = ""
		if full := now - since; full >= time.Second {
			text = fmt.Sprintf("so has %s, for %s; ", queueName(w.run.topology.edges[e].describe()), rounded(full))
		}
		t = to
	}
	if t.away {
		return text + t.name() + " is in another worker, and slower than what feeds it"
	}
	if last, what, since := t.chain.busy(); last != nil && now-since >= longAfter {
		return fmt.Sprintf("%s%s has not returned from %s for %s", text, last.name(), last.callName(what), rounded(now-since))
	}
	return text + t.name() + " is slower than what feeds it"
}

// holdup names the queue that has been full for longest and why, or else the call that takes longest.
func (w *watch) holdup(now time.Duration) string {
	text, begun := "", now-longAfter
	queue, full, before := -1, now, (*task)(nil)
	for _, m := range w.run.topology.members {
		for _, t := range m.local() {
			if since, e, to := t.chain.waitsFor(); e >= 0 {
				if since < full {
					queue, full, before = e, since, to
				}
				continue // it waits for room
			}
			if what, since := t.meter.going(); what != none && since <= begun {
				text, begun = fmt.Sprintf("; %s has not returned from %s for %s", t.name(), t.callName(what), rounded(now-since)), since
			}
		}
	}
	if queue >= 0 && now-full >= time.Second {
		return fmt.Sprintf("; the queue %s has been full for %s: %s", queueName(w.run.topology.edges[queue].describe()), rounded(now-full), w.why(before, now))
	}
	return text
}

// lookAtCall tells of a call that does not return.
func (w *watch) lookAtCall(t *task, now time.Duration) {
	what, since := t.meter.going()
	// A call that waited for room in between has been at its own work since then.
	if what == none || now-max(since, time.Duration(t.chain.resumed.Load())) < hungAfter || w.hung[t] == since+1 {
		return
	}
	if last, _, _ := t.chain.busy(); last != nil && last != t {
		return // it waits for a fused task's
	}
	if since, e, _ := t.chain.waitsFor(); e >= 0 && now-since >= watchEvery {
		return // it waits for room: that is told of its spout
	}
	w.hung[t] = since + 1
	rows := ""
	if n := t.meter.within.Load(); what == processing && n > 0 {
		rows = fmt.Sprintf(", with %d tuples", n)
		if n == 1 {
			rows = ", with 1 tuple"
		}
	}
	w.note(fmt.Sprintf("%s has not returned from %s for %s%s", t.name(), t.callName(what), rounded(now-since), rows))
}

// waitsFor is what the chain has waited longest for: since when, the number of the edge and the task without room; -1 where it does not.
func (c *chain) waitsFor() (since time.Duration, edge int, to *task) {
	edge = -1
	for _, t := range c.tasks {
		for i, p := range t.ports {
			at, number, waiting := p.stalled().waits()
			if !waiting || edge >= 0 && at >= since {
				continue
			}
			id := t.member.edges[i]
			m := t.run.topology.member(t.run.topology.edges[id].describe().To)
			since, edge, to = at, id, m.tasks[number]
		}
	}
	return since, edge, to
}

// busy is the task of the chain whose code is being called, the innermost.
func (c *chain) busy() (t *task, what call, since time.Duration) {
	for _, one := range c.tasks {
		if does, at := one.meter.going(); does != none {
			t, what, since = one, does, at
		}
	}
	return t, what, since
}

// name is the task's, for messages: `count[1]`.
func (t *task) name() string {
	if t.member.count == 1 {
		return t.member.name
	}
	return fmt.Sprintf("%s[%d]", t.member.name, t.number)
}

// queueName is an edge's, for messages: `count -> out`.
func queueName(s EdgeSpec) string {
	from := s.From
	if s.Stream != "" {
		from += "." + s.Stream
	}
	return from + " -> " + s.To
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }
