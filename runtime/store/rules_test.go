package store_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/runtime/store/storetest"
)

var errCut = errors.New("the machine stops here")

// batchOf is a batch: what is added to which key.
type batchOf map[string]int

// attempt lets a state take a batch as Trident does: all keys are read, the new values written, row by row, until `cut` rows are written.
func attempt(db *storetest.Memory, mode store.Mode, txid uint64, batch batchOf, cut int) error {
	b := db.Backend()
	var rows []store.Row
	for key, add := range batch {
		found, err := b.Get([][]byte{[]byte(key)})
		if err != nil {
			return err
		}
		before, done, err := mode.Begin(found[0], txid)
		if err != nil {
			return err
		}
		if done {
			continue
		}
		n, _ := strconv.Atoi(string(before))
		rows = append(rows, mode.End([]byte(key), before, strconv.AppendInt(nil, int64(n+add), 10), txid))
	}
	db.Fail = func(call string) error {
		if call == "put" {
			if cut--; cut < 0 {
				return errCut
			}
		}
		return nil
	}
	defer func() { db.Fail = nil }()
	return b.Put(rows, nil)
}

// trial runs batches, each of which fails some times at any row, and reports whether the state is that of a run that never failed. Other says that a batch that comes again
// consists of other tuples; taken, that what an attempt has left is taken back before the next.
func trial(t *testing.T, seed uint64, mode store.Mode, other, taken bool) bool {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	db := storetest.NewMemory()
	want := map[string]int{}
	tuples := []string{} // that no batch has had
	for i := range 40 {
		tuples = append(tuples, fmt.Sprintf("k%d", rnd.IntN(6)+i%2))
	}
	for txid := uint64(1); len(tuples) > 0; txid++ {
		n := 1 + rnd.IntN(min(6, len(tuples)))
		for again := rnd.IntN(3); ; again-- {
			batch := batchOf{}
			for _, k := range tuples[:n] {
				batch[k]++
			}
			cut := len(batch)
			if again > 0 {
				cut = rnd.IntN(len(batch) + 1) // all rows may be written, and nobody know of it
			}
			err := attempt(db, mode, txid, batch, cut)
			if again <= 0 {
				if err != nil {
					t.Fatal(err)
				}
				for k, add := range batch {
					want[k] += add
				}
				break
			}
			if taken {
				if err := store.TakeBack(db.Backend(), txid, nil); err != nil {
					t.Fatal(err)
				}
			}
			if other {
				n = 1 + rnd.IntN(min(6, len(tuples)))
				rnd.Shuffle(len(tuples), func(i, j int) { tuples[i], tuples[j] = tuples[j], tuples[i] })
			}
		}
		tuples = tuples[n:]
	}
	got := map[string]int{}
	for k, v := range db.Values() {
		got[k], _ = strconv.Atoi(v)
	}
	return maps.Equal(got, want)
}

// TestRules holds the three kinds of state against a run that never failed, with batches that fail at any row of theirs and come again.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name         string
		mode         store.Mode
		other, taken bool
		right        bool
	}{
		{"transactional, same batch", store.Transactional, false, false, true},
		{"opaque, same batch", store.Opaque, false, false, true},
		{"opaque, other batch, taken back", store.Opaque, true, true, true},
		// Negative controls.
		{"opaque, other batch, by Trident's rule alone", store.Opaque, true, false, false},
		{"transactional, other batch", store.Transactional, true, false, false},
		{"plain, same batch", store.Plain, false, false, false},
		{"plain, other batch", store.Plain, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong := 0
			const seeds = 500
			for seed := range uint64(seeds) {
				if !trial(t, seed, c.mode, c.other, c.taken) {
					wrong++
				}
			}
			if c.right && wrong > 0 {
				t.Errorf("%d of %d runs end in another state than one that never failed", wrong, seeds)
			}
			if !c.right && wrong == 0 {
				t.Error("no run goes wrong: the test sees nothing")
			}
		})
	}
}

func TestRulesOneByOne(t *testing.T) {
	v, p := []byte("v"), []byte("p")
	for _, c := range []struct {
		mode   store.Mode
		row    store.Row
		txid   uint64
		begins string
		done   bool
		refuse bool
	}{
		{store.Opaque, store.Row{}, 7, "", false, false},
		{store.Opaque, store.Row{Value: v, Prev: p, Txid: 6}, 7, "v", false, false},
		{store.Opaque, store.Row{Value: v, Prev: p, Txid: 7}, 7, "p", false, false},
		{store.Opaque, store.Row{Value: v, Txid: 7}, 7, "", false, false},
		{store.Opaque, store.Row{Value: v, Prev: p, Txid: 8}, 7, "", false, true},
		{store.Transactional, store.Row{Value: v, Txid: 6}, 7, "v", false, false},
		{store.Transactional, store.Row{Value: v, Txid: 7}, 7, "v", true, false},
		{store.Transactional, store.Row{Value: v, Txid: 8}, 7, "", false, true},
		{store.Plain, store.Row{Value: v, Txid: 9}, 7, "v", false, false},
	} {
		got, done, err := c.mode.Begin(c.row, c.txid)
		if string(got) != c.begins || done != c.done || (err != nil) != c.refuse {
			t.Errorf("%s state, a row of batch %d in batch %d: begins with %q, done %v, %v", c.mode, c.row.Txid, c.txid, got, done, err)
		}
	}
}
