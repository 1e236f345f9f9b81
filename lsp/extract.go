package lsp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lsp/protocol"
)

func splits(text string) []int { return parser.Split(text) }

// chosen is a component that a selection takes.
type chosen struct {
	decl       *ast.Component
	sym        *compiler.Symbol
	base       int
	start, end int // of its part
}

// extract offers to make a graph of the components that a selection touches, with an instance of it in their place; nil where that can't be, or
// where the topology would not be sound with it.
func (s *server) extract(d *document, from, to int) *codeAction {
	list := s.chosen(d, from, to)
	if len(list) < 2 {
		return nil
	}
	e := &extraction{s: s, d: d, list: list, text: d.source(), inside: map[string]string{}, replace: map[string][]protocol.TextEdit{}}
	if !e.boundary() {
		return nil
	}
	edit, made := e.write()
	if made == nil || s.stillSound(d, made) != nil {
		return nil
	}
	return &codeAction{Title: fmt.Sprintf("extract %s into graph %s", count(len(list), "component"), e.name), Kind: "refactor.extract", Edit: edit}
}

// chosen lists the components that a selection touches; nil where it touches something else.
func (s *server) chosen(d *document, from, to int) []chosen {
	x := s.unit(d).session.Index()
	cuts := append(splits(d.source()), len(d.source()))
	var out []chosen
	for _, p := range s.parts(d) {
		for _, decl := range p.Tree.Decls {
			at := decl.Span()
			if at.End+p.Base <= from || at.Start+p.Base >= to {
				continue
			}
			comp, ok := decl.(*ast.Component)
			if !ok || comp.Name == nil {
				return nil
			}
			r := x.At(d.path, comp.Name.Span().Start+p.Base)
			i := slices.Index(cuts, p.Base)
			if r == nil || i < 0 || i+1 >= len(cuts) {
				return nil
			}
			out = append(out, chosen{comp, r.Symbol, p.Base, p.Base, cuts[i+1]})
		}
	}
	return out
}

// extraction is a graph on its way.
type extraction struct {
	s       *server
	d       *document
	list    []chosen
	text    string
	name    string
	inputs  []port
	outputs []port
	inside  map[string]string // what is read, and what it is called in the graph
	edits   []change          // in the text of the components
	replace map[string][]protocol.TextEdit
	keep    string // the name of the component whose stream is the only output
}

// port is a stream that comes in or goes out.
type port struct{ source, name, shape string }

// change is an edit of the document, by offsets.
type change struct {
	start, end int
	text       string
}

func (e *extraction) has(name string) bool {
	return slices.ContainsFunc(e.list, func(c chosen) bool { return c.decl.Name.Name == name })
}

// shapeOf writes what a stream carries; "" where that is not known.
func (e *extraction) shapeOf(src *ast.Source) string {
	x := e.s.unit(e.d).session.Index()
	for _, c := range x.Components(e.d.path, 0) {
		if c.Name != src.Component.Name {
			continue
		}
		for _, o := range x.Streams(c) {
			if src.Stream == nil && !o.Output() || src.Stream != nil && o.Output() && o.Name == src.Stream.Name {
				return o.Type + latestOf(e.s, e.d, c.Name, src.Stream)
			}
		}
	}
	return ""
}

// latestOf is ` latest by k` of a stream that is declared so.
func latestOf(s *server, d *document, component string, stream *ast.Ident) string {
	u := s.unit(d)
	for _, f := range u.files {
		for _, p := range u.session.Parts(f.Name) {
			for _, decl := range p.Tree.Decls {
				comp, ok := decl.(*ast.Component)
				if !ok || comp.Name == nil || comp.Name.Name != component {
					continue
				}
				for _, o := range comp.Outputs {
					same := o.Name == nil && stream == nil || o.Name != nil && stream != nil && o.Name.Name == stream.Name
					if same && len(o.Latest) > 0 {
						var keys []string
						for _, k := range o.Latest {
							keys = append(keys, k.Name)
						}
						return " latest by " + strings.Join(keys, ", ")
					}
				}
			}
		}
	}
	return ""
}

func full(src *ast.Source) string {
	if src.Stream == nil {
		return src.Component.Name
	}
	return src.Component.Name + "." + src.Stream.Name
}

