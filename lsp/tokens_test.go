package lsp

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/topo-lang/topo/lsp/protocol"
)

// What a client makes of the changes that it is told is what it is told at once.
func TestTokenChanges(t *testing.T) {
	text := "topology words { guarantee none }\nconst least = 3\nspout lines -> (line string) = stdin.lines()\n// ß\nbolt b(l: lines) -> (w string) {\n    if len(l.line) > least { emit (\"{l.line}!\") }\n}\nsink out(b) = stdout.print()\n"
	folder := t.TempDir()
	c := newClient(t, modern, folder, Options{})
	uri := uriOf(folder + "/main.topo")
	d := newDocument("", uri, text, utf16Units)
	c.open(uri, text)
	type told struct {
		semanticTokens
		Edits []semanticEdit
	}
	ask := func(method string, params map[string]any) (out told) {
		params["textDocument"] = map[string]any{"uri": uri}
		c.request("textDocument/semanticTokens/"+method, params, &out)
		return out
	}
	has := ask("full", map[string]any{})
	if len(has.Data) == 0 || has.ResultID == "" {
		t.Fatalf("got %+v", has)
	}
	random, deltas := rand.New(rand.NewPCG(1, 9)), 0
	for version := 2; version < 60; version++ {
		change := randomChange(random, d)
		d.change([]protocol.ContentChange{change}, utf16Units)
		if len(d.text) > 5000 {
			d.set(text, utf16Units)
			change = protocol.ContentChange{Text: text}
		}
		c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": version}, "contentChanges": []any{change}})
		got := ask("full/delta", map[string]any{"previousResultId": has.ResultID})
		if got.Data == nil {
			deltas++
			for _, e := range got.Edits {
				has.Data = slices.Concat(has.Data[:e.Start], e.Data, has.Data[e.Start+e.DeleteCount:])
			}
		} else {
			has.Data = got.Data
		}
		has.ResultID = got.ResultID
		if want := ask("full", map[string]any{}); !slices.Equal(want.Data, has.Data) || want.ResultID != has.ResultID {
			a, _ := json.Marshal(has)
			b, _ := json.Marshal(want)
			t.Fatalf("version %d: got\n%s\nwant\n%s\nof\n%s", version, a, b, d.text)
		}
	}
	if deltas == 0 {
		t.Error("no change was ever told by itself")
	}
	if all := ask("full/delta", map[string]any{"previousResultId": "of another"}); all.Data == nil {
		t.Error("of an answer that is not known all is told")
	}
	c.end()
}
