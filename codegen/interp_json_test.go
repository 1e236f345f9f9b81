package codegen_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/runtime/jsontext"
)

// enumValue is a value of an enum.
type enumValue struct {
	of    *types.Type
	index int
}

func (v enumValue) name() string { return v.of.Values[v.index] }

// doc is a json, as its text without white space; Go's own library looks into it.
type doc string

func compactDoc(text string) doc {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			b.WriteByte(c)
			i++
			b.WriteByte(text[i])
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		}
		b.WriteByte(text[i])
	}
	return doc(b.String())
}

// isDocType reports whether a type is json, or a json that may be missing.
func isDocType(t *types.Type) bool {
	return t.Kind == types.JSON || t.Kind == types.Optional && t.Elem.Kind == types.JSON
}

// docOf is the json that a value is, or the optional that has none.
func docOf(v any) (d doc, missing *opt) {
	if o, is := v.(opt); is {
		if !o.ok {
			return "", &opt{why: o.why}
		}
		v = o.v
	}
	return v.(doc), nil
}

func (d doc) parsed() any {
	dec := json.NewDecoder(strings.NewReader(string(d)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		panic(fmt.Sprintf("interpreter: %q: %v", d, err))
	}
	return v
}

// members are those of an object; of two with one name the last.
func (d doc) members() map[string]json.RawMessage {
	if d[0] != '{' {
		return nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(d), &m); err != nil {
		panic(err)
	}
	return m
}

func (d doc) items() []json.RawMessage {
	if d[0] != '[' {
		return nil
	}
	var l []json.RawMessage
	if err := json.Unmarshal([]byte(d), &l); err != nil {
		panic(err)
	}
	return l
}

// what a json is, in words.
func (d doc) what() string {
	switch d[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return string(d)
	case 'n':
		return "null"
	}
	return "a number"
}

func (d doc) step(by any) opt {
	switch by := by.(type) {
	case string:
		if v, ok := d.members()[by]; ok {
			return opt{ok: true, v: doc(v)}
		}
		if d[0] == '{' {
			return opt{why: "the object has no " + strconv.Quote(by)}
		}
		return opt{why: d.what() + " has no " + strconv.Quote(by)}
	case int64:
		if l := d.items(); by >= 0 && by < int64(len(l)) {
			return opt{ok: true, v: doc(l[by])}
		}
		if d[0] == '[' {
			return opt{why: fmt.Sprintf("the array has no item %d", by)}
		}
		return opt{why: fmt.Sprintf("%s has no item %d", d.what(), by)}
	}
	panic("interpreter: a step that is neither text nor number")
}

func (d doc) not(wanted string) opt {
	shown := d.what()
	if shown == "a string" || shown == "a number" {
		text := string(d)
		if len(text) > 40 {
			text = strings.ToValidUTF8(text[:40], "") + "..."
		}
		shown += " (" + text + ")"
	}
	return opt{why: shown + " is not " + wanted}
}

// sameDoc compares what was parsed: numbers by what they are worth.
func sameDoc(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, is := b.(json.Number)
		if !is {
			return false
		}
		x, okX := new(big.Rat).SetString(string(a))
		y, okY := new(big.Rat).SetString(string(b))
		return okX && okY && x.Cmp(y) == 0
	case []any:
		b, is := b.([]any)
		if !is || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameDoc(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, is := b.(map[string]any)
		if !is || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if w, ok := b[k]; !ok || !sameDoc(v, w) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

// callDoc computes the functions about json.
func (m *machine) callDoc(e *ir.FuncCall, name string, a []any) (any, bool) {
	switch name {
	case "json":
		text := a[0].(string)
		if !json.Valid([]byte(text)) {
			_, problem := jsontext.Compact(text)
			return opt{why: problem.String()}, true
		}
		return opt{ok: true, v: compactDoc(text)}, true
	case "to_json":
		return doc(showJSON(a[0])), true
	}
	if len(e.Args) != 1 || !isDocType(e.Args[0].Type()) || e.T.Kind != types.Optional {
		return nil, false
	}
	d, missing := docOf(a[0])
	if missing != nil {
		return *missing, true
	}
	return d.convert(m, e.T.Elem, name, e), true
}

// convert reads a value of a type.
func (d doc) convert(m *machine, t *types.Type, name string, at ir.Expr) opt {
	there := func(v any) opt { return opt{ok: true, v: v} }
	number, _ := d.parsed().(json.Number)
	switch name {
	case "bool":
		if b, is := d.parsed().(bool); is {
			return there(b)
		}
		return d.not("true or false")
	case "int":
		if r, ok := new(big.Rat).SetString(string(number)); ok && r.IsInt() && r.Num().IsInt64() {
			return there(r.Num().Int64())
		}
		return d.not("a whole number that an int holds")
	case "float":
		if f, err := strconv.ParseFloat(string(number), 64); err == nil && !math.IsInf(f, 0) {
			return there(f)
		}
		return d.not("a number that a float holds")
	case "string":
		if s, is := d.parsed().(string); is {
			return there(s)
		}
		return d.not("a string")
	case "list":
		if d[0] == '[' {
			var out []any
			for _, item := range d.items() {
				out = append(out, doc(item))
			}
			return there(out)
		}
		return d.not("an array")
	case "entries":
		if d[0] == '{' {
			out := map[any]any{}
			for k, v := range d.members() {
				out[k] = doc(v)
			}
			return there(out)
		}
		return d.not("an object")
	case "record":
		members := d.members()
		if members["a"] == nil || members["b"] == nil {
			return opt{why: unknown}
		}
		x, y := doc(members["a"]).convert(m, nil, "int", at), doc(members["b"]).convert(m, nil, "string", at)
		if !x.ok || !y.ok {
			return opt{why: unknown}
		}
		return there(rec{"a": x.v, "b": y.v})
	}
	panic("interpreter: json function " + name)
}

// unknown is a reason that the interpreter does not tell: any will do.
const unknown = "\x00"

// capture gives a regular expression's groups.
func (m *machine) capture(e *ir.Capture) any {
	text, re := m.expr(e.X).(string), string(e.Regex.Value.(ir.Regex))
	found := regexp.MustCompile(re).FindStringSubmatchIndex(text)
	if found == nil {
		if len(re) > 80 {
			re = re[:80] + "..."
		}
		return opt{why: "does not match " + re}
	}
	out := rec{}
	for i, f := range e.T.Elem.Fields {
		from, to := found[2*e.Groups[i]], found[2*e.Groups[i]+1]
		switch {
		case f.Type.Kind != types.Optional:
			out[f.Name] = text[from:to]
		case from < 0:
			out[f.Name] = opt{why: "the match goes without this group"}
		default:
			out[f.Name] = opt{ok: true, v: text[from:to]}
		}
	}
	return opt{ok: true, v: out}
}
