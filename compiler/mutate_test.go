package compiler

import (
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/source"
)

// TestMutations takes each line out of each golden case, and each word of the word count: whatever is missing,
// the compiler does not panic, and it says something about a text that does not compile.
func TestMutations(t *testing.T) {
	compile := func(text string) {
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("panic: %v\n%s\n%s", r, debug.Stack(), text)
			}
		}()
		result, diags := Compile([]*source.File{source.NewFile("m.topo", text)}, Options{Libraries: realLibraries})
		if result.Program == nil && result.Library == nil && len(diags) == 0 {
			t.Errorf("no program, and nothing said\n%s", text)
		}
		if result.Program != nil {
			checkProgram(t, result.Program)
		}
	}
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if filepath.Ext(f.Name) != ".topo" || strings.HasPrefix(f.Name, "stdlib/") {
				continue
			}
			sep := "\n"
			if strings.HasPrefix(f.Name, "wordcount") || strings.HasPrefix(f.Name, "ten") {
				sep = " "
			}
			parts := strings.SplitAfter(string(f.Data), sep)
			for i := range parts {
				compile(strings.Join(parts[:i], "") + strings.Join(parts[i+1:], ""))
			}
		}
	}
}
