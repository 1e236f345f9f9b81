package task

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

// Key 1 fails twice, key 2 for good; key 3 goes on meanwhile, and what follows a key waits behind it.
func TestRetry(t *testing.T) {
	var r *Retry
	var log []string
	left := map[uint64]int{1: 2, 2: 100}
	type tuple struct {
		key uint64
		n   int
	}
	process := func(input int, b any) error {
		one := b.(tuple)
		if r.Any() && r.Follows(one.key) {
			r.Follow(one.key, input, 0, b)
			return nil
		}
		if left[one.key] > 0 {
			left[one.key]--
			if hold, again := r.Again("x.topo:1", "why"); again {
				if hold {
					r.Hold(0, one.key, input, 0, b)
				}
				return nil
			}
			log = append(log, fmt.Sprintf("%d.%d failed after %d", one.key, one.n, r.Attempts()))
			return nil
		}
		log = append(log, fmt.Sprintf("%d.%d after %d", one.key, one.n, r.Attempts()))
		return nil
	}
	r = NewRetry(&component.Context{}, 3, 80*time.Millisecond, process)
	for _, one := range []tuple{{1, 1}, {2, 1}, {3, 1}, {1, 2}, {2, 2}, {3, 2}} {
		if err := process(0, one); err != nil {
			t.Fatal(err)
		}
	}
	if n, full := r.Held(); n != 4 || full {
		t.Errorf("%d tuples wait, %v", n, full)
	}
	start := time.Time{}
	now := time.Duration(0)
	for rounds := 0; ; rounds++ {
		var due Due
		r.Due(&due, start)
		at, ok := due.Time()
		if !ok {
			break
		}
		if at.Sub(start) <= now && rounds > 0 {
			t.Fatal("time stands still")
		}
		now = at.Sub(start)
		if now < 70*time.Millisecond || rounds > 20 {
			t.Fatalf("tried again at %v, round %d", now, rounds)
		}
		if err := r.Tick(now); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(log)
	want := []string{"1.1 after 3", "1.2 after 1", "2.1 failed after 4", "2.2 failed after 4", "3.1 after 1", "3.2 after 1"}
	if !slices.Equal(log, want) {
		t.Errorf("%q, want %q", log, want)
	}
	if n, _ := r.Held(); n != 0 || len(r.lines) != 0 {
		t.Errorf("%d tuples wait", n)
	}
	// 80 + 160 + 320 for the one, then for the other.
	if now < 900*time.Millisecond || now > 1400*time.Millisecond {
		t.Errorf("the last was tried at %v", now)
	}
}

// What waits has a note that says why: the first one its own failure, those behind it that they wait.
func TestNotes(t *testing.T) {
	root := tree.New(func(*tree.Root) {})
	trees := tree.NewTracker(func(tree.Set) {}, func() {})
	trees.Begin(tree.Set{root})
	var r *Retry
	fails := func(int, any) error { r.Again("x.topo:3", "still no"); return nil }
	r = NewRetry(&component.Context{Component: "x", Trees: trees}, 3, 80*time.Millisecond, fails)
	r.Again("x.topo:3", "no")
	r.Hold(0, 1, 0, 5, nil)
	r.Follow(1, 0, 6, nil)
	const behind = "it waits behind what is tried again of its key: "
	for range 2 {
		why := r.lines[1].note
		if held, _ := root.Parts(); len(held) != 2 || held[0].Note != why || held[1].Note != behind+why {
			t.Errorf("%+v", held)
		}
		if err := r.Tick(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.lines[1].note; got != "x at x.topo:3: still no" {
		t.Error(got)
	}
}
