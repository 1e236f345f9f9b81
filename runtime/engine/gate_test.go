package engine

import "testing"

// TestGate: combining goes on while it makes rows fewer, rests where it does not, and is tried again later each time.
func TestGate(t *testing.T) {
	var g Gate
	run := func(tuples, rows int) (combined int) {
		for range tuples {
			if g.On() {
				combined++
			}
		}
		if n := g.Merged(rows); combined > 0 && n != int64(combined-rows) {
			t.Fatalf("%d tuples were merged of %d that became %d rows", n, combined, rows)
		}
		g.Left(rows, 10)
		return combined
	}
	if n := run(gateLooks, gateLooks/4); n != gateLooks {
		t.Fatalf("%d tuples were combined of %d", n, gateLooks)
	}
	for pause := gatePause; pause <= gatePauseMax; pause *= 2 {
		if n := run(gateLooks, gateLooks); n != gateLooks {
			t.Fatalf("after a pause %d tuples were combined of %d", n, gateLooks)
		}
		if n := run(pause, 0); n != 0 {
			t.Fatalf("%d tuples were combined of %d that should rest", n, pause)
		}
	}
	if n := run(gateLooks, gateLooks/4); n != gateLooks || g.pause != 0 {
		t.Fatalf("%d tuples were combined of %d, the next pause is %d", n, gateLooks, g.pause)
	}
	if g.Left(1, MostCombined) || !g.Left(1, MostCombined+1) {
		t.Error("a table of too many keys begins anew, no other")
	}
}
