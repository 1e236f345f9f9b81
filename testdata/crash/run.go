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
	"strings"
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

// life is one process: killed at random, at a point, or not. done says that it came to its end.
func (r *run) life(ctx context.Context, kill bool) (table []byte, done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.binary, "run", "--input", r.path("input"), "--moves", fmt.Sprint(r.moves), "--out", r.path("out"), "--store", r.path("store"))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var armed []string
	point := ""
	if kill && r.random.IntN(2) == 0 {
		// Points are passed at different rates; each has its turn.
		point = r.points[r.random.IntN(len(r.points))]
		times := 1 + r.random.IntN(8)
		switch {
		case strings.Contains(point, "-rename") || strings.Contains(point, "snapshot"):
			times = 1
		case strings.Contains(point, "prepare") || strings.Contains(point, "recovery"):
			times = 1 + r.random.IntN(60)
		}
		armed = append(armed, fmt.Sprintf("%s:%d", point, times))
	}
	switch r.control {
	case "forget":
		armed = append(armed, "control.forget-state")
	case "early":
		armed = append(armed, "control.early-release")
	}
	cmd.Env = append(os.Environ(), failpoint.Env+"="+strings.Join(armed, ","), "TOPO_SNAPSHOT_BYTES=300000")
	if err := cmd.Start(); err != nil {
		return nil, false, err
	}
	ended := make(chan struct{})
	if kill {
		life := time.Duration(r.random.Int64N(int64(r.pause)))
		if point != "" {
			life = 6 * r.pause // which may not come to the point
		}
		go func() {
			select {
			case <-time.After(life):
				_ = cmd.Process.Kill() // it may have ended
			case <-ended:
			}
		}()
	}
	err = cmd.Wait()
	close(ended)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, false, fmt.Errorf("a process did not come to its end in %s: %s", patience, errs.String())
	case err == nil:
		return out.Bytes(), true, nil
	case !errors.As(err, &exit):
		return nil, false, err
	case exit.ExitCode() >= 0:
		r.wrong = append(r.wrong, fmt.Sprintf("status %d: %.600s", exit.ExitCode(), errs.String()))
		return nil, false, nil
	}
	r.kills++
	if strings.Contains(errs.String(), "failpoint: ") {
		r.at[point]++
	}
	return nil, false, nil
}
