package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// placed shows an assignment: each component with the processes of its tasks.
func placed(a *Assignment) string {
	var b strings.Builder
	for _, c := range a.Components {
		fmt.Fprintf(&b, "%s%v ", c.Component, c.Workers)
	}
	return strings.TrimSpace(b.String())
}

// spread registers components, each `name tasks`, and edges, each `from to grouping`.
func spread(components []string, edges []string) *Topology {
	t := New("t")
	for i, c := range components {
		var name string
		var tasks int
		fmt.Sscan(c, &name, &tasks)
		if i == 0 || strings.HasPrefix(name, "spout") {
			t.Spout(name, tasks, nil)
		} else {
			t.Bolt(name, tasks, 1, nil)
		}
	}
	for _, e := range edges {
		var s EdgeSpec
		var by string
		fmt.Sscan(e, &s.From, &s.To, &by)
		s.Grouping = map[string]Grouping{"shuffle": Shuffle, "fields": Fields, "local": Local, "global": Global, "loop": Shuffle}[by]
		s.Loop = by == "loop"
		Connect(t, s, itemCodec)
	}
	return t
}

func TestAssign(t *testing.T) {
	words := func() *Topology {
		return spread([]string{"lines 1", "split 2", "count 2", "out 1"}, []string{"lines split shuffle", "split count fields", "count out global"})
	}
	for _, c := range []struct {
		name    string
		t       *Topology
		workers int
		place   map[string]Place
		want    string
	}{
		{"one", words(), 1, nil, "lines[0] split[0 0] count[0 0] out[0]"},
		{"evenly", words(), 2, nil, "lines[0] split[1 0] count[1 0] out[1]"},
		{"home", words(), 2, map[string]Place{"out": {Home: true}}, "lines[0] split[1 0] count[1 0] out[0]"},
		{"more workers than tasks", words(), 20, nil, "lines[0] split[1 2] count[3 4] out[5]"},
		{"isolated", words(), 3, map[string]Place{"count": {Isolate: true}}, "lines[0] split[1 0] count[2 2] out[1]"},
		{"near", words(), 2, map[string]Place{"out": {Near: "lines"}}, "lines[0] split[1 0] count[1 0] out[0]"},
		{"near one another", words(), 2, map[string]Place{"lines": {Near: "out"}, "out": {Near: "lines"}}, "lines[0] split[0 1] count[0 1] out[1]"},
		{"heavy", words(), 2, map[string]Place{"lines": {CPU: 400}}, "lines[0] split[1 1] count[1 1] out[1]"},
		{"chains stay", spread([]string{"in 3", "a 3", "out 3"}, []string{"in a local", "a out local"}), 3, nil, "in[0 1 2] a[0 1 2] out[0 1 2]"},
		{"cycle", spread([]string{"in 2", "a 2", "b 2", "out 1"}, []string{"in a shuffle", "a b shuffle", "b a loop", "a out shuffle"}), 2, nil,
			"in[0 1] a[0 0] b[0 0] out[1]"},
	} {
		for name, p := range c.place {
			c.t.Place(name, p)
		}
		a, err := c.t.Assign(c.workers)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := placed(a); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	top := words()
	top.Place("count", Place{Isolate: true})
	top.Place("split", Place{Isolate: true})
	if _, err := top.Assign(2); err == nil || !strings.Contains(err.Error(), "2 workers are too few") {
		t.Error(err)
	}
}

// TestAssignIsEven checks any shape: each process has a task, and none much more to do than another.
func TestAssignIsEven(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var components, edges []string
		tasks := 0
		for i := range 1 + rnd.IntN(8) {
			n := 1 + rnd.IntN(6)
			tasks += n
			components = append(components, fmt.Sprint("c", i, " ", n))
			if i > 0 {
				edges = append(edges, fmt.Sprint("c", rnd.IntN(i), " c", i, " ", []string{"shuffle", "fields", "local"}[rnd.IntN(3)]))
			}
		}
		workers := 1 + rnd.IntN(9)
		a, err := spread(components, edges).Assign(workers)
		if err != nil {
			t.Fatal(err)
		}
		if a.Workers != min(workers, tasks) {
			t.Fatalf("%d workers for %d tasks of %v: %s", a.Workers, tasks, components, placed(a))
		}
		load := make([]int, a.Workers)
		for _, c := range a.Components {
			for _, w := range c.Workers {
				load[w]++
			}
		}
		for _, n := range load {
			if n < tasks/a.Workers-1 || n > tasks/a.Workers+2 {
				t.Errorf("%v tasks on each of %d workers: %v, %s", load, workers, components, placed(a))
			}
		}
	}
}
