package commitlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/fault"
)

func TestMain(m *testing.M) {
	if run := os.Getenv(childEnv); run != "" {
		child(run)
		return
	}
	goleak.VerifyTestMain(m) // a test that leaves a goroutine behind fails
}

// place is where a test's log is: it may be opened again and again.
type testPlace struct {
	t      testing.TB
	memory *Memory
	folder string
	server *broker.Server
}

// places runs a test over memory and over a server with a folder.
func places(t *testing.T, f func(t *testing.T, p *testPlace)) {
	t.Run("memory", func(t *testing.T) { f(t, &testPlace{t: t, memory: NewMemory()}) })
	t.Run("server", func(t *testing.T) { f(t, serverPlace(t, t.TempDir())) })
}

func serverPlace(t testing.TB, folder string) *testPlace {
	p := &testPlace{t: t, folder: folder}
	p.start()
	t.Cleanup(func() { p.stop() })
	return p
}

func (p *testPlace) start() {
	s, err := broker.Start(broker.Options{Name: "test", Store: p.folder})
	if err != nil {
		p.t.Fatal(err)
	}
	p.server = s
}

func (p *testPlace) stop() {
	if p.server != nil {
		if err := p.server.Close(); err != nil {
			p.t.Error(err)
		}
		p.server = nil
	}
}

// restart is what a new process finds.
func (p *testPlace) restart() {
	if p.memory == nil {
		p.stop()
		p.start()
	}
}

var testIdentity = Identity{{"state count of words", "int"}, {"tasks of words", "4"}}

func (p *testPlace) config() Config {
	c := Config{Topology: "word count", Identity: testIdentity, Memory: p.memory, Folder: p.folder}
	if p.memory == nil {
		c.Connect = p.server.ConnectLogs
	}
	return c
}

func (p *testPlace) open(c Config) *Log {
	p.t.Helper()
	l, err := Open(context.Background(), c)
	if err != nil {
		p.t.Fatal(err)
	}
	return l
}

// model is what a log should hold, in words.
type model struct {
	snapshot []string
	records  []string
	epochs   []uint64
}

func words(p Part) string {
	return fmt.Sprintf("%v %s %d %x", p.Kind, p.Component, p.Task, sum32(p.Bytes))
}

func recordWords(r Record) string {
	var all []string
	for _, p := range r.Parts {
		all = append(all, words(p))
	}
	return fmt.Sprintf("%d: %s", r.Epoch, strings.Join(all, ", "))
}

func recoverAll(l *Log) (m model, covered int, err error) {
	err = l.Recover(context.Background(), Restore{
		Snapshot: func(p Part) error { m.snapshot = append(m.snapshot, words(p)); return nil },
		Record: func(r Record, c bool) error {
			if c {
				covered++
				return nil
			}
			m.records = append(m.records, recordWords(r))
			m.epochs = append(m.epochs, r.Epoch)
			return nil
		},
	})
	return m, covered, err
}

func equal(t testing.TB, got, want model) {
	t.Helper()
	if g, w := strings.Join(got.snapshot, "\n"), strings.Join(want.snapshot, "\n"); g != w {
		t.Errorf("snapshot:\n%.500s\nnot\n%.500s", g, w)
	}
	if g, w := strings.Join(got.records, "\n"), strings.Join(want.records, "\n"); g != w {
		t.Errorf("records:\n%.500s\nnot\n%.500s", g, w)
	}
}

func someRecord(epoch uint64, sizes ...int) Record {
	r := Record{Epoch: epoch}
	for i, n := range sizes {
		b := bytes.Repeat([]byte{byte(epoch), byte(i), 'x'}, n/3+1)[:n]
		r.Parts = append(r.Parts, Part{Kind(i%4 + 1), fmt.Sprintf("bolt%d", i), i, b})
	}
	return r
}

