package app

import (
	"context"
	"errors"

	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/shape"
)

// stateDiff is the command state diff.
func (a *app) stateDiff(ctx context.Context, given map[string]string) int {
	if given["store"] == "" {
		return a.usage([]problem{{what: "which store?", help: "name its folder with --store DIR"}}, "")
	}
	text, lost, err := a.diff(ctx, given["store"])
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	if code := a.show(text); lost || code != exitDone {
		return exitFailed
	}
	return exitDone
}

// errSeen ends an inspection: what was to be known is.
var errSeen = errors.New("it was seen")

func (a *app) diff(ctx context.Context, store string) (text string, lost bool, err error) {
	if problems := a.settle(map[string]string{}); len(problems) > 0 {
		return "", false, fault.New("give it in the environment, as a run takes it", "%s", problems[0].what)
	}
	t := engine.New(a.Name)
	if err := a.builds(t); err != nil {
		return "", false, err
	}
	resting, err := t.Rest()
	if err != nil {
		return "", false, err
	}
	server, err := a.inspecting(store)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	var was commitlog.Identity
	_, err = commitlog.Inspect(ctx, commitlog.Config{Topology: a.Name, Connect: server.ConnectLogs, Folder: store}, commitlog.Restore{
		Identity: func(id commitlog.Identity) error { was = id; return errSeen },
	})
	if err != nil && !errors.Is(err, errSeen) {
		return "", false, err
	}
	var now []shape.Item
	for _, i := range resting.All(shape.Unknown) {
		now = append(now, shape.Item{Name: i.Component, Value: i.Shape})
	}
	all, err := shape.Changes(items(was), now)
	if err != nil {
		return "", false, err
	}
	text, lost = shape.Table(all)
	return text, lost, nil
}
