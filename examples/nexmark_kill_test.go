package examples

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestNexmarkExactlyOnce runs the queries on 100,000 events under exactly-once: in their order, and once more out of order within their lateness, while the
// process is killed again and again. Both times they give what plain Go counts.
func TestNexmarkExactlyOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a binary for each query")
	}
	const events = 100_000
	topoc, _ := buildTopoc(t)
	fast, slow := newEvents(t, events, 10_000), newEvents(t, events, 1_000)
	build := func(t *testing.T, name string) string {
		dir := t.TempDir()
		text, err := os.ReadFile(filepath.Join("nexmark", name+".topo"))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte("guarantee at-least-once"), []byte("guarantee exactly-once\n    batch     1000 or 20ms"), 1)
		at := filepath.Join(dir, name+".topo")
		if err := os.WriteFile(at, text, 0o644); err != nil {
			t.Fatal(err)
		}
		binary := filepath.Join(dir, name)
		if out, err := exec.Command(topoc, "build", "-o", binary, at).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return binary
	}
	for _, q := range nexmarkQueries {
		t.Run(q.name, func(t *testing.T) {
			run := &nexmarkRun{binary: build(t, q.name), key: q.key}
			run.check(t, true, q.want(fast.bids))
		})
	}
	for _, q := range nexmarkMore {
		t.Run(q.name, func(t *testing.T) {
			run := &nexmarkRun{binary: build(t, q.name), key: q.key, total: q.total}
			want := q.want(slow)
			run.check(t, false, want)
			run.check(t, true, want, "--disorder", "2s")
		})
	}
}

// nexmarkRun runs a query's binary.
type nexmarkRun struct {
	binary string
	key    int
	total  bool
}

// check runs it to the end, kills it on the way where that is wanted, and compares what it has written.
func (r *nexmarkRun) check(t *testing.T, kill bool, want []string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "out.tsv")
	args = append([]string{"run", "--events", "100000", "--seed", "7", "--out", out, "--store", filepath.Join(dir, "store")}, args...)
	kills := 0
	for {
		cmd := exec.Command(r.binary, args...)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		var due <-chan time.Time
		if kill && kills < 5 {
			due = time.After(time.Duration(20+rand.IntN(100+100*kills)) * time.Millisecond)
		}
		var err error
		select {
		case err = <-ended:
		case <-due:
			kills++
			if err := cmd.Process.Kill(); err != nil {
				t.Log(err)
			}
			<-ended
			continue
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, &said)
		}
		break
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	switch {
	case r.total:
		got = totals(got)
	case r.key > 0:
		got = newest(got, r.key)
	}
	t.Logf("%d rows, %d kills", len(got), kills)
	compareRows(t, got, want)
}

// totals adds up the last field of the rows of each key.
func totals(rows []string) (out []string) {
	sums := map[string]int{}
	for _, r := range rows {
		key, n, _ := strings.Cut(r, "\t")
		v, err := strconv.Atoi(n)
		if err != nil {
			return rows
		}
		sums[key] += v
	}
	for key, n := range sums {
		out = append(out, fmt.Sprintf("%s\t%d", key, n))
	}
	return out
}
