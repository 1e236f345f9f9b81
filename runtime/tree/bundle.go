package tree

import "slices"

// A bundle is one root that stands for many, so that who has them in several batches holds one for each, and not all: rows that were combined out of the tuples
// of hundreds of roots leave in dozens of batches. What is lost or fails of it is lost of, or fails for, each of its members. They are held until it is done.

// manyRoots is how many roots a set may have without being bundled.
const manyRoots = 4

// Bundle returns a set that stands for this one, whose holds it takes over, in the same memory: where it has more than a few roots, one does for all.
func (s Set) Bundle() Set {
	if len(s) <= manyRoots {
		return s
	}
	members := slices.Clone(s)
	all := New(func(*Root) { members.Release() })
	all.members = members
	for _, r := range members {
		all.Last = append(all.Last, r.Last...)
	}
	clear(s)
	return append(s[:0], all)
}
