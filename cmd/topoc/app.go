package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

// The exit statuses of topoc. `topoc run` passes on the topology's own.
const (
	statusOK          = 0
	statusError       = 1
	statusUsage       = 2
	statusBug         = 70
	statusInterrupted = 130
)

// run is topoc: arguments without the program's name in, an exit status out.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	c := newConsole(stdin, stdout, stderr)
	defer func() {
		if p := recover(); p != nil {
			reportBug(c, args, p, debug.Stack())
			status = statusBug
		}
	}()
	err := dispatch(ctx, c, args)
	if err == nil {
		err = c.out.failure()
	}
	return c.status(ctx, err)
}

// dispatch finds the verb and runs it.
func dispatch(ctx context.Context, c *console, args []string) error {
	app := newApp(c)
	arranged, err := arrange(app, args)
	if err != nil {
		return err
	}
	return app.RunContext(ctx, append([]string{app.Name}, arranged...))
}

// newApp returns the tree of verbs, from which help and completion are made too.
func newApp(c *console) *cli.App {
	app := &cli.App{
		Name:                  "topoc",
		Usage:                 "the compiler of the topo stream-processing language",
		Writer:                c.out,
		ErrWriter:             c.err,
		Reader:                c.in,
		HideVersion:           true,
		HideHelpCommand:       true,
		CustomAppHelpTemplate: appHelp,
		// Errors come back to run; urfave's own handler would end the process.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   asUsageError,
		Commands: []*cli.Command{
			newCommand(c),
			runCommand(c),
			buildCommand(c),
			genCommand(c),
			checkCommand(c),
			explainCommand(c),
			docCommand(c),
			testCommand(c),
			fmtCommand(c),
			planCommand(c),
			sqlCommand(c),
			diffCommand(c),
			graphCommand(c),
			lspCommand(c),
			versionCommand(c),
			completionCommand(c),
		},
	}
	for _, verb := range app.Commands {
		verb.HideHelpCommand = true
		verb.CustomHelpTemplate = verbHelp
		verb.OnUsageError = asUsageError
	}
	return app
}

// usageError is a command line that topoc does not understand.
type usageError struct{ text, help string }

func (e *usageError) Error() string { return e.text }

// asUsageError turns what the flag package says about a value into a usageError.
func asUsageError(_ *cli.Context, err error, _ bool) error {
	return &usageError{text: err.Error()}
}

// errReported ends a verb whose diagnostics have been shown.
var errReported = errors.New("diagnostics were shown")

// childStatus is the exit status of a topology that topoc ran.
type childStatus int

func (s childStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// helper is an error that knows the way out.
type helper interface {
	error
	Help() string
}

// helpfulError is topoc's own error of this kind.
type helpfulError struct {
	err  error
	help string
}

func (e *helpfulError) Error() string { return e.err.Error() }
func (e *helpfulError) Unwrap() error { return e.err }

// Help implements helper.
func (e *helpfulError) Help() string { return e.help }

// status shows err, where it has not been shown, and returns the exit status that it stands for.
func (c *console) status(ctx context.Context, err error) int {
	var usage *usageError
	var child childStatus
	var helpful helper
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &child):
		return int(child)
	case errors.Is(err, errReported):
		return statusError
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return statusInterrupted
	case errors.As(err, &usage):
		c.fail(usage.text, usage.help)
		return statusUsage
	case errors.Is(err, errClosedPipe):
		// The reader has what it wanted (`topoc plan | head`); there is nobody to tell.
		return statusError
	case errors.As(err, &helpful):
		c.fail(err.Error(), helpful.Help())
		return statusError
	default:
		c.fail(err.Error(), "")
		return statusError
	}
}

// reportBug says that a panic is topoc's fault, and what a report needs.
func reportBug(c *console, args []string, p any, stack []byte) {
	fmt.Fprintf(c.err, `topoc: a bug in topoc, not in your topology: %v

Please report it, with the .topo file if you can, and with these lines:

%s
command: topoc %s
folder:  %s

%s`, p, versionText(), strings.Join(args, " "), workingFolder(), stack)
}

func workingFolder() string {
	dir, err := os.Getwd()
	if err != nil {
		return "unknown"
	}
	return dir
}
