package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/hash"
)

// Here random topologies are killed again and again, between any two steps of a commit, and go on with what their log has. In the end
// every tuple has had its effect once: in the state of each task, and in what the sinks have written.

// world is what outlasts a run: the log, and what sinks have written.
type world struct {
	mu       sync.Mutex
	random   *rand.Rand
	snapshot *Record
	records  []Record
	written  map[string][]byte
	crash    func()
	left     int // steps until the crash
	wrong    string
	skip     string            // what a negative control leaves out
	commits  *commitlog.Memory // where not nil, the log is a commit log there
}

var errCrash = errors.New("crash")

// step is a place where the run may crash.
func (w *world) step() error {
	if w.left--; w.left == 0 {
		w.crash()
	}
	if w.left <= 0 {
		return errCrash
	}
	return nil
}

func cloned(r Record) Record {
	r.Parts = slices.Clone(r.Parts)
	for i := range r.Parts {
		r.Parts[i].Bytes = slices.Clone(r.Parts[i].Bytes)
	}
	return r
}

func (w *world) Recover(_ context.Context, each func(Record) error) error {
	if w.snapshot != nil {
		if err := each(*w.snapshot); err != nil {
			return err
		}
	}
	for i, r := range w.records {
		if w.skip == "record" && i == len(w.records)-1 {
			continue
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) Commit(_ context.Context, r Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.step(); err != nil {
		return err
	}
	if len(w.records) > 0 && r.Epoch <= w.records[len(w.records)-1].Epoch {
		w.wrong = fmt.Sprintf("epoch %d behind %d", r.Epoch, w.records[len(w.records)-1].Epoch)
	}
	w.records = append(w.records, cloned(r))
	return w.step()
}

func (w *world) Snapshot(_ context.Context, r Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left <= 0 {
		return errCrash
	}
	r = cloned(r)
	w.snapshot = &r
	w.records = slices.DeleteFunc(w.records, func(o Record) bool { return o.Epoch <= r.Epoch })
	return nil
}

func (w *world) Close() error { return nil }

// numberSpout gives its numbers, and sleeps now and then.
type numberSpout struct {
	w        *rand.Rand
	outs     []*Out[item]
	to       int64
	read     []int64
	at, rows int64
}

func (s *numberSpout) Open(*component.Context) error { return nil }
func (s *numberSpout) Close() error                  { return nil }
func (s *numberSpout) Rows() int                     { return int(s.rows) }
func (s *numberSpout) Position() ([]byte, error)     { return json.Marshal(s.at) }
func (s *numberSpout) Rewind(p []byte) error         { return json.Unmarshal(p, &s.at) }
func (s *numberSpout) Again(context.Context, []byte, []int) error {
	return errors.New("nothing is given again")
}

func (s *numberSpout) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

func (s *numberSpout) Route() {
	for _, id := range s.read {
		give(s.outs, id)
	}
}

func (s *numberSpout) Read(ctx context.Context) error {
	s.rows, s.read = 0, s.read[:0]
	if s.w.IntN(3) == 0 {
		select {
		case <-time.After(time.Duration(s.w.IntN(40)) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for range s.w.IntN(50) {
		if s.at >= s.to {
			return io.EOF
		}
		s.read = append(s.read, s.at)
		s.at++
		s.rows++
	}
	return nil
}

func give(outs []*Out[item], id int64) {
	for _, o := range outs {
		row := item{id: id, hash: hash.Int(id)}
		switch {
		case o.slots != nil:
			b := o.For(row.hash)
			b.Rows = append(b.Rows, row)
		default:
			b := o.Next()
			b.Rows = append(b.Rows, row)
		}
		o.Check()
	}
}

// sumTask counts what it has seen, passes it on, and tells its sum at the end.
type sumTask struct {
	outs  []*Out[item]
	seen  map[int64]int64
	dirty map[int64]bool
	slow  *rand.Rand
}

func (s *sumTask) Open(*component.Context) error { return nil }
func (s *sumTask) Idle() error                   { return nil }
func (s *sumTask) Close(bool) error              { return nil }
func (s *sumTask) Shape() string                 { return "sums" }

func (s *sumTask) Process(_ int, b any) error {
	if s.slow != nil && s.slow.IntN(20) == 0 {
		time.Sleep(time.Duration(s.slow.IntN(30)) * time.Millisecond)
	}
	for _, row := range b.(*batch.Batch[item]).Rows {
		s.seen[row.id]++
		s.dirty[row.id] = true
		give(s.outs, row.id)
	}
	return nil
}

const fin = 1 << 40 // what finish gives

func (s *sumTask) Finish() error {
	give(s.outs, fin)
	return nil
}

func (s *sumTask) Changes(dst []byte, all bool) ([]byte, error) {
	ids := s.dirty
	if all {
		ids = map[int64]bool{}
		for id := range s.seen {
			ids[id] = true
		}
	} else {
		defer clear(s.dirty)
	}
	for id := range ids {
		dst = binary.AppendVarint(binary.AppendVarint(dst, id), s.seen[id])
	}
	return dst, nil
}

func (s *sumTask) Restore(b []byte) error {
	for len(b) > 0 {
		id, n := binary.Varint(b)
		count, m := binary.Varint(b[n:])
		b = b[n+m:]
		s.seen[id] = count
	}
	return nil
}

const numbers_ = 1200

// epochTopology is drawn from the seed: the same one each time. Each bolt's tasks are added to tasks.
func epochTopology(w *world, seed uint64, tasks map[string][]*sumTask) (t *Topology, paths map[string]int) {
	r := rand.New(rand.NewPCG(seed, 3))
	t = New("epochs")
	type part struct {
		name  string
		count int
		paths int
	}
	var layer []part
	for i := range 1 + r.IntN(2) {
		layer = append(layer, part{fmt.Sprintf("spout%d", i), 1 + r.IntN(2), 1})
	}
	outs := map[string][]*Edge[item]{}
	all := layer
	connect := func(to string, count int, from []part, fuse bool) (paths int) {
		for _, f := range from {
			spec := EdgeSpec{From: f.name, To: to, Grouping: Shuffle, Fused: fuse}
			if !fuse && r.IntN(2) == 0 {
				spec.Grouping = Fields
			}
			outs[f.name] = append(outs[f.name], Connect(t, spec, itemCodec))
			paths += f.paths
		}
		return paths
	}
	pick := func() []part {
		var from []part
		for _, i := range r.Perm(len(all))[:1+r.IntN(min(2, len(all)))] {
			from = append(from, all[i])
		}
		return from
	}
	paths = map[string]int{}
	fused := r.IntN(2) == 0 // a chain's lock and the clock of the bubble do not go together, so nobody is slow then
	var bolts []part
	for i := range 1 + r.IntN(4) {
		p := part{name: fmt.Sprintf("bolt%d", i), count: 1 + r.IntN(3)}
		from := pick()
		fuse := fused && len(from) == 1 && r.IntN(2) == 0
		if fuse {
			p.count = from[0].count
		}
		p.paths = connect(p.name, p.count, from, fuse)
		paths[p.name] = p.paths
		bolts, all = append(bolts, p), append(all, p)
	}
	sink := part{name: "sink", count: 1 + r.IntN(2)}
	sink.paths = connect(sink.name, sink.count, all[len(all)-1:], false)
	for _, a := range all[:len(all)-1] {
		if len(outs[a.name]) == 0 {
			sink.paths += connect(sink.name, sink.count, []part{a}, false)
		}
	}
	paths["sink"] = sink.paths
	ends := func(name string, n int) (list []*Out[item]) {
		for _, e := range outs[name] {
			list = append(list, e.Out(n))
		}
		return list
	}
	chance := func() *rand.Rand { return rand.New(rand.NewPCG(w.random.Uint64(), 1)) }
	for _, p := range layer {
		t.Spout(p.name, p.count, func(n int) SpoutTask {
			first := int64(len(p.name)) * 0
			size := int64(numbers_ / p.count)
			return &numberSpout{w: chance(), outs: ends(p.name, n), at: first + int64(n)*size, to: first + int64(n+1)*size}
		})
	}
	for _, p := range bolts {
		t.Bolt(p.name, p.count, 1, func(n int) Task {
			one := &sumTask{outs: ends(p.name, n), seen: map[int64]int64{}, dirty: map[int64]bool{}, slow: chance()}
			if fused {
				one.slow = nil
			}
			tasks[p.name] = append(tasks[p.name], one)
			return one
		})
		t.Place(p.name, Place{Keeps: true})
	}
	t.Bolt("sink", sink.count, 1, func(n int) Task { return &fileTask{w: w, name: fmt.Sprint("sink", n)} })
	return t, paths
}

// life runs until the end or a crash.
func (w *world) life(t *testing.T, seed uint64) (done bool, tasks map[string][]*sumTask, paths map[string]int) {
	tasks = map[string][]*sumTask{}
	topology, paths := epochTopology(w, seed, tasks)
	return w.runs(t, topology), tasks, paths
}

// runs runs a topology until the end or a crash.
func (w *world) runs(t *testing.T, topology *Topology) (done bool) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	w.crash = func() { cancel(errCrash) }
	left := w.left
	w.left = 1 << 30
	stop := make(chan struct{})
	if w.random.IntN(3) == 0 {
		time.AfterFunc(time.Duration(w.random.IntN(3000))*time.Millisecond, func() { close(stop) })
	}
	var carrier Transport
	if w.random.IntN(3) == 0 {
		carrier = &wire{window: 1 + w.random.IntN(3)}
	}
	_, err := topology.Run(ctx, Options{Queue: 1 + w.random.IntN(3), Stop: stop, Transport: carrier, Epochs: &Epochs{
		Every: time.Duration(20+w.random.IntN(80)) * time.Millisecond, Rows: int64(w.random.IntN(2) * 300), SnapshotBytes: 1 + int64(w.random.IntN(20_000)),
		Open: w.open,
		Resumed: func(Resumed) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.left = left
			return nil
		},
	}})
	if err != nil && !errors.Is(err, errCrash) && !strings.Contains(err.Error(), "the outcome is not known") { // as many writes in a row were not answered
		t.Fatal(err)
	}
	over := err == nil
	for _, m := range topology.members {
		for _, one := range m.tasks {
			over = over && one.barrier.over
		}
	}
	return over
}

// ids are the numbers that the sinks have written, and how often.
func (w *world) ids() map[int64]int {
	got := map[int64]int{}
	for _, b := range w.written {
		for ; len(b) > 0; b = b[8:] {
			got[int64(binary.LittleEndian.Uint64(b))]++
		}
	}
	return got
}

// check compares with what must be.
func (w *world) check(tasks map[string][]*sumTask, paths map[string]int, spouts int) string {
	if w.wrong != "" {
		return w.wrong
	}
	for name, all := range tasks {
		sum := map[int64]int64{}
		for _, one := range all {
			for id, n := range one.seen {
				sum[id] += n
			}
		}
		for id := range int64(numbers_ / 2 * 2) {
			if int(sum[id]) != paths[name] {
				return fmt.Sprintf("%s has seen %d %d times, want %d", name, id, sum[id], paths[name])
			}
		}
	}
	got := w.ids()
	for id := range int64(numbers_ / 2 * 2) {
		if got[id] != paths["sink"] {
			return fmt.Sprintf("the sink has written %d %d times, want %d", id, got[id], paths["sink"])
		}
	}
	return ""
}

// lives runs until the end, and once more.
func (w *world) lives(t *testing.T, seed uint64) (wrong string, lives int) {
	finished := -1
	for lives = 1; lives < 300; lives++ {
		w.left = 1 + w.random.IntN(20)
		done, tasks, paths := w.life(t, seed)
		if done {
			if wrong = w.check(tasks, paths, 0); wrong != "" {
				return wrong, lives
			}
			n := len(w.written["sink0"])
			if finished >= 0 {
				if n != finished {
					wrong = "a run on a finished store has written more"
				}
				return wrong, lives
			}
			finished = n // once more, on a finished store
		}
	}
	return "it does not come to its end", lives
}

func epochCase(t *testing.T, seed uint64, skip string) (wrong string, lives int) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{random: rand.New(rand.NewPCG(seed, 1)), written: map[string][]byte{}, skip: skip}
		wrong, lives = w.lives(t, seed)
	})
	return wrong, lives
}

func TestEpochs(t *testing.T) {
	seeds := 150
	if testing.Short() {
		seeds = 25
	}
	lives := 0
	for seed := range uint64(seeds) {
		wrong, n := epochCase(t, seed, "")
		if wrong != "" {
			t.Fatalf("seed %d, after %d lives: %s", seed, n, wrong)
		}
		lives += n
	}
	t.Logf("%d topologies, %d lives", seeds, lives)
}

// What would find nothing proves nothing.
func TestEpochsControl(t *testing.T) {
	for _, skip := range []string{"record", "commit"} {
		found := 0
		for seed := range uint64(10) {
			if wrong, _ := epochCase(t, seed, skip); wrong != "" {
				found++
			}
		}
		if found == 0 {
			t.Errorf("without the %s nothing is found", skip)
		}
	}
}
