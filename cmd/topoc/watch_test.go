package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// fakeRun is a topology of a test: it ends when it is told to, or not at all.
type fakeRun struct {
	log   *[]string
	name  string
	stuck bool
	ended chan int
}

func (f *fakeRun) Stop() {
	*f.log = append(*f.log, "stop "+f.name)
	if !f.stuck {
		f.ended <- 0
	}
}

func (f *fakeRun) Kill() {
	*f.log = append(*f.log, "kill "+f.name)
	f.ended <- 137
}

func (f *fakeRun) Ended() <-chan int { return f.ended }

// Each change is built first; only what is right, and is another binary, takes the place of what runs.
func TestWatch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var log []string
	tick := make(chan time.Time)
	builds := []string{"", "a", "a", "", "b", "stuck", "c"} // "" is wrong
	at := -1
	var now *fakeRun
	w := &watcher{
		tick: tick,
		say:  func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) },
		grace: func() (<-chan time.Time, func()) {
			late := make(chan time.Time, 1)
			if now.stuck {
				late <- time.Time{}
			}
			return late, func() {}
		},
		build: func(context.Context) (string, error) {
			at++
			if builds[at] == "" {
				log = append(log, "wrong")
				return "", errReported
			}
			return builds[at], nil
		},
		start: func(binary string) (running, error) {
			log = append(log, "start "+binary)
			now = &fakeRun{log: &log, name: binary, stuck: binary == "stuck", ended: make(chan int, 1)}
			return now, nil
		},
	}
	var state atomic.Int64
	w.state = func() string { return fmt.Sprint(state.Load()) }
	done := make(chan int)
	go func() {
		status, err := w.run(ctx)
		if err != nil {
			t.Error(err)
		}
		done <- status
	}()
	for range len(builds) - 1 {
		tick <- time.Time{} // nothing has changed
		state.Add(1)
		tick <- time.Time{}
	}
	tick <- time.Time{}
	now.ended <- 3
	tick <- time.Time{}
	tick <- time.Time{}
	cancel()
	if status := <-done; status != 3 {
		t.Errorf("status %d", status)
	}
	want := []string{
		"wrong", "topoc: waiting for a change",
		"start a",
		"wrong", "topoc: the last one that was right goes on",
		"stop a", "topoc: changed: starting anew", "start b",
		"stop b", "topoc: changed: starting anew", "start stuck",
		"stop stuck", "kill stuck", "topoc: changed: starting anew", "start c",
		"topoc: it has ended with status 3; waiting for a change",
	}
	if !slices.Equal(log, want) {
		t.Errorf("got\n%q\nwant\n%q", log, want)
	}
}

func TestWatchStartFails(t *testing.T) {
	w := &watcher{
		state: func() string { return "" },
		build: func(context.Context) (string, error) { return "a", nil },
		start: func(string) (running, error) { return nil, errors.New("no") },
	}
	if status, err := w.run(t.Context()); status != statusError || err == nil {
		t.Errorf("%d, %v", status, err)
	}
}

// What matters is what a topology is made of, in folders that somebody edits.
func TestStateOf(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("main.topo", "a")
	write("geo/geo.go", "a")
	first := stateOf([]string{dir})
	write("out.csv", "a")
	write(".git/x.go", "a")
	write("node_modules/x/x.topo", "a")
	if stateOf([]string{dir}) != first {
		t.Error("something else matters")
	}
	write("geo/geo.go", "ab")
	second := stateOf([]string{dir})
	write("more.topo", "")
	if second == first || stateOf([]string{dir}) == second {
		t.Error("a change does not matter")
	}
	if stateOf([]string{filepath.Join(dir, "none")}) != stateOf(nil) {
		t.Error("a folder that is not there")
	}
}
