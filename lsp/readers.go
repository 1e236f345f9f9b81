package lsp

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lsp/protocol"
)

// readUnread offers a sink for a stream that nobody reads.
func (s *server) readUnread(d *document, w diag.Diagnostic) *codeAction {
	if w.Code != "W0501" && w.Code != "W0502" {
		return nil
	}
	r := s.unit(d).session.Index().At(d.path, w.Span.Start)
	if r == nil {
		return nil
	}
	of, stream := r.Symbol, ""
	if of.Kind == "stream" {
		of, stream = r.Symbol.In, r.Symbol.Name
	}
	if of == nil || of.Kind != "bolt" && of.Kind != "spout" {
		return nil
	}
	if stream == "" { // of a bolt that nobody listens to: its first output
		if all := s.unit(d).session.Index().Streams(of); len(all) > 0 && all[0].Output() {
			stream = all[0].Name
		}
	}
	source, name := of.Name, of.Name+"_out"
	if stream != "" {
		source, name = source+"."+stream, of.Name+"_"+stream
	}
	return s.sink(d, w.Span.Start, "print what nobody reads: a sink for "+source, "quickfix", name, "sink NAME("+source+") = stdout.print()")
}

// readAside offers sinks for what fails, and for what comes too late, in the component whose declaration a place is in the head of, where nobody reads it.
func (s *server) readAside(d *document, at int) (out []*codeAction) {
	x := s.unit(d).session.Index()
	for _, p := range s.parts(d) {
		for _, decl := range p.Tree.Decls {
			comp, ok := decl.(*ast.Component)
			if !ok || comp.Name == nil || at < comp.Name.Span().Start+p.Base || at > comp.Name.Span().End+p.Base {
				continue
			}
			r := x.At(d.path, comp.Name.Span().Start+p.Base)
			if r == nil || r.Symbol.Name != comp.Name.Name {
				return nil
			}
			name := comp.Name.Name
			if !s.read(d, name, "failed") {
				out = append(out, s.sink(d, at, "a sink for what fails in "+name, "refactor.rewrite", name+"_failed", "sink NAME(f: "+name+`.failed) = log.warn(text: "{f.reason}")`))
			}
			if x.HasLate(r.Symbol) && !s.read(d, name, "late") {
				out = append(out, s.sink(d, at, "a sink for what comes too late in "+name, "refactor.rewrite", name+"_late", "sink NAME(l: "+name+`.late) = log.warn(text: "too late for a window of `+name+`: {l.tuple}")`))
			}
			return slices.DeleteFunc(out, func(a *codeAction) bool { return a == nil })
		}
	}
	return nil
}

// read reports whether some input of the topology reads a stream of a component.
func (s *server) read(d *document, component, stream string) bool {
	u := s.unit(d)
	found := false
	for _, f := range u.files {
		for _, p := range u.session.Parts(f.Name) {
			for _, decl := range p.Tree.Decls {
				ast.Walk(decl, func(n ast.Spanned) bool {
					src, ok := n.(*ast.Source)
					found = found || ok && src.Component.Name == component && src.Stream != nil && src.Stream.Name == stream
					return !found
				})
			}
		}
	}
	return found
}

// sink offers a sink behind the declaration at a place; nil where the topology would have another mistake with it, as one that is exactly-once has.
func (s *server) sink(d *document, at int, title, kind, name, decl string) *codeAction {
	text := d.source()
	x := s.unit(d).session.Index()
	taken := map[string]bool{}
	for _, c := range x.Components(d.path, 0) {
		taken[c.Name] = true
	}
	for taken[name] {
		name += "_"
	}
	end := len(text)
	for _, cut := range splits(text) {
		if cut > at {
			end = min(end, cut)
		}
	}
	behind := strings.TrimRight(text[:end], " \t\r\n")
	edit := protocol.TextEdit{Range: d.rangeOf(len(behind), len(behind)), NewText: "\n\n" + strings.Replace(decl, "NAME", name, 1)}
	if end < len(text) && !strings.Contains(text[len(behind):end], "\n\n") {
		edit.NewText += "\n"
	}
	if s.stillSound(d, map[string]string{d.path: apply(d, []protocol.TextEdit{edit})}) != nil {
		return nil
	}
	return &codeAction{Title: title, Kind: kind, Edit: s.workspaceEdit(map[string][]protocol.TextEdit{d.path: {edit}})}
}
