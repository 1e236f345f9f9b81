package transport

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// Here several engines run one topology that commits in epochs: a coordinator and a commit log beside them, real transports between them, over a network that loses, doubles, delays and damages
// frames, with processes that are killed, or stand still and wake when the next attempt is under way. Time is virtual. In the end every tuple has had its effect once, in state and in
// what sinks have written.

// onceWorld is what outlasts attempts.
type onceWorld struct {
	mu      sync.Mutex
	random  *rand.Rand
	log     *commitlog.Memory
	written map[string][]byte
	wrong   string
	control string // what is broken on purpose
}

func (w *onceWorld) chance(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.IntN(n)
}

func (w *onceWorld) pause(most int) {
	time.Sleep(time.Duration(w.chance(most*1000)) * time.Microsecond)
}

// onceSpout gives its numbers.
type onceSpout struct {
	w      *onceWorld
	outs   []*engine.Out[simRow]
	at, to int64
	rows   int
}

func (s *onceSpout) Open(*component.Context) error              { return nil }
func (s *onceSpout) Close() error                               { return nil }
func (s *onceSpout) Rows() int                                  { return s.rows }
func (s *onceSpout) Position() ([]byte, error)                  { return json.Marshal(s.at) }
func (s *onceSpout) Rewind(p []byte) error                      { return json.Unmarshal(p, &s.at) }
func (s *onceSpout) Again(context.Context, []byte, []int) error { return errors.New("not here") }

