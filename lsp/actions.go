package lsp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// codeAction is a change that is offered.
type codeAction struct {
	Title       string                  `json:"title"`
	Kind        string                  `json:"kind"`
	Diagnostics []protocol.Diagnostic   `json:"diagnostics,omitempty"`
	Preferred   bool                    `json:"isPreferred,omitempty"`
	Edit        *protocol.WorkspaceEdit `json:"edit,omitempty"`
}

type actionParams struct {
	TextDocument protocol.TextDocumentIdentifier `json:"textDocument"`
	Range        protocol.Range                  `json:"range"`
	Context      struct {
		Only []string `json:"only"`
	} `json:"context"`
}

// actions lists what can be done about a range: the fixes of what is wrong there, and what makes another text of it.
func actions(s *server, d *document, p *actionParams) ([]codeAction, error) {
	out := []codeAction{}
	wanted := func(kind string) bool {
		return len(p.Context.Only) == 0 || slices.ContainsFunc(p.Context.Only, func(o string) bool { return o == "" || kind == o || strings.HasPrefix(kind, o+".") })
	}
	u := s.unit(d)
	from, to := d.at(p.Range.Start), d.at(p.Range.End)
	sure := 0
	for _, w := range u.diags {
		for _, f := range w.Fixes {
			if f.Span.File == d.path && !f.Asks && len(w.Fixes) == 1 {
				sure++
			}
		}
		if w.Span.File != d.path || w.Span.Start > to || w.Span.End < from || !wanted("quickfix") {
			continue
		}
		about, ok := s.diagnostic(u, w, w.Span)
		if !ok {
			continue
		}
		for _, f := range w.Fixes {
			out = append(out, codeAction{
				Title: f.Title, Kind: "quickfix", Diagnostics: []protocol.Diagnostic{about}, Preferred: len(w.Fixes) == 1 && !f.Asks,
				Edit: s.fixed([]diag.Fix{f}),
			})
		}
		if a := s.declareMissing(d, u, w); a != nil {
			a.Diagnostics = []protocol.Diagnostic{about}
			out = append(out, *a)
		}
		if a := s.readUnread(d, w); a != nil {
			a.Diagnostics = []protocol.Diagnostic{about}
			out = append(out, *a)
		}
	}
	if wanted("refactor.rewrite") {
		for _, a := range s.readAside(d, from) {
			out = append(out, *a)
		}
	}
	if wanted("refactor.inline") {
		if a := s.inline(d, from); a != nil {
			out = append(out, *a)
		}
	}
	if sure > 0 && wanted("source.fixAll") {
		out = append(out, codeAction{Title: "apply all fixes that need no decision", Kind: "source.fixAll", Edit: s.fixed(sureFixes(u.diags, d.path))})
	}
	if from < to && wanted("refactor.extract") {
		if a := s.extract(d, from, to); a != nil {
			out = append(out, *a)
		}
	}
	return out, nil
}

// sureFixes are the fixes in a file that need no decision, and do not touch one another.
func sureFixes(diags []diag.Diagnostic, file string) []diag.Fix {
	var out []diag.Fix
	for _, w := range diags {
		if len(w.Fixes) != 1 || w.Fixes[0].Asks || w.Fixes[0].Span.File != file {
			continue
		}
		f := w.Fixes[0]
		if !slices.ContainsFunc(out, func(o diag.Fix) bool { return f.Span.Start <= o.Span.End && o.Span.Start <= f.Span.End }) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b diag.Fix) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return out
}

// fixed is fixes as an edit.
func (s *server) fixed(fixes []diag.Fix) *protocol.WorkspaceEdit {
	edits := map[string][]protocol.TextEdit{}
	for _, f := range fixes {
		if d := s.document(f.Span.File); d != nil {
			edits[f.Span.File] = append(edits[f.Span.File], protocol.TextEdit{Range: d.rangeOf(f.Span.Start, f.Span.End), NewText: f.Text})
		}
	}
	return s.workspaceEdit(edits)
}

