package lsp

import (
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/format"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// formatting makes the edits that bring a document, or the lines of a range, into the one format. Declarations that can't be parsed stay as they are.
func formatting(s *server, d *document, p *protocol.FormattingParams) ([]protocol.TextEdit, error) {
	f := source.NewFile(d.path, d.source())
	if len(compiler.CheckText(f)) > 0 {
		return []protocol.TextEdit{}, nil
	}
	tree, _ := parser.Parse(f)
	edits := d.lineEdits(format.Format(tree))
	if p.Range == nil {
		return edits, nil
	}
	inside := []protocol.TextEdit{}
	for _, e := range edits {
		if e.Range.Start.Line <= p.Range.End.Line && e.Range.End.Line >= p.Range.Start.Line {
			inside = append(inside, e)
		}
	}
	return inside, nil
}

// lineEdits makes another text of a document by edits of lines: the formatter joins and cuts few, so lines with the same signs are the same line.
func (d *document) lineEdits(text string) []protocol.TextEdit {
	out := []protocol.TextEdit{}
	old, made := strings.SplitAfter(d.source(), "\n"), strings.SplitAfter(text, "\n")
	at := 0
	edit := func(length int, with string) {
		out = append(out, protocol.TextEdit{Range: d.rangeOf(at, at+length), NewText: with})
		at += length
	}
	i, j := 0, 0
	for i < len(old) && j < len(made) {
		switch a, b := signs(old[i]), signs(made[j]); {
		case old[i] == made[j]:
			at += len(old[i])
			i, j = i+1, j+1
		case a == b && strings.HasSuffix(old[i], "\n") == strings.HasSuffix(made[j], "\n"):
			edit(len(old[i]), made[j])
			i, j = i+1, j+1
		case a == "" && i < len(old)-1:
			edit(len(old[i]), "")
			i++
		case b == "" && j < len(made)-1:
			edit(0, made[j])
			j++
		default:
			// Something else: the rest as one edit.
			edit(len(strings.Join(old[i:], "")), strings.Join(made[j:], ""))
			return out
		}
	}
	if i < len(old) || j < len(made) {
		if rest, with := strings.Join(old[i:], ""), strings.Join(made[j:], ""); rest != with {
			edit(len(rest), with)
		}
	}
	return out
}

// signs is a line without its white space.
func signs(line string) string { return strings.Join(strings.Fields(line), "") }
