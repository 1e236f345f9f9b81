// Package describe makes documentation out of .topo text: each declaration's signature and the comment above it.
//
// It reads syntax only, so that what does not compile has documentation too.
package describe

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// Page is a library, a topology, or the functions of the language itself.
type Page struct {
	Kind    string // library, topology, language
	Name    string
	Doc     string
	Entries []Entry // by kind, in the order of the text
}

// Entry is one declaration.
type Entry struct {
	Kind      string // spout, bolt, sink, graph, query, func, aggregate, type, enum, const, param
	Name      string // file.lines; without its library where that need not be written
	Signature string
	Doc       string
}

// order is in which order kinds are shown.
var order = []string{"param", "spout", "bolt", "sink", "graph", "query", "func", "aggregate", "type", "enum", "const"}

// Of makes the page of files that are one library or topology. Names of a library's parts begin with `prefix`.
func Of(files []*ast.File, prefix string) *Page {
	p := &Page{Kind: "topology", Name: "topology"}
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.Topology:
				p.Name, p.Doc = d.Name.Name, d.Docs()
			case *ast.Library:
				p.Kind, p.Name, p.Doc = "library", d.Name.Name, d.Docs()
			default:
				if e, ok := entry(f.Source, d); ok {
					e.Name = prefix + e.Name
					p.Entries = append(p.Entries, e)
				}
			}
		}
	}
	slices.SortStableFunc(p.Entries, func(a, b Entry) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	return p
}

// Declaration is the entry of one declaration; false where there is nothing to tell of it.
func Declaration(f *source.File, d ast.Decl) (Entry, bool) { return entry(f, d) }

// entry is false for what is not documented: what is broken, and names that begin with `_`.
func entry(f *source.File, d ast.Decl) (Entry, bool) {
	name := d.DeclName()
	if name == nil || strings.HasPrefix(name.Name, "_") {
		return Entry{}, false
	}
	at := d.Span()
	e := Entry{Name: name.Name, Doc: d.Docs()}
	switch d := d.(type) {
	case *ast.Param:
		e.Kind = "param"
	case *ast.Const:
		e.Kind = "const"
	case *ast.TypeDecl:
		e.Kind = "type"
	case *ast.Enum:
		e.Kind = "enum"
	case *ast.Func:
		e.Kind = "func"
		if d.Aggregate {
			e.Kind = "aggregate"
		}
		switch {
		case d.Go != nil:
			at.End = d.Go.Span().Start
		case d.Body != nil:
			at.End = d.Body.Span().Start
		case d.Expr != nil && d.Result != nil:
			at.End = d.Expr.Span().Start
		}
	case *ast.Component:
		e.Kind = string(d.Kind)
		switch {
		case d.Body != nil:
			at.End = d.Body.Span().Start
		case d.Call != nil:
			at.End = d.Call.Span().Start
		case d.Go != nil:
			at.End = d.Go.Span().Start
		case d.Select != nil:
			at.End = d.Select.Span().Start
		}
	case *ast.Query:
		e.Kind = "query"
		if len(d.Fields) > 0 {
			at.End = d.Fields[len(d.Fields)-1].Span().End
			for at.End < len(f.Text) && f.Text[at.End] != '=' {
				at.End++
			}
		}
	case *ast.Graph:
		e.Kind = "graph"
		last := name.Span().End
		for _, in := range d.Inputs {
			last = max(last, in.Span().End)
		}
		for _, p := range d.Params {
			last = max(last, p.Span().End)
		}
		for _, out := range d.Outputs {
			last = max(last, out.Span().End)
		}
		if i := strings.IndexByte(f.Text[min(last, len(f.Text)):], '{'); i >= 0 {
			at.End = last + i
		}
	default:
		return Entry{}, false
	}
	if at.Start < 0 || at.End > len(f.Text) || at.Start > at.End {
		return Entry{}, false
	}
	text := strings.Join(strings.Fields(f.Text[at.Start:at.End]), " ")
	e.Signature = strings.TrimSpace(strings.TrimSuffix(text, "="))
	return e, true
}

