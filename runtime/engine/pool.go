package engine

import (
	"sync"

	"github.com/topo-lang/topo/runtime/batch"
)

// pool is the free list of one producer: the receivers of its batches give them back. The one
// given back last goes out first, being the one most likely still in the cache.
type pool[R any] struct {
	mu   sync.Mutex
	idle []*batch.Batch[R]
	max  int // more than can be on their way at once need not be kept
}

// get returns an empty batch. A new one has room for as many rows as fitted into the one before it.
func (p *pool[R]) get(rows int) *batch.Batch[R] {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		b := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		b.Reset()
		return b
	}
	p.mu.Unlock()
	b := &batch.Batch[R]{}
	if rows > 0 {
		b.Rows = make([]R, 0, rows)
	}
	b.Free = func() { p.put(b) }
	return b
}

func (p *pool[R]) put(b *batch.Batch[R]) {
	p.mu.Lock()
	if len(p.idle) < p.max {
		p.idle = append(p.idle, b)
	}
	p.mu.Unlock()
}
