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
	// complete(text) shows the first dozen of what can stand behind the text; complete(text => word) what is offered for words that begin so.
	asks["complete"] = func(c *markerCase, m mark) string {
		_, filter, _ := strings.Cut(m.text, " => ")
		var list completionList
		p := map[string]any{"textDocument": c.doc(m), "position": m.until}
		if err := json.Unmarshal(c.ask("textDocument/completion", p), &list); err != nil {
			return err.Error()
		}
		out, n := "", 0
		for _, i := range list.Items {
			if !strings.HasPrefix(i.Label, filter) {
				continue
			}
			if n++; n > 12 {
				out += "...\n"
				break
			}
			out += fmt.Sprintf("%d %s", i.Kind, i.Label)
			if i.TextEdit.NewText != i.Label {
				out += fmt.Sprintf(" %q", i.TextEdit.NewText)
			}
			out += "\n"
		}
		return out
	}
	asks["signature"] = func(c *markerCase, m mark) string {
		var s *signatures
		p := map[string]any{"textDocument": c.doc(m), "position": m.until}
		if err := json.Unmarshal(c.ask("textDocument/signatureHelp", p), &s); err != nil {
			return err.Error()
		}
		if s == nil {
			return "nothing"
		}
		out := s.Signatures[0].Label
		if s.Parameter < len(s.Signatures[0].Parameters) {
			out += "\n" + s.Signatures[0].Parameters[s.Parameter].Label
		}
		return out
	}
	asks["hints"] = func(c *markerCase, m mark) string {
		var list []inlayHint
		if err := json.Unmarshal(c.ask("textDocument/inlayHint", map[string]any{"textDocument": c.doc(m)}), &list); err != nil {
			return err.Error()
		}
		d, out := c.docs[m.file], ""
		for _, h := range list {
			at := d.offset(h.Position)
			text, start := d.line(int(h.Position.Line))
			out += fmt.Sprintf("%d: %s [%s]\n", h.Position.Line+1, strings.TrimSpace(text[:at-start]), h.Label)
		}
		return out
	}
	// actions(text => title) makes the change with this title, of those that are offered for the text.
	asks["actions"] = func(c *markerCase, m mark) string {
		_, title, _ := strings.Cut(m.text, " => ")
		return c.actions(m, protocol.Range{Start: m.at, End: m.until}, title)
	}
	// extract(n) selects the n lines from the mark's on.
	asks["extract"] = func(c *markerCase, m mark) string {
		var n uint32
		fmt.Sscan(strings.TrimPrefix(m.text, " => "), &n)
		r := protocol.Range{Start: protocol.Position{Line: m.at.Line}, End: protocol.Position{Line: m.at.Line + n}}
		return c.actions(m, r, "extract")
	}
	asks["lenses"] = func(c *markerCase, m mark) string {
		var list []codeLens
		if err := json.Unmarshal(c.ask("textDocument/codeLens", map[string]any{"textDocument": c.doc(m)}), &list); err != nil {
			return err.Error()
		}
		out := ""
		for _, l := range list {
			args, _ := json.Marshal(l.Command.Arguments)
			out += fmt.Sprintf("%d %s: %s %s\n", l.Range.Start.Line+1, l.Command.Title, l.Command.Command, args)
		}
		return out
	}
	asks["execute"] = func(c *markerCase, m mark) string {
		_, command, _ := strings.Cut(m.text, " => ")
		var out drawn
		if err := c.try("workspace/executeCommand", map[string]any{"command": command, "arguments": []any{c.uri(m.file)}}, &out); err != nil {
			return err.Error()
		}
		said := fmt.Sprintf("a page: %v\n%.20s", out.URI != "", out.Text)
		for _, name := range slices.Sorted(maps.Keys(out.Places)) {
			said += fmt.Sprintf("\n%s: %s:%d", name, out.Places[name].URI, out.Places[name].Range.Start.Line+1)
		}
		return said
	}
	asks["calls"] = func(c *markerCase, m mark) string {
		var items []*hierarchyItem
		if err := json.Unmarshal(c.ask("textDocument/prepareCallHierarchy", c.position(m)), &items); err != nil {
			return err.Error()
		}
		out := ""
		for _, i := range items {
			out += i.Name + "\n"
			var in, from []hierarchyCall
			c.request("callHierarchy/incomingCalls", map[string]any{"item": i}, &in)
			c.request("callHierarchy/outgoingCalls", map[string]any{"item": i}, &from)
			for _, call := range in {
				out += "  reads " + call.From.Name + "\n"
			}
			for _, call := range from {
				out += "  read by " + call.To.Name + "\n"
			}
		}
		return out
	}
}

func (c *markerCase) actions(m mark, r protocol.Range, title string) string {
	var list []codeAction
	p := map[string]any{"textDocument": c.doc(m), "range": r, "context": map[string]any{"diagnostics": []any{}}}
	if err := json.Unmarshal(c.ask("textDocument/codeAction", p), &list); err != nil {
		return err.Error()
	}
	out := ""
	for _, a := range list {
		out += fmt.Sprintf("%s: %s", a.Kind, a.Title)
		if a.Preferred {
			out += " (preferred)"
		}
		out += "\n"
		if title != "" && strings.HasPrefix(a.Title, title) {
			for line := range strings.SplitSeq(c.changed(a.Edit), "\n") {
				out += "  " + line + "\n"
			}
		}
	}
	return out
}

func TestCompletion(t *testing.T)    { testMarkers(t, "completion") }
func TestSignatures(t *testing.T)    { testMarkers(t, "signatures") }
func TestHints(t *testing.T)         { testMarkers(t, "hints") }
func TestActions(t *testing.T)       { testMarkers(t, "actions") }
func TestLenses(t *testing.T)        { testMarkers(t, "lenses") }
func TestCallHierarchy(t *testing.T) { testMarkers(t, "calls") }
