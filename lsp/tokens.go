package lsp

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// The kinds of tokens, in the order of their numbers.
var tokenTypes = []string{"namespace", "type", "enum", "enumMember", "class", "event", "parameter", "variable", "property", "function", "keyword", "comment", "string", "number", "operator"}

var tokenModifiers = []string{"declaration", "readonly", "modification", "defaultLibrary"}

// tokenOf is the kind of token that a kind of symbol is.
var tokenOf = map[string]string{
	"topology": "namespace", "library": "namespace", "graph": "class", "spout": "class", "bolt": "class", "sink": "class", "component": "class",
	"stream": "event", "field": "property", "key": "parameter", "parameter": "parameter", "input": "parameter", "state": "variable", "local": "variable",
	"param": "variable", "const": "variable", "type": "type", "enum": "enum", "value": "enumMember", "func": "function", "builtin": "function", "go": "function",
}

type semanticTokens struct {
	Data []uint32 `json:"data"`
}

// coloured is a stretch of text of one kind, on one line.
type coloured struct {
	start, end, kind int
	modifiers        uint32
}

// semantic colours a document, or a range of it: names by what they mean, the rest by the lexer.
func semantic(s *server, d *document, p *protocol.DocumentParams) (semanticTokens, error) {
	from, to := 0, len(d.source())
	if p.Range != nil {
		from, to = d.at(p.Range.Start), d.at(p.Range.End)
	}
	list := s.colour(d, from, to)
	out := semanticTokens{Data: []uint32{}}
	var last protocol.Position
	for _, t := range list {
		begin, end := d.place(t.start), d.place(t.end)
		if begin.Line == last.Line {
			out.Data = append(out.Data, 0, begin.Character-last.Character)
		} else {
			out.Data = append(out.Data, begin.Line-last.Line, begin.Character)
		}
		out.Data = append(out.Data, end.Character-begin.Character, uint32(t.kind), t.modifiers)
		last = begin
	}
	return out, nil
}

func (s *server) colour(d *document, from, to int) []coloured {
	text := d.source()
	var list []coloured
	add := func(start, end int, kind string, modifiers uint32) {
		n := slices.Index(tokenTypes, kind)
		// What goes over several lines is a token on each.
		for start < end && n >= 0 {
			stop := end
			if i := strings.IndexAny(text[start:end], "\r\n"); i >= 0 {
				stop = start + i
			}
			if stop > start && start >= from && stop <= to {
				list = append(list, coloured{start, stop, n, modifiers})
			}
			start = max(stop, start)
			if start < end {
				_, size := utf8.DecodeRuneInString(text[start:])
				start += size
			}
		}
	}
	named := map[int]bool{}
	x := s.unit(d).session.Index()
	for _, r := range x.Refs {
		if r.At.File != d.path || r.At.End > len(text) || named[r.At.Start] {
			continue
		}
		named[r.At.Start] = true
		add(r.At.Start, r.At.End, kindOfToken(r.Symbol), modifiersOf(r))
	}
	u := s.unit(d)
	kept := make(map[*source.File][]parser.Token, len(u.tokens))
	for _, p := range s.parts(d) {
		f := p.Tree.Source
		tokens, known := u.tokens[f]
		if !known {
			tokens, _ = parser.Tokens(f)
		}
		kept[f] = tokens
		if p.Base > to || p.Base+len(f.Text) < from {
			continue
		}
		for _, t := range tokens {
			start := t.Start + p.Base
			if named[start] || start+len(t.Text) > len(text) {
				continue
			}
			switch t.Kind {
			case parser.Word:
				if parser.Reserved(t.Text) || words[t.Text] != "" || slices.Contains(parser.Declarations(), t.Text) || slices.Contains(statementWords, t.Text) {
					add(start, start+len(t.Text), "keyword", 0)
				}
			case parser.Literal:
				if '0' <= t.Text[0] && t.Text[0] <= '9' {
					add(start, start+len(t.Text), "number", 0)
				} else {
					add(start, start+len(t.Text), "string", 0)
				}
			}
		}
		for _, c := range p.Tree.Comments {
			add(c.Span().Start+p.Base, c.Span().Start+p.Base+len(c.Text), "comment", 0)
		}
	}
	u.tokens = kept
	slices.SortFunc(list, func(a, b coloured) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	// Names within a text ("{w.word}") split it.
	var out []coloured
	for i := 0; i < len(list); i++ {
		t := list[i]
		for j := i + 1; j < len(list) && list[j].start < t.end; j++ {
			in := list[j]
			if in.start > t.start {
				out = append(out, coloured{t.start, in.start, t.kind, t.modifiers})
			}
			out = append(out, in)
			t.start, i = in.end, j
		}
		if t.start < t.end {
			out = append(out, t)
		}
	}
	return out
}

func kindOfToken(sym *compiler.Symbol) string {
	if sym.Kind == "builtin" && sym.At.IsZero() && sym.Type == "" && isTypeWord(sym.Name) {
		return "type"
	}
	return tokenOf[sym.Kind]
}

func modifiersOf(r compiler.Ref) (out uint32) {
	if r.Declares {
		out |= 1
	}
	if r.Symbol.Kind == "const" || r.Symbol.Kind == "param" || r.Symbol.Kind == "value" {
		out |= 2
	}
	if r.Writes {
		out |= 4
	}
	if r.Symbol.Standard || r.Symbol.Kind == "builtin" {
		out |= 8
	}
	return out
}

func isTypeWord(name string) bool { return slices.Contains(typeWords, name) }

// The words of the language by where they stand.
var (
	statementWords = []string{"let", "var", "if", "else", "for", "in", "match", "emit", "fail", "return", "break", "continue", "on", "every", "after", "finish", "state", "per", "to"}
	typeWords      = []string{"bool", "int", "float", "decimal", "string", "bytes", "time", "duration", "json", "regex"}
)