// boundary finds what comes in and what goes out; false where that can't be said.
func (e *extraction) boundary() bool {
	for _, c := range e.list {
		for _, in := range c.decl.Inputs {
			for i, src := range in.Sources {
				if e.has(src.Component.Name) {
					continue
				}
				if src.Query != nil {
					return false
				}
				name := strings.ReplaceAll(full(src), ".", "_")
				shape := e.shapeOf(src)
				if shape == "" || src.LoopMax != nil || src.Stream != nil && src.Stream.Name == "failed" {
					return false
				}
				if e.inside[full(src)] == "" {
					e.inside[full(src)] = name
					e.inputs = append(e.inputs, port{full(src), name, shape})
				}
				if name != full(src) {
					text := name
					if in.Alias == nil && i == 0 {
						text = src.Component.Name + ": " + name // its tuples keep their name
					}
					e.edits = append(e.edits, change{src.Span().Start + c.base, src.Component.Span().Start + c.base + len(full(src)), text})
				}
			}
		}
	}
	type reader struct {
		file string
		base int
		in   *ast.Input
		src  *ast.Source
		i    int
	}
	var readers []reader
	var order []*ast.Source
	u := e.s.unit(e.d)
	for _, f := range u.files {
		for _, p := range u.session.Parts(f.Name) {
			for _, decl := range p.Tree.Decls {
				ast.Walk(decl, func(n ast.Spanned) bool {
					if comp, ok := n.(*ast.Component); ok && comp.Name != nil && e.has(comp.Name.Name) {
						return false
					}
					if in, ok := n.(*ast.Input); ok {
						for i, src := range in.Sources {
							if e.has(src.Component.Name) {
								readers = append(readers, reader{f.Name, p.Base, in, src, i})
								if !slices.ContainsFunc(order, func(o *ast.Source) bool { return full(o) == full(src) }) {
									order = append(order, src)
								}
							}
						}
					}
					return true
				})
			}
		}
	}
	for _, src := range order {
		shape := e.shapeOf(src)
		if shape == "" {
			return false
		}
		e.outputs = append(e.outputs, port{full(src), strings.ReplaceAll(full(src), ".", "_"), shape})
	}
	e.name = "part"
	for n := 2; strings.Contains(e.text, e.name); n++ {
		e.name = fmt.Sprintf("part%d", n)
	}
	if len(order) == 1 && order[0].Stream == nil {
		e.keep = order[0].Component.Name
		return true
	}
	for _, r := range readers {
		doc := e.s.document(r.file)
		if doc == nil {
			return false
		}
		text := e.name + "_of." + strings.ReplaceAll(full(r.src), ".", "_")
		if r.in.Alias == nil && r.i == 0 {
			text = r.src.Component.Name + ": " + text
		}
		start := r.src.Span().Start + r.base
		e.replace[r.file] = append(e.replace[r.file], protocol.TextEdit{Range: doc.rangeOf(start, start+len(full(r.src))), NewText: text})
	}
	return true
}

// write makes the edit, and the texts that it gives.
func (e *extraction) write() (*protocol.WorkspaceEdit, map[string]string) {
	var body strings.Builder
	for i, c := range e.list {
		if i > 0 {
			body.WriteString("\n")
		}
		text := e.text[c.start:c.end]
		for _, ch := range slices.Backward(e.edits) {
			if c.start <= ch.start && ch.end <= c.end {
				text = text[:ch.start-c.start] + ch.text + text[ch.end-c.start:]
			}
		}
		for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
			if strings.Count(line, "`")%2 != 0 {
				return nil, nil
			}
			if strings.TrimSpace(line) != "" {
				line = "    " + line
			}
			body.WriteString(strings.TrimRight(line, " \r") + "\n")
		}
	}
	var in, out, binds, given []string
	for _, p := range e.inputs {
		in = append(in, p.name+": "+p.shape)
		if p.name == p.source {
			given = append(given, p.source)
		} else {
			given = append(given, p.name+": "+p.source)
		}
	}
	for _, p := range e.outputs {
		if e.keep != "" {
			out, binds = append(out, p.shape), append(binds, "    out = "+p.source+"\n")
		} else {
			out, binds = append(out, p.name+": "+p.shape), append(binds, "    "+p.name+" = "+p.source+"\n")
		}
	}
	kind := "bolt"
	switch {
	case len(in) == 0:
		kind = "spout"
	case len(out) == 0:
		kind = "sink"
	}
	text := "graph " + e.name + "(" + strings.Join(in, ", ") + ")"
	if len(out) > 0 {
		text += " -> " + strings.Join(out, ", ")
	}
	text += " {\n" + body.String() + strings.Join(binds, "") + "}\n\n" + kind + " "
	if e.keep != "" {
		text += e.keep
	} else {
		text += e.name + "_of"
	}
	if len(given) > 0 {
		text += "(" + strings.Join(given, ", ") + ")"
	}
	text += " = " + e.name + "()\n\n"
	edits := e.replace
	for i, c := range e.list {
		with := ""
		if i == 0 {
			with = text
		}
		edits[e.d.path] = append(edits[e.d.path], protocol.TextEdit{Range: e.d.rangeOf(c.start, c.end), NewText: with})
	}
	made := map[string]string{}
	for file, list := range edits {
		if doc := e.s.document(file); doc != nil {
			made[file] = apply(doc, list)
		}
	}
	return e.s.workspaceEdit(edits), made
}

// apply makes edits, which do not touch one another, in the text that the compiler sees.
func apply(d *document, edits []protocol.TextEdit) string {
	text := d.source()
	list := slices.Clone(edits)
	slices.SortFunc(list, func(a, b protocol.TextEdit) int { return d.at(a.Range.Start) - d.at(b.Range.Start) })
	for _, e := range slices.Backward(list) {
		text = text[:d.at(e.Range.Start)] + e.NewText + text[d.at(e.Range.End):]
	}
	return text
}
