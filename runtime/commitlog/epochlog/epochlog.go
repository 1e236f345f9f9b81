// Package epochlog lets a run's epochs be kept in a commit log: it is what engine.Epochs.Open wants, over package commitlog.
package epochlog

import (
	"context"
	"sync/atomic"

	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
)

// Open returns how a run opens its log. The identity in the config is added to by the engine's. Progress is told, when a run goes on, how many bytes of how many
// have been read; it may be nil.
func Open(c commitlog.Config, progress func(done, total int64)) func(context.Context, []engine.Identity) (engine.Log, error) {
	return func(ctx context.Context, identity []engine.Identity) (engine.Log, error) {
		c := c
		c.Identity = append(commitlog.Identity(nil), c.Identity...)
		for _, i := range identity {
			c.Identity = append(c.Identity, commitlog.Item{Name: i.Component, Value: i.Shape})
		}
		l, err := commitlog.Open(ctx, c)
		if err != nil {
			return nil, err
		}
		e := &log{Log: l, progress: progress}
		e.last.Store(l.Found().Epoch)
		return e, nil
	}
}

// log is an engine.Log.
type log struct {
	*commitlog.Log
	progress func(done, total int64)
	parts    []commitlog.Part
	last     atomic.Uint64 // epoch that was committed
}

var _ engine.Log = (*log)(nil)

// The kinds of parts are the engine's in the engine, and these in the log.
var kinds = map[engine.Kind]commitlog.Kind{
	engine.Position: commitlog.Positions,
	engine.State:    commitlog.State,
	engine.Outbox:   commitlog.Outbox,
	engine.Over:     commitlog.Control,
}

var back = map[commitlog.Kind]engine.Kind{
	commitlog.Positions: engine.Position,
	commitlog.State:     engine.State,
	commitlog.Outbox:    engine.Outbox,
	commitlog.Control:   engine.Over,
}

func to(p engine.Part) commitlog.Part {
	return commitlog.Part{Kind: kinds[p.Kind], Component: p.Component, Task: p.Task, Bytes: p.Bytes}
}

func from(p commitlog.Part) engine.Part {
	return engine.Part{Kind: back[p.Kind], Component: p.Component, Task: p.Task, Bytes: p.Bytes}
}

// Recover implements engine.Log. A snapshot comes part by part: it may be large.
func (l *log) Recover(ctx context.Context, each func(engine.Record) error) error {
	at := l.Found().Snapshot
	var parts []engine.Part
	return l.Log.Recover(ctx, commitlog.Restore{
		Snapshot: func(p commitlog.Part) error {
			parts = append(parts[:0], from(p))
			return each(engine.Record{Epoch: at, Parts: parts, All: true})
		},
		Record: func(r commitlog.Record, covered bool) error {
			if covered {
				return nil // and released: see Snapshot
			}
			parts = parts[:0]
			for _, p := range r.Parts {
				parts = append(parts, from(p))
			}
			return each(engine.Record{Epoch: r.Epoch, Parts: parts})
		},
		Progress: l.progress,
	})
}

// Commit implements engine.Log.
func (l *log) Commit(ctx context.Context, r engine.Record) error {
	l.parts = l.parts[:0]
	for _, p := range r.Parts {
		l.parts = append(l.parts, to(p))
	}
	err := l.Log.Commit(ctx, commitlog.Record{Epoch: r.Epoch, Parts: l.parts})
	clear(l.parts)
	if err == nil {
		l.last.Store(r.Epoch)
	}
	return err
}

// Snapshot implements engine.Log. What sinks had to write up to its epoch is durable: the log needs it no more.
func (l *log) Snapshot(ctx context.Context, r engine.Record) error {
	// An epoch that changed nothing has no record: the state is that of the one before.
	epoch := min(r.Epoch, l.last.Load())
	w, err := l.Log.Snapshot(ctx, epoch)
	if err != nil {
		return err
	}
	defer w.Abort()
	for _, p := range r.Parts {
		if err := w.Add(to(p)); err != nil {
			return err
		}
	}
	if err := l.Release(ctx, epoch); err != nil {
		return err
	}
	return w.Commit()
}
