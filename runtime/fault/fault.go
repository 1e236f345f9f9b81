// Package fault is how what is linked into a binary says what is wrong: the place,
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
	What string // what happened, and to what
	Err  error  // the cause, or nil
	Way  string // out of it, or ""

	whole error // What and Err in one, of New
}

// New returns an error whose text is formatted as fmt.Errorf does (so %w wraps), and whose way out is help.
func New(help, format string, args ...any) *Error {
	return &Error{Way: help, whole: fmt.Errorf(format, args...)}
}

// Error implements error: place and cause.
func (e *Error) Error() string {
	switch {
	case e.whole != nil:
		return e.whole.Error()
	case e.Err != nil:
		return e.What + ": " + e.Err.Error()
	}
	return e.What
}

// Help returns the way out.
func (e *Error) Help() string { return e.Way }

// Unwrap returns the cause: Err, or what %w named; nil where there is none.
func (e *Error) Unwrap() error {
	if e.whole != nil {
		return errors.Unwrap(e.whole)
	}
	return e.Err
}
