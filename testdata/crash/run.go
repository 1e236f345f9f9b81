package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/failpoint"
)

// run is one input, gone through by as many processes as it takes.
type run struct {
	settings
	dir    string
	random *rand.Rand
	points []string
	at     map[string]int // kills by point
	tried  map[string]int // how often one was armed
	kills  int
	wrong  []string
}

func (r *run) found() string {
	if len(r.wrong) == 0 {
		return "0 lost, 0 doubled"
	}
	return strings.Join(r.wrong, "; ")
}

func (r *run) path(name string) string { return filepath.Join(r.dir, name) }

// patience is how long a process may take that nobody kills.
const patience = 5 * time.Minute

// whole goes through the input, and looks at what came of it.
func (r *run) whole(ctx context.Context, kills int) error {
	defer os.RemoveAll(r.dir)
	if err := os.MkdirAll(r.path("out"), 0o755); err != nil {
		return err
	}
	words, err := r.writeInput()
	if err != nil {
		return err
	}
	for done := false; !done; {
		var table []byte
		if table, done, err = r.life(ctx, r.kills < kills); err != nil || len(r.wrong) > 0 {
			return err
		}
		if done {
			r.compare(words, table)
		}
	}
	if len(r.wrong) > 0 {
		return nil
	}
	// Once more, on a store whose input has come to its end.
	table, done, err := r.life(ctx, false)
	if err == nil && done {
		r.compare(words, table)
	}
	return err
}

// arm chooses the point at which a process is to be killed, for the how many-th time that it is passed: one where that was not done yet, as long as there is one. Points are passed at different rates.
func (r *run) arm() (point string, times int) {
	order := r.random.Perm(len(r.points))
	point = r.points[order[0]]
	for _, i := range order {
		if p := r.points[i]; r.at[p]*10+r.tried[p] < r.at[point]*10+r.tried[point] {
			point = p
		}
	}
	times = 1 + r.random.IntN(8)
	switch {
	case r.tried[point] > 0 && r.at[point] == 0: // it was not reached
		times = 1
	case strings.HasSuffix(point, "-open") || strings.Contains(point, "-rename") || strings.Contains(point, "snapshot") || strings.Contains(point, "purges") || strings.HasPrefix(point, "commitlog.") && strings.HasSuffix(point, "-release"):
		times = 1
	case strings.Contains(point, "prepare") || strings.Contains(point, "recovery"):
		times = 1 + r.random.IntN(60)
	}
	r.tried[point]++
	return point, times
}

// life is one run of the program: killed at random, at a point, or not. done says that it came to its end. Of several processes others may be killed before.
func (r *run) life(ctx context.Context, kill bool) (table []byte, done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := []string{"run", "--input", r.path("input"), "--moves", fmt.Sprint(r.moves), "--out", r.path("out"), "--store", r.path("store")}
	if r.workers > 1 {
		args = append(args, "--workers", fmt.Sprint(r.workers))
	} else {
		args = append(args, "--transport", r.transport)
	}
	cmd := exec.CommandContext(ctx, r.binary, args...)
	cmd.WaitDelay = time.Second // workers that are about to notice may hold its streams
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var armed []string
	point := ""
	if kill && r.random.IntN(4) > 0 {
		var times int
		point, times = r.arm()
		armed = append(armed, fmt.Sprintf("%s:%d", point, times))
	}
	switch r.control {
	case "forget":
		armed = append(armed, "control.forget-state")
	case "early":
		armed = append(armed, "control.early-release")
	}
	cmd.Env = append(os.Environ(), failpoint.Env+"="+strings.Join(armed, ","), "TOPO_SNAPSHOT_BYTES=300000", "TOPO_INLINE_BYTES=60000")
	if err := cmd.Start(); err != nil {
		return nil, false, err
	}
	ended := make(chan struct{})
	var killing sync.WaitGroup
	workers := 0 // that were killed at random
	if kill && !strings.Contains(point, "-rename") {
		killing.Go(func() { workers = r.killer(cmd.Process, point, ended) })
	}
	err = cmd.Wait()
	close(ended)
	killing.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	said := strings.Count(errs.String(), "failpoint: ")
	r.at[point] += said
	r.kills += workers + said
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, false, fmt.Errorf("a process did not come to its end in %s: %s", patience, errs.String())
	case err == nil:
		return out.Bytes(), true, nil
	case !errors.As(err, &exit):
		return nil, false, err
	case exit.ExitCode() >= 0 && r.workers > 1 && strings.Contains(errs.String(), "while it completed what table writes at the end"):
		return nil, false, nil // it was said that the table is to be had from another run
	case exit.ExitCode() >= 0:
		r.wrong = append(r.wrong, fmt.Sprintf("status %d: %.600s", exit.ExitCode(), errs.String()))
		return nil, false, nil
	}
	if said == 0 || r.workers > 1 && !strings.HasSuffix(strings.TrimSpace(errs.String()), "failpoint: "+point) {
		r.kills++
	}
	return nil, false, nil
}

// killer kills the process in its time; where it has workers, one of these, again and again, before. It returns how many of these.
func (r *run) killer(p *os.Process, point string, ended <-chan struct{}) (workers int) {
	life := func() time.Duration { return time.Duration(r.random.Int64N(int64(r.pause))) }
	wait := life()
	if point != "" {
		wait = 4 * r.pause // which may not come to the point
	}
	for {
		select {
		case <-time.After(wait):
		case <-ended:
			return workers
		}
		if pids := children(p.Pid); point == "" && len(pids) > 0 && r.random.IntN(3) > 0 {
			if one, err := os.FindProcess(pids[r.random.IntN(len(pids))]); err == nil && one.Kill() == nil {
				workers++
			}
			wait = 150*time.Millisecond + life()
			continue
		}
		_ = p.Kill() // it may have ended
		return workers
	}
}

// children are the processes that a process has started, where the system says so in files.
func children(pid int) (all []int) {
	list, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	for _, path := range list {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// PID (NAME) STATE PARENT ...
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(pid) {
			if n, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}
