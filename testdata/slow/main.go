// Slow runs a topology whose output is read ten times more slowly than it could write it, and looks at its memory, at what it says, and afterwards at
// every tuple.
//
//	go run ./testdata/slow                           10 minutes, in one process, through memory
//	go run ./testdata/slow -transport nats           through the embedded server
//	go run ./testdata/slow -workers 3                in three worker processes
//	go run ./testdata/slow -for 30s -guarantee none  shorter, and no tuple followed
//
// It fails where a process had more than 200 MB, where memory went on growing, where a number is missing or comes twice, or where the run
// said anything but that it was stopped. It reads /proc: Linux only.
//
// The folder is called testdata so that no build or test of the module includes it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The bars: megabytes that one process may have, and by how much memory may grow from the first third of the time to the last.
const (
	mostMemory = 200
	mostGrowth = 1.15
)

func main() {
	how := flag.String("transport", "memory", "memory or nats, in one process")
	workers := flag.Int("workers", 1, "worker processes")
	guarantee := flag.String("guarantee", "at-least-once", "at-least-once or none")
	length := flag.Duration("for", 10*time.Minute, "how long")
	flag.Parse()
	args := []string{"run", "--guarantee", *guarantee}
	if *workers > 1 {
		args = append(args, "--workers", strconv.Itoa(*workers))
	} else {
		args = append(args, "--transport", *how)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := slow(ctx, args, *length); err != nil {
		fmt.Fprintln(os.Stderr, "slow:", err)
		os.Exit(1)
	}
}

func slow(ctx context.Context, args []string, length time.Duration) error {
	dir, err := os.MkdirTemp("", "topo-slow-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "slow")
	if out, err := exec.CommandContext(ctx, "go", "run", "./cmd/topoc", "build", "-o", binary, "./testdata/slow/topology").CombinedOutput(); err != nil {
		return fmt.Errorf("building the topology (run this in the repository): %w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	r := &reader{in: bufio.NewReaderSize(out, 1<<16)}
	defer cmd.Process.Kill()

	// First as fast as it goes, to know what ten times too slow is.
	const warm = 3 * time.Second
	if err := r.until(time.Now().Add(warm), 0); err != nil {
		return fmt.Errorf("%w; it said:\n%s", err, &said)
	}
	rate := float64(r.lines) / warm.Seconds() / 10
	fmt.Printf("%d tuples/s at full speed; reading %.0f/s for %s\n", int(rate*10), rate, length)
	var memory []float64
	for end := time.Now().Add(length); time.Now().Before(end) && ctx.Err() == nil; {
		if err := r.until(time.Now().Add(time.Second), rate); err != nil {
			return fmt.Errorf("%w; it said:\n%s", err, &said)
		}
		largest := largestProcess(cmd.Process.Pid)
		memory = append(memory, largest)
		if n := len(memory); n%60 == 0 {
			fmt.Printf("%d min: %.0f MB, %d tuples\n", n/60, largest, r.lines)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := r.until(time.Time{}, 0); err != io.EOF {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w; it said:\n%s", err, &said)
	}
	third := len(memory) / 3
	if third == 0 {
		return errors.New("too short a time to see anything: raise -for")
	}
	first, last, most := mean(memory[:third]), mean(memory[len(memory)-third:]), 0.0
	for _, m := range memory {
		most = max(most, m)
	}
	fmt.Printf("%d tuples, %d lost, %d more than once; the largest process had %.0f MB at most, %.0f MB in the first third, %.0f MB in the last\n",
		r.lines, r.missing(), r.again, most, first, last)
	var others []string
	for line := range strings.Lines(said.String()) {
		// That the spout stands still because the output is full is so, and it is to say it.
		if !strings.Contains(line, "stopping") && !strings.Contains(line, "stood still") && !strings.HasPrefix(line, "  ") {
			others = append(others, line)
		}
	}
	switch {
	case r.missing() > 0 || r.again > 0:
		return errors.New("the output is not what was read")
	case most > mostMemory || last > first*mostGrowth && last-first > 5:
		return errors.New("memory is not flat")
	case len(others) > 0:
		return fmt.Errorf("it said:\n%s", strings.Join(others, ""))
	}
	return nil
}

// reader reads the numbers and remembers which came.
type reader struct {
	in           *bufio.Reader
	lines, again int64
	highest      int64
	seen         []uint64
}

// until reads lines until a time (zero: the end of the output), not faster than a rate a second (0: any).
func (r *reader) until(end time.Time, rate float64) error {
	began, before := time.Now(), r.lines
	for n := 0; ; n++ {
		if n%256 == 255 && !end.IsZero() {
			if rate > 0 {
				time.Sleep(time.Until(began.Add(time.Duration(float64(r.lines-before) / rate * float64(time.Second)))))
			}
			if time.Now().After(end) {
				return nil
			}
		}
		line, err := r.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		text, _, _ := bytes.Cut(line, []byte("\t"))
		k, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil || k < 0 {
			return fmt.Errorf("a line that is none: %q", line)
		}
		r.lines++
		r.highest = max(r.highest, k)
		for int(k/64) >= len(r.seen) {
			r.seen = append(r.seen, 0)
		}
		if bit := uint64(1) << (k % 64); r.seen[k/64]&bit != 0 {
			r.again++
		} else {
			r.seen[k/64] |= bit
		}
	}
}

// missing is how many numbers below the highest did not come.
func (r *reader) missing() int64 { return r.highest + 1 - (r.lines - r.again) }

// largestProcess is the memory of the largest of a process and its children, in megabytes.
func largestProcess(pid int) float64 {
	most := memoryOf(pid)
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is sound
	for _, list := range lists {
		text, _ := os.ReadFile(list) // the thread may have ended
		for _, child := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(child); err == nil {
				most = max(most, memoryOf(n))
			}
		}
	}
	return most
}

func memoryOf(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // it may have ended
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

func mean(all []float64) float64 {
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	return sum / float64(len(all))
}
