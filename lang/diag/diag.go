// Package diag is the one type of message that topoc has for its user, and its ways of being shown.
//
// A diagnostic says what is wrong (Message, lowercase, no full stop), where (the
// smallest Span), why (Related places and Notes) and the way out (Help, and Fixes
// where a program can apply it).
package diag

import "github.com/topo-lang/topo/lang/source"

// Severity orders diagnostics; only errors stop a build.
type Severity int

// The severities, worst first.
const (
	Error Severity = iota
	Warning
)

// Label is a second place that a diagnostic concerns, and why.
type Label struct {
	Span source.Span
	Text string
}

// Fix is a change that a program may apply: replace Span with Text.
type Fix struct {
	Title string
	Span  source.Span
	Text  string
	Asks  bool // whether it is wanted only a person can say: `topoc check --fix` leaves it
}

// Diagnostic is one message.
type Diagnostic struct {
	Code     string // stable: "E0301"
	Severity Severity
	Message  string
	Span     source.Span
	Label    string // stands under the span; may be empty
	Related  []Label
	Notes    []string
	Help     string
	Fixes    []Fix
}
