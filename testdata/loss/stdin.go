package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/broker"
)

// What a process has read from a pipe and lost, nobody can ask for again. So a durable standard input has accepted what its log has, or had: after each kill
// the test opens the store itself and looks.

// pipe is how many numbers a pipe holds that nobody reads.
const pipe = 64<<10/(width+1) + 64

// width is that of the numbers that are fed: they are found in the log by it.
const width = 12

// span is the numbers that one life of the process has accepted: those from first until before end.
type span struct{ first, end int64 }

// feed writes numbers until nobody reads them; it counts them in next.
func feed(w io.WriteCloser, next *atomic.Int64, until int64) {
	defer w.Close()
	var lines []byte
	for n := next.Load(); n < until; {
		lines = lines[:0]
		for range 64 {
			lines = fmt.Appendf(lines, "%0*d\n", width, n)
			n++
		}
		if _, err := w.Write(lines); err != nil {
			return
		}
		next.Store(n)
	}
}

// killStdin runs the topology again and again, a process for each kill, and one that comes to its end.
func killStdin(ctx context.Context, s settings, binary, dir string, round, kills int) (found, error) {
	var f found
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	random := rand.New(rand.NewPCG(s.seed, uint64(round)))
	out, store := filepath.Join(dir, "out"), filepath.Join(dir, "store")
	args := []string{"run", "--out", out, "--guarantee", s.guarantee, "--store", store}
	if s.workers > 1 {
		args = append(args, "--workers", strconv.Itoa(s.workers))
	}
	var spans []span
	for next := int64(0); ; {
		last := f.kills >= min(kills, killsOfRound)
		life, err := oneLife(ctx, s, binary, args, random, next, last)
		if err != nil {
			return f, err
		}
		f.starts++
		one := span{next, life.next}
		if !last {
			f.kills++
			if one.end, err = s.acceptedBy(store, next, life.next); err != nil {
				return f, err
			}
		}
		spans = append(spans, one)
		if next = life.next; last {
			break
		}
	}
	return f, f.countSpans(out, spans)
}

// killsOfRound is how often one store is killed.
const killsOfRound = 20

type life struct{ next int64 }

// oneLife starts the process, feeds it, and kills it; the last one is let come to its end.
func oneLife(ctx context.Context, s settings, binary string, args []string, random *rand.Rand, from int64, last bool) (life, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return life{}, err
	}
	if err := cmd.Start(); err != nil {
		return life{}, err
	}
	var next atomic.Int64
	next.Store(from)
	until := int64(1) << 60
	if last {
		until = from + 100_000
	}
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		feed(in, &next, until)
	}()
	if last {
		<-fed
		if err := cmd.Wait(); err != nil {
			return life{}, fmt.Errorf("%w\n%s", err, tail(said.String()))
		}
		return life{next.Load()}, nil
	}
	for next.Load() < from+2*pipe && ctx.Err() == nil { // it has not begun to read
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Duration(random.Int64N(int64(s.pause))))
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		return life{}, fmt.Errorf("it has ended by itself: %w\n%s", err, tail(said.String()))
	}
	err = cmd.Wait()
	<-fed
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		return life{}, fmt.Errorf("it has ended by itself: %w\n%s", err, tail(said.String()))
	}
	return life{next.Load()}, nil
}

// acceptedBy is up to where the log has, or had, what was fed from a number on.
func (s settings) acceptedBy(store string, from, written int64) (int64, error) {
	if s.guarantee == "none" {
		// Without a log it has accepted what it has read: all but what the pipe still held.
		return max(from, written-pipe), nil
	}
	server, err := broker.Start(broker.Options{Name: "loss", Store: store})
	if err != nil {
		return 0, err
	}
	end, err := newest(server)
	return max(from, end), errors.Join(err, server.Close())
}

var fedNumber = regexp.MustCompile(fmt.Sprintf(`\d{%d}`, width))

// newest is the number behind the newest one that the log has.
func newest(server *broker.Server) (int64, error) {
	conn, err := server.ConnectLogs()
	if err != nil {
		return 0, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	end := int64(0)
	streams := js.ListStreams(ctx)
	for info := range streams.Info() {
		stream, err := js.Stream(ctx, info.Config.Name)
		if err != nil {
			return 0, err
		}
		if info.State.Msgs == 0 {
			continue // all is settled, and stands in the file
		}
		msg, err := stream.GetMsg(ctx, info.State.LastSeq)
		if err != nil {
			return 0, err
		}
		for _, text := range fedNumber.FindAll(msg.Data, -1) {
			n, err := strconv.ParseInt(string(text), 10, 64)
			if err != nil {
				return 0, err
			}
			end = max(end, n+1)
		}
	}
	return end, streams.Err()
}

// countSpans reads what the sink wrote, and looks for what was accepted.
func (f *found) countSpans(path string, spans []span) error {
	seen := map[int64]int{}
	if err := sunk(path, func(n int64) { seen[n]++ }); err != nil {
		return err
	}
	for _, s := range spans {
		for n := s.first; n < s.end; n++ {
			f.tuples++
			if seen[n] == 0 {
				f.lost++
			}
		}
	}
	for _, times := range seen {
		if times > 1 {
			f.again++
		}
	}
	return nil
}
