package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// The form of `topoc check --sarif`: SARIF 2.1.0, which code hosts and editors show beside the text.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
		Help             sarifMessage `json:"help"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID           string          `json:"ruleId"`
		RuleIndex        int             `json:"ruleIndex"`
		Level            string          `json:"level"`
		Message          sarifMessage    `json:"message"`
		Locations        []sarifLocation `json:"locations,omitempty"`
		RelatedLocations []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes            []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		ID       int           `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifMessage `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
		ByteOffset  int `json:"byteOffset"`
		ByteLength  int `json:"byteLength"`
	}
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted sarifMessage `json:"insertedContent"`
	}
)

// checkSARIF prints the diagnostics of all topologies as one run.
func checkSARIF(c *console, paths []string) error {
	titles := allCodes()
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "topoc", Rules: []sarifRule{}}
	failed := false
	rule := func(code string) int {
		rules := &run.Tool.Driver.Rules
		i := slices.IndexFunc(*rules, func(r sarifRule) bool { return r.ID == code })
		if i < 0 {
			i = len(*rules)
			*rules = append(*rules, sarifRule{ID: code, ShortDescription: sarifMessage{titles[code]}, Help: sarifMessage{"topoc explain " + code}})
		}
		return i
	}
	for _, path := range paths {
		all, err := checkAll(c, path, false)
		if err != nil {
			return err
		}
		for _, one := range all {
			failed = failed || one.failed
			for _, d := range diag.Sorted(one.files, one.diags) {
				run.Results = append(run.Results, one.sarifResult(d, rule(d.Code)))
			}
		}
	}
	encoder := json.NewEncoder(c.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
	if err := encoder.Encode(log); err != nil {
		return c.out.failure()
	}
	if failed {
		return errReported
	}
	return nil
}

func (t *topology) sarifResult(d diag.Diagnostic, rule int) sarifResult {
	r := sarifResult{RuleID: d.Code, RuleIndex: rule, Level: "error"}
	if d.Severity == diag.Warning {
		r.Level = "warning"
	}
	text := append([]string{d.Message}, d.Notes...)
	if d.Help != "" {
		text = append(text, "help: "+d.Help)
	}
	r.Message.Text = strings.Join(text, "\n")
	if l, ok := t.sarifLocation(d.Span); ok {
		r.Locations = []sarifLocation{l}
	}
	for _, label := range d.Related {
		if l, ok := t.sarifLocation(label.Span); ok {
			l.ID, l.Message = len(r.RelatedLocations)+1, &sarifMessage{label.Text}
			r.RelatedLocations = append(r.RelatedLocations, l)
		}
	}
	for _, f := range d.Fixes {
		if l, ok := t.sarifLocation(f.Span); ok && l.Physical.Region != nil {
			r.Fixes = append(r.Fixes, sarifFix{
				Description: sarifMessage{f.Title},
				Changes: []sarifChange{{Artifact: l.Physical.Artifact, Replacements: []sarifReplacement{
					{Deleted: *l.Physical.Region, Inserted: sarifMessage{f.Text}},
				}}},
			})
		}
	}
	return r
}

// sarifLocation is false for a span that points nowhere.
func (t *topology) sarifLocation(s source.Span) (sarifLocation, bool) {
	p := t.place(s)
	if p == nil {
		return sarifLocation{}, false
	}
	l := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{URI: filepath.ToSlash(s.File)}}}
	if p.Line > 0 {
		l.Physical.Region = &sarifRegion{
			StartLine: p.Line, StartColumn: p.Column, EndLine: p.EndLine, EndColumn: p.EndColumn, ByteOffset: p.Start, ByteLength: p.End - p.Start,
		}
	}
	return l, true
}
