package engine

// Slots is how many slots keys hash to; tasks own slots. The slot of a hash is its top bits.
const (
	SlotBits = 10
	Slots    = 1 << SlotBits
)

// Owners says which task owns each slot, for a number of tasks from 1 to Slots.
//
// It is as even as can be (task loads differ by at most one slot) and moves as few keys as can be when
// the number of tasks changes: task n takes its share a slot at a time from whoever then has most, and
// nothing else moves. Ranges would be as even, and move half of all keys; rendezvous hashing would move as few, unevenly.
func Owners(tasks int) *[Slots]uint16 {
	owner := new([Slots]uint16)
	owned := make([][]uint16, tasks) // the slots of each task
	for s := range Slots {
		owned[0] = append(owned[0], uint16(s))
	}
	for t := 1; t < tasks; t++ {
		for len(owned[t]) < Slots/(t+1) {
			most := 0
			for u := range t {
				if len(owned[u]) > len(owned[most]) {
					most = u
				}
			}
			last := len(owned[most]) - 1
			s := owned[most][last]
			owned[most] = owned[most][:last]
			owned[t] = append(owned[t], s)
			owner[s] = uint16(t)
		}
	}
	return owner
}
