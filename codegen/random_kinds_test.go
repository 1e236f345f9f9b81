package codegen_test

import (
	"fmt"
	"strings"
)

// goFunctions are those of partsGo that a program may call by their results.
var goFunctions = []function{
	{"go_join", []string{"[]string", "string"}, "string"},
	{"go_flip", []string{"[]int"}, "[]int"},
	{"go_swap", []string{"Pair", "duration"}, "Pair?"},
	{"go_without", []string{"map[string]int", "string"}, "map[string]int"},
	{"go_later", []string{"time", "bytes"}, "time"},
	{"go_boom", []string{"string"}, "int"},
	{"go_scale", []string{"int", "int"}, "int?"},
}

// fields are those of a program's tuples: a key, some of any type, and the number, with which goes the time at which the tuple came.
func (w *writer) fields() []variable {
	fields := []variable{{"k", "int", false}}
	for i := range 1 + w.IntN(4) {
		fields = append(fields, variable{fmt.Sprintf("f%d", i), w.typ(2), false})
	}
	return append(fields, variable{"seq", "int", false})
}

func schemaOf(fields []variable) string {
	var schema []string
	for _, f := range fields {
		schema = append(schema, f.name+" "+f.typ)
	}
	return "(" + strings.Join(schema, ", ") + ")"
}

// read is what a handler sees of its input.
func read(alias string, fields []variable) []variable {
	var in []variable
	for _, f := range fields {
		in = append(in, variable{alias + "." + f.name, f.typ, false})
	}
	return in
}

// emitFields emits a tuple of all fields.
func (w *writer) emitFields(word, key, number string, fields []variable, depth int) {
	args := []string{key}
	for _, f := range fields[1 : len(fields)-1] {
		args = append(args, w.expr(f.typ, depth))
	}
	w.line("emit %s(%s, %s)", word, strings.Join(args, ", "), number)
}

// handled lets, now and then, a bolt read what the last one failed at.
func (w *writer) handled(id int, e *ends) {
	if w.IntN(3) > 0 {
		return
	}
	w.line("bolt h%d(f: q%d.failed) -> (id int, text string) { emit (%d, \"failed {f.tuple} {f.place} {f.attempts}: {f.reason}\") }", id, id, id)
	e.of[facts] = append(e.of[facts], fmt.Sprintf("h%d", id))
}

// initial is what a state begins with, or "".
func (w *writer) initial(t string) string {
	switch t {
	case "int", "string", "duration", "bool":
		if w.IntN(3) == 0 {
			return " = " + w.constant(t)
		}
	}
	return ""
}

// constant is one that stands by itself: numbers are those at the limits too.
func (w *writer) constant(t string) string {
	switch t {
	case "int":
		return w.pick("3", "-1", "4_611_686_018_427_387_904", "3_037_000_500", "9_223_372_036_854_775_800", "9_223_372_036_854_775_807",
			"-9_223_372_036_854_775_807", "-9_223_372_036_854_775_807 - 1")
	case "duration":
		return w.pick("1h30m", "2562047h47m", "-2562047h47m")
	}
	return w.literal(t)
}

// first writes a program's first bolt, whose last statement emits.
func (w *writer) first(id int, e *ends, shape string, emit func()) {
	e.before = append(e.before, fmt.Sprintf("p%d", id))
	w.begin(8)
	w.line("bolt p%d(s: src) -> %s {", id, shape)
	w.scopes = [][]variable{{{"s.n", "int", false}}}
	w.block(func() {
		w.statements()
		emit()
	})
	w.line("}")
}

// spread is a grouping that any bolt without state may have, and so many tasks.
func (w *writer) spread() (grouping, options string) {
	grouping = w.pick("", " by shuffle", " by fields(k)", " by partial(k)", " by global", " by local", " by fields(k, seq)")
	if tasks := 1 + w.IntN(3); tasks > 1 {
		options = fmt.Sprintf(" tasks %d", tasks)
	}
	return grouping, options
}

