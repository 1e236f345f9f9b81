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
	timed  bool       // programs have timers, and state that expires
	golang bool       // programs call Go
	states []variable // per key, of the bolt being written
	tasks  []variable // per task
	form   form
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

// form is what a program's last bolt emits.
type form int

const (
	facts      form = iota // facts, with a text
	newestText             // the newest of each key, with a text
	newestOnly             // the newest of each key, numbers only: these gather
)

// header is what all programs of a topology share.
const header = `topology random { guarantee none }

type Pair(a int, b string)
type Deep(p Pair, xs []int, o float?)
enum Kind { red, green, blue }

spout src -> (n int) = generate.sequence(count: %d)
`

// ends are a program's last bolts, by what they emit. Facts go to one sink; what replaces something has a sink of its own.
type ends struct {
	of     [3][]string
	before []string // the bolts that stand before them
}

func (e *ends) add(other ends) {
	for i := range e.of {
		e.of[i] = append(e.of[i], other.of[i]...)
	}
	e.before = append(e.before, other.before...)
}

// sinks are the names of the sinks, and what each reads.
func (e ends) sinks() (names, readers []string) {
	for i, of := range e.of {
		if form(i) == facts && len(of) > 0 {
			names, readers = append(names, "out"), append(readers, strings.Join(of, " | "))
			continue
		}
		for _, q := range of {
			names, readers = append(names, "out_"+q), append(readers, q)
		}
	}
	return names, readers
}

func (e ends) text() string {
	var b strings.Builder
	names, readers := e.sinks()
	for i, name := range names {
		fmt.Fprintf(&b, "sink %s(%s) = stdout.print()\n", name, readers[i])
	}
	return b.String()
}

// program writes the bolts number id, and says who reads them.
func (w *writer) program(id int, e *ends) string {
	w.out.Reset()
	w.funcs, w.states, w.tasks = nil, nil, nil
	for i := range w.IntN(3) {
		w.function(id, i)
	}
	if w.golang {
		w.funcs = append(w.funcs, goFunctions...)
	}
	if !w.timed {
		switch w.IntN(12) {
		case 0, 1:
			w.stateless(id, e)
			return w.out.String()
		case 2:
			w.round(id, e)
			return w.out.String()
		case 3:
			w.everywhere(id, e)
			return w.out.String()
		case 4:
			w.directed(id, e)
			return w.out.String()
		case 5:
			w.addUp(id, e)
			return w.out.String()
		}
	}
	two := w.IntN(3) == 0
	fields := w.fields()
	shape := schemaOf(fields)
	if two {
		shape = "a: " + shape + ", b: " + shape
	}
	w.begin(8)
	w.line("bolt p%d(s: src) -> %s {", id, shape)
	w.scopes = [][]variable{{{"s.n", "int", false}}}
	w.block(func() {
		w.statements()
		emit := func(word, key string) {
			w.emitFields(word, key, "s.n", fields, 2)
		}
		if !two {
			emit("", "s.n mod 3")
			return
		}
		// The streams have no key in common: which of two tuples comes first on different ones is nobody's promise.
		emit("a", "s.n mod 2")
		if w.IntN(2) == 0 {
			w.line("if s.n mod 3 == 0 { return }")
		}
		emit("b", "2 + s.n mod 3")
	})
	w.line("}")

	from := "p"
	e.before = append(e.before, fmt.Sprintf("p%d", id))
	if !two && w.IntN(3) == 0 {
		from = "m"
		e.before = append(e.before, fmt.Sprintf("m%d", id))
		w.middle(id, fields, shape)
	}
	w.handled(id, e)
	w.form = facts
	if w.IntN(4) == 0 {
		w.form = form(1 + w.IntN(2))
	}
	e.of[w.form] = append(e.of[w.form], fmt.Sprintf("q%d", id))
	w.last(id, from, fields, two)
	return w.out.String()
}

// middle writes a bolt without state between the two, which may become one with them.
func (w *writer) middle(id int, fields []variable, shape string) {
	var in []variable
	for _, f := range fields {
		in = append(in, variable{"i." + f.name, f.typ, false})
	}
	w.begin(4)
	boxed := !w.timed && w.IntN(3) == 0
	if boxed {
		w.line("graph g%d(of: %s) -> %s {", id, shape, shape)
		w.indent++
		w.line("bolt inner(i: of) -> %s {", shape)
	} else {
		w.line("bolt m%d(i: p%d%s) -> %s {", id, id, w.pick("", " by local", " by global"), shape)
	}
	w.scopes = [][]variable{in}
	w.block(func() {
		w.statements()
		w.emitFields("", "i.k", "i.seq", fields, 1)
	})
	w.line("}")
	if boxed {
		w.line("out = inner")
		w.indent--
		w.line("}")
		w.line("bolt m%d(i: p%d) = g%d()", id, id, id)
	}
}

