package tree

import (
	"cmp"
	"slices"
	"time"
)

// Part is a tuple that is held back, of a root that may stand for many. Its root is one like others, and what becomes of the tuple holds that; but what is lost or
// fails counts for the root that it is a part of.
type Part struct {
	of    *Root
	Tuple uint64
	note  string
	since time.Duration
}

// aPart is what a part's hold adds to the holds of its root.
const aPart = 1<<32 + 1

// Part returns a part of the root, for one of its tuples, that the caller holds. Only who holds the root may call it.
func (r *Root) Part(tuple uint64) *Root {
	p := New(func(one *Root) { r.unpart(one.part) })
	p.part, p.Last = &Part{of: r, Tuple: tuple}, r.Last
	r.mu.Lock()
	r.parts = append(r.parts, p.part)
	r.mu.Unlock()
	r.holds.Add(aPart)
	return p
}

func (r *Root) unpart(p *Part) {
	r.mu.Lock()
	i := slices.Index(r.parts, p)
	r.parts = slices.Delete(r.parts, i, i+1)
	if p.note != "" && slices.Contains(r.failed, p.Tuple) {
		if r.notes == nil {
			r.notes = map[uint64]string{}
		}
		r.notes[p.Tuple] = p.note
	}
	r.mu.Unlock()
	r.release(aPart)
}

// Held is a tuple of which a part is held, and the last that was noted of it.
type Held struct {
	Tuple uint64
	Note  string
}

// Parts returns the tuples of the parts that are held, in order and each once; only is whether nothing else holds the root, which stays so.
func (r *Root) Parts() (held []Held, only bool) {
	// In this order: what is a part when nothing else is held any longer is among those that are found after that.
	left := r.holds.Load()
	only = left>>32 == left&(1<<32-1)
	r.mu.Lock()
	for _, p := range r.parts {
		held = append(held, Held{p.Tuple, p.note})
	}
	r.mu.Unlock()
	// Of several for one tuple, the one that knows more.
	slices.SortFunc(held, func(a, b Held) int { return cmp.Or(cmp.Compare(a.Tuple, b.Tuple), -cmp.Compare(a.Note, b.Note)) })
	return slices.CompactFunc(held, func(a, b Held) bool { return a.Tuple == b.Tuple }), only
}

// Note keeps why a tuple that is held back could not be settled so far. Roots that are no parts know nothing of a single tuple.
func (s Set) Note(why string) {
	for _, r := range s {
		if p := r.part; p != nil {
			p.of.mu.Lock()
			p.note = why
			p.of.mu.Unlock()
		}
	}
}

// Noted returns what was noted last of a tuple that was held back and has failed; "" where nothing was.
func (r *Root) Noted(tuple uint64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.notes[tuple]
}

// Since is when a tuple was held back first whose parts these are, by the run's clock; false where they are none.
func (s Set) Since(tuple uint64) (since time.Duration, held bool) {
	for _, r := range s {
		if p := r.part; p != nil && p.Tuple == tuple && (!held || p.since < since) {
			since, held = p.since, true
		}
	}
	return since, held
}

// has reports whether a tuple is one of a root's, and whether that is known at all.
func (r *Root) has(tuple uint64) (has, known bool) {
	switch {
	case r.part != nil:
		return r.part.Tuple == tuple, true
	case r.First == 0:
		return false, false
	}
	end := r.End.Load()
	return tuple >= r.First && (end == 0 || tuple < end), true
}

// Keep holds the parts of the roots that are of one tuple. Of roots made elsewhere nobody knows whose tuples they are: there it is a part of each. Where it is
// of none of them, nothing is held.
func (s Set) Keep(tuple uint64) Set {
	var kept Set
	for _, r := range s {
		if r.members != nil {
			kept = append(kept, r.members.Keep(tuple)...)
			continue
		}
		has, known := r.has(tuple)
		switch {
		case known && !has:
		case r.part != nil:
			r.Hold()
			kept = append(kept, r)
		default:
			kept = append(kept, r.Part(tuple))
		}
	}
	return kept
}
