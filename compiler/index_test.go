package compiler

import (
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// What an index says stands at a place stands there, in every text of the cases, sound or not; and of sound ones it knows nearly every word.
func TestIndex(t *testing.T) {
	eachCase(t, func(t *testing.T, a *txtar.Archive, names []string) {
		texts := map[string]string{}
		var files []*source.File
		for _, f := range a.Files {
			texts[f.Name] = string(f.Data)
			if slices.Contains(names, f.Name) {
				files = append(files, source.NewFile(f.Name, string(f.Data)))
			}
		}
		s := NewSession(Options{Libraries: realLibraries, Load: shelf(a)})
		s.Check(files)
		x := s.Index()
		declared := map[*Symbol]int{}
		for _, r := range x.Refs {
			if strings.HasPrefix(r.At.File, "stdlib/") {
				continue
			}
			text, known := texts[r.At.File]
			if !known {
				t.Errorf("a name in %s, which is no text of the case", r.At.File)
				continue
			}
			if r.Declares {
				declared[r.Symbol]++
			}
			if got := text[r.At.Start:r.At.End]; got != r.Symbol.Name && r.Symbol.Kind != "stream" && r.Symbol.Kind != "go" {
				t.Errorf("%s:%d is %q, and stands for %s %s", r.At.File, r.At.Start, got, r.Symbol.Kind, r.Symbol.Name)
			}
			if at := r.Symbol.At; !at.IsZero() && texts[at.File] != "" && !strings.Contains(at.File, "/") && r.Symbol.Kind != "stream" {
				if got := texts[at.File][at.Start:at.End]; got != r.Symbol.Name {
					t.Errorf("%s %s is declared as %q", r.Symbol.Kind, r.Symbol.Name, got)
				}
			}
		}
		if _, diags := Compile(files, Options{Libraries: realLibraries, Load: shelf(a)}); len(diags) > 0 {
			return
		}
		for _, f := range files {
			for _, n := range unknownNames(f, x) {
				t.Errorf("%s: nothing is known of %q, at %d", f.Name, n.Name, n.Span().Start)
			}
		}
	})
}

// unknownNames are the names in a sound text that an index does not know.
func unknownNames(f *source.File, x *Index) []*ast.Ident {
	known := map[source.Span]bool{}
	for _, r := range x.Refs {
		known[r.At] = true
	}
	tree, _ := parser.Parse(f)
	var out []*ast.Ident
	look := func(n *ast.Ident) {
		if n != nil && !known[n.Span()] && n.Name != "_" {
			out = append(out, n)
		}
	}
	for _, d := range tree.Decls {
		ast.Walk(d, func(n ast.Spanned) bool {
			switch n := n.(type) {
			case *ast.Setting, *ast.Option, *ast.Opaque:
				return false
			case *ast.Fake:
				return false
			case *ast.Name:
				look(&ast.Ident{Node: n.Node, Name: n.Name})
			case *ast.Select:
				look(n.Field)
			case *ast.Field:
				look(n.Name)
			case *ast.Source:
				if n.Query == nil {
					look(n.Component)
				}
				look(n.Stream)
			case *ast.Let:
				look(n.Name)
			case *ast.For:
				look(n.Key)
			case *ast.State:
				look(n.Name)
			case *ast.Component:
				look(n.Name)
			case *ast.Grouping:
				for _, k := range n.Fields {
					look(k)
				}
			}
			return true
		})
	}
	return out
}