// stateless writes bolts that keep nothing: their tuples may go anywhere, and to all tasks.
func (w *writer) stateless(id int, e *ends) {
	fields := w.fields()
	shape := schemaOf(fields)
	w.first(id, e, shape, func() { w.emitFields("", "s.n mod 3", "s.n", fields, 2) })
	from := "p"
	if w.IntN(2) == 0 {
		from = "m"
		e.before = append(e.before, fmt.Sprintf("m%d", id))
		if w.IntN(2) == 0 {
			w.middle(id, fields, shape)
		} else {
			grouping, options := w.spread()
			w.begin(5)
			w.line("bolt m%d(i: p%d%s) -> %s%s {", id, id, grouping, shape, options)
			w.scopes = [][]variable{read("i", fields)}
			w.block(func() {
				w.statements()
				w.emitFields("", w.pick("i.k", "i.k", "i.seq mod 5"), "i.seq", fields, 1)
				if w.IntN(3) == 0 {
					w.statements()
				}
			})
			w.line("}")
		}
	}
	w.handled(id, e)
	grouping, options := w.spread()
	if w.IntN(4) == 0 {
		grouping = " by all"
	}
	w.finalBolt(id, e, fmt.Sprintf("p: %s%d%s", from, id, grouping), options, func() { w.handler(id, "p", fields) })
}

// finalBolt writes one that emits facts.
func (w *writer) finalBolt(id int, e *ends, inputs, options string, body func()) {
	w.form = facts
	e.of[facts] = append(e.of[facts], fmt.Sprintf("q%d", id))
	w.begin(12)
	w.line("bolt q%d(%s) -> (id int, text string)%s {", id, inputs, options)
	w.block(body)
	w.line("}")
}

// round writes a cycle of one bolt or of two, which keep nothing.
func (w *writer) round(id int, e *ends) {
	fields := w.fields()
	shape := schemaOf(fields)
	w.first(id, e, shape, func() { w.emitFields("", "s.n mod 3", "s.n", fields, 2) })
	grouping, options := w.spread()
	most := 1 + w.IntN(3)
	again := fmt.Sprintf("m%d.again", id)
	two := w.IntN(2) == 0
	if two {
		again = fmt.Sprintf("m%db", id)
		e.before = append(e.before, again)
	}
	e.before = append(e.before, fmt.Sprintf("m%d", id))
	w.begin(8)
	w.line("bolt m%d(i: p%d | %s loop max %d%s) -> out: %s, again: %s%s {", id, id, again, most, grouping, shape, shape, options)
	w.scopes = [][]variable{read("i", fields)}
	w.block(func() {
		w.statements()
		w.emitFields("out", "i.k", "i.seq", fields, 1)
		w.line("if %s {", w.expr("bool", 1))
		w.block(func() { w.emitFields("again", "i.k + 1", "i.seq", fields, 1) })
		w.line("}")
		w.emitFields("again", "i.k", "i.seq", fields, 1)
	})
	w.line("}")
	if two {
		grouping, options := w.spread()
		w.begin(5)
		w.line("bolt m%db(i: m%d.again%s) -> %s%s {", id, id, grouping, shape, options)
		w.scopes = [][]variable{read("i", fields)}
		w.block(func() {
			w.statements()
			w.emitFields("", "i.k", "i.seq", fields, 1)
		})
		w.line("}")
	}
	w.handled(id, e)
	grouping, options = w.spread()
	w.finalBolt(id, e, fmt.Sprintf("p: m%d.out%s", id, grouping), options, func() { w.handler(id, "p", fields) })
}

// everywhere writes a bolt with state that all its tasks share, by tuples that go to all of them. What it says of keys it says at the end: before,
// it is nobody's promise how much of that state has come.
func (w *writer) everywhere(id int, e *ends) {
	fields := w.fields()
	shape := schemaOf(fields)
	w.first(id, e, "a: "+shape+", b: "+shape, func() {
		w.emitFields("a", "s.n mod 2", "s.n", fields, 2)
		w.line("if s.n mod 5 == 0 { return }")
		w.emitFields("b", "2 + s.n mod 3", "s.n", fields, 2)
	})
	w.handled(id, e)
	keyed := w.IntN(2) == 0
	inputs := fmt.Sprintf("p: p%d.a by all", id)
	if keyed {
		inputs += fmt.Sprintf(", r: p%d.b by fields(k)", id)
	} else {
		e.of[facts] = append(e.of[facts], fmt.Sprintf("r%d", id))
		w.line("bolt r%d(p: p%d.b) -> (id int, text string) { emit (%d, \"{p.seq}\") }", id, id, id)
	}
	w.finalBolt(id, e, inputs, fmt.Sprintf(" tasks %d", 1+w.IntN(3)), func() {
		var shared, known []variable
		for i := range 1 + w.IntN(2) {
			s := variable{fmt.Sprintf("sh%d", i), w.typ(2), true}
			w.line("state %s %s shared%s", s.name, s.typ, w.initial(s.typ))
			shared, known = append(shared, s), append(known, variable{s.name, s.typ, false})
		}
		w.states = nil
		if keyed {
			w.states = []variable{{"st0", w.typ(2), true}}
			w.line("state st0 %s per k%s", w.states[0].typ, w.initial(w.states[0].typ))
		}
		states := w.states
		w.states = shared
		w.handler(id, "p", fields)
		w.states = states
		last, scope := "finish", [][]variable{known}
		if keyed {
			w.handler(id, "r", fields)
			last, scope = "finish per k", [][]variable{{{"k", "int", false}}, states, known}
		}
		w.budget = 6
		w.scopes = scope
		w.line("%s {", last)
		w.block(func() { w.statements(); w.emitOut(id, "0") })
		w.line("}")
	})
}

