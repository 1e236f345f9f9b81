package app

import (
	"os"
	"os/signal"
	"sync"
)

// stop is the wish to end in order: spouts read no more, and what they have read is processed.
type stop struct {
	begun chan struct{} // closed by drain
	once  sync.Once
}

func newStop() *stop { return &stop{begun: make(chan struct{})} }

// drain may be called from anywhere, and again.
func (s *stop) drain() { s.once.Do(func() { close(s.begun) }) }

// signals returns a channel of the signals that stop a run, and the function that lets go of them.
func signals() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 3)
	signal.Notify(c, stopSignals...)
	return c, func() { signal.Stop(c) }
}
