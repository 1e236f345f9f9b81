package workers

import "fmt"

// Drain ends the spouts; what they have read is processed. A run that waits for workers to join has read nothing, and ends at once: they may never come.
func (s *Supervisor) Drain() {
	s.mu.Lock()
	s.draining = true
	for _, w := range s.workers[min(s.cfg.Local, len(s.workers)):] {
		if !s.begun && w.state == awaited {
			s.abort(&Fault{What: fmt.Sprintf("stopped before worker %d had joined: nothing was read", w.number+1)})
			break
		}
	}
	s.mu.Unlock()
	s.drain(nil)
}

// drain lets all workers end their spouts. Where that is not the end of what is to be read, for a later run goes on, all know before the first of them does.
func (s *Supervisor) drain(f *Fault) {
	if s.cfg.Epochs != nil {
		s.tell(message{Kind: kindStopping})
	}
	s.tell(message{Kind: kindDrain, Fault: f})
}

// Abort stops everything at once.
func (s *Supervisor) Abort(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abort(FaultOf(err))
}

// abort is Abort, for who has the lock. The workers are told meanwhile.
func (s *Supervisor) abort(f *Fault) {
	if f.Again && s.once != nil {
		s.lose(f.What)
		return
	}
	if s.fault == nil {
		s.fault = f
	}
	if s.aborted {
		return
	}
	s.aborted = true
	for _, w := range s.workers {
		if w.state == awaited {
			w.state = finished
		}
	}
	if s.once != nil {
		s.once.cancel()
	}
	go s.tell(message{Kind: kindAbort, Fault: s.fault})
	s.check()
}

// checkSinks ends the spouts when no sink is left that wants more.
func (s *Supervisor) checkSinks() {
	left := 0
	for _, w := range s.workers {
		left += w.sinks
	}
	if left == 0 && !s.draining {
		s.draining = true
		go s.drain(nil)
	}
}

// checkEnds completes the run when all tasks of all workers have ended.
func (s *Supervisor) checkEnds() {
	for _, w := range s.workers {
		if w.state < ended {
			return
		}
	}
	if s.closing || s.aborted || s.once != nil && !s.once.over {
		return
	}
	s.closing = true
	s.close()
}

// closeLast goes on with those that print, when the others are done.
func (s *Supervisor) closeLast() {
	for _, w := range s.workers {
		if w.state != finished && !s.printsAtEnd(w) {
			return
		}
	}
	s.close()
}

// close lets workers complete what is written at the end. Where a lost one would begin all anew, those that print it come last, since that can't be taken back.
func (s *Supervisor) close() {
	var first, last []*worker
	for _, w := range s.workers {
		switch {
		case w.state == finished:
		case s.once != nil && s.printsAtEnd(w):
			last = append(last, w)
		default:
			first = append(first, w)
		}
	}
	if len(first) == 0 {
		first, s.printing = last, true
	}
	for _, w := range first {
		go s.tellOne(w.number, w.attempt, message{Kind: kindClose, Fault: s.fault})
	}
}
