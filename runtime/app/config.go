package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/conf"

	"github.com/topo-lang/topo/runtime/spell"
	"github.com/topo-lang/topo/runtime/value"
)

// token is what the parser of config files gives for a value: it knows where it stands.
type token interface {
	Value() any
	Line() int
	SourceFile() string
}

// readConfig reads a config file, whose keys are the params and nothing else. The format is that of the embedded server's config
// files, whose parser is in the binary already.
func (a *app) readConfig(path string) (map[string]setting, []problem) {
	if path == "" {
		return nil, nil
	}
	keys, problems, err := a.parseConfig(path)
	if err != nil {
		return nil, []problem{*err}
	}
	settings := map[string]setting{}
	var names []string
	params := map[string]*Param{}
	for i := range a.Params {
		names = append(names, a.Params[i].Name)
		params[a.Params[i].Name] = &a.Params[i]
	}
	for _, key := range slices.SortedFunc(maps.Keys(keys), func(x, y string) int {
		return cmp.Or(cmp.Compare(keys[x].SourceFile(), keys[y].SourceFile()), cmp.Compare(keys[x].Line(), keys[y].Line()), cmp.Compare(x, y))
	}) {
		t := keys[key]
		from := fmt.Sprintf("%s:%d", t.SourceFile(), t.Line())
		p := params[key]
		if p == nil {
			bad := problem{what: fmt.Sprintf("%s: %s is not a param of %s", from, quote(key), a.Name), help: "the keys of a config file are the params"}
			if near := spell.Suggest(key, names); near != "" {
				bad.help = "did you mean " + near + "?"
			}
			problems = append(problems, bad)
			continue
		}
		text, ok := configText(p, t.Value())
		if !ok {
			problems = append(problems, problem{
				what: fmt.Sprintf("%s: param %s is not %s here", from, key, kindOf(p.Value).a),
				help: "write " + kindOf(p.Value).want + ", in quotes"})
			continue
		}
		settings[key] = setting{text, from}
	}
	return settings, problems
}

// configText returns a config file's value as text. A string must be written as one: of 007 or yes the
// parser has already made something else.
func configText(p *Param, given any) (string, bool) {
	switch p.Value.(type) {
	case *string, **regexp.Regexp, choice:
		s, ok := given.(string)
		return s, ok
	}
	if list, ok := given.([]any); ok {
		return configList(p, list)
	}
	switch v := given.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		return v.Format(time.RFC3339Nano), true
	}
	return "", false
}

// configList returns a list of a config file as text.
func configList(p *Param, list []any) (string, bool) {
	if !isList(p.Value) {
		return "", false
	}
	_, ofStrings := p.Value.(*[]string)
	items := make([]string, len(list))
	for i, item := range list {
		if t, ok := item.(token); ok {
			item = t.Value()
		}
		s, isString := item.(string)
		if !isString {
			var ok bool
			if s, ok = configText(&Param{Value: new(int64)}, item); !ok || ofStrings {
				return "", false
			}
		}
		items[i] = s
	}
	return value.JoinList(items), true
}

var lineNumber = regexp.MustCompile(`line (\d+)|:(\d+):\d+\)`)

// parseConfig returns the keys of a config file, and which of them stand there twice.
func (a *app) parseConfig(path string) (keys map[string]token, again []problem, bad *problem) {
	defer func() {
		// The parser panics on some texts that are no config at all.
		if recover() != nil {
			keys, again, bad = nil, nil, &problem{what: "config file " + path + " is not one", help: configHelp}
		}
	}()
	text, err := os.ReadFile(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, nil, &problem{what: fmt.Sprintf("config file %s cannot be read: %v", path, err), help: "give the path of a readable file with --config"}
	}
	m, err := conf.ParseFileWithChecks(path)
	if err != nil {
		return nil, nil, a.badConfig(path, err)
	}
	keys = map[string]token{}
	for name, v := range m {
		t, ok := v.(token)
		if !ok {
			return nil, nil, &problem{what: fmt.Sprintf("config file %s: %s has no value", path, quote(name)), help: configHelp}
		}
		keys[name] = t
	}
	return keys, twice(path, string(text)), nil
}

const configHelp = "a line of a config file is: PARAM = VALUE"

// badConfig says where a config file is wrong. What the parser says may repeat a part of the text, and that might be of a secret.
func (a *app) badConfig(path string, err error) *problem {
	place := path
	if m := lineNumber.FindStringSubmatch(err.Error()); m != nil {
		place += ":" + m[1] + m[2]
	}
	if slices.ContainsFunc(a.Params, func(p Param) bool { return p.Secret }) {
		return &problem{what: place + ": this is not a line of a config file", help: configHelp}
	}
	return &problem{what: place + ": " + err.Error(), help: configHelp}
}
