package stdout

import (
	"errors"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

// output is a standard output that remembers each Write.
type output struct {
	writes []string
	err    error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	o.writes = append(o.writes, string(p))
	return len(p), nil
}

func (o *output) text() string { return strings.Join(o.writes, "") }

var counts = []component.Column{{Name: "word", Kind: component.String}, {Name: "n", Kind: component.Int}}

func batch(words []string, ns []int64) *component.Columns {
	return &component.Columns{N: len(words), Cols: []component.Column{
		{Name: "word", Kind: component.String, Strings: words}, {Name: "n", Kind: component.Int, Ints: ns},
	}}
}

func TestPrint(t *testing.T) {
	for format, want := range map[string]string{
		"tsv": "a\t1\nb c\t2\n", "csv": "a,1\nb c,2\n", "text": "a 1\nb c 2\n", "json": "{\"word\":\"a\",\"n\":1}\n{\"word\":\"b c\",\"n\":2}\n",
	} {
		var out output
		p := &Print{Format: format}
		if err := p.Open(&component.Context{Stdout: &out}, counts); err != nil {
			t.Fatal(err)
		}
		if err := p.Write(batch([]string{"a", "b c"}, []int64{1, 2})); err != nil || len(out.writes) != 0 {
			t.Errorf("%s: written at once, %v", format, err)
		}
		if err := p.Flush(); err != nil || out.text() != want {
			t.Errorf("%s: %q, %v", format, out.text(), err)
		}
		if err := p.Close(true); err != nil || out.text() != want {
			t.Errorf("%s: %q, %v", format, out.text(), err)
		}
	}
	if err := (&Print{Format: "xml"}).Open(&component.Context{}, counts); err == nil {
		t.Error("an unknown format is taken")
	}
}

func TestPrintWritesWholeLines(t *testing.T) {
	var out output
	p := &Print{Format: "tsv"}
	if err := p.Open(&component.Context{Stdout: &out}, counts); err != nil {
		t.Fatal(err)
	}
	word := strings.Repeat("w", 1000)
	for range 200 {
		if err := p.Write(batch([]string{word}, []int64{1})); err != nil {
			t.Fatal(err)
		}
	}
	if len(out.writes) < 3 {
		t.Errorf("%d writes of 200 KB", len(out.writes))
	}
	for _, w := range out.writes {
		if !strings.HasSuffix(w, "\n") {
			t.Error("a line is torn")
		}
	}
}

func TestPrintTellsWriteErrors(t *testing.T) {
	p := &Print{Format: "tsv"}
	if err := p.Open(&component.Context{Stdout: &output{err: errors.New("gone")}}, counts); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(batch([]string{"a"}, []int64{1})); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(true); err == nil || err.Error() != "standard output: cannot write: gone" {
		t.Error(err)
	}
}
