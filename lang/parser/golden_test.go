package parser_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden holds each text of testdata/*.txtar (NAME.topo) to what follows it (NAME.out): its tree, or its errors as
// they are shown. A text is held to its errors where its archive's name begins with "errors".
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			golden := map[string]string{}
			for _, f := range archive.Files {
				golden[f.Name] = string(f.Data)
			}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				base, isText := strings.CutSuffix(f.Name, ".topo")
				if !isText {
					continue
				}
				got := result(f.Name, string(f.Data), strings.HasPrefix(filepath.Base(name), "errors"))
				out.Files = append(out.Files, f, txtar.File{Name: base + ".out", Data: []byte(got)})
				if want := golden[base+".out"]; got != want && !*update {
					t.Errorf("%s\n%s\n%s", f.Name, f.Data, diff.Diff("want", []byte(want), "got", []byte(got)))
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// result is the tree of a text, or its errors.
func result(name, text string, errors bool) string {
	f := source.NewFile(name, text)
	tree, diags := parser.Parse(f)
	var b strings.Builder
	if !errors {
		b.WriteString(dump(tree))
	}
	diag.Render(&b, []*source.File{f}, diags, false)
	return b.String()
}

// TestLineEnds sees that line ends of Windows, a byte order mark and tabs mean nothing.
func TestLineEnds(t *testing.T) {
	names, _ := filepath.Glob("testdata/trees-*.txtar")
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			text := string(f.Data)
			if !strings.HasSuffix(f.Name, ".topo") || strings.Contains(text, "`") {
				continue // a raw string may hold line ends
			}
			want := result(f.Name, text, false)
			for what, other := range map[string]string{
				"CRLF": strings.ReplaceAll(text, "\n", "\r\n"),
				"BOM":  "\uFEFF" + text,
				"tabs": strings.ReplaceAll(text, "    ", "\t"),
			} {
				if got := result(f.Name, other, false); got != want {
					t.Errorf("%s with %s\n%s", f.Name, what, diff.Diff("without", []byte(want), "with", []byte(got)))
				}
			}
		}
	}
}
