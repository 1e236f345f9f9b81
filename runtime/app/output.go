package app

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/term"
)

// output is the standard output that all components share. A Write is never torn by another's, and once nobody reads
// any more everything written is forgotten: whoever ended `... run | head` has seen enough, and asked the topology to stop.
type output struct {
	mu   sync.Mutex
	w    io.Writer
	gone func() // called once, when the reader has gone; may be nil
	lost bool
	err  atomic.Pointer[outputError] // the first; read while a Write may be stuck
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lost {
		return len(p), nil
	}
	if err := o.err.Load(); err != nil {
		return 0, err
	}
	n, err := o.w.Write(p)
	switch {
	case err == nil:
		return n, nil
	case brokenPipe(err) || errors.Is(err, io.ErrClosedPipe):
		o.lost = true
		if o.gone != nil {
			o.gone()
		}
		return len(p), nil
	}
	// The name that Go gives it, /dev/stdout, would send people looking for that file.
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	failed := &outputError{err}
	o.err.Store(failed)
	return n, failed
}

// failure is the first error of a write.
func (o *output) failure() error {
	if err := o.err.Load(); err != nil {
		return err
	}
	return nil
}

// Fd lets components ask how large the terminal is.
func (o *output) Fd() uintptr {
	if f, ok := o.w.(*os.File); ok {
		return f.Fd()
	}
	return ^uintptr(0)
}

// terminal reports whether a person watches the output.
func (o *output) terminal() bool {
	f, ok := o.w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// outputError is an error of the standard output.
type outputError struct{ err error }

const outputHelp = "see where the output goes: it must be open, and on a disk with room"

// Error implements error.
func (e *outputError) Error() string { return "writing the standard output: " + e.err.Error() }

// Help returns the way out.
func (e *outputError) Help() string { return outputHelp }

// Unwrap returns the cause.
func (e *outputError) Unwrap() error { return e.err }
