package explain_test

import (
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/topo-lang/topo/codegen/build" // has a code of its own
	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/explain"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/stdlib"
)

// untold are codes whose mistake no text of a page can show: a file system, other bytes, a flag.
var untold = strings.Fields("E0102 E0204 E0337 E0705 E0901 E0911 E0912 E0913 E0914 E0915 E0920")

func codes() []string {
	return slices.Sorted(maps.Keys(func() map[string]bool {
		all := map[string]bool{}
		for _, c := range diag.Codes() {
			all[c] = true
		}
		for c := range compiler.Codes {
			all[c] = true
		}
		return all
	}()))
}

// TestEveryCodeHasAPage: what a diagnostic is called by can be asked about.
func TestEveryCodeHasAPage(t *testing.T) {
	for _, code := range codes() {
		switch page := explain.Of(code); {
		case page == nil:
			t.Errorf("%s has no page: write compiler/explain/pages/%s.md", code, code)
		case page.Story == "":
			t.Errorf("%s has an empty page", code)
		}
	}
	for _, code := range explain.Codes() {
		// What did not compile once has a page that goes with its code.
		if !slices.Contains(codes(), code) && !strings.HasPrefix(code, "E08") {
			t.Errorf("%s has a page, and is no code", code)
		}
	}
}

// TestExamples compiles them: a wrong one has exactly its code, on the marked line, a right one nothing at all.
func TestExamples(t *testing.T) {
	libs := library.New(stdlib.Signatures)
	for _, code := range explain.Codes() {
		if !slices.Contains(codes(), code) {
			continue
		}
		t.Run(code, func(t *testing.T) {
			page := explain.Of(code)
			if (len(page.Wrong) == 0 || len(page.Right) == 0) && !slices.Contains(untold, code) {
				t.Error("no example of what is wrong, or of what is right")
			}
			check(t, libs, code, page.Wrong, true)
			check(t, libs, code, page.Right, false)
		})
	}
}

func check(t *testing.T, libs *library.Set, code string, files []explain.File, wrong bool) {
	if len(files) == 0 {
		return
	}
	var main []*source.File
	shelf, marks := map[string][]*source.File{}, map[string]bool{}
	opts := compiler.Options{Libraries: libs, ToRun: code == "E0801" || code == "E0860"}
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".topo") {
			if opts.Base == "" {
				opts.Go, opts.Base = true, t.TempDir()
			}
			name := filepath.Join(opts.Base, filepath.FromSlash(f.Name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(f.Text), 0o644)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		text := source.NewFile(f.Name, f.Whole())
		for i, line := range strings.Split(text.Text, "\n") {
			if strings.Contains(line, "//~") {
				marks[text.Name+":"+itoa(i+1)] = true
			}
		}
		if dir := path.Dir(f.Name); dir != "." {
			shelf[dir] = append(shelf[dir], text)
		} else {
			main = append(main, text)
		}
	}
	if opts.Go && testing.Short() {
		t.Skip("runs the go command")
	}
	opts.Load = func(name string) ([]*source.File, []diag.Diagnostic) {
		if found := shelf[filepath.ToSlash(name)]; found != nil {
			return found, nil
		}
		return nil, []diag.Diagnostic{{Code: "E0911", Message: name + " does not exist"}}
	}
	result, diags := compiler.Compile(main, opts)
	if strings.HasPrefix(code, "E08") && !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == code }) {
		if wrong {
			t.Logf("%s compiles by now: its page may go", code)
		}
		return
	}
	found := map[string]bool{}
	for _, d := range diags {
		for _, f := range result.Sources {
			if f.Name == d.Span.File {
				found[f.Name+":"+itoa(f.LineOf(d.Span.Start))] = true
			}
		}
		if !wrong || d.Code != code {
			t.Errorf("wrong %v: %s %s", wrong, d.Code, d.Message)
		}
	}
	if !wrong {
		return
	}
	if !maps.Equal(found, marks) || len(marks) == 0 {
		t.Errorf("errs at %v, marked %v", slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(marks)))
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}
