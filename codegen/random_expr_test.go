package codegen_test

import (
	"fmt"
	"strings"
)

// isOptional tells int? from []int?, a list.
func isOptional(t string) bool {
	return strings.HasSuffix(t, "?") && !strings.HasPrefix(t, "[]") && !strings.HasPrefix(t, "map[")
}

// reading is a name that has the type, or "" where there is none.
func (w *writer) reading(t string) string {
	var can []string
	for _, s := range w.scopes {
		for _, v := range s {
			if v.typ == t {
				can = append(can, v.name)
			}
			// A field of a record.
			switch v.typ + "." + t {
			case "Pair.int":
				can = append(can, v.name+".a")
			case "Pair.string":
				can = append(can, v.name+".b")
			case "Deep.Pair":
				can = append(can, v.name+".p")
			case "Deep.int":
				can = append(can, v.name+".p.a")
			case "Deep.[]int":
				can = append(can, v.name+".xs")
			}
		}
	}
	if len(can) == 0 {
		return ""
	}
	return can[w.IntN(len(can))]
}

// small is an int that is often an index.
func (w *writer) small() string {
	if x := w.reading("int"); x != "" && w.IntN(2) == 0 {
		return x + " mod 4"
	}
	return fmt.Sprint(w.IntN(5) - 1)
}

// typed makes sure that an expression's type can be told where nothing says it.
func (w *writer) typed(x, t string) string {
	if !strings.Contains(x, "[]") && !strings.Contains(x, "map[]") && !strings.Contains(x, "none") && !strings.Contains(t, "?") {
		return x
	}
	v := w.name()
	w.line("var %s %s = %s", v, t, x)
	return v
}

