package engine

import (
	"slices"
	"sort"
	"sync"
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
// That somebody is at work on a tuple travels back, too, so that the spout does not take it for lost; and where only single tuples of a frame are held back any
// longer, which these are. The others are settled for the spout then.
//
// A frame that was lost, or whose receiver has gone, loses its roots: the spout gives again all of their tuples that are not settled.

// follows reports whether frames between processes hold what they carry.
func (r *run) follows() bool { return r.fleet != nil && r.tracking != nil }

// held takes over the holds of a batch that is sent to another process in a frame, until that one says what became of it.
func (r *run) held(f *Frame, roots tree.Set) {
	if len(roots) == 0 {
		return // out of state: nobody waits for it
	}
	h := &hop{run: r, roots: slices.Clone(roots)}
	f.Touch, f.Narrow, f.Settle = h.touch, h.narrow, h.settle
}

// hop is what a frame holds where it was sent.
type hop struct {
	run   *run
	mu    sync.Mutex
	roots tree.Set            // of all its tuples
	parts map[uint64]tree.Set // or, where only some are left, of each of these
	over  bool
}

// each calls f with all that is held.
func (h *hop) each(f func(tree.Set)) {
	f(h.roots)
	for _, part := range h.parts {
		f(part)
	}
}

func (h *hop) touch() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	now := h.run.clock()
	h.each(func(s tree.Set) {
		for _, one := range s {
			one.Touch(now)
		}
	})
}

// narrow lets go of all that is settled.
func (h *hop) narrow(failed []uint64, held []tree.Held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	h.fail(failed)
	left := map[uint64]tree.Set{}
	for _, one := range held {
		part := h.parts[one.Tuple]
		if h.parts == nil {
			part = h.roots.Keep(one.Tuple)
		}
		if part != nil {
			part.Note(one.Note)
			left[one.Tuple] = part
			delete(h.parts, one.Tuple)
		}
	}
	settled := h.parts
	h.parts = left
	h.roots.Release()
	h.roots = nil
	for _, part := range settled {
		part.Release()
	}
}

// fail notes what has failed.
func (h *hop) fail(failed []uint64) {
	for _, origin := range failed {
		if s := h.run.topology.source(origin); s != nil {
			s.failed(origin)
			continue
		}
		for _, one := range h.roots {
			one.Fail(origin)
		}
		for _, one := range h.parts[origin] {
			one.Fail(origin)
		}
	}
}

// settle lets go of what is left.
func (h *hop) settle(o Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	h.over = true
	if o.Lost {
		h.each(tree.Set.Lose)
	}
	h.fail(o.Failed)
	h.each(func(s tree.Set) { s.Release() })
	h.roots, h.parts = nil, nil
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
	if f.Narrow != nil {
		n := &narrower{tell: f.Narrow}
		root.OnParts = n.parts
	}
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

// narrower tells the sender of a frame which of its tuples are held back, when nothing else of it is on its way: at first, and when some of them are settled. A few are told
// one by one, of many each time that they have become fewer by an eighth.
type narrower struct {
	tell func(failed []uint64, held []tree.Held)
	mu   sync.Mutex
	told int // tuples
}

// fewHeld is how many tuples are told one by one.
const fewHeld = 16

func (n *narrower) parts(root *tree.Root) {
	n.mu.Lock()
	defer n.mu.Unlock()
	held, only := root.Parts()
	if !only || len(held) == 0 || n.told > 0 && len(held) > n.told-max(1, n.told/(fewHeld/2)) {
		return
	}
	n.told = len(held)
	_, failed := root.Failed()
	n.tell(failed, held)
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

// Again implements Failer: a tuple of another process is marked in the roots of what the task is at. One that is given for the last time fails here, and is counted here;
// but not where it was held back for so long that its spout may have given it up meanwhile: that one counts it, then.
func (f *failer) Again(origin uint64) bool {
	t := f.task
	if t == nil || t.trees == nil || f.source(origin) != nil {
		return f.Topology.Again(origin)
	}
	now := t.trees.Now()
	if len(now) == 0 {
		// It was called for a tuple, without a batch, by the code of another task of its chain.
		for _, other := range t.chain.tasks {
			if now = other.trees.Now(); len(now) > 0 {
				break
			}
		}
	}
	if since, held := now.Since(origin); held && t.run.tracking != nil && t.run.clock()-since >= t.run.tracking.Timeout/2 {
		for _, r := range now {
			r.Fail(origin)
		}
		return true
	}
	return now.Fail(origin)
}
