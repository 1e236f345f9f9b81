package codegen_test

import "strings"

// documents are those of the literals.
var documents = []string{
	`null`, `true`, `"a"`, `"12"`, `"\u00e9\n\"x\\"`, `0`, `-7`, `3.0`, `2.5e1`, `1e300`, `9223372036854775808`, `12.50`,
	`[]`, `{}`, `[1, [2, {"a": 3}], null, "b c"]`, `{"a": 1, "b": "x", "c": [true, 1.5]}`, `{"a": {"a": -2, "b": ""}, "b c": "12"}`,
	`{"a": 1, "a": 2}`, `{"b": [{"a": 5, "b": "p"}, []]}`, `{"b": "q", "a": 1e1}`,
}

// held puts a value into a variable: what is known of a constant is told when compiling.
func (w *writer) held(t, x string) string {
	v := w.name()
	w.line("var %s %s = %s", v, t, x)
	return v
}

// path is a json, or what may stand in one.
func (w *writer) path() string {
	x := w.reading("json")
	if x == "" || w.IntN(4) == 0 {
		x = w.name()
		w.line("let %s = %s", x, w.expr("json", 1))
	}
	for range w.IntN(4) {
		switch w.IntN(4) {
		case 0:
			x += "?.a"
		case 1:
			x += "?.b"
		case 2:
			x += w.pick(`["b c"]`, `["a"]`, `["c"]`)
		case 3:
			x += "[" + w.small() + "]"
		}
	}
	return x
}

// found is what functions and paths find of a type, or "".
func (w *writer) found(t string) string {
	switch t {
	case "json":
		if w.IntN(3) == 0 {
			return "json(" + w.held("string", w.pick(w.expr("string", 1), "`{\"a\": [1,2}`", "`[1, null, \"x\"]`")) + ")"
		}
		v := w.name()
		w.line("let %s = %s", v, w.expr("json", 1))
		return v + w.pick("?.a", `["b c"]`, "[1]", "?.b[0]", "?.c[1]", "[1][1]?.a", "?.a?.b")
	case "int", "bool", "float", "string":
		if t == "string" && w.IntN(2) == 0 {
			return "find_first(" + w.expr("string", 1) + ", " + w.regex() + ")"
		}
		return t + "(" + w.path() + ")"
	case "[]json":
		return "list(" + w.path() + ")"
	case "map[string]json":
		return "entries(" + w.path() + ")"
	case "Kind":
		return "Kind(" + w.held("string", w.pick(`"red"`, `"blue "`, w.expr("string", 1))) + ")"
	case "Pair":
		return "Pair(" + w.path() + ")"
	}
	return ""
}

// partOf is a field of a record that may be missing, or "".
func (w *writer) partOf(t string) string {
	switch t {
	case "int", "string":
		if x := w.reading("Pair?"); x != "" {
			return x + map[string]string{"int": "?.a", "string": "?.b"}[t]
		}
		if x := w.reading("Deep?"); x != "" {
			return x + map[string]string{"int": "?.p?.a", "string": "?.p?.b"}[t]
		}
	case "Pair", "[]int", "float":
		if x := w.reading("Deep?"); x != "" {
			return x + map[string]string{"Pair": "?.p", "[]int": "?.xs", "float": "?.o"}[t]
		}
	}
	return ""
}

// match is a match that gives a value, or "" where the type must be told.
func (w *writer) match(t string, depth int) string {
	switch t {
	case "int", "string", "bool", "float", "duration", "decimal", "Kind":
	default:
		return ""
	}
	of, x := w.matched()
	var arms []string
	w.arms(of, func(pattern, name string) {
		value := ""
		switch {
		case w.IntN(12) == 0 && len(arms) > 0:
			value = `fail "no {` + w.pick("1", `"x"`) + `}"`
		case name != "" && strings.TrimSuffix(of, "?") == t && w.IntN(2) == 0:
			value = name
		default:
			value = w.expr(t, depth)
		}
		arms = append(arms, pattern+" => "+value)
	})
	return "match " + x + " { " + strings.Join(arms, ", ") + " }"
}
