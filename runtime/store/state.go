package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/shape"
)

// Rows is a task's rows in memory: generated code.
type Rows interface {
	// StoredRow appends the key and the states of a row as they are now.
	StoredRow(row int32, key, value []byte) (k, v []byte)
	// LoadRow sets the states of a row to what the store has of it.
	LoadRow(row int32, value []byte) error
	// Size is how many rows there are; Drop forgets them all.
	Size() int
	Drop()
}

// State is the state of a task that lies in a store: between its rows in memory and the store. Beside Release and Sync its methods are called by the task's goroutine.
// In a run that commits in epochs it is component.Commits.
type State struct {
	// Backend is the store; it is set before Open.
	Backend Backend
	// Stamp is another number in each epoch: a row that has it was changed in this one.
	Stamp uint32

	rows   Rows
	table  Table
	epochs bool
	opened bool // and what Open has to say is known
	most   int  // rows in memory
	trying trying

	peek    bool // nothing runs: it is only asked
	ctx     *component.Context
	pending [][]byte // what was prepared, and may not be in the store

	misses   []int32 // rows that the store is to be asked for
	keys     []byte  // theirs, one behind the other
	ends     []int   // of these
	changed  []change
	buf      []byte // what they were before
	k, v     []byte // scratch
	inflight map[string][]byte

	epoch    uint64 // that is worked on
	last     uint64 // the last epoch that is committed, as of Recovered
	prepared uint64 // the last of which something was handed over

	mu   sync.Mutex // of what follows, and of inflight: Release is called while the task works
	log  string     // which commit log the epochs are of
	has  *mark      // what the store says; nil: nothing
	live bool       // nothing is put twice any more
}

// change is a row that the epoch has changed.
type change struct {
	row      int32
	was      bool // the store has a row for its key, or will have
	from, to int  // what it was, in buf
}

// mostRows is how many rows a task keeps in memory before it forgets them: they are in the store.
const mostRows = 1 << 17

// mostChanged is how many changed rows wait at the most where there are no epochs.
const mostChanged = 1 << 14

// Open makes the state ready. Shape is the text of package shape for the states and their key.
func (s *State) Open(ctx *component.Context, mode Mode, text string, rows Rows) error {
	of, err := shape.Parse(text)
	if err != nil {
		return err
	}
	s.rows, s.epochs, s.most, s.Stamp = rows, ctx.Epochs, ctx.StateRows, 1
	if s.most <= 0 {
		s.most = mostRows
	}
	s.trying = trying{ctx: ctx}
	s.table = Table{Topology: ctx.Topology, Bolt: ctx.Component, Task: ctx.Task, Tasks: ctx.Tasks, Mode: mode, Shape: text, Key: of.States[0].Key, Name: ctx.Component}
	for _, st := range of.States {
		s.table.States = append(s.table.States, shape.Field{Name: st.Name, Type: st.Type})
	}
	if len(of.States) == 1 {
		s.table.Name += "_" + of.States[0].Name
	}
	if s.ctx = ctx; s.peek {
		return nil
	}
	if !s.epochs && mode != Plain {
		return fault.New("run it with exactly-once and a --store; or declare the state `plain`", "%s is %s: its rows remember epochs, and a run with another guarantee has none", s.table, mode)
	}
	return s.openStore()
}

// openStore opens the store, and sees what it says of itself.
func (s *State) openStore() error {
	b := s.Backend
	if err := s.trying.call("opening", func() error { return b.Open(s.ctx, s.table) }); err != nil {
		return err
	}
	s.opened = true
	if s.table.Mode == Plain {
		return nil
	}
	var said []byte
	err := s.trying.call("reading", func() (err error) {
		said, err = b.Mark()
		return err
	})
	if err == nil {
		s.has, err = parseMark(said)
	}
	if err != nil {
		return err
	}
	return s.fits()
}

// fits sees that what the store has was put by this bolt.
func (s *State) fits() error {
	m := s.has
	if m == nil {
		return nil
	}
	const other = "give it another table, or take the old one away"
	switch {
	case m.Version > markVersion:
		return fault.New("use the version of topo that wrote it, or a newer one", "%s was written by a newer version of topo (format %d, and this program knows %d)", s.table, m.Version, markVersion)
	case m.Topology != s.table.Topology || m.Bolt != s.table.Bolt:
		return fault.New(other, "the table of %s is that of %s in topology %s", s.table, m.Bolt, m.Topology)
	case m.Mode != s.table.Mode.String():
		return fault.New("write `"+m.Mode+"`, or give it another table", "%s is %s, and its table was written as %s", s.table, s.table.Mode, m.Mode)
	case m.Shape != s.table.Shape:
		return fault.New(other, "%s is %q, and its table was written for %q", s.table, s.table.Shape, m.Shape)
	case m.Tasks != s.table.Tasks:
		return fault.New(fmt.Sprintf("write `tasks %d` as before", m.Tasks), "%s has %d tasks, and its table was written by %d: each remembers its epochs by itself", s.table, s.table.Tasks, m.Tasks)
	}
	return nil
}

