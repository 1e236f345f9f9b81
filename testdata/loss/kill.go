package main

import (
	"bufio"
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
	"syscall"
	"time"
)

// found is what runs have come to.
type found struct {
	kills, workers, starts int // kills in all, those of workers, and starts of the whole
	tuples, lost, again    int64
}

func (f *found) add(o found) {
	f.kills += o.kills
	f.workers += o.workers
	f.starts += o.starts
	f.tuples += o.tuples
	f.lost += o.lost
	f.again += o.again
}

func (f found) String() string {
	return fmt.Sprintf("%d kills (%d of workers, %d of the whole), %d tuples, %d lost, %d more than once",
		f.kills, f.workers, f.kills-f.workers, f.tuples, f.lost, f.again)
}

// build compiles the topology.
func build(ctx context.Context, s settings, binary string) error {
	folder := "topology"
	if s.source != "" && s.source != "numbers" {
		folder = s.source
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./cmd/topoc", "build", "-o", binary, "./testdata/loss/"+folder)
	cmd.Dir = root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the topology: %w\n%s", err, out)
	}
	return nil
}

// root is the module's folder: here, or above where a test runs.
func root() string {
	for _, dir := range []string{".", "../.."} {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	return "."
}

// kill runs the topology to its end, killing on the way.
func kill(ctx context.Context, s settings, binary, dir string, round, kills int) (found, error) {
	f := found{tuples: int64(s.tuples)}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	random := rand.New(rand.NewPCG(s.seed, uint64(round)))
	out := filepath.Join(dir, "out")
	args := []string{"run", "--out", out, "--store", filepath.Join(dir, "store"), "--guarantee", s.guarantee}
	if s.source == "file" {
		in := filepath.Join(dir, "in")
		if err := numbers(in, s.tuples); err != nil {
			return f, err
		}
		args = append(args, "--input", in)
	} else {
		args = append(args, "--count", strconv.Itoa(s.tuples))
	}
	if s.workers > 1 {
		args = append(args, "--workers", strconv.Itoa(s.workers))
	}
	for done := false; !done; {
		f.starts++
		var err error
		if done, err = s.once(ctx, binary, args, random, kills, &f); err != nil {
			return f, err
		}
		if !done && s.guarantee == "none" {
			break // nothing brings back what was under way
		}
	}
	return f, f.count(out)
}

// patience is how long a run may take that nothing disturbs any more.
const patience = 15 * time.Minute

// once starts the topology and kills until it has ended or was killed itself. It reports whether the input came to its end.
func (s settings) once(ctx context.Context, binary string, args []string, random *rand.Rand, kills int, f *found) (done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	killed := false
	for {
		var next <-chan time.Time
		if f.kills < kills && !killed {
			next = time.After(time.Duration(random.Int64N(int64(s.pause))))
		}
		select {
		case err := <-ended:
			switch {
			case killed:
				return false, nil
			case err == nil:
				return true, nil
			case s.guarantee == "none" && ctx.Err() == nil:
				return false, nil // it may give up
			case ctx.Err() != nil:
				return false, fmt.Errorf("not ended after %s: %w\n%s", patience, ctx.Err(), tail(said.String()))
			}
			return false, fmt.Errorf("%w\n%s", err, tail(said.String()))
		case <-next:
			victim := cmd.Process.Pid
			if workers := children(victim); s.workers > 1 && random.IntN(4) > 0 {
				if len(workers) == 0 {
					continue // they have not started
				}
				victim = workers[random.IntN(len(workers))]
			}
			if err := syscall.Kill(victim, syscall.SIGKILL); errors.Is(err, syscall.ESRCH) {
				continue // it has just ended
			} else if err != nil {
				return false, err
			}
			f.kills++
			if killed = victim == cmd.Process.Pid; !killed {
				f.workers++
			}
		}
	}
}

// tail is the end of what a process said.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// children returns the processes that a process has started.
func children(pid int) []int {
	var all []int
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for _, field := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(field); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

// numbers writes a file of numbers, a line each.
func numbers(path string, n int) error {
	var text []byte
	for i := range n {
		text = append(strconv.AppendInt(text, int64(i), 10), '\n')
	}
	return os.WriteFile(path, text, 0o600)
}

// count reads what the sink wrote.
func (f *found) count(path string) error {
	seen := make([]bool, f.tuples)
	err := sunk(path, func(n int64) {
		if n >= f.tuples {
			return
		}
		if seen[n] {
			f.again++
		}
		seen[n] = true
	})
	for _, there := range seen {
		if !there {
			f.lost++
		}
	}
	return err
}

// sunk hands over the numbers that a sink wrote: lines of a key and a number.
func sunk(path string, each func(n int64)) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		key, text, ok := strings.Cut(lines.Text(), "\t")
		k, err1 := strconv.ParseInt(key, 10, 64)
		n, err2 := strconv.ParseInt(text, 10, 64)
		if !ok || err1 != nil || err2 != nil || n < 0 || k != n%97 {
			continue // a line that a crash has torn: its tuple is not there
		}
		each(n)
	}
	return lines.Err()
}