func (s *onceSpout) Next(ctx context.Context) error {
	s.rows = 0
	select {
	case <-time.After(time.Duration(s.w.chance(4000)) * time.Microsecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	for range s.w.chance(8) {
		if s.at == s.to {
			return io.EOF
		}
		onceGive(s.outs, simRow{id: s.at})
		s.at++
		s.rows++
	}
	return nil
}

func onceGive(outs []*engine.Out[simRow], row simRow) {
	for _, o := range outs {
		b := o.For(uint64(row.id) * 0x9e3779b97f4a7c15)
		b.Rows = append(b.Rows, row)
		o.Check()
	}
}

// onceBolt counts what it has seen, and hands it on.
type onceBolt struct {
	w     *onceWorld
	outs  []*engine.Out[simRow]
	seen  map[int64]int64
	dirty map[int64]bool
}

func (b *onceBolt) Open(*component.Context) error { return nil }
func (b *onceBolt) Idle() error                   { return nil }
func (b *onceBolt) Finish() error                 { return nil }
func (b *onceBolt) Close(bool) error              { return nil }
func (b *onceBolt) Shape() string                 { return "seen" }

func (b *onceBolt) Process(_ int, in any) error {
	if b.w.chance(10) == 0 {
		b.w.pause(10)
	}
	for _, row := range in.(*batch.Batch[simRow]).Rows {
		b.seen[row.id]++
		b.dirty[row.id] = true
		onceGive(b.outs, row)
	}
	return nil
}

func (b *onceBolt) Changes(dst []byte, all bool) ([]byte, error) {
	for id, n := range b.seen {
		if all || b.dirty[id] {
			dst = binary.AppendVarint(binary.AppendVarint(dst, id), n)
		}
	}
	if !all {
		clear(b.dirty)
	}
	return dst, nil
}

func (b *onceBolt) Restore(src []byte) error {
	for len(src) > 0 {
		id, n := binary.Varint(src)
		count, m := binary.Varint(src[n:])
		src = src[n+m:]
		b.seen[id] = count
	}
	return nil
}

// onceSink writes into a file of the world, at the places that were committed.
type onceSink struct {
	w     *onceWorld
	name  string
	at    int
	waits []byte
}

func (s *onceSink) Open(*component.Context) error { return nil }
func (s *onceSink) Idle() error                   { return nil }
func (s *onceSink) Finish() error                 { return nil }
func (s *onceSink) Close(bool) error              { return nil }

func (s *onceSink) Process(_ int, in any) error {
	for _, row := range in.(*batch.Batch[simRow]).Rows {
		s.waits = binary.LittleEndian.AppendUint64(s.waits, uint64(row.id))
	}
	return nil
}

func (s *onceSink) Prepare(dst []byte) ([]byte, error) {
	if len(s.waits) == 0 {
		return dst, nil
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	dst = append(binary.LittleEndian.AppendUint64(dst, uint64(s.at)), s.waits...)
	s.at += len(s.waits)
	s.waits = s.waits[:0]
	return dst, nil
}

func (s *onceSink) Release(b []byte) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	at := int(binary.LittleEndian.Uint64(b))
	s.at = max(s.at, at+len(b)-8)
	old := s.w.written[s.name]
	if at > len(old) {
		s.w.wrong = fmt.Sprintf("%s is written at %d, and has %d", s.name, at, len(old))
		return nil
	}
	s.w.written[s.name] = append(slices.Clone(old[:at]), append(slices.Clone(b[8:]), old[min(len(old), at+len(b)-8):]...)...)
	return nil
}

func (s *onceSink) Mark(dst []byte) ([]byte, error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return binary.LittleEndian.AppendUint64(dst, uint64(s.at)), nil
}

func (s *onceSink) Resume(b []byte) error { s.at = int(binary.LittleEndian.Uint64(b)); return nil }
func (s *onceSink) Recovered() error      { return nil }
func (s *onceSink) Sync() error           { return nil }

const onceNumbers = 600

// onceTopology is drawn from the seed: the same one in each process and attempt.
func onceTopology(w *onceWorld, seed uint64, bolts map[string][]*onceBolt, mu *sync.Mutex) (t *engine.Topology, paths map[string]int) {
	r := rand.New(rand.NewPCG(seed, 3))
	t, paths = engine.New("once"), map[string]int{"spout": 1}
	outs := map[string][]*engine.Edge[simRow]{}
	ends := func(name string, n int) (all []*engine.Out[simRow]) {
		for _, e := range outs[name] {
			all = append(all, e.Out(n))
		}
		return all
	}
	names := []string{"spout"}
	counts := map[string]int{"spout": 1 + r.IntN(3), "sink": 1 + r.IntN(2)}
	connect := func(from, to string) {
		outs[from] = append(outs[from], engine.Connect(t, engine.EdgeSpec{From: from, To: to, Grouping: engine.Fields}, simCodec))
		paths[to] += paths[from]
	}
	for i := range 1 + r.IntN(3) {
		name := fmt.Sprint("bolt", i)
		for _, j := range r.Perm(len(names))[:1+r.IntN(min(2, len(names)))] {
			connect(names[j], name)
		}
		names = append(names, name)
		counts[name] = 1 + r.IntN(3)
	}
	for i, name := range names {
		if len(outs[name]) == 0 || i == len(names)-1 {
			connect(name, "sink")
		}
	}
	size := int64(onceNumbers / counts["spout"])
	t.Spout("spout", counts["spout"], func(n int) engine.SpoutTask {
		return &onceSpout{w: w, outs: ends("spout", n), at: int64(n) * size, to: int64(n+1) * size}
	})
	for _, name := range names[1:] {
		t.Bolt(name, counts[name], 1, func(n int) engine.Task {
			b := &onceBolt{w: w, outs: ends(name, n), seen: map[int64]int64{}, dirty: map[int64]bool{}}
			mu.Lock()
			defer mu.Unlock()
			bolts[name] = append(bolts[name], b)
			return b
		})
		t.Place(name, engine.Place{Keeps: true})
	}
	t.Bolt("sink", counts["sink"], 1, func(n int) engine.Task { return &onceSink{w: w, name: fmt.Sprint("sink", n)} })
	return t, paths
}

// attempt makes one; zombies are processes that stood still, and go on for a while.
func (w *onceWorld) attempt(seed uint64, attempt uint16, net *network, zombies *sync.WaitGroup) (done bool, bolts map[string][]*onceBolt, paths map[string]int) {
	r := rand.New(rand.NewPCG(seed, 5))
	n := 2 + r.IntN(3)
	ctx, lose := context.WithCancelCause(context.Background())
	defer lose(errLost)
	c := &onceCrew{crew: &crew{n: n, begin: make(chan struct{})}, w: w, attempt: attempt, ctx: ctx, lose: lose,
		tasks: make([]engine.EpochTasks, n), recovered: make(chan struct{}), over: make(chan struct{})}
	c.where = func(component string, task int) int {
		return int(seed+uint64(len(component))*7+uint64(component[len(component)-1])*3+uint64(task)*5) % n
	}
	bolts = map[string][]*onceBolt{}
	var mu sync.Mutex
	live := make([]context.Context, n)
	kill := make([]context.CancelCauseFunc, n)
	var members []engine.EpochMember
	for i := range n {
		live[i], kill[i] = context.WithCancelCause(context.Background())
		members = append(members, &onceFar{c, i, live[i]})
	}
	c.coordinator = engine.NewCoordinator("once", engine.Epochs{Every: time.Duration(5+w.chance(40)) * time.Millisecond, SnapshotBytes: int64(1 + w.chance(20_000)), Open: w.open}, nil, members, c.where)
	errs := make([]error, n)
	var all sync.WaitGroup
	for self := range n {
		tr := New(Config{Topology: "once", Worker: self, Peers: slices.Repeat([]uint16{attempt}, n), OnError: func(err error) { lose(err) }})
		tr.links = func() link { return &netLink{net: net} }
		top, p := onceTopology(w, seed, bolts, &mu)
		paths = p
		all.Add(1)
		go func() {
			defer all.Done()
			m := &onceMember{c, self, live[self]}
			_, errs[self] = top.Run(live[self], engine.Options{Transport: tr, Fleet: m, Epochs: &engine.Epochs{}, Queue: 1 + w.chance(3)})
		}()
	}
	// One of them is killed, or stands still; the others hear of it.
	if w.chance(5) > 0 {
		time.AfterFunc(time.Duration(w.chance(400))*time.Millisecond, func() {
			k := w.chance(n)
			if w.chance(2) == 0 {
				kill[k](errLost)
				w.pause(20)
			}
			lose(errLost)
		})
	}
	stopped := make(chan struct{})
	go func() {
		all.Wait()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		// What the operating system does to processes takes effect at some time or other: until then they go on.
		for _, k := range kill {
			late := time.Duration(w.chance(200)) * time.Millisecond
			zombies.Go(func() {
				time.Sleep(late)
				k(errLost)
			})
		}
	}
	if c.opened == n {
		<-c.over
	}
	zombies.Go(all.Wait)
	if err := c.coordinator.Close(); err != nil {
		return false, nil, nil
	}
	if ctx.Err() != nil || c.err != nil {
		return false, nil, nil
	}
	for _, err := range errs {
		if err != nil {
			return false, nil, nil
		}
	}
	return true, bolts, paths
}

// open opens the commit log, whose writes get lost, come late and are not answered.
func (w *onceWorld) open(ctx context.Context, identity []engine.Identity) (engine.Log, error) {
	w.log.Faults(func() commitlog.Fault { return commitlog.None })
	c := commitlog.Config{Topology: "once", Memory: w.log}
	for _, i := range identity {
		c.Identity = append(c.Identity, commitlog.Item{Name: i.Component, Value: i.Shape})
	}
	l, err := commitlog.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	w.log.Faults(func() commitlog.Fault {
		switch w.chance(20) {
		case 0:
			return commitlog.Lost
		case 1:
			return commitlog.Unanswered
		case 2:
			return commitlog.Late
		}
		return commitlog.None
	})
	return &onceLog{l, w}, nil
}

// onceLog is a commit log as the engine wants it.
type onceLog struct {
	*commitlog.Log
	w *onceWorld
}

func onceParts(r engine.Record) (parts []commitlog.Part) {
	for _, p := range r.Parts {
		parts = append(parts, commitlog.Part{Kind: commitlog.Kind(p.Kind), Component: p.Component, Task: p.Task, Bytes: p.Bytes})
	}
	return parts
}

func (l *onceLog) Recover(ctx context.Context, each func(engine.Record) error) error {
	give := func(epoch uint64, all bool, parts ...commitlog.Part) error {
		r := engine.Record{Epoch: epoch, All: all}
		for _, p := range parts {
			r.Parts = append(r.Parts, engine.Part{Kind: engine.Kind(p.Kind), Component: p.Component, Task: p.Task, Bytes: p.Bytes})
		}
		return each(r)
	}
	return l.Log.Recover(ctx, commitlog.Restore{
		Snapshot: func(p commitlog.Part) error { return give(l.Found().Snapshot, true, p) },
		Record: func(r commitlog.Record, covered bool) error {
			if covered {
				return nil
			}
			if l.w.control == "record" && r.Epoch == l.Found().Epoch {
				r.Parts = slices.DeleteFunc(slices.Clone(r.Parts), func(p commitlog.Part) bool { return p.Kind == commitlog.State })
			}
			return give(r.Epoch, false, r.Parts...)
		},
	})
}

func (l *onceLog) Commit(ctx context.Context, r engine.Record) error {
	return l.Log.Commit(ctx, commitlog.Record{Epoch: r.Epoch, Parts: onceParts(r)})
}

func (l *onceLog) Snapshot(ctx context.Context, r engine.Record) error {
	if err := l.Release(ctx, r.Epoch); err != nil {
		return err
	}
	s, err := l.Log.Snapshot(ctx, r.Epoch)
	if err != nil {
		return err
	}
	defer s.Abort()
	for _, p := range onceParts(r) {
		if err := s.Add(p); err != nil {
			return err
		}
	}
	return s.Commit()
}

// check compares with what must be.
func (w *onceWorld) check(bolts map[string][]*onceBolt, paths map[string]int, spouts int64) string {
	if w.wrong != "" {
		return w.wrong
	}
	got := map[string]map[int64]int64{"sink": {}}
	for name, all := range bolts {
		got[name] = map[int64]int64{}
		for _, b := range all {
			for id, n := range b.seen {
				got[name][id] += n
			}
		}
	}
	for _, b := range w.written {
		for ; len(b) > 0; b = b[8:] {
			got["sink"][int64(binary.LittleEndian.Uint64(b))]++
		}
	}
	for name, seen := range got {
		for id := range int64(onceNumbers) {
			if seen[id] != int64(paths[name]) {
				return fmt.Sprintf("%s has %d %d times, want %d", name, id, seen[id], paths[name])
			}
		}
	}
	return ""
}

func onceCase(t *testing.T, seed uint64, control string) (wrong string, attempts, faults int) {
	synctest.Test(t, func(t *testing.T) {
		w := &onceWorld{random: rand.New(rand.NewPCG(seed, 1)), log: commitlog.NewMemory(), written: map[string][]byte{}, control: control}
		net := &network{random: rand.New(rand.NewPCG(seed, 2)), rate: []int{0, 2000, 300, 100}[seed%4]}
		var zombies sync.WaitGroup
		for attempts = 1; attempts < 200; attempts++ {
			if attempts > 20 {
				net.mu.Lock()
				net.rate = 0
				net.mu.Unlock()
			}
			done, bolts, paths := w.attempt(seed, uint16(attempts), net, &zombies)
			if done {
				wrong = w.check(bolts, paths, 0)
				break
			}
		}
		if attempts == 200 {
			wrong = "it does not come to its end"
		}
		zombies.Wait()
		time.Sleep(time.Minute) // what is late arrives nowhere
		faults = net.faults
	})
	return wrong, attempts, faults
}

func TestOnceInSeveralProcesses(t *testing.T) {
	seeds, from := 60, 0
	if testing.Short() {
		seeds = 15
	}
	// TOPO_SEEDS=10000 for many.
	if n, err := strconv.Atoi(os.Getenv("TOPO_SEEDS")); err == nil {
		seeds = n
	}
	if n, err := strconv.Atoi(os.Getenv("TOPO_SEED")); err == nil {
		from = n
	}
	attempts, faults := 0, 0
	for seed := from; seed < from+seeds; seed++ {
		wrong, n, f := onceCase(t, uint64(seed), "")
		if wrong != "" {
			t.Fatalf("seed %d, after %d attempts: %s", seed, n, wrong)
		}
		attempts, faults = attempts+n, faults+f
	}
	t.Logf("%d runs, %d attempts, %d faults of the network", seeds, attempts, faults)
}

// What would find nothing proves nothing.
func TestOnceInSeveralProcessesControl(t *testing.T) {
	for seed := range uint64(20) {
		if wrong, _, _ := onceCase(t, seed, "record"); wrong != "" {
			t.Logf("seed %d: %s", seed, wrong)
			return
		}
	}
	t.Error("a record that is left out of the recovery is not found")
}
