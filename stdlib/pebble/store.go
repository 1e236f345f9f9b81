// Package pebble keeps state in files, by Pebble: for more than fits in memory.
package pebble

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/store"
)

// Pebble is the store pebble. What is put is synced by Sync only: a crash may take what came behind it, which the commit log has, and puts again.
type Pebble struct {
	Path string

	dir string
	db  *pebble.DB
	buf []byte
}

var _ store.Backend = (*Pebble)(nil)

// What keys begin with.
const (
	rowKey  = 'r'
	markKey = 'm'
)

// quiet keeps Pebble's notes to itself. What it can't go on behind, such as a full disk, ends the process: the next run puts what is missing.
type quiet struct{ ctx *component.Context }

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}

func (q quiet) Fatalf(format string, args ...any) {
	_, _ = fmt.Fprintf(q.ctx.Stderr, "error: %s: its store can't go on: %s\n  help: make room and start the run again: what is committed is in the commit log of --store\n", q.ctx.Component, fmt.Sprintf(format, args...))
	os.Exit(1)
}

// Open implements store.Backend.
func (p *Pebble) Open(ctx *component.Context, t store.Table) error {
	if p.Path == "" {
		return fault.New("name a folder", "path: no folder is named")
	}
	p.dir = filepath.Join(p.Path, fmt.Sprintf("%s-%d", t.Name, t.Task))
	path, err := filepath.Abs(p.dir)
	if err != nil {
		return err
	}
	if err := ctx.Own("folder " + path); err != nil {
		return fault.New("give each of them a path of its own", "%w", err)
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return fault.New("name a folder that can be written", "%s: can't be made: %w", p.dir, err)
	}
	var once sync.Once
	p.db, err = pebble.Open(p.dir, &pebble.Options{Logger: quiet{ctx}, FormatMajorVersion: pebble.FormatNewest, EventListener: &pebble.EventListener{
		// It tries again, and holds writers up meanwhile: that has to be said.
		BackgroundError: func(err error) {
			once.Do(func() {
				_, _ = fmt.Fprintf(ctx.Stderr, "%s: %s: its store in %s can't write (%v): it tries again, and waits where it has to\n", ctx.Topology, ctx.Component, p.dir, err)
			})
		},
	}})
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "lock"):
		return fault.New("end the other one, or give this one another path", "%s: another process has it open", p.dir)
	case errors.Is(err, pebble.ErrCorruption):
		return fault.New("bring it back from a copy; or begin anew, with another --store and another path", "%s: is damaged: %w", p.dir, err)
	}
	return fmt.Errorf("%s: can't be opened: %w", p.dir, err)
}

func (p *Pebble) said(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", p.dir, err)
}

// value gives what is stored under a key, as a copy; nil where there is nothing.
func (p *Pebble) value(key []byte) ([]byte, error) {
	v, closer, err := p.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, p.said(err)
	}
	v = append([]byte{}, v...)
	return v, p.said(closer.Close())
}

// Get implements store.Backend.
func (p *Pebble) Get(keys [][]byte) ([]store.Row, error) {
	out := make([]store.Row, len(keys))
	for i, k := range keys {
		p.buf = append(append(p.buf[:0], rowKey), k...)
		v, err := p.value(p.buf)
		if err != nil {
			return nil, err
		}
		out[i].Key = k
		if v != nil {
			if out[i], err = store.ParseRow(k, v); err != nil {
				return nil, p.said(err)
			}
		}
	}
	return out, nil
}

// Put implements store.Backend.
func (p *Pebble) Put(rows []store.Row, mark []byte) error {
	b := p.db.NewBatch()
	defer func() { _ = b.Close() }()
	var key, value []byte
	for _, r := range rows {
		key = append(append(key[:0], rowKey), r.Key...)
		var err error
		if r.Value == nil {
			err = b.Delete(key, nil)
		} else {
			value = store.AppendRow(value[:0], r)
			err = b.Set(key, value, nil)
		}
		if err != nil {
			return p.said(err)
		}
	}
	if mark != nil {
		if err := b.Set([]byte{markKey}, mark, nil); err != nil {
			return p.said(err)
		}
	}
	return p.said(b.Commit(pebble.NoSync))
}

// Mark implements store.Backend.
func (p *Pebble) Mark() ([]byte, error) { return p.value([]byte{markKey}) }

// Each implements store.Backend.
func (p *Pebble) Each(f func(store.Row) error) (err error) {
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: []byte{rowKey}, UpperBound: []byte{rowKey + 1}})
	if err != nil {
		return p.said(err)
	}
	defer func() {
		if closing := it.Close(); err == nil {
			err = p.said(closing)
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		r, err := store.ParseRow(append([]byte{}, it.Key()[1:]...), append([]byte{}, it.Value()...))
		if err != nil {
			return p.said(err)
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// Sync implements store.Backend.
func (p *Pebble) Sync() error { return p.said(p.db.LogData(nil, pebble.Sync)) }

// Close implements store.Backend.
func (p *Pebble) Close() error {
	if p.db == nil {
		return nil
	}
	err := p.db.Close()
	p.db = nil
	return p.said(err)
}
