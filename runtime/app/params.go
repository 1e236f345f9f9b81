package app

import (
	"fmt"
	"strings"
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
	for i := range a.Params {
		p := &a.Params[i]
		s, ok := file[p.Name]
		if text, set := a.env[a.envName(p.Name)]; set {
			s, ok = setting{text, "the environment variable " + a.envName(p.Name)}, true
		}
		if text, set := flags[flagName(p.Name)]; set {
			s, ok = setting{text, "--" + flagName(p.Name)}, true
		}
		switch {
		case ok:
			if want := assign(p.Value, s.text); want != "" {
				problems = append(problems, p.bad(s, want))
			}
		case p.Required:
			problems = append(problems, problem{
				what: "param " + p.Name + " has no value",
				help: fmt.Sprintf("give --%s %s, set %s, or write %s in a config file", flagName(p.Name), argOf(p), a.envName(p.Name), p.Name)})
		}
	}
	return problems
}

// bad says that a setting is not what the param wants.
func (p *Param) bad(s setting, want string) problem {
	text := quote(s.text)
	if p.Secret {
		text = "the value"
	}
	return problem{what: fmt.Sprintf("param %s: %s, from %s, is not %s", p.Name, text, s.from, kindOf(p.Value).a), help: "write " + want}
}
