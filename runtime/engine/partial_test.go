package engine

import (
	"testing"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/hash"
)

// forget is a sender that forgets what it is given.
type forget struct{}

func (forget) send(_ int, b *batch.Batch[item]) *batch.Batch[item] { b.Reset(); return b }
func (forget) end()                                                {}
func (forget) barrier(uint64, bool)                                {}

// One tuple in eight has one key, which by fields would double a task's load, and the others a key of a few hundred. With two choices
// no task of eight gets much more than its share.
func TestPartialBalancesSkewedKeys(t *testing.T) {
	const tasks, tuples = 8, 80000
	loads := [tasks]int{}
	of := map[uint64]map[int]bool{}
	for range 3 { // senders, who do not know of one another
		o := &Out[item]{Limit: 64, sent: make([]int64, tasks), sender: forget{}}
		for range tasks {
			o.Pending = append(o.Pending, &batch.Batch[item]{})
		}
		for i := range tuples {
			key := hash.Int(int64(i % 499))
			if i%8 == 0 {
				key = hash.String("the")
			}
			b := o.Less(key)
			b.Rows = append(b.Rows, item{hash: key})
			loads[o.last]++
			if of[key] == nil {
				of[key] = map[int]bool{}
			}
			of[key][o.last] = true
			if i%5 == 0 { // taken back: it must not count
				b.Rows = b.Rows[:len(b.Rows)-1]
				loads[o.last]--
			}
			if o.Full() {
				o.Check()
			}
		}
	}
	sum := 0
	for _, n := range loads {
		sum += n
	}
	for i, n := range loads {
		if n > sum/tasks*11/10 || n < sum/tasks*9/10 {
			t.Errorf("task %d has %d of %d: %v", i, n, sum, loads)
		}
	}
	for key, tasks := range of {
		if len(tasks) > 2 {
			t.Errorf("key %x went to %d tasks", key, len(tasks))
		}
	}
}

func TestCandidatesDifferAndSpread(t *testing.T) {
	for tasks := 1; tasks < 9; tasks++ {
		pairs := map[[2]int]int{}
		for i := range 4000 {
			a, b := candidates(hash.Int(int64(i)), tasks)
			if a < 0 || b < 0 || a >= tasks || b >= tasks || a == b && tasks > 1 {
				t.Fatalf("%d tasks: %d and %d", tasks, a, b)
			}
			pairs[[2]int{a, b}]++
		}
		for pair, n := range pairs {
			if want := 4000 / max(1, tasks*(tasks-1)); n < want/2 || n > want*2 {
				t.Errorf("%d tasks: %v for %d keys, not about %d", tasks, pair, n, want)
			}
		}
	}
}

func (forget) mark(int64, bool) {}
