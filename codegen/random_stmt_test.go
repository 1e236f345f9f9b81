package codegen_test

import (
	"strings"
)

func (w *writer) statements() {
	for range 1 + w.IntN(3) {
		if w.budget--; w.budget < 0 {
			return
		}
		w.statement()
	}
}

func (w *writer) statement() {
	switch w.IntN(15) {
	case 12:
		w.matchStatement()
	case 13:
		w.capture()
	case 14:
		w.nested()
	case 0, 1:
		t := w.typ(2)
		v := variable{w.name(), t, false}
		x := w.expr(t, 3)
		if isOptional(t) {
			w.line("var %s %s = %s", v.name, t, x)
			v.set = true
		} else {
			w.line("let %s = %s", v.name, w.typed(x, t))
		}
		w.declare(v)
	case 2:
		v := variable{w.name(), w.typ(2), true}
		x := w.expr(v.typ, 2)
		w.line("var %s %s = %s", v.name, v.typ, x)
		w.declare(v)
	case 3, 4, 5:
		w.assign()
	case 6:
		w.line("if %s {", w.expr("bool", 2))
		w.block(w.statements)
		if w.IntN(2) == 0 {
			w.line("} else {")
			w.block(w.statements)
		}
		w.line("}")
	case 7:
		t := w.present()
		v := variable{w.name(), t, false}
		w.line("if let %s = %s {", v.name, w.optional(t))
		w.block(func() { w.declare(v); w.statements() })
		w.line("} else {")
		w.block(w.statements)
		w.line("}")
	case 8:
		w.loop()
	case 9:
		t := w.present()
		v := variable{w.name(), t, false}
		why := ""
		if w.IntN(2) == 0 {
			why = w.name()
		}
		w.line("let %s = %s else %s {", v.name, w.optional(t), why)
		w.block(func() {
			w.statements()
			if why != "" && w.IntN(2) == 0 {
				w.line(`fail "because {%s}"`, why)
				return
			}
			w.leave()
		})
		w.line("}")
		w.declare(v)
	case 10:
		if w.IntN(3) == 0 {
			w.line("if %s {", w.expr("bool", 2))
			w.block(w.leave)
			w.line("}")
		}
	case 11:
		w.line("%s!", w.optional("int"))
	}
}

// leave ends a block.
func (w *writer) leave() {
	switch n := w.IntN(5); {
	case n == 0:
		w.line("fail %s", w.expr("string", 1))
	case n < 3 && w.loops > 0:
		w.line(w.pick("break", "continue"))
	case w.inFunc != "":
		w.line("return %s", w.expr(w.inFunc, 1))
	default:
		w.line("return")
	}
}

func (w *writer) loop() {
	if w.loops == 2 {
		return
	}
	k, v := w.name(), w.name()
	var inner []variable
	t := w.typ(1)
	switch w.IntN(6) {
	case 0:
		w.line("for %s in %d..%d {", k, w.IntN(3)-1, w.IntN(5))
		inner = []variable{{k, "int", false}}
	case 1:
		w.line("for %s in slice(%s, 0, 4) {", k, w.typed(w.expr("[]"+t, 2), "[]"+t))
		inner = []variable{{k, t, false}}
	case 2:
		w.line("for %s, %s in slice(%s, 0, 4) {", k, v, w.typed(w.expr("[]"+t, 2), "[]"+t))
		inner = []variable{{k, "int", false}, {v, t, false}}
	case 3:
		kt := w.pick("int", "string", "bool", "Kind")
		m := "map[" + kt + "]" + t
		x := w.reading(m)
		if x == "" || w.IntN(3) == 0 {
			x = w.name()
			w.line("var %s %s = %s", x, m, w.expr(m, 1))
		}
		w.line("for %s, %s in %s {", k, v, x)
		inner = []variable{{k, kt, false}, {v, t, false}}
	case 4:
		w.line("for %s in %s(%s, %s) {", k, w.pick("find_all", "split_matches"), w.expr("string", 1), w.regex())
		inner = []variable{{k, "string", false}}
	case 5:
		if w.IntN(2) == 0 {
			w.line("for %s in list(%s) ?? [] {", k, w.path())
			inner = []variable{{k, "json", false}}
		} else {
			w.line("for %s, %s in entries(%s) ?? map[] {", k, v, w.path())
			inner = []variable{{k, "string", false}, {v, "json", false}}
		}
	}
	w.loops++
	w.block(func() {
		for _, v := range inner {
			w.declare(v)
		}
		w.statements()
	})
	w.loops--
	w.line("}")
}

