package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/runtime/spell"
)

// arrange rewrites a command line so that urfave/cli reads it as people mean it: flags may
// stand before or after the path, `help VERB` is `VERB --help`, and what topoc does not know is
// refused here, with the nearest thing that it does know.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	first, rest := args[0], args[1:]
	switch first {
	case "-h", "--help":
		return []string{"--help"}, nil
	case "--version":
		return []string{"version"}, nil
	case "help":
		if len(rest) == 0 {
			return []string{"--help"}, nil
		}
		first, rest = rest[0], []string{"--help"}
	}
	verb := app.Command(first)
	if verb == nil {
		return nil, unknownVerb(app, first)
	}
	if verb.Name == "run" {
		return arrangeRun(verb, rest)
	}
	flags, words, err := splitFlags(verb, rest)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]string{verb.Name}, flags, []string{"--"}, words), nil
}

// arrangeRun leaves everything after the path to the topology: `topoc run . --help` is the topology's help.
func arrangeRun(verb *cli.Command, args []string) ([]string, error) {
	n := 0
	for n < len(args) && strings.HasPrefix(args[n], "-") && args[n] != "--" {
		flag, inline, known := lookupFlag(verb, args[n])
		if !known {
			err := unknownFlag(verb, args[n])
			if strings.HasPrefix(err.help, "did you mean") {
				return nil, err
			}
			err.help = fmt.Sprintf("flags of the topology stand after its path: topoc run . %s", strings.Join(args[n:], " "))
			return nil, err
		}
		if n++; flag != nil && takesValue(flag) && !inline {
			if n == len(args) {
				return nil, &usageError{text: fmt.Sprintf("%s needs a value", args[n-1]), help: seeHelp(verb)}
			}
			n++
		}
	}
	words := args[n:]
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	return slices.Concat([]string{verb.Name}, args[:n], []string{"--"}, words), nil
}

// splitFlags parts a verb's arguments into flags with their values, and words.
func splitFlags(verb *cli.Command, args []string) (flags, words []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return flags, append(words, args[i+1:]...), nil
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			words = append(words, arg)
			continue
		}
		flag, inline, known := lookupFlag(verb, arg)
		if !known {
			return nil, nil, unknownFlag(verb, arg)
		}
		flags = append(flags, arg)
		if inline || !takesValue(flag) {
			continue
		}
		if i++; i == len(args) {
			return nil, nil, &usageError{text: fmt.Sprintf("%s needs a value", arg), help: seeHelp(verb)}
		}
		flags = append(flags, args[i])
	}
	return flags, words, nil
}

// lookupFlag finds the flag that arg (`--name`, `-n`, `--name=value`) sets; inline tells whether its value is in arg.
// A nil flag that is known is the help flag.
func lookupFlag(verb *cli.Command, arg string) (flag cli.Flag, inline, known bool) {
	name, _, inline := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if name == "help" || name == "h" {
		return nil, inline, true
	}
	for _, f := range verb.Flags {
		if slices.Contains(f.Names(), name) {
			return f, inline, true
		}
	}
	return nil, inline, false
}

func takesValue(f cli.Flag) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}

func unknownVerb(app *cli.App, word string) error {
	e := &usageError{text: fmt.Sprintf("unknown verb %q", word), help: "`topoc help` lists the verbs"}
	if strings.HasPrefix(word, "-") {
		e.text = fmt.Sprintf("unknown flag %s", word)
		e.help = "flags stand after a verb; `topoc help` lists the verbs"
		return e
	}
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	if near := spell.Suggest(word, names); near != "" {
		e.help = fmt.Sprintf("did you mean `topoc %s`?", near)
	} else if _, err := os.Stat(word); err == nil {
		e.help = fmt.Sprintf("to run a topology: topoc run %s", word)
	}
	return e
}

func unknownFlag(verb *cli.Command, arg string) *usageError {
	written, _, _ := strings.Cut(arg, "=")
	e := &usageError{text: fmt.Sprintf("topoc %s has no flag %s", verb.Name, written), help: seeHelp(verb)}
	names := []string{"help"}
	for _, f := range verb.Flags {
		for _, name := range f.Names() {
			if len(name) > 1 {
				names = append(names, name)
			}
		}
	}
	if near := spell.Suggest(strings.TrimLeft(written, "-"), names); near != "" {
		e.help = fmt.Sprintf("did you mean --%s?", near)
	}
	return e
}

func seeHelp(verb *cli.Command) string {
	return fmt.Sprintf("`topoc %s --help` shows what it takes", verb.Name)
}

// onePath returns the one path that a verb was given, `.` where it was given none.
func onePath(ctx *cli.Context) (string, error) {
	switch words := ctx.Args().Slice(); len(words) {
	case 0:
		return ".", nil
	case 1:
		return words[0], nil
	default:
		return "", &usageError{
			text: fmt.Sprintf("topoc %s takes one path, not %d: %s", ctx.Command.Name, len(words), strings.Join(words, " ")),
			help: seeHelp(ctx.Command),
		}
	}
}
