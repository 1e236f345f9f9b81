package engine

import "github.com/topo-lang/topo/runtime/batch"

// split sends to some tasks through memory, and to those of other processes as frames.
type split[R any] struct {
	near *memory[R]
	far  *remote[R]
}

func (s *split[R]) send(to int, b *batch.Batch[R]) *batch.Batch[R] {
	if s.near.to.tasks[to].away {
		return s.far.send(to, b)
	}
	return s.near.send(to, b)
}

func (s *split[R]) barrier(epoch uint64, all bool) {
	s.near.barrier(epoch, all)
	s.far.barrier(epoch, all)
}

func (s *split[R]) mark(at int64, idle bool) {
	s.near.mark(at, idle)
	s.far.mark(at, idle)
}

func (s *split[R]) end() {
	s.near.end()
	s.far.end()
}