// expr is an expression of a type.
func (w *writer) expr(t string, depth int) string {
	if x := w.reading(t); x != "" && (depth == 0 || w.IntN(3) == 0) {
		return x
	}
	if depth > 0 && w.IntN(5) == 0 {
		for _, i := range w.Perm(len(w.funcs)) {
			if f := w.funcs[i]; f.result == t {
				var args []string
				for _, p := range f.params {
					args = append(args, w.typed(w.expr(p, depth-1), p))
				}
				return f.name + "(" + strings.Join(args, ", ") + ")"
			}
		}
	}
	if depth > 0 && w.IntN(5) == 0 && !isOptional(t) {
		if w.IntN(3) == 0 {
			return "(" + w.optional(t) + ")!"
		}
		return "(" + w.optional(t) + " ?? " + w.expr(t, depth-1) + ")"
	}
	d := depth - 1
	if depth > 0 && w.IntN(12) == 0 {
		if x := w.match(t, d); x != "" {
			return x
		}
	}
	if depth == 0 {
		return w.literal(t)
	}
	two := func(of string, ops ...string) string {
		x, y, mixed := strings.Cut(of, " ")
		if !mixed {
			y = x
		}
		return "(" + w.expr(x, d) + " " + w.pick(ops...) + " " + w.expr(y, d) + ")"
	}
	switch {
	case t == "int":
		switch w.IntN(8) {
		case 0, 1, 2:
			return two("int", "+", "-", "*", "div", "mod")
		case 3:
			of := w.pick("string", "[]int", "[]string", "map[string]int", "bytes")
			return "len(" + w.typed(w.expr(of, d), of) + ")"
		case 7:
			return w.pick("unix", "year", "hour", "weekday") + "(" + w.expr("time", d) + ")"
		case 4:
			return w.pick("min", "max") + "(" + w.expr("int", d) + ", " + w.expr("int", d) + ")"
		case 5:
			return "(-" + w.expr("int", d) + ")"
		case 6:
			return "abs(" + w.expr("int", d) + ")"
		}
	case t == "float":
		switch w.IntN(5) {
		case 0, 1:
			return two("float", "+", "-", "*", "/")
		case 2:
			return "float(" + w.expr("int", d) + ")"
		case 3:
			return "(-" + w.expr("float", d) + ")"
		}
	case t == "bool":
		switch w.IntN(9) {
		case 7:
			return "matches(" + w.expr("string", d) + ", " + w.regex() + ")"
		case 8:
			return two("json", "==", "!=")
		case 0, 1:
			return two(w.pick("int", "string", "float", "duration", "decimal", "Kind", "time", "bytes"), "<", "<=", ">", ">=", "==", "!=")
		case 2, 3:
			return two("bool", "and", "or")
		case 4:
			return "(not " + w.expr("bool", d) + ")"
		case 5:
			return w.pick("contains", "starts_with") + "(" + w.expr("string", d) + ", " + w.expr("string", d) + ")"
		case 6:
			if x := w.reading(w.pick("[]int", "map[string]int", "Pair", "Deep", "[]string", "int?", "Pair?", "[]json", "map[Kind]int")); x != "" {
				return "(" + x + w.pick(" == ", " != ") + x + ")"
			}
		}
	case t == "string":
		switch w.IntN(7) {
		case 6:
			return w.pick("to_hex", "to_base64") + "(" + w.expr("bytes", d) + ")"
		case 0:
			return two("string", "+")
		case 1:
			return w.pick("lower", "upper", "trim") + "(" + w.expr("string", d) + ")"
		case 2:
			return "substring(" + w.expr("string", d) + ", " + w.small() + ", " + w.small() + ")"
		case 3:
			return "string(" + w.expr(w.pick("int", "bool", "float", "duration", "decimal"), d) + ")"
		case 5:
			return "replace_matches(" + w.expr("string", d) + ", " + w.regex() + ", " + w.pick("`<$0>`", "`x`", "``") + ")"
		case 4:
			if x := w.reading(w.pick("int", "string", "[]int", "[]string", "map[string]int", "map[int]bool", "Kind", "json", "[]json", "map[Kind]int", "[]int?")); x != "" {
				return `"<{` + x + `}>"`
			}
		}
	case t == "decimal":
		switch w.IntN(5) {
		case 0, 1, 2:
			return two("decimal", "+", "-", "*")
		case 3:
			return "decimal(" + w.expr("int", d) + ")"
		case 4:
			return "(-" + w.expr("decimal", d) + ")"
		}
	case t == "time":
		switch w.IntN(5) {
		case 0:
			return two("time duration", "+", "-")
		case 1:
			return "(" + w.expr("duration", d) + " + " + w.expr("time", d) + ")"
		case 2:
			return "from_unix(" + w.expr("int", d) + " mod 100_000_000_000)"
		case 3:
			return "truncate(" + w.expr("time", d) + ", " + w.pick("1s", "1m", "250ms", "1h30m", "168h", "0s") + ")"
		}
	case t == "bytes" && w.IntN(2) == 0:
		return "to_bytes(" + w.expr("string", d) + ")"
	case t == "duration":
		switch w.IntN(5) {
		case 2:
			return two("time", "-")
		case 0:
			return two("duration", "+", "-")
		case 1:
			return "(" + w.expr("duration", d) + " * " + w.expr("int", d) + ")"
		}
	case t == "json":
		if w.IntN(2) == 0 {
			of := w.typ(1)
			return "to_json(" + w.typed(w.expr(of, d), of) + ")"
		}
	case t == "Kind" && w.IntN(2) == 0:
		return w.pick("red", "Kind.blue", "Kind.green")
	case t == "[]string" && w.IntN(3) == 0:
		if w.IntN(2) == 0 {
			return w.pick("find_all", "split_matches") + "(" + w.expr("string", d) + ", " + w.regex() + ")"
		}
		return "split(" + w.expr("string", d) + `, " ")`
	case strings.HasPrefix(t, "[]") && w.IntN(3) == 0:
		return "reverse(" + w.typed(w.expr(t, d), t) + ")"
	case strings.HasPrefix(t, "[]") && w.IntN(3) == 0:
		return "slice(" + w.typed(w.expr(t, d), t) + ", " + w.small() + ", " + w.small() + ")"
	case strings.HasPrefix(t, "[]") && w.IntN(3) == 0:
		if x := w.reading(t); x != "" {
			if w.IntN(3) == 0 {
				return "(" + x + " + [])"
			}
			return "slice(" + x + " + " + w.typed(w.expr(t, d), t) + ", 0, 6)"
		}
	case strings.HasPrefix(t, "[]"):
		return w.listOf(t[2:], d)
	case strings.HasPrefix(t, "map["):
		k, v := mapParts(t)
		// Keys that cannot be equal: a literal that has one twice is an error.
		keys := map[string][]string{"int": {"0", "1", "7"}, "string": {`"a"`, `"b c"`, `"é"`}, "bool": {"true", "false"}, "Kind": {"red", "green", "blue"}}[k]
		var parts []string
		for _, key := range keys {
			if w.IntN(2) == 0 {
				parts = append(parts, key+": "+w.expr(v, d))
			}
		}
		return "map[" + strings.Join(parts, ", ") + "]"
	case isOptional(t):
		if w.IntN(3) == 0 {
			return "none"
		}
		if w.IntN(2) == 0 {
			return w.optional(strings.TrimSuffix(t, "?"))
		}
		return w.expr(strings.TrimSuffix(t, "?"), d)
	case t == "Pair":
		return "Pair(a: " + w.expr("int", d) + ", b: " + w.expr("string", d) + ")"
	case t == "Deep":
		return "Deep(p: " + w.expr("Pair", d) + ", xs: " + w.expr("[]int", d) + ", o: " + w.expr("float?", d) + ")"
	}
	if x := w.reading(t); x != "" {
		return x
	}
	return w.literal(t)
}

