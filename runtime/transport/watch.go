package transport

import "time"

// silence is what the watch remembers of a lane.
type silence struct {
	sequence  uint64 // of the lane when it was last looked at
	left, gap int    // looks until the next question, and between the last two
}

// watch looks from time to time at lanes whose frames the receiver has not done with. A receiver may be slow,
// but it may also wait for a frame that was lost with none after it, or have granted credit in a message that was lost.
// A question tells these apart: it travels behind the frames, so it finds either all of them or a hole, and
// its answer is the credit. Questions to a slow receiver become rare, so that they do not pile up.
func (t *Transport) watch() {
	tick := time.NewTicker(t.look)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-t.closing:
			return
		case <-t.failed:
			return
		}
		for _, e := range t.ends {
			for _, l := range e.lanes {
				if l != nil {
					l.ask()
				}
			}
		}
	}
}

// ask asks a question if it is time.
func (l *lane) ask() {
	l.out.Lock()
	defer l.out.Unlock()
	s := &l.silence
	switch {
	case l.sent == l.done.Load():
		return
	case l.sequence != s.sequence:
		*s = silence{sequence: l.sequence, left: 1, gap: 1}
		return
	case s.left > 1:
		s.left--
		return
	}
	s.gap *= 2
	s.left = s.gap
	l.t.stats.questions.Add(1)
	h := header{flags: flagQuestion, attempt: l.attempt, sequence: l.sequence,
		edge: uint32(l.end.edge), from: uint32(l.from), to: uint32(l.end.task)}
	if err := l.t.publish(l.end.conn, l.end.subject, appendFrame(nil, h, nil)); err != nil {
		l.t.lost(err)
	}
}
