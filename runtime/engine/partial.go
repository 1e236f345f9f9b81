package engine

import (
	"math/bits"

	"github.com/topo-lang/topo/runtime/batch"
)

// A partial edge spreads skewed keys by the power of two choices (Nasir et al., "The Power of Both Choices", 2015): each key
// has two tasks, and each of its rows goes to the one that this sender has given fewer rows. A sender knows its own counts
// only, which is enough: where each of them is even, their sum is. Each key is known to two tasks at the most, so
// what they make of it is put together again out of two parts.

// Less returns the batch of the less loaded of a key's two tasks, by the key's hash. Rows that were taken back do not count,
// since what waits is counted where it waits.
func (o *Out[R]) Less(hash uint64) *batch.Batch[R] {
	a, b := candidates(hash, len(o.Pending))
	if o.sent[b]+int64(len(o.Pending[b].Rows)) < o.sent[a]+int64(len(o.Pending[a].Rows)) {
		a = b
	}
	o.last = a
	return o.Pending[a]
}

// candidates returns the two tasks of a key: they differ where there are two.
func candidates(hash uint64, tasks int) (a, b int) {
	if tasks < 2 {
		return 0, 0
	}
	// Each takes its own half of the bits, mixed once more, so that the two are independent.
	n := uint64(tasks)
	hi, _ := bits.Mul64(hash, n)
	lo, _ := bits.Mul64(hash*0x9e3779b97f4a7c15+0x589965cc75374cc3, n-1)
	a = int(hi)
	b = int(lo)
	if b >= a {
		b++ // one of the others
	}
	return a, b
}
