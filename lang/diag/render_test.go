package diag_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// at is the span of the nth (from 1) `part` in the file.
func at(f *source.File, part string, nth int) source.Span {
	start := -1
	for range nth {
		start += 1 + strings.Index(f.Text[start+1:], part)
	}
	return source.Span{File: f.Name, Start: start, End: start + len(part)}
}

func file(name, text string) *source.File { return source.NewFile(name, text) }

// TestRender holds what is shown of each case to testdata/render.txtar.
func TestRender(t *testing.T) {
	cases := map[string]func() ([]*source.File, []diag.Diagnostic){
		"plain": func() ([]*source.File, []diag.Diagnostic) {
			f := file("a.topo", "bolt count(w: split by fields(wrd)) {\n}\n")
			return []*source.File{f}, []diag.Diagnostic{{Code: "E0301", Message: "`split` has no field `wrd`", Span: at(f, "wrd", 1),
				Label: "no such field", Notes: []string{"its fields are: word"}, Help: "did you mean `word`?\nor something else?"}}
		},
		"bare": func() ([]*source.File, []diag.Diagnostic) {
			return nil, []diag.Diagnostic{{Message: "no place at all"}, {Severity: diag.Warning, Code: "W0701", Message: "a warning"}}
		},
		"unknown-file": func() ([]*source.File, []diag.Diagnostic) {
			return nil, []diag.Diagnostic{{Message: "in a file not here", Span: source.Span{File: "x.go", Start: 3, End: 4}}}
		},
		"tabs": func() ([]*source.File, []diag.Diagnostic) {
			f := file("a.topo", "\tlet\tx = 1\n")
			return []*source.File{f}, []diag.Diagnostic{{Message: "behind tabs", Span: at(f, "x", 1)}, {Message: "a tab itself", Span: at(f, "\t", 2)}}
		},
		"wide": func() ([]*source.File, []diag.Diagnostic) {
			f := file("a.topo", "f(\"日本語\", x, \"e\u0301🙂\", y)\n")
			return []*source.File{f}, []diag.Diagnostic{{Message: "behind wide ones", Span: at(f, "x", 1)}, {Message: "wide itself", Span: at(f, "日本語", 1)},
				{Message: "behind a picture and an accent", Span: at(f, "y", 1)}}
		},
		"control-characters": func() ([]*source.File, []diag.Diagnostic) {
			f := file("a.topo", "a\x1b[31m\u202eb\xff c\n")
			return []*source.File{f}, []diag.Diagnostic{{Message: "nothing \x1b[31m plays \u202e with the terminal", Span: at(f, "c", 1)}}
		},
		"long-line": func() ([]*source.File, []diag.Diagnostic) {
			f := file("a.topo", strings.Repeat("a", 200)+" here "+strings.Repeat("b", 200)+"\n")
			return []*source.File{f}, []diag.Diagnostic{{Message: "cut around it", Span: at(f, "here", 1)}, {Message: "cut behind it", Span: at(f, "aaa", 1)},
				{Message: "longer than what is shown", Span: source.Span{File: "a.topo", Start: 10, End: 400}}}
		},
		"ends": func() ([]*source.File, []diag.Diagnostic) {
			f, g, h := file("a.topo", "ab"), file("b.topo", "ab\n"), file("c.topo", "")
			return []*source.File{f, g, h}, []diag.Diagnostic{
				{Message: "the end of the file", Span: source.Span{File: "a.topo", Start: 2, End: 2}},
				{Message: "behind the last line", Span: source.Span{File: "b.topo", Start: 3, End: 3}},
				{Message: "the end of the line", Span: source.Span{File: "b.topo", Start: 2, End: 2}},
				{Message: "an empty file", Span: source.Span{File: "c.topo"}},
				{Message: "over two lines", Span: source.Span{File: "b.topo", Start: 1, End: 3}}}
		},
		"labels": func() ([]*source.File, []diag.Diagnostic) {
			f, g := file("a.topo", "one two three\nfour\nfive\n\n\n\n\n\n\nsix\n"), file("b.topo", "seven\n")
			return []*source.File{f, g}, []diag.Diagnostic{{Message: "many places", Span: at(f, "two", 1), Label: "the first", Related: []diag.Label{
				{Span: at(f, "one", 1), Text: "before it"}, {Span: at(f, "three", 1), Text: "after it"}, {Span: at(f, "six", 1), Text: "far below"},
				{Span: at(f, "four", 1), Text: "on the next line"}, {Span: at(g, "seven", 1), Text: "elsewhere"}, {Span: at(f, "two", 1), Text: "the same again"}},
				Help: "the way out"}}
		},
		"order": func() ([]*source.File, []diag.Diagnostic) {
			f, g := file("b.topo", "x y\n"), file("a.topo", "z\n")
			return []*source.File{f, g}, []diag.Diagnostic{{Message: "second file", Span: at(g, "z", 1)}, {Message: "second place", Span: at(f, "y", 1)},
				{Message: "a warning after it", Severity: diag.Warning, Span: at(f, "x", 1)}, {Message: "first place", Span: at(f, "x", 1)}, {Message: "first place", Span: at(f, "x", 1)}}
		},
		"many": func() ([]*source.File, []diag.Diagnostic) {
			f := file("a.topo", strings.Repeat("x\n", 30))
			var ds []diag.Diagnostic
			for i := range 23 {
				ds = append(ds, diag.Diagnostic{Message: fmt.Sprintf("number %d", i+1), Span: source.Span{File: "a.topo", Start: 2 * i, End: 2*i + 1}})
			}
			return []*source.File{f}, ds
		},
		"repeated": func() ([]*source.File, []diag.Diagnostic) { // what comes once is not hidden by what comes often
			f := file("a.topo", strings.Repeat("x\n", 30))
			var ds []diag.Diagnostic
			for i := range 30 {
				ds = append(ds, diag.Diagnostic{Message: "the same", Span: source.Span{File: "a.topo", Start: 2 * i, End: 2*i + 1}})
			}
			ds[27].Message = "something else"
			return []*source.File{f}, ds
		},
	}
	archive, err := txtar.ParseFile("testdata/render.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out, seen := &txtar.Archive{Comment: archive.Comment}, map[string]bool{}
	for _, golden := range archive.Files {
		name, colour := strings.CutSuffix(golden.Name, "-in-colours")
		files, ds := cases[name]()
		var b strings.Builder
		diag.Render(&b, files, ds, colour)
		got := strings.ReplaceAll(b.String(), "\x1b", "<ESC>")
		out.Files = append(out.Files, txtar.File{Name: golden.Name, Data: []byte(got)})
		if got != string(golden.Data) && !*update {
			t.Errorf("%s\n%s", golden.Name, diff.Diff("want", golden.Data, "got", []byte(got)))
		}
		seen[name] = true
	}
	for name := range cases {
		if !seen[name] {
			t.Errorf("no golden %s", name)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/render.txtar", txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
