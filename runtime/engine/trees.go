package engine

import (
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/tree"
)

// How tuples are followed in a run that holds at-least-once: see package tree. A batch holds the roots of its tuples. While a task processes
// one, its outputs note how full they were when it began; where rows were added since, they take hold of the batch's roots, and
// only then does the batch let go of them. What a timer or `finish` emits comes out of state and has no root. A run that holds nothing
// (guarantee none) has no trackers, and pays a comparison with nil for each batch.

// anchors are an Out's side of it.
type anchors struct {
	now  tree.Set // of what the task is at
	rows []int    // how many rows each pending batch had when that began
}

// track lets the output follow tuples.
func (o *Out[R]) track() {
	o.anchors = &anchors{rows: make([]int, len(o.Pending))}
}

// begin says that what is appended from now on is of these roots.
func (o *Out[R]) begin(roots tree.Set) {
	a := o.anchors
	a.now = roots
	for i, b := range o.Pending {
		a.rows[i] = len(b.Rows)
	}
}

// anchor takes hold of them where rows were added, and for what waits in a Gather.
func (o *Out[R]) anchor() {
	a := o.anchors
	for i, b := range o.Pending {
		o.hold(i, b)
	}
	if g := o.Gather; g != nil && len(g.Waiting) > 0 {
		g.roots = g.roots.Add(a.now)
	}
	a.now = nil
}

// hold lets a batch hold the roots of what was appended to it. A row of a `latest by` edge may have been overwritten instead.
func (o *Out[R]) hold(i int, b *batch.Batch[R]) {
	if a := o.anchors; len(b.Rows) > a.rows[i] || o.latest() && len(b.Rows) > 0 {
		b.Roots = b.Roots.Add(a.now)
	}
}

// Loose says that the rows which are appended until Tight are of no root: nobody waits for what becomes of them.
func (o *Out[R]) Loose() {
	if a := o.anchors; a != nil && len(a.now) > 0 {
		for i, b := range o.Pending {
			o.hold(i, b)
		}
	}
}

// Tight ends what Loose began.
func (o *Out[R]) Tight() {
	if a := o.anchors; a != nil {
		for i, b := range o.Pending {
			a.rows[i] = len(b.Rows)
		}
	}
}

// TookBack says that rows were taken back.
func (o *Out[R]) TookBack() {
	if a := o.anchors; a != nil {
		for i, b := range o.Pending {
			a.rows[i] = min(a.rows[i], len(b.Rows))
		}
	}
}

// leave is hold for a batch that leaves while the task is still at it.
func (o *Out[R]) leave(i int, b *batch.Batch[R]) {
	if len(o.anchors.now) > 0 {
		o.hold(i, b)
		o.anchors.rows[i] = 0
	}
}

// adopt takes over the roots of what has just come out of a Gather.
func (o *Out[R]) adopt(roots tree.Set) {
	for _, b := range o.Pending {
		if len(b.Rows) > 0 {
			b.Roots = b.Roots.Add(roots)
		}
	}
}

// Buffered is a Task that may hold tuples back which it has processed, until its Idle has returned: sinks, and chains that end in one. One that sends to
// nobody is taken for buffered in any case.
type Buffered interface {
	Task
	// Buffered reports whether it does.
	Buffered() bool
}

// How long a sink may keep what it was given before it is flushed, although more comes.
const (
	flushSinkAfter   = 10 * time.Millisecond
	flushSinkBatches = 64
)

// kept is the roots of what a sink may not have written yet.
type kept struct {
	roots   tree.Set
	batches int
	since   time.Duration
}

// track makes a task follow what it is at.
func (t *task) track() {
	for _, p := range t.ports {
		p.track()
	}
	t.trees = tree.NewTracker(func(roots tree.Set) {
		for _, p := range t.ports {
			p.begin(roots)
		}
	}, func() {
		for _, p := range t.ports {
			p.anchor()
		}
	})
	t.trees.Clock = t.run.clock
	t.hurry = t.run.hurry.begun
	if t.code != nil {
		b, ok := t.code.(Buffered)
		t.buffered = ok && b.Buffered() || len(t.ports) == 0
	}
}

// work lets the task's code process a batch. What becomes of it takes hold of its roots, before the batch lets go of them.
func (t *task) work(m *message) bool {
	if len(m.roots) == 0 {
		return t.batch(m)
	}
	t.trees.Begin(m.roots)
	ok := t.batch(m)
	t.trees.End()
	if !ok {
		return false // the run ends: what is not settled stays so
	}
	if t.done {
		t.written()
	} else if t.buffered {
		k := &t.kept
		if k.batches == 0 {
			k.since = t.run.clock()
		}
		k.batches++
		k.roots = k.roots.Add(m.roots)
	}
	return true
}

// flushKept flushes a sink that has had enough, although more waits for it.
func (t *task) flushKept() bool {
	k := &t.kept
	if k.batches == 0 || k.batches < flushSinkBatches && t.run.clock()-k.since < flushSinkAfter {
		return true
	}
	return t.idle()
}

// idle lets the task's code write what it holds back, and lets go of what was written.
func (t *task) idle() bool {
	t.dirty = false
	if !t.done && !t.try(resting, t.code.Idle) {
		return false
	}
	t.written()
	return true
}

// written lets go of what a sink held.
func (t *task) written() {
	t.kept.batches = 0
	t.kept.roots = t.kept.roots.Release()
}
