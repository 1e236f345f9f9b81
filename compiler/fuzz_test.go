package compiler

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/compiler/graph"
	"github.com/topo-lang/topo/lang/source"
)

// FuzzCompile: no text makes the compiler panic, spans lie in the text, and what compiles keeps
// the promises of package ir and can be drawn.
func FuzzCompile(f *testing.F) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, a := range archive.Files {
			if strings.HasSuffix(a.Name, ".topo") && !strings.HasPrefix(a.Name, "stdlib/") {
				f.Add(string(a.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("fuzz.topo", text)
		result, diags := Compile([]*source.File{file}, Options{Libraries: realLibraries})
		for _, d := range diags {
			if d.Span.File == "fuzz.topo" && (d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text)) {
				t.Errorf("%s %q has the span %v of %d bytes", d.Code, d.Message, d.Span, len(text))
			}
		}
		if result.Program != nil {
			checkProgram(t, result.Program)
			graph.SVG(result.Program)
			result.Plan.Text()
		}
	})
}
