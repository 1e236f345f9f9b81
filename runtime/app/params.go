package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/spell"
)

// setting is a value that was given for a param, as text, and by what.
type setting struct {
	text string
	from string // "--max-line", "the environment variable WORDCOUNT_MAX_LINE", "wc.conf:3"
}

// flagName is a param's flag.
func flagName(param string) string { return strings.ReplaceAll(param, "_", "-") }

// envName is a param's environment variable.
func (a *app) envName(param string) string { return strings.ToUpper(a.Name + "_" + param) }

// A secret may also stand in a file, whose path is given: by these behind its flag and its environment variable.
const (
	fileFlag = "-file"
	fileEnv  = "_FILE"
)

func environment(list []string) map[string]string {
	env := map[string]string{}
	for _, e := range list {
		if name, value, ok := strings.Cut(e, "="); ok {
			env[name] = value
		}
	}
	return env
}

// settle gives each param its value: a flag goes before the environment, that before the config file, and that before the default.
// It returns everything that is wrong; params then have no values to rely on.
func (a *app) settle(flags map[string]string) []problem {
	file, problems := a.readConfig(flags[configFlag])
	broken := len(problems) > 0 // a param that has no value may have one there
	for i := range a.Params {
		p := &a.Params[i]
		s, ok, bad := a.given(p, flags)
		if !ok {
			s, ok = file[p.Name]
		}
		switch {
		case bad != nil:
			problems = append(problems, *bad)
		case ok:
			if want := assign(p.Value, s.text); want != "" {
				problems = append(problems, p.bad(s, want))
				break
			}
			a.settled[p.Name] = s.text
			if bad := p.outside(s.from); bad != nil {
				problems = append(problems, *bad)
			}
		case p.Required && !broken:
			problems = append(problems, problem{
				what: "param " + p.Name + " has no value",
				help: fmt.Sprintf("give --%s %s, set %s, or write %s in a config file", flagName(p.Name), argOf(p), a.envName(p.Name), p.Name)})
		}
	}
	return problems
}

// given finds what a param is given by flags, or else by the environment.
func (a *app) given(p *Param, flags map[string]string) (s setting, ok bool, bad *problem) {
	for _, source := range []struct {
		values     map[string]string
		name, file string
		from       string
	}{
		{flags, flagName(p.Name), fileFlag, "--"},
		{a.env, a.envName(p.Name), fileEnv, "the environment variable "},
	} {
		text, direct := source.values[source.name]
		path, byFile := "", false
		if p.Secret {
			path, byFile = source.values[source.name+source.file]
		}
		from := source.from + source.name
		switch {
		case direct && byFile:
			return s, false, &problem{what: fmt.Sprintf("param %s is given twice, by %s and by %s%s", p.Name, from, from, source.file), help: "give one of them"}
		case direct:
			return setting{text, from}, true, nil
		case byFile:
			text, bad := readSecret(path, from+source.file)
			return setting{text, from + source.file}, bad == nil, bad
		}
	}
	return s, false, nil
}

// maxSecret is how large the file of a secret may be: a larger one is another file.
const maxSecret = 1 << 20

// readSecret reads a secret's file. The end of its line is not part of it.
func readSecret(path, from string) (string, *problem) {
	f, err := os.Open(path)
	var b []byte
	if err == nil {
		defer f.Close()
		b, err = io.ReadAll(io.LimitReader(f, maxSecret+1))
	}
	var pe *fs.PathError
	switch {
	case errors.As(err, &pe):
		return "", &problem{what: fmt.Sprintf("%s cannot be read: %v", quote(path), pe.Err), help: "give " + from + " the path of a readable file"}
	case err != nil:
		return "", &problem{what: fmt.Sprintf("%s cannot be read: %v", quote(path), err), help: "give " + from + " the path of a readable file"}
	case len(b) > maxSecret:
		return "", &problem{what: quote(path) + " is larger than 1MB", help: "give " + from + " the path of a file that holds the secret and nothing else"}
	}
	text := strings.TrimSuffix(string(b), "\n")
	return strings.TrimSuffix(text, "\r"), nil
}

// bad says that a setting is not what the param wants.
func (p *Param) bad(s setting, want string) problem {
	text := quote(s.text)
	if p.Secret {
		text = "the value"
	}
	help := "write " + want
	if near := nearest(p.Value, s.text); near != "" && !p.Secret {
		help = "did you mean " + near + "? " + help
	}
	return problem{what: fmt.Sprintf("param %s: %s, from %s, is not %s", p.Name, text, s.from, kindOf(p.Value).a), help: help}
}

// outside says that a value is none of those that it is used for can take.
func (p *Param) outside(from string) *problem {
	if s, ok := p.Value.(*string); ok && p.Choices != nil && !slices.Contains(p.Choices, *s) {
		help := "write " + strings.Join(p.Choices, ", ")
		if i := len(p.Choices) - 1; i > 0 {
			help = "write " + strings.Join(p.Choices[:i], ", ") + " or " + p.Choices[i]
		}
		text := quote(*s)
		if p.Secret {
			text = "the value"
		} else if near := spell.Suggest(*s, p.Choices); near != "" {
			help = "did you mean " + near + "? " + help
		}
		return &problem{what: fmt.Sprintf("param %s: %s, from %s, is not known: %s", p.Name, text, from, p.Use), help: help}
	}
	var n int64
	var text string
	switch v := p.Value.(type) {
	case *int64:
		n, text = *v, fmt.Sprint(*v)
	case *time.Duration:
		n, text = int64(*v), v.String()
	}
	if p.Most == 0 || n >= p.Least && n <= p.Most {
		return nil
	}
	if p.Secret {
		text = "the value"
	}
	help := fmt.Sprintf("write a number from %d to %d", p.Least, p.Most)
	if _, ok := p.Value.(*time.Duration); ok {
		help = "write a duration longer than nothing, as 10s"
	} else if p.Most == math.MaxInt64 {
		help = fmt.Sprintf("write a number from %d on", p.Least)
	}
	return &problem{
		what: fmt.Sprintf("param %s: %s, from %s, is out of range: %s", p.Name, text, from, p.Use),
		help: help}
}

// warnOfEnvironment warns of variables that are nearly those of params: misspelt ones would be passed over in silence.
func (a *app) warnOfEnvironment() {
	known := map[string]bool{}
	var names []string
	for _, p := range a.Params {
		names = append(names, a.envName(p.Name))
		if p.Secret {
			names = append(names, a.envName(p.Name)+fileEnv)
		}
	}
	for _, n := range names {
		known[n] = true
	}
	prefix := strings.ToUpper(a.Name + "_")
	for _, name := range slices.SortedFunc(maps.Keys(a.env), cmp.Compare[string]) {
		if known[name] || !strings.HasPrefix(strings.ToUpper(name), prefix) {
			continue
		}
		if near := spell.Suggest(strings.ToUpper(name), names); near != "" {
			a.stderr.line("warning: the environment variable %s is no param of %s\n  help: did you mean %s?", name, a.Name, near)
		}
	}
}