// declareMissing offers to declare what an input reads and nothing declares: a bolt, or an output of the one that is there.
func (s *server) declareMissing(d *document, u *unit, w diag.Diagnostic) *codeAction {
	text := d.source()
	if w.Span.End > len(text) {
		return nil
	}
	name := text[w.Span.Start:w.Span.End]
	x := u.session.Index()
	switch {
	case w.Code == "E0301" && identifier.MatchString(name): // an unknown component
		if begin := strings.LastIndex(text[:w.Span.Start], "\n") + 1; strings.HasPrefix(text[begin:], "test") {
			return nil
		}
		fields := fieldsRead(text, d, w.Span)
		decl := "bolt " + name + "(" + cmp.Or(firstSource(x, d), "source") + ") -> (" + fields + ") {\n    emit (" + zeros(fields) + ")\n}\n\n"
		if firstSource(x, d) == "" {
			decl = "spout " + name + " -> (line string) = stdin.lines()\n\n"
		}
		at := declarationStart(d, w.Span.Start)
		return &codeAction{
			Title: "declare " + name, Kind: "quickfix",
			Edit: s.workspaceEdit(map[string][]protocol.TextEdit{d.path: {{Range: d.rangeOf(at, at), NewText: decl}}}),
		}
	case w.Code == "E0302" && identifier.MatchString(name): // an unknown output
		for _, r := range w.Related {
			if strings.HasSuffix(r.Text, "declared here") {
				if edit := s.addOutput(x, r.Span, name); edit != nil {
					return &codeAction{Title: "declare the output " + name, Kind: "quickfix", Edit: edit}
				}
			}
		}
	}
	return nil
}

// addOutput gives the bolt whose name stands at a place one output more.
func (s *server) addOutput(x *compiler.Index, at source.Span, name string) *protocol.WorkspaceEdit {
	r, d := x.At(at.File, at.Start), s.document(at.File)
	if r == nil || d == nil {
		return nil
	}
	end, named := 0, true
	for _, o := range x.Streams(r.Symbol) {
		end = max(end, o.At.End)
		named = named && o.Output()
	}
	if end == 0 || !named {
		return nil
	}
	// The stream's name is where it is known to stand: its fields follow in brackets.
	text := d.source()
	depth := 0
	for i := end; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s.workspaceEdit(map[string][]protocol.TextEdit{d.path: {{Range: d.rangeOf(i+1, i+1), NewText: ", " + name + ": (why string)"}}})
			}
		case '{', '\n':
			return nil
		}
	}
	return nil
}

// declarationStart is where the declaration around a place begins, with its comment.
func declarationStart(d *document, at int) int {
	start := 0
	for _, cut := range splits(d.source()) {
		if cut <= at {
			start = cut
		}
	}
	return start
}

// fieldsRead are the fields that a declaration reads of an input, as the outputs of what it reads.
func fieldsRead(text string, d *document, at source.Span) string {
	alias := text[at.Start:at.End]
	start := declarationStart(d, at.Start)
	if before := strings.TrimRight(text[start:at.Start], " "); strings.HasSuffix(before, ":") {
		_, end := wordAt(text, start+len(before)-1)
		from, _ := wordAt(text, end)
		alias = text[from:end]
	}
	stop := len(text)
	for _, cut := range splits(text) {
		if cut > at.Start {
			stop = min(stop, cut)
		}
	}
	var out []string
	for rest := text[at.End:stop]; ; {
		i := strings.Index(rest, alias+".")
		if i < 0 {
			break
		}
		whole := i == 0 || !isWord(rest[i-1]) && rest[i-1] != '.'
		rest = rest[i+len(alias)+1:]
		if _, end := wordAt(rest, 0); whole && end > 0 && !slices.Contains(out, rest[:end]+" string") {
			out = append(out, rest[:end]+" string")
		}
	}
	if len(out) == 0 {
		return "value string"
	}
	return strings.Join(out, ", ")
}

func zeros(fields string) string {
	return strings.TrimSuffix(strings.Repeat(`"", `, strings.Count(fields, ",")+1), ", ")
}

// firstSource is a component that a new bolt could read.
func firstSource(x *compiler.Index, d *document) string {
	for _, c := range x.Components(d.path, 0) {
		if c.Kind == "spout" {
			for _, o := range x.Streams(c) {
				if !o.Output() {
					return c.Name
				}
			}
		}
	}
	return ""
}
