package engine

import (
	"runtime"
	"testing"
)

// A long run allocates what a short one does: batches come back, and nothing is allocated once a tuple, or once a batch.
func TestSteadyStateDoesNotAllocate(t *testing.T) {
	measure := func(total int) uint64 {
		var sum int64
		top := constNull(total, 2, &sum)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := top.Run(t.Context(), Options{}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if sum != int64(total)*perTuple {
			t.Fatalf("%d tuples arrived instead of %d", sum/perTuple, total)
		}
		return after.Mallocs - before.Mallocs
	}
	const tuples = 1_000_000
	short, long := measure(tuples/10), measure(tuples)
	// The number of batches on their way depends on timing: some hundreds at the most, of the 3,000 sent.
	if long > short+500 {
		t.Errorf("%d allocations for %d tuples, %d for %d", short, tuples/10, long, tuples)
	}
}