func TestCommitAndRecover(t *testing.T) {
	places(t, func(t *testing.T, p *testPlace) {
		ctx := context.Background()
		var want model
		l := p.open(p.config())
		if f := l.Found(); f.Epoch != 0 || f.Snapshot != 0 {
			t.Errorf("a new log has %+v", f)
		}
		for i, sizes := range [][]int{{}, {10}, {1, 2, 3, 0}, {3 << 20, 7}, {1 << 20}, {mostInline - spare}, {100}} {
			r := someRecord(uint64(i*2+1), sizes...)
			if err := l.Commit(ctx, r); err != nil {
				t.Fatal(err)
			}
			want.records = append(want.records, recordWords(r))
		}
		if err := l.Commit(ctx, someRecord(13)); err == nil {
			t.Error("an epoch was committed twice")
		}
		if err := l.Release(ctx, 5); err != nil {
			t.Fatal(err)
		}
		l.Close()
		if err := l.Commit(ctx, someRecord(100)); err != ErrClosed {
			t.Errorf("a closed log commits: %v", err)
		}

		p.restart()
		l = p.open(p.config())
		if f := l.Found(); f.Epoch != 13 || f.Released != 5 {
			t.Errorf("found %+v", f)
		}
		if err := l.Commit(ctx, someRecord(100)); err == nil || !strings.Contains(err.Error(), "recover") {
			t.Errorf("a log commits before it is recovered: %v", err)
		}
		got, _, err := recoverAll(l)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, want)
		if err := l.Commit(ctx, someRecord(14, 5)); err != nil {
			t.Fatal(err)
		}
		l.Close()
	})
}

