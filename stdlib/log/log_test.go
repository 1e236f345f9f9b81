package log

import (
	"errors"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

func schema() []component.Column {
	return []component.Column{{Name: "text", Kind: component.String}, {Name: "text", Kind: component.String, PerTuple: true}}
}

func TestLevels(t *testing.T) {
	for level, sink := range map[string]component.ColumnSink{"info": &Info{}, "warning": &Warn{}, "error": &Error{}} {
		var err strings.Builder
		if err := sink.Open(&component.Context{Component: "late", Stderr: &err}, schema()); err != nil {
			t.Fatal(err)
		}
		cols := schema()
		cols[0].Strings = []string{"field", "field"}
		cols[1].Strings = []string{"by 3s", "two\nlines \x1b[31m\tü\xff"}
		if err := sink.Write(&component.Columns{N: 2, Cols: cols}); err != nil {
			t.Fatal(err)
		}
		if err.Len() != 0 {
			t.Error("not collected")
		}
		if err := sink.Flush(); err != nil {
			t.Fatal(err)
		}
		want := level + ": late: by 3s\n" + level + ": late: two\\nlines \\x1b[31m\tü\ufffd\n"
		if err.String() != want {
			t.Errorf("%q, want %q", err.String(), want)
		}
		if err := sink.Close(true); err != nil {
			t.Error(err)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestWriteErrorIsTold(t *testing.T) {
	var sink Info
	if err := sink.Open(&component.Context{Stderr: broken{}}, schema()); err != nil {
		t.Fatal(err)
	}
	cols := schema()
	cols[1].Strings = []string{"x"}
	if err := sink.Write(&component.Columns{N: 1, Cols: cols}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(true); err == nil || err.Error() != "standard error: cannot write: gone" {
		t.Error(err)
	}
}

func TestTextMustBeGiven(t *testing.T) {
	if err := new(Warn).Open(&component.Context{}, schema()[:1]); err == nil {
		t.Error("opened without a text")
	}
}
