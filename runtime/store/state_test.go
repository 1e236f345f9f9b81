package store_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/runtime/store/storetest"
)

// counts is what generated code would be for `state n int per word`.
type counts struct {
	state store.State
	rows  []*count
	at    map[string]int32
}

type count struct {
	word  string
	n     int64
	has   bool
	stamp uint32
}

const countsShape = "state n int per word string"

func (c *counts) StoredRow(row int32, key, value []byte) (k, v []byte) {
	r := c.rows[row]
	r.has = true
	return codec.AppendString(key, r.word), codec.AppendInt(value, r.n)
}

func (c *counts) LoadRow(row int32, value []byte) error {
	r := codec.NewReader(value)
	c.rows[row].n, c.rows[row].has = r.Int(), true
	return r.Close()
}

func (c *counts) Size() int { return len(c.rows) }
func (c *counts) Drop()     { c.rows, c.at = nil, map[string]int32{} }

// process counts some words.
func (c *counts) process(words []string) error {
	for _, w := range words {
		if _, ok := c.at[w]; !ok {
			c.at[w] = int32(len(c.rows))
			c.rows = append(c.rows, &count{word: w})
			c.state.Miss(c.at[w], codec.AppendString(nil, w))
		}
	}
	if err := c.state.Load(); err != nil {
		return err
	}
	for _, w := range words {
		r := c.rows[c.at[w]]
		if r.stamp != c.state.Stamp {
			r.stamp = c.state.Stamp
			c.state.Touch(c.at[w], r.has)
		}
		r.n++
	}
	return nil
}

// record is one of the commit log.
type record struct {
	epoch  uint64
	read   int // how many words are in it and before
	outbox []byte
}

// world is what outlasts a crash.
type world struct {
	db       *storetest.Memory
	log      []record
	mark     []byte // of the newest snapshot, which the first record of log follows
	snapshot record
}

var errCrash = errors.New("the process dies here")

// life runs from the last commit until a crash, or until all is read.
func (w *world) life(rnd *rand.Rand, words []string, mode store.Mode, early bool) (over bool, err error) {
	w.db.Fail = nil
	c := &counts{at: map[string]int32{}}
	c.state.Backend = w.db.Backend()
	ctx := &component.Context{Topology: "t", Component: "count", Tasks: 1, Epochs: true, StateRows: 1 + rnd.IntN(8), Stderr: io.Discard}
	if err := c.state.Open(ctx, mode, countsShape, c); err != nil {
		return false, err
	}
	crash := 5 + rnd.IntN(60) // calls of the store that are let be
	if rnd.IntN(4) == 0 {
		crash = 1 << 20 // recovery may take more than that
	}
	w.db.Fail = func(call string) error {
		if crash--; crash < 0 {
			return errCrash
		}
		return nil
	}
	if w.mark != nil {
		if err := c.state.Resume(w.mark); err != nil {
			return false, err
		}
	}
	last := w.snapshot
	for _, r := range w.log {
		if err := c.state.Release(r.outbox); err != nil {
			return false, err
		}
		last = r
	}
	c.state.Epoch(last.epoch)
	if err := c.state.Recovered(); err != nil {
		return false, err
	}
	read := last.read
	for epoch := last.epoch + 1; ; epoch++ {
		for range rnd.IntN(3) {
			n := min(rnd.IntN(5), len(words)-read)
			if err := c.process(words[read : read+n]); err != nil {
				return false, err
			}
			read += n
		}
		c.state.Epoch(epoch)
		outbox, err := c.state.Prepare(nil)
		if err != nil {
			return false, err
		}
		// Epochs overlap: the task is at the next one while this one is committed.
		ahead := min(rnd.IntN(3), len(words)-read)
		if err := c.process(words[read : read+ahead]); err != nil {
			return false, err
		}
		if early && len(outbox) > 0 {
			if err := c.state.Release(outbox); err != nil {
				return false, err
			}
		}
		if rnd.IntN(10) == 0 && epoch > 1 {
			return false, errCrash
		}
		if len(outbox) > 0 {
			w.log = append(w.log, record{epoch, read, outbox})
			if rnd.IntN(10) == 0 {
				return false, errCrash
			}
			if !early {
				if err := c.state.Release(outbox); err != nil {
					return false, err
				}
			}
			if rnd.IntN(5) == 0 && ahead == 0 {
				mark, err := c.state.Mark(nil)
				if err != nil {
					return false, err
				}
				w.mark, w.snapshot, w.log = mark, record{epoch: epoch, read: read}, nil
			}
		}
		if read == len(words) && ahead == 0 {
			return true, nil
		}
		read += ahead
	}
}