func TestSnapshot(t *testing.T) {
	places(t, func(t *testing.T, p *testPlace) {
		ctx := context.Background()
		l := p.open(p.config())
		for e := range uint64(10) {
			if err := l.Commit(ctx, someRecord(e+1, 100, 2<<20)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Release(ctx, 3); err != nil {
			t.Fatal(err)
		}
		var want model
		w, err := l.Snapshot(ctx, 5)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Snapshot(ctx, 6); err == nil {
			t.Error("there are two snapshots at a time")
		}
		for i := range 5 {
			part := Part{State, "words", i, bytes.Repeat([]byte{byte(i)}, i*700_000)}
			want.snapshot = append(want.snapshot, words(part))
			if err := w.Add(part); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		for e := uint64(6); e <= 10; e++ {
			want.records = append(want.records, recordWords(someRecord(e, 100, 2<<20)))
		}
		if kept := l.keeps(); len(kept) == 0 || kept[0].epoch != 4 {
			t.Errorf("the log begins with %+v", kept)
		}
		l.Close()
		p.restart()
		l = p.open(p.config())
		got, covered, err := recoverAll(l)
		if err != nil {
			t.Fatal(err)
		}
		if covered != 2 {
			t.Errorf("%d records are covered, not 2", covered)
		}
		equal(t, got, want)
		if err := l.Release(ctx, 12); err != nil { // 11 and 12 changed nothing
			t.Fatal(err)
		}
		if kept := l.keeps(); kept[0].epoch != 6 {
			t.Errorf("the log begins with %+v", kept)
		}
		l.Close()
		p.restart()
		l = p.open(p.config())
		if got, covered, err = recoverAll(l); err != nil || covered != 0 {
			t.Fatal(covered, err)
		}
		equal(t, got, want)
		if w, err = l.Snapshot(ctx, 15); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		l.Close()
		p.restart()
		l = p.open(p.config())
		if f := l.Found(); f.Epoch != 10 || f.Released != 10 || f.Snapshot != 10 {
			t.Errorf("%+v", f)
		}
		if got, _, err = recoverAll(l); err != nil {
			t.Fatal(err)
		}
		equal(t, got, model{})
		l.Close()
	})
}

func TestFence(t *testing.T) {
	places(t, func(t *testing.T, p *testPlace) {
		ctx := context.Background()
		a := p.open(p.config())
		defer a.Close()
		if err := a.Commit(ctx, someRecord(1, 10)); err != nil {
			t.Fatal(err)
		}
		b := p.open(p.config())
		defer b.Close()
		if err := a.Commit(ctx, someRecord(2, 10)); !errors.Is(err, ErrFenced) {
			t.Errorf("the older holder commits: %v", err)
		}
		if err := a.Release(ctx, 1); !errors.Is(err, ErrFenced) {
			t.Errorf("the older holder releases: %v", err)
		}
		got, _, err := recoverAll(b)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, model{records: []string{recordWords(someRecord(1, 10))}})
		if err := b.Commit(ctx, someRecord(2, 2<<20)); err != nil {
			t.Error(err)
		}
	})
}

func TestIdentity(t *testing.T) {
	places(t, func(t *testing.T, p *testPlace) {
		l := p.open(p.config())
		if err := l.Commit(context.Background(), someRecord(1, 10)); err != nil {
			t.Fatal(err)
		}
		l.Close()
		c := p.config()
		c.Identity = Identity{{"state count of words", "float"}, {"tasks of lines", "1"}}
		_, err := Open(context.Background(), c)
		var e *fault.Error
		if !errors.As(err, &e) || e.Help() == "" {
			t.Fatalf("another program opens the log: %v", err)
		}
		const want = "the commit log of word count was written by a program that differs: state count of words was int and is float; tasks of lines (1) is new; tasks of words (4) is gone"
		if e.Error() != want {
			t.Errorf("%s\nnot\n%s", e, want)
		}
		c.Accept = func(before Identity) error {
			if len(Changes(before, c.Identity)) != 3 {
				t.Errorf("%v", before)
			}
			return nil
		}
		// It counts when all is written anew: not before, and so again where that has not come about.
		for range 2 {
			l = p.open(c)
			if len(l.Found().Changes) != 3 {
				t.Errorf("%v", l.Found())
			}
			if err := l.Recover(context.Background(), Restore{}); err != nil {
				t.Fatal(err)
			}
			if err := l.Commit(context.Background(), someRecord(2, 10)); err == nil {
				t.Error("it commits what the log was not written for")
			}
			l.Close()
		}
		l = p.open(c)
		if err := l.Recover(context.Background(), Restore{}); err != nil {
			t.Fatal(err)
		}
		w, err := l.Snapshot(context.Background(), 1)
		if err == nil {
			err = w.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Commit(context.Background(), someRecord(2, 10)); err != nil {
			t.Fatal(err)
		}
		l.Close()
		// What was accepted is what the log is for now.
		c.Accept = nil
		p.open(c).Close()
	})
}

func TestOtherTopology(t *testing.T) {
	p := serverPlace(t, t.TempDir())
	p.open(p.config()).Close()
	c := p.config()
	c.Topology = "other"
	if _, err := Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "is that of topology") {
		t.Errorf("another topology opens the store: %v", err)
	}
}

// TestServerGone ends the server under a log.
func TestServerGone(t *testing.T) {
	p := serverPlace(t, t.TempDir())
	l := p.open(p.config())
	if err := l.Commit(context.Background(), someRecord(1, 10)); err != nil {
		t.Fatal(err)
	}
	p.stop()
	for range 2 {
		if err := l.Commit(context.Background(), someRecord(2, 10)); !errors.Is(err, ErrUncertain) {
			t.Errorf("a commit without a server: %v", err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestBounded commits much, with snapshots now and then: the folder stays small.
func TestBounded(t *testing.T) {
	p := serverPlace(t, t.TempDir())
	l := p.open(p.config())
	ctx := context.Background()
	const size, every = 256 << 10, 20
	for e := uint64(1); e <= 6*every; e++ {
		if err := l.Commit(ctx, someRecord(e, size)); err != nil {
			t.Fatal(err)
		}
		if e%every > 0 {
			continue
		}
		if err := l.Release(ctx, e); err != nil {
			t.Fatal(err)
		}
		w, err := l.Snapshot(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Add(Part{State, "words", 0, make([]byte, 3<<20)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	p.stop()
	total := int64(0)
	filepath.WalkDir(p.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			info, _ := d.Info()
			total += info.Size()
		}
		return err
	})
	// The newest snapshot, and at most a block of what is gone in each stream.
	if most := int64(3<<20 + 2*(8<<20)); total > most {
		t.Errorf("the folder has %d bytes after %d, more than %d", total, 6*every*size, most)
	}
	t.Logf("%d KiB after %d", total>>10, 6*every*size>>10)
}

// TestForget is a log that nobody can recover: it costs no memory.
func TestForget(t *testing.T) {
	m := &Memory{Forget: true}
	p := &testPlace{t: t, memory: m}
	l := p.open(p.config())
	ctx := context.Background()
	for e := uint64(1); e <= 100; e++ {
		if err := l.Commit(ctx, someRecord(e, 10, 2<<20)); err != nil {
			t.Fatal(err)
		}
		if err := l.Release(ctx, e); err != nil {
			t.Fatal(err)
		}
		w, err := l.Snapshot(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Add(Part{State, "words", 0, make([]byte, 3<<20)}), w.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.streams[0].messages) + len(m.streams[1].messages) + len(l.kept); n > 2 {
		t.Errorf("%d things are kept", n)
	}
	l.Close()
}
