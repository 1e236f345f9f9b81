package app

import "sync"

// stop is the wish to end in order: spouts read no more, and what they have read is processed.
type stop struct {
	begun chan struct{} // closed by drain
	once  sync.Once
}

func newStop() *stop { return &stop{begun: make(chan struct{})} }

// drain may be called from anywhere, and again.
func (s *stop) drain() { s.once.Do(func() { close(s.begun) }) }
