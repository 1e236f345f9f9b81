package store

// Peek implements engine.Peeking: nothing runs, and the state is only asked for rows. The store is opened when that is so, and nothing is put into it: what a run has committed last and may not have put is kept
// beside.
func (s *State) Peek() { s.peek = true }

// peekNow opens the store to be read.
func (s *State) peekNow() error {
	s.trying.patience = opening
	if err := s.openStore(); err != nil {
		return err
	}
	for _, bytes := range s.pending {
		o, err := parseOutbox(bytes)
		if err != nil {
			return err
		}
		if s.log = o.log; s.table.Mode != Plain {
			if err := s.ours(); err != nil {
				return err
			}
			if s.at() >= o.epoch {
				continue
			}
		}
		for _, r := range o.rows {
			if s.inflight == nil {
				s.inflight = map[string][]byte{}
			}
			s.inflight[string(r.Key)] = clone(r.Value)
		}
		s.epoch = max(s.epoch, o.epoch)
	}
	if s.log != "" && s.table.Mode != Plain {
		if err := s.ours(); err != nil {
			return err
		}
	}
	// Rows of any committed epoch are as they are.
	s.epoch = max(s.epoch, s.at()) + 1
	s.pending = nil
	return nil
}
