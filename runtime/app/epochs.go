package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/positions"
)

const exactlyOnce = "exactly-once"

// Environment variables, for tests: how many bytes of records there are at least before a snapshot replaces them, and how large a record in one message is at the most.
const (
	snapshotBytes = "TOPO_SNAPSHOT_BYTES"
	inlineBytes   = "TOPO_INLINE_BYTES"
)

// batches are the epochs of a run, as the topology asks for them.
func (a *app) batches() *engine.Epochs {
	e := &engine.Epochs{Input: a.input()}
	if a.Settings != nil {
		s := a.Settings()
		e.Every, e.Rows = s.BatchAge, s.BatchTuples
	}
	return e
}

// epochs lets a run commit in epochs, to the store; where there is none, to this process's memory.
func (a *app) epochs(store string, server *broker.Server, t *engine.Topology, drop bool) *engine.Epochs {
	e := a.batches()
	e.Resumed = a.resumed
	place := func(c *commitlog.Config) { c.Connect, c.Folder = server.ConnectLogs, store }
	if store == "" {
		place = a.inMemory()
	}
	e.SnapshotBytes, _ = strconv.ParseInt(a.env[snapshotBytes], 10, 64) // where it is missing the default holds
	e.Open = func(ctx context.Context, identity []engine.Identity) (engine.Log, error) {
		if _, err := os.Stat(filepath.Join(store, commitlog.WitnessName)); store != "" && err != nil {
			ended, err := positions.Left(store, a.Name)
			if err != nil {
				return nil, err
			}
			if ended {
				a.stderr.line("%s: the last run with %s was one of at-least-once, and came to its end; exactly-once knows nothing of what it did, and begins with the first tuple", a.Name, store)
			}
		}
		var id commitlog.Identity
		for _, i := range identity {
			id = append(id, commitlog.Item{Name: i.Component, Value: i.Shape})
		}
		var evolved *evolution
		c := commitlog.Config{
			Topology: a.Name, Identity: id,
			Accept: func(before commitlog.Identity) error {
				e, all, err := evolve(before, id, drop, t.First)
				if err != nil {
					return err
				}
				a.stderr.line("%s: the store %s was written by another version, and is gone on with", a.Name, store)
				for _, line := range said(all) {
					a.stderr.line("  %s", line)
				}
				evolved = e
				return nil
			},
			Warn: func(message string) { a.stderr.line("warning: %s", message) },
			Full: func(full bool, why string) {
				if full {
					a.stderr.line("%s: the disk of %s is full, and nothing is committed until there is room: %s", a.Name, store, why)
				} else {
					a.stderr.line("%s: there is room again, and it goes on", a.Name)
				}
			},
		}
		c.Inline, _ = strconv.Atoi(a.env[inlineBytes]) // as above
		place(&c)
		log, err := commitlog.Open(ctx, c)
		if err != nil {
			return nil, err
		}
		return &records{log, a.restoring(), evolved}, nil
	}
	return e
}

// needsStore refuses a run without a commit log whose state outlives it: the next one would read the same once more, and add it to what is there.
func (a *app) needsStore(t *engine.Topology) error {
	if name := t.Stores(); name != "" {
		return fault.New("give the run `--store DIR`: the commit log is there, and says how far its state is; `plain` state needs none, and counts what is read again",
			"the state of %s lies in a store and outlives this run, and nothing would say what of its input is in it", name)
	}
	return nil
}

// forgets says what a run without a store does not promise. Where all spouts begin with their first tuple again, and sinks show nothing before the end, it promises nothing less:
// what died is as if it had not been.
func (a *app) forgets(t *engine.Topology) {
	if t.Lasts() {
		a.stderr.line("%s: without --store what it has done is kept in memory: exactly-once holds while this process lives, and the next run begins anew", a.Name)
	}
}

// input is what the params were given that are no secrets, as JSON.
func (a *app) input() string {
	given := map[string]string{}
	for _, p := range a.Params {
		if text, ok := a.settled[p.Name]; ok && !p.Secret {
			given[p.Name] = text
		}
	}
	text, _ := json.Marshal(given) // texts can be written
	return string(text)
}

// sameInput refuses to show what a finished run has made as if it were of what this one was given.
func (a *app) sameInput(before string) error {
	var was map[string]string
	if before == "" || before == a.input() || json.Unmarshal([]byte(before), &was) != nil {
		return nil
	}
	named := func(text string, given bool) string {
		if !given {
			return "its default"
		}
		return quote(text)
	}
	for _, p := range a.Params {
		text, given := a.settled[p.Name]
		old, had := was[p.Name]
		if !p.Secret && (given != had || text != old) {
			return &fault.Error{What: fmt.Sprintf("the run with this store has come to its end, and param %s was %s then; now it is %s", p.Name, named(old, had), named(text, given)),
				Way: "run it as it was, to see once more what it has come to; or begin anew with another --store"}
		}
	}
	return nil
}

// resumed says what the run goes on with.
func (a *app) resumed(r engine.Resumed) error {
	switch {
	case r.Epoch == 0:
	case r.Over:
		if err := a.sameInput(r.Input); err != nil {
			return err
		}
		a.stderr.line("%s: the run with this store has come to its end: nothing is read again; to begin anew, give --store another folder", a.Name)
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
	return nil
}

// records is the commit log as the engine wants it.
type records struct {
	log      *commitlog.Log
	progress func(done, total int64)
	evolved  *evolution // nil where this version has written it
}

// Changed implements engine.Changed.
func (r *records) Changed() bool { return r.evolved != nil && r.log.Found().Epoch > 0 }

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
			one, ok, err := r.evolved.part(one)
			if err != nil || !ok {
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
				one, ok, err := r.evolved.part(one)
				if err != nil {
					return err
				}
				if ok {
					out.Parts = append(out.Parts, one)
				}
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