func (w *writer) listOf(elem string, depth int) string {
	var items []string
	for range w.IntN(4) {
		items = append(items, w.expr(elem, depth))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// optional is an expression of type t?.
func (w *writer) optional(t string) string {
	if x := w.reading(t + "?"); x != "" && isOptional(t+"?") && w.IntN(3) == 0 {
		return x
	}
	if x := w.reading("[]" + t + "?"); x != "" && isOptional(t+"?") && w.IntN(2) == 0 {
		return x + "[" + w.small() + "]"
	}
	if x := w.reading("[]" + t); x != "" && w.IntN(2) == 0 {
		if w.IntN(3) == 0 {
			return w.pick("first", "last") + "(" + x + ")"
		}
		return x + "[" + w.small() + "]"
	}
	for _, k := range []string{"int", "string", "Kind", "bool"} {
		if x := w.reading("map[" + k + "]" + t); x != "" && w.IntN(2) == 0 {
			return x + "[" + map[string]string{"int": w.small(), "string": w.pick(`"a"`, `"x"`, `"é"`), "Kind": w.expr("Kind", 0), "bool": w.expr("bool", 0)}[k] + "]"
		}
	}
	if x := w.partOf(t); x != "" && w.IntN(2) == 0 {
		return x
	}
	if x := w.found(t); x != "" && w.IntN(2) == 0 {
		return x
	}
	switch {
	case t == "int" && w.IntN(2) == 0:
		return "int(" + w.expr("string", 1) + ")"
	case t == "bytes" && w.IntN(2) == 0:
		return "from_hex(" + w.held("string", w.pick(`"00ff"`, `"c3a9"`, `"c3"`, `"abc"`, w.expr("string", 1))) + ")"
	case t == "string" && w.IntN(6) == 0:
		return "from_bytes(" + w.expr("bytes", 1) + ")"
	}
	v := w.name()
	if strings.HasPrefix(t, "[]") || strings.HasPrefix(t, "map[") {
		// No type is written that is an optional list.
		w.line("var %s []%s = [%s]", v, t, w.typed(w.expr(t, 1), t))
		return v + "[" + w.small() + "]"
	}
	w.line("var %s %s? = %s", v, t, w.pick("none", w.expr(t, 1)))
	return v
}

func (w *writer) literal(t string) string {
	switch {
	case t == "int":
		if w.IntN(7) == 0 {
			return w.held(t, w.constant(t)) // what overflows among constants is told when compiling
		}
		return w.pick("0", "1", "2", "3", "7", "100", "(-5)")
	case t == "float":
		return w.pick("0.0", "1.5", "(-2.25)", "1e300", "0.1")
	case t == "bool":
		return w.pick("true", "false")
	case t == "string":
		return w.pick(`""`, `"a"`, `"b c"`, `"12"`, `"-7"`, `"é\"\\x"`, `"Zz\{"`, "`raw \\ \" text`")
	case t == "decimal":
		return "decimal(" + w.pick(`"0"`, `"12.50"`, `"-0.001"`, `"9999999999999999999"`, `"0.0000000000000000001"`, `"3"`) + ")"
	case t == "duration":
		if w.IntN(7) == 0 {
			return w.held(t, w.constant(t))
		}
		return w.pick("0s", "10s", "1h30m", "250ms")
	case t == "time":
		return "time(\"" + w.pick("2026-01-02T15:04:05Z", "1969-12-31T23:59:59.999999999Z", "2262-04-11T23:47:16Z", "1677-09-21T00:12:44Z", "1600-02-29T12:00:00Z", "2024-02-29T00:00:00.5Z") + "\")"
	case t == "bytes":
		return "to_bytes(" + w.pick(`""`, `"a"`, `"é\n"`, `"b c"`) + ")"
	case strings.HasPrefix(t, "[]"):
		return w.listOf(t[2:], 0)
	case strings.HasPrefix(t, "map["):
		return "map[]"
	case t == "Kind":
		return w.pick("Kind.red", "green", "Kind.blue")
	case t == "json":
		return "json(`" + w.pick(documents...) + "`)"
	case t == "Pair":
		return `Pair(a: 3, b: "p")`
	case t == "Deep":
		return `Deep(p: Pair(1, "d"), xs: [1, 2], o: none)`
	}
	return "none"
}
