package store

import (
	"fmt"

	"github.com/topo-lang/topo/runtime/fault"
)

// Mode says what a row remembers of the batches that have changed it: Trident's three kinds of state.
type Mode byte

const (
	// Plain rows remember nothing: what is put is there.
	Plain Mode = iota
	// Transactional rows know the batch that has changed them last. That batch, should it come again with the same tuples, changes nothing.
	Transactional
	// Opaque rows know what they were before that batch, too. Should it come again, whatever it consists of then, it starts from there.
	Opaque
)

var modes = []string{"plain", "transactional", "opaque"}

func (m Mode) String() string { return modes[m] }

// Begin says with what a batch begins that finds a row, nil where there is none for it. Done says that the batch was here before and has left what it should: it must not
// change the row again.
func (m Mode) Begin(r Row, txid uint64) (value []byte, done bool, err error) {
	switch {
	case m == Plain || r.Value == nil || r.Txid < txid:
		return r.Value, false, nil
	case r.Txid > txid:
		return nil, false, fault.New("go on with the store that it was written with, or give the state another place",
			"a row was changed by epoch %d, and this is epoch %d: it was written by another run", r.Txid, txid)
	case m == Opaque:
		return r.Prev, false, nil
	}
	return r.Value, true, nil
}

// End is the row that a batch leaves which began with before.
func (m Mode) End(key, before, after []byte, txid uint64) Row {
	switch m {
	case Opaque:
		return Row{Key: key, Value: after, Txid: txid, Prev: before}
	case Transactional:
		return Row{Key: key, Value: after, Txid: txid}
	}
	return Row{Key: key, Value: after}
}

// takeBackRows is how many rows are taken back at once.
const takeBackRows = 1000

// TakeBack makes all opaque rows what they were before a batch that never came to its end. Trident leaves that to Begin, which is not enough where the batch comes again without
// tuples of a key that it had at first: the next batch would take that key's row for what was committed. It may be called again.
func TakeBack(b Backend, txid uint64, mark []byte) error {
	for {
		var rows []Row
		enough := fmt.Errorf("enough")
		err := b.Each(func(r Row) error {
			if r.Txid == txid && r.Value != nil {
				rows = append(rows, Row{Key: clone(r.Key), Value: clone(r.Prev)})
			}
			if len(rows) == takeBackRows {
				return enough
			}
			return nil
		})
		if err != nil && err != enough {
			return err
		}
		if len(rows) < takeBackRows {
			return b.Put(rows, mark)
		}
		if err := b.Put(rows, nil); err != nil {
			return err
		}
	}
}

// clone is bytes.Clone, which keeps nil apart from what is empty.
func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}
