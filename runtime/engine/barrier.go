package engine

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/topo-lang/topo/runtime/component"
)

// What tasks do at the end of an epoch: see epoch.go.

// barrier is a task's part in its run's epochs.
type barrier struct {
	epoch   uint64 // the last that it has ended
	arrived int    // senders whose barrier of the next one is here
	all     bool   // with that one, all that the task has is handed over
	handed  uint64 // the last whose parts the process's epochs have; of theirs
	passage passage
	last    atomic.Uint64 // the epoch in which the task came to its end; 0 before
	over    bool          // it came to its end, in this run or an earlier one, for good
	input   string        // of the run in which it did; "" where nothing is known of it
	told    bool          // a record says so
	waits   []message     // what came from senders that were an epoch ahead, and is taken before all else

	state    Kept
	sink     Commits
	numbered component.Numbered // the sink
	buf      []byte             // of the parts that the last epoch handed over
	out      []byte

	// Of a spout's task.
	back      Replayer
	count     Counted
	trim      Trimmer
	position  string                 // that was handed over last
	reading   context.Context        // of its Next
	resume    []byte                 // where an earlier run stood
	committed atomic.Pointer[[]byte] // up to where the source may forget
}

// passage is where senders wait that are an epoch ahead.
type passage struct {
	at    atomic.Uint64 // the last epoch of which all barriers are here
	mu    sync.Mutex
	wait  chan struct{} // closed when at rises; nil where nobody waits
	ahead []message     // what came in frames from senders that are an epoch ahead: they can't be let wait, since others send on the same way
}

// keep takes a message that came behind the barrier of an epoch, where not all barriers of that are here. How much that may be is bounded by what
// a sender may have under way.
func (p *passage) keep(m message, epoch uint64) bool {
	if epoch <= p.at.Load() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if epoch <= p.at.Load() {
		return false
	}
	p.ahead = append(p.ahead, m)
	return true
}

