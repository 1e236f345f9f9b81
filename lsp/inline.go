package lsp

import (
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// inline offers to write the value of a constant wherever it is named, or that of a `let` in the statement behind it, the only one that names it; and to take
// the name away. nil where that is not what stands there, or where it would mean something else.
func (s *server) inline(d *document, at int) *codeAction {
	for _, p := range s.parts(d) {
		for _, decl := range p.Tree.Decls {
			if where := decl.Span(); at < where.Start+p.Base || at > where.End+p.Base {
				continue
			}
			if c, ok := decl.(*ast.Const); ok && c.Name != nil && c.Value != nil && within(c.Name.Span(), p.Base, at) {
				text := d.source() // its comment goes, and the empty line behind it
				end := c.Value.Span().End + p.Base
				if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
					end += i + 1
				} else {
					end = len(text)
				}
				if rest := text[end:]; strings.HasPrefix(rest, "\n") || strings.HasPrefix(rest, "\r\n") {
					end += strings.IndexByte(rest, '\n') + 1
				}
				return s.inlined(d, p.Base, c.Name, c.Value, p.Base, end, source.Span{})
			}
			var found *codeAction
			ast.Walk(decl, func(n ast.Spanned) bool {
				b, ok := n.(*ast.Block)
				if !ok {
					return found == nil
				}
				for i, stmt := range b.Stmts[:max(0, len(b.Stmts)-1)] {
					let, ok := stmt.(*ast.Let)
					if !ok || let.Name == nil || let.Value == nil || let.Else != nil || !within(let.Name.Span(), p.Base, at) {
						continue
					}
					switch b.Stmts[i+1].(type) {
					case *ast.Let, *ast.Var, *ast.Emit, *ast.Fail, *ast.Return, *ast.Assign, *ast.ExprStmt: // each is carried out once, as the let is
						from, to := lineOf(d.source(), let.Span().Start+p.Base, let.Span().End+p.Base)
						next := b.Stmts[i+1].Span()
						found = s.inlined(d, p.Base, let.Name, let.Value, from, to, source.Span{Start: next.Start + p.Base, End: next.End + p.Base})
					}
				}
				return found == nil
			})
			return found
		}
	}
	return nil
}

func within(name source.Span, base, at int) bool { return at >= name.Start+base && at <= name.End+base }

// lineOf widens a place to its whole line, where nothing else stands on it.
func lineOf(text string, start, end int) (from, to int) {
	from = strings.LastIndexByte(text[:start], '\n') + 1
	if strings.TrimSpace(text[from:start]) != "" {
		return start, end
	}
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 && strings.TrimSpace(text[end:end+i]) == "" {
		return from, end + i + 1
	}
	return start, end
}

// inlined makes the edit: from..to goes, and each name becomes the value. Within only, where that is given, and once.
func (s *server) inlined(d *document, base int, name *ast.Ident, value ast.Expr, from, to int, only source.Span) *codeAction {
	x := s.unit(d).session.Index()
	r := x.At(d.path, name.Span().Start+base)
	if r == nil || r.Symbol.Name != name.Name {
		return nil
	}
	text := d.source()[value.Span().Start+base : value.Span().End+base]
	switch value.(type) {
	case *ast.Binary, *ast.Unary, *ast.None, *ast.Match:
		text = "(" + text + ")"
	}
	edits := map[string][]protocol.TextEdit{d.path: {{Range: d.rangeOf(from, to)}}}
	uses := 0
	for _, ref := range x.Of(r.Symbol) {
		if ref.Declares {
			continue
		}
		doc := s.document(ref.At.File)
		if doc == nil || ref.Writes || only.End > 0 && (ref.At.File != d.path || ref.At.Start < only.Start || ref.At.End > only.End) || !inlinable(doc, ref, text) {
			return nil
		}
		uses++
		edits[ref.At.File] = append(edits[ref.At.File], protocol.TextEdit{Range: doc.rangeOf(ref.At.Start, ref.At.End), NewText: text})
	}
	if uses == 0 || only.End > 0 && uses != 1 {
		return nil
	}
	made := map[string]string{}
	for file, list := range edits {
		made[file] = apply(s.document(file), list)
	}
	if s.stillSound(d, made) != nil {
		return nil
	}
	return &codeAction{Title: "inline " + name.Name, Kind: "refactor.inline", Edit: s.workspaceEdit(edits)}
}

// inlinable reports whether a text can stand where a name does: within a string on its line only.
func inlinable(d *document, ref compiler.Ref, text string) bool {
	return ref.At.End <= len(d.source()) && !strings.Contains(text, "\n")
}