// settable is a variable that can be assigned to; ok is false where there is none.
func (w *writer) settable() (v variable, ok bool) {
	var can []variable
	for _, s := range w.scopes {
		for _, v := range s {
			if v.set {
				can = append(can, v)
			}
		}
	}
	if len(can) == 0 {
		return variable{}, false
	}
	return can[w.IntN(len(can))], true
}

// key is an expression for a map's key.
func (w *writer) key(t string) string {
	switch t {
	case "int":
		return w.small()
	case "string":
		return w.pick(`"a"`, `"b c"`, `"é"`, w.expr("string", 1))
	}
	return w.expr(t, 1)
}

// nested writes to a part of something, however deep.
func (w *writer) nested() {
	v, ok := w.settable()
	if !ok {
		return
	}
	place, t, steps := v.name, v.typ, 0
	for ; ; steps++ {
		if isOptional(t) || steps > 0 && w.IntN(5) == 0 {
			break
		}
		switch {
		case strings.HasPrefix(t, "[]"):
			place, t = place+"["+w.small()+"]", t[2:]
		case strings.HasPrefix(t, "map["):
			k, of := mapParts(t)
			place, t = place+"["+w.key(k)+"]", of
		case t == "Pair":
			f := w.IntN(2)
			place, t = place+[]string{".a", ".b"}[f], []string{"int", "string"}[f]
		case t == "Deep":
			f := w.IntN(3)
			place, t = place+[]string{".p", ".xs", ".o"}[f], []string{"Pair", "[]int", "float?"}[f]
		default:
			if steps == 0 {
				w.assign()
				return
			}
			w.set(place, t)
			return
		}
	}
	if steps > 0 {
		w.set(place, t)
	}
}

// set assigns to a place.
func (w *writer) set(place, t string) {
	switch {
	case t == "string":
		w.line("%s = substring(%s, 0, 16)", place, w.expr("string", 2))
	case t == "int" && w.IntN(2) == 0:
		w.line("%s %s %s", place, w.pick("+=", "-=", "*="), w.expr("int", 1))
	case strings.HasPrefix(t, "[]"):
		w.line("%s = slice(%s, 0, 5)", place, w.typed(w.expr(t, 1), t))
	default:
		w.line("%s = %s", place, w.expr(t, 2))
	}
}

// assign writes to something that can be assigned, kept small.
func (w *writer) assign() {
	v, ok := w.settable()
	if !ok {
		return
	}
	switch {
	case v.typ == "int" && w.IntN(2) == 0:
		w.line("%s %s %s", v.name, w.pick("+=", "-=", "*="), w.expr("int", 2))
	case v.typ == "string":
		w.line("%s = substring(%s, 0, 16)", v.name, w.expr("string", 2))
	case strings.HasPrefix(v.typ, "[]") && w.IntN(2) == 0:
		w.line("%s[%s] = %s", v.name, w.small(), w.expr(v.typ[2:], 2))
	case strings.HasPrefix(v.typ, "[]"):
		w.line("%s = slice(%s, 0, 5)", v.name, w.typed(w.expr(v.typ, 2), v.typ))
	case strings.HasPrefix(v.typ, "map["):
		k, t := mapParts(v.typ)
		w.line("%s[%s] = %s", v.name, w.key(k), w.expr(t, 2))
	default:
		w.line("%s = %s", v.name, w.expr(v.typ, 3))
	}
}

func mapParts(t string) (key, value string) {
	key, value, _ = strings.Cut(strings.TrimPrefix(t, "map["), "]")
	return key, value
}

// emitOut emits what can be seen: the text of some values, or numbers.
func (w *writer) emitOut(id int, key string) {
	if w.form == newestOnly {
		w.line("emit (%d, %s, %s, %s, %s)", id, key, w.expr("int", 2), w.expr("float", 2), w.expr("bool", 2))
		return
	}
	var parts []string
	for range 1 + w.IntN(3) {
		t := w.typ(1)
		for isOptional(t) {
			t = w.typ(1)
		}
		x := w.name()
		w.line("let %s = %s", x, w.typed(w.expr(t, 2), t))
		if t == "Pair" || t == "Deep" {
			x = "to_json(" + x + ")"
		}
		parts = append(parts, "{"+x+"}")
	}
	if w.form == newestText {
		w.line(`emit (%d, %s, "%s")`, id, key, strings.Join(parts, "|"))
		return
	}
	w.line(`emit (%d, "%s")`, id, strings.Join(parts, "|"))
}

