package lsp

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// The kinds of tokens, in the order of their numbers.
var tokenTypes = []string{"namespace", "type", "enum", "enumMember", "class", "event", "parameter", "variable", "property", "function", "keyword", "comment", "string", "number", "operator"}

var tokenNumber = func() map[string]int16 {
	out := map[string]int16{}
	for n, kind := range tokenTypes {
		out[kind] = int16(n)
	}
	return out
}()

var tokenModifiers = []string{"declaration", "readonly", "modification", "defaultLibrary"}

// tokenOf is the kind of token that a kind of symbol is.
var tokenOf = map[string]string{
	"topology": "namespace", "library": "namespace", "graph": "class", "spout": "class", "bolt": "class", "sink": "class", "component": "class",
	"stream": "event", "field": "property", "key": "parameter", "parameter": "parameter", "input": "parameter", "state": "variable", "local": "variable",
	"param": "variable", "const": "variable", "type": "type", "enum": "enum", "value": "enumMember", "func": "function", "builtin": "function", "go": "function",
}

type semanticTokens struct {
	ResultID string   `json:"resultId,omitempty"`
	Data     []uint32 `json:"data"`
}

// semanticDelta is what has changed since an answer before.
type semanticDelta struct {
	ResultID string         `json:"resultId"`
	Edits    []semanticEdit `json:"edits"`
}

type semanticEdit struct {
	Start       int      `json:"start"`
	DeleteCount int      `json:"deleteCount"`
	Data        []uint32 `json:"data,omitempty"`
}

type semanticDeltaParams struct {
	TextDocument protocol.TextDocumentIdentifier `json:"textDocument"`
	Previous     string                          `json:"previousResultId"`
}

// coloured is a stretch of text of one kind, on one line.
type coloured struct {
	start, end int
	kind       int16
	modifiers  uint16
}

// semantic colours a document, or a range of it: names by what they mean, the rest by the lexer.
func semantic(s *server, d *document, p *protocol.DocumentParams) (semanticTokens, error) {
	if p.Range != nil {
		return semanticTokens{Data: s.encoded(d, d.at(p.Range.Start), d.at(p.Range.End))}, nil
	}
	d.tokens = s.encoded(d, 0, len(d.source()))
	return semanticTokens{ResultID: idOf(d.tokens), Data: d.tokens}, nil
}

// semanticChange colours a document, and tells what is new since the answer before, where that is known.
func semanticChange(s *server, d *document, p *semanticDeltaParams) (any, error) {
	before := d.tokens
	all, err := semantic(s, d, &protocol.DocumentParams{TextDocument: p.TextDocument})
	if err != nil || before == nil || idOf(before) != p.Previous {
		return all, err
	}
	const each = 5 // numbers of a token
	same := func(i, j int) bool { return slices.Equal(before[i:i+each], all.Data[j:j+each]) }
	head, tail, n, m := 0, 0, len(before), len(all.Data)
	for head < min(n, m) && same(head, head) {
		head += each
	}
	for tail < min(n, m)-head && same(n-tail-each, m-tail-each) {
		tail += each
	}
	out := semanticDelta{ResultID: all.ResultID, Edits: []semanticEdit{}}
	if head+tail < max(n, m) {
		out.Edits = append(out.Edits, semanticEdit{Start: head, DeleteCount: n - head - tail, Data: all.Data[head : m-tail]})
	}
	return out, nil
}

// idOf names an answer by what it says, so that an equal one has the same name.
func idOf(data []uint32) string {
	const prime = 1099511628211 // FNV
	h := uint64(14695981039346656037)
	for _, n := range data {
		h = (h ^ uint64(n)) * prime
	}
	return strconv.FormatUint(h, 36)
}

// encoded are the tokens of a range, each as five numbers: how far it is from the one before, its length, kind and modifiers.
func (s *server) encoded(d *document, from, to int) []uint32 {
	list := s.colour(d, from, to)
	data := make([]uint32, 0, 5*len(list))
	var last protocol.Position
	for _, t := range list {
		begin := d.place(t.start)
		far := begin.Character
		if begin.Line == last.Line {
			far -= last.Character
		}
		data = append(data, begin.Line-last.Line, far, d.units(t.start, t.end), uint32(t.kind), uint32(t.modifiers))
		last = begin
	}
	return data
}

