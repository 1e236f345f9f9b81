package commitlog

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var seeds = flag.Int("seeds", 300, "how many seeds TestRandom tries in memory")

// TestRandom commits, releases, writes snapshots and crashes at random, with a medium that loses answers and has no room, and compares what is recovered with a model.
func TestRandom(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		for seed := range uint64(*seeds) {
			m := NewMemory()
			m.size = spare + 2000
			randomRun(t, &testPlace{t: t, memory: m}, seed, 120)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	})
	t.Run("server", func(t *testing.T) {
		steps := 50
		if testing.Short() {
			steps = 15
		}
		for seed := range uint64(2) {
			randomRun(t, serverPlace(t, t.TempDir()), seed, steps)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	})
}

// simulated is a log with its model.
type simulated struct {
	t        *testing.T
	p        *testPlace
	rnd      *rand.Rand
	log      *Log
	cancel   context.CancelFunc // of the write that is going on
	epoch    uint64
	records  []Record // all, from epoch 1
	maybe    *Record  // whose outcome is not known
	mayMark  uint64
	released uint64
	at       uint64 // of the snapshot
	parts    []string
	writer   *SnapshotWriter
	writes   uint64 // the epoch that the writer writes
	written  []string
}

var errLost = fmt.Errorf("%w: the answer was lost", errUnknown)

func randomRun(t *testing.T, p *testPlace, seed uint64, steps int) {
	s := &simulated{t: t, p: p, rnd: rand.New(rand.NewPCG(seed, 1))}
	if p.memory != nil {
		p.memory.fault = s.fault
		p.memory.free = func() error {
			if s.cancel != nil && s.rnd.IntN(30) == 0 {
				return errFull
			}
			return nil
		}
	}
	s.open()
	for range steps {
		s.step()
		if t.Failed() {
			break
		}
	}
	s.log.Close()
}

func (s *simulated) fault(l lane, _ []byte) (before, after error) {
	switch s.rnd.IntN(40) {
	case 0:
		return errLost, nil
	case 1:
		return nil, errLost
	case 4:
		if l == laneTx {
			return errLate, nil
		}
	case 2:
		return errFull, nil
	case 3:
		if s.cancel != nil {
			s.cancel()
		}
		if s.rnd.IntN(2) == 0 {
			return errLost, nil
		}
		return nil, errLost
	}
	return nil, nil
}

func (s *simulated) open() {
	c := s.p.config()
	c.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	s.cancel = nil
	l, err := Open(context.Background(), c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.log, s.writer = l, nil
	f := l.Found()
	if s.maybe != nil {
		if f.Epoch == s.maybe.Epoch {
			s.records, s.epoch = append(s.records, *s.maybe), s.maybe.Epoch
		}
		s.maybe = nil
	}
	if s.mayMark != 0 && f.Released == s.mayMark {
		s.released = s.mayMark
	}
	s.mayMark = 0
	if s.writes > 0 && f.Snapshot == s.writes {
		s.at, s.parts = s.writes, s.written
	}
	s.writes = 0
	if f.Epoch != s.epoch || f.Released != s.released || f.Snapshot != s.at {
		s.t.Fatalf("found %+v, not epoch %d, released %d, snapshot %d", f, s.epoch, s.released, s.at)
	}
	got, covered, err := recoverAll(l)
	if err != nil {
		s.t.Fatal(err)
	}
	want := model{snapshot: s.parts}
	wantCovered := 0
	for _, r := range s.records {
		switch {
		case r.Epoch > s.at:
			want.records = append(want.records, recordWords(r))
		case r.Epoch > s.released:
			wantCovered++
		}
	}
	equal(s.t, got, want)
	if covered != wantCovered {
		s.t.Errorf("%d records are covered, not %d", covered, wantCovered)
	}
}

func (s *simulated) step() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.cancel = cancel
	defer func() { s.cancel = nil }()
	switch n := s.rnd.IntN(20); {
	case n < 10:
		r := s.record()
		switch err := s.log.Commit(ctx, r); {
		case err == nil:
			s.records, s.epoch = append(s.records, r), r.Epoch
		case errors.Is(err, ErrUncertain):
			s.maybe = &r
			s.reopen()
		case ctx.Err() == nil:
			s.t.Error(err)
		}
	case n < 13:
		if s.epoch == 0 {
			return
		}
		mark := s.rnd.Uint64N(s.epoch + 1)
		switch err := s.log.Release(ctx, mark); {
		case err == nil:
			s.released = max(s.released, mark)
		case errors.Is(err, ErrUncertain):
			s.mayMark = mark
			s.reopen()
		case ctx.Err() == nil:
			s.t.Error(err)
		}
	case n < 18:
		s.snapshot()
	default:
		s.reopen()
	}
}

func (s *simulated) snapshot() {
	if s.writer == nil {
		if s.epoch == s.at {
			return
		}
		s.writes = s.at + 1 + s.rnd.Uint64N(s.epoch-s.at)
		s.written = nil
		w, err := s.log.Snapshot(context.Background(), s.writes)
		if err != nil {
			s.t.Fatal(err)
		}
		s.writer = w
	}
	if s.rnd.IntN(3) > 0 {
		p := Part{State, "words", s.rnd.IntN(4), s.bytes()}
		if s.writer.Add(p) == nil {
			s.written = append(s.written, words(p))
		}
		return
	}
	if s.rnd.IntN(5) == 0 {
		s.writer.Abort()
		s.writer, s.writes = nil, 0
		return
	}
	switch err := s.writer.Commit(); {
	case err == nil:
		s.at, s.parts = s.writes, s.written
		s.writes = 0
	case errors.Is(err, ErrUncertain):
		s.t.Error("a snapshot's outcome is not known, and nobody gave up")
	default:
		s.writes = 0 // a chunk was lost
	}
	s.writer = nil
}

func (s *simulated) record() Record {
	r := Record{Epoch: s.epoch + 1 + s.rnd.Uint64N(2)}
	for range s.rnd.IntN(4) {
		r.Parts = append(r.Parts, Part{Kind(s.rnd.IntN(4) + 1), fmt.Sprintf("bolt%d", s.rnd.IntN(3)), s.rnd.IntN(3), s.bytes()})
	}
	return r
}

func (s *simulated) bytes() []byte {
	most := 3000
	if s.p.memory == nil && s.rnd.IntN(5) == 0 {
		most = 5 << 20
	}
	b := make([]byte, s.rnd.IntN(most))
	for i := 0; i < len(b); i += 7 {
		b[i] = byte(s.rnd.Uint32())
	}
	return b
}

// reopen is a crash: the old log is left as it is, and another takes over. Now and then the old one comes too late with something.
func (s *simulated) reopen() {
	old, writer := s.log, s.writer
	if s.p.memory == nil {
		old.Close()
		s.p.restart()
		s.open()
		return
	}
	if writer != nil && s.writes > 0 {
		s.writes = 0
	}
	s.open()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := old.Commit(ctx, s.record()); err == nil {
		s.t.Error("who was fenced off commits")
	}
	if writer != nil {
		if err := writer.Commit(); err == nil {
			s.t.Error("who was fenced off writes a snapshot")
		}
	}
	old.Close()
}