// patterns are constants of a type, no two of which are equal, and may be ranges.
func (w *writer) patterns(t string) []string {
	all := map[string][]string{
		"int":      {"0", "1", "2..7", "7", "-5", "100..1000", "8..9"},
		"string":   {`"a"`, `""`, `"b c"`, `"12"`, `"é"`},
		"bool":     {"true", "false"},
		"Kind":     {"red", "Kind.green", "blue"},
		"duration": {"0s", "1s..20s", "1h30m"},
		"float":    {"0", "1.5", "-2.25"},
		"decimal":  {"0", "12.5"},
	}[t]
	w.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	n := 1 + w.IntN(min(len(all), 3))
	if t == "bool" || t == "Kind" {
		n = len(all)
	}
	return all[:n]
}

// arms writes a match: to each arm's pattern belongs what body gives, which may use the name that it is told.
func (w *writer) arms(t string, body func(pattern, name string)) {
	if isOptional(t) {
		body("none", "")
		t = strings.TrimSuffix(t, "?")
		if p := w.patterns(t); len(p) > 0 && t != "bool" && t != "Kind" && w.IntN(2) == 0 {
			body(p[0], "")
		}
		if w.IntN(4) == 0 {
			body("_", "")
			return
		}
		v := w.name()
		body(v, v)
		return
	}
	p := w.patterns(t)
	whole := t == "bool" || t == "Kind"
	for i := 0; i < len(p); i++ {
		if i+1 < len(p) && w.IntN(3) == 0 {
			body(p[i]+", "+p[i+1], "")
			i++
			continue
		}
		if whole && i == len(p)-1 && i > 0 && w.IntN(2) == 0 {
			body("_", "")
			return
		}
		body(p[i], "")
	}
	if !whole {
		body("_", "")
	}
}

// matched is a type that a match takes apart, and an expression of it.
func (w *writer) matched() (t, x string) {
	t = w.pick("int", "string", "bool", "Kind", "Kind", "duration", "float", "decimal", "int?", "string?", "Kind?", "float?")
	if isOptional(t) {
		return t, w.optional(strings.TrimSuffix(t, "?"))
	}
	return t, w.expr(t, 2)
}

func (w *writer) matchStatement() {
	t, x := w.matched()
	w.line("match %s {", x)
	w.indent++
	w.arms(t, func(pattern, name string) {
		w.line("%s => {", pattern)
		w.block(func() {
			if name != "" {
				w.declare(variable{name, strings.TrimSuffix(t, "?"), false})
			}
			w.statements()
		})
		w.line("}")
	})
	w.indent--
	w.line("}")
}

// regex is one without names.
func (w *writer) regex() string {
	return w.pick("`[a-z]+`", "`\\d+`", "` `", "`^.`", "`x*`", "`(é|b)`", "`[^a-z]`")
}

// capture takes a text apart by a regular expression.
func (w *writer) capture() {
	m := w.name()
	switch w.IntN(3) {
	case 0:
		w.line("let %s = capture(%s, %s) else {", m, w.expr("string", 2), "`(?<a>\\w)(?<b>\\d+)?`")
		w.block(w.leave)
		w.line("}")
		w.declare(variable{m + ".a", "string", false})
		w.declare(variable{m + ".b", "string?", false})
	case 1:
		w.line("if let %s = capture(%s, %s) {", m, w.expr("string", 2), "`^(?<first>.)(?<rest>.*)$`")
		w.block(func() {
			w.declare(variable{m + ".first", "string", false})
			w.declare(variable{m + ".rest", "string", false})
			w.statements()
		})
		w.line("}")
	case 2:
		w.line("let %s = capture(%s, %s)?.n ?? %s", m, w.expr("string", 1), "`(?<n>-?\\d+)`", w.expr("string", 1))
		w.declare(variable{m, "string", false})
	}
}
