package engine

import (
	"time"

	"github.com/topo-lang/topo/runtime/metrics"
)

// Metrics is what a run has done so far. Counts are exact: when the run has ended they are those of its Summary.
type Metrics struct {
	Topology string
	Uptime   time.Duration
	Tasks    []TaskMetrics // in the order of registration
	Edges    []EdgeMetrics // in the order of Connect
	Failures []Failure
}

// TaskMetrics is what one task has done.
type TaskMetrics struct {
	Component   string
	Kind        string // spout, bolt or sink
	Task        int
	Executed    Traffic // what it took in
	Emitted     int64   // tuples that it put out on streams that somebody reads: once each, however many receive them, and those among them that nobody does
	Transferred Traffic // what its edges carried
	// Busy is the time spent in the component's code. A spout's is not known: it may wait for its source there.
	Busy time.Duration
	// Queue is how many batches wait, of the Room that there is; 0 of 0 for a task that has no queue.
	Queue, Room int
	// Call is what the component has been called for, and In how long ago: "" where it waits.
	Call string
	In   time.Duration
	// Execute is the time in the component's code for a tuple, Process that from its entering the queue until its batch was processed.
	Execute, Process metrics.Snapshot
	// Of a spout in a run that follows tuples. Acked are settled, Failed given up, Replayed given again, Pending not settled yet; Complete is the time
	// from a tuple's being read until all that became of it was settled.
	Tracked                          bool
	Acked, Failed, Replayed, Pending int64
	Complete                         metrics.Snapshot
}

// EdgeMetrics is what one edge has carried.
type EdgeMetrics struct {
	EdgeSpec
	Traffic
	Stalls  int64         // how often a sender found no room
	Stalled time.Duration // for how long senders have waited for room, all of them together
	// Full is how long the sender that waits longest has been waiting now; 0: none does.
	Full time.Duration
}

// Metrics returns what the run has done so far; false before it has begun. It may be called at any time, from any goroutine.
func (t *Topology) Metrics() (Metrics, bool) {
	r := t.running.Load()
	if r == nil {
		return Metrics{}, false
	}
	now := r.clock()
	m := Metrics{Topology: t.name, Uptime: now, Failures: t.failed.sorted()}
	for _, e := range t.edges {
		m.Edges = append(m.Edges, EdgeMetrics{EdgeSpec: e.describe()})
	}
	for _, of := range t.members {
		for _, one := range of.local() {
			m.Tasks = append(m.Tasks, one.metrics(now))
			for i, p := range one.ports {
				e := &m.Edges[of.edges[i]]
				e.Traffic.add(p.traffic())
				s := p.stalled()
				e.Stalls += s.count.Load()
				e.Stalled += time.Duration(s.total.Load())
				if since, _, waiting := s.waits(); waiting {
					e.Stalled += now - since
					e.Full = max(e.Full, now-since)
				}
			}
		}
	}
	return m, true
}

func (t *task) metrics(now time.Duration) TaskMetrics {
	m := TaskMetrics{
		Component: t.member.name, Kind: t.member.kind(), Task: t.number, Executed: t.meter.executed.traffic(),
		Busy: time.Duration(t.meter.busy.Load()), Execute: t.meter.execute.Snapshot(), Process: t.meter.process.Snapshot(),
	}
	if t.source != nil {
		k := &t.meter.roots
		m.Tracked, m.Complete = true, k.complete.Snapshot()
		m.Acked, m.Failed, m.Replayed, m.Pending = k.acked.Load(), k.failed.Load(), k.replayed.Load(), k.pending.Load()
	}
	if t.spout == nil && !t.fused {
		m.Queue, m.Room = len(t.inbox)+len(t.entry), cap(t.inbox)+cap(t.entry)
	}
	if _, full, _ := t.chain.waitsFor(); full >= 0 {
		// It waits for room, which its edge tells.
	} else if what, since := t.meter.going(); what != none {
		m.Call, m.In = t.callName(what), max(now-since, 0)
	}
	streams := map[string]bool{}
	for i, p := range t.ports {
		m.Transferred.add(p.traffic())
		s := t.run.topology.edges[t.member.edges[i]].describe()
		if streams[s.Stream] {
			continue // another edge carries the same tuples
		}
		streams[s.Stream] = true
		rows := p.traffic().Rows
		if s.Grouping == All {
			rows /= int64(t.run.topology.member(s.To).count)
		}
		m.Emitted += rows + p.withheld()
	}
	return m
}

// kind is what the component is called in the text.
func (m *member) kind() string {
	switch {
	case m.newSpout != nil:
		return "spout"
	case len(m.edges) == 0:
		return "sink"
	}
	return "bolt"
}

// callName is what a component's author calls it.
func (t *task) callName(what call) string {
	sink := len(t.ports) == 0
	switch {
	case what == opening:
		return "Open"
	case what == processing && sink:
		return "Write"
	case what == resting && sink:
		return "Flush"
	case what == processing:
		return "a batch"
	case what == ticking:
		return "a timer"
	case what == finishing:
		return "finish"
	case what == closing:
		return "Close"
	}
	return "a pause"
}
