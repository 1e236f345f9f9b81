package compiler

import (
	"slices"
	"strconv"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// An aggregate of a query becomes states of its bolt: what each row does to them, and an expression of them that is its value.

// aggregateNames are the aggregates of the language; libraries and topologies have others, see aggregate.go.
var aggregateNames = []string{"avg", "collect", "count", "first", "last", "max", "min", "stddev", "sum"}

// aggregateNamed is the name of the aggregate that a call names; "" where it names none.
func (c *compilation) aggregateNamed(x *ast.Call) string {
	n, ok := x.Fun.(*ast.Name)
	if !ok {
		if f := c.aggregateOf(x); f != nil {
			return f.name.Name
		}
		return ""
	}
	if f := c.funcs[n.Name]; f != nil {
		if f.aggregate() {
			return n.Name
		}
		return ""
	}
	if !slices.Contains(aggregateNames, n.Name) || (n.Name == "min" || n.Name == "max") && len(x.Args) > 1 {
		return ""
	}
	return n.Name
}

// aggregateOf finds the declared aggregate that a call names.
func (c *compilation) aggregateOf(x *ast.Call) *funcSymbol {
	var f *funcSymbol
	switch fun := x.Fun.(type) {
	case *ast.Name:
		f = c.funcs[fun.Name]
	case *ast.Select:
		if lib, ok := fun.X.(*ast.Name); ok {
			if m := c.anyLibrary(lib.Name); m != nil {
				f = m.funcs[fun.Field.Name]
			}
		}
	}
	if f == nil || !f.aggregate() {
		return nil
	}
	return f
}

// anyAggregate reports whether a query goes over many rows though it names no groups.
func (c *compilation) anyAggregate(q *ast.Selection) bool {
	found := false
	look := func(n ast.Spanned) bool {
		if call, ok := n.(*ast.Call); ok && c.aggregateNamed(call) != "" {
			found = true
		}
		return !found
	}
	for _, col := range q.Columns {
		if col.X != nil {
			ast.Walk(col.X, look)
		}
	}
	return found
}

// aggregates reports whether a call is an aggregate here. Where none can stand, functions that have the name of one are those.
func (e *env) aggregates(x *ast.Call) bool {
	name := e.aggregateNamed(x)
	if name == "" {
		return false
	}
	if e.sel.inside == nil && e.sel.place == "" {
		return true
	}
	return e.prelude().funcs[name] == nil && e.aggregateOf(x) == nil
}

// aggregate types an aggregate, and lets rows do to its states what they do.
func (e *env) aggregate(x *ast.Call, f *ast.Filtered) ir.Expr {
	s := e.sel
	switch {
	case s.inside != nil:
		e.err(aggregatePlace, x.Span(), "an aggregate within an aggregate").related(s.inside.Span(), "it stands in this one").
			help("let a query over this one add up what this one gives")
		return invalid(x)
	case s.place != "":
		r := e.err(aggregatePlace, x.Span(), "an aggregate can't stand behind `%s`: there is one row there, not all of a group", s.place)
		if s.place == "where" {
			r.help("a condition on groups stands behind `having`")
		}
		return invalid(x)
	}
	text := words(e.text(x.Span()))
	if f != nil {
		text = words(e.text(f.Span()))
	}
	if v := s.same[text]; v != nil {
		return v
	}
	s.inside = x
	defer func() { s.inside = nil }()
	g := &aggregating{e: e, s: s, x: x, name: e.aggregateNamed(x)}
	if f != nil {
		g.filter = e.condition(f.Where, "the condition of `filter`")
		if isInvalid(g.filter) {
			return invalid(x)
		}
	}
	var v ir.Expr
	if e.aggregateOf(x) != nil {
		v = g.declared()
	} else {
		v = g.known()
	}
	if v == nil {
		s.broken = true
		return invalid(x)
	}
	s.same[text] = v
	return v
}

// aggregating is one aggregate on its way.
type aggregating struct {
	e        *env
	s        *selecting
	x        *ast.Call
	name     string
	filter   ir.Expr
	value    ir.Expr // of a row; nil of count()
	distinct bool
	maybe    bool // there may be no value in a group
}

// state makes a state of the query's groups.
func (s *selecting) state(at ast.Spanned, name string, t *types.Type, initial any) *ir.StateRef {
	taken := func(name string) bool {
		return slices.ContainsFunc(s.states, func(st *ir.State) bool { return st.Name == name }) || name == s.in.ir.Alias
	}
	full := name
	for n := 2; taken(full); n++ {
		full = name + strconv.Itoa(n)
	}
	st := &ir.State{Name: full, Type: t, Scope: ir.PerTask, TTL: s.ttl, Span: at.Span()}
	if len(s.keys) > 0 {
		st.Scope = ir.PerKey
		for _, k := range s.keys {
			st.Key = append(st.Key, s.in.ir.Fields[k.field])
		}
	}
	if initial != nil {
		st.Initial = &ir.Const{Typed: typed(t, at), Value: initial}
	}
	s.states = append(s.states, st)
	return &ir.StateRef{Typed: typed(t, at), State: st}
}

// state names a state by its column, or by the aggregate and what it keeps.
func (g *aggregating) state(part string, t *types.Type, initial any) *ir.StateRef {
	name := g.s.naming
	if name == "" {
		name = g.name
	}
	if part != "" {
		name += "_" + part
	}
	return g.s.state(g.x, name, t, initial)
}

// argument types the one value that is taken of a row; false where it is wrong.
func (g *aggregating) argument() bool {
	e, x := g.e, g.x
	if len(x.Args) == 0 && g.name == "count" {
		return true
	}
	if len(x.Args) != 1 || x.Args[0].Name != nil || x.Args[0].Spread {
		takes := "one value of a row"
		if g.name == "count" {
			takes = "nothing, or one value of a row that may be missing"
		}
		e.err(argumentCount, x.Span(), "%s takes %s", g.name, takes).help("write e.g. `%s(%s.FIELD)`", g.name, g.s.in.ir.Alias)
		return false
	}
	a := x.Args[0]
	g.distinct = a.Distinct != nil
	if n, ok := a.Value.(*ast.Name); ok && g.name == "count" && !g.distinct && n.Name == g.s.in.ir.Alias {
		g.s.in.used = true
		return true
	}
	if n, ok := a.Value.(*ast.Name); ok && g.name == "count" && !g.distinct {
		if d := g.s.side(n.Name); d != nil && !d.maybe {
			return true
		}
	}
	g.value = e.expr(a.Value, nil)
	t := g.value.Type()
	switch {
	case t.Kind == types.Invalid:
		return false
	case t.Kind == types.None:
		e.err(aggregateType, a.Span(), "%s of what is always missing", g.name).help("take it out")
		return false
	case g.distinct && g.name != "count":
		e.err(aggregateType, a.Distinct.Span(), "`distinct` stands in `count` only").help("write `%s(%s)`; or let it read a query that is `select distinct`", g.name, short(e.text(a.Value.Span())))
		return false
	}
	g.maybe = g.filter != nil || t.Kind == types.Optional
	return true
}

// elem is the type of the values that are there.
func (g *aggregating) elem() *types.Type {
	if t := g.value.Type(); t.Kind == types.Optional {
		return t.Elem
	} else {
		return t
	}
}

// row lets each row do something with its value, where it has one that passes the filter.
func (g *aggregating) row(do func(v ir.Expr) []ir.Stmt) {
	pos := ir.Pos{Span: g.x.Span()}
	var stmts []ir.Stmt
	if g.value != nil && g.value.Type().Kind == types.Optional {
		l := &ir.Local{ID: g.e.nextLocal(), Name: "value", Type: g.elem()}
		stmts = []ir.Stmt{&ir.If{Pos: pos, Let: l, Cond: g.value, Then: &ir.Block{Stmts: do(&ir.LocalRef{Typed: typed(l.Type, g.x), Local: l})}}}
	} else {
		stmts = do(g.value)
	}
	if g.filter != nil {
		stmts = []ir.Stmt{&ir.If{Pos: pos, Cond: g.filter, Then: &ir.Block{Stmts: stmts}}}
	}
	g.s.steps = append(g.s.steps, stmts...)
}

func (g *aggregating) set(target ir.Expr, v ir.Expr) ir.Stmt {
	return &ir.Assign{Pos: ir.Pos{Span: g.x.Span()}, Target: target, Value: v}
}

func (g *aggregating) op(op string, x, y ir.Expr) ir.Expr {
	return g.e.operation(g.x, g.x, g.x, op, x, y)
}

func (g *aggregating) builtin(name string, t *types.Type, args ...ir.Expr) ir.Expr {
	return &ir.FuncCall{Typed: typed(t, g.x), Args: args, Func: &ir.Func{Name: name, Builtin: name, Result: t, Pure: true}}
}

func (g *aggregating) int(n int64) ir.Expr {
	return &ir.Const{Typed: typed(types.TInt, g.x), Value: n}
}

// merge says how a part of a window is added to the others: with gives a state as that part has it.
func (g *aggregating) merge(stmts ...ir.Stmt) { g.s.merges = append(g.s.merges, stmts...) }

// with is a state as a part of a window has it, that is added to the others.
func (s *selecting) with(ref *ir.StateRef) *ir.StateRef {
	if s.parts == nil {
		s.parts = map[*ir.State]*ir.State{}
	}
	of := s.parts[ref.State]
	if of == nil {
		copied := *ref.State
		copied.Of = ref.State
		of = &copied
		s.parts[ref.State] = of
	}
	return &ir.StateRef{Typed: ref.Typed, State: of}
}

// counter is a state that counts the rows that have a value.
func (g *aggregating) counter(part string) *ir.StateRef {
	n := g.state(part, types.TInt, nil)
	g.row(func(ir.Expr) []ir.Stmt { return []ir.Stmt{g.set(n, g.op("+", n, g.int(1)))} })
	g.merge(g.set(n, g.op("+", n, g.s.with(n))))
	return n
}

// unless is a value that is missing where nothing was counted.
func (g *aggregating) unless(n *ir.StateRef, v ir.Expr) ir.Expr {
	t := types.OptionalOf(v.Type())
	some, _ := convert(v, t)
	empty := g.op("==", n, g.int(0))
	return choice(g.x, t, empty, &ir.NoneConst{Typed: typed(t, g.x)}, some)
}

// wrong reports a type that an aggregate does not take.
func (g *aggregating) wrong(takes string) ir.Expr {
	t := g.value.Type()
	at := g.x.Args[0]
	text := short(g.e.text(at.Value.Span()))
	r := g.e.err(aggregateType, at.Span(), "%s takes %s, this is a %s", g.name, takes, t)
	switch elem := g.elem(); {
	case elem.Kind == types.String && takes != "":
		r.help("make a number of it, `int(%s)!` or `float(%s)!`; `collect(%s)` gives all texts", text, text, text)
	case elem.Kind == types.Bool:
		r.help("count those that hold: `count() filter (where %s)`", text)
	case elem.Kind == types.List:
		r.help("a bolt with statements can emit each item: `for x in %s { emit (x) }`", text)
	default:
		r.help("count() counts rows of any kind, collect() keeps them")
	}
	return nil
}

// known types an aggregate of the language.
func (g *aggregating) known() ir.Expr {
	if !g.argument() {
		return nil
	}
	if g.name == "count" {
		return g.count()
	}
	t := g.elem()
	number := t.Kind == types.Int || t.Kind == types.Float || t.Kind == types.Decimal || t.Kind == types.Duration
	switch g.name {
	case "sum", "avg":
		if !number {
			return g.wrong("an int, a float, a decimal or a duration")
		}
		sum := g.state(map[string]string{"avg": "sum"}[g.name], t, nil)
		g.row(func(v ir.Expr) []ir.Stmt { return []ir.Stmt{g.set(sum, g.op("+", sum, v))} })
		g.merge(g.set(sum, g.op("+", sum, g.s.with(sum))))
		if g.name == "avg" {
			return g.average(sum)
		}
		return sum
	case "stddev":
		if t.Kind != types.Int && t.Kind != types.Float {
			return g.wrong("an int or a float")
		}
		return g.deviation()
	case "min", "max":
		if !t.Ordered() || t.Kind == types.Bytes {
			return g.wrong("numbers, strings, times or durations")
		}
		return g.extreme(t)
	case "first", "last":
		return g.edge(t)
	}
	list := types.ListOf(t)
	all := g.state("", list, nil)
	g.row(func(v ir.Expr) []ir.Stmt {
		return []ir.Stmt{g.set(all, g.op("+", all, &ir.ListLit{Typed: typed(list, g.x), Items: []ir.Expr{v}}))}
	})
	g.merge(g.set(all, g.op("+", all, g.s.with(all))))
	return all
}

func (g *aggregating) count() ir.Expr {
	if !g.distinct {
		return g.counter("")
	}
	t := g.elem()
	if !t.MapKey() {
		return g.wrong("values that can be told apart: text, whole numbers, times, enums")
	}
	seen := g.state("seen", types.MapOf(t, types.TBool), nil)
	g.row(func(v ir.Expr) []ir.Stmt {
		at := &ir.Index{Typed: typed(types.TBool, g.x), X: seen, Index: v}
		return []ir.Stmt{g.set(at, &ir.Const{Typed: typed(types.TBool, g.x), Value: true})}
	})
	one := &ir.Local{ID: g.e.nextLocal(), Name: "value", Type: t}
	at := &ir.Index{Typed: typed(types.TBool, g.x), X: seen, Index: &ir.LocalRef{Typed: typed(t, g.x), Local: one}}
	g.merge(&ir.For{Pos: ir.Pos{Span: g.x.Span()}, Key: one, In: g.s.with(seen),
		Body: &ir.Block{Stmts: []ir.Stmt{g.set(at, &ir.Const{Typed: typed(types.TBool, g.x), Value: true})}}})
	return g.builtin("len", types.TInt, seen)
}

// helper calls a function of the core library that only queries use.
func (g *aggregating) helper(name string, args ...ir.Expr) ir.Expr {
	m := g.e.prelude()
	f := m.funcs[name]
	g.e.in(m).checkFunc(f)
	return &ir.FuncCall{Typed: typed(f.ir.Result, g.x), Func: f.ir, Args: args}
}

func (g *aggregating) average(sum *ir.StateRef) ir.Expr {
	n := g.counter("rows")
	var v ir.Expr
	switch sum.T.Kind {
	case types.Int:
		v = g.helper("_mean", toFloat(sum), n)
	case types.Float:
		v = g.helper("_mean", sum, n)
	case types.Decimal:
		v = g.op("/", sum, g.builtin("decimal", types.TDecimal, g.builtin("max", types.TInt, n, g.int(1))))
	default:
		v = g.op("/", sum, g.builtin("max", types.TInt, n, g.int(1)))
	}
	if g.maybe {
		return g.unless(n, v)
	}
	return v
}
