package codegen_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// writer writes well-typed programs at random: a bolt that makes fields of all types out of a number, and a
// bolt with state that computes with them. Each program is its own two bolts, and functions of its own.
type writer struct {
	*rand.Rand
	out    strings.Builder
	indent int
	scopes [][]variable
	taken  int
	loops  int
	states []variable // per key, of the bolt being written
	funcs  []function
	inFunc string // the result type, where a function is being written
	budget int    // of statements
}

// variable is a name that can be read; set where it can be assigned.
type variable struct {
	name, typ string
	set       bool
}

type function struct {
	name   string
	params []string
	result string
}

// header is what all programs of a topology share.
const header = `topology random { guarantee none }

type Pair(a int, b string)
type Deep(p Pair, xs []int, o float?)

spout src -> (n int) = generate.sequence(count: %d)
`

// program writes the two bolts number id.
func (w *writer) program(id int) string {
	w.out.Reset()
	w.funcs = nil
	for i := range w.IntN(3) {
		w.function(id, i)
	}
	fields := []variable{{"k", "int", false}}
	for i := range 1 + w.IntN(4) {
		fields = append(fields, variable{fmt.Sprintf("f%d", i), w.typ(2), false})
	}
	var schema []string
	for _, f := range fields {
		schema = append(schema, f.name+" "+f.typ)
	}
	w.begin(12)
	w.line("bolt p%d(s: src) -> (%s) {", id, strings.Join(schema, ", "))
	w.scopes = [][]variable{{{"s.n", "int", false}}}
	w.block(func() {
		w.statements()
		args := []string{"s.n mod 3"}
		for _, f := range fields[1:] {
			args = append(args, w.expr(f.typ, 2))
		}
		w.line("emit (%s)", strings.Join(args, ", "))
	})
	w.line("}")

	w.begin(16)
	w.line("bolt q%d(p: p%d by fields(k)) -> (id int, text string) tasks %d {", id, id, 1+w.IntN(2))
	var in []variable
	for _, f := range fields {
		in = append(in, variable{"p." + f.name, f.typ, false})
	}
	w.scopes = [][]variable{in}
	w.states = nil
	w.block(func() {
		for i := range 1 + w.IntN(3) {
			s := variable{fmt.Sprintf("st%d", i), w.typ(2), true}
			w.line("state %s %s per k", s.name, s.typ)
			w.states = append(w.states, s)
		}
		w.line("on p {")
		w.scopes = append(w.scopes, w.states)
		w.block(func() {
			w.statements()
			w.emitText(id)
			if w.IntN(2) == 0 {
				// After an emit, so that what fails here has something to take back.
				w.statements()
			}
		})
		w.line("}")
		if w.IntN(2) == 0 {
			w.scopes = [][]variable{{{"k", "int", false}}, w.states}
			w.line("finish per k {")
			w.block(func() { w.statements(); w.emitText(id) })
			w.line("}")
		}
	})
	w.line("}")
	w.states = nil
	return w.out.String()
}

func (w *writer) begin(budget int) { w.scopes, w.loops, w.inFunc, w.budget = nil, 0, "", budget }

// function writes one that later ones and the bolts call.
func (w *writer) function(id, i int) {
	f := function{name: fmt.Sprintf("fn%d_%d", id, i), result: w.typ(1)}
	var params []string
	var scope []variable
	for j := range 1 + w.IntN(2) {
		t := w.typ(1)
		f.params = append(f.params, t)
		scope = append(scope, variable{fmt.Sprintf("x%d", j), t, false})
		params = append(params, fmt.Sprintf("x%d %s", j, t))
	}
	w.begin(6)
	w.inFunc = f.result
	w.scopes = [][]variable{scope}
	w.line("func %s(%s) -> %s {", f.name, strings.Join(params, ", "), f.result)
	w.block(func() {
		w.statements()
		w.line("return %s", w.expr(f.result, 2))
	})
	w.line("}")
	w.inFunc = ""
	w.funcs = append(w.funcs, f)
}

func (w *writer) line(format string, args ...any) {
	w.out.WriteString(strings.Repeat("    ", w.indent))
	fmt.Fprintf(&w.out, format+"\n", args...)
}

