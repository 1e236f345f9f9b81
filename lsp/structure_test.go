package lsp

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lsp/protocol"
)

func init() {
	asks["diagnostics"] = func(c *markerCase, m mark) string {
		// They are told when nothing waits; until then the server is asked nothing.
		for c.wrong[c.uri(m.file)] == nil {
			c.settle(c.uri(m.file))
		}
		c.ask("textDocument/foldingRange", map[string]any{"textDocument": c.doc(m)}) // all that was told before has come then
		out := ""
		for _, uri := range slices.Sorted(maps.Keys(c.wrong)) {
			out += string(uri) + "\n"
			for _, d := range c.wrong[uri] {
				out += fmt.Sprintf("  %s %s %d %v: %s\n", place(d.Range), d.Code, d.Severity, d.Tags, strings.ReplaceAll(d.Message, "\n", "\n    "))
				if d.CodeDescription != nil {
					out += fmt.Sprintf("    see %s\n", d.CodeDescription.Href)
				}
				for _, r := range d.Related {
					out += fmt.Sprintf("    %s: %s\n", c.at(r.Location), r.Message)
				}
			}
		}
		return out
	}
	asks["symbols"] = func(c *markerCase, m mark) string {
		var list []protocol.DocumentSymbol
		text := c.ask("textDocument/documentSymbol", map[string]any{"textDocument": c.doc(m)})
		if err := json.Unmarshal(text, &list); err != nil {
			c.t.Fatal(err)
		}
		var out strings.Builder
		var walk func(indent string, list []protocol.DocumentSymbol)
		walk = func(indent string, list []protocol.DocumentSymbol) {
			for _, s := range list {
				fmt.Fprintf(&out, "%s%d %s [%s] %s %s\n", indent, s.Kind, s.Name, s.Detail, place(s.Range), place(s.SelectionRange))
				walk(indent+"  ", s.Children)
			}
		}
		walk("", list)
		return out.String()
	}
	asks["folding"] = func(c *markerCase, m mark) string {
		var list []protocol.FoldingRange
		if err := json.Unmarshal(c.ask("textDocument/foldingRange", map[string]any{"textDocument": c.doc(m)}), &list); err != nil {
			c.t.Fatal(err)
		}
		out := ""
		for _, r := range list {
			out += fmt.Sprintf("%d-%d %s\n", r.StartLine+1, r.EndLine+1, r.Kind)
		}
		return out
	}
	asks["select"] = func(c *markerCase, m mark) string {
		var list []*protocol.SelectionRange
		if err := json.Unmarshal(c.ask("textDocument/selectionRange", map[string]any{"textDocument": c.doc(m), "positions": []any{m.at}}), &list); err != nil {
			c.t.Fatal(err)
		}
		out := ""
		for r := list[0]; r != nil && r.Parent != nil; r = r.Parent {
			l := protocol.Location{URI: c.uri(m.file), Range: r.Range}
			out += c.at(l) + "\n"
		}
		return out
	}
	asks["format"] = func(c *markerCase, m mark) string {
		var list []protocol.TextEdit
		if err := json.Unmarshal(c.ask("textDocument/formatting", map[string]any{"textDocument": c.doc(m), "options": map[string]any{}}), &list); err != nil {
			c.t.Fatal(err)
		}
		return fmt.Sprintf("%d edits\n", len(list)) + edited(c.docs[m.file], list)
	}
	asks["workspace"] = func(c *markerCase, m mark) string {
		var list []protocol.SymbolInformation
		if err := json.Unmarshal(c.ask("workspace/symbol", map[string]any{"query": m.text}), &list); err != nil {
			c.t.Fatal(err)
		}
		out := ""
		for _, s := range list {
			out += fmt.Sprintf("%d %s in %s: %s\n", s.Kind, s.Name, s.ContainerName, c.at(s.Location))
		}
		return out
	}
}

func TestDiagnostics(t *testing.T)      { testMarkers(t, "diagnostics") }
func TestDocumentSymbols(t *testing.T)  { testMarkers(t, "symbols") }
func TestFolding(t *testing.T)          { testMarkers(t, "folding") }
func TestSelections(t *testing.T)       { testMarkers(t, "selections") }
func TestFormatting(t *testing.T)       { testMarkers(t, "formatting") }
func TestWorkspaceSymbols(t *testing.T) { testMarkers(t, "workspace") }
