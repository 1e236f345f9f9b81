package compiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// reporter collects diagnostics.
type reporter struct {
	all []*diag.Diagnostic
	// of is set for what is reported of a standard library: whom that is told.
	of *reporter
}

// report is a diagnostic that is being written: each method adds one of its parts.
type report struct{ *diag.Diagnostic }

// err reports an error.
func (r *reporter) err(code string, at source.Span, format string, args ...any) report {
	return r.report(code, diag.Error, at, format, args...)
}

// warn reports a warning.
func (r *reporter) warn(code string, at source.Span, format string, args ...any) report {
	return r.report(code, diag.Warning, at, format, args...)
}

func (r *reporter) report(code string, severity diag.Severity, at source.Span, format string, args ...any) report {
	d := &diag.Diagnostic{Code: code, Severity: severity, Span: at, Message: english(format, args...)}
	if r.of != nil {
		d.Code, d.Notes = brokenLibrary, []string{"this is a mistake of the library, not of the topology"}
		r = r.of
	}
	r.all = append(r.all, d)
	return report{d}
}

// add takes over finished diagnostics.
func (r *reporter) add(diags ...diag.Diagnostic) {
	if r.of != nil {
		r = r.of
	}
	for i := range diags {
		r.all = append(r.all, &diags[i])
	}
}

// failed reports whether there is an error.
func (r *reporter) failed() bool {
	return slices.ContainsFunc(r.all, func(d *diag.Diagnostic) bool { return d.Severity == diag.Error })
}

// diagnostics returns all, ordered by place; of several at one place in the order of the passes.
func (r *reporter) diagnostics() []diag.Diagnostic {
	slices.SortStableFunc(r.all, func(a, b *diag.Diagnostic) int {
		if n := strings.Compare(a.Span.File, b.Span.File); n != 0 {
			return n
		}
		return a.Span.Start - b.Span.Start
	})
	all := told(r.all)
	out := make([]diag.Diagnostic, len(all))
	for i, d := range all {
		out[i] = *d
	}
	return out
}

// drop takes back the last report.
func (r *reporter) drop(last report) {
	if r.of != nil {
		r = r.of
	}
	if n := len(r.all); n > 0 && r.all[n-1] == last.Diagnostic {
		r.all = r.all[:n-1]
	}
}

// label writes what stands under the span.
func (r report) label(format string, args ...any) report {
	r.Label = english(format, args...)
	return r
}

// related adds a second place.
func (r report) related(at source.Span, format string, args ...any) report {
	if !at.IsZero() {
		r.Related = append(r.Related, diag.Label{Span: at, Text: english(format, args...)})
	}
	return r
}

// note adds a reason.
func (r report) note(format string, args ...any) report {
	r.Notes = append(r.Notes, english(format, args...))
	return r
}

// help says the way out.
func (r report) help(format string, args ...any) report {
	r.Help = english(format, args...)
	return r
}

// helpIf is help where there is one.
func (r report) helpIf(text string) report {
	if text != "" {
		r.Help = text
	}
	return r
}

// fix says the way out and lets a program take it.
func (r report) fix(at source.Span, text, format string, args ...any) report {
	r.Help = english(format, args...)
	r.Fixes = append(r.Fixes, diag.Fix{Title: r.Help, Span: at, Text: text})
	return r
}

// asks says that only a person can decide whether the last fix is wanted.
func (r report) asks() report {
	r.Fixes[len(r.Fixes)-1].Asks = true
	return r
}

// english formats a text. Types are written with their article: `a %s` becomes "an int".
func english(format string, args ...any) string {
	var b strings.Builder
	for n := 0; n < len(args); n++ {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			break
		}
		text := format[:i]
		if t, ok := args[n].(*types.Type); ok && (text == "a " || strings.HasSuffix(text, " a ")) && strings.ContainsRune("aeioAEIO", rune(t.String()[0])) {
			text = strings.TrimSuffix(text, " ") + "n "
		}
		b.WriteString(text)
		fmt.Fprintf(&b, format[i:i+2], args[n])
		format = format[i+2:]
	}
	b.WriteString(format)
	return b.String()
}

// after is the empty span where s ends: for fixes that insert.
func after(s source.Span) source.Span { return source.Span{File: s.File, Start: s.End, End: s.End} }

// before is the empty span where s begins.
func before(s source.Span) source.Span {
	return source.Span{File: s.File, Start: s.Start, End: s.Start}
}