// last writes the bolt that keeps state.
func (w *writer) last(id int, from string, fields []variable, two bool) {
	out := []string{"(id int, text string)", "(id int, k int, text string) latest by k", "(id int, k int, n int, x float, b bool) latest by k"}[w.form]
	inputs := fmt.Sprintf("p: %s%d by fields(k)", from, id)
	if two {
		inputs = fmt.Sprintf("p: p%d.a by fields(k), r: p%d.b by fields(k)", id, id)
	}
	tasks := 1 + w.IntN(2)
	options := fmt.Sprintf(" tasks %d", tasks)
	if w.IntN(8) == 0 {
		options += " retry 2 backoff 1ms" // nothing here is tried again: all that fails would fail again
	}
	w.begin(12)
	w.line("bolt q%d(%s) -> %s%s {", id, inputs, out, options)
	w.block(func() {
		for i := range 1 + w.IntN(3) {
			s := variable{fmt.Sprintf("st%d", i), w.typ(2), true}
			ttl := ""
			if w.timed && w.IntN(3) == 0 {
				ttl = " ttl " + w.pick("5s250ms", "11s250ms")
			}
			w.line("state %s %s per k%s%s", s.name, s.typ, w.initial(s.typ), ttl)
			w.states = append(w.states, s)
		}
		// What a task keeps depends on the order of its tuples, and on who shares it.
		if w.IntN(3) == 0 && tasks == 1 && !two {
			w.tasks = []variable{{"pt", w.typ(2), true}}
			w.line("state pt %s per task%s", w.tasks[0].typ, w.initial(w.tasks[0].typ))
		}
		aliases := []string{"p"}
		if two {
			aliases = append(aliases, "r")
		}
		for _, alias := range aliases {
			w.handler(id, alias, fields)
		}
		w.blocks(id, two)
	})
	w.line("}")
}

func (w *writer) handler(id int, alias string, fields []variable) {
	var in []variable
	for _, f := range fields {
		in = append(in, variable{alias + "." + f.name, f.typ, false})
	}
	w.line("on %s {", alias)
	w.scopes = [][]variable{in, w.states, w.tasks}
	w.block(func() {
		w.statements()
		w.emitOut(id, alias+".k")
		if w.IntN(2) == 0 {
			// After an emit, so that what fails here has something to take back.
			w.statements()
		}
	})
	w.line("}")
}

// blocks writes what no tuple runs. Times are never those of two things at once.
func (w *writer) blocks(id int, two bool) {
	write := func(head, key string, scopes ...[]variable) {
		w.budget = 6
		w.scopes = scopes
		w.line("%s {", head)
		w.block(func() { w.statements(); w.emitOut(id, key) })
		w.line("}")
	}
	key := []variable{{"k", "int", false}}
	if w.IntN(2) == 0 {
		write("finish per k", "k", key, w.states)
	}
	if !w.timed {
		return
	}
	for i := range w.IntN(3) {
		switch w.IntN(3) {
		case 0:
			write("every "+[]string{"7s100ms", "9s200ms"}[i]+" per k", "k", key, w.states)
		case 1:
			write("after "+[]string{"3s300ms", "12s400ms"}[i], "k", key, w.states)
		case 2:
			if len(w.tasks) > 0 && w.form == facts {
				write("every "+[]string{"6s500ms", "8s600ms"}[i], "0", w.tasks)
			}
		}
	}
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
	w.begin(4)
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
		return w.pick("int", "int", "int", "int", "string", "string", "string", "bool", "float", "duration", "decimal", "Kind", "json", "time", "bytes")
	}
	switch w.IntN(6) {
	case 0, 1:
		return "[]" + w.typ(depth-1)
	case 2:
		return "map[" + w.pick("int", "string", "bool", "Kind") + "]" + w.typ(depth-1)
	case 3:
		return w.pick("Pair", "Deep")
	case 4:
		return w.pick("Pair?", "Deep?")
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
