package engine

import (
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// readPace is how fast a spout's tuples settle. Where it is known from run to run where a spout stands, that is known no finer than Next by Next: what is read at once should settle within
// a fraction of a second, however slow the topology is, so that a process which is killed again and again gets on all the same.
type readPace struct {
	rows    int           // to be read at once
	settled int           // since then
	since   time.Duration // by the run's clock
}

// A Next begins with firstRead tuples, and reads as many as settle in readTime. That is looked at each paceTime.
const (
	firstRead = 16
	readTime  = 250 * time.Millisecond
	paceTime  = 10 * time.Millisecond
)

// look says how many tuples to read.
func (p *readPace) look(now time.Duration) int {
	switch past := now - p.since; {
	case p.rows == 0:
		p.rows, p.since, p.settled = firstRead, now, 0
	case past >= paceTime && p.settled > 0:
		reach := float64(p.settled) * float64(readTime) / float64(past)
		p.rows = int(min(max(reach, firstRead), component.BatchRows))
		p.since, p.settled = now, 0
	}
	return p.rows
}

// most is how many tuples the next Next may read: no more than may be under way.
func (s *source) most() int {
	n := component.BatchRows
	if s.kept != nil {
		n = s.pace.look(s.task.run.clock())
	}
	return int(min(int64(n), s.how.Pending-s.rows))
}
