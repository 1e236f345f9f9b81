package tree

import (
	"slices"
	"testing"
	"time"
)

// bundled returns a bundle of n roots, each with the hold of the bundle alone and the tuples from 10*i up to 10*i+10, and how many of them are done.
func bundled(n int) (s Set, members []*Root, done *int) {
	done = new(int)
	for i := range n {
		r := New(func(*Root) { *done++ })
		r.First, r.Last = uint64(10*(i+1)), []Span{{First: uint64(10*(i+1) + 9), End: uint64(10*(i+1) + 10)}}
		r.End.Store(r.First + 10)
		s, members = append(s, r), append(members, r)
	}
	return s.Bundle(), members, done
}

func TestBundle(t *testing.T) {
	s, members, done := bundled(100)
	if len(s) != 1 {
		t.Fatalf("a set of 100 is bundled into %d", len(s))
	}
	// Two batches hold it; one of them is lost, a tuple of the other fails.
	a, b := Set(nil).Add(s), Set(nil).Add(s)
	s.Release()
	if !a.Fail(15) {
		t.Error("nobody knows of tuple 15")
	}
	if a.Fail(19) {
		t.Error("tuple 19 is given for the last time, and yet it should come again")
	}
	for _, r := range a {
		r.Touch(7 * time.Second)
	}
	a.Release()
	if *done != 0 {
		t.Fatalf("%d are done while a batch holds all", *done)
	}
	b.Lose()
	b.Release()
	if *done != len(members) {
		t.Fatalf("%d of %d are done", *done, len(members))
	}
	for _, r := range members {
		lost, failed := r.Failed()
		if !lost || !slices.Equal(failed, []uint64{15}) || r.Touched() != 7*time.Second {
			t.Fatalf("a member: lost %v, failed %v, touched %v", lost, failed, r.Touched())
		}
	}
}

// One tuple of a bundle that is held back holds the one member that it is of.
func TestBundleKeep(t *testing.T) {
	s, members, done := bundled(50)
	kept := s.Keep(123)
	if len(kept) != 1 {
		t.Fatalf("%d parts", len(kept))
	}
	s.Release()
	if *done != len(members)-1 {
		t.Fatalf("%d of %d are done, where one is held", *done, len(members))
	}
	held, only := members[11].Parts()
	if !only || len(held) != 1 || held[0].Tuple != 123 {
		t.Fatalf("held: %v, and nothing else: %v", held, only)
	}
	kept.Release()
	if *done != len(members) {
		t.Fatalf("%d of %d are done", *done, len(members))
	}
}

// A bundle of bundles, as hops one behind the other make them.
func TestBundleNested(t *testing.T) {
	var outer Set
	var all []*Root
	var counts []*int
	for range 10 {
		s, members, done := bundled(10)
		outer, all, counts = append(outer, s...), append(all, members...), append(counts, done)
	}
	outer = outer.Bundle()
	outer.Lose()
	outer.Release()
	for _, n := range counts {
		if *n != 10 {
			t.Fatalf("%d of 10 are done", *n)
		}
	}
	for _, r := range all {
		if lost, _ := r.Failed(); !lost {
			t.Fatal("a member knows nothing of the loss")
		}
	}
}

// A few are left as they are.
func TestBundleFew(t *testing.T) {
	if s, _, _ := bundled(manyRoots); len(s) != manyRoots {
		t.Errorf("%d roots have become %d", manyRoots, len(s))
	}
}
