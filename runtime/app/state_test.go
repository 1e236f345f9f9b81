package app

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
)

// keepingStore is a folder in which a run has committed.
func keepingStore(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "store")
	s, err := broker.Start(broker.Options{Name: "numbers", Store: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	l, err := commitlog.Open(ctx, commitlog.Config{Topology: "numbers", Connect: s.ConnectLogs, Folder: folder, Identity: commitlog.Identity{{Name: "words", Value: "2 tasks"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	part := func(kind commitlog.Kind, task, size int) commitlog.Part {
		return commitlog.Part{Kind: kind, Component: "words", Task: task, Bytes: make([]byte, size)}
	}
	for epoch := range uint64(3) {
		if err := l.Commit(ctx, commitlog.Record{Epoch: epoch + 1, Parts: []commitlog.Part{part(commitlog.State, 1, 100), part(commitlog.Positions, 0, 5)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Release(ctx, 2); err != nil {
		t.Fatal(err)
	}
	w, err := l.Snapshot(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(part(commitlog.State, 1, 40_000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestStateShow(t *testing.T) {
	ran := func(args ...string) (code int, stdout, stderr string) {
		var out, err bytes.Buffer
		p := (&numbers{}).program()
		p.Guarantee = "exactly-once"
		code = Run(context.Background(), p, args, nil, strings.NewReader(""), &out, &err)
		return code, out.String(), err.String()
	}
	store := keepingStore(t)
	code, out, errs := ran("state", "show", "--store", store)
	if code != exitDone || errs != "" {
		t.Fatalf("status %d, %s", code, errs)
	}
	says(t, out, store+": epoch 3 was committed last; a snapshot of epoch 2, and 1 record; 1 run has written it\n",
		"component  task  kind       in the snapshot  in records\n",
		"words      0     positions  -                5 B\n",
		"words      1     state      40 kB            100 B\n",
		"written for", "words", "2 tasks\n")

	_, out, _ = ran("state", "show", "--store", store, "--json")
	var got struct {
		Epoch, Snapshot uint64
		Tasks           []struct {
			Component string
			Bytes     int64 `json:"record_bytes"`
		}
		For map[string]string `json:"written_for"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Epoch != 3 || got.Snapshot != 2 || len(got.Tasks) != 2 || got.Tasks[1].Bytes != 100 || got.For["words"] != "2 tasks" {
		t.Errorf("%v, %s", err, out)
	}

	for _, c := range []struct {
		code int
		args []string
		says []string
	}{
		{exitUsage, []string{"state"}, []string{`unknown command "state"`, "state show?"}},
		{exitUsage, []string{"state", "shwo"}, []string{`unknown command "state shwo"`, "state show?"}},
		{exitUsage, []string{"state", "show"}, []string{"which store?", "--store DIR"}},
		{exitFailed, []string{"state", "show", "--store", filepath.Join(store, "no")}, []string{"there is no folder", "--store"}},
		{exitFailed, []string{"state", "show", "--store", t.TempDir()}, []string{"no commit log of topology numbers", "--store"}},
	} {
		code, out, errs := ran(c.args...)
		if code != c.code || out != "" {
			t.Errorf("%q: status %d, %q", c.args, code, out)
		}
		says(t, errs, c.says...)
	}
	for _, args := range [][]string{{"state", "show", "-h"}, {"help", "state", "show"}} {
		if code, out, _ := ran(args...); code != exitDone {
			t.Errorf("%q: status %d", args, code)
		} else {
			says(t, out, "numbers state show: ", "--store DIR", "--json")
		}
	}
	if _, out, _ := ran("help"); !strings.Contains(out, "state show") {
		t.Error("the help does not name it")
	}
}

func TestStateOnlyWhereKept(t *testing.T) {
	code, _, errs := ran(t, &numbers{}, nil, "state", "show", "--store", t.TempDir())
	if code != exitUsage {
		t.Errorf("status %d", code)
	}
	says(t, errs, "unknown command", "state show", "exactly-once")
}
