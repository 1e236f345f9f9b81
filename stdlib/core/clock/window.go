package clock

import (
	"math"
	"time"
)

// Window is when the window of a time begins, of windows that follow one another, the first of which began with 1970.
func Window(at time.Time, size time.Duration) time.Time {
	n := at.UnixNano()
	in := n % int64(size)
	if in < 0 {
		in += int64(size)
	}
	if n < math.MinInt64+in {
		return time.Unix(0, math.MinInt64).UTC()
	}
	return time.Unix(0, n-in).UTC()
}

// Over reports whether a window that begins at a time is over at a mark, in nanoseconds since 1970.
func Over(start time.Time, size time.Duration, mark int64) bool {
	end := start.UnixNano() + int64(size)
	if end < start.UnixNano() {
		end = math.MaxInt64
	}
	return end <= mark
}

// Behind is how long before a mark a time lies.
func Behind(at time.Time, mark int64) time.Duration {
	n := at.UnixNano()
	if n < 0 && mark > math.MaxInt64+n {
		return math.MaxInt64
	}
	return time.Duration(mark - n)
}
