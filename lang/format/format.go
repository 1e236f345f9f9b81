// Package format writes .topo files in the one format.
//
// It works on the tokens of a text, not on its tree: each token and each comment is written once, in its order, so
// that nothing can be lost. The tree says only what a sign is where it could be two things (a `-`, a bracket), and
// which stretches are kept as they were written: declarations that could not be parsed, and those that this version
// does not read.
//
// The author decides where lines break, what stands aligned and where one empty line stands; the formatter decides
// indentation and the spaces between tokens.
package format

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// Format returns the text of a parsed file in the one format. To format what it returned changes nothing.
func Format(tree *ast.File) string {
	items := collect(tree)
	if len(items) == 0 {
		return ""
	}
	lines := layOut(rolesOf(tree), items)
	align(lines)
	return write(lines)
}

// item is a token, or a stretch of text that is kept as it is.
type item struct {
	parser.Token
	kept     bool
	lead     string // of a kept item that begins a line: the white space before it
	newlines int    // line ends between the item before and this
	glued    bool   // no white space at all stands between the item before and this
	column   int    // where it stood on its line, tabs as four
	end      int    // the column behind its last line
	newStmt  bool   // a statement has ended before it
	inside   bool   // of a declaration, not its first token
}

// multiline reports whether the item has line ends inside: then nothing can be aligned behind it.
func (it *item) multiline() bool { return strings.Contains(it.Text, "\n") }

func (it *item) is(sign string) bool { return it.Kind == parser.Sign && it.Text == sign && !it.kept }

func (it *item) isWord(word string) bool {
	return it.Kind == parser.Word && it.Text == word && !it.kept
}

func (it *item) opens() bool { return it.is("(") || it.is("[") || it.is("{") }

func (it *item) closes() bool { return it.is(")") || it.is("]") || it.is("}") }

// collect returns the items of the file.
func collect(tree *ast.File) []*item {
	tokens, diags := parser.Tokens(tree.Source)
	var broken []int
	for _, d := range diags {
		broken = append(broken, d.Span.Start)
	}
	var (
		out     []*item
		text    = tree.Source.Text
		keep    = keptSpans(tree, broken)
		decls   = tree.Decls
		newStmt bool
		before  = bomLength(text) // where the item before ends
	)
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.Kind == parser.End {
			newStmt = true
			continue
		}
		if t.Kind == parser.Space && strings.TrimLeft(t.Text, " \t\r\n\uFEFF") == "" {
			continue
		}
		it := &item{Token: t}
		if t.Kind == parser.Space {
			it.kept, it.Text = true, strings.TrimRight(t.Text, " \t\r\n")
		}
		for len(keep) > 0 && keep[0].End <= t.Start {
			keep = keep[1:]
		}
		if len(keep) > 0 && keep[0].Start == t.Start {
			it.kept = true
			it.Text, i = keptText(tokens, i, keep[0].End)
			newStmt = false
		}
		for len(decls) > 0 && decls[0].Span().End <= t.Start {
			decls = decls[1:]
		}
		it.inside = len(decls) > 0 && decls[0].Span().Start < t.Start
		if t.Kind == parser.Comment {
			it.Text = strings.TrimRight(t.Text, " \t\r")
		}
		gap := text[before:t.Start]
		before = tokens[i].Start + len(tokens[i].Text)
		it.newlines = strings.Count(gap, "\n")
		if beside := it.kept || len(out) > 0 && out[len(out)-1].kept; beside && it.newlines == 0 && strings.Contains(gap, "\r") {
			it.newlines = 1 // a string that is not closed ends with a CR too
		}
		it.glued = gap == ""
		it.column = column(text, t.Start)
		it.end = column(text, before)
		if it.kept {
			it.lead = gap[strings.LastIndexByte(gap, '\n')+1:]
		}
		it.newStmt = newStmt
		if t.Kind != parser.Comment {
			newStmt = false
		}
		out = append(out, it)
	}
	return out
}

func bomLength(text string) int {
	if strings.HasPrefix(text, "\uFEFF") {
		return len("\uFEFF")
	}
	return 0
}

// keptSpans returns, in order, what is written as it was: what is opaque or broken, and every declaration
// in which a character is reported.
func keptSpans(tree *ast.File, broken []int) []source.Span {
	var out []source.Span
	for _, d := range tree.Decls {
		span, keep := d.Span(), false
		switch d := d.(type) {
		case *ast.BadDecl, *ast.Opaque:
			keep = true
		case *ast.Graph:
			keep = slices.ContainsFunc(d.Decls, func(d ast.Decl) bool { _, bad := d.(*ast.BadDecl); return bad })
		}
		ast.Walk(d, func(n ast.Spanned) bool {
			_, bad := n.(*ast.BadStmt)
			keep = keep || bad
			return !keep
		})
		for _, at := range broken {
			keep = keep || at >= span.Start && at < span.End
		}
		if keep {
			out = append(out, span)
		}
	}
	return out
}

// keptText returns the text from token i to the byte end, without white space at line ends, and the last token of it.
func keptText(tokens []parser.Token, i, end int) (string, int) {
	var b strings.Builder
	for ; ; i++ {
		t := tokens[i]
		switch {
		case t.Kind == parser.Comment:
			b.WriteString(strings.TrimRight(t.Text, " \t\r"))
		case t.Kind == parser.Space && strings.Contains(t.Text, "\n"):
			at := strings.LastIndexByte(t.Text, '\n')
			b.WriteString(strings.Repeat("\n", strings.Count(t.Text, "\n")))
			b.WriteString(t.Text[at+1:])
		default:
			b.WriteString(t.Text)
		}
		if i+1 == len(tokens) || tokens[i+1].Start >= end && tokens[i+1].Kind != parser.End {
			return b.String(), i
		}
	}
}

// column is where an offset stands on its line, in characters, tabs as four.
func column(text string, offset int) int {
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	n := 0
	for _, c := range text[start:offset] {
		if c == '\t' {
			n += 4 - n%4
		} else {
			n++
		}
	}
	return n
}
