package lsp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lsp/protocol"
)

func init() {
	asks["hover"] = func(c *markerCase, m mark) string {
		var h *hover
		if err := json.Unmarshal(c.ask("textDocument/hover", c.position(m)), &h); err != nil {
			return err.Error()
		}
		if h == nil {
			return "nothing"
		}
		return place(h.Range) + "\n" + h.Contents.Value
	}
	asks["definition"] = func(c *markerCase, m mark) string { return c.locations("textDocument/definition", c.position(m)) }
	asks["references"] = func(c *markerCase, m mark) string {
		p := c.position(m)
		p["context"] = map[string]any{"includeDeclaration": true}
		return c.locations("textDocument/references", p)
	}
	asks["highlight"] = func(c *markerCase, m mark) string {
		var list []highlight
		if err := json.Unmarshal(c.ask("textDocument/documentHighlight", c.position(m)), &list); err != nil {
			return err.Error()
		}
		out := ""
		for _, h := range list {
			out += fmt.Sprintf("%d %s\n", h.Kind, c.at(protocol.Location{URI: c.uri(m.file), Range: h.Range}))
		}
		return out
	}
	// rename(old => new)
	asks["rename"] = func(c *markerCase, m mark) string {
		_, to, _ := strings.Cut(m.text, " => ")
		p := c.position(m)
		var edit *protocol.WorkspaceEdit
		var before any
		if err := c.try("textDocument/prepareRename", p, &before); err != nil {
			return "can't: " + err.Error()
		}
		p["newName"] = to
		if err := c.try("textDocument/rename", p, &edit); err != nil {
			return "refused: " + err.Error()
		}
		return c.changed(edit)
	}
	asks["links"] = func(c *markerCase, m mark) string {
		var list []documentLink
		if err := json.Unmarshal(c.ask("textDocument/documentLink", map[string]any{"textDocument": c.doc(m)}), &list); err != nil {
			return err.Error()
		}
		out := ""
		for _, l := range list {
			out += fmt.Sprintf("%s => %s\n", c.at(protocol.Location{URI: c.uri(m.file), Range: l.Range}), l.Target)
		}
		return out
	}
	asks["tokens"] = func(c *markerCase, m mark) string {
		var tokens semanticTokens
		if err := json.Unmarshal(c.ask("textDocument/semanticTokens/full", map[string]any{"textDocument": c.doc(m)}), &tokens); err != nil {
			return err.Error()
		}
		d := c.docs[m.file]
		out, line, char := "", uint32(0), uint32(0)
		for t := range slices.Chunk(tokens.Data, 5) {
			if t[0] > 0 {
				line, char = line+t[0], 0
			}
			char += t[1]
			start, end := d.offset(protocol.Position{Line: line, Character: char}), d.offset(protocol.Position{Line: line, Character: char + t[2]})
			out += fmt.Sprintf("%d:%d %s %q", line+1, char+1, tokenTypes[t[3]], d.text[start:end])
			for i, word := range tokenModifiers {
				if t[4]&(1<<i) != 0 {
					out += " " + word
				}
			}
			out += "\n"
		}
		return out
	}
}

func (c *markerCase) locations(method string, params any) string {
	var list []protocol.Location
	if err := json.Unmarshal(c.ask(method, params), &list); err != nil {
		return err.Error()
	}
	out := ""
	for _, l := range list {
		out += c.at(l) + "\n"
	}
	return out
}

// changed shows the lines that an edit makes others.
func (c *markerCase) changed(edit *protocol.WorkspaceEdit) string {
	if edit == nil {
		return "nothing"
	}
	out := ""
	for _, e := range edit.DocumentChanges {
		name := strings.TrimPrefix(string(e.TextDocument.URI), string(uriOf(c.folder))+"/")
		d := c.docs[name]
		if d == nil {
			out += name + ": no document of the case\n"
			continue
		}
		old, made := strings.Split(d.text, "\n"), strings.Split(edited(d, e.Edits), "\n")
		for i, line := range made {
			if len(old) == len(made) && old[i] != line {
				out += fmt.Sprintf("%s:%d %s\n", name, i+1, strings.TrimSpace(line))
			} else if len(old) != len(made) && !slices.Contains(old, line) {
				out += fmt.Sprintf("%s: %s\n", name, line)
			}
		}
	}
	return out
}

func TestHover(t *testing.T)          { testMarkers(t, "hover") }
func TestDefinition(t *testing.T)     { testMarkers(t, "definition") }
func TestReferences(t *testing.T)     { testMarkers(t, "references") }
func TestHighlights(t *testing.T)     { testMarkers(t, "highlights") }
func TestRename(t *testing.T)         { testMarkers(t, "rename") }
func TestLinks(t *testing.T)          { testMarkers(t, "links") }
func TestSemanticTokens(t *testing.T) { testMarkers(t, "tokens") }
