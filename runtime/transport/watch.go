package transport

import "time"

// silence is what the watch remembers of a lane.
type silence struct {
	sequence  uint64 // of the lane when it was last looked at
	left, gap int    // looks until the next question, and between the last two
	// before is where the lane was at the last look: payloads that someone waits for since then are asked for, after so many looks.
	before          place
	holds, patience int
}

// longestPatience is how many looks pass at the most until payloads are asked for again which are still on their way.
const longestPatience = 16

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
	held := l.flying.older(s.before)
	s.before = place{l.epoch, l.sequence}
	if s.holds--; len(held) == 0 {
		s.holds, s.patience = 0, 1
	}
	asks := len(held) > 0 && s.holds <= 0
	if asks {
		s.patience = min(2*s.patience, longestPatience)
		s.holds = s.patience
	}
	switch {
	case l.sent == l.done.Load():
	case l.sequence != s.sequence:
		s.sequence, s.left, s.gap = l.sequence, 1, 1
	case s.left > 1:
		s.left--
	default:
		s.gap *= 2
		s.left = s.gap
		asks = true
	}
	if !asks {
		return
	}
	l.t.stats.questions.Add(1)
	h := header{flags: flagQuestion, attempt: l.attempt, epoch: l.epoch, sequence: l.sequence,
		edge: uint32(l.end.edge), from: uint32(l.from), to: uint32(l.end.task)}
	if err := l.t.publish(l.end.conn, l.end.subject, appendFrame(nil, h, held)); err != nil {
		l.t.lost(err)
	}
}
