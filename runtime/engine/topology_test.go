package engine

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestValidation(t *testing.T) {
	spout := func(int) SpoutTask { return opensSpout{new(bool)} }
	bolt := func(int) Task { return plain{} }
	connect := func(top *Topology, s EdgeSpec) { Connect(top, s, Codec[item]{}) }
	for _, c := range []struct {
		want  string
		build func(top *Topology)
	}{
		{"two components are named a", func(top *Topology) { top.Spout("a", 1, spout); top.Spout("a", 1, spout) }},
		{"a has 0 tasks", func(top *Topology) { top.Spout("a", 0, spout) }},
		{"b has no input", func(top *Topology) { top.Bolt("b", 1, 0, bolt) }},
		{"nothing feeds input 0 of b", func(top *Topology) { top.Bolt("b", 1, 1, bolt) }},
		{"nothing feeds input 1 of b", func(top *Topology) {
			top.Spout("a", 1, spout)
			top.Bolt("b", 1, 2, bolt)
			connect(top, EdgeSpec{From: "a", To: "b"})
		}},
		{"an edge to b comes from x, which is no component", func(top *Topology) {
			top.Bolt("b", 1, 1, bolt)
			connect(top, EdgeSpec{From: "x", To: "b"})
		}},
		{"an edge from a goes to x, which is no component", func(top *Topology) {
			top.Spout("a", 1, spout)
			connect(top, EdgeSpec{From: "a", To: "x"})
		}},
		{"an edge from a goes to input 0 of c, which has 0", func(top *Topology) {
			top.Spout("a", 1, spout)
			top.Spout("c", 1, spout)
			connect(top, EdgeSpec{From: "a", To: "c"})
		}},
		{"b has 1025 tasks: by fields there can be 1024", func(top *Topology) {
			top.Spout("a", 1, spout)
			top.Bolt("b", 1025, 1, bolt)
			connect(top, EdgeSpec{From: "a", To: "b", Grouping: Fields})
		}},
		{"the edges form a cycle", func(top *Topology) {
			top.Spout("a", 1, spout)
			top.Bolt("b", 1, 2, bolt)
			top.Bolt("c", 1, 1, bolt)
			connect(top, EdgeSpec{From: "a", To: "b"})
			connect(top, EdgeSpec{From: "b", To: "c"})
			connect(top, EdgeSpec{From: "c", To: "b", Input: 1})
		}},
	} {
		top := New("bad")
		c.build(top)
		if _, err := top.Run(t.Context(), Options{}); err == nil || err.Error() != "topology bad: "+c.want {
			t.Errorf("error is %v, want %s", err, c.want)
		}
	}

	top := New("bad")
	top.Spout("a", 1, spout)
	top.Bolt("b", 1, 1, bolt)
	connect(top, EdgeSpec{From: "a", To: "b"})
	if _, err := top.Run(t.Context(), Options{Transport: &wire{}}); err == nil || !strings.Contains(err.Error(), "no codec") {
		t.Errorf("error is %v", err)
	}
}

func TestRunsOnce(t *testing.T) {
	top := New("once")
	top.Spout("a", 1, func(int) SpoutTask { return opensSpout{new(bool)} })
	if _, err := top.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := top.Run(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "runs once") {
		t.Errorf("error is %v", err)
	}
}

func TestOutBeforeRunPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an edge has ends before its topology runs")
		}
	}()
	Connect(New("early"), EdgeSpec{From: "a", To: "b"}, itemCodec).Out(0)
}

func TestSummary(t *testing.T) {
	m, _ := line(9)
	top := m.build()
	view := []byte("first")
	for _, why := range []string{"zero", "zero", "a", "b", "never kept"} {
		top.Fail("bolt", "f.topo:3", why)
	}
	top.Fail("bolt", "f.topo:2", string(view))
	top.Fail("an earlier one", "f.topo:9", "x")
	sum, err := top.Run(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Failure{
		{Component: "an earlier one", Place: "f.topo:9", Count: 1, Reasons: []string{"x"}},
		{Component: "bolt", Place: "f.topo:2", Count: 1, Reasons: []string{"first"}},
		{Component: "bolt", Place: "f.topo:3", Count: 5, Reasons: []string{"a", "b", "zero"}},
	}
	if !reflect.DeepEqual(sum.Failures, want) || sum.Failed() != 7 {
		t.Errorf("got  %v\nwant %v", sum.Failures, want)
	}
	// Two spout tasks, 10 tuples each, one to one.
	for _, e := range sum.Edges {
		if e.Rows != 20 || e.Batches == 0 || e.Batches > 20 {
			t.Errorf("edge %s -> %s carried %+v", e.From, e.To, e.Traffic)
		}
	}
	names := []string{}
	for _, one := range sum.Tasks {
		names = append(names, one.Component)
		if one.Component == "spout" && (one.Executed.Rows != 0 || one.Emitted.Rows != 10) {
			t.Errorf("%+v", one)
		}
	}
	if got := strings.Join(names, " "); got != "spout spout bolt bolt sink sink" {
		t.Error(got)
	}
}

func TestErrorNamesItsTask(t *testing.T) {
	why := errors.New("why")
	if got := (&Error{Component: "count", Tasks: 1, Err: why}).Error(); got != "count: why" {
		t.Error(got)
	}
	if got := (&Error{Component: "count", Task: 1, Tasks: 2, Err: why}).Error(); got != "count[1]: why" {
		t.Error(got)
	}
}
