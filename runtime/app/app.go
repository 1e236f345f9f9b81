// Package app is the command line of every built binary: the program that a topology becomes.
//
// What comes in is a Program, written by the compiler: what the binary knows of itself, its params, and a function that
// registers its components. What goes out is an exit status: 0 when the work is done (or was drained
// after a signal, or because nobody reads the output any more), 1 when the run failed or tuples failed, 2 when the
// command line, the environment or the config file is wrong, 128 and the signal's number when a second signal stopped it at once.
//
// Everything that was given is checked before anything starts, and everything that is wrong is said at once. A secret
// param's value appears in nothing that this package writes for people.
package app

import (
	"context"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/spell"
)

// Program is what the compiler writes of a topology.
type Program struct {
	Name, Doc, Guarantee string
	Version              string // of topoc
	PlanText, PlanJSON   string
	DOT, Mermaid, SVG    string
	Sources              []Source
	Params               []Param
	Build                func(t *engine.Topology) // registers everything; called once, when params are set
	Durable              []string                 // spouts with a log in front of them
	Queries              []Query                  // that a run answers
	Calls                bool                     // a spout takes calls: library drpc
	Settings             func() Settings          // what the header says, when params are set; nil where it says nothing
}

// Settings are what a topology's header says beside the guarantee; what it does not say is zero.
type Settings struct {
	BatchTuples, Pending int64
	Attempts             int64
	BatchAge, Timeout    time.Duration
	Workers              int
}

// Source is a file of the text that the binary was built from.
type Source struct{ Name, Text string }

// Param is a setting that is given when the binary runs.
type Param struct {
	Name, Doc, Type  string
	Secret, Required bool
	Default          string // as written, for help
	// Value points to where the value goes, preset to the default: *string, *int64, *float64, *value.Decimal, *bool, *time.Duration,
	// *time.Time, or a list of one of them, **regexp.Regexp, or what EnumOf and EnumsOf return.
	Value any
	// Least and Most bound an int or a duration, where Most is not 0; Choices are all that a text may be, where there are any. Use says what for.
	Least, Most int64
	Choices     []string
	Use         string
}

// Main runs the program with the process's arguments, environment and streams, and ends the process.
func Main(p *Program) {
	// With SIGPIPE a closed output would end the process in the middle of whatever else it does; as an error of the
	// write it ends the run in order.
	ignoreBrokenPipe()
	// A stream's garbage is young and its live memory small: collecting less often costs little memory.
	// Go's own memory limit still holds.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
		defer runtime.KeepAlive(make([]byte, ballastBytes))
	}
	os.Exit(Run(context.Background(), p, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

const (
	gcPercent = 300
	// ballastBytes is memory that is kept and never touched, and so takes none: with it garbage is collected when some forty megabytes have come together, and
	// not each twelve.
	ballastBytes = 8 << 20
)

// app is one call of Run.
type app struct {
	*Program
	env map[string]string
	// settled is what params were given, as text.
	settled map[string]string
	stdin   io.Reader
	stdout  *output
	stderr  *messages
	// counted tells what the run has done so far, false before it has begun. It is nil until there is a run.
	counted atomic.Pointer[func() (engine.Metrics, bool)]
	// helped are the components and places of which the way out was told.
	helped sync.Map
}

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Run is Main for tests and for programs around it: it returns the exit status. ctx ends the run at once.
func Run(ctx context.Context, p *Program, args []string, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{Program: p, settled: map[string]string{}, env: environment(env), stdin: stdin, stdout: &output{w: stdout}, stderr: &messages{w: stderr}}
	code := a.dispatch(ctx, args)
	if err := a.stdout.failure(); err != nil && code == exitDone {
		a.stderr.problem(problem{what: err.Error(), help: outputHelp})
		return exitFailed
	}
	return code
}

// command is one of the binary's verbs.
type command struct {
	name  string
	short string
	flags []flag
	run   func(a *app, ctx context.Context, given map[string]string) int
}

func (a *app) commands() []command {
	return slices.Concat([]command{
		{"run", "run the topology until its input ends or it is stopped", a.runFlags(), (*app).run},
		{"plan", "show how the topology runs: its components, streams and tasks", []flag{
			{name: "json", isBool: true, doc: "as data, for programs"},
			{name: "workers", arg: "N", doc: "show which of so many workers runs which task"},
			{name: "source", isBool: true, doc: "the text that this binary was built from"},
		}, (*app).plan},
		{"graph", "draw the topology", []flag{
			{name: "format", arg: "FORMAT", doc: "dot, mermaid or svg (default dot)"},
		}, (*app).graph},
	}, a.queryCommands(), a.callCommands(), a.stateCommands(), []command{
		{"version", "say what this binary is", nil, (*app).version},
		{"help", "show this help, or that of a command", nil, nil},
	})
}

func (a *app) dispatch(ctx context.Context, args []string) int {
	if len(args) == 0 {
		return a.help()
	}
	name, rest := args[0], args[1:]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-v", "-version", "--version":
		name = "version"
	}
	if name == workerCommand && a.env[handedOver] != "" {
		return a.worker(ctx)
	}
	if name == "help" {
		if len(rest) == 0 {
			return a.help()
		}
		name, rest = rest[0], append(slices.Clone(rest[1:min(2, len(rest))]), "--help")
	}
	if (name == "state" || name == "query") && len(rest) > 0 && !flagLike(rest[0]) {
		name, rest = name+" "+rest[0], rest[1:]
	}
	if (name == "state export" || name == "state import") && len(rest) > 0 && !flagLike(rest[0]) {
		rest = append([]string{"--file"}, rest...)
	}
	if name == "call" && a.Calls && len(rest) > 0 && !flagLike(rest[0]) {
		rest = append([]string{"--name"}, rest...)
	}
	var names []string
	for _, c := range a.commands() {
		names = append(names, c.name)
		if c.name != name || c.run == nil {
			continue
		}
		given, wanted, problems := parseFlags(c.flags, rest)
		if wanted {
			return a.helpOf(c)
		}
		if len(problems) > 0 {
			return a.usage(problems, a.Name+" "+c.name+" -h shows the flags")
		}
		return c.run(a, ctx, given)
	}
	p := problem{what: "unknown command " + quote(name), help: a.Name + " help shows the commands"}
	if strings.HasPrefix(name, "state ") && a.stateCommands() == nil {
		p.help = "a topology whose guarantee is exactly-once has it: it keeps its state from run to run"
	} else if name == "state" && a.stateCommands() != nil {
		p.help = "did you mean state show?"
	} else if name == "query" || strings.HasPrefix(name, "query ") {
		p = a.noQuery(strings.TrimPrefix(strings.TrimPrefix(name, "query"), " "))
	} else if flagLike(name) {
		p = problem{what: "a flag stands before the command: " + quote(name), help: "write it behind, as in: " + a.Name + " run " + name}
	} else if near := spell.Suggest(name, names); near != "" {
		p.help = "did you mean " + near + "?"
	}
	return a.usage([]problem{p}, "")
}

// usage reports what is wrong with what was given.
func (a *app) usage(problems []problem, more string) int {
	for _, p := range problems {
		a.stderr.problem(p)
	}
	if more != "" {
		a.stderr.line("%s", more)
	}
	return exitUsage
}
