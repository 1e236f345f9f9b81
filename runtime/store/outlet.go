package store

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// Target is where a sink writes rows that must be there once: a database. Its errors that may pass are wrapped by Passing. Put is called by one goroutine at a time.
type Target interface {
	// Put writes rows, each as the sink has added it, and in the same transaction that it has done so for an epoch of a log; a log of "" has no epochs. Refuse, where not nil,
	// is told of rows that the database does not take, and the others are written; else the first of them is Put's error.
	Put(rows [][]byte, log string, epoch uint64, refuse func(row int, why error)) error
	// Written gives the last epoch of a log that was put; 0 where there is none.
	Written(log string) (uint64, error)
}

// Outlet lets a sink write to a database in such a way that each row is there once, also after a crash: component.Commits. What an epoch has goes into the record that commits it, and is put when that is
// in the log; the database says, by the same transaction, which epoch it has. In a run without epochs rows are put by Flush, and what comes again is there again.
//
// A sink has one in its fields, gives it by a method `Inner() any`, and calls Open, Add and Flush as it is called itself.
type Outlet struct {
	target Target
	what   string // what is written, for messages
	trying trying
	epochs bool
	failed func(row []byte, why error)
	size   int      // of what waits
	waits  [][]byte // rows that are not put, or not prepared
	space  []byte   // that they lie in

	epoch uint64 // that is worked on

	mu       sync.Mutex // of what follows: Release is called while the task works
	log      string     // names the epochs of this run and those that it goes on with
	prepared uint64     // the last epoch that has rows
	has      uint64     // the last one that is written
	live     bool       // nothing is put twice any more
}

// mostWaiting is how many bytes of rows wait at the most where there are no epochs.
const mostWaiting = 1 << 20

// Open makes it ready. What names the table for messages, open opens it, and failed is told of rows that the database does not take, where they can be told apart.
func (o *Outlet) Open(ctx *component.Context, what string, t Target, open func() error, failed func(row []byte, why error)) error {
	o.target, o.what, o.epochs, o.failed = t, what, ctx.Epochs, failed
	o.trying = trying{ctx: ctx, what: what, loose: !ctx.Epochs}
	return o.trying.call("opening", open)
}

// Add takes a row. Nothing of its memory is kept.
func (o *Outlet) Add(row []byte) error {
	if cap(o.space)-len(o.space) < len(row) {
		o.space = make([]byte, 0, max(64<<10, 2*cap(o.space), len(row)))
	}
	from := len(o.space)
	o.space = append(o.space, row...)
	o.waits = append(o.waits, o.space[from:len(o.space):len(o.space)])
	o.size += len(row)
	if !o.epochs && o.size >= mostWaiting {
		return o.Flush()
	}
	return nil
}

// Flush puts what waits where there are no epochs.
func (o *Outlet) Flush() error {
	if o.epochs || len(o.waits) == 0 {
		return nil
	}
	var refused []int
	var why []error
	err := o.trying.call("writing to", func() error {
		refused, why = refused[:0], why[:0]
		return o.target.Put(o.waits, "", 0, func(row int, err error) { refused, why = append(refused, row), append(why, err) })
	})
	if err != nil {
		return err
	}
	for i, row := range refused {
		o.failed(o.waits[row], why[i])
	}
	o.forget()
	return nil
}

func (o *Outlet) forget() {
	clear(o.waits)
	o.waits, o.space, o.size = o.waits[:0], o.space[:0], 0
}

// Epoch implements component.Numbered.
func (o *Outlet) Epoch(n uint64) { o.epoch = n }

// Prepare implements component.Commits.
func (o *Outlet) Prepare(dst []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waits) > 0 {
		head := outbox{log: o.log, epoch: o.epoch, before: o.prepared}
		dst = head.append(dst)
		for _, row := range o.waits {
			dst = codec.AppendBytes(dst, row)
		}
		o.prepared = o.epoch
		o.forget()
	}
	o.epoch++
	return dst, nil
}

// Release implements component.Commits. In a recovery it is given what earlier runs have prepared, and puts what the database lacks.
func (o *Outlet) Release(bytes []byte) error {
	r, head, err := parseOutboxHead(bytes)
	if err != nil {
		return err
	}
	var rows [][]byte
	for r.More() {
		rows = append(rows, r.Bytes())
	}
	if err := r.Close(); err != nil {
		return fmt.Errorf("what was prepared for %s is damaged: %w", o.what, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.prepared = max(o.prepared, head.epoch)
	if !o.live {
		if err := o.of(head.log); err != nil {
			return err
		}
		if o.has >= head.epoch {
			return nil
		}
		if o.has != head.before {
			return o.behind(head.before)
		}
	}
	if err := o.trying.call("writing to", func() error { return o.target.Put(rows, head.log, head.epoch, nil) }); err != nil {
		return err
	}
	o.has = head.epoch
	return nil
}

// of asks, once, what is written of the epochs of a log.
func (o *Outlet) of(log string) (err error) {
	if o.log == log {
		return nil
	}
	o.log = log
	return o.trying.call("reading", func() error {
		o.has, err = o.target.Written(log)
		return err
	})
}

// behind is the error of a database that lacks what was put into it.
func (o *Outlet) behind(want uint64) error {
	what := fmt.Sprintf("has what was committed up to epoch %d", o.has)
	if o.has == 0 {
		what = "has nothing of this run"
	}
	return fault.New("bring the database back as it was; or begin anew, with another --store and an empty table",
		"%s %s, and rows up to epoch %d were written there: it was lost, or an older one was put in its place", o.what, what, want)
}

// Mark implements component.Commits.
func (o *Outlet) Mark(dst []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return codec.AppendUvarint(codec.AppendString(dst, o.log), o.prepared), nil
}

// Resume implements component.Commits.
func (o *Outlet) Resume(said []byte) error {
	r := codec.NewReader(said)
	log, epoch := r.String(), r.Uvarint()
	if err := r.Close(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.prepared = epoch
	if err := o.of(log); err != nil {
		return err
	}
	if o.has < epoch {
		return o.behind(epoch)
	}
	return nil
}

// Recovered implements component.Commits.
func (o *Outlet) Recovered() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.live = true
	last := o.epoch
	o.epoch++
	if o.log == "" {
		id := make([]byte, 12)
		if _, err := rand.Read(id); err != nil {
			return err
		}
		o.log = hex.EncodeToString(id)
	}
	if o.has > o.prepared {
		return fault.New("bring the store folder back as it was; or begin anew, with another --store and an empty table",
			"%s has epochs up to %d, and the commit log ends with epoch %d: an older store was put in its place", o.what, o.has, last)
	}
	return nil
}

// Sync implements component.Commits: what Put has written is synced.
func (o *Outlet) Sync() error { return nil }

// Shape is what the store of a run says of it.
func (o *Outlet) Shape() string { return "sink that commits" }
