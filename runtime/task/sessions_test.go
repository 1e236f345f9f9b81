package task

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSessionsSame gives tuples in any order and lets time get on by leaps, and compares the sessions that end with those that sorting all tuples gives.
func TestSessionsSame(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		const gap = 5
		w := Gap(gap)
		rows := map[int32][]int64{} // the tuples of each row
		byKey := map[[2]int64]int32{}
		type told struct{ key, from, to, n int64 }
		var got, want []told
		taken := map[int64][]int64{}
		mark, now, last := int64(math.MinInt64), int64(0), int32(0)
		advance := func(to int64) {
			mark = to
			for w.Next(mark) {
				row := w.Slices[0].Row
				var key int64
				for k, n := range byKey {
					if n == row {
						key = k[0]
						delete(byKey, k)
					}
				}
				if n := len(rows[row]); n > 0 {
					got = append(got, told{key, w.From, w.To, int64(n)})
				}
				delete(rows, row)
			}
		}
		for range 200 {
			key, at := r.Int64N(3), now+r.Int64N(30)-15
			at = max(at, mark)
			id, late := w.Find([]byte{byte(key)}, at, mark)
			if late {
				t.Fatal("what comes before the mark is late")
			}
			row, old := byKey[[2]int64{key, id}]
			if !old {
				last++
				row = last
				byKey[[2]int64{key, id}] = row
				w.Begin([]byte{byte(key)}, at, row)
			}
			if r.IntN(10) > 0 { // else it fails
				rows[row] = append(rows[row], at)
				taken[key] = append(taken[key], at)
				w.Took(at)
				for w.Meet() {
					rows[w.Into] = append(rows[w.Into], rows[w.Gone]...)
					delete(rows, w.Gone)
					for k, n := range byKey {
						if n == w.Gone {
							delete(byKey, k)
						}
					}
				}
			}
			if now += r.Int64N(3); r.IntN(4) == 0 && now-10 > mark {
				advance(now - 10)
			}
		}
		advance(math.MaxInt64)
		if len(rows) > 0 || len(w.keys) > 0 {
			t.Fatalf("seed %d: sessions are left", seed)
		}
		for key, list := range taken {
			slices.Sort(list)
			for i := 0; i < len(list); {
				j := i + 1
				for j < len(list) && list[j]-list[j-1] < gap {
					j++
				}
				want = append(want, told{key, list[i], list[j-1] + gap, int64(j - i)})
				i = j
			}
		}
		order := func(a, b told) int {
			if a.key != b.key {
				return int(a.key - b.key)
			}
			return int(a.from - b.from)
		}
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d:\ngot  %v\nwant %v", seed, got, want)
		}
	}
}

// TestSessionsLate lets a tuple come late: it is in a session that is not over, or in one of its own that would not be; else in none.
func TestSessionsLate(t *testing.T) {
	key := []byte("k")
	w := Gap(10)
	take := func(at int64, row int32) {
		if _, late := w.Find(key, at, math.MinInt64); late {
			t.Fatal("late before time began")
		}
		w.Begin(key, at, row)
		w.Took(at)
	}
	take(100, 1)
	for _, c := range []struct {
		at, mark int64
		id       int64
		late     bool
	}{{91, 105, 100, false}, {91, 109, 100, false}, {90, 100, 90, true}, {90, 99, 90, false}, {109, 109, 100, false}, {110, 109, 110, false}, {80, 90, 80, true}} {
		if id, late := w.Find(key, c.at, c.mark); id != c.id || late != c.late {
			t.Errorf("%d at %d: session %d, late %v", c.at, c.mark, id, late)
		}
	}
	if w.Next(109) || !w.Next(110) || w.From != 100 || w.To != 110 || w.Next(math.MaxInt64) {
		t.Error("a session ends when its key was silent for so long")
	}
}
