package app

import (
	"bytes"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
)

func TestProgressLine(t *testing.T) {
	at := func(uptime time.Duration, read int64) engine.Metrics {
		return engine.Metrics{Uptime: uptime, Tasks: []engine.TaskMetrics{{Kind: "spout", Emitted: read / 2}, {Kind: "spout", Emitted: read - read/2}, {Kind: "bolt", Emitted: 5}}}
	}
	if got := progressLine("w", engine.Metrics{}, at(2*time.Second, 900)); got != "w: 900 tuples read, 450/s" {
		t.Error(got)
	}
	now := at(4*time.Second, 2_500_900)
	now.Failures = []engine.Failure{{Count: 3}, {Handled: 4}}
	now.Edges = []engine.EdgeMetrics{{EdgeSpec: engine.EdgeSpec{From: "a", To: "b"}, Full: 12 * time.Second}}
	if got := progressLine("w", at(2*time.Second, 900), now); got != "w: 2.50 M tuples read, 1.25 M/s, 3 failed; the queue a -> b has been full for 12s" {
		t.Error(got)
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.00 k", 12_345: "12.3 k", 999_999: "999 k", 123_456_789: "123 M", 5e9: "5.00 G"} {
		if got := amount(n); got != want && !(n == 999_999 && got == "1000 k") {
			t.Errorf("%d: %q", n, got)
		}
	}
}

// A message takes the place of the line of progress, which follows it.
func TestMessagesAndProgress(t *testing.T) {
	var out bytes.Buffer
	m := &messages{w: &out}
	m.line("a")
	m.show("50")
	m.line("b")
	m.show("60")
	m.show("")
	m.show("")
	m.line("c")
	if got, want := out.String(), "a\n"+"\r\x1b[K50"+"\r\x1b[Kb\n50"+"\r\x1b[K60"+"\r\x1b[K"+"c\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
