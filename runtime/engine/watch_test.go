package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// watched runs spout -> mid -> out, in which hook may hold up a component, and returns what was noted, and when.
func watched(t *testing.T, hook map[string]func(where string, task int) error) (notes []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &model{}
		spout, mid, out := m.node("lines", 1), m.node("count", 1), m.node("out", 1)
		spout.emit = 100000
		m.connect(spout, mid, Shuffle, false)
		m.connect(mid, out, Shuffle, false)
		for _, n := range m.nodes {
			n.hook = hook[n.name]
		}
		began := time.Now()
		var mu sync.Mutex
		topology := m.build()
		stop := make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() { // numbers may be read at any time
			for {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
					topology.Metrics()
				}
			}
		})
		summary, err := topology.Run(context.Background(), Options{Queue: 2, Note: func(text string) {
			mu.Lock()
			defer mu.Unlock()
			notes = append(notes, time.Since(began).Round(time.Second).String()+" "+text)
		}})
		close(stop)
		reader.Wait()
		if err != nil {
			t.Fatal(err)
		}
		numbers, _ := topology.Metrics()
		for i, one := range summary.Tasks {
			if got := numbers.Tasks[i]; got.Executed != one.Executed || got.Transferred != one.Emitted || got.Execute.Count != one.Executed.Rows || got.Call != "" {
				t.Errorf("%+v\n%+v", got, one)
			}
		}
		for i, e := range summary.Edges {
			if got := numbers.Edges[i]; got.Traffic != e.Traffic || got.Full != 0 {
				t.Errorf("%+v\n%+v", got, e)
			}
		}
	})
	return notes
}

// once holds a component up, the first time that its code is called there.
func once(where string, d time.Duration) func(string, int) error {
	var first sync.Once
	return func(at string, _ int) error {
		if at == where {
			first.Do(func() { time.Sleep(d) })
		}
		return nil
	}
}

func TestASinkThatHangsIsNamed(t *testing.T) {
	notes := watched(t, map[string]func(string, int) error{"out": once("process", 45*time.Second)})
	want := []string{
		"10s lines waits: the queue lines -> count has been full for 10s; so has count -> out, for 10s; out has not returned from Write for 10s",
		"30s out has not returned from Write for 30s",
	}
	if !alike(notes, want) {
		t.Errorf("%s", strings.Join(notes, "\n"))
	}
}

func TestABoltThatHangsIsNamed(t *testing.T) {
	notes := watched(t, map[string]func(string, int) error{"count": once("process", 35*time.Second)})
	want := []string{
		"10s lines waits: the queue lines -> count has been full for 10s; count has not returned from a batch for 10s",
		"30s count has not returned from a batch for 30s",
	}
	if !alike(notes, want) {
		t.Errorf("%s", strings.Join(notes, "\n"))
	}
}

// Of a chain only the part is named whose code was called last.
func TestAFusedSinkThatHangsIsNamed(t *testing.T) {
	m := &model{}
	spout, mid, out := m.node("lines", 1), m.node("count", 1), m.node("out", 1)
	spout.emit = 10
	m.connect(spout, mid, Shuffle, false)
	m.connect(mid, out, Shuffle, false)
	m.fuse()
	topology := m.build()
	var notes []string
	out.hook = func(where string, _ int) error {
		if where == "process" && notes == nil {
			r := topology.running.Load()
			w := newWatch(r, func(text string) { notes = append(notes, text) })
			w.look(r.clock() + hungAfter + time.Second)
			w.look(r.clock() + 2*hungAfter)
		}
		return nil
	}
	if _, err := topology.Run(context.Background(), Options{}); err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "out has not returned from Write for 31s") {
		t.Errorf("%s", strings.Join(notes, "\n"))
	}
}

func TestNothingIsSaidOfWhatIsSlow(t *testing.T) {
	notes := watched(t, map[string]func(string, int) error{"out": func(where string, _ int) error {
		if where == "process" {
			time.Sleep(time.Second)
		}
		return nil
	}})
	if len(notes) > 0 {
		t.Errorf("%s", strings.Join(notes, "\n"))
	}
}

// alike compares notes; a time may be off by a second, and so may be what is told of the number of tuples.
// That the spout goes on is told only where the run does.
func alike(got, want []string) bool {
	if len(got) == len(want)+1 && strings.Contains(got[len(want)], " lines goes on after ") {
		got = got[:len(want)]
	}
	return slices.EqualFunc(got, want, func(g, w string) bool {
		g, _, _ = strings.Cut(g, ", with ")
		for _, d := range []string{"9s", "10s", "11s"} {
			g = strings.ReplaceAll(g, d, "10s")
		}
		for from, to := range map[string]string{"31s": "30s", "46s": "45s", "36s": "35s"} {
			g = strings.ReplaceAll(g, from, to)
		}
		return g == w
	})
}
