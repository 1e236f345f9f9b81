package main

import (
	"encoding/json"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// The JSON of `topoc check --json` is an interface: fields are added to it, never renamed or taken away.
type (
	jsonDiagnostic struct {
		Path     string      `json:"path"` // as given on the command line
		Severity string      `json:"severity"`
		Code     string      `json:"code"`
		Message  string      `json:"message"`
		Place    *jsonPlace  `json:"place,omitempty"`
		Label    string      `json:"label,omitempty"`
		Related  []jsonLabel `json:"related,omitempty"`
		Notes    []string    `json:"notes,omitempty"`
		Help     string      `json:"help,omitempty"`
		Fixes    []jsonFix   `json:"fixes,omitempty"`
	}
	// jsonPlace counts bytes from 0, and lines and columns (in characters) from 1; ends are exclusive.
	jsonPlace struct {
		File      string `json:"file"`
		Start     int    `json:"start"`
		End       int    `json:"end"`
		Line      int    `json:"line"`
		Column    int    `json:"column"`
		EndLine   int    `json:"endLine"`
		EndColumn int    `json:"endColumn"`
	}
	jsonLabel struct {
		Place *jsonPlace `json:"place"`
		Text  string     `json:"text"`
	}
	jsonFix struct {
		Title string     `json:"title"`
		Place *jsonPlace `json:"place"`
		Text  string     `json:"text"`
	}
)

// checkJSON prints the diagnostics of all topologies as one list.
func checkJSON(c *console, paths []string) error {
	list, failed := []jsonDiagnostic{}, false
	for _, path := range paths {
		all, err := checkAll(c, path, false)
		if err != nil {
			return err
		}
		for _, one := range all {
			for _, d := range one.diags {
				list = append(list, one.jsonDiagnostic(path, d))
			}
			failed = failed || one.failed
		}
	}
	encoder := json.NewEncoder(c.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(list); err != nil {
		return c.out.failure()
	}
	if failed {
		return errReported
	}
	return nil
}

func (t *topology) jsonDiagnostic(path string, d diag.Diagnostic) jsonDiagnostic {
	j := jsonDiagnostic{
		Path: path, Severity: "error", Code: d.Code, Message: d.Message,
		Place: t.place(d.Span), Label: d.Label, Notes: d.Notes, Help: d.Help,
	}
	if d.Severity == diag.Warning {
		j.Severity = "warning"
	}
	for _, l := range d.Related {
		j.Related = append(j.Related, jsonLabel{t.place(l.Span), l.Text})
	}
	for _, f := range d.Fixes {
		j.Fixes = append(j.Fixes, jsonFix{f.Title, t.place(f.Span), f.Text})
	}
	return j
}

// place returns nil for a span that points nowhere.
func (t *topology) place(s source.Span) *jsonPlace {
	if s.IsZero() {
		return nil
	}
	p := &jsonPlace{File: s.File, Start: s.Start, End: s.End}
	for _, f := range t.files {
		if f.Name == s.File {
			start, end := f.Position(s.Start), f.Position(s.End)
			p.Line, p.Column, p.EndLine, p.EndColumn = start.Line, start.Column, end.Line, end.Column
		}
	}
	return p
}
