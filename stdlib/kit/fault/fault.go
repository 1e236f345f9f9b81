// Package fault is how the standard library's components say what is wrong: the place,
// the cause, and apart from them the way out.
//
// The application prints an error's text on one line and, where an error of the chain
// has a method Help() string, the way out below it.
package fault

import (
	"errors"
	"fmt"
)

// Error is an error with a way out.
type Error struct {
	err  error
	help string
}

// New returns an error whose text is formatted as fmt.Errorf does (so %w wraps), and whose way out is help.
func New(help, format string, args ...any) *Error {
	return &Error{err: fmt.Errorf(format, args...), help: help}
}

// Error implements error: place and cause.
func (e *Error) Error() string { return e.err.Error() }

// Help returns the way out.
func (e *Error) Help() string { return e.help }

// Unwrap returns the cause that %w named, or nil.
func (e *Error) Unwrap() error { return errors.Unwrap(e.err) }
