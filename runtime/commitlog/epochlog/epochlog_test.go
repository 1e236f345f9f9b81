package epochlog

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
)

func TestLog(t *testing.T) {
	folder := t.TempDir()
	ctx := context.Background()
	run := func(tasks int, f func(engine.Log)) error {
		s, err := broker.Start(broker.Options{Name: "test", Store: folder})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := commitlog.Config{Topology: "count", Folder: folder, Connect: s.ConnectLogs, Identity: commitlog.Identity{{Name: "version", Value: "1"}}}
		l, err := Open(c, nil)(ctx, []engine.Identity{{Component: "words", Shape: fmt.Sprintf("%d tasks", tasks)}})
		if err != nil {
			return err
		}
		defer l.Close()
		f(l)
		return nil
	}
	restored := func(l engine.Log) string {
		var all []string
		err := l.Recover(ctx, func(r engine.Record) error {
			for _, p := range r.Parts {
				all = append(all, fmt.Sprintf("%d/%d/%s/%d=%s/%v", r.Epoch, p.Kind, p.Component, p.Task, p.Bytes, r.All))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, " ")
	}
	record := func(epoch uint64, kind engine.Kind, text string) engine.Record {
		return engine.Record{Epoch: epoch, Parts: []engine.Part{{Kind: kind, Component: "words", Task: 1, Bytes: []byte(text)}}}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(run(2, func(l engine.Log) {
		if got := restored(l); got != "" {
			t.Errorf("a new log has %s", got)
		}
		must(l.Commit(ctx, record(1, engine.Position, "a")))
		must(l.Commit(ctx, record(2, engine.State, "b")))
		must(l.Commit(ctx, record(3, engine.Outbox, "c")))
		must(l.Snapshot(ctx, record(2, engine.State, "all")))
		must(l.Commit(ctx, record(4, engine.Over, "d")))
	}))
	must(run(2, func(l engine.Log) {
		if got, want := restored(l), "2/2/words/1=all/true 3/3/words/1=c/false 4/4/words/1=d/false"; got != want {
			t.Errorf("%s\nnot\n%s", got, want)
		}
		must(l.Snapshot(ctx, record(9, engine.State, "all again"))) // epochs 5 to 9 changed nothing
	}))
	must(run(2, func(l engine.Log) {
		if got, want := restored(l), "4/2/words/1=all again/true"; got != want {
			t.Errorf("%s\nnot\n%s", got, want)
		}
	}))
	err := run(3, func(engine.Log) {})
	if err == nil || !strings.Contains(err.Error(), "words was 2 tasks and is 3 tasks") {
		t.Errorf("with another number of tasks: %v", err)
	}
}