// Miss says that the store is to be asked for a row, whose key this is.
func (s *State) Miss(row int32, key []byte) {
	s.misses = append(s.misses, row)
	s.keys = append(s.keys, key...)
	s.ends = append(s.ends, len(s.keys))
}

// Load asks the store for the rows that were missed, all at once.
func (s *State) Load() error {
	if len(s.changed) >= mostChanged && !s.epochs {
		if err := s.Flush(); err != nil {
			return err
		}
	}
	if len(s.misses) == 0 {
		return nil
	}
	if s.peek && !s.opened {
		if err := s.peekNow(); err != nil {
			return err
		}
	}
	if !s.opened {
		s.misses, s.keys, s.ends = s.misses[:0], s.keys[:0], s.ends[:0]
		return fault.New("ask while it runs; or ask the store itself", "%s lies in a store, which is not open where nothing runs", s.table)
	}
	keys := make([][]byte, 0, len(s.misses))
	rows := make([]int32, 0, len(s.misses))
	from := 0
	for i, row := range s.misses {
		key := s.keys[from:s.ends[i]]
		from = s.ends[i]
		if value, ok := s.waiting(key); ok {
			if err := s.rows.LoadRow(row, value); err != nil {
				return s.damaged(key, err)
			}
			continue
		}
		keys, rows = append(keys, key), append(rows, row)
	}
	if len(keys) > 0 {
		var found []Row
		err := s.trying.call("reading", func() (err error) {
			found, err = s.Backend.Get(keys)
			return err
		})
		if err != nil {
			return err
		}
		for i, r := range found {
			value, done, err := s.table.Mode.Begin(r, s.epoch)
			if err == nil && done {
				err = fault.New("write `opaque`, which knows what was there before", "a row was changed by this epoch already, and nothing says that it has the same tuples again")
			}
			if err != nil {
				return fmt.Errorf("%s: %w", s.table, err)
			}
			if value == nil {
				continue
			}
			if err := s.rows.LoadRow(rows[i], value); err != nil {
				return s.damaged(keys[i], err)
			}
		}
	}
	s.misses, s.keys, s.ends = s.misses[:0], s.keys[:0], s.ends[:0]
	return nil
}

// waiting is a row that was handed over, and may not have reached the store.
func (s *State) waiting(key []byte) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.inflight[string(key)]
	return value, ok
}

func (s *State) damaged(key []byte, err error) error {
	return fmt.Errorf("%s: the row of the key %s can't be read: %w", s.table, s.keyText(key), err)
}

func (s *State) keyText(key []byte) string {
	text, err := shape.FieldsJSON(nil, s.table.Key, key)
	if err != nil {
		return fmt.Sprintf("%x", key)
	}
	return string(text)
}

// Touch says that the epoch changes a row for the first time; was tells that there was one before.
func (s *State) Touch(row int32, was bool) {
	from := len(s.buf)
	if was {
		s.k, s.buf = s.rows.StoredRow(row, s.k[:0], s.buf)
	}
	s.changed = append(s.changed, change{row, was, from, len(s.buf)})
}

// Changed is how many rows wait to be put.
func (s *State) Changed() int { return len(s.changed) }

// Epoch implements component.Numbered.
func (s *State) Epoch(n uint64) { s.epoch = n }

// Prepare implements component.Commits.
func (s *State) Prepare(dst []byte) ([]byte, error) {
	drop := s.rows.Size() > s.most
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inflight = nil
	head := outbox{log: s.log, epoch: s.epoch, before: s.prepared}
	some := false
	for _, c := range s.changed {
		s.k, s.v = s.rows.StoredRow(c.row, s.k[:0], s.v[:0])
		before := s.buf[c.from:c.to:c.to]
		if c.was && bytes.Equal(before, s.v) {
			continue
		}
		if !some {
			dst, some = head.append(dst), true
		}
		if s.table.Mode != Opaque || !c.was {
			before = nil
		}
		dst = appendOutboxRow(dst, s.k, s.v, before)
		if drop {
			if s.inflight == nil {
				s.inflight = map[string][]byte{}
			}
			s.inflight[string(s.k)] = clone(s.v)
		}
	}
	s.changed, s.buf = s.changed[:0], s.buf[:0]
	if some {
		s.prepared = s.epoch
	}
	if drop {
		s.rows.Drop()
	}
	s.epoch++
	s.Stamp++
	return dst, nil
}

// Release implements component.Commits. In a recovery it is given what earlier runs have prepared, and puts what the store lacks.
func (s *State) Release(bytes []byte) error {
	if s.peek {
		s.pending = append(s.pending, clone(bytes))
		return nil
	}
	o, err := parseOutbox(bytes)
	if err != nil {
		return err
	}
	s.mu.Lock()
	live := s.live
	s.log, s.prepared = o.log, max(s.prepared, o.epoch)
	s.mu.Unlock()
	if !live && s.table.Mode != Plain {
		if err := s.ours(); err != nil {
			return err
		}
		has := s.at()
		if has >= o.epoch {
			return nil
		}
		if has != o.before {
			return s.behind(o.before)
		}
	}
	return s.put(o)
}

