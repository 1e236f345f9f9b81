package app

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/runtime/spell"
)

// flag is one flag of a command. Names are written with dashes; underscores are taken for them.
type flag struct {
	name   string
	arg    string // what stands for its value in help
	isBool bool   // its value may be left out: true
	isList bool   // it may be given several times
	secret bool
	doc    string
}

// parseFlags reads arguments; the standard library's flag package stops at the first mistake, and
// this one finds all. The last of several values holds, but for lists, so that a script's own flags can be overridden.
func parseFlags(flags []flag, args []string) (given map[string]string, help bool, problems []problem) {
	given = map[string]string{}
	var names []string
	secret, bare := false, "" // bare is the flag of a bool, where it has just been given without a value
	for _, f := range flags {
		names = append(names, f.name)
		secret = secret || f.secret
	}
	for i := 0; i < len(args); i++ {
		if !flagLike(args[i]) {
			what := "unexpected argument " + quote(args[i])
			if secret { // and this may be it, without its flag
				what = fmt.Sprintf("unexpected argument, the %d. behind the command", i+1)
			}
			if bare != "" && i > 0 && strings.TrimLeft(args[i-1], "-") == bare && !secret {
				problems = append(problems, problem{what: fmt.Sprintf("%s stands behind --%s, which takes its value by `=`", quote(args[i]), bare),
					help: fmt.Sprintf("write --%s=true or --%s=false; --%s alone is true", bare, bare, bare)})
				continue
			}
			problems = append(problems, problem{what: what, help: "a value follows its flag, --NAME VALUE; that of a bool is a part of it, --NAME=false"})
			continue
		}
		written, value, has := strings.Cut(args[i], "=")
		name := strings.ReplaceAll(strings.TrimLeft(written, "-"), "_", "-")
		if name == "h" || name == "help" {
			return nil, true, nil
		}
		f := find(flags, name)
		if f == nil || !strings.HasPrefix(written, "--") {
			p := problem{what: "unknown flag " + written}
			if f != nil {
				p.help = "flags have two dashes: --" + name
			} else if near := spell.Suggest(name, names); near != "" {
				p.help = "did you mean --" + near + "?"
			}
			problems = append(problems, p)
			// What follows is probably its value, and says nothing by itself.
			if !has && i+1 < len(args) && !flagLike(args[i+1]) {
				i++
			}
			continue
		}
		switch {
		case has:
		case f.isBool:
			value, bare = "true", strings.TrimLeft(args[i], "-")
		case i+1 < len(args):
			i++
			value = args[i]
		default:
			problems = append(problems, problem{what: "flag --" + name + " needs a value", help: fmt.Sprintf("write --%s %s", name, f.arg)})
			continue
		}
		if before, again := given[name]; again && f.isList {
			value = before + "," + value
		}
		given[name] = value
	}
	return given, false, problems
}

func find(flags []flag, name string) *flag {
	for i := range flags {
		if flags[i].name == name {
			return &flags[i]
		}
	}
	return nil
}

// flagLike tells flags from values and commands; a dash alone is a value.
func flagLike(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

func quote(s string) string { return strconv.Quote(s) }
