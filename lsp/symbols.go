package lsp

import (
	"cmp"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/describe"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// documentSymbols is the outline of a document.
func documentSymbols(s *server, d *document, _ *protocol.DocumentParams) (any, error) {
	tree := outline(d, s.parts(d))
	if s.client.TextDocument.DocumentSymbol.Hierarchical {
		return tree, nil
	}
	flat := []protocol.SymbolInformation{}
	var walk func(in string, list []protocol.DocumentSymbol)
	walk = func(in string, list []protocol.DocumentSymbol) {
		for _, o := range list {
			flat = append(flat, protocol.SymbolInformation{
				Name: o.Name, Kind: o.Kind, ContainerName: in, Location: protocol.Location{URI: d.uri, Range: o.SelectionRange},
			})
			walk(o.Name, o.Children)
		}
	}
	walk("", tree)
	return flat, nil
}

func outline(d *document, parts []compiler.Part) []protocol.DocumentSymbol {
	out := []protocol.DocumentSymbol{}
	for _, p := range parts {
		o := outliner{d: d, part: p}
		for _, decl := range p.Tree.Decls {
			out = append(out, o.decl(decl)...)
		}
	}
	return out
}

// outliner makes symbols of the declarations of a part.
type outliner struct {
	d    *document
	part compiler.Part
}

// symbol is one of the text at; name is where its name stands, which is inside.
func (o outliner) symbol(name string, kind protocol.SymbolKind, detail string, at, nameAt source.Span) protocol.DocumentSymbol {
	start, end := inDocument(o.d, o.part, at)
	from, to := inDocument(o.d, o.part, nameAt)
	start, end = min(start, from), max(end, to) // what clients insist on
	return protocol.DocumentSymbol{
		Name: cmp.Or(name, "?"), Kind: kind, Detail: detail, Range: o.d.rangeOf(start, end), SelectionRange: o.d.rangeOf(from, to),
	}
}

func (o outliner) ident(n *ast.Ident, kind protocol.SymbolKind, detail string, at ast.Spanned) protocol.DocumentSymbol {
	return o.symbol(n.Name, kind, detail, at.Span(), n.Span())
}

// text is how a node is written, on one line.
func (o outliner) text(n ast.Spanned) string {
	at := n.Span()
	if text := o.part.Tree.Source.Text; at.Start >= 0 && at.Start <= at.End && at.End <= len(text) {
		return strings.Join(strings.Fields(text[at.Start:at.End]), " ")
	}
	return ""
}

func (o outliner) decl(decl ast.Decl) []protocol.DocumentSymbol {
	name := decl.DeclName()
	switch d := decl.(type) {
	case *ast.Test:
		if d.Title == nil {
			return nil
		}
		return []protocol.DocumentSymbol{o.symbol("test "+o.text(d.Title), protocol.SymbolMethod, "", d.Span(), d.Title.Span())}
	case *ast.Use:
		if d.Path == nil {
			return nil
		}
		return []protocol.DocumentSymbol{o.symbol("use "+o.text(d.Path), protocol.SymbolModule, "", d.Span(), d.Path.Span())}
	case *ast.BadDecl:
		if d.Partial != nil && d.Partial.DeclName() != nil {
			return o.decl(d.Partial)
		}
		if name == nil {
			return nil
		}
		return []protocol.DocumentSymbol{o.ident(name, protocol.SymbolClass, d.Keyword, d)}
	}
	if name == nil {
		return nil
	}
	detail := ""
	if e, ok := describe.Declaration(o.part.Tree.Source, decl); ok {
		detail = strings.Join(strings.Fields(e.Signature), " ")
	}
	kind := protocol.SymbolVariable
	var inner []protocol.DocumentSymbol
	switch d := decl.(type) {
	case *ast.Topology:
		kind, detail = protocol.SymbolModule, "topology"
	case *ast.Library:
		kind, detail = protocol.SymbolPackage, "library"
	case *ast.Const:
		kind = protocol.SymbolConstant
	case *ast.TypeDecl:
		kind = protocol.SymbolStruct
		for _, f := range d.Fields {
			inner = append(inner, o.field(f)...)
		}
	case *ast.Enum:
		kind = protocol.SymbolEnum
		for _, v := range d.Values {
			inner = append(inner, o.ident(v, protocol.SymbolEnumMember, "", v))
		}
	case *ast.Func:
		kind = protocol.SymbolFunction
	case *ast.Component:
		kind = map[ast.ComponentKind]protocol.SymbolKind{ast.Spout: protocol.SymbolEvent, ast.Bolt: protocol.SymbolClass, ast.Sink: protocol.SymbolInterface}[d.Kind]
		inner = o.component(d)
	case *ast.Graph:
		kind = protocol.SymbolNamespace
		for _, in := range d.Inputs {
			if in.Shape != nil && in.Shape.Name != nil {
				inner = append(inner, o.ident(in.Shape.Name, protocol.SymbolProperty, o.text(in), in))
			}
		}
		for _, sub := range d.Decls {
			inner = append(inner, o.decl(sub)...)
		}
	}
	sym := o.ident(name, kind, detail, decl)
	sym.Children = inner
	return []protocol.DocumentSymbol{sym}
}

func (o outliner) field(f *ast.Field) []protocol.DocumentSymbol {
	if f.Name == nil {
		return nil
	}
	detail := ""
	if f.Type != nil {
		detail = o.text(f.Type)
	}
	return []protocol.DocumentSymbol{o.ident(f.Name, protocol.SymbolField, detail, f)}
}

// component lists the outputs and states of a component.
func (o outliner) component(d *ast.Component) (inner []protocol.DocumentSymbol) {
	for _, out := range d.Outputs {
		var fields []protocol.DocumentSymbol
		for _, f := range out.Fields {
			fields = append(fields, o.field(f)...)
		}
		if out.Name == nil {
			inner = append(inner, fields...)
			continue
		}
		sym := o.ident(out.Name, protocol.SymbolProperty, o.text(out), out)
		sym.Children = fields
		inner = append(inner, sym)
	}
	if d.Body != nil {
		for _, st := range d.Body.Stmts {
			if st, ok := st.(*ast.State); ok && st.Name != nil {
				inner = append(inner, o.ident(st.Name, protocol.SymbolVariable, o.text(st), st))
			}
		}
	}
	return inner
}

// The bounds of a search in the whole workspace.
const (
	maxFound    = 200
	maxSearched = 2000 // files
)

type workspaceSymbolParams struct {
	Query string `json:"query"`
}

// workspaceSymbols finds declarations of all .topo files in the folders that are open, whose names have the letters of the query in their order.
func workspaceSymbols(s *server, p *workspaceSymbolParams) ([]protocol.SymbolInformation, error) {
	out := []protocol.SymbolInformation{}
	for _, d := range s.everything() {
		var list []protocol.DocumentSymbol
		if s.docs[d.path] != nil {
			list = outline(d, s.parts(d))
		} else {
			tree, _ := parser.Parse(source.NewFile(d.path, d.source()))
			list = outline(d, []compiler.Part{{Tree: tree}})
		}
		var add func(in string, list []protocol.DocumentSymbol)
		add = func(in string, list []protocol.DocumentSymbol) {
			for _, o := range list {
				if o.Kind != protocol.SymbolField && subsequence(p.Query, o.Name) && len(out) < maxFound {
					out = append(out, protocol.SymbolInformation{
						Name: o.Name, Kind: o.Kind, ContainerName: in, Location: protocol.Location{URI: d.uri, Range: o.SelectionRange},
					})
				}
				add(o.Name, o.Children)
			}
		}
		add(filepath.Base(d.path), list)
	}
	// Whole names before parts of names.
	slices.SortStableFunc(out, func(a, b protocol.SymbolInformation) int { return len(a.Name) - len(b.Name) })
	return out, nil
}

func subsequence(letters, text string) bool {
	rest := []rune(strings.ToLower(letters))
	for _, r := range strings.ToLower(text) {
		if len(rest) > 0 && rest[0] == r {
			rest = rest[1:]
		}
	}
	return len(rest) == 0
}

// everything lists the .topo files of the open folders, and open documents.
func (s *server) everything() []*document {
	seen := map[string]bool{}
	for path := range s.docs {
		seen[path] = true
	}
	for _, root := range s.folders {
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil
			case len(seen) >= maxSearched:
				return fs.SkipAll
			case e.IsDir() && path != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules" || e.Name() == "testdata" || e.Name() == "vendor"):
				return fs.SkipDir
			case !e.IsDir() && filepath.Ext(path) == ".topo" && !strings.HasPrefix(e.Name(), "."):
				seen[path] = true
			}
			return nil
		})
	}
	var paths []string
	for path := range seen {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var out []*document
	for _, path := range paths {
		if d := s.document(path); d != nil {
			out = append(out, d)
		}
	}
	return out
}
