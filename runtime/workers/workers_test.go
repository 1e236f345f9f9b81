package workers

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/engine"
)

type helped struct{ error }

func (helped) Help() string { return "do that" }

func TestFaultKeepsTheHelp(t *testing.T) {
	f := FaultOf(fmt.Errorf("out: %w", helped{errors.New("broken")}))
	if f.Error() != "out: broken" || f.Help() != "do that" {
		t.Errorf("%+v", f)
	}
	if FaultOf(nil) != nil {
		t.Error("a fault of nothing")
	}
}

func TestMerge(t *testing.T) {
	a := &engine.Assignment{Components: []engine.Assigned{{Component: "in"}, {Component: "out"}}}
	part := func(task string, number int, rows int64, reasons ...string) engine.Summary {
		return engine.Summary{
			Tasks:    []engine.TaskSummary{{Component: task, Task: number}},
			Edges:    []engine.EdgeSummary{{EdgeSpec: engine.EdgeSpec{From: "in", To: "out"}, Traffic: engine.Traffic{Rows: rows, Batches: 1}}},
			Failures: []engine.Failure{{Component: "out", Place: "a.topo:1", Count: rows, Reasons: reasons}},
		}
	}
	got := Merge([]engine.Summary{part("out", 1, 2, "b", "c"), part("in", 0, 3, "a"), part("out", 0, 5, "c", "d")}, a)
	want := engine.Summary{
		Tasks:    []engine.TaskSummary{{Component: "in"}, {Component: "out"}, {Component: "out", Task: 1}},
		Edges:    []engine.EdgeSummary{{EdgeSpec: engine.EdgeSpec{From: "in", To: "out"}, Traffic: engine.Traffic{Rows: 10, Batches: 3}}},
		Failures: []engine.Failure{{Component: "out", Place: "a.topo:1", Count: 10, Reasons: []string{"a", "b", "c"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestWhatIsSaidOfDeadWorkers(t *testing.T) {
	a := &engine.Assignment{Workers: 2, Components: []engine.Assigned{
		{Component: "in", Spout: true, Workers: []int{0}}, {Component: "count", Workers: []int{1, 0}}, {Component: "pass", Workers: []int{1}}}}
	for _, c := range []struct {
		name     string
		replayed bool
		dead     int
		lost     int64
		fault    string
		said     int
	}{
		{"nobody died", true, -1, 0, "", 0},
		{"without a guarantee", false, 1, 7, "up to 7 tuples", 1},
		{"with state", true, 1, 0, "the state of count was lost", 1},
		{"rows out of state", true, 1, 3, "the state of count was lost", 2},
	} {
		said := 0
		s := New(Config{Topology: "t", Assigned: a, Replayed: c.replayed, Local: 2,
			Place: func(name string) engine.Place { return engine.Place{Keeps: name == "count"} },
			Start: func(int, uint16) error { return nil },
			Say:   func(string, ...any) { said++ },
		})
		s.begun = true
		if c.dead >= 0 {
			s.Gone(c.dead, 1, "was killed")
			s.lost = c.lost
		}
		s.stopTimers()
		_, err := s.result()
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) || said != c.said {
			t.Errorf("%s: %v, %d messages", c.name, err, said)
		}
	}
}

func TestPositionsGoToTheWorkerThatIsStartedAnew(t *testing.T) {
	a := &engine.Assignment{Workers: 2, Components: []engine.Assigned{{Component: "in", Spout: true, Workers: []int{0, 1}}, {Component: "out", Workers: []int{1}}}}
	s := New(Config{Topology: "t", Assigned: a, Place: func(string) engine.Place { return engine.Place{} }})
	s.save(Position{Task{"in", 1}, []byte("5")})
	s.save(Position{Task{"in", 0}, []byte("3")})
	s.save(Position{Task{"in", 1}, []byte("9")})
	want := []Position{{Task{"in", 1}, []byte("9")}}
	if got := s.positionsOf(s.workers[1]); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	m := &Member{Welcome: Welcome{Positions: want}}
	if at := m.Positions().Load("in", 1); string(at) != "9" {
		t.Errorf("stands at %q", at)
	}
	if at := m.Positions().Load("in", 0); at != nil {
		t.Errorf("stands at %q", at)
	}
}

// A worker that is killed when its tasks have ended costs nothing, unless something is written at the very end.
func TestKilledWhileItCloses(t *testing.T) {
	a := &engine.Assignment{Workers: 2, Components: []engine.Assigned{{Component: "in", Spout: true, Workers: []int{0}}, {Component: "out", Workers: []int{1}}}}
	for _, whole := range []bool{false, true} {
		said := ""
		s := New(Config{Topology: "t", Assigned: a, Replayed: true, Local: 2,
			Place: func(name string) engine.Place { return engine.Place{Whole: whole && name == "out"} },
			Say:   func(format string, args ...any) { said += fmt.Sprintf(format, args...) },
		})
		s.begun, s.closing = true, true
		failures := []engine.Failure{{Component: "out", Place: "a.topo:1", Count: 2}}
		s.workers[0].state, s.workers[0].cleared = finished, true
		s.workers[1].state, s.workers[1].summary = ended, &engine.Summary{Failures: failures}
		s.Gone(1, 1, "was killed")
		sum, err := s.result()
		select {
		case <-s.finished:
		default:
			t.Error("the run goes on")
		}
		if !reflect.DeepEqual(sum.Failures, failures) {
			t.Errorf("what it had counted is lost: %+v", sum)
		}
		switch {
		case whole && (err == nil || err.Error() != "worker 2 was killed while it completed what out writes at the end" || said != ""):
			t.Errorf("error %v, said %q", err, said)
		case !whole && (err != nil || said != "warning: worker 2 was killed when its tasks had ended, and all of theirs was written: out" || !s.workers[1].cleared):
			t.Errorf("error %v, said %q", err, said)
		}
	}
}

// Of what fails at no place in the text, such as lines of an input, some are told, each once; of a place in the text the first.
func TestReportsOfWorkers(t *testing.T) {
	var told []string
	s := New(Config{Topology: "t", Assigned: &engine.Assignment{Workers: 1}, Report: func(r engine.Report) { told = append(told, r.Reason) }})
	for _, reason := range []string{"a:1: x", "a:1: x", "a:2: x", "a:3: x", "a:4: x"} {
		s.report(engine.Report{Component: "in", Reason: reason, Count: 1})
	}
	s.report(engine.Report{Component: "b", Place: "t.topo:4", Reason: "one", Count: 1})
	s.report(engine.Report{Component: "b", Place: "t.topo:4", Reason: "two", Count: 1})
	s.report(engine.Report{Component: "b", Place: "t.topo:4", Reason: "later", Count: 7})
	if want := []string{"a:1: x", "a:2: x", "a:3: x", "one", "later"}; !reflect.DeepEqual(told, want) {
		t.Errorf("told %q", told)
	}
}
