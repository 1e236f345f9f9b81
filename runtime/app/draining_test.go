package app

import (
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
)

func TestDrainText(t *testing.T) {
	edge := func(from, to string, rows int64) engine.EdgeMetrics {
		return engine.EdgeMetrics{EdgeSpec: engine.EdgeSpec{From: from, To: to}, Traffic: engine.Traffic{Rows: rows}}
	}
	took := func(name, kind string, rows int64) engine.TaskMetrics {
		return engine.TaskMetrics{Component: name, Kind: kind, Executed: engine.Traffic{Rows: rows}}
	}
	slow := took("slow", "bolt", 1000)
	slow.Call, slow.In = "a batch", 12*time.Second
	quick := took("quick", "bolt", 20)
	quick.Call, quick.In = "a batch", time.Millisecond
	lines := took("lines", "spout", 0)
	lines.Pending = 9001
	for _, c := range []struct {
		want string
		m    engine.Metrics
	}{
		{"", engine.Metrics{}},
		{"", engine.Metrics{Edges: []engine.EdgeMetrics{edge("lines", "quick", 20)}, Tasks: []engine.TaskMetrics{quick}}},
		{
			"tuples wait, 9.00 k before slow, 5 before out; 9001 tuples of the spouts are not settled; slow has been at work for 12s",
			engine.Metrics{
				Edges: []engine.EdgeMetrics{edge("slow", "out", 15), edge("lines", "slow", 6000), edge("more", "slow", 4000)},
				Tasks: []engine.TaskMetrics{lines, slow, quick, took("out", "sink", 10)},
			},
		},
		{
			"tuples wait, 4 before d, 3 before c, 2 before b, and others",
			engine.Metrics{Edges: []engine.EdgeMetrics{edge("x", "a", 1), edge("x", "b", 2), edge("x", "c", 3), edge("x", "d", 4)}},
		},
	} {
		if got := drainText(c.m); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