// block writes lines in a scope of their own, one step in.
func (w *writer) block(write func()) {
	w.indent++
	w.scopes = append(w.scopes, nil)
	write()
	w.scopes = w.scopes[:len(w.scopes)-1]
	w.indent--
}

func (w *writer) name() string { w.taken++; return fmt.Sprintf("v%d", w.taken) }

func (w *writer) declare(v variable) {
	top := len(w.scopes) - 1
	w.scopes[top] = append(w.scopes[top], v)
}

func (w *writer) pick(choices ...string) string { return choices[w.IntN(len(choices))] }

// typ is a type with at most so many brackets in one another.
func (w *writer) typ(depth int) string {
	if depth == 0 || w.IntN(3) > 0 {
		return w.pick("int", "int", "string", "bool", "float", "duration", "decimal")
	}
	switch w.IntN(5) {
	case 0, 1:
		return "[]" + w.typ(depth-1)
	case 2:
		return "map[" + w.pick("int", "string", "bool") + "]" + w.typ(depth-1)
	case 3:
		return w.pick("Pair", "Deep")
	}
	return w.typ(0) + "?"
}

// present is a type whose values are there.
func (w *writer) present() string {
	t := w.typ(1)
	for isOptional(t) {
		t = w.typ(1)
	}
	return t
}

func (w *writer) statements() {
	for range 1 + w.IntN(3) {
		if w.budget--; w.budget < 0 {
			return
		}
		w.statement()
	}
}

func (w *writer) statement() {
	switch w.IntN(12) {
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
		w.line("let %s = %s else {", v.name, w.optional(t))
		w.block(func() {
			w.statements()
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
	switch w.IntN(4) {
	case 0:
		w.line("for %s in %d..%d {", k, w.IntN(3)-1, w.IntN(5))
		inner = []variable{{k, "int", false}}
	case 1:
		t := w.typ(1)
		w.line("for %s in slice(%s, 0, 4) {", k, w.typed(w.expr("[]"+t, 2), "[]"+t))
		inner = []variable{{k, t, false}}
	case 2:
		t := w.typ(1)
		w.line("for %s, %s in slice(%s, 0, 4) {", k, v, w.typed(w.expr("[]"+t, 2), "[]"+t))
		inner = []variable{{k, "int", false}, {v, t, false}}
	case 3:
		kt, t := w.pick("int", "string", "bool"), w.typ(1)
		m := "map[" + kt + "]" + t
		x := w.reading(m)
		if x == "" {
			return
		}
		w.line("for %s, %s in %s {", k, v, x)
		inner = []variable{{k, kt, false}, {v, t, false}}
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

// assign writes to something that can be assigned, kept small.
func (w *writer) assign() {
	var can []variable
	for _, s := range w.scopes {
		for _, v := range s {
			if v.set {
				can = append(can, v)
			}
		}
	}
	if len(can) == 0 {
		return
	}
	v := can[w.IntN(len(can))]
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
		key := map[string]string{"int": w.small(), "string": w.pick(`"a"`, `"b c"`, `"é"`), "bool": w.expr("bool", 1)}[k]
		w.line("%s[%s] = %s", v.name, key, w.expr(t, 2))
	default:
		w.line("%s = %s", v.name, w.expr(v.typ, 3))
	}
}

func mapParts(t string) (key, value string) {
	key, value, _ = strings.Cut(strings.TrimPrefix(t, "map["), "]")
	return key, value
}

// emitText emits what can be seen: the text of some values.
func (w *writer) emitText(id int) {
	var parts []string
	for range 1 + w.IntN(3) {
		t := w.typ(1)
		for !printable(t) {
			t = w.typ(1)
		}
		x := w.name()
		w.line("let %s = %s", x, w.typed(w.expr(t, 2), t))
		parts = append(parts, "{"+x+"}")
	}
	w.line(`emit (%d, "%s")`, id, strings.Join(parts, "|"))
}

// printable leaves out what may be missing, and records, whose fields have no order that both sides must share.
func printable(t string) bool {
	return !strings.Contains(t, "?") && !strings.Contains(t, "Pair") && !strings.Contains(t, "Deep")
}