// Find returns the entries of a name.
func (p *Page) Find(name string) []Entry {
	var out []Entry
	for _, e := range p.Entries {
		if e.Name == name {
			out = append(out, e)
		}
	}
	return out
}

// Text is an entry for a terminal.
func (e Entry) Text(width int) string {
	var b strings.Builder
	b.WriteString(e.Signature + "\n")
	for line := range strings.SplitSeq(strings.TrimSpace(e.Doc), "\n") {
		for _, l := range wrap(line, width-4) {
			b.WriteString("    " + l + "\n")
		}
	}
	return b.String()
}

// Text is a page for a terminal: each entry with the first sentence of its comment.
func (p *Page) Text(width int) string {
	var b strings.Builder
	b.WriteString(p.Kind + " " + p.Name + "\n")
	if p.Doc != "" {
		for _, l := range wrap(p.Doc, width) {
			b.WriteString(l + "\n")
		}
	}
	for _, e := range p.Entries {
		b.WriteString("\n" + e.Signature + "\n")
		for _, l := range wrap(firstSentence(e.Doc), width-4) {
			b.WriteString("    " + l + "\n")
		}
	}
	return b.String()
}

func firstSentence(doc string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	if i := strings.Index(doc, ". "); i >= 0 {
		return doc[:i+1]
	}
	return doc
}

// wrap breaks a text into lines of whole words.
func wrap(text string, width int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			out = append(out, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// Markdown is a page as Markdown.
func (p *Page) Markdown() string {
	var b strings.Builder
	b.WriteString("# " + p.Title() + "\n")
	if p.Doc != "" {
		b.WriteString("\n" + p.Doc + "\n")
	}
	kind := ""
	for _, e := range p.Entries {
		if e.Kind != kind {
			kind = e.Kind
			b.WriteString("\n## " + plurals[kind] + "\n")
		}
		b.WriteString("\n### `" + e.Name + "`\n\n```topo\n" + e.Signature + "\n```\n")
		if e.Doc != "" {
			b.WriteString("\n" + escapeMarkdown(e.Doc) + "\n")
		}
	}
	return b.String()
}

// escapeMarkdown keeps signs of a comment from being read as Markdown; what stands in backquotes is code in both.
func escapeMarkdown(text string) string {
	var b strings.Builder
	code := false
	for _, c := range text {
		if c == '`' {
			code = !code
		}
		if !code && strings.ContainsRune(`*_<>|\#`, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Title is `Library file`.
func (p *Page) Title() string {
	if p.Kind == "language" {
		return "The language"
	}
	if p.Kind == "overview" {
		return p.Name
	}
	return strings.ToUpper(p.Kind[:1]) + p.Kind[1:] + " " + p.Name
}

var plurals = map[string]string{
	"param": "Params", "spout": "Spouts", "bolt": "Bolts", "sink": "Sinks", "graph": "Graphs", "query": "Queries", "func": "Functions", "aggregate": "Aggregates", "type": "Types",
	"enum": "Enums", "const": "Constants",
}

// Index lists pages as Markdown.
func Index(title string, pages []*Page) string {
	var b strings.Builder
	b.WriteString("# " + title + "\n\n")
	for _, p := range pages {
		b.WriteString("- [" + p.Title() + "](" + p.Name + ".md)")
		if len(p.Entries) > 0 {
			var names []string
			for _, e := range p.Entries {
				names = append(names, "`"+e.Name+"`")
			}
			b.WriteString(": " + strings.Join(names, ", "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Overview is the page that leads to others: what each of them has.
func Overview(title string, pages []*Page) *Page {
	doc := ""
	for _, p := range pages {
		var names []string
		for _, e := range p.Entries {
			names = append(names, "`"+e.Name+"`")
		}
		doc += p.Title() + ": " + strings.Join(names, " ") + "\n\n"
	}
	return &Page{Kind: "overview", Name: title, Doc: strings.TrimSpace(doc)}
}
