package lsp

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/explain"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// publish tells the client what is wrong with the files of all units that have an open document, where it has not been told.
func (s *server) publish() {
	s.told = true
	byFile := map[string][]protocol.Diagnostic{}
	said := map[string]bool{} // with their files
	done := map[*unit]bool{}
	for _, path := range slices.Sorted(maps.Keys(s.docs)) {
		byFile[path] = append(byFile[path], []protocol.Diagnostic{}...)
		u := s.unit(s.docs[path])
		if done[u] {
			continue
		}
		done[u] = true
		for _, f := range u.files {
			byFile[f.Name] = append(byFile[f.Name], []protocol.Diagnostic{}...)
		}
		for _, d := range u.diags {
			at := d.Span
			if at.IsZero() && len(u.files) > 0 {
				at.File = u.files[0].Name
			}
			out, ok := s.diagnostic(u, d, at)
			// Two topologies may use one library: what is wrong in it is told once.
			text, _ := json.Marshal(out)
			if key := at.File + "\x00" + string(text); ok && !said[key] {
				said[key] = true
				byFile[at.File] = append(byFile[at.File], out)
			}
		}
	}
	for key, u := range s.all {
		if !done[u] {
			delete(s.all, key) // its last document was closed
		}
	}
	for path := range s.published {
		if _, still := byFile[path]; !still {
			byFile[path] = nil
		}
	}
	for _, path := range slices.Sorted(maps.Keys(byFile)) {
		p := protocol.PublishDiagnosticsParams{URI: uriOf(path), Diagnostics: append([]protocol.Diagnostic{}, byFile[path]...)}
		if d := s.docs[path]; d != nil {
			p.URI, p.Version = d.uri, &d.version
		}
		text, _ := json.Marshal(p)
		before, known := s.published[path]
		if before == string(text) || !known && len(p.Diagnostics) == 0 && s.docs[path] == nil {
			continue
		}
		if s.docs[path] == nil && len(p.Diagnostics) == 0 {
			delete(s.published, path)
		} else {
			s.published[path] = string(text)
		}
		s.notify("textDocument/publishDiagnostics", p)
	}
}

func sameJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// unnecessary are the codes of what could be left out: editors show it faded.
var unnecessary = map[string]bool{"W0301": true, "W0330": true, "W0331": true, "W0332": true, "W0401": true, "W0501": true, "W0502": true, "W0601": true}

// diagnostic is a message as the protocol has it; false where its file can't be read any more.
func (s *server) diagnostic(u *unit, d diag.Diagnostic, at source.Span) (protocol.Diagnostic, bool) {
	where, ok := s.location(at)
	if !ok {
		return protocol.Diagnostic{}, false
	}
	out := protocol.Diagnostic{Range: where.Range, Severity: protocol.SeverityError, Code: d.Code, Source: "topo", Message: d.Message}
	if d.Severity == diag.Warning {
		out.Severity = protocol.SeverityWarning
		if unnecessary[d.Code] {
			out.Tags = []int{protocol.TagUnnecessary}
		}
	}
	if d.Label != "" {
		out.Message += " (" + d.Label + ")"
	}
	for _, n := range d.Notes {
		out.Message += "\nnote: " + n
	}
	if d.Help != "" {
		out.Message += "\nhelp: " + d.Help
	}
	for _, r := range d.Related {
		if l, ok := s.location(r.Span); ok {
			out.Related = append(out.Related, protocol.RelatedPlace{Location: l, Message: r.Text})
		}
	}
	if href := s.story(d.Code); href != "" {
		out.CodeDescription = &protocol.CodeDescription{Href: href}
	}
	return out, true
}

// location is a span as the protocol has it.
func (s *server) location(at source.Span) (protocol.Location, bool) {
	d := s.document(at.File)
	if d == nil {
		return protocol.Location{}, false
	}
	return protocol.Location{URI: d.uri, Range: d.rangeOf(at.Start, at.End)}, true
}

// story is where a code's page can be read; it is written when it is first wanted.
func (s *server) story(code string) protocol.URI {
	if s.opts.Pages == "" || code == "" {
		return ""
	}
	page := explain.Of(code)
	if page == nil {
		return ""
	}
	title := compiler.Codes[code]
	if title == "" {
		title = diag.Title(code)
	}
	return s.page(filepath.Join("explain", code+".md"), "# "+code+": "+title+"\n\n"+page.Markdown())
}

// page writes a page for the client, unless it stands there already, and returns its URI; "" where it can't be written.
func (s *server) page(name, text string) protocol.URI {
	path := filepath.Join(s.opts.Pages, name)
	if old, err := os.ReadFile(path); err != nil || string(old) != text {
		if os.MkdirAll(filepath.Dir(path), 0o755) != nil {
			return ""
		}
		// Another server may write the same: each puts a whole file there.
		tmp, err := os.CreateTemp(filepath.Dir(path), ".page-*")
		if err != nil {
			return ""
		}
		_, err = tmp.WriteString(text)
		if closed := tmp.Close(); err == nil {
			err = closed
		}
		if err == nil {
			err = os.Rename(tmp.Name(), path)
		}
		if err != nil {
			_ = os.Remove(tmp.Name())
			return ""
		}
	}
	return uriOf(path)
}
