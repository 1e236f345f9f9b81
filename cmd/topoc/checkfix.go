package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// maxRounds bounds how often fixes are looked for: one may bring to light what another is for.
const maxRounds = 20

// fixAt applies what fixes there are to the topology at path, prints what it changed, and returns what is left to say.
func fixAt(c *console, path string) (*topology, []diag.Diagnostic, error) {
	files, diags := compiler.Load(path)
	if hasErrors(diags) {
		return &topology{files: files}, diags, nil
	}
	old := slices.Clone(files)
	t, after := compileFiles(files)
	for range maxRounds {
		fixed := applyFixes(files, after)
		if fixed == nil {
			break
		}
		next, left := compileFiles(fixed)
		if worse(after, left) {
			break // what helps alone may hurt together
		}
		files, t, after = fixed, next, left
	}
	for i, f := range files {
		if f.Text == old[i].Text {
			continue
		}
		if err := rewrite(f.Name, old[i].Text, f.Text); err != nil {
			return nil, nil, err
		}
		if _, err := c.out.Write(diff.Diff(f.Name, []byte(old[i].Text), f.Name+" (fixed)", []byte(f.Text))); err != nil {
			return nil, nil, err
		}
	}
	return t, append(diags, after...), nil
}

// rewrite writes a file that still has the text that was fixed.
func rewrite(name, old, text string) error {
	now, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if string(now) != old {
		return &helpfulError{err: fmt.Errorf("%s has changed in the meantime", name), help: "nothing was written to it; check it again"}
	}
	return writeWhole(name, []byte(text))
}

// worse reports whether there are more errors than before.
func worse(before, after []diag.Diagnostic) bool {
	return countErrors(after) > countErrors(before)
}

func countErrors(diags []diag.Diagnostic) int {
	n := 0
	for _, d := range diags {
		if d.Severity == diag.Error {
			n++
		}
	}
	return n
}

// applyFixes returns the files with the first fix of each diagnostic applied, those that overlap an earlier one left for the
// next round; nil where there is none.
func applyFixes(files []*source.File, diags []diag.Diagnostic) []*source.File {
	changes := map[string][]diag.Fix{}
	for _, d := range diags {
		for _, fix := range d.Fixes {
			if !fix.Asks && !overlaps(changes[fix.Span.File], fix.Span) {
				changes[fix.Span.File] = append(changes[fix.Span.File], fix)
				break
			}
		}
	}
	out, changed := slices.Clone(files), false
	for i, f := range files {
		fixes := changes[f.Name]
		slices.SortFunc(fixes, func(a, b diag.Fix) int { return b.Span.Start - a.Span.Start })
		text := f.Text
		for _, fix := range fixes {
			if fix.Span.Start >= 0 && fix.Span.Start <= fix.Span.End && fix.Span.End <= len(text) {
				text = text[:fix.Span.Start] + fix.Text + text[fix.Span.End:]
			}
		}
		if text != f.Text {
			out[i], changed = source.NewFile(f.Name, text), true
		}
	}
	if !changed {
		return nil
	}
	return out
}

// overlaps reports whether a place touches one that is changed already: two insertions at one place do too.
func overlaps(fixes []diag.Fix, at source.Span) bool {
	return slices.ContainsFunc(fixes, func(f diag.Fix) bool { return at.Start <= f.Span.End && f.Span.Start <= at.End })
}
