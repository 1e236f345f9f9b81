package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/topo-lang/topo/runtime/component"
)

// output is the standard output that all components share. A Write is never torn by another's. Once nobody reads
// any more it says so with component.ErrDone: whoever ended `... run | head` has seen enough.
type output struct {
	mu   sync.Mutex
	w    io.Writer
	lost atomic.Bool
	err  atomic.Pointer[outputError] // the first; read while a Write may be stuck
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.Gone(); err != nil {
		return 0, err
	}
	if err := o.err.Load(); err != nil {
		return 0, err
	}
	n, err := o.w.Write(p)
	switch {
	case err == nil:
		return n, nil
	case brokenPipe(err) || errors.Is(err, io.ErrClosedPipe):
		o.lost.Store(true)
		return 0, o.Gone()
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

// Gone is component.ErrDone once nobody reads any more, as the last Write has found out, else nil. It lets a sink that writes at the end only
// know early.
func (o *output) Gone() error {
	if o.lost.Load() {
		return fmt.Errorf("the standard output: %w", component.ErrDone)
	}
	return nil
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
