package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lsp/protocol"
)

// documentLink is text that leads somewhere.
type documentLink struct {
	Range   protocol.Range `json:"range"`
	Target  protocol.URI   `json:"target"`
	Tooltip string         `json:"tooltip,omitempty"`
}

// links are the libraries that are used, the Go packages that are named, and web addresses in comments.
func links(s *server, d *document, _ *protocol.DocumentParams) ([]documentLink, error) {
	out := []documentLink{}
	add := func(lit *ast.String, base int, suffixes ...string) {
		path := s.pathIn(d, lit)
		if path == "" {
			return
		}
		at := lit.Span()
		if target, tip := fileBelow(path, suffixes); target != "" {
			out = append(out, documentLink{Range: d.rangeOf(at.Start+base, at.End+base), Target: uriOf(target), Tooltip: tip})
		}
	}
	for _, p := range s.parts(d) {
		for _, decl := range p.Tree.Decls {
			ast.Walk(decl, func(n ast.Spanned) bool {
				switch n := n.(type) {
				case *ast.Use:
					add(n.Path, p.Base, ".topo")
				case *ast.GoRef:
					add(n.Path, p.Base, ".go")
				}
				return true
			})
		}
		for _, c := range p.Tree.Comments {
			for _, scheme := range []string{"https://", "http://"} {
				if i := strings.Index(c.Text, scheme); i >= 0 {
					url := c.Text[i:]
					if end := strings.IndexAny(url, " \t<>\"'`)"); end >= 0 {
						url = url[:end]
					}
					url = strings.TrimRight(url, ".,;:")
					start := c.Span().Start + p.Base + i
					out = append(out, documentLink{Range: d.rangeOf(start, start+len(url)), Target: protocol.URI(url)})
				}
			}
		}
	}
	return out, nil
}

// pathIn is the file or folder that a text in a document names from it; "" of others.
func (s *server) pathIn(d *document, lit *ast.String) string {
	if lit == nil || len(lit.Parts) != 1 || lit.Parts[0].Expr != nil || !strings.HasPrefix(lit.Parts[0].Text, ".") {
		return ""
	}
	return filepath.Join(filepath.Dir(d.path), filepath.FromSlash(lit.Parts[0].Text))
}

// fileBelow is the first file of a folder with one of the suffixes, or the file that a path means with it.
func fileBelow(path string, suffixes []string) (file, tip string) {
	for _, suffix := range suffixes {
		if info, err := os.Stat(path + suffix); err == nil && info.Mode().IsRegular() {
			return path + suffix, ""
		}
		entries, _ := os.ReadDir(path)
		var names []string
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), suffix) && !strings.HasSuffix(e.Name(), "_test.go") && !e.IsDir() {
				names = append(names, e.Name())
			}
		}
		// The one that has the folder's name, where there is one.
		if want := filepath.Base(path) + suffix; slices.Contains(names, want) {
			return filepath.Join(path, want), path
		}
		if len(names) > 0 {
			return filepath.Join(path, names[0]), path
		}
	}
	return "", ""
}

// linkAt is where the text at a place leads, for a question about its definition.
func (s *server) linkAt(d *document, at int) any {
	list, _ := links(s, d, nil)
	for _, l := range list {
		if d.at(l.Range.Start) <= at && at <= d.at(l.Range.End) && strings.HasPrefix(string(l.Target), "file:") {
			return []protocol.Location{{URI: l.Target}}
		}
	}
	return nil
}
