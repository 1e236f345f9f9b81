package clock

import (
	"math"
	"time"

	"github.com/topo-lang/topo/runtime/task"
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

// Nanos is a time in nanoseconds since 1970.
func Nanos(at time.Time) int64 { return at.UnixNano() }

// Later is the later of two times, in nanoseconds since 1970.
func Later(a, b int64) time.Time { return time.Unix(0, max(a, b)).UTC() }

// Plus is the time d behind another one, at the most the last there is; d is not negative.
func Plus(at int64, d time.Duration) int64 {
	if at > math.MaxInt64-int64(d) {
		return math.MaxInt64
	}
	return at + int64(d)
}

// Minus is the time d before another one, at the least the first there is; d is not negative.
func Minus(at int64, d time.Duration) int64 {
	if at < math.MinInt64+int64(d) {
		return math.MinInt64
	}
	return at - int64(d)
}

// Due is the first mark at which a row of a time at is over, which lasts for d.
func Due(at int64, d time.Duration) int64 { return Plus(Plus(at, d), 1) }

// Gone is the last time of rows that are over at a mark, where they last for d; all are at the end of time.
func Gone(mark int64, d time.Duration) int64 {
	if mark == math.MaxInt64 {
		return mark
	}
	return Minus(Minus(mark, d), 1)
}

// More is the sum of two numbers of rows.
func More(a, b int64) int64 { return a + b }

// Less is their difference, or 0.
func Less(a, b int64) int64 { return max(a-b, 0) }

// FromEnd is the place of the i-th of n rows, from the last one.
func FromEnd(n, i int64) int64 { return n - 1 - i }

// End is when a window is over that begins at a time and lasts so long, or the last time there is.
func End(start time.Time, size time.Duration) time.Time {
	end := start.UnixNano() + int64(size)
	if end < start.UnixNano() {
		end = math.MaxInt64
	}
	return time.Unix(0, end).UTC()
}

// Last is the last moment of a window.
func Last(start time.Time, size time.Duration) time.Time {
	n := End(start, size).UnixNano()
	if n > math.MinInt64 {
		n--
	}
	return time.Unix(0, n).UTC()
}

// Slice is how long the slices are that windows which are so long and end so often are made of.
func Slice(size, every time.Duration) time.Duration { return task.Sliced(size, every) }
