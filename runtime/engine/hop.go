package engine

import (
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/tree"
)

// How tuples are followed from one process to another: hop by hop. A frame holds the roots of its tuples where it was sent, until the receiver
// says what became of them. Where it is received it is a root of its own, and when that one is done the sender is told. So a process knows
// only the roots that it has made, and the spout's process hears of a tuple by the way on which it went, backwards.
//
// A tuple that failed for a reason that may pass travels back with that as its origin, and each process marks it in what the frame held. Its spout
// gives it again; whether it has been given for the last time is known ahead, since frames say which of their tuples have (tree.Root.Last): the task where one
// of these fails counts it, with its place and reason.
//
// That somebody is at work on a tuple travels back, too, so that the spout does not take it for lost.
//
// A frame that was lost, or whose receiver has gone, loses its roots: the spout gives again all of their tuples that are not settled.

// follows reports whether frames between processes hold what they carry.
func (r *run) follows() bool { return r.fleet != nil && r.tracking != nil }

// held takes over the holds of a batch that is sent to another process in a frame, until that one says what became of it.
func (r *run) held(f *Frame, roots tree.Set) {
	if len(roots) == 0 {
		return // out of state: nobody waits for it
	}
	roots = slices.Clone(roots)
	f.Touch = func() {
		now := r.clock()
		for _, one := range roots {
			one.Touch(now)
		}
	}
	f.Settle = func(o Outcome) {
		if o.Lost {
			roots.Lose()
		}
		for _, origin := range o.Failed {
			if s := r.topology.source(origin); s != nil {
				s.failed(origin)
				continue
			}
			for _, one := range roots {
				one.Fail(origin)
			}
		}
		roots.Release()
	}
}

// touchAfter is how often the sender of a frame hears at the most that somebody is at work on it.
const touchAfter = time.Second

// received is the root of a frame of another process.
func received(f Frame, last []tree.Span) tree.Set {
	settle := f.Settle
	root := tree.New(func(r *tree.Root) {
		lost, failed := r.Failed()
		settle(Outcome{Lost: lost, Failed: failed})
	})
	root.Last = last
	if touch := f.Touch; touch != nil {
		var told atomic.Int64
		root.OnTouch = func(at time.Duration) {
			if before := told.Load(); at >= time.Duration(before)+touchAfter && told.CompareAndSwap(before, int64(at)) {
				touch()
			}
		}
	}
	return tree.Set{root}
}

// appendLast says which of a batch's tuples are not given again.
func appendLast(dst []byte, roots tree.Set) []byte {
	n := 0
	for _, r := range roots {
		n += len(r.Last)
	}
	dst = codec.AppendUvarint(dst, uint64(n))
	for _, r := range roots {
		for _, s := range r.Last {
			dst = codec.AppendUvarint(dst, s.First)
			dst = codec.AppendUvarint(dst, s.End-s.First)
		}
	}
	return dst
}

// parseLast reads it, and returns what stands behind.
func parseLast(src []byte) (last []tree.Span, rest []byte, err error) {
	r := codec.NewReader(src)
	for n := r.Count(); n > 0; n-- {
		first := r.Uvarint()
		last = append(last, tree.Span{First: first, End: first + r.Uvarint()})
	}
	rest, err = r.Rest()
	return last, rest, err
}

// last are the tuples of a flight that is about to begin which are not given again. Only other processes need be told: here a source is asked.
func (s *source) last(f *flight) []tree.Span {
	all := []tree.Span{{First: s.id, End: s.id + 1<<originBits}}
	switch {
	case s.task.run.fleet == nil:
		return nil
	case s.back == nil && s.acks == nil || s.how.Attempts <= 1:
		return all
	case f.which != nil && f.attempt >= s.how.Attempts:
		return []tree.Span{{First: f.first, End: f.first + uint64(len(f.which))}}
	case s.acks == nil || s.router == nil:
		return nil // that of a source which reads while it emits is not known yet: it is counted by the spout
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []tree.Span
	if len(s.tries) > 0 {
		for i, id := range s.acks.IDs() {
			if s.tries[id]+1 >= s.how.Attempts {
				out = append(out, tree.Span{First: f.first + uint64(i), End: f.first + uint64(i) + 1})
			}
		}
	}
	return out
}

// failed notes that a tuple has failed in another process, which was not told that it is given for the last time.
func (s *source) failed(origin uint64) {
	s.mu.Lock()
	f := s.flight(origin)
	s.mu.Unlock()
	if f != nil {
		f.root.Fail(origin)
	}
}

// flight is that of a tuple, nil where it is long over. s.mu is held.
func (s *source) flight(origin uint64) *flight {
	i := sort.Search(len(s.flights), func(i int) bool { return s.flights[i].first > origin }) - 1
	if i < 0 {
		return nil
	}
	// While a flight begins nobody knows how many tuples it has.
	if f := s.flights[i]; f.n == 0 || origin-f.first < uint64(f.n) {
		return f
	}
	return nil
}

// source is that of the spout's task that an origin names; nil where another process runs it.
func (t *Topology) source(origin uint64) *source {
	if id := origin >> originBits; id > 0 && id <= uint64(len(t.sources)) {
		return t.sources[id-1]
	}
	return nil
}

// failer is the Failer of one task.
type failer struct {
	*Topology
	task *task
}

// Failer returns what a task tells of its failed tuples. It is for the function that makes the task.
func (t *Topology) Failer() Failer { return &failer{t, t.making} }

// Again implements Failer: a tuple of another process is marked in the roots of what the task is at.
func (f *failer) Again(origin uint64) bool {
	t := f.task
	if t == nil || t.trees == nil || f.source(origin) != nil {
		return f.Topology.Again(origin)
	}
	if now := t.trees.Now(); len(now) > 0 {
		return now.Fail(origin)
	}
	// It was called for a tuple, without a batch, by the code of another task of its chain.
	for _, other := range t.chain.tasks {
		if now := other.trees.Now(); len(now) > 0 {
			return now.Fail(origin)
		}
	}
	return false
}
