package compiler

import (
	"path"
	"regexp"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// What people bring along from other languages, where the parser can read it but its names mean nothing.

// Functions of other languages' libraries: ours for them begin with `=`, all else is advice.
var foreignCalls = map[string]string{
	"fmt.Sprintf": "write values into a text: `\"{x} of {y}\"`", "fmt.Sprint": "=string", "fmt.Errorf": "write `fail \"why\"`, in a function `return none because \"why\"`",
	"errors.New": "write `fail \"why\"`, in a function `return none because \"why\"`", "log.Fatal": "write `fail \"why\"`",
	"strings.ToLower": "=lower", "strings.ToUpper": "=upper", "strings.Split": "=split", "strings.Fields": "=words", "strings.TrimSpace": "=trim",
	"strings.Contains": "=contains", "strings.HasPrefix": "=starts_with", "strings.HasSuffix": "=ends_with", "strings.ReplaceAll": "=replace",
	"strings.Join": "=join", "strings.Repeat": "=repeat", "strings.TrimPrefix": "=trim_prefix", "strings.TrimSuffix": "=trim_suffix",
	"strconv.Atoi": "=int", "strconv.Itoa": "=string", "strconv.ParseFloat": "write `float(text)`", "strconv.ParseInt": "write `int(text)`",
	"strconv.FormatInt": "write `string(n)`", "strconv.Quote": "=to_json",
	"math.Abs": "=abs", "math.Max": "=max", "math.Min": "=min", "math.Pow": "=pow", "math.Sqrt": "=sqrt", "math.Floor": "=floor", "math.Ceil": "=ceil",
	"math.Round": "=round", "math.Log": "=ln", "math.Log10": "=log10", "math.Log2": "=log2", "math.Exp": "=exp",
	"time.Now": "=now", "time.Parse": "write `parse_time(text, layout)`", "time.Since": "write `now() - t`", "time.Sleep": waits,
	"json.Unmarshal": "write `json(text)!`, and take it apart by `?.`", "json.Marshal": "=to_json", "json.loads": "=json", "json.dumps": "=to_json",
	"JSON.parse": "=json", "JSON.stringify": "=to_json", "Integer.parseInt": "=int", "Long.parseLong": "=int", "Double.parseDouble": "=float",
	"String.valueOf": "=string", "String.format": "write values into a text: `\"{x} of {y}\"`", "Math.max": "=max", "Math.min": "=min", "Math.abs": "=abs",
	"Math.floor": "=floor", "Math.ceil": "=ceil", "Math.round": "=round", "Math.pow": "=pow", "Math.sqrt": "=sqrt", "re.match": "write `matches(text, re)`",
	"os.Getenv": fromOutside, "System.getenv": fromOutside, "os.getenv": fromOutside, "regexp.MustCompile": "a regular expression stands where it is used, as a raw string: matches(text, `a.*`)",
	"sort.Strings": "=sort", "sort.Ints": "=sort", "slices.Sort": "=sort", "slices.Contains": "=includes", "maps.Keys": "=keys", "maps.Values": "=values",
	"rand.Intn": chance, "Math.random": chance, "random.random": chance, "uuid.New": chance,
}

const (
	shows       = "a bolt shows nothing by itself: `emit` to a sink such as `stdout.print()`, or `log.info`"
	waits       = "a bolt does not wait: what comes later stands in `every 10s { ... }` or `after 10s { ... }`"
	fromOutside = "what is set from outside is a param: `param name string`, which a flag, the environment or a config file gives"
	chance      = "nothing is random here, so that a tuple that is processed again gives the same; a function in Go may be: `func f() -> float = go \"./folder\".F`"
)

// printing are the libraries whose calls show something.
var printing = regexp.MustCompile(`^(fmt\.(Fp|P)rint\w*|console\.\w+|log\.(Print\w*|Debug|Info|Warn|Error)|logger?\.\w+|LOG(GER)?\.\w+|System\.out\.\w+|out\.print\w*)$`)

// foreignCall explains a function of another language's library; false where it is none that is known.
func (e *env) foreignCall(lib *ast.Name, name *ast.Ident, x *ast.Call) bool {
	called := lib.Name + "." + name.Name
	ours := foreignCalls[called]
	if printing.MatchString(called) {
		ours = shows
	}
	if ours == "" {
		return false
	}
	r := e.err(unknownLibrary, lib.Span().To(name.Span()), "there is no %s", called)
	if name, plain := strings.CutPrefix(ours, "="); plain {
		r.fix(x.Fun.Span(), name, "write `%s`", name)
	} else {
		r.help("%s", ours)
	}
	return true
}

// foreignFunc explains a function of another language that is called bare; false where it is none that is known.
func (e *env) foreignFunc(fun *ast.Name, x *ast.Call) bool {
	help := map[string]string{
		"range": "write `for i in 0..n { ... }`", "sleep": waits, "log": shows, "getenv": fromOutside, "random": chance, "rand": chance, "uuid": chance,
		"panic": "write `fail \"why\"`", "exit": "write `fail \"why\"`: one tuple never ends the program", "error": "write `fail \"why\"`",
		"duration": "write a duration with its unit, `10s`; out of a text makes one `parse_duration(text)`", "timestamp": "write `time(\"2026-01-02T15:04:05Z\")`; out of a text makes one `parse_time(text, layout)`",
		"isNull": "unwrap it: `if let v = x { ... }`", "is_null": "unwrap it: `if let v = x { ... }`", "coalesce": "write `x ?? other`", "COALESCE": "write `x ?? other`", "ifnull": "write `x ?? other`",
		"map": "write a loop: `for x in xs { out += [f(x)] }`", "filter": "write a loop: `for x in xs { if ... { out += [x] } }`", "reduce": "write a loop: `for x in xs { sum += x }`",
		"sprintf": "write values into a text: `\"{x} of {y}\"`", "format": "write values into a text: `\"{x} of {y}\"`", "Sprintf": "write values into a text: `\"{x} of {y}\"`",
		"substr": "write `substring(text, start, end)`", "if": "write `match c { true => a, false => b }`", "iif": "write `match c { true => a, false => b }`",
		"make": "write `var m map[string]int`, which is empty, or `var xs []int`",
		"avg":  "write `sum_floats(xs) / float(len(xs))`; over a stream keep a sum and a count in a state", "emit": "write `emit (a, b)`",
	}[fun.Name]
	if fun.Name == "append" && len(x.Args) >= 2 && x.Args[0].Value != nil {
		r := e.err(unknownFunction, fun.Span(), "unknown function append")
		var items []string
		for _, a := range x.Args[1:] {
			items = append(items, e.text(a.Span()))
		}
		text := e.text(x.Args[0].Span()) + " + [" + strings.Join(items, ", ") + "]"
		r.fix(x.Span(), text, "lists are added: write `%s`", short(text))
		return true
	}
	if help == "" {
		return false
	}
	e.err(unknownFunction, fun.Span(), "unknown function %s", fun.Name).help("%s", help)
	return true
}

// foreignMethod explains a method that values have elsewhere; false where it is none that is known.
func (e *env) foreignMethod(fun *ast.Select, v ir.Expr, x *ast.Call) bool {
	on := e.text(fun.X.Span())
	name := fun.Field.Name
	grows := name == "append" || name == "push" || name == "add" || name == "push_back" || name == "extend"
	switch {
	case v.Type().Kind == types.List && grows && len(x.Args) == 1:
		text := on + " += [" + e.text(x.Args[0].Span()) + "]"
		e.err(unknownFunction, fun.Field.Span(), "a %s has no function %s: a list grows by what is added to it", v.Type(), name).
			fix(x.Span(), text, "write `%s`", short(text))
	case v.Type().Kind == types.Map && (name == "put" || name == "set") && len(x.Args) == 2:
		text := on + "[" + e.text(x.Args[0].Span()) + "] = " + e.text(x.Args[1].Span())
		e.err(unknownFunction, fun.Field.Span(), "a %s has no function %s", v.Type(), name).fix(x.Span(), text, "write `%s`", short(text))
	case v.Type().Kind == types.Map && (name == "get" || name == "getOrDefault") && len(x.Args) > 0:
		text := on + "[" + e.text(x.Args[0].Span()) + "]"
		if len(x.Args) == 2 {
			text += " ?? " + e.text(x.Args[1].Span())
		}
		e.err(unknownFunction, fun.Field.Span(), "a %s has no function %s", v.Type(), name).fix(x.Span(), text, "write `%s`", short(text))
	case v.Type().Kind == types.Record && strings.HasPrefix(name, "get") && len(x.Args) <= 1:
		names := fieldNames(v.Type().Fields)
		r := e.err(unknownFunction, fun.Field.Span(), "the fields of a tuple are named: there is no %s", name)
		if len(names) > 0 {
			field := names[0]
			if len(x.Args) == 1 {
				if i := fieldIndex(v.Type().Fields, strings.Trim(e.text(x.Args[0].Span()), `"`)); i >= 0 {
					field = names[i]
				}
			}
			r.help("write `%s.%s`", on, field)
			if len(names) == 1 || len(x.Args) == 1 && field == strings.Trim(e.text(x.Args[0].Span()), `"`) {
				r.fix(x.Span(), on+"."+field, "write `%s.%s`", on, field)
			}
		}
	default:
		return false
	}
	return true
}

// inQuotes is a path in quotes.
var inQuotes = regexp.MustCompile(`"([^"\n]+)"`)

// foreignDecl remembers the names that a line declares which is none of ours: nothing more is said of them.
func (c *compilation) foreignDecl(d *ast.BadDecl) {
	c.brokenComponents = true
	if c.brokenNames == nil {
		c.brokenNames = map[string]bool{}
	}
	c.brokenNames[d.Keyword] = true
	if d.Name != nil {
		c.brokenNames[d.Name.Name] = true
	}
	if d.Keyword == "import" {
		for _, m := range inQuotes.FindAllStringSubmatch(c.text(d.Span()), -1) {
			c.brokenNames[path.Base(m[1])] = true
		}
	}
}

// comparison notes that a value is compared with none, which does not make it one that is there.
func (e *env) comparison(x *ast.Binary) {
	if x.Op != "==" && x.Op != "!=" {
		return
	}
	of, none, op := x.X, x.Y, x.Op
	if isNone(of) {
		of, none = x.Y, x.X
	} else if !isNone(x.Y) {
		return
	}
	if none.(*ast.Literal).Text != "none" {
		op = "nil" // the help that the parser gave unwraps it too
	}
	if seen := e.comparedIn(); seen != nil {
		if *seen == nil {
			*seen = map[string]string{}
		}
		(*seen)[e.text(of.Span())] = op
	}
}

func isNone(x ast.Expr) bool {
	l, ok := x.(*ast.Literal)
	return ok && l.Kind == ast.NoneLit
}

// comparedIn holds what the body that e stands in compares with none; nil outside of bodies.
func (e *env) comparedIn() *map[string]string {
	switch {
	case e.body != nil:
		return &e.body.compared
	case e.fn != nil:
		return &e.fn.compared
	}
	return nil
}

// lost reports whether it could not be read what the body declares: then no name is known to mean nothing.
func (e *env) lost() bool {
	return e.nameless["value"] || e.comp != nil && e.comp.lost || e.fn != nil && e.fn.unsure
}

// once takes a report back that was made in this body of the same name, or field, where it offers nothing to be changed at its place.
func (e *env) once(r report, name string) {
	var told *map[string]bool
	switch {
	case e.body != nil:
		told = &e.body.unknown
	case e.fn != nil:
		told = &e.fn.unknown
	default:
		return
	}
	if len(r.Fixes) > 0 {
		return
	}
	if *told == nil {
		*told = map[string]bool{}
	}
	if (*told)[name] {
		e.drop(r)
	}
	(*told)[name] = true
}

// comparedNil reports whether a value was compared with what others write for `none`: how it is unwrapped was said there.
func (e *env) comparedNil(text string) bool {
	seen := e.comparedIn()
	return seen != nil && (*seen)[text] == "nil"
}

// unwrapHelp is the way out where a value was compared with none before it was used.
func (e *env) unwrapHelp(r report, text string) bool {
	seen := e.comparedIn()
	if seen == nil {
		return false
	}
	switch (*seen)[text] {
	case "!=":
		r.note("a comparison does not change what %s is", text).help("write `if let v = %s { ... }`: there v is what it holds", short(text))
	case "==":
		r.note("a comparison does not change what %s is", text).help("write `let v = %s else why { ... }`: behind it v is what it holds", short(text))
	default:
		return false
	}
	return true
}
