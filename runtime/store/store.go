// Package store keeps a bolt's state in a store outside of the engine: a database, a key-value store, a library's own.
//
// What is stored is a row a key: its states as they are now and, as Trident has it, the batch that has changed them last (its txid, which is the number of the epoch)
// and what they were before it. What a row means to a batch is decided here, once for all stores (rules.go); a store only gets and puts rows, many at a time (Backend).
//
// A task keeps the rows that it works on in memory (state.go). What it needs of a batch of tuples is got at once; what an epoch has changed is handed over at its end,
// as a sink's output is, stands in the record that commits the epoch, and is put afterwards, at once. So a store never sees what is not committed, and after a
// crash it is given again what it may have missed: the record says which epoch it belongs to, and the store, in one transaction with the rows, which epoch it has.
//
// What holds, always:
//
//   - Rows of an epoch are put after the epoch is committed, in the order of epochs, by one goroutine a task.
//   - A store that is behind its log, ahead of it, or of another log, is found out before anything is read from it.
//   - A row that is read is never older than what this task has handed over.
package store

import (
	"fmt"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/shape"
)

// Row is what a store has of a key.
type Row struct {
	// Key and Value are the key's fields and the states, one behind the other, written as package codec does; see Table. A Value of nil: there is no such row.
	Key, Value []byte
	// Txid is the batch that has changed the row last; 0 where nobody knows. Of transactional and opaque state.
	Txid uint64
	// Prev is what Value was before that batch; nil where there was no row. Of opaque state.
	Prev []byte
}

// Table says what a store keeps for one bolt.
type Table struct {
	Topology, Bolt string
	Task, Tasks    int
	// Name is a name for a table or a file where none was given: of the bolt and its state.
	Name string
	Mode Mode
	// Key is the fields of the key, in their order; States are those that a row's value consists of.
	Key, States []shape.Field
	// Shape is both, as it is compared between versions of a topology.
	Shape string
}

// Backend is a store, as a library gives it: a Go struct whose exported fields are the arguments of its signature,
//
//	store sqlite(path string, table string = "")
//
// Each task has one. Put, Sync and Mark are called by one goroutine at a time, Get perhaps by another one meanwhile. An error that may pass, such as a lock that another process
// holds, a lost connection, a full disk, is wrapped by Passing: then the call is made again.
type Backend interface {
	// Open makes all ready for the rows of a table. An error says what is wrong before anything runs.
	Open(ctx *component.Context, t Table) error
	// Get gives the row of each key, with a Value of nil where there is none. Rows may share memory with what Get has made, and stay as they are.
	Get(keys [][]byte) ([]Row, error)
	// Put writes rows over those of their keys, and the task's mark: all of it or nothing where the store can, else the mark at last. A Value of nil takes the row out; a mark of nil
	// leaves it as it is. Nothing is kept of the rows' memory. What was put need outlast a crash of the machine only once Sync has returned.
	Put(rows []Row, mark []byte) error
	// Mark gives the task's mark; nil where there is none.
	Mark() ([]byte, error)
	// Each calls f with all rows of the table, whichever task has put them, in any order, until it returns an error, which Each returns.
	Each(f func(Row) error) error
	// Sync lets what was put outlast a crash of the machine.
	Sync() error
	Close() error
}

// passing is an error that may pass.
type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

// Passing says of an error that it may pass: what failed is tried again for a while.
func Passing(err error) error {
	if err == nil {
		return nil
	}
	return passing{err}
}

// String names a table as messages do.
func (t Table) String() string {
	if t.Bolt == "" {
		return "this state"
	}
	return fmt.Sprintf("the state of %s", t.Bolt)
}
