package commitlog

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/failpoint"
)

// childEnv says what the test's binary does instead of the tests.
const childEnv = "TOPO_TEST_COMMITLOG"

func child(run string) {
	what, rest, _ := strings.Cut(run, " ")
	var err error
	switch what {
	case "write":
		err = childWrites(rest)
	case "hold":
		err = childHolds(rest)
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// tally is the state of the child: a count for each key, which is a sum over all epochs.
type tally struct {
	epoch  uint64
	counts [8]uint64
}

// add is what an epoch does to the counts. It is a function of the epoch, so whoever knows the epoch knows the counts.
func (s *tally) add(epoch uint64) {
	s.epoch = epoch
	s.counts[epoch%8] += epoch
	s.counts[epoch*7%8] += 3
}

func tallyOf(epoch uint64) (s tally) {
	for e := uint64(1); e <= epoch; e++ {
		s.add(e)
	}
	return s
}

func (s *tally) part() Part {
	return Part{Kind: State, Component: "words", Bytes: fmt.Appendf(nil, "%v", s.counts)}
}

// restored reads what a log holds: the last state, and that nothing is doubled, missing or out of turn on the way.
func restored(ctx context.Context, l *Log) (s tally, err error) {
	f := l.Found()
	err = l.Recover(ctx, Restore{
		Snapshot: func(p Part) error {
			if p.Kind != State {
				return nil // what makes it large
			}
			s = tallyOf(f.Snapshot)
			if string(p.Bytes) != string(s.part().Bytes) {
				return fmt.Errorf("the snapshot of epoch %d has %s", f.Snapshot, p.Bytes)
			}
			return nil
		},
		Record: func(r Record, covered bool) error {
			if n := binary.LittleEndian.Uint64(r.Parts[0].Bytes); n != r.Epoch {
				return fmt.Errorf("epoch %d has the record of %d", r.Epoch, n)
			}
			if covered {
				return nil
			}
			if r.Epoch != s.epoch+1 {
				return fmt.Errorf("epoch %d comes after %d", r.Epoch, s.epoch)
			}
			s.add(r.Epoch)
			return nil
		},
	})
	if err == nil && s.epoch != f.Epoch {
		err = fmt.Errorf("found epoch %d, and recovered epoch %d", f.Epoch, s.epoch)
	}
	return s, err
}

// childWrites commits, releases and writes snapshots until it is killed, and says what was acknowledged.
func childWrites(folder string) error {
	server, err := broker.Start(broker.Options{Name: "test", Store: folder})
	if err != nil {
		return err
	}
	ctx := context.Background()
	l, err := Open(ctx, Config{Topology: "word count", Identity: testIdentity, Folder: folder, Connect: server.ConnectLogs})
	if err != nil {
		return err
	}
	s, err := restored(ctx, l)
	if err != nil {
		return err
	}
	fmt.Println("recovered", s.epoch, l.Found().Released, l.Found().Snapshot)
	for {
		s.add(s.epoch + 1)
		number := binary.LittleEndian.AppendUint64(nil, s.epoch)
		r := Record{s.epoch, []Part{{Positions, "lines", 0, number}}}
		if s.epoch%5 == 0 {
			r.Parts = append(r.Parts, Part{Outbox, "out", 0, make([]byte, 5<<19)})
		}
		if err := l.Commit(ctx, r); err != nil {
			return err
		}
		fmt.Println("committed", s.epoch)
		if s.epoch%2 == 0 {
			if err := l.Release(ctx, s.epoch-1); err != nil {
				return err
			}
			fmt.Println("released", s.epoch-1)
		}
		if s.epoch%10 == 0 {
			w, err := l.Snapshot(ctx, s.epoch)
			if err != nil {
				return err
			}
			w.Add(s.part())
			w.Add(Part{Control, "words", 0, make([]byte, 5<<18)})
			if err := w.Commit(); err != nil {
				return err
			}
			fmt.Println("snapshot", s.epoch)
		}
	}
}

// acknowledged is what a child said before it ended.
type said struct{ recovered, committed, released, snapshot uint64 }

func runChild(t *testing.T, folder, arm string, killAfter int) (a said, out string) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"=write "+folder, failpoint.Env+"="+arm)
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	in := bufio.NewScanner(pipe)
	for n := 0; in.Scan(); n++ {
		line := in.Text()
		fmt.Fprintln(&all, line)
		f := strings.Fields(line)
		if f[0] == "error:" {
			t.Errorf("%s: %s", arm, line)
			break
		}
		v, _ := strconv.ParseUint(f[1], 10, 64)
		switch f[0] {
		case "recovered":
			a.recovered, a.committed = v, v
			a.released, _ = strconv.ParseUint(f[2], 10, 64)
			a.snapshot, _ = strconv.ParseUint(f[3], 10, 64)
		case "committed":
			a.committed = v
		case "released":
			a.released = v
		case "snapshot":
			a.snapshot = v
		}
		if n == killAfter {
			c.Process.Kill()
		}
	}
	c.Wait()
	return a, all.String()
}

// TestKill kills a child at every named point, again and again on the same store, and at any moment.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	folder := t.TempDir()
	var before said
	round := func(arm string, killAfter int) {
		a, out := runChild(t, folder, arm, killAfter)
		switch {
		case a.recovered == 0 && out == "": // killed before it had anything to say
			return
		case a.recovered < before.committed || a.recovered > before.committed+1:
			t.Fatalf("%s: epoch %d was acknowledged, and %d is recovered", arm, before.committed, a.recovered)
		case a.released < before.released || a.snapshot < before.snapshot:
			t.Fatalf("%s: %+v behind %+v", arm, a, before)
		}
		if arm != "" && strings.Count(out, "\n") > 500 {
			t.Errorf("%s: nothing has killed it", arm)
		}
		before = a
	}
	for _, name := range failpoint.Names() {
		for _, pass := range []int{1, 2, 7} {
			if strings.HasSuffix(name, "-open") && pass > 1 {
				continue
			}
			round(fmt.Sprintf("%s:%d", name, pass), 500)
			if t.Failed() {
				return
			}
		}
	}
	for n := range 10 {
		round("", n*9)
	}
	t.Logf("%d epochs", before.committed)
}

// childHolds has the log of another process's server, and commits when it is told to.
func childHolds(url string) error {
	l, err := Open(context.Background(), Config{Topology: "word count", Identity: testIdentity, Connect: func(o ...nats.Option) (*nats.Conn, error) { return nats.Connect(url, o...) }})
	if err != nil {
		return err
	}
	if _, err := restored(context.Background(), l); err != nil {
		return err
	}
	fmt.Println("holding")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		epoch, _ := strconv.ParseUint(in.Text(), 10, 64)
		err := l.Commit(context.Background(), Record{epoch, []Part{{Positions, "lines", 0, binary.LittleEndian.AppendUint64(nil, epoch)}}})
		fmt.Println(err == nil, errors.Is(err, ErrFenced))
	}
	return nil
}
