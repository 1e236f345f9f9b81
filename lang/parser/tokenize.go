package parser

import (
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// Kind says what a token is.
type Kind int

// The kinds of tokens.
const (
	Word    Kind = iota // a name or a word of the language; `exactly-once` is one
	Literal             // a number, a string with its quotes and interpolations, a raw string
	Sign                // an operator, a bracket, a comma
	End                 // the end of a statement: has no text, and stands behind its last token
	Space               // white space and, where an error was reported, what means nothing
	Comment             // `// text`, without its line end
)

// Token is a piece of the text.
type Token struct {
	Kind  Kind
	Text  string // as it was written
	Start int    // byte offset
}

// Tokens cuts a file into tokens, which together are the whole text, and reports what is none. It is for those who care
// for the text itself: the formatter, an editor's colours.
func Tokens(f *source.File) ([]Token, []diag.Diagnostic) {
	scanned, diags := scan(f)
	out := make([]Token, 0, len(scanned))
	for _, t := range scanned {
		kind := Literal
		switch t.Type {
		case tEOF:
			continue
		case tEOL, tItem:
			out = append(out, Token{Kind: End, Start: t.Pos.Offset})
			continue
		case tIdent:
			kind = Word
		case tOp, tHabit:
			kind = Sign
		case tSpace:
			kind = Space
		case tComment:
			kind = Comment
		}
		out = append(out, Token{Kind: kind, Text: t.Value, Start: t.Pos.Offset})
	}
	return out, diags
}
