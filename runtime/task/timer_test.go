package task

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestFollowing(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ now, want time.Duration }{
		{0, 10}, {9, 10}, {10, 20}, {11, 20}, {19, 20}, {20, 30}, {1005, 1010},
	} {
		if got := Following(start, 10, start.Add(c.now)); got != start.Add(c.want) {
			t.Errorf("after %d comes %d, want %d", c.now, got.Sub(start), c.want)
		}
	}
}

func TestDeadlines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l Deadlines
	var want []deadline
	for i := range 5000 {
		d := deadline{time.Duration(r.IntN(500)), int32(i)}
		l.Add(d.at, d.row)
		want = append(want, d)
	}
	slices.SortFunc(want, func(a, b deadline) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for now := time.Duration(0); now < 500; now += 7 {
		for {
			row, ok := l.Next(now)
			if !ok {
				break
			}
			if row != want[0].row || want[0].at > now {
				t.Fatalf("at %d came row %d, want %v", now, row, want[0])
			}
			want = want[1:]
		}
		if len(want) > 0 && want[0].at <= now {
			t.Fatalf("at %d row %d did not come", now, want[0].row)
		}
	}
	var due Due
	if _, ok := due.Time(); ok {
		t.Error("nothing is due")
	}
	due.First(time.Time{}, &l)
	if at, ok := due.Time(); ok != (l.Len() > 0) || ok && at.Before(time.Time{}.Add(497)) {
		t.Error("due at", at, ok, l.Len())
	}
}

func TestAligned(t *testing.T) {
	for _, c := range []struct{ now, want time.Duration }{{0, 10}, {9, 10}, {10, 20}, {-1, 0}, {-10, 0}, {-11, -10}} {
		if got := Aligned(time.Unix(0, int64(c.now)), 10); got != time.Unix(0, int64(c.want)) {
			t.Errorf("behind %d comes %d, want %d", c.now, got.UnixNano(), c.want)
		}
	}
	if Ends(5, 10) != 15 || Ends(1<<62, 1<<62) != 1<<63-1 {
		t.Error("ends that are not")
	}
}
