// Package metrics has the numbers that a run keeps of itself: histograms that cost nearly nothing to write, and the text that Prometheus reads.
package metrics

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A histogram is log-linear: each power of two of nanoseconds is cut into steps, so that a value is known to within an eighth.
const (
	stepBits = 3
	steps    = 1 << stepBits
	// Values from 2^maxBits nanoseconds on (two and a half hours) are counted together.
	maxBits = 43
	buckets = (maxBits-stepBits+1)*steps + 1
)

// Histogram counts durations. One goroutine may write while others take snapshots; the zero value is ready.
type Histogram struct {
	counts [buckets]atomic.Int64
	sum    atomic.Int64 // nanoseconds
	max    atomic.Int64
}

// bucket is where a duration is counted.
func bucket(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < steps {
		return int(v)
	}
	shift := bits.Len64(v) - 1 - stepBits
	return min(shift*steps+int(v>>shift), buckets-1)
}

// bound is the first duration beyond a bucket.
func bound(i int) time.Duration {
	if i < 2*steps {
		return time.Duration(i + 1)
	}
	shift := i/steps - 1
	return time.Duration(i%steps+steps+1) << shift
}

// Add counts n values of the same duration.
func (h *Histogram) Add(d time.Duration, n int64) {
	h.counts[bucket(d)].Add(n)
	h.sum.Add(int64(d) * n)
	if int64(d) > h.max.Load() {
		h.max.Store(int64(d))
	}
}

// Snapshot is what a histogram has counted.
type Snapshot struct {
	Count    int64
	Sum, Max time.Duration
	counts   []int64
}

// Snapshot returns what was counted so far.
func (h *Histogram) Snapshot() Snapshot {
	s := Snapshot{Sum: time.Duration(h.sum.Load()), Max: time.Duration(h.max.Load()), counts: make([]int64, buckets)}
	for i := range h.counts {
		s.counts[i] = h.counts[i].Load()
		s.Count += s.counts[i]
	}
	return s
}

// Merge adds what another histogram has counted.
func (s *Snapshot) Merge(o Snapshot) {
	if s.counts == nil {
		s.counts = make([]int64, buckets)
	}
	s.Count += o.Count
	s.Sum += o.Sum
	s.Max = max(s.Max, o.Max)
	for i, n := range o.counts {
		s.counts[i] += n
	}
}

// Mean is the average; 0 where nothing was counted.
func (s *Snapshot) Mean() time.Duration {
	if s.Count == 0 {
		return 0
	}
	return s.Sum / time.Duration(s.Count)
}

// Quantile is the duration that a part q of all values, from 0 to 1, do not exceed: at most an eighth more than exactly that.
func (s *Snapshot) Quantile(q float64) time.Duration {
	left := int64(q * float64(s.Count))
	if left >= s.Count {
		return s.Max
	}
	for i, n := range s.counts {
		if left -= n; left < 0 {
			return min(bound(i), s.Max)
		}
	}
	return s.Max
}

// Below is how many values are less than d, which is a power of two.
func (s *Snapshot) Below(d time.Duration) int64 {
	n := int64(0)
	for i := range s.counts {
		if bound(i) > d {
			break
		}
		n += s.counts[i]
	}
	return n
}
