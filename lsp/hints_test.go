package lsp

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Who types is shown hints by the plan before, and when the typing rests the client is told that there is another one; but for what is as it was.
func TestHintsAnew(t *testing.T) {
	const text = "topology words { guarantee none }\nspout lines -> (line string) = stdin.lines()\nbolt b(l: lines) -> (w string) tasks 2 {\n    emit (l.line)\n}\nsink out(b) = stdout.print()\n"
	folder := t.TempDir()
	capabilities := strings.Replace(modern, `"workspace": {`, `"workspace": {"inlayHint": {"refreshSupport": true}, `, 1)
	if capabilities == modern {
		t.Fatal("the capabilities are not as they were")
	}
	c := newClient(t, capabilities, folder, Options{Rest: time.Nanosecond})
	uri := uriOf(filepath.Join(folder, "main.topo"))
	c.open(uri, text)
	version := 1
	write := func(text string) {
		version++
		c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": version}, "contentChanges": []any{map[string]any{"text": text}}})
	}
	hints := func() string {
		var all []inlayHint
		c.request("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": uri}, "range": map[string]any{"end": map[string]any{"line": 100}}}, &all)
		out := ""
		for _, h := range all {
			out += h.Label + "\n"
		}
		return out
	}
	// refreshed waits until the server asks for it, and reports whether it did before it says that something is wrong.
	refreshed := func() bool {
		for m := range c.all {
			c.take(m)
			if m.Method == "workspace/inlayHint/refresh" {
				if len(m.Params) > 0 {
					t.Errorf("params %s", m.Params)
				}
				return true
			}
			if m.Method == "textDocument/publishDiagnostics" && len(c.wrong[uri]) > 0 {
				return false
			}
		}
		t.Fatal("the server has ended")
		return false
	}
	if got := hints(); !strings.Contains(got, "⟨2 tasks⟩") {
		t.Fatalf("first:\n%s", got)
	}
	write(strings.Replace(text, "tasks 2", "tasks 3", 1))
	if got := hints(); !strings.Contains(got, "⟨2 tasks⟩") {
		t.Errorf("while it is typed:\n%s", got)
	}
	if !refreshed() {
		t.Error("nothing is told of another plan")
	}
	if got := hints(); !strings.Contains(got, "⟨3 tasks⟩") {
		t.Errorf("afterwards:\n%s", got)
	}
	// What is wrong has no plan; until that is clear the one before is shown.
	write(strings.Replace(text, "l.line", "l.lin", 1))
	if got := hints(); !strings.Contains(got, "⟨3 tasks⟩") {
		t.Errorf("with a mistake:\n%s", got)
	}
	for !refreshed() {
	}
	if got := hints(); strings.Contains(got, "tasks⟩") {
		t.Errorf("with a mistake, afterwards:\n%s", got)
	}
	c.end()
}
