package stdin

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

func open(t *testing.T, in io.Reader) *Lines {
	t.Helper()
	l := &Lines{MaxLine: 1 << 20, Invalid: "fail"}
	if err := l.Open(&component.Context{Stdin: in, Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestLinesUntilTheEnd(t *testing.T) {
	l := open(t, strings.NewReader("a\r\nb\n"+strings.Repeat("c\n", 3000)+"d"))
	want := append(append([]string{"a", "b"}, slices.Repeat([]string{"c"}, 3000)...), "d")
	var got []string
	for {
		var out component.Emitter[LinesRow]
		err := l.Next(t.Context(), &out)
		for _, row := range out.Rows {
			got = append(got, strings.Clone(row.Line))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d lines", len(got))
	}
}

func TestStopDoesNotWaitForInput(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close()
	l := open(t, in)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Next(ctx, &component.Emitter[LinesRow]{}) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLinesDoNotWaitForALaterOne(t *testing.T) {
	in, out := io.Pipe()
	l := open(t, in)
	go out.Write([]byte("now\nlat"))
	var rows component.Emitter[LinesRow]
	if err := l.Next(t.Context(), &rows); err != nil || len(rows.Rows) != 1 || rows.Rows[0].Line != "now" {
		t.Errorf("%v, %v", rows.Rows, err)
	}
	out.Close()
}

func TestErrorsNameStandardInput(t *testing.T) {
	l := open(t, strings.NewReader("\xff\n"))
	err := l.Next(t.Context(), &component.Emitter[LinesRow]{})
	if err == nil || !strings.HasPrefix(err.Error(), "standard input:1:1: ") {
		t.Error(err)
	}
}
