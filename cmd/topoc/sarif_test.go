package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSARIF looks at what SARIF 2.1.0 asks for: the properties that every reader of it needs, and that places fit the text.
func TestSARIF(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x.topo")
	text := "topology x { guarantee none }\nparam spare int = 1\nspout lines -> (line string) = stdin.lines()\nsink out(linse) = stdout.print()\n"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := run(context.Background(), []string{"check", "--sarif", file}, strings.NewReader(""), &out, &errs); status != statusError || errs.Len() > 0 {
		t.Fatalf("status %d, %s", status, errs.String())
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID               string
						ShortDescription struct{ Text string }
					}
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndLine, EndColumn, ByteOffset, ByteLength int }
					}
				}
				Fixes []struct {
					ArtifactChanges []struct {
						ArtifactLocation struct{ URI string }
						Replacements     []struct {
							DeletedRegion   struct{ ByteOffset, ByteLength int }
							InsertedContent struct{ Text string }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.Contains(log.Schema, "sarif-2.1.0") || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name != "topoc" || log.Runs[0].ColumnKind != "unicodeCodePoints" {
		t.Fatalf("%+v", log)
	}
	levels := map[string]bool{}
	for _, r := range log.Runs[0].Results {
		levels[r.Level] = true
		rules := log.Runs[0].Tool.Driver.Rules
		if r.RuleIndex >= len(rules) || rules[r.RuleIndex].ID != r.RuleID || rules[r.RuleIndex].ShortDescription.Text == "" || r.Message.Text == "" {
			t.Errorf("rule of %+v", r)
		}
		if len(r.Locations) != 1 {
			t.Fatalf("no place: %+v", r)
		}
		at := r.Locations[0].PhysicalLocation
		if strings.Contains(at.ArtifactLocation.URI, `\`) || at.Region.StartLine < 1 || at.Region.StartColumn < 1 || at.Region.EndLine < at.Region.StartLine {
			t.Errorf("place %+v", at)
		}
		if r.RuleID == "E0301" {
			got := text[at.Region.ByteOffset : at.Region.ByteOffset+at.Region.ByteLength]
			if got != "linse" || len(r.Fixes) != 1 || r.Fixes[0].ArtifactChanges[0].Replacements[0].InsertedContent.Text != "lines" {
				t.Errorf("%q %+v", got, r)
			}
		}
	}
	if !levels["error"] || !levels["warning"] {
		t.Errorf("levels %v", levels)
	}
}
