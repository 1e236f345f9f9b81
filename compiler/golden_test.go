package compiler

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/compiler/graph"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/stdlib"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

var realLibraries = library.New(stdlib.Signatures)

// A golden case is a txtar archive: .topo files; `stdlib/...` files where the case brings a standard library
// of its own; .go files (and a go.mod) where it has Go code; and what must come out, as `want/diagnostics`, `want/plan.txt`, `want/plan.json`, `want/graph.dot`, `want/graph.mmd`.
//
// Each line of .topo text on which a diagnostic begins says its codes: `//~ E0301 W0501`.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			golden(t, file)
		})
	}
}

// TestEveryCodeHasACase looks for each code of the table in the golden cases.
func TestEveryCodeHasACase(t *testing.T) {
	// Load has its cases in load_test.go.
	seen := map[string]bool{cannotRead: true, noTopoFiles: true, fileTooLarge: true, notText: true, severalTopologies: true}
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name == "want/diagnostics" {
				for code := range Codes {
					seen[code] = seen[code] || bytes.Contains(f.Data, []byte(code))
				}
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(Codes)) {
		if !seen[code] {
			t.Errorf("no case has %s: %s", code, Codes[code])
		}
	}
}

func golden(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var files []*source.File
	own := fstest.MapFS{}
	shelf := map[string][]*source.File{} // libraries of the case's own, by folder
	wanted := map[string]int{}
	var opts Options
	for i, f := range archive.Files {
		switch {
		case strings.HasPrefix(f.Name, "stdlib/"):
			own[strings.TrimPrefix(f.Name, "stdlib/")] = &fstest.MapFile{Data: f.Data}
		case filepath.Ext(f.Name) == ".topo" && strings.Contains(f.Name, "/"):
			shelf[path.Dir(f.Name)] = append(shelf[path.Dir(f.Name)], source.NewFile(f.Name, string(f.Data)))
		case filepath.Ext(f.Name) == ".topo":
			files = append(files, source.NewFile(f.Name, string(f.Data)))
		case strings.HasPrefix(f.Name, "want/"):
			wanted[f.Name] = i
		case filepath.Ext(f.Name) == ".go", filepath.Base(f.Name) == "go.mod":
			// Go code of the case's own: it stands in a folder, with the text.
			if opts.Base == "" {
				opts.Go, opts.Base = true, t.TempDir()
			}
			name := filepath.Join(opts.Base, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("%s has a file %s, which is no part of a case", file, f.Name)
		}
	}
	libs := realLibraries
	if len(own) > 0 {
		libs = library.New(fs.FS(own))
	}
	opts.Libraries, opts.Load = libs, onShelf(shelf)
	if about := string(archive.Comment); strings.HasPrefix(about, "As for a build") {
		opts.ToRun = true
		about, _, _ = strings.Cut(about, ":")
		_, opts.Guarantee, _ = strings.Cut(about, " with --guarantee ")
	}
	if len(files) == 0 {
		files = shelf["."] // a library alone
	}
	if opts.Go && testing.Short() {
		t.Skip("runs the go command")
	}
	result, diags := Compile(files, opts)
	checkMarks(t, slices.DeleteFunc(slices.Clone(result.Sources), func(f *source.File) bool {
		return strings.HasPrefix(f.Name, "stdlib/") || filepath.Ext(f.Name) == ".go"
	}), diags)
	checkFixes(t, files, opts, diags)

	got := map[string]string{"want/diagnostics": rendered(result.Sources, diags)}
	if result.Program == nil && result.Library == nil && !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }) {
		t.Error("no program, and no error")
	}
	if result.Program != nil {
		json, err := result.Plan.JSON()
		if err != nil {
			t.Fatal(err)
		}
		got["want/plan.json"] = string(json)
		got["want/plan.txt"] = result.Plan.Text()
		got["want/graph.dot"] = graph.DOT(result.Program)
		got["want/graph.mmd"] = graph.Mermaid(result.Program)
		checkProgram(t, result.Program)
	}
	if _, ok := wanted["want/diagnostics"]; !ok {
		archive.Files = append(archive.Files, txtar.File{Name: "want/diagnostics"})
		wanted["want/diagnostics"] = len(archive.Files) - 1
	}
	changed := false
	for name, i := range wanted {
		text, ok := got[name]
		if !ok {
			t.Errorf("the case wants %s, but there is no program", name)
			continue
		}
		if string(archive.Files[i].Data) != text {
			if *update {
				archive.Files[i].Data = []byte(text)
				changed = true
			} else {
				t.Errorf("%s differs; run `go test ./compiler -update` and look at what changed\n--- got\n%s\n--- want\n%s", name, text, archive.Files[i].Data)
			}
		}
	}
	if changed {
		if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// onShelf is Options.Load for libraries that lie in memory, by folder.
func onShelf(shelf map[string][]*source.File) func(string) ([]*source.File, []diag.Diagnostic) {
	return func(path string) ([]*source.File, []diag.Diagnostic) {
		if files := shelf[filepath.ToSlash(path)]; len(files) > 0 {
			return files, nil
		}
		return nil, []diag.Diagnostic{{Code: cannotRead, Message: path + " does not exist"}}
	}
}

func rendered(files []*source.File, diags []diag.Diagnostic) string {
	var b bytes.Buffer
	// All of them: a terminal shows the first ones only.
	for chunk := range slices.Chunk(diags, diag.MaxShown) {
		diag.Render(&b, files, chunk, false)
	}
	return b.String()
}

// checkMarks compares the codes of each line with its mark.
func checkMarks(t *testing.T, files []*source.File, diags []diag.Diagnostic) {
	t.Helper()
	got, want := map[string][]string{}, map[string][]string{}
	for _, f := range files {
		for i, line := range strings.Split(f.Text, "\n") {
			if _, codes, ok := strings.Cut(line, "//~"); ok {
				want[fmt.Sprintf("%s:%d", f.Name, i+1)] = strings.Fields(codes)
			}
		}
	}
	for _, d := range diags {
		at, ok := lineOf(files, d)
		if !ok && strings.HasPrefix(d.Span.File, "stdlib/") {
			continue // a mistake of the library
		}
		got[at] = append(got[at], d.Code)
	}
	for _, at := range slices.Sorted(maps.Keys(got)) {
		slices.Sort(got[at])
		slices.Sort(want[at])
		if !slices.Equal(got[at], want[at]) {
			t.Errorf("%s: got %v, marked %v", at, got[at], want[at])
			for _, d := range diags {
				if line, ok := lineOf(files, d); ok && line == at {
					t.Logf("  %s %s", d.Code, d.Message)
				}
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(want)) {
		if got[at] == nil {
			t.Errorf("%s: got nothing, marked %v", at, want[at])
		}
	}
	for _, d := range diags {
		word, _, _ := strings.Cut(d.Message, " ")
		named := word == "Go" || slices.ContainsFunc(files, func(f *source.File) bool { return strings.Contains(f.Text, word) })
		if strings.ToLower(word) != word && !named || strings.HasSuffix(d.Message, ".") {
			t.Errorf("message out of style: %q", d.Message)
		}
	}
}

// lineOf says on which line a diagnostic begins, and whether its span is one of a file's.
func lineOf(files []*source.File, d diag.Diagnostic) (string, bool) {
	for _, f := range files {
		if f.Name == d.Span.File && d.Span.Start >= 0 && d.Span.Start <= d.Span.End && d.Span.End <= len(f.Text) {
			return fmt.Sprintf("%s:%d", f.Name, f.LineOf(d.Span.Start)), true
		}
	}
	return fmt.Sprintf("nowhere (%v)", d.Span), false
}

// checkFixes applies each fix alone: it must take its error away, and bring no error of syntax.
func checkFixes(t *testing.T, files []*source.File, opts Options, diags []diag.Diagnostic) {
	t.Helper()
	for _, d := range diags {
		for _, fix := range d.Fixes {
			fixed := make([]*source.File, len(files))
			if !slices.ContainsFunc(files, func(f *source.File) bool { return f.Name == fix.Span.File }) {
				continue // in a library
			}
			for i, f := range files {
				text := f.Text
				if f.Name == fix.Span.File {
					if fix.Span.End > len(text) || fix.Span.Start > fix.Span.End {
						t.Errorf("%s: fix %q has the span %v", d.Code, fix.Title, fix.Span)
						continue
					}
					text = text[:fix.Span.Start] + fix.Text + text[fix.Span.End:]
				}
				fixed[i] = source.NewFile(f.Name, text)
			}
			opts.Libraries = realLibraries
			_, after := Compile(fixed, opts)
			if count(after, d.Code, d.Message) >= count(diags, d.Code, d.Message) {
				t.Errorf("%s %q: fix %q does not help", d.Code, d.Message, fix.Title)
			}
			for _, a := range after {
				if strings.HasPrefix(a.Code, "E01") || strings.HasPrefix(a.Code, "E02") {
					if count(diags, a.Code, a.Message) == 0 {
						t.Errorf("%s %q: fix %q breaks the syntax: %s", d.Code, d.Message, fix.Title, a.Message)
					}
				}
			}
		}
	}
}

func count(diags []diag.Diagnostic, code, message string) int {
	n := 0
	for _, d := range diags {
		if d.Code == code && d.Message == message {
			n++
		}
	}
	return n
}
