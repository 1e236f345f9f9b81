package parser

import (
	"strings"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// docsOf returns, for each line that stands directly below comments of their own, their text.
func docsOf(f *source.File, comments []*ast.Comment) map[int]string {
	docs := map[int]string{}
	var block []string
	last := 0
	for _, c := range comments {
		line := c.Pos.Line
		text, start := f.Line(line)
		if strings.Trim(text[:min(len(text), c.Pos.Offset-start)], " \t\uFEFF") != "" {
			continue // behind code: it speaks of that line
		}
		if line != last+1 {
			block = nil
		}
		block = append(block, strings.TrimSpace(strings.TrimPrefix(c.Text, "//")))
		last = line
		docs[line+1] = strings.TrimSpace(strings.Join(block, "\n"))
	}
	return docs
}

func setDoc(d ast.Decl, text string) {
	doc := ast.Doc{Text: text}
	switch d := d.(type) {
	case *ast.Topology:
		d.Doc = doc
	case *ast.Library:
		d.Doc = doc
	case *ast.Use:
		d.Doc = doc
	case *ast.Param:
		d.Doc = doc
	case *ast.Const:
		d.Doc = doc
	case *ast.TypeDecl:
		d.Doc = doc
	case *ast.Enum:
		d.Doc = doc
	case *ast.Func:
		d.Doc = doc
	case *ast.Component:
		d.Doc = doc
	case *ast.Graph:
		d.Doc = doc
	case *ast.Query:
		d.Doc = doc
	case *ast.Opaque:
		d.Doc = doc
	case *ast.BadDecl:
		d.Doc = doc
	}
}