// put puts the rows of an epoch.
func (s *State) put(o *outbox) error {
	for i := range o.rows {
		r := &o.rows[i]
		*r = s.table.Mode.End(r.Key, r.Prev, r.Value, o.epoch)
	}
	var m *mark
	var said []byte
	if s.table.Mode != Plain {
		m = s.newMark(o.epoch, o.before)
		said = m.bytes()
	}
	if err := s.trying.call("writing", func() error { return s.Backend.Put(o.rows, said) }); err != nil {
		return err
	}
	s.has = m
	return nil
}

func (s *State) newMark(epoch, before uint64) *mark {
	return &mark{Version: markVersion, Topology: s.table.Topology, Bolt: s.table.Bolt, Mode: s.table.Mode.String(), Shape: s.table.Shape, Tasks: s.table.Tasks,
		Log: s.log, Epoch: epoch, Before: before}
}

// at is the last epoch that the store has.
func (s *State) at() uint64 {
	if s.has == nil {
		return 0
	}
	return s.has.Epoch
}

// ours sees that the store's epochs are those of this run's log.
func (s *State) ours() error {
	if s.has == nil || s.has.Log == s.log {
		return nil
	}
	return fault.New("go on with the --store that it was written with; or begin anew, with another table or without what is in this one",
		"%s was written by a run with another --store, whose epochs are not those of this one", s.table)
}

// behind is the error of a store that lacks what was put into it.
func (s *State) behind(want uint64) error {
	what := fmt.Sprintf("has what was committed up to epoch %d", s.at())
	if s.has == nil {
		what = "is empty"
	}
	return fault.New("bring the table back as it was; or begin anew, with another --store and an empty table",
		"%s %s, and rows up to epoch %d were put there: it was lost, or an older one was put in its place", s.table, what, want)
}

// Mark implements component.Commits.
func (s *State) Mark(dst []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return codec.AppendUvarint(codec.AppendString(dst, s.log), s.prepared), nil
}

// Resume implements component.Commits.
func (s *State) Resume(said []byte) error {
	r := codec.NewReader(said)
	log, epoch := r.String(), r.Uvarint()
	if err := r.Close(); err != nil {
		return err
	}
	s.mu.Lock()
	s.log, s.prepared = log, epoch
	s.mu.Unlock()
	if s.table.Mode == Plain || epoch == 0 || s.peek {
		return nil
	}
	if err := s.ours(); err != nil {
		return err
	}
	if s.at() < epoch {
		return s.behind(epoch)
	}
	return nil
}

// Recovered implements component.Commits.
func (s *State) Recovered() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live, s.last = true, s.epoch
	s.epoch++
	if s.log == "" {
		id := make([]byte, 12)
		if _, err := rand.Read(id); err != nil {
			return err
		}
		s.log = hex.EncodeToString(id)
	}
	if s.table.Mode == Plain {
		return nil
	}
	if err := s.ours(); err != nil {
		return err
	}
	switch has := s.at(); {
	case has <= s.prepared:
		return nil
	case s.table.Mode == Opaque && has == s.last+1 && s.has.Before == s.prepared:
		// The log has lost the end of what it had; what the store had before that is known.
		m := s.newMark(s.prepared, 0)
		if err := s.trying.call("taking back an epoch", func() error { return TakeBack(s.Backend, has, m.bytes()) }); err != nil {
			return err
		}
		s.has = m
		return nil
	default:
		return fault.New("bring the store folder back as it was, or the table as it was then; or begin anew, with another --store and an empty table",
			"%s has epochs up to %d, and the commit log ends with epoch %d: an older store was put in its place", s.table, has, s.last)
	}
}

// Sync implements component.Commits.
func (s *State) Sync() error { return s.trying.call("syncing", s.Backend.Sync) }

// Flush puts what has changed, in a run that does not commit in epochs.
func (s *State) Flush() error {
	if s.epochs || len(s.changed) == 0 {
		return nil
	}
	bytes, err := s.Prepare(nil)
	if err != nil || len(bytes) == 0 {
		return err
	}
	o, err := parseOutbox(bytes)
	if err != nil {
		return err
	}
	if err := s.put(o); err != nil {
		return err
	}
	s.mu.Lock()
	s.inflight = nil
	s.mu.Unlock()
	return s.Sync()
}

// Shape is what the store of a run says of it: nothing that could be gone on with in another shape.
func (s *State) Shape() string { return "stored " + s.table.Mode.String() + ": " + s.table.Shape }

// Close lets go of the store.
func (s *State) Close() error {
	if !s.opened {
		return nil
	}
	s.opened = false
	return errors.Join(s.Backend.Close())
}
