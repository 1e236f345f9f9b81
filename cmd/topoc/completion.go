package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// choices are the values that a flag takes, where there are few.
var choices = map[string][]string{
	"format":    {"dot", "mermaid", "svg"},
	"as":        {"tsv", "csv", "json"},
	"os":        {"linux", "darwin", "windows"},
	"arch":      {"amd64", "arm64"},
	"template":  {"go", "nats", "route", "sql", "wordcount"},
	"guarantee": {"none", "at-least-once", "exactly-once"},
}

func completionCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a completion script for a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: `Prints a script that teaches a shell topoc's verbs and flags.

  source <(topoc completion bash)                                 this bash session
  topoc completion bash > ~/.local/share/bash-completion/completions/topoc
  topoc completion zsh > "${fpath[1]}/_topoc"                     zsh, from the next session on
  topoc completion fish > ~/.config/fish/completions/topoc.fish`,
		Action: func(ctx *cli.Context) error {
			shells := map[string]func(*cli.App) (string, error){"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
			script, known := shells[ctx.Args().First()]
			if !known || ctx.Args().Len() != 1 {
				return &usageError{text: "topoc completion takes the name of a shell", help: "topoc completion bash, zsh or fish"}
			}
			text, err := script(ctx.App)
			if err != nil {
				return err
			}
			fmt.Fprint(c.out, text)
			return nil
		},
	}
}

// fishCompletion is urfave's own, without the marks that name a flag's value in help.
func fishCompletion(app *cli.App) (string, error) {
	script, err := app.ToFishCompletion()
	return strings.ReplaceAll(script, "`", ""), err
}

// bashCompletion writes a function with a case a verb.
func bashCompletion(app *cli.App) (string, error) {
	var b strings.Builder
	b.WriteString(`# bash completion for topoc
_topoc() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} flags=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "` + strings.Join(verbNames(app), " ") + ` help" -- "$word"))
        return
    fi
    case ${COMP_WORDS[1]}:$before in
`)
	eachChoice(app, func(verb, flag string, values []string) {
		fmt.Fprintf(&b, "    %s:%s) COMPREPLY=($(compgen -W %q -- \"$word\")); return ;;\n", verb, flag, strings.Join(values, " "))
	})
	b.WriteString("    esac\n    case ${COMP_WORDS[1]} in\n")
	for _, verb := range app.VisibleCommands() {
		fmt.Fprintf(&b, "    %s) flags=%q ;;\n", verb.Name, strings.Join(flagWords(verb), " "))
	}
	fmt.Fprintf(&b, "    help) COMPREPLY=($(compgen -W %q -- \"$word\")); return ;;\n", strings.Join(verbNames(app), " "))
	b.WriteString(`    esac
    if [[ ${COMP_WORDS[1]} == completion ]]; then
        COMPREPLY=($(compgen -W "bash zsh fish $flags" -- "$word"))
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -o filenames -F _topoc topoc
`)
	return b.String(), nil
}

// zshCompletion describes the verbs and their flags to zsh's own _arguments and _describe.
func zshCompletion(app *cli.App) (string, error) {
	var b strings.Builder
	b.WriteString("#compdef topoc\n_topoc() {\n    local -a verbs=(\n")
	for _, verb := range app.VisibleCommands() {
		fmt.Fprintf(&b, "        %s\n", zshQuote(verb.Name+":"+verb.Usage))
	}
	b.WriteString("        'help:list the verbs'\n    )\n")
	b.WriteString("    if ((CURRENT == 2)); then\n        _describe verb verbs\n        return\n    fi\n")
	b.WriteString("    local verb=$words[2]\n    shift words\n    ((CURRENT--))\n    case $verb in\n")
	for _, verb := range app.VisibleCommands() {
		fmt.Fprintf(&b, "    %s)\n        _arguments '--help[show help]'", verb.Name)
		for _, f := range verb.VisibleFlags() {
			b.WriteString(zshFlag(f))
		}
		if verb.Name == "completion" {
			b.WriteString(" '1:shell:(bash zsh fish)'\n        ;;\n")
		} else {
			b.WriteString(" '*:path:_files'\n        ;;\n")
		}
	}
	b.WriteString("    help) _describe verb verbs ;;\n    esac\n}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n    _topoc \"$@\"\nelse\n    compdef _topoc topoc\nfi\n")
	return b.String(), nil
}

// zshFlag is a flag as _arguments takes it, once for each of its names.
func zshFlag(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	var b strings.Builder
	usage := strings.NewReplacer("`", "", "[", "(", "]", ")", ":", " -").Replace(doc.GetUsage())
	for _, name := range f.Names() {
		if name == "help" || name == "h" {
			// Only the verb that runs has this flag; all of them take it.
			continue
		}
		spec := dashed(name) + "[" + usage + "]"
		if values := choices[f.Names()[0]]; values != nil {
			spec += ":value:(" + strings.Join(values, " ") + ")"
		} else if doc.TakesValue() {
			spec += ":value:_files"
		}
		b.WriteString(" " + zshQuote(spec))
	}
	return b.String()
}

func zshQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func verbNames(app *cli.App) []string {
	var names []string
	for _, verb := range app.VisibleCommands() {
		names = append(names, verb.Name)
	}
	return names
}

// flagWords are a verb's flags as they are typed.
func flagWords(verb *cli.Command) []string {
	words := []string{"--help"}
	for _, f := range verb.VisibleFlags() {
		for _, name := range f.Names() {
			if name != "help" && name != "h" {
				words = append(words, dashed(name))
			}
		}
	}
	return words
}

// eachChoice visits each name of each flag that takes one of few values.
func eachChoice(app *cli.App, visit func(verb, flag string, values []string)) {
	for _, verb := range app.VisibleCommands() {
		for _, f := range verb.VisibleFlags() {
			values := choices[f.Names()[0]]
			if values == nil {
				continue
			}
			for _, name := range f.Names() {
				visit(verb.Name, dashed(name), values)
			}
		}
	}
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
