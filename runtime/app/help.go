package app

import (
	"fmt"
	"strings"
)

// help teaches by example: what one types first, then the commands, then the params.
func (a *app) help() int {
	var b strings.Builder
	a.title(&b)
	b.WriteString("\nexamples:\n")
	columns(&b, a.examples())
	b.WriteString("\ncommands:\n")
	var rows [][2]string
	for _, c := range a.commands() {
		rows = append(rows, [2]string{c.name, c.short})
	}
	columns(&b, rows)
	a.paramHelp(&b)
	fmt.Fprintf(&b, "\n%s run -h shows every flag of a run.\n", a.Name)
	return a.show(b.String())
}

// helpOf is the help of one command.
func (a *app) helpOf(c command) int {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n", a.Name, c.name, c.short)
	if c.name == "run" {
		b.WriteString("\nexamples:\n")
		columns(&b, a.examples())
		a.paramHelp(&b)
	}
	var rows [][2]string
	for _, f := range c.flags {
		if c.name == "run" && a.isParam(f.name) {
			continue
		}
		rows = append(rows, [2]string{strings.TrimSpace("--" + f.name + " " + f.arg), f.doc})
	}
	if rows != nil {
		b.WriteString("\nflags:\n")
		columns(&b, rows)
	}
	if c.name == "run" {
		b.WriteString("\nSIGINT or SIGTERM (Ctrl-C) drains what was read and stops; a second one stops at once.\n" +
			"exit status: 0 done, 1 the run or some tuples failed, 2 wrong flags or params\n")
	}
	return a.show(b.String())
}

func (a *app) title(b *strings.Builder) {
	b.WriteString(a.Name)
	if a.Doc != "" {
		b.WriteString(": " + strings.TrimSpace(a.Doc))
	}
	b.WriteString("\n")
}

// examples are commands that work: with every param that has no default.
func (a *app) examples() [][2]string {
	needed := ""
	var other *Param
	for i := range a.Params {
		p := &a.Params[i]
		if p.Required && !p.Secret {
			needed += fmt.Sprintf(" --%s %s", flagName(p.Name), argOf(p))
		} else if !p.Secret && other == nil {
			other = p
		}
	}
	run := a.Name + " run" + needed
	rows := [][2]string{{run, "run until the input ends, or Ctrl-C"}}
	if other != nil {
		rows = append(rows,
			[2]string{run + " --" + flagName(other.Name) + " " + argOf(other), "with another " + other.Name},
			[2]string{a.envName(other.Name) + "=" + argOf(other) + " " + run, "the same by the environment"})
	}
	if len(a.Params) > 0 {
		rows = append(rows, [2]string{a.Name + " run --config FILE", "params from a file"})
	}
	return append(rows,
		[2]string{run + " --transport nats", "tuples travel through the embedded NATS server"},
		[2]string{a.Name + " plan", "what runs, and how"},
		[2]string{a.Name + " graph --format svg > " + a.Name + ".svg", "a drawing"})
}

func (a *app) isParam(flag string) bool {
	for _, p := range a.Params {
		if flagName(p.Name) == flag {
			return true
		}
	}
	return false
}

func (a *app) paramHelp(b *strings.Builder) {
	if len(a.Params) == 0 {
		return
	}
	b.WriteString("\nparams, each a flag, an environment variable or a key in a config file, in this order of precedence:\n")
	var rows [][2]string
	for i := range a.Params {
		p := &a.Params[i]
		var notes []string
		switch {
		case p.Required:
			notes = append(notes, "required")
		case p.Secret:
		default:
			if _, isString := p.Value.(*string); isString || isList(p.Value) {
				notes = append(notes, "default "+quote(p.Default))
			} else {
				notes = append(notes, "default "+p.Default)
			}
		}
		if p.Choices != nil {
			notes = append(notes, "one of "+strings.Join(p.Choices, ", "))
		}
		if p.Secret {
			notes = append(notes, "secret: flags are seen by others on this machine, so rather use --"+flagName(p.Name)+fileFlag+" FILE, the environment or a config file")
		}
		doc := strings.TrimSpace(p.Doc)
		if c, ok := p.Value.(choice); ok {
			notes = append([]string{whichOf(c)}, notes...)
		}
		if len(notes) > 0 {
			doc = strings.TrimSpace(doc + " (" + strings.Join(notes, "; ") + ")")
		}
		rows = append(rows, [2]string{"--" + flagName(p.Name) + " " + argOf(p), doc})
		names := a.envName(p.Name)
		if p.Secret {
			names += ", " + a.envName(p.Name) + fileEnv
		}
		rows = append(rows, [2]string{"", names + ", " + p.Name + " in a config file"})
	}
	columns(b, rows)
}

// columns writes rows of two columns; a long first column has its line for itself.
func columns(b *strings.Builder, rows [][2]string) {
	const longest = 34
	width := 0
	for _, r := range rows {
		if len(r[0]) <= longest {
			width = max(width, len(r[0]))
		}
	}
	for _, r := range rows {
		second := strings.ReplaceAll(r[1], "\n", "\n"+strings.Repeat(" ", width+4))
		if len(r[0]) > width {
			fmt.Fprintf(b, "  %s\n  %-*s  %s\n", r[0], width, "", second)
			continue
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s  %s", width, r[0], second), " ") + "\n")
	}
}
