package parser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// FuzzParse sees that any text yields a tree whose nodes lie within the file and within their parents, and
// diagnostics that can be shown.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../../examples/*/*.topo", "../../stdlib/*/*.topo", "../format/testdata/topologies/*.topo", "testdata/*.txtar"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			// Archives are cut at their files: each is a text too.
			for _, part := range strings.Split(string(text), "\n-- ") {
				_, body, ok := strings.Cut(part, " --\n")
				if !ok {
					body = part
				}
				f.Add(body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("fuzz.topo", text)
		tree, diags := parser.Parse(file)
		for _, d := range diags {
			if d.Code == "" || d.Message == "" || strings.Contains(d.Message, "this declaration cannot be read") {
				t.Errorf("diagnostic %+v", d)
			}
			if s := d.Span; s.File != file.Name || s.Start < 0 || s.Start > s.End || s.End > len(text) {
				t.Errorf("%s spans %v of %d bytes", d.Message, s, len(text))
			}
		}
		last := 0
		for _, d := range tree.Decls {
			if d.Span().Start < last {
				t.Errorf("declaration at %v begins before the one above ends", d.Span())
			}
			last = d.Span().End
			within(t, d, source.Span{File: file.Name, End: len(text)})
		}
	})
}

// within checks that a node and what is inside of it lies where it may.
func within(t *testing.T, n ast.Spanned, outer source.Span) {
	_, partial := n.(*ast.BadDecl)
	ast.Walk(n, func(inner ast.Spanned) bool {
		if inner == n {
			s := n.Span()
			if s.Start < outer.Start || s.End > outer.End || s.Start > s.End {
				t.Fatalf("%T spans %d to %d of %d to %d", n, s.Start, s.End, outer.Start, outer.End)
			}
			return true
		}
		if !partial { // what could be parsed of a broken declaration may lack its places
			within(t, inner, n.Span())
		}
		return false
	})
}
