package lsp

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lsp/protocol"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// The capabilities of a modern client.
const modern = `{"general": {"positionEncodings": ["utf-16"]}, "textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
	"completion": {"completionItem": {"snippetSupport": true}}, "definition": {"linkSupport": false}, "codeAction": {"codeActionLiteralSupport": {}}},
	"workspace": {"workspaceEdit": {"documentChanges": true}}}`

// A case is a txtar archive: files, and in `want` what the server says. A mark at the end of a line asks something: `//@hover(w.word)` asks about
// the place of that text in this line (its end for complete and signature); `//@symbols` asks about the document. The client's capabilities may stand in a file `client.json`.
type markerCase struct {
	*client
	t       *testing.T
	folder  string
	archive *txtar.Archive
	docs    map[string]*document
}

// mark is a question.
type mark struct {
	file  string
	line  int // from 0
	name  string
	text  string // what stands in its brackets
	at    protocol.Position
	until protocol.Position
}

var markPattern = regexp.MustCompile(`//@(\w+)(?:\((.*)\))?\s*$`)

// asks are the questions by their names; each feature's test adds its own.
var asks = map[string]func(c *markerCase, m mark) string{}

// testMarkers runs the cases of a folder below testdata.
func testMarkers(t *testing.T, folder string) {
	cases, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { markers(t, name) })
	}
}

func markers(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &markerCase{t: t, folder: folder, archive: archive, docs: map[string]*document{}}
	capabilities, want, opts := modern, -1, Options{Pages: filepath.Join(folder, ".pages")}
	for i, f := range archive.Files {
		switch {
		case f.Name == "want":
			want = i
		case f.Name == "client.json":
			capabilities = string(f.Data)
		default:
			path := filepath.Join(folder, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			opts.Go = opts.Go || filepath.Ext(f.Name) == ".go"
		}
	}
	if opts.Go && testing.Short() {
		t.Skip("runs the go command")
	}
	c.client = newClient(t, capabilities, folder, opts)
	units := utf16Units
	if strings.Contains(capabilities, `"utf-8"`) {
		units = utf8Units
	}
	var marks []mark
	for _, f := range archive.Files {
		if filepath.Ext(f.Name) != ".topo" {
			continue
		}
		d := newDocument(filepath.Join(folder, filepath.FromSlash(f.Name)), c.uri(f.Name), string(f.Data), units)
		c.docs[f.Name] = d
		marks = append(marks, marksOf(t, f.Name, d)...)
	}
	for _, f := range archive.Files {
		// Those without a mark are of the disk.
		if slices.ContainsFunc(marks, func(m mark) bool { return m.file == f.Name }) {
			c.open(c.uri(f.Name), string(f.Data))
		}
	}
	var out strings.Builder
	for _, m := range marks {
		ask := asks[m.name]
		if ask == nil {
			t.Fatalf("%s:%d: there is no mark %s", m.file, m.line+1, m.name)
		}
		fmt.Fprintf(&out, "%s:%d %s(%s)\n", m.file, m.line+1, m.name, m.text)
		answer := strings.ReplaceAll(strings.ReplaceAll(ask(c, m), string(uriOf(folder))+"/", ""), folder+"/", "")
		answer = strings.ReplaceAll(answer, folder, "FOLDER")
		for line := range strings.SplitSeq(strings.TrimRight(answer, "\n"), "\n") {
			out.WriteString(strings.TrimRight("    "+line, " ") + "\n")
		}
	}
	c.end()
	if *update {
		if want < 0 {
			want = len(archive.Files)
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
		}
		archive.Files[want].Data = []byte(out.String())
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want < 0 {
		t.Fatalf("nothing is wanted; with -update:\n%s", out.String())
	}
	if got := out.String(); got != string(archive.Files[want].Data) {
		t.Errorf("got\n%s\nwant\n%s", got, archive.Files[want].Data)
	}
}

func marksOf(t *testing.T, file string, d *document) []mark {
	var out []mark
	for n := range d.starts {
		text, start := d.line(n)
		found := markPattern.FindStringSubmatchIndex(text)
		if found == nil {
			continue
		}
		m := mark{file: file, line: n, name: text[found[2]:found[3]]}
		if found[4] >= 0 {
			m.text = text[found[4]:found[5]]
		}
		place, _, _ := strings.Cut(m.text, " => ")
		i := strings.Index(text[:found[0]], place)
		if i < 0 {
			t.Fatalf("%s:%d: the line has no %q", file, n+1, place)
		}
		m.at, m.until = d.position(start+i), d.position(start+i+len(place))
		out = append(out, m)
	}
	return out
}

func (c *markerCase) uri(name string) protocol.URI {
	return uriOf(filepath.Join(c.folder, filepath.FromSlash(name)))
}

func (c *markerCase) doc(m mark) map[string]any { return map[string]any{"uri": c.uri(m.file)} }

// position asks about the begin of a mark's text.
func (c *markerCase) position(m mark) map[string]any {
	return map[string]any{"textDocument": c.doc(m), "position": m.at}
}

// ask asks about a mark, and returns the answer as it came.
func (c *markerCase) ask(method string, params any) json.RawMessage {
	var out json.RawMessage
	if err := c.try(method, params, &out); err != nil {
		return json.RawMessage(`"` + err.Error() + `"`)
	}
	return out
}

// place is 3:5-3:9, from 1; a range of whole lines is 3-9.
func place(r protocol.Range) string {
	return fmt.Sprintf("%d:%d-%d:%d", r.Start.Line+1, r.Start.Character+1, r.End.Line+1, r.End.Character+1)
}

// at names a location, with its text where a document of the case has it.
func (c *markerCase) at(l protocol.Location) string {
	name := strings.TrimPrefix(string(l.URI), string(uriOf(c.folder))+"/")
	if d := c.docs[name]; d != nil {
		return fmt.Sprintf("%s:%s %q", name, place(l.Range), d.text[d.offset(l.Range.Start):d.offset(l.Range.End)])
	}
	if strings.Contains(name, "pages/stdlib/") {
		// Its lines are no concern of these cases: the text that stands there is.
		text, err := os.ReadFile(pathOf(l.URI))
		if err != nil {
			return err.Error()
		}
		d := newDocument(name, l.URI, string(text), utf16Units)
		return fmt.Sprintf("%s %q", name, d.text[d.offset(l.Range.Start):d.offset(l.Range.End)])
	}
	return name + ":" + place(l.Range)
}

// edited is a document with edits made; those of one place stand in their order.
func edited(d *document, edits []protocol.TextEdit) string {
	text := d.text
	list := slices.Clone(edits)
	slices.SortStableFunc(list, func(a, b protocol.TextEdit) int { return d.offset(a.Range.Start) - d.offset(b.Range.Start) })
	for _, e := range slices.Backward(list) {
		text = text[:d.offset(e.Range.Start)] + e.NewText + text[d.offset(e.Range.End):]
	}
	return text
}
