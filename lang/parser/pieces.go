package parser

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/diag"
)

// pieces cuts the tokens where declarations begin; each piece ends with an EOF token. What stands before
// the first declaration, and any line that begins with another word outside of brackets, is a piece too.
func pieces(tokens []lexer.Token) [][]lexer.Token {
	var out [][]lexer.Token
	start, depth := -1, 0
	nested := false // in the braces of a header, whose declarations stand outside of them
	end := func(at int, closed ...lexer.Token) {
		if start >= 0 {
			last := at
			for last > start && (tokens[last-1].Type == tSpace || tokens[last-1].Type == tComment || tokens[last-1].Type == tEOL || tokens[last-1].Type == tItem) {
				last--
			}
			eof := lexer.Token{Type: tEOF, Pos: tokenEnd(&tokens[last-1])}
			for i := range closed {
				closed[i].Pos = eof.Pos
			}
			if last < at && len(closed) == 0 {
				tokens[last] = eof // what stands behind a declaration is nobody's
				out = append(out, tokens[start:last+1])
			} else {
				out = append(out, append(append(slices.Clone(tokens[start:last]), closed...), eof))
			}
		}
	}
	for i, t := range tokens {
		switch t.Type {
		case tSpace, tComment, tEOL, tItem:
			continue
		case tEOF:
			end(i)
			return out
		}
		word := t.Type == tIdent && t.Pos.Column == 1
		if start >= 0 && !word && indented(tokens, i, tokens[start].Value, depth) {
			if depth > 0 {
				nested = true
				end(i, lexer.Token{Type: tOp, Value: "}"})
			} else {
				end(i)
			}
			start, depth = i, 0
			continue
		}
		if nested && depth == 0 && isToken(&t, "}") {
			end(i)
			start, nested = -1, false
			continue
		}
		if start < 0 || word && (depth == 0 || slices.Contains(declarations, t.Value)) {
			end(i)
			start, depth = i, 0
		}
		if t.Type == tOp {
			switch t.Value {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth = max(0, depth-1)
			}
		}
	}
	return out
}

// indented reports whether a declaration begins at a token that stands in no column 1 but first on its line: outside of brackets, or in the
// braces of a topology's header, where others nest what belongs to it.
func indented(tokens []lexer.Token, i int, keyword string, depth int) bool {
	t := &tokens[i]
	if t.Type != tIdent || !slices.Contains(declarations, t.Value) || keyword == "graph" || depth > 1 || depth == 1 && keyword != "topology" {
		return false
	}
	for before := i - 1; before >= 0 && tokens[before].Pos.Line == t.Pos.Line; before-- {
		if significant(&tokens[before]) {
			return false
		}
	}
	behind := slices.DeleteFunc(slices.Clone(tokens[i+1:min(len(tokens), i+6)]), func(t lexer.Token) bool { return !significant(&t) })
	if len(behind) < 2 || behind[0].Pos.Column == 1 || behind[1].Pos.Column == 1 { // another declaration's
		return false
	}
	if t.Value == "test" || t.Value == "use" {
		return behind[0].Type == tString
	}
	return behind[0].Type == tIdent && (behind[1].Type == tIdent || slices.Contains([]string{"->", "(", "=", "{", "["}, behind[1].Value))
}

// foreignPieces tells the pieces that begin with a word which begins no declaration: nothing in them is known to mean anything, and
// one error is enough for each.
func foreignPieces(all [][]lexer.Token) []bool {
	out := make([]bool, len(all))
	for i, piece := range all {
		out[i] = piece[0].Type == tIdent && !slices.Contains(declarations, piece[0].Value)
	}
	return out
}

// inForeign reports whether a place lies in such a piece.
func inForeign(all [][]lexer.Token, foreign []bool, at int) bool {
	i, exact := slices.BinarySearchFunc(all, at, func(piece []lexer.Token, at int) int { return piece[0].Pos.Offset - at })
	if !exact {
		i--
	}
	if i >= 0 && at <= all[i][len(all[i])-1].Pos.Offset { // a `;` at its end too
		return foreign[i]
	}
	return i+1 < len(all) && foreign[i+1] // a comment above it
}

// sameLanguage reports whether two pieces are reported for the same reason, as the lines of a YAML file are, or Go's imports.
func sameLanguage(a, b []lexer.Token) bool {
	return firstSign(a) == ":" && firstSign(b) == ":" || a[0].Value == "import" && b[0].Value == "import"
}

// outOfColumn reports a declaration that does not begin in column 1, once for all that stand in a row.
func (p *pieceParser) outOfColumn(all [][]lexer.Token, i int) {
	out := func(i int) bool { return all[i][0].Pos.Column > 1 && slices.Contains(declarations, all[i][0].Value) }
	if i == 0 || !out(i) || out(i-1) {
		return
	}
	first := &all[i][0]
	d := diag.Diagnostic{Code: codeDeclaration, Span: tokenSpan(first), Message: "a declaration begins in column 1", Help: "take the spaces before it out"}
	if before := all[i-1]; before[0].Value == "topology" && before[len(before)-2].Pos.Offset == before[len(before)-1].Pos.Offset {
		d.Message, d.Help = "a declaration stands outside of the braces of the topology's header", "close them before it, `topology name { guarantee none }`, and begin it in column 1"
	}
	p.diags = append(p.diags, d)
}

// firstSign is the sign behind the first word of a piece.
func firstSign(piece []lexer.Token) string {
	for _, t := range piece[1:] {
		if significant(&t) {
			return t.Value
		}
	}
	return ""
}
