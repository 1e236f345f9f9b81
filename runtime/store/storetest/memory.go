// Package storetest is for tests of stores: one in memory whose calls fail when a test wants them to, and what every store must do.
package storetest

import (
	"maps"
	"slices"
	"sync"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store"
)

// Memory is a database that lives as long as the test; its Backend is a task's.
type Memory struct {
	mu    sync.Mutex
	rows  map[string]store.Row
	marks map[int][]byte
	// Fail, where not nil, is asked before each call, and within a Put before each row: what it wrote before that stays, as in a store without transactions.
	Fail func(call string) error
}

// NewMemory returns an empty one.
func NewMemory() *Memory { return &Memory{rows: map[string]store.Row{}, marks: map[int][]byte{}} }

// Backend is the store of a task.
func (m *Memory) Backend() store.Backend { return &memory{Memory: m} }

// Copy is one as it is now.
func (m *Memory) Copy() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Memory{rows: maps.Clone(m.rows), marks: maps.Clone(m.marks)}
}

// Values are the values by key.
func (m *Memory) Values() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]string{}
	for k, r := range m.rows {
		out[k] = string(r.Value)
	}
	return out
}

type memory struct {
	*Memory
	task int
}

func (m *memory) fail(call string) error {
	if m.Fail != nil {
		return m.Fail(call)
	}
	return nil
}

func (m *memory) Open(_ *component.Context, t store.Table) error {
	m.task = t.Task
	return m.fail("open")
}

func (m *memory) Get(keys [][]byte) ([]store.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]store.Row, len(keys))
	for i, k := range keys {
		out[i] = m.rows[string(k)]
		out[i].Key = k
	}
	return out, m.fail("get")
}

func (m *memory) Put(rows []store.Row, mark []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range rows {
		if err := m.fail("put"); err != nil {
			return err
		}
		if r.Value == nil {
			delete(m.rows, string(r.Key))
			continue
		}
		m.rows[string(r.Key)] = store.Row{Key: slices.Clone(r.Key), Value: append([]byte{}, r.Value...), Txid: r.Txid, Prev: slices.Clone(r.Prev)}
	}
	if err := m.fail("mark"); err != nil {
		return err
	}
	if mark != nil {
		m.marks[m.task] = slices.Clone(mark)
	}
	return nil
}

func (m *memory) Mark() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.marks[m.task], m.fail("mark")
}

func (m *memory) Each(f func(store.Row) error) error {
	m.mu.Lock()
	rows := slices.SortedFunc(maps.Values(m.rows), func(a, b store.Row) int { return slices.Compare(a.Key, b.Key) })
	m.mu.Unlock()
	for _, r := range rows {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Sync() error  { return m.fail("sync") }
func (m *memory) Close() error { return nil }
