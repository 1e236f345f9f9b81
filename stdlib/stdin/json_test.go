package stdin

import (
	"io"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/decode/decodetest"
)

func TestJson(t *testing.T) {
	var refused []string
	ctx := &component.Context{
		Stdin: strings.NewReader("{\"s\":\"a\"}\n\n{\"s\":1}\n{\"s\":\"b\"}"), Stderr: io.Discard,
		Fail: func(f component.Failed) { refused = append(refused, f.Place+": "+f.Reason) },
	}
	j := &Json{MaxLine: 1 << 20, Invalid: "report"}
	schema := []component.Column{{Name: "s", Kind: component.String}}
	if err := j.Open(ctx, schema); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	got := ""
	for err := error(nil); err == nil; {
		out := decodetest.Objects([]component.Column{schema[0]})
		err = j.Next(t.Context(), out)
		got += strings.Join(out.Cols[0].Strings, " ") + " "
	}
	if strings.TrimSpace(got) != "a b" || len(refused) != 1 || refused[0] != "standard input:3: field s: a number (1) is not a string" {
		t.Errorf("%q, %q", got, refused)
	}
	if err := (&Json{MaxLine: 1, Invalid: "replace"}).Open(ctx, schema); err == nil {
		t.Error("an unknown way")
	}
}
