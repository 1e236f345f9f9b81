package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
)

// onceWanted sees that a run can be exactly-once as it was asked for.
func (a *app) onceWanted(given map[string]string, guarantee string) []problem {
	if guarantee != exactlyOnce {
		return nil
	}
	const help = "leave it out; or lower the guarantee for this run: --guarantee at-least-once"
	if given["transport"] == "nats" {
		return []problem{{what: "--transport nats: guarantee exactly-once does not run over it yet", help: help}}
	}
	if _, ok := given["accept"]; ok {
		return []problem{{what: "--accept: guarantee exactly-once does not run in several processes yet", help: help}}
	}
	return nil
}

const exactlyOnce = "exactly-once"

// snapshotBytes is the environment variable that says how many bytes of records there are at least before a snapshot replaces them.
const snapshotBytes = "TOPO_SNAPSHOT_BYTES"

// epochs lets a run commit in epochs, to the store.
func (a *app) epochs(store string, server *broker.Server) *engine.Epochs {
	e := &engine.Epochs{Resumed: a.resumed}
	if a.Settings != nil {
		s := a.Settings()
		e.Every, e.Rows = s.BatchAge, s.BatchTuples
	}
	e.SnapshotBytes, _ = strconv.ParseInt(a.env[snapshotBytes], 10, 64) // where it is missing the default holds
	e.Open = func(ctx context.Context, identity []engine.Identity) (engine.Log, error) {
		var id commitlog.Identity
		for _, i := range identity {
			id = append(id, commitlog.Item{Name: i.Component, Value: i.Shape})
		}
		log, err := commitlog.Open(ctx, commitlog.Config{
			Topology: a.Name, Identity: id, Connect: server.ConnectLogs, Folder: store,
			Warn: func(message string) { a.stderr.line("warning: %s", message) },
			Full: func(full bool, why string) {
				if full {
					a.stderr.line("%s: the disk of %s is full, and nothing is committed until there is room: %s", a.Name, store, why)
				} else {
					a.stderr.line("%s: there is room again, and it goes on", a.Name)
				}
			},
		})
		if err != nil {
			return nil, err
		}
		return &records{log, a.restoring()}, nil
	}
	return e
}

// resumed says what the run goes on with.
func (a *app) resumed(r engine.Resumed) {
	switch {
	case r.Epoch == 0:
	case r.Over:
		a.stderr.line("%s: the run with this store has come to its end: nothing is read again", a.Name)
	default:
		a.stderr.line("%s: goes on behind what was committed last (epoch %d)", a.Name, r.Epoch)
		for _, name := range slices.Sorted(maps.Keys(r.Positions)) {
			for i, at := range r.Positions[name] {
				of := name
				if len(r.Positions[name]) > 1 {
					of = fmt.Sprintf("%s (task %d)", name, i)
				}
				if at != nil {
					a.stderr.line("%s: %s goes on at %s", a.Name, of, placeIn(at))
				}
			}
		}
	}
}

// records is the commit log as the engine wants it.
type records struct {
	log      *commitlog.Log
	progress func(done, total int64)
}

var logKind = map[engine.Kind]commitlog.Kind{engine.Position: commitlog.Positions, engine.State: commitlog.State, engine.Outbox: commitlog.Outbox, engine.Over: commitlog.Control}

func toLog(p engine.Part) commitlog.Part {
	return commitlog.Part{Kind: logKind[p.Kind], Component: p.Component, Task: p.Task, Bytes: p.Bytes}
}

func fromLog(p commitlog.Part) (engine.Part, error) {
	for kind, of := range logKind {
		if of == p.Kind {
			return engine.Part{Kind: kind, Component: p.Component, Task: p.Task, Bytes: p.Bytes}, nil
		}
	}
	return engine.Part{}, fmt.Errorf("the commit log has a part that this program does not know: %s", p.Kind)
}

// Recover implements engine.Log.
func (r *records) Recover(ctx context.Context, each func(engine.Record) error) error {
	return r.log.Recover(ctx, commitlog.Restore{
		Snapshot: func(p commitlog.Part) error {
			one, err := fromLog(p)
			if err != nil {
				return err
			}
			return each(engine.Record{Epoch: r.log.Found().Snapshot, Parts: []engine.Part{one}, All: true})
		},
		Record: func(rec commitlog.Record, covered bool) error {
			if covered {
				return nil // its output is older than the snapshot, which was begun when it was durable
			}
			out := engine.Record{Epoch: rec.Epoch}
			for _, p := range rec.Parts {
				one, err := fromLog(p)
				if err != nil {
					return err
				}
				out.Parts = append(out.Parts, one)
			}
			return each(out)
		},
		Progress: r.progress,
	})
}

// Commit implements engine.Log.
func (r *records) Commit(ctx context.Context, rec engine.Record) error {
	out := commitlog.Record{Epoch: rec.Epoch, Parts: make([]commitlog.Part, len(rec.Parts))}
	for i, p := range rec.Parts {
		out.Parts[i] = toLog(p)
	}
	return r.log.Commit(ctx, out)
}

// Snapshot implements engine.Log.
func (r *records) Snapshot(ctx context.Context, rec engine.Record) error {
	if err := r.log.Release(ctx, rec.Epoch); err != nil {
		return err
	}
	w, err := r.log.Snapshot(ctx, rec.Epoch)
	if err != nil {
		return err
	}
	for _, p := range rec.Parts {
		if err := w.Add(toLog(p)); err != nil {
			w.Abort()
			return err
		}
	}
	return w.Commit()
}

// Close implements engine.Log.
func (r *records) Close() error { return r.log.Close() }
