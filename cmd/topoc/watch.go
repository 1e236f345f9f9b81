package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// watcher runs a topology and starts it anew whenever its text, or Go beside it, has changed: not before the new one is built, so that a mistake ends
// nothing.
type watcher struct {
	// build makes the binary, whose name says what is in it, having shown what is wrong where it fails; start starts it.
	build func(ctx context.Context) (binary string, err error)
	start func(binary string) (running, error)
	// state names what the files are like now.
	state func() string
	// tick says when to look again.
	tick <-chan time.Time
	say  func(format string, args ...any)
	// grace is how long one that is to make way may take to drain.
	grace func() (<-chan time.Time, func())
}

// running is a topology that runs.
type running interface {
	// Stop asks it to drain and end, Kill ends it.
	Stop()
	Kill()
	// Ended gives its exit status, once.
	Ended() <-chan int
}

// run watches until ctx ends, and then lets the topology drain. It returns the status of the last one.
func (w *watcher) run(ctx context.Context) (status int, err error) {
	var now running
	var ended <-chan int
	last := ""
	for {
		seen := w.state()
		switch binary, err := w.build(ctx); {
		case ctx.Err() != nil:
		case err != nil && now != nil:
			w.say("topoc: the last one that was right goes on")
		case err != nil:
			w.say("topoc: waiting for a change")
		case binary == last && now != nil: // what changed changes nothing
		default:
			if now != nil {
				w.end(now)
				w.say("topoc: changed: starting anew")
			}
			if now, err = w.start(binary); err != nil {
				return statusError, err
			}
			last, ended = binary, now.Ended()
		}
		for changed := false; !changed; {
			select {
			case <-ctx.Done():
				if now != nil {
					status = w.end(now)
				}
				return status, nil
			case status = <-ended:
				ended, now = nil, nil
				w.say("topoc: it has ended with status %d; waiting for a change", status)
			case <-w.tick:
				if next := w.state(); next != seen {
					seen, changed = next, true
				}
			}
		}
	}
}

// end lets a topology drain, or ends it where that takes too long.
func (w *watcher) end(r running) int {
	r.Stop()
	late, done := w.grace()
	defer done()
	select {
	case status := <-r.Ended():
		return status
	case <-late:
		r.Kill()
		return <-r.Ended()
	}
}

// process is a topology's process.
type process struct {
	cmd       *exec.Cmd
	ended     chan int
	signalled func() bool // it has been told to stop by whoever told topoc
}

// startProcess starts a binary.
func startProcess(c *console, binary string, args, env []string, signalled func() bool) (running, error) {
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, c.in, c.out.w, c.err
	// The one that comes next reads on where this one stopped: nothing may wait for a reader that copies.
	if f, ok := c.in.(*os.File); ok {
		cmd.Stdin = f
	} else {
		cmd.Stdin = nil
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan int, 1), signalled: signalled}
	go func() {
		err := cmd.Wait()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			p.ended <- max(exit.ExitCode(), 1)
		case err != nil:
			p.ended <- statusError
		default:
			p.ended <- 0
		}
	}()
	return p, nil
}

// Stop implements running. A terminal has told the process itself of Ctrl-C: twice would stop it at once.
func (p *process) Stop() {
	if p.signalled() {
		return
	}
	if p.cmd.Process.Signal(os.Interrupt) != nil {
		p.Kill()
	}
}

// Kill implements running.
func (p *process) Kill() { _ = p.cmd.Process.Kill() }

// Ended implements running.
func (p *process) Ended() <-chan int { return p.ended }

// How often a watched folder is looked at, how long the one before may take to drain, and how many files are looked at.
const (
	watchEvery = 200 * time.Millisecond
	watchGrace = 5 * time.Second
	watchFiles = 20_000
)

// stateOf names what the .topo and Go files in and below folders are like.
func stateOf(folders []string) string {
	h := sha256.New()
	count := 0
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // what can't be read a build tells of
			case d.IsDir() && name != folder && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "vendor"):
				return fs.SkipDir
			case d.IsDir():
				return nil
			}
			if count++; count > watchFiles {
				return fs.SkipAll
			}
			if ext := filepath.Ext(name); ext != ".topo" && ext != ".go" && d.Name() != "go.mod" && d.Name() != "go.sum" {
				return nil
			}
			if info, err := d.Info(); err == nil {
				fmt.Fprintf(h, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
	return string(h.Sum(nil))
}

// isThere refuses to wait for a topology that is not there: nobody means to.
func isThere(path string) error {
	if _, err := os.Stat(path); err != nil {
		return &helpfulError{err: fmt.Errorf("there is no %s to watch", path), help: "name a .topo file, or a folder that has some"}
	}
	return nil
}

// watchRun is `topoc run --watch`.
func watchRun(ctx context.Context, c *console, path string, rest []string, guarantee string, plain, verbose bool) error {
	if err := isThere(path); err != nil {
		return err
	}
	env, err := runEnvironment(path)
	if err != nil {
		return err
	}
	folder := path
	if !isFolder(path) {
		folder = filepath.Dir(path)
	}
	folders := []string{folder}
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	w := &watcher{
		tick:  ticker.C,
		state: func() string { return stateOf(folders) },
		say:   func(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) },
		grace: func() (<-chan time.Time, func()) {
			t := time.NewTimer(watchGrace)
			return t.C, func() { t.Stop() }
		},
	}
	in, ok := c.in.(*os.File)
	interactive := ok && term.IsTerminal(int(in.Fd()))
	w.start = func(binary string) (running, error) {
		return startProcess(c, binary, append([]string{"run"}, rest...), env, func() bool { return interactive && ctx.Err() != nil })
	}
	w.build = func(ctx context.Context) (string, error) {
		t, warnings, err := loadQuietly(c, path, toRun(guarantee))
		if err != nil {
			return "", told(c, err)
		}
		// Libraries of one's own may lie elsewhere.
		for _, f := range t.files {
			if dir := filepath.Dir(f.Name); !slices.Contains(folders, dir) && isFolder(dir) {
				folders = append(folders, dir)
			}
		}
		t.plain = plain
		binary, err := cachedBinary(ctx, c, t, warnings, verbose)
		if err != nil {
			return "", told(c, err)
		}
		return binary, nil
	}
	status, err := w.run(ctx)
	if err == nil && status != 0 {
		return childStatus(status)
	}
	return err
}

// told shows an error that was not shown yet.
func told(c *console, err error) error {
	var helpful helper
	switch {
	case errors.Is(err, errReported), errors.Is(err, context.Canceled):
	case errors.As(err, &helpful):
		c.fail(err.Error(), helpful.Help())
	default:
		c.fail(err.Error(), "")
	}
	return errReported
}
