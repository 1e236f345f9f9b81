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

func (s *split[R]) barrier(epoch uint64) { s.near.barrier(epoch) } // no epoch goes through several processes yet

func (s *split[R]) end() {
	for to, t := range s.near.to.tasks {
		if t.away {
			s.far.frame(to, Frame{From: s.far.task, End: true})
		} else {
			t.hand(message{input: s.near.input, end: true, lane: s.near.lane})
		}
	}
}