// await waits until a task has the barriers of an epoch from all of its senders; false where the run is stopped.
func (p *passage) await(ctx context.Context, epoch uint64) bool {
	for p.at.Load() < epoch {
		p.mu.Lock()
		if p.at.Load() >= epoch {
			p.mu.Unlock()
			break
		}
		if p.wait == nil {
			p.wait = make(chan struct{})
		}
		wait := p.wait
		p.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// open lets them pass, and returns what was kept.
func (p *passage) open(epoch uint64) (kept []message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at.Store(epoch)
	kept, p.ahead = p.ahead, nil
	if p.wait != nil {
		close(p.wait)
		p.wait = nil
	}
	return kept
}

// arrive counts a sender's barrier.
func (t *task) arrive(all bool) bool {
	if t.cycle != nil {
		return t.enter(all)
	}
	t.barrier.arrived++
	t.barrier.all = all
	return t.align()
}

// align ends the epoch where all barriers are here; it reports false where the run can't go on. A sender that has ended sends none.
func (t *task) align() bool {
	if t.barrier.arrived == 0 || t.barrier.arrived < t.senders { // in a cycle none arrive here
		return true
	}
	t.barrier.arrived = 0
	return t.endEpoch(t.barrier.all)
}

// endEpoch hands over what an epoch has changed, with all beside where that is wanted, and tells the tasks behind this one.
func (t *task) endEpoch(all bool) bool {
	e := t.run.epochs
	b := &t.barrier
	b.epoch++
	b.waits = append(b.waits, b.passage.open(b.epoch)...)
	if t.code != nil && (!t.outlast() || !t.idle()) {
		return false
	}
	t.flush()
	if t.run.ctx.Err() != nil {
		return false
	}
	for _, p := range t.ports {
		p.barrier(b.epoch, all)
	}
	beforePrepare.Hit()
	var parts, whole []Part
	err := guard(func() (err error) {
		if parts, err = t.changed(b.epoch, b.buf[:0], b.out[:0]); err == nil && all {
			whole, err = t.everything()
		}
		return err
	})
	if err != nil {
		t.fail(err)
		return false
	}
	e.inquiries.atBarrier(t)
	afterPrepare.Hit()
	e.hand(t, b.epoch, parts, whole, false)
	return t.run.ctx.Err() == nil
}

// changed is what an epoch has changed.
func (t *task) changed(epoch uint64, buf, out []byte) (parts []Part, err error) {
	b := &t.barrier
	name := t.member.name
	_, informed := b.trim.(Informed)
	if b.back != nil && (!b.over || informed) {
		at, err := b.back.Position()
		if err != nil {
			return nil, err
		}
		if string(at) != b.position {
			b.position = string(at)
			parts = append(parts, Part{Position, name, t.number, at})
		}
	}
	if b.state != nil {
		if b.buf, err = b.state.Changes(buf, false); err != nil {
			return nil, err
		}
		if len(b.buf) > 0 {
			parts = append(parts, Part{State, name, t.number, b.buf})
		}
	}
	if b.sink != nil {
		if b.numbered != nil {
			b.numbered.Epoch(epoch)
		}
		if b.out, err = b.sink.Prepare(out); err != nil {
			return nil, err
		}
		if len(b.out) > 0 {
			parts = append(parts, Part{Outbox, name, t.number, b.out})
		}
	}
	return parts, nil
}

// everything is all that a later run needs of the task.
func (t *task) everything() (parts []Part, err error) {
	b := &t.barrier
	name := t.member.name
	_, informed := b.trim.(Informed)
	if b.over {
		parts = append(parts, t.overPart())
	}
	if b.back != nil && (!b.over || informed) && b.position != "" {
		parts = append(parts, Part{Position, name, t.number, []byte(b.position)})
	}
	var all []byte
	if b.state != nil {
		if all, err = b.state.Changes(nil, true); err != nil {
			return nil, err
		}
	}
	if b.sink != nil {
		if all, err = b.sink.Mark(nil); err != nil {
			return nil, err
		}
	}
	if len(all) > 0 {
		parts = append(parts, Part{State, name, t.number, all})
	}
	return parts, nil
}

// overPart says that the task has come to its end, and of what input.
func (t *task) overPart() Part {
	b := &t.barrier
	b.input = cmp.Or(b.input, t.run.epochs.how.Input)
	return Part{Over, t.member.name, t.number, []byte(b.input)}
}

// lastEpoch hands over what the task has done since its last epoch, at its end. What it does is told downstream only behind that.
func (t *task) lastEpoch() {
	if t.run.epochs == nil || t.run.ctx.Err() != nil {
		return
	}
	b := &t.barrier
	var parts []Part
	err := guard(func() (err error) {
		parts, err = t.changed(b.epoch+1, nil, nil) // what was handed over before may still be on its way to the log
		return err
	})
	if err != nil {
		t.fail(err)
	}
	if b.over && !b.told {
		parts = append(parts, t.overPart())
	}
	t.run.epochs.hand(t, b.epoch+1, parts, nil, true)
}

// stopped reports whether the run ends before its input does, and another one goes on with it: then nothing is finished.
func (r *run) stopped() bool {
	return r.epochs != nil && (r.reading.Err() != nil || r.stopping.Load())
}

// readEpochs is a spout's loop in a run that commits in epochs.
func (t *task) readEpochs() {
	e, b := t.run.epochs, &t.barrier
	if t.chain.timekeeping() {
		stop := t.chain.keep()
		defer stop()
	}
	given := int64(0) // in this epoch
	most := int64(mostOfEpoch)
	if e.how.Rows > 0 {
		most = min(most, e.how.Rows)
	}
	for !b.over && t.run.reading.Err() == nil {
		ctx, wanted := e.reading(t)
		if wanted {
			t.chain.mu.Lock()
			ok := t.endEpoch(e.all.Load())
			t.chain.mu.Unlock()
			if given = 0; !ok {
				break
			}
			continue
		}
		if given >= most {
			<-ctx.Done()
			continue
		}
		err := t.nextOfEpoch(ctx)
		n := int64(1)
		if b.count != nil {
			n = int64(b.count.Rows())
		}
		given += n
		e.gave(n)
		if at := b.committed.Swap(nil); at != nil && err == nil {
			err = b.trim.Settled(*at)
		}
		if err == io.EOF {
			b.over = true
		} else if err != nil && !(ctx.Err() != nil && errors.Is(err, ctx.Err())) {
			t.fail(err)
			break
		}
	}
	t.chain.mu.Lock()
	if t.run.ctx.Err() == nil {
		t.flush()
	}
	t.chain.mu.Unlock()
	t.lastEpoch()
	t.closeSource()
	t.hasRead()
}

// nextOfEpoch reads once, until ctx is done.
func (t *task) nextOfEpoch(ctx context.Context) error {
	c := t.chain
	router, _ := t.spout.(Router)
	if !c.timekeeping() || router == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		err := guard(func() error { return t.spout.Next(ctx) })
		if !c.timekeeping() {
			t.flush()
		} else if t.run.ctx.Err() == nil {
			c.settle()
		}
		return err
	}
	err := guard(func() error { return router.Read(ctx) })
	c.mu.Lock()
	defer c.mu.Unlock()
	if failed := guard(func() error { router.Route(); return nil }); failed != nil {
		err = failed
	}
	if t.run.ctx.Err() == nil {
		c.settle()
	}
	return err
}
