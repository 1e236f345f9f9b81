package workers

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
)

// metricsPatience is how long a worker may take to say what it has counted: who asks for numbers does not want to wait for one that hangs.
const metricsPatience = 2 * time.Second

// Metrics asks all workers what they have counted and puts it together. A worker that has not begun, was killed or does not answer in time is left out; complete
// is false then. One that was started anew counts from zero, as Prometheus expects of a counter.
func (s *Supervisor) Metrics() (m engine.Metrics, complete bool) {
	s.mu.Lock()
	var to []string
	complete = true
	for _, w := range s.workers {
		switch w.state {
		case running, ended:
			to = append(to, workerSubject(s.cfg.Topology, w.number, w.attempt))
		default:
			complete = false
		}
	}
	s.mu.Unlock()
	ask := encode(message{Kind: kindMetrics})
	answers := make([]*engine.Metrics, len(to))
	var all sync.WaitGroup
	for i, subject := range to {
		all.Go(func() {
			answer, err := s.cfg.Conn.Request(subject, ask, metricsPatience)
			if err != nil {
				return
			}
			var c message
			if json.Unmarshal(answer.Data, &c) == nil {
				answers[i] = c.Metrics
			}
		})
	}
	all.Wait()
	m = engine.Metrics{Topology: s.cfg.Topology}
	for _, one := range answers {
		if one == nil {
			complete = false
			continue
		}
		merge(&m, *one)
	}
	inOrder(m.Tasks, s.cfg.Assigned, func(t engine.TaskMetrics) (string, int) { return t.Component, t.Task })
	return m, complete
}

// merge adds what a worker has counted. Every worker knows all edges, in the same order; a task is one worker's.
func merge(to *engine.Metrics, m engine.Metrics) {
	to.Uptime = max(to.Uptime, m.Uptime)
	to.Tasks = append(to.Tasks, m.Tasks...)
	for i, e := range m.Edges {
		if i == len(to.Edges) {
			to.Edges = append(to.Edges, engine.EdgeMetrics{EdgeSpec: e.EdgeSpec})
		}
		sum := &to.Edges[i]
		sum.Rows += e.Rows
		sum.Batches += e.Batches
		sum.Stalls += e.Stalls
		sum.Stalled += e.Stalled
		sum.Full = max(sum.Full, e.Full)
	}
	to.Failures = mergeFailures(to.Failures, m.Failures)
}

// mergeFailures adds up the failures at the same place.
func mergeFailures(to, more []engine.Failure) []engine.Failure {
	for _, f := range more {
		i := slices.IndexFunc(to, func(g engine.Failure) bool { return g.Component == f.Component && g.Place == f.Place })
		if i < 0 {
			to = append(to, f)
			continue
		}
		sum := &to[i]
		sum.Count += f.Count
		sum.Handled += f.Handled
		sum.Reasons = append(slices.Clone(sum.Reasons), f.Reasons...)
		slices.Sort(sum.Reasons)
		sum.Reasons = slices.Compact(sum.Reasons)
		sum.Reasons = sum.Reasons[:min(len(sum.Reasons), keptReasons)]
	}
	slices.SortFunc(to, func(x, y engine.Failure) int {
		return cmp.Or(cmp.Compare(x.Component, y.Component), cmp.Compare(x.Place, y.Place))
	})
	return to
}
