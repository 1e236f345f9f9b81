package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/hash"
)

// Answer tells how many tuples were seen, those of finish left out; asked for "id", how often one was.
func (s *sumTask) Answer(dst, question []byte) ([]byte, error) {
	if len(question) > 0 {
		id, _ := binary.Varint(question)
		if id < 0 {
			return nil, errors.New("there are no numbers below zero")
		}
		return binary.AppendVarint(dst, s.seen[id]), nil
	}
	sum := int64(0)
	for id, n := range s.seen {
		if id != fin {
			sum += n
		}
	}
	return binary.AppendVarint(dst, sum), nil
}

// askedTopology is a spout, and bolts that each see every tuple once: a behind it, b behind a, c behind it again.
func askedTopology(fused bool, to int64) *Topology {
	t := New("asked")
	connect := func(from, to string, g Grouping) *Edge[item] {
		return Connect(t, EdgeSpec{From: from, To: to, Grouping: g, Fused: fused && g == Shuffle}, itemCodec)
	}
	toA, toB, toC := connect("spout", "a", Shuffle), connect("a", "b", Fields), connect("spout", "c", Fields)
	tasks := 2
	if fused {
		tasks = 1
	}
	t.Spout("spout", 1, func(n int) SpoutTask {
		return &numberSpout{w: rand.New(rand.NewPCG(1, 1)), outs: []*Out[item]{toA.Out(n), toC.Out(n)}, to: to}
	})
	bolt := func(name string, tasks int, outs ...*Edge[item]) {
		t.Bolt(name, tasks, 1, func(n int) Task {
			s := &sumTask{seen: map[int64]int64{}, dirty: map[int64]bool{}}
			for _, e := range outs {
				s.outs = append(s.outs, e.Out(n))
			}
			return s
		})
	}
	bolt("a", tasks, toB)
	bolt("b", 3)
	bolt("c", 2)
	return t
}

// sums asks all bolts at once.
func sums(ctx context.Context, a Asker) (out []int64, err error) {
	answers, err := a.Ask(ctx, []Question{{Component: "a", All: true}, {Component: "b", All: true}, {Component: "c", All: true}})
	for _, of := range answers {
		sum := int64(0)
		for _, one := range of {
			n, _ := binary.Varint(one)
			sum += n
		}
		out = append(out, sum)
	}
	return out, err
}

// TestAskEpochs asks while a run commits: what is answered at once is of one epoch, in all tasks, also of those that have ended.
func TestAskEpochs(t *testing.T) {
	for _, fused := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			topology := askedTopology(fused, 3000)
			w := &world{random: rand.New(rand.NewPCG(1, 1)), written: map[string][]byte{}, left: 1 << 30}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			w.crash = cancel
			var asking sync.WaitGroup
			asked, wrong, last := 0, "", int64(0)
			asking.Go(func() {
				for {
					time.Sleep(7 * time.Millisecond)
					got, err := sums(ctx, topology)
					if errors.Is(err, ErrNotRunning) && asked > 0 {
						return
					} else if errors.Is(err, ErrNotRunning) {
						continue
					}
					asked++
					if err != nil || got[0] != got[1] || got[0] != got[2] || got[0] < last {
						wrong = fmt.Sprint(got, last, err)
						return
					}
					last = got[0]
				}
			})
			_, err := topology.Run(ctx, Options{Epochs: &Epochs{Every: 20 * time.Millisecond, Open: func(context.Context, []Identity) (Log, error) { return w, nil }}})
			asking.Wait()
			if err != nil || wrong != "" || asked < 20 || last == 0 {
				t.Errorf("fused %v: %v, asked %d times, up to %d: %s", fused, err, asked, last, wrong)
			}
			if _, err := sums(context.Background(), topology); !errors.Is(err, ErrNotRunning) {
				t.Errorf("behind the end: %v", err)
			}
		})
	}
}

// TestAsk asks a run that commits nothing: what a task knows now.
func TestAsk(t *testing.T) {
	for _, fused := range []bool{false, true} {
		topology := askedTopology(fused, 1<<40)
		stop := make(chan struct{})
		done := make(chan error)
		go func() {
			_, err := topology.Run(context.Background(), Options{Stop: stop})
			done <- err
		}()
		last := make([]int64, 3)
		for n := 0; n < 50; {
			got, err := sums(context.Background(), topology)
			if errors.Is(err, ErrNotRunning) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if got[i] < last[i] {
					t.Fatalf("less than before: %v, %v", got, last)
				}
			}
			last = got
			n++
		}
		// The owner of a key knows it.
		for id := range int64(20) {
			answers, err := topology.Ask(context.Background(), []Question{{Component: "b", Hash: hash.Int(id), Ask: binary.AppendVarint(nil, id)}})
			if err != nil || len(answers[0]) != 1 {
				t.Fatal(answers, err)
			}
		}
		if _, err := topology.Ask(context.Background(), []Question{{Component: "b", Ask: binary.AppendVarint(nil, -1)}}); err == nil || err.Error() == "" {
			t.Error("no error of a task's answer")
		}
		if _, err := topology.Ask(context.Background(), []Question{{Component: "spout", All: true}}); err == nil {
			t.Error("a spout was asked")
		}
		if _, err := topology.Ask(context.Background(), []Question{{Component: "nobody"}}); err == nil {
			t.Error("nobody was asked")
		}
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := sums(over, topology); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(stop)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
