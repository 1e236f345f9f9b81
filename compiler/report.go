package compiler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// reporter collects diagnostics.
type reporter struct {
	all []*diag.Diagnostic
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
	d := &diag.Diagnostic{Code: code, Severity: severity, Span: at, Message: fmt.Sprintf(format, args...)}
	r.all = append(r.all, d)
	return report{d}
}

// add takes over finished diagnostics.
func (r *reporter) add(diags ...diag.Diagnostic) {
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
	out := make([]diag.Diagnostic, len(r.all))
	for i, d := range r.all {
		out[i] = *d
	}
	return out
}

// label writes what stands under the span.
func (r report) label(format string, args ...any) report {
	r.Label = fmt.Sprintf(format, args...)
	return r
}

// related adds a second place.
func (r report) related(at source.Span, format string, args ...any) report {
	if !at.IsZero() {
		r.Related = append(r.Related, diag.Label{Span: at, Text: fmt.Sprintf(format, args...)})
	}
	return r
}

// note adds a reason.
func (r report) note(format string, args ...any) report {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
	return r
}

// help says the way out.
func (r report) help(format string, args ...any) report {
	r.Help = fmt.Sprintf(format, args...)
	return r
}

// fix says the way out and lets a program take it.
func (r report) fix(at source.Span, text, format string, args ...any) report {
	r.Help = fmt.Sprintf(format, args...)
	r.Fixes = append(r.Fixes, diag.Fix{Title: r.Help, Span: at, Text: text})
	return r
}

// after is the empty span where s ends: for fixes that insert.
func after(s source.Span) source.Span { return source.Span{File: s.File, Start: s.End, End: s.End} }

// before is the empty span where s begins.
func before(s source.Span) source.Span {
	return source.Span{File: s.File, Start: s.Start, End: s.Start}
}