// runs lets lives follow one another until all is read, and reports whether each word is counted as often as it is there.
func runs(t *testing.T, seed uint64, mode store.Mode, early bool) bool {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 2))
	var words []string
	want := map[string]int64{}
	for range 150 {
		w := fmt.Sprintf("w%d", rnd.IntN(20))
		words, want[w] = append(words, w), want[w]+1
	}
	w := &world{db: storetest.NewMemory()}
	for lives := 0; lives < 10_000; lives++ {
		over, err := w.life(rnd, words, mode, early)
		if over {
			break
		}
		if !errors.Is(err, errCrash) {
			t.Fatalf("seed %d, life %d: %v", seed, lives, err)
		}
	}
	got := map[string]int64{}
	for k, v := range w.db.Values() {
		got[codec.NewReader([]byte(k)).String()] = codec.NewReader([]byte(v)).Int()
	}
	return maps.Equal(got, want)
}

// TestLives lets a task die at any call of its store, between any two rows, and go on: its state is that of one that never died. With puts before the commit, as Trident has them, opaque state is right
// as well, and plain state is not: the test sees something.
func TestLives(t *testing.T) {
	for _, c := range []struct {
		name         string
		mode         store.Mode
		early, right bool
	}{
		{"opaque", store.Opaque, false, true},
		{"transactional", store.Transactional, false, true},
		{"plain", store.Plain, false, true},
		{"plain, put before the commit", store.Plain, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong := 0
			for seed := range uint64(300) {
				if !runs(t, seed, c.mode, c.early) {
					wrong++
				}
			}
			if c.right && wrong > 0 || !c.right && wrong == 0 {
				t.Errorf("%d runs end in another state", wrong)
			}
		})
	}
}

// begun is a task that has committed two epochs and is closed.
func begun(t *testing.T, mode store.Mode) (*storetest.Memory, []record) {
	t.Helper()
	db := storetest.NewMemory()
	c, err := opened(db, mode, countsShape)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.state.Recovered(); err != nil {
		t.Fatal(err)
	}
	var log []record
	for epoch := uint64(1); epoch <= 2; epoch++ {
		if err := c.process([]string{"a", "b"}); err != nil {
			t.Fatal(err)
		}
		c.state.Epoch(epoch)
		outbox, err := c.state.Prepare(nil)
		if err == nil {
			err = c.state.Release(outbox)
		}
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, record{epoch: epoch, outbox: outbox})
	}
	return db, log
}

func opened(db *storetest.Memory, mode store.Mode, shape string) (*counts, error) {
	c := &counts{at: map[string]int32{}}
	c.state.Backend = db.Backend()
	return c, c.state.Open(&component.Context{Topology: "t", Component: "count", Tasks: 1, Epochs: true, Stderr: io.Discard}, mode, shape, c)
}

// recovered goes on with a log.
func recovered(db *storetest.Memory, mode store.Mode, log []record) (*counts, error) {
	c, err := opened(db, mode, countsShape)
	if err != nil {
		return nil, err
	}
	last := uint64(0)
	for _, r := range log {
		if err := c.state.Release(r.outbox); err != nil {
			return nil, err
		}
		last = r.epoch
	}
	c.state.Epoch(last)
	return c, c.state.Recovered()
}

// TestForeign sees what is not the store of this run.
func TestForeign(t *testing.T) {
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	db, log := begun(t, store.Opaque)
	_, err := recovered(db.Copy(), store.Opaque, log)
	if err != nil {
		t.Error(err)
	}
	_, err = recovered(db.Copy(), store.Opaque, nil)
	refused(err, "another --store")
	_, err = recovered(storetest.NewMemory(), store.Opaque, log[1:])
	refused(err, "is empty, and rows up to epoch 1 were put there")
	_, err = opened(db.Copy(), store.Transactional, countsShape)
	refused(err, "its table was written as opaque")
	_, err = opened(db.Copy(), store.Opaque, "state n float per word string")
	refused(err, "was written for")

	// A log that has lost its last epoch: opaque state goes back by one, transactional state can't.
	one := db.Copy()
	c, err := recovered(one, store.Opaque, log[:1])
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process([]string{"b"}); err != nil {
		t.Fatal(err)
	}
	c.state.Epoch(2)
	outbox, err := c.state.Prepare(nil)
	if err == nil {
		err = c.state.Release(outbox)
	}
	if err != nil {
		t.Fatal(err)
	}
	for k, n := range map[string]int64{"a": 1, "b": 2} {
		if v := one.Values()[string(codec.AppendString(nil, k))]; v != string(codec.AppendInt(nil, n)) {
			t.Errorf("%s is %x, want %d", k, v, n)
		}
	}
	db, log = begun(t, store.Transactional)
	_, err = recovered(db, store.Transactional, log[:1])
	refused(err, "an older store was put in its place")
}
