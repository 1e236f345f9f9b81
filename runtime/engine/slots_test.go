package engine

import "testing"

func TestOwnersAreEvenAndStay(t *testing.T) {
	before := Owners(1)
	for tasks := 1; tasks <= Slots; tasks++ {
		if tasks > 40 && tasks%101 != 0 && tasks != Slots {
			before = nil
			continue
		}
		owners := Owners(tasks)
		counts := make([]int, tasks)
		for _, o := range owners {
			counts[o]++
		}
		for task, n := range counts {
			if n < Slots/tasks || n > (Slots+tasks-1)/tasks {
				t.Fatalf("%d tasks: task %d owns %d slots", tasks, task, n)
			}
		}
		if before != nil && tasks > 1 {
			moved := 0
			for s := range owners {
				if owners[s] != before[s] {
					moved++
					if int(owners[s]) != tasks-1 {
						t.Fatalf("with task %d, slot %d moved from %d to %d", tasks-1, s, before[s], owners[s])
					}
				}
			}
			if moved > Slots/tasks {
				t.Fatalf("with task %d, %d slots moved", tasks-1, moved)
			}
		}
		before = owners
	}
}

// Keys in stored state were placed by these: they never change.
func TestOwnersGolden(t *testing.T) {
	sum := uint64(14695981039346656037)
	for _, tasks := range []int{1, 2, 3, 5, 8, 100, Slots} {
		for _, o := range Owners(tasks) {
			sum = (sum ^ uint64(o)) * 1099511628211
		}
	}
	const want = 9928868575531588499
	if sum != want {
		t.Errorf("the owners of some slots have changed: %d", sum)
	}
}