// directed writes a bolt whose tuples say which task they go to, and one of which each task keeps something.
func (w *writer) directed(id int, e *ends) {
	fields := w.fields()
	tasks := 1 + w.IntN(3)
	w.first(id, e, schemaOf(fields), func() {
		args := []string{"s.n mod 3"}
		for _, f := range fields[1 : len(fields)-1] {
			args = append(args, w.expr(f.typ, 2))
		}
		// Now and then there is no such task.
		w.line("emit (%s, s.n) to %s", strings.Join(args, ", "), w.pick(fmt.Sprintf("s.n mod %d", tasks), fmt.Sprintf("(s.n mod %d) - 1", tasks+2), w.small()+" + s.n mod 2"))
	})
	w.handled(id, e)
	w.finalBolt(id, e, fmt.Sprintf("p: p%d by direct", id), fmt.Sprintf(" tasks %d", tasks), func() {
		w.tasks = []variable{{"pt", w.typ(2), true}}
		w.line("state pt %s per task%s", w.tasks[0].typ, w.initial(w.tasks[0].typ))
		w.handler(id, "p", fields)
		if w.IntN(2) == 0 {
			w.budget = 6
			w.scopes = [][]variable{w.tasks}
			w.line("finish {")
			w.block(func() { w.statements(); w.emitOut(id, "0") })
			w.line("}")
		}
	})
}

// addUp writes a bolt that only adds up, by key, and of which only the newest is wanted: what may be combined before it travels.
func (w *writer) addUp(id int, e *ends) {
	fields := append(w.fields()[:2], variable{"x", "int", false}, variable{"d", "duration", false}, variable{"seq", "int", false})
	w.first(id, e, schemaOf(fields), func() {
		w.emitFields("", "s.n mod 3", "s.n", fields, 2)
		if w.IntN(3) == 0 {
			w.line("if s.n mod 4 == 1 { return }")
			w.emitFields("", "s.n mod 2", "s.n", fields, 1)
		}
	})
	w.handled(id, e)
	w.form = newestOnly
	e.of[w.form] = append(e.of[w.form], fmt.Sprintf("q%d", id))
	w.line("bolt q%d(p: p%d by fields(k)) -> (id int, k int, n int, x float, b bool) latest by k tasks %d {", id, id, 1+w.IntN(2))
	w.block(func() {
		w.line("state n int per k%s", w.initial("int"))
		w.line("state m int per k%s", w.initial("int"))
		w.line("state d duration per k%s", w.initial("duration"))
		addend := func() string {
			return w.pick("1", "7", "-3", "p.x", "p.k", "p.seq mod 10", "max(-7, min(p.x, 9))", "4_096", "4_097", "3_037_000_500", "match p.x { 0..5 => 2, _ => -1 }")
		}
		changes := []string{
			fmt.Sprintf("n %s %s", w.pick("+=", "-="), addend()),
			fmt.Sprintf("m = %s", w.pick("max(m, p.x)", "min(p.x, m)", "m + "+addend(), addend()+" + m", "m - "+addend())),
			fmt.Sprintf("d = %s", w.pick("max(d, p.d)", "min(d, p.d)", "d + p.d", "d - 1s")),
		}
		w.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
		for _, c := range changes[:1+w.IntN(3)] {
			w.line("%s", c)
		}
		w.line("emit (%d, p.k, %s, %s, %s)", id, w.pick("n", "m"), w.pick("1.5", "float(m)"), w.pick("n < m", "d > 1s", "true"))
	})
	w.line("}")
}
