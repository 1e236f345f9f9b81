package query

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTop(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		most := 1 + r.IntN(50)
		top := NewTop(most, func(a, b *int) int { return cmp.Compare(*a, *b) })
		var all []int
		for range r.IntN(2000) {
			n := r.IntN(1000)
			all = append(all, n)
			if top.Wants(&n) {
				top.Add(n)
			}
		}
		slices.Sort(all)
		if got := top.Rows(); !slices.Equal(got, all[:min(most, len(all))]) {
			t.Fatalf("seed %d, %d of %d: %v", seed, most, len(all), got)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		limit   int64
		limited bool
		most    int
	}{{0, false, MaxRows + 1}, {5, true, 5}, {0, true, 0}, {-1, true, 0}, {MaxRows + 1, true, 0}} {
		if most, err := Most(c.limit, c.limited); most != c.most || (err != nil) != (c.most == 0) {
			t.Errorf("%v: %d, %v", c, most, err)
		}
	}
	if TooMany(MaxRows, false) != nil || TooMany(MaxRows+1, false) == nil || TooMany(MaxRows+1, true) != nil {
		t.Error("how many are too many?")
	}
}
