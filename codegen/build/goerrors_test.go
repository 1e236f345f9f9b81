package build

import (
	"errors"
	"testing"

	"github.com/topo-lang/topo/lang/source"
)

// TestExplainPlace: a fault is shown at a line that has text, also where the Go of a line counts on behind it.
func TestExplainPlace(t *testing.T) {
	f := source.NewFile("dir/a.topo", "topology a\n\n  bolt b\n\n\n")
	for out, want := range map[string]string{
		"./a.topo:1:3: bad": "topology a", "work/a.topo:2: bad": "topology a", "a.topo:3:1: bad": "bolt b", "a.topo:5:1: bad": "bolt b", "a.topo:900000000:1: bad": "bolt b",
	} {
		ds, err := explain(out+"\n", errors.New("exit status 1"), []*source.File{f})
		if err != nil || len(ds) != 1 {
			t.Fatalf("%s: %v, %v", out, ds, err)
		}
		if got := f.Text[ds[0].Span.Start:ds[0].Span.End]; got != want {
			t.Errorf("%s points at %q, not at %q", out, got, want)
		}
	}
}
