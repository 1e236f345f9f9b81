package lsp

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lsp/protocol"
)

// pieces are what random edits put into texts.
var pieces = []string{
	"", "", "x", "}", "{", "(", ")", "\"", "`", ".", ",", ":", "\n", "\r\n", "\r", "\t", "//", " => ", "->", "..", "l.", "emit (", "ß", "\u20ac", "\U0001d11e", "\ufeff", "\x00", "\ud7ff",
	"\nbolt b(x: split by fields(word)) -> (word string) {\n    emit (x.word)\n}\n", "\nspout s -> (a int) = ", "\ngraph g(", "topology", "\nlibrary l\n", "\nuse \"./common\"\n",
	" by fields(", " latest by ", "\ntest \"t\" {\n given lines: (\"a\")\n}\n", "match x { a => b }", "state n int per ", "if let y = ", "none", "99999999999999999999", "1e400", "go \"./x\".Y",
}

// questions are asked at random places: whatever the text is, the answer is none of a bug.
var questions = []string{
	"hover", "definition", "references", "documentHighlight", "completion", "signatureHelp", "documentSymbol", "foldingRange", "inlayHint", "semanticTokens/full", "formatting",
	"documentLink", "codeLens", "prepareRename", "rename", "codeAction", "selectionRange", "prepareCallHierarchy",
}

// A server that was given edits at random, and questions between them, says of the last text what a fresh one says. TOPO_LSP_EDITS says how many edits there are,
// TOPO_SEED which.
func TestReplay(t *testing.T) {
	edits, seed := 300, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("TOPO_LSP_EDITS")); err == nil {
		edits = n
	}
	if testing.Short() {
		edits = 60
	}
	if n, err := strconv.ParseUint(os.Getenv("TOPO_SEED"), 10, 64); err == nil {
		seed = n
	}
	cases, err := filepath.Glob("../compiler/testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(seed, 7))
	for done := 0; done < edits; {
		n := min(100, edits-done)
		replay(t, random, cases[random.IntN(len(cases))], n)
		done += n
		if t.Failed() {
			t.Fatalf("after %d edits of seed %d", done, seed)
		}
	}
}

func replay(t *testing.T, random *rand.Rand, name string, edits int) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	texts := map[string]string{}
	main := ""
	for _, f := range archive.Files {
		if filepath.Ext(f.Name) == ".topo" && !strings.HasPrefix(f.Name, "stdlib/") {
			path := filepath.Join(folder, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			if main == "" {
				main = f.Name
			}
			texts[f.Name] = string(f.Data)
		}
	}
	if main == "" {
		return
	}
	units, capabilities := utf16Units, modern
	if random.IntN(2) == 0 {
		units, capabilities = utf8Units, strings.Replace(modern, "utf-16", "utf-8", 1)
	}
	uri := uriOf(filepath.Join(folder, filepath.FromSlash(main)))
	c := newClient(t, capabilities, folder, Options{})
	d := newDocument("", uri, texts[main], units)
	c.open(uri, d.text)
	for step := range edits {
		var changes []protocol.ContentChange
		for range 1 + random.IntN(2) {
			changes = append(changes, randomChange(random, d))
			d.change(changes[len(changes)-1:], units)
		}
		c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": step + 2}, "contentChanges": changes})
		if len(d.text) > 60_000 {
			d.set(texts[main], units)
			c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": step + 2}, "contentChanges": []any{map[string]any{"text": d.text}}})
		}
		for range random.IntN(3) {
			method := "textDocument/" + questions[random.IntN(len(questions))]
			at := protocol.Position{Line: uint32(random.IntN(len(d.starts) + 1)), Character: uint32(random.IntN(60))}
			err := c.try(method, map[string]any{
				"textDocument": map[string]any{"uri": uri}, "position": at, "positions": []any{at}, "newName": "renamed", "options": map[string]any{},
				"range": protocol.Range{Start: at, End: protocol.Position{Line: at.Line + uint32(random.IntN(4))}}, "context": map[string]any{},
			}, nil)
			var e *protocol.Error
			if errors.As(err, &e) && (e.Code == protocol.InternalError || e.Code == protocol.MethodNotFound) || err != nil && e == nil {
				t.Errorf("%s, step %d: %s: %v", name, step, method, err)
			}
		}
	}
	got := everythingSaid(c, uri)
	c.end()
	fresh := newClient(t, capabilities, folder, Options{})
	fresh.open(uri, d.text)
	if want := everythingSaid(fresh, uri); got != want {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		from := max(0, at-200)
		t.Errorf("%s: the server says\n... %.900s\nand a fresh one\n... %.900s\nof\n%q", name, got[from:], want[from:], d.text)
	}
	fresh.end()
}

// everythingSaid is what a server says of a document.
func everythingSaid(c *client, uri protocol.URI) string {
	out := ""
	for _, method := range []string{"documentSymbol", "foldingRange", "semanticTokens/full", "inlayHint", "codeLens", "documentLink"} {
		var answer json.RawMessage
		c.request("textDocument/"+method, map[string]any{"textDocument": map[string]any{"uri": uri}, "range": protocol.Range{End: protocol.Position{Line: 1 << 20}}}, &answer)
		out += method + " " + string(answer) + "\n"
	}
	// What is wrong is told when nothing waits: an edit that changes nothing makes it so at the latest, under a version of its own: the same is not told twice.
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": 1<<20 + c.asked}, "contentChanges": []any{}})
	c.settle(uri)
	for {
		text, _ := json.Marshal(c.wrong[uri])
		c.request("textDocument/foldingRange", map[string]any{"textDocument": map[string]any{"uri": uri}}, nil)
		if after, _ := json.Marshal(c.wrong[uri]); string(after) == string(text) {
			return out + "diagnostics " + string(text)
		}
	}
}

// randomChange is an edit: small ones mostly; words that take others' places, doubled lines, pastes, and deletions of nearly everything.
func randomChange(random *rand.Rand, d *document) protocol.ContentChange {
	at := func() protocol.Position {
		p := protocol.Position{Line: uint32(random.IntN(len(d.starts)))}
		text, _ := d.line(int(p.Line))
		p.Character = uint32(random.IntN(len(text) + 3)) // also within a rune, and behind the line's end
		return p
	}
	start := at()
	end := start
	text := pieces[random.IntN(len(pieces))]
	switch random.IntN(20) {
	case 0: // a paste
		text = strings.Repeat(pieces[random.IntN(len(pieces))], random.IntN(300))
	case 1: // something large goes, or the two ends come in the wrong order
		end = at()
	case 2, 3, 4: // a line is doubled
		n := random.IntN(len(d.starts))
		line, _ := d.line(n)
		start, text = protocol.Position{Line: uint32(n)}, line+"\n"
		end = start
	case 5: // all is another text
		if random.IntN(4) == 0 {
			// JSON is UTF-8: what is cut within a rune is no text any more.
			return protocol.ContentChange{Text: strings.ToValidUTF8(text+d.text[:random.IntN(len(d.text)+1)], "")}
		}
	case 6, 7, 8, 9, 10: // a word takes another's place
		from, to := wordAt(d.text, random.IntN(len(d.text)+1))
		a, b := wordAt(d.text, random.IntN(len(d.text)+1))
		start, end, text = d.position(from), d.position(to), d.text[a:b]
	default:
		end.Character += uint32(random.IntN(3))
	}
	return protocol.ContentChange{Range: &protocol.Range{Start: start, End: end}, Text: text}
}
