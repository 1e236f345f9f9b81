package lsp

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lsp/protocol"
)

// folding lists what can be folded away: declarations, blocks, lists and comments of several lines, and the uses.
func folding(s *server, d *document, _ *protocol.DocumentParams) ([]protocol.FoldingRange, error) {
	out := []protocol.FoldingRange{}
	add := func(start, end int, kind string) {
		from, to := d.place(start).Line, d.place(end).Line
		if text, at := d.line(int(to)); kind == "" && to > 0 && end > start && strings.Trim(text[:min(len(text), max(0, end+d.skip-at))], " \t})]") == "" {
			to-- // the closing bracket stays in sight
		}
		r := protocol.FoldingRange{StartLine: from, EndLine: to, Kind: kind}
		if to > from && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	uses := [2]int{-1, -1}
	for _, p := range s.parts(d) {
		for i := 0; i < len(p.Tree.Comments); {
			first, last := p.Tree.Comments[i].Span(), p.Tree.Comments[i].Span()
			for i++; i < len(p.Tree.Comments) && strings.TrimSpace(p.Tree.Source.Text[last.End:p.Tree.Comments[i].Span().Start]) == "" &&
				strings.Count(p.Tree.Source.Text[last.End:p.Tree.Comments[i].Span().Start], "\n") == 1; i++ {
				last = p.Tree.Comments[i].Span()
			}
			add(first.Start+p.Base, last.End+p.Base, "comment")
		}
		for _, decl := range p.Tree.Decls {
			at := decl.Span()
			if _, ok := decl.(*ast.Use); ok {
				if uses[0] < 0 {
					uses[0] = at.Start + p.Base
				}
				uses[1] = at.End + p.Base
			}
			add(at.Start+p.Base, at.End+p.Base, "")
		}
	}
	if uses[0] >= 0 {
		add(uses[0], uses[1], "imports")
	}
	s.walk(d, func(n ast.Spanned, start, end int) bool {
		switch n.(type) {
		case *ast.Block, *ast.Match, *ast.List, *ast.MapLit, *ast.Call, *ast.Graph, *ast.Enum, *ast.TypeDecl, *ast.If, *ast.For, *ast.On, *ast.Timer, *ast.Finish, *ast.Expect, *ast.Given:
			add(start, end, "")
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b protocol.FoldingRange) int {
		if a.StartLine != b.StartLine {
			return int(a.StartLine) - int(b.StartLine)
		}
		return int(b.EndLine) - int(a.EndLine)
	})
	// One range a line: clients take the first.
	return slices.CompactFunc(out, func(a, b protocol.FoldingRange) bool { return a.StartLine == b.StartLine }), nil
}

// selections are the nodes around each place, from the inmost to the whole text.
func selections(s *server, d *document, p *protocol.SelectionRangeParams) ([]*protocol.SelectionRange, error) {
	out := []*protocol.SelectionRange{}
	for _, pos := range p.Positions {
		at := d.at(pos)
		spans := [][2]int{{0, len(d.source())}}
		s.walk(d, func(_ ast.Spanned, start, end int) bool {
			if start > at || end < at {
				return false
			}
			if last := spans[len(spans)-1]; start >= last[0] && end <= last[1] && [2]int{start, end} != last {
				spans = append(spans, [2]int{start, end})
			}
			return true
		})
		if start, end := wordAt(d.source(), at); start < end {
			if last := spans[len(spans)-1]; start >= last[0] && end <= last[1] && [2]int{start, end} != last {
				spans = append(spans, [2]int{start, end})
			}
		}
		var r *protocol.SelectionRange
		for _, span := range spans {
			r = &protocol.SelectionRange{Range: d.rangeOf(span[0], span[1]), Parent: r}
		}
		out = append(out, r)
	}
	return out, nil
}

// wordAt is the word around a place; empty where there is none.
func wordAt(text string, at int) (start, end int) {
	at = max(0, min(at, len(text)))
	start, end = at, at
	for start > 0 && isWord(text[start-1]) {
		start--
	}
	for end < len(text) && isWord(text[end]) {
		end++
	}
	return start, end
}

func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
