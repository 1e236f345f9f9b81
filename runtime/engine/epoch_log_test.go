package engine

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/topo-lang/topo/runtime/commitlog"
)

// Here the random topologies commit to a real commit log, in memory, whose writes get lost, come late and are not answered; and the crash comes with any of
// its writes: records, marks and the chunks of snapshots.

// logSeeds is how many; a full run has more.
var logSeeds = flag.Int("log-seeds", 40, "how many topologies TestEpochsOverCommitLog runs")

// open opens the world's log.
func (w *world) open(ctx context.Context, identity []Identity) (Log, error) {
	if w.commits == nil {
		return w, nil
	}
	w.commits.Faults(func() commitlog.Fault { return commitlog.None })
	c := commitlog.Config{Topology: "epochs", Memory: w.commits}
	for _, i := range identity {
		c.Identity = append(c.Identity, commitlog.Item{Name: i.Component, Value: i.Shape})
	}
	l, err := commitlog.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	chance := rand.New(rand.NewPCG(w.random.Uint64(), 1))
	w.commits.Faults(func() commitlog.Fault { return w.fault(chance) })
	return &realLog{Log: l, w: w}, nil
}

// fault lets a write go wrong, and crashes with one.
func (w *world) fault(chance *rand.Rand) commitlog.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	dead := w.left <= 0
	if w.step() != nil {
		if !dead && chance.IntN(2) == 0 {
			return commitlog.Unanswered
		}
		return commitlog.Lost
	}
	switch chance.IntN(12) {
	case 0:
		return commitlog.Lost
	case 1:
		return commitlog.Unanswered
	case 2:
		return commitlog.Late
	case 3:
		return commitlog.Full
	}
	return commitlog.None
}

// realLog is a commit log as the engine wants it.
type realLog struct {
	*commitlog.Log
	w *world
}

func (l *realLog) Recover(ctx context.Context, each func(Record) error) error {
	give := func(epoch uint64, all bool, parts ...commitlog.Part) error {
		r := Record{Epoch: epoch, All: all}
		for _, p := range parts {
			r.Parts = append(r.Parts, Part{Kind(p.Kind), p.Component, p.Task, p.Bytes})
		}
		return each(r)
	}
	return l.Log.Recover(ctx, commitlog.Restore{
		Snapshot: func(p commitlog.Part) error { return give(l.Found().Snapshot, true, p) },
		Record: func(r commitlog.Record, covered bool) error {
			if covered {
				return nil
			}
			if l.w.skip == "record" && r.Epoch == l.Found().Epoch {
				return give(r.Epoch, false)
			}
			return give(r.Epoch, false, r.Parts...)
		},
	})
}

func (l *realLog) Commit(ctx context.Context, r Record) error {
	err := l.Log.Commit(ctx, commitlog.Record{Epoch: r.Epoch, Parts: logParts(r)})
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	if l.w.left <= 0 { // the crash came with it, whatever became of the record
		return errCrash
	}
	return err
}

func (l *realLog) Snapshot(ctx context.Context, r Record) error {
	if err := l.Release(ctx, r.Epoch); err != nil {
		return err
	}
	s, err := l.Log.Snapshot(ctx, r.Epoch)
	if err != nil {
		return err
	}
	defer s.Abort()
	for _, p := range logParts(r) {
		if err := s.Add(p); err != nil {
			return err
		}
	}
	return s.Commit()
}

func logParts(r Record) (parts []commitlog.Part) {
	for _, p := range r.Parts {
		parts = append(parts, commitlog.Part{Kind: commitlog.Kind(p.Kind), Component: p.Component, Task: p.Task, Bytes: p.Bytes})
	}
	return parts
}

func epochLogCase(t *testing.T, seed uint64, skip string) (wrong string, lives int) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{random: rand.New(rand.NewPCG(seed, 1)), written: map[string][]byte{}, skip: skip, commits: commitlog.NewMemory()}
		wrong, lives = w.lives(t, seed)
	})
	return wrong, lives
}

func TestEpochsOverCommitLog(t *testing.T) {
	seeds, lives := *logSeeds, 0
	if testing.Short() {
		seeds = min(seeds, 10)
	}
	for seed := range uint64(seeds) {
		wrong, n := epochLogCase(t, seed, "")
		if wrong != "" {
			t.Fatalf("seed %d, after %d lives: %s", seed, n, wrong)
		}
		lives += n
	}
	t.Logf("%d topologies, %d lives", seeds, lives)
}

// What would find nothing proves nothing.
func TestEpochsOverCommitLogControl(t *testing.T) {
	for seed := range uint64(10) {
		if wrong, _ := epochLogCase(t, seed, "record"); wrong != "" {
			t.Logf("seed %d: %s", seed, wrong)
			return
		}
	}
	t.Error("a record that is left out of the recovery is not found")
}
