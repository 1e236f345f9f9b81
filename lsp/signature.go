package lsp

import (
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// calling is the call that a place stands in.
type calling struct {
	of    *compiler.Symbol // what is called; nil where that is not known
	index int              // which argument
	named string           // its name, where it is written
	given []string         // the names that are written before
}

// signatures is what the protocol wants to know of a call.
type signatures struct {
	Signatures []signature `json:"signatures"`
	Active     int         `json:"activeSignature"`
	Parameter  int         `json:"activeParameter"`
}

type signature struct {
	Label         string                  `json:"label"`
	Documentation *protocol.MarkupContent `json:"documentation,omitempty"`
	Parameters    []parameter             `json:"parameters"`
}

type parameter struct {
	Label string `json:"label"`
}

// signatureHelp says what the call around a place takes.
func signatureHelp(s *server, d *document, at int) (any, error) {
	x := s.unit(d).session.Index()
	call := callAround(x, d, d.source()[:at])
	if call == nil || call.of == nil {
		return nil, nil
	}
	params := []parameter{}
	var texts []string
	active := call.index
	for _, p := range call.of.Parameters() {
		if p.Kind == "key" && p.Type == "any" {
			continue // what comes by the input
		}
		i := len(params)
		text := strings.TrimSpace(p.Name + " " + p.Type)
		params, texts = append(params, parameter{text}), append(texts, text)
		if p.Name == call.named {
			active = i
		}
	}
	out := signature{Label: call.of.Name + "(" + strings.Join(texts, ", ") + ")", Parameters: params}
	if e, ok := languageFunc(call.of); ok {
		out.Label = strings.TrimPrefix(e.Signature, "func ")
		inside, _, _ := strings.Cut(out.Label[strings.IndexByte(out.Label, '(')+1:], ")")
		for p := range strings.SplitSeq(inside, ", ") {
			out.Parameters = append(out.Parameters, parameter{p})
		}
		m := s.markup(e.Doc)
		out.Documentation = &m
	}
	if call.of.Doc != "" {
		m := s.markup(call.of.Doc)
		out.Documentation = &m
	}
	return signatures{Signatures: []signature{out}, Parameter: max(0, min(active, len(out.Parameters)-1))}, nil
}

// callOpen is where the innermost open bracket of a call stands in a text; 0 where there is none.
func callOpen(text string) int {
	tokens, _ := parser.Tokens(source.NewFile("", text))
	depth := 0
	for i := len(tokens) - 1; i >= 0; i-- {
		switch t := tokens[i]; {
		case t.Kind != parser.Sign:
		case t.Text == ")" || t.Text == "]" || t.Text == "}":
			depth++
		case t.Text == "{" && depth == 0:
			return 0
		case t.Text == "(" && depth == 0:
			return t.Start
		case t.Text == "(" || t.Text == "[" || t.Text == "{":
			depth--
		}
	}
	return 0
}

// callAround finds the call that the end of a text stands in, by its signs: what is typed can seldom be parsed.
func callAround(x *compiler.Index, d *document, text string) *calling {
	base := 0
	for _, cut := range parser.Split(text) {
		base = cut
	}
	part := text[base:]
	open := callOpen(part)
	if open == 0 {
		return nil
	}
	call := &calling{}
	inside, _ := parser.Tokens(source.NewFile("", part[open+1:]))
	depth, word := 0, ""
	for _, t := range inside {
		switch {
		case t.Kind == parser.Word && depth == 0:
			word = t.Text
		case t.Kind == parser.Space || t.Kind == parser.Comment || t.Kind == parser.End:
		case t.Kind == parser.Sign && (t.Text == "(" || t.Text == "[" || t.Text == "{"):
			depth++
		case t.Kind == parser.Sign && (t.Text == ")" || t.Text == "]" || t.Text == "}"):
			depth--
		case t.Text == ":" && depth == 0:
			call.named = word
			call.given = append(call.given, word)
		case t.Text == "," && depth == 0:
			call.index++
			call.named = ""
		}
	}
	name := strings.TrimRight(part[:open], " \t")
	begin := len(name)
	for begin > 0 && (isWord(name[begin-1]) || name[begin-1] == '.') {
		begin--
	}
	called := name[begin:]
	before := strings.TrimRight(name[:begin], " \t")
	isEmit := called == "emit" || strings.HasSuffix(before, "emit")
	lib, member, dotted := strings.Cut(called, ".")
	switch {
	case called == "":
		return nil
	case isEmit:
		output := called
		if called == "emit" {
			output = ""
		}
		for _, comp := range x.Components(d.path, base+begin) {
			if comp.Kind != "bolt" || !declares(part, comp.Name, before) {
				continue
			}
			for _, s := range x.Streams(comp) {
				if output == "" && !s.Output() || s.Name == output && s.Output() {
					call.of = s
				}
			}
		}
	case dotted:
		for _, s := range x.Library(lib) {
			if s.Name == member {
				call.of = s
			}
		}
	default:
		for _, list := range [][]*compiler.Symbol{x.Functions(), x.Types(), x.Graphs()} {
			for _, s := range list {
				if s.Name == called && call.of == nil {
					call.of = s
				}
			}
		}
	}
	return call
}

// declares reports whether the last bolt that a text declares before its end has a name.
func declares(part, name, before string) bool {
	i := strings.LastIndex(before, "bolt ")
	if i < 0 {
		return false
	}
	start, end := wordAt(part, i+len("bolt "))
	return part[start:end] == name
}
