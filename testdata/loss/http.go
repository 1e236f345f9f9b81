package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// clients is how many post at once.
const clients = 64

// posted is what clients know of their numbers.
type posted struct {
	next     atomic.Int64
	mu       sync.Mutex
	accepted []int64
}

// post posts numbers, each once, until ctx is done; those that were answered with 200 are accepted.
func (p *posted) post(ctx context.Context, addr string) {
	for ctx.Err() == nil {
		n := p.next.Add(1) - 1
		answer, err := http.Post("http://"+addr+"/", "text/plain", strings.NewReader(strconv.FormatInt(n, 10)))
		if err != nil {
			time.Sleep(time.Millisecond) // it is not there yet, or was killed
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			p.mu.Lock()
			p.accepted = append(p.accepted, n)
			p.mu.Unlock()
		}
	}
}

func (p *posted) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.accepted)
}

// listens reports whether a process can be reached.
func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// arrive waits until what was accepted is in the file, or nothing has come for stillness: a run that is stopped reads what its log still has in the next one.
func (p *posted) arrive(ctx context.Context, out string) {
	var size int64
	for changed := time.Now(); ctx.Err() == nil && time.Since(changed) < stillness; time.Sleep(10 * time.Millisecond) {
		if info, err := os.Stat(out); err == nil && info.Size() != size {
			size, changed = info.Size(), time.Now()
		}
		seen := map[int64]bool{}
		if err := sunk(out, func(n int64) { seen[n] = true }); err != nil {
			return
		}
		if !slices.ContainsFunc(p.accepted, func(n int64) bool { return !seen[n] }) {
			return
		}
	}
}

// stillness is longer than any tuple waits to be given again (timeout in http/loss.topo).
const stillness = 20 * time.Second

// killHTTP runs the topology again and again while clients post, a process for each kill, and one that is drained.
func killHTTP(ctx context.Context, s settings, binary, dir string, round, kills int) (found, error) {
	var f found
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	random := rand.New(rand.NewPCG(s.seed, uint64(round)))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return f, err
	}
	addr, out := free.Addr().String(), filepath.Join(dir, "out")
	free.Close()
	posting, stop := context.WithCancel(ctx)
	defer stop()
	var p posted
	var work sync.WaitGroup
	for range clients {
		work.Go(func() { p.post(posting, addr) })
	}
	args := []string{"run", "--addr", addr, "--out", out, "--guarantee", s.guarantee}
	if s.guarantee == "none" {
		args = append(args, "--wait", "1ms")
	} else {
		args = append(args, "--store", filepath.Join(dir, "store"))
	}
	for last := false; !last; {
		last = f.kills >= min(kills, killsOfRound)
		cmd := exec.CommandContext(ctx, binary, args...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			return f, err
		}
		f.starts++
		begun := time.Now()
		for before := -1; p.count() == before || before < 0; time.Sleep(time.Millisecond) {
			if before < 0 && listens(addr) {
				before = p.count() // what the process before has accepted may be counted late
			}
			if time.Since(begun) > patience || ctx.Err() != nil {
				cmd.Process.Kill() //nolint:errcheck // it is given up
				return f, fmt.Errorf("nothing was accepted within %s: %w\n%s", patience, cmd.Wait(), tail(said.String()))
			}
		}
		time.Sleep(time.Duration(random.Int64N(int64(s.pause))))
		sig := syscall.SIGKILL
		if last {
			stop()
			work.Wait()
			if s.guarantee != "none" {
				p.arrive(ctx, out)
			}
			sig = syscall.SIGTERM
		} else {
			f.kills++
		}
		if err := cmd.Process.Signal(sig); err != nil {
			return f, err
		}
		if err := cmd.Wait(); last && err != nil {
			return f, fmt.Errorf("%w\n%s", err, tail(said.String()))
		}
	}
	seen := map[int64]int{}
	if err := sunk(out, func(n int64) { seen[n]++ }); err != nil {
		return f, err
	}
	for _, n := range p.accepted {
		if f.tuples++; seen[n] == 0 {
			f.lost++
		}
	}
	for _, times := range seen {
		if times > 1 {
			f.again++
		}
	}
	return f, nil
}