func (s *server) colour(d *document, from, to int) []coloured {
	named, words := s.colourNames(d, from, to), s.colourWords(d, from, to)
	// Both are in the order of the text, and no two of one kind overlap. Where a name stands, it says more than its word.
	all := make([]coloured, 0, len(named)+len(words))
	for len(named)+len(words) > 0 {
		switch {
		case len(words) == 0 || len(named) > 0 && named[0].start < words[0].start:
			all, named = append(all, named[0]), named[1:]
		case len(named) > 0 && named[0].start == words[0].start:
			words = words[1:]
		default:
			all, words = append(all, words[0]), words[1:]
		}
	}
	// Names within a text ("{w.word}") split it.
	out := make([]coloured, 0, len(all))
	for i := 0; i < len(all); i++ {
		t := all[i]
		for j := i + 1; j < len(all) && all[j].start < t.end; j++ {
			in := all[j]
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

// colourNames are the names of a range.
func (s *server) colourNames(d *document, from, to int) []coloured {
	refs := s.unit(d).session.Index().In(d.path, from)
	list := make([]coloured, 0, min(len(refs), 64+(to-from)/8))
	last := -1
	for i := range refs {
		r := &refs[i]
		if r.At.Start > to {
			break
		}
		if r.At.Start == last || r.At.End > to {
			continue
		}
		if kind := kindOfToken(r.Symbol); kind >= 0 {
			last = r.At.Start
			list = append(list, coloured{r.At.Start, r.At.End, kind, modifiersOf(r)})
		}
	}
	return list
}

// colourWords are the words, literals and comments of a range. They are kept for each declaration, at the places that they have in it.
func (s *server) colourWords(d *document, from, to int) []coloured {
	var list []coloured
	kept := make(map[*source.File][]coloured, len(d.lexed))
	to = min(to, len(d.source()))
	for _, p := range s.parts(d) {
		f := p.Tree.Source
		tokens, known := d.lexed[f]
		near := p.Base <= to && p.Base+len(f.Text) >= from
		if !known && near {
			tokens, known = lexed(p.Tree), true
		}
		if known {
			kept[f] = tokens
		}
		if !near {
			continue
		}
		for _, t := range tokens {
			if t.start, t.end = t.start+p.Base, t.end+p.Base; t.start >= from && t.end <= to {
				list = append(list, t)
			}
		}
	}
	d.lexed = kept
	return list
}

// lexed colours a declaration by the lexer, names as nothing.
func lexed(tree *ast.File) []coloured {
	text := tree.Source.Text
	var list []coloured
	add := func(start, end int, kind int16) {
		// What goes over several lines is a token on each.
		for start < end {
			stop := end
			if i := strings.IndexAny(text[start:end], "\r\n"); i >= 0 {
				stop = start + i
			}
			if stop > start {
				list = append(list, coloured{start, stop, kind, 0})
			}
			start = max(stop, start)
			if start < end {
				_, size := utf8.DecodeRuneInString(text[start:])
				start += size
			}
		}
	}
	tokens, _ := parser.Tokens(tree.Source)
	for _, t := range tokens {
		end := t.Start + len(t.Text)
		if end > len(text) {
			continue
		}
		switch t.Kind {
		case parser.Word:
			if parser.Reserved(t.Text) || words[t.Text] != "" || slices.Contains(parser.Declarations(), t.Text) || slices.Contains(statementWords, t.Text) {
				add(t.Start, end, tokenNumber["keyword"])
			}
		case parser.Literal:
			if '0' <= t.Text[0] && t.Text[0] <= '9' {
				add(t.Start, end, tokenNumber["number"])
			} else {
				add(t.Start, end, tokenNumber["string"])
			}
		}
	}
	for _, c := range tree.Comments {
		add(c.Span().Start, c.Span().Start+len(c.Text), tokenNumber["comment"])
	}
	slices.SortFunc(list, func(a, b coloured) int { return a.start - b.start })
	return list
}

// kindOfToken is the number of the kind of token that a symbol is, -1 of none.
func kindOfToken(sym *compiler.Symbol) int16 {
	kind := tokenOf[sym.Kind]
	if sym.Kind == "builtin" && sym.At.IsZero() && sym.Type == "" && isTypeWord(sym.Name) {
		kind = "type"
	}
	if n, ok := tokenNumber[kind]; ok {
		return n
	}
	return -1
}

func modifiersOf(r *compiler.Ref) (out uint16) {
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
