package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/fault"
)

// askResting answers out of a store that no run uses: what was committed last is there.
func (a *app) askResting(ctx context.Context, q *Query, store string, question []byte) (out []byte, err error) {
	if a.Guarantee != exactlyOnce {
		return nil, fault.New("start it, with --store "+store, "no run uses the store %s", store)
	}
	if _, err := os.Stat(filepath.Join(store, "jetstream")); errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{What: "there is no commit log of topology " + a.Name + " in " + store, Way: "name the folder that a run was given with --store"}
	}
	if err := a.forStore(); err != nil {
		return nil, err
	}
	server, err := broker.Start(broker.Options{Name: a.Name, Store: store, Private: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	t := engine.New(a.Name)
	if err := a.builds(t); err != nil {
		return nil, err
	}
	resting, err := t.Rest()
	if err != nil {
		return nil, err
	}
	take := func(p commitlog.Part, all bool, epoch uint64) error {
		one, err := fromLog(p)
		if err != nil {
			return err
		}
		return resting.Restore(engine.Record{Epoch: epoch, Parts: []engine.Part{one}, All: all})
	}
	_, err = commitlog.Inspect(ctx, commitlog.Config{Topology: a.Name, Connect: server.ConnectLogs, Folder: store}, commitlog.Restore{
		Identity: func(id commitlog.Identity) error { return readable(resting, id) },
		Snapshot: func(p commitlog.Part) error { return take(p, true, 0) },
		Record: func(r commitlog.Record, covered bool) error {
			if covered {
				return nil
			}
			for _, p := range r.Parts {
				if err := take(p, false, r.Epoch); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return a.answers(resting).answer(ctx, q.Name, question)
}

// forStore gives params that have no value what they have by default: what is asked of a store needs none of them.
func (a *app) forStore() error {
	if problems := a.settle(map[string]string{}); len(problems) > 0 {
		return fault.New("give it in the environment, as a run takes it", "%s", problems[0].what)
	}
	return nil
}

// readable sees that what is asked was written for this program.
func readable(r *engine.Resting, was commitlog.Identity) error {
	var now commitlog.Identity
	for _, i := range r.Identity() {
		now = append(now, commitlog.Item{Name: i.Component, Value: i.Shape})
	}
	was = slices.DeleteFunc(slices.Clone(was), func(w commitlog.Item) bool {
		return !slices.ContainsFunc(now, func(n commitlog.Item) bool { return n.Name == w.Name })
	})
	if all := commitlog.Changes(was, now); len(all) > 0 {
		return fault.New("ask with the program that wrote it, or start this one on it", "the store was written by a program that differs: %s", commitlog.InWords(all))
	}
	return nil
}
