package workers

import (
	"errors"
	"fmt"
	"reflect"
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
