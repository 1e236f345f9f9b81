package stdout

import (
	"bytes"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

func TestLatency(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ctx := &component.Context{Stdout: &out, Now: func() time.Time { return now }}
	schema := []component.Column{{Name: "n", Kind: component.Int}, {Name: "at", Kind: component.Time}}
	l := &Latency{Since: 1}
	if err := l.Open(ctx, schema); err != nil {
		t.Fatal(err)
	}
	cols := &component.Columns{N: 100, Cols: schema}
	for i := range 100 {
		d := time.Millisecond
		if i == 99 {
			d = time.Second
		}
		cols.Cols[1].Times = append(cols.Cols[1].Times, now.Add(-d))
	}
	if err := l.Write(cols); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(true); err != nil {
		t.Fatal(err)
	}
	if want := "tuples\t100\nmean\t10.99ms\np50\t1.049ms\np99\t1s\np99.9\t1s\nmax\t1s\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
	if err := (&Latency{Since: 0}).Open(ctx, schema); err == nil {
		t.Error("a field that is no time")
	}
}
