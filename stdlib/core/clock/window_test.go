package clock

import (
	"math"
	"testing"
	"time"
)

func TestWindow(t *testing.T) {
	for _, c := range []struct{ at, size, want int64 }{{0, 10, 0}, {9, 10, 0}, {10, 10, 10}, {-1, 10, -10}, {-10, 10, -10}, {math.MinInt64, 10, math.MinInt64}} {
		if got := Window(time.Unix(0, c.at), time.Duration(c.size)).UnixNano(); got != c.want {
			t.Errorf("the window of %d begins at %d, want %d", c.at, got, c.want)
		}
	}
	if at := time.Unix(0, 10); Over(at, 10, 19) || !Over(at, 10, 20) || Over(at, math.MaxInt64, math.MaxInt64-1) || Behind(at, 25) != 15 || Over(at, 10, math.MinInt64) {
		t.Error("a window is over when time has come to its end, and not before")
	}
	if at := time.Unix(0, 10); End(at, 5).UnixNano() != 15 || Last(at, 5).UnixNano() != 14 || End(at, math.MaxInt64).UnixNano() != math.MaxInt64 || Slice(60, 25) != 5 {
		t.Error("a window's last moment is the one before its end")
	}
	if Behind(time.Unix(0, math.MinInt64), math.MaxInt64) != math.MaxInt64 {
		t.Error("what lies so far behind is as far as can be said")
	}
}
