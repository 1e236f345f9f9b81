package lsp

import (
	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// parts are the declarations of a document, as its unit has parsed them.
func (s *server) parts(d *document) []compiler.Part { return s.unit(d).session.Parts(d.path) }

// walk visits the nodes of a document with their places in it.
func (s *server) walk(d *document, visit func(n ast.Spanned, start, end int) bool) {
	for _, p := range s.parts(d) {
		for _, decl := range p.Tree.Decls {
			walkPart(p, decl, visit)
		}
	}
}

func walkPart(p compiler.Part, n ast.Spanned, visit func(n ast.Spanned, start, end int) bool) {
	ast.Walk(n, func(n ast.Spanned) bool {
		at := n.Span()
		return visit(n, at.Start+p.Base, at.End+p.Base)
	})
}

// inDocument is the place of a node of a part.
func inDocument(d *document, p compiler.Part, at source.Span) (start, end int) {
	return at.Start + p.Base, at.End + p.Base
}
