package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// console is where topoc reads from and writes to.
type console struct {
	in  io.Reader
	out *output
	err io.Writer
	// colour tells whether messages may carry colours: only where a person reads them, who has not said no.
	colour bool
	// own tells whether the three are the process's own, so that another program may take the process over.
	own bool
}

func newConsole(stdin io.Reader, stdout, stderr io.Writer) *console {
	return &console{
		in:     stdin,
		out:    &output{w: stdout},
		err:    stderr,
		colour: isTerminal(stderr) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		own:    stdin == io.Reader(os.Stdin) && stdout == io.Writer(os.Stdout) && stderr == io.Writer(os.Stderr),
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// fail shows an error that has no place in a .topo file, as a built topology shows its own.
func (c *console) fail(text, help string) {
	red, reset := "", ""
	if c.colour {
		red, reset = "\x1b[1;31m", "\x1b[0m"
	}
	fmt.Fprintf(c.err, "%serror%s: %s\n", red, reset, text)
	if help != "" {
		fmt.Fprintf(c.err, "  help: %s\n", help)
	}
}

// show renders diagnostics for a person.
func (c *console) show(files []*source.File, diags []diag.Diagnostic) {
	diag.Render(c.err, files, diags, c.colour)
}

// errClosedPipe says that the reader of the output went away.
var errClosedPipe = errors.New("the output was closed")

// output is standard output. It keeps the first failure to write, so that a full disk or a
// closed pipe ends in a message and a status and no verb needs to look after each line it prints.
type output struct {
	w   io.Writer
	err error
}

// Write implements io.Writer; after a failure it fails at once.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	if err != nil {
		o.err = err
	}
	return n, err
}

// failure returns what went wrong with the output, nil where nothing did.
func (o *output) failure() error {
	switch {
	case o.err == nil:
		return nil
	case errors.Is(o.err, syscall.EPIPE), errors.Is(o.err, io.ErrClosedPipe):
		return errClosedPipe
	default:
		return fmt.Errorf("cannot write the output: %w", o.err)
	}
}
