// Package tree tells when all that became of some tuples is settled.
//
// A Root stands for the tuples that one Next of a spout gave, or that one frame of another process brought. It counts who holds it: each batch
// on its way that has a tuple of its tree, and whatever else holds tuples back. Nothing is done once a tuple: a batch takes hold of
// its roots once, and lets go of them once. When nobody holds a root any longer it is done, for good, and whoever made it is told.
//
// The rule that all rests on: who makes something of a tuple takes hold of its roots for what he made before he lets go of the tuple's own hold.
// So a count that has come to zero stays there.
//
// Who holds one tuple back for long makes a Part of its root, and holds that: a root of its own, which says of what tuple it is. When parts are all that
// holds a root it is known which of its tuples are not settled, and that the others are.
package tree

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Root is one tree of tuples. Its maker holds it first, and lets go when all its tuples are on their way.
type Root struct {
	holds atomic.Int64 // all of them; and aPart for each that is of a part
	touch atomic.Int64 // nanoseconds
	done  func(*Root)
	part  *Part // nil where it is no part
	// members are those of a bundle; see Bundle.
	members Set
	// First and End are the tuples that it stands for, in the process of their spout: from First up to End, which is 0 while nobody knows.
	First uint64
	End   atomic.Uint64
	// Last are tuples that are not given again, whatever becomes of them. It is set before anybody else holds the root.
	Last []Span
	// OnTouch, where not nil, is told of Touch. It is set as Last is.
	OnTouch func(at time.Duration)
	// OnParts, where not nil, is told that only parts hold the root: first when that becomes so, then whenever one of them is done, but for the last. It must not
	// block. It is set as Last is.
	OnParts func(*Root)

	mu     sync.Mutex
	lost   bool
	failed []uint64
	parts  []*Part
	notes  map[uint64]string // of parts that have failed
}

// Span is the tuples from First on, up to End.
type Span struct{ First, End uint64 }

// Final reports whether a tuple is among those that are not given again.
func (r *Root) Final(tuple uint64) bool {
	for _, s := range r.Last {
		if s.First <= tuple && tuple < s.End {
			return true
		}
	}
	return false
}

// New returns a root that its maker holds. done is called once, by whoever lets go last, and must not block.
func New(done func(*Root)) *Root {
	r := &Root{done: done}
	r.holds.Store(1)
	return r
}

// Hold holds the root once more. Only who holds it already may.
func (r *Root) Hold() { r.holds.Add(1) }

// Release lets go of it.
func (r *Root) Release() { r.release(1) }

func (r *Root) release(n int64) {
	left := r.holds.Add(-n)
	switch all, parts := int32(left), int32(left>>32); {
	case left == 0:
		r.done(r)
	case all < 0:
		panic("tree: a root was let go more often than it was held")
	case all == parts && r.OnParts != nil:
		r.OnParts(r)
	}
}

// Touch notes that something of the tree got on, at a time of the run's clock. Only who holds the root may.
func (r *Root) Touch(at time.Duration) {
	if r.part != nil {
		r.part.of.Touch(at)
		return
	}
	for _, m := range r.members {
		m.Touch(at)
	}
	r.touch.Store(int64(at))
	if r.OnTouch != nil {
		r.OnTouch(at)
	}
}

// Touched is when Touch was called last; 0: never.
func (r *Root) Touched() time.Duration { return time.Duration(r.touch.Load()) }

// Lose says that something of the tree was lost, and nobody knows of which tuples: all of them have failed.
func (r *Root) Lose() {
	if r.part != nil {
		r.part.of.Lose()
		return
	}
	if r.members != nil {
		r.members.Lose()
		return
	}
	r.mu.Lock()
	r.lost = true
	r.mu.Unlock()
}

// Fail says that one tuple has failed. It is called by who holds the root.
func (r *Root) Fail(tuple uint64) {
	if r.part != nil {
		r.part.of.Fail(tuple)
		return
	}
	if r.members != nil {
		for _, m := range r.members {
			m.Fail(tuple)
		}
		return
	}
	r.mu.Lock()
	r.failed = append(r.failed, tuple)
	r.mu.Unlock()
}

// Failed returns what has failed: everything, or these tuples, in order and each once.
func (r *Root) Failed() (all bool, tuples []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.failed)
	r.failed = slices.Compact(r.failed)
	return r.lost, slices.Clone(r.failed)
}

// Set is the roots of a batch, or of what is held back. Most have one, or few.
type Set []*Root

// lately is how far back Add looks for a root that it has: the same ones come again and again.
const lately = 8

// Add holds more roots. One that was added lately is not held again; one that is held twice does no harm.
func (s Set) Add(more Set) Set {
	for _, r := range more {
		if !slices.Contains(s[max(0, len(s)-lately):], r) {
			r.Hold()
			s = append(s, r)
		}
	}
	return s
}

// Release lets go of all of them and returns the empty set, in the same memory.
func (s Set) Release() Set {
	for i, r := range s {
		s[i] = nil
		r.Release()
	}
	return s[:0]
}

// Lose says of all of them that something was lost.
func (s Set) Lose() {
	for _, r := range s {
		r.Lose()
	}
}

// Fail says that a tuple of one of them has failed, and will come again; false where it is given for the last time, or nobody knows of it.
func (s Set) Fail(tuple uint64) bool {
	for _, r := range s {
		if r.Final(tuple) {
			return false
		}
	}
	for _, r := range s {
		r.Fail(tuple)
	}
	return len(s) > 0
}

// Tracker knows what a task is at. A nil one tracks nothing.
type Tracker struct {
	now   Set
	begin func(Set)
	end   func()
	// Clock, where not nil, tells since when tuples are held back.
	Clock func() time.Duration
}

// NewTracker returns a Tracker; between begin and end, what the task emits is of the roots that begin was given.
func NewTracker(begin func(Set), end func()) *Tracker { return &Tracker{begin: begin, end: end} }

// Now is the roots of what the task is at.
func (t *Tracker) Now() Set {
	if t == nil {
		return nil
	}
	return t.now
}

// Begin says that what is emitted from now on is of these roots, which the caller holds until End.
func (t *Tracker) Begin(roots Set) {
	t.now = roots
	t.begin(roots)
}

// End ends what Begin began: what was emitted holds its roots.
func (t *Tracker) End() {
	t.end()
	t.now = nil
}

// Keep holds the roots of what the task is at, for a tuple that is held back: the parts of them that are of this tuple. Where the tuple is not known, which is 0,
// or is of none of them, it holds all as they are.
func (t *Tracker) Keep(tuple uint64) Set {
	if t == nil || len(t.now) == 0 {
		return nil
	}
	if tuple != 0 {
		if kept := t.now.Keep(tuple); kept != nil {
			if t.Clock != nil {
				now := t.Clock()
				for _, r := range kept {
					if r.part != nil && r.part.since == 0 {
						r.part.since = now
					}
				}
			}
			return kept
		}
	}
	return Set(nil).Add(t.now)
}

// Run lets f work on what was held back; what it emits is of these roots.
func (t *Tracker) Run(roots Set, f func() error) error {
	if t == nil || len(roots) == 0 {
		return f()
	}
	outer := t.now
	t.Begin(roots)
	defer func() {
		t.End()
		if len(outer) > 0 {
			t.Begin(outer)
		}
	}()
	return f()
}
