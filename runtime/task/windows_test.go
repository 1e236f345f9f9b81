package task

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestWindowsSame lets slices come in any order and time get on by leaps, and compares the windows that end with those that a plain look at all windows gives.
func TestWindowsSame(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 9))
		every := 1 + r.Int64N(6)
		size := every + r.Int64N(20)
		growing := seed%2 == 1
		w := Span(time.Duration(size), time.Duration(every), growing)
		slice := w.slice
		type window struct {
			from, to int64
			starts   string
		}
		var got, want []window
		have := map[string][]int64{}
		rows := int32(0)
		mark, told := int64(math.MinInt64), int64(-50)
		for range 60 {
			if key, start := fmt.Sprint(r.IntN(3)), floor(told+r.Int64N(40)-20, slice); w.last(start) > mark && !slices.Contains(have[key], start) {
				have[key] = append(have[key], start)
				rows++
				w.Begin([]byte(key), start, rows, mark)
			}
			if r.IntN(3) > 0 {
				continue
			}
			now := told + r.Int64N(12)
			if now <= mark {
				continue
			}
			for to := max(told-60, mark+1); to <= now; to++ {
				from := to - size
				if growing {
					from = floor(to-1, size)
					if (to-from)%every != 0 && to-from != size {
						continue
					}
				} else if floor(from, every) != from {
					continue
				}
				for _, starts := range have {
					slices.Sort(starts)
					var in []int64
					for _, s := range starts {
						if from <= s && s < to {
							in = append(in, s)
						}
					}
					if len(in) > 0 {
						want = append(want, window{from, to, fmt.Sprint(in)})
					}
				}
			}
			for w.Next(now) {
				var in []int64
				for _, s := range w.Slices {
					in = append(in, s.Start)
				}
				got = append(got, window{w.From, w.To, fmt.Sprint(in)})
			}
			mark, told = now, now
			for k, starts := range have {
				have[k] = slices.DeleteFunc(starts, func(s int64) bool { return w.last(s) <= mark })
			}
		}
		less := func(a, b window) int { return cmpWindow(a.to, b.to, a.starts, b.starts) }
		slices.SortFunc(got, less)
		slices.SortFunc(want, less)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d, size %d every %d growing %v:\ngot  %v\nwant %v", seed, size, every, growing, got, want)
		}
	}
}

func cmpWindow(a, b int64, x, y string) int {
	switch {
	case a != b:
		return int(a - b)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// TestWindowsEdges looks at the ends of what times there are.
func TestWindowsEdges(t *testing.T) {
	for _, growing := range []bool{false, true} {
		w := Span(10, 4, growing)
		for _, at := range []int64{math.MinInt64, math.MaxInt64 - 1, 0, -2} {
			w.Begin([]byte{byte(at)}, floor(at, w.slice), 1, math.MinInt64)
		}
		n := 0
		for w.Next(math.MaxInt64) {
			if n++; n > 100 {
				t.Fatal("windows have no end")
			}
		}
		if len(w.keys) > 0 || len(w.ends.heap) > 0 {
			t.Errorf("growing %v: %d keys are left", growing, len(w.keys))
		}
	}
}
