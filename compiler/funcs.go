package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// funcSymbol is a function written in the language, on its way to an ir.Func.
type funcSymbol struct {
	name     *ast.Ident
	decl     *ast.Func // nil where broken
	home     *module   // whose names it sees
	ir       *ir.Func  // nil until its signature is resolved, and where broken
	defaults []ir.Expr // by parameter; nil where an argument must be given
	state    resolution
	broken   bool
	unread   bool              // a statement of it could not be parsed
	unsure   bool              // nor what that declares
	unclear  bool              // what it takes is not known
	used     bool              // something else calls it
	live     bool              // a component needs it
	tested   bool              // a test needs it
	fakes    *ir.Func          // of the text of a fake: what it stands for
	kept     []*ir.State       // of that: what it keeps in the test
	calls    []funcCall        // of functions written in the language
	unknown  map[string]bool   // see body
	compared map[string]string // what it compares with none, and how
	lost     bool              // its value is there, and is not returned
	// Of one in Go: whether its types have variables, what Go asks of each of them, and what it was made for.
	generic     bool
	constraints map[string]types.Constraint
	made        []madeFor
}

// funcCall is a call of one such function by another.
type funcCall struct {
	to *funcSymbol
	at source.Span
}

// resolveFuncs gives the functions their parameters, and their results where these are written.
func (c *compilation) resolveFuncs() {
	for _, f := range c.funcOrder {
		if t := c.types[f.name.Name]; t != nil {
			f.used = true
			c.err(takenName, f.name.Span(), "%s names a type too, and `%s(...)` would make one", f.name.Name, f.name.Name).
				related(t.name.Span(), "the type").help("give the function another name")
		}
		c.signatureOf(f)
	}
}

// signatureOf resolves the signature of a function, once.
func (c *compilation) signatureOf(f *funcSymbol) {
	if f.ir != nil || f.broken {
		return
	}
	c = c.in(f.home)
	d := f.decl
	switch {
	case d.Aggregate && !c.aggregateShape(f):
		f.broken, f.state = true, resolved
		return
	case d.Expr == nil && d.Body == nil && f.goRef() == nil:
		c.err(badShape, f.name.Span(), "function %s does not say what it computes", f.name.Name).
			help("write `= expression` after it, or statements: `{ ... return value }`")
		f.broken, f.state = true, resolved
		return
	}
	name := f.name.Name
	if c.name != "" && (c.module.standard == nil || c.name != library.Prelude) {
		name = c.name + "." + name
	}
	inGo := f.goRef() != nil
	f.ir = &ir.Func{Name: name, Pure: true, Result: types.TInvalid, Body: &ir.FuncBody{Span: d.Span(), Block: &ir.Block{}}}
	first := map[string]*ast.Ident{}
	for i, p := range d.Params {
		if prev := first[p.Name.Name]; prev != nil {
			c.again("parameter", p.Name, prev)
			f.unclear = true
			continue
		}
		first[p.Name.Name] = p.Name
		if parser.Reserved(p.Name.Name) {
			c.err(takenName, p.Name.Span(), "`%s` is a word of the language and can't name a parameter", p.Name.Name).
				help("choose another name")
		}
		if p.In != nil {
			c.err(badShape, p.In.Span(), "allowed values (`in [...]`) stand in the signatures of components only").help("an `enum` is a type of a fixed set of values")
		}
		if p.PerTuple && !d.Aggregate {
			c.err(badShape, p.Span(), "`per tuple` stands in the signatures of components and aggregates only")
		}
		t := c.fieldType(p, inGo)
		if d.Aggregate {
			t = c.addedParam(f, i, t)
		}
		f.generic = f.generic || t.Vars()
		var value ir.Expr
		if p.Default != nil && (!d.Aggregate || f.once(i)) {
			e := &env{compilation: c, constant: "the default of a parameter"}
			value = e.computed(p.Default, e.value(p.Default, t, "parameter "+p.Name.Name))
		}
		f.ir.Params = append(f.ir.Params, types.Field{Name: p.Name.Name, Type: t})
		f.defaults = append(f.defaults, value)
	}
	switch {
	case d.Result != nil:
		f.ir.Result = c.typeAs(d.Result, inGo)
	case d.Body != nil:
		c.err(resultMissing, f.name.Span(), "function %s does not say what it returns", f.name.Name).
			help("write `-> TYPE` before its braces; only `= expression` says it by itself")
	case inGo:
		c.err(resultMissing, f.name.Span(), "%s %s does not say what it returns", f.what(), f.name.Name).
			help("write `-> TYPE` before `= go`")
	}
	c.resultVariables(f)
	switch {
	case inGo:
		c.goFunc(f)
	case d.Pure:
		c.err(badShape, f.name.Span(), "`pure` is said of functions in Go only").help("take it out: of a function that is written here it is known")
	}
}

// checkFuncs types the bodies of the functions.
func (c *compilation) checkFuncs() {
	for _, f := range c.funcOrder {
		c.checkFunc(f)
	}
	c.proveNoRecursion()
}

// checkFunc types the body of a function, once: when it is first called, so that what is called is known before what calls it.
func (c *compilation) checkFunc(f *funcSymbol) {
	c.signatureOf(f)
	if f.state != untouched {
		return
	}
	f.state = underway
	c = c.in(f.home)
	d := f.decl
	e := (&env{compilation: c, fn: f}).inner()
	for _, p := range d.Params {
		if e.scope.names[p.Name.Name] != nil {
			continue // declared twice
		}
		l := e.declare(p.Name, f.ir.Params[len(f.ir.Body.Params)].Type, "param")
		l.read = true
		f.ir.Body.Params = append(f.ir.Body.Params, l.ir)
	}
	if d.Expr != nil {
		e.exprBody(f)
	} else {
		stmts := d.Body.Stmts
		if f.fakes != nil {
			stmts = e.fakeStates(stmts)
			defer e.unusedFakeStates()
		}
		f.ir.Body.Block = e.inner().block(stmts)
		if f.fakes != nil {
			f.kept = e.body.keptStates()
		}
		if !f.lost && !blockLeaves(f.ir.Body.Block) && !endsBroken(d.Body.Stmts) && f.ir.Result.Kind != types.Invalid {
			brace := d.Body.Span()
			brace.Start = max(brace.Start, brace.End-1)
			c.err(noResult, brace, "function %s ends here without a result", f.name.Name).
				related(d.Result.Span(), "it returns a %s", f.ir.Result).
				help("end each way through it with `return` or `fail`")
		}
	}
	f.state = resolved
	c.checked = append(c.checked, f)
}

// exprBody types `= expr`, which says what the function returns where that is not written.
func (e *env) exprBody(f *funcSymbol) {
	d := f.decl
	var v ir.Expr
	if d.Result != nil {
		v = e.value(d.Expr, f.ir.Result, "the result of "+f.name.Name)
	} else {
		v = e.expr(d.Expr, nil)
		if v.Type().Kind == types.None {
			e.err(typeUnknown, d.Expr.Span(), "none does not say what is missing").
				help("write the type of the result before it: `-> int?`")
			v = invalid(d.Expr)
		}
		f.ir.Result = v.Type()
	}
	f.ir.Body.Block.Stmts = one(&ir.Return{Pos: posOf(d.Expr), Value: v})
}

// returnStmt types `return` and, in a function, `return x`.
func (e *env) returnStmt(s *ast.Return) ir.Stmt {
	out := &ir.Return{Pos: posOf(s)}
	switch {
	case e.fn == nil && s.Value != nil:
		e.expr(s.Value, nil)
		e.err(returnsValue, s.Value.Span(), "a bolt returns nothing").help("`emit` the value, and `return` after it")
	case e.fn != nil && s.Value == nil:
		r := e.err(returnsNothing, s.Span(), "function %s returns a value, this returns none", e.fn.name.Name)
		if t := e.fn.ir.Result; t.Kind != types.Invalid {
			r.related(e.fn.decl.Result.Span(), "it returns a %s", t)
			if t.Kind == types.Optional {
				r.fix(after(headOf(s, "return")), " none", "write `return none`, or say why: `return none because \"...\"`")
			} else {
				r.help("write `return value`")
			}
		}
	case e.fn != nil:
		out.Value = e.value(s.Value, e.fn.ir.Result, "the result of "+e.fn.name.Name)
	}
	return out
}

// notInFunction reports a statement that only the body of a bolt can have.
func (e *env) notInFunction(at source.Span, what, help string) {
	e.fn.lost = e.fn.lost || what == "emits nothing" // its value, perhaps
	e.err(boltOnly, at, "a function %s", what).
		note("a function computes its result and does nothing else").help("%s", help)
}

// callOwn types the call of a function that is written in the language.
func (e *env) callOwn(f *funcSymbol, at source.Span, x *ast.Call) ir.Expr {
	e.noteHome(f.home)
	e.checkFunc(f)
	switch {
	case f.home.standard != nil: // needs no code of its own
	case e.fn == nil && e.test != nil:
		f.tested = true
	case e.fn == nil:
		f.used, f.live = true, true
	default:
		f.used = f.used || e.fn != f
		e.fn.calls = append(e.fn.calls, funcCall{f, at})
	}
	if f.ir == nil || f.unclear {
		e.ignoreArgs(x.Args)
		return invalid(x)
	}
	params := fieldNames(f.ir.Params)
	args, ok := e.arrangeSome(f.ir.Name, params, f.text(), x, func(i int) bool { return f.defaults[i] != nil })
	if !ok {
		return invalid(x)
	}
	out := make([]ir.Expr, len(args))
	bound := map[string]*types.Type{}
	for i, a := range args {
		if a == nil {
			out[i] = f.defaults[i]
		} else {
			out[i] = e.argumentOf(f, i, a.Value, bound)
		}
		ok = ok && !isInvalid(out[i])
	}
	if !ok || f.ir.Result.Kind == types.Invalid {
		return invalid(x)
	}
	called, result := f.ir, f.ir.Result
	if f.generic {
		if called, result = e.bind(f, bound, x); called == nil {
			return invalid(x)
		}
	}
	if !f.ir.Pure {
		e.impure()
	}
	return &ir.FuncCall{Typed: typed(result, x), Func: called, Args: out}
}

// text shows a function's signature.
func (f *funcSymbol) text() string {
	parts := make([]string, len(f.ir.Params))
	for i, p := range f.ir.Params {
		parts[i] = p.Name + " " + p.Type.String()
		if f.defaults[i] != nil {
			parts[i] = "[" + parts[i] + "]"
		}
	}
	out := f.ir.Name + "(" + strings.Join(parts, ", ") + ")"
	if f.ir.Result.Kind != types.Invalid {
		out += " -> " + f.ir.Result.String()
	}
	return out
}

// proveNoRecursion refuses functions that call themselves, also by others: how deep that goes nobody could say before it runs.
func (c *compilation) proveNoRecursion() {
	done := map[*funcSymbol]bool{}
	at := map[*funcSymbol]int{} // place on the path, from 1
	var path []funcCall
	var visit func(call funcCall)
	visit = func(call funcCall) {
		f := call.to
		if n := at[f]; n > 0 {
			c.reportRecursion(append(path[n:len(path):len(path)], call))
			return
		}
		if done[f] {
			return
		}
		path = append(path, call)
		at[f] = len(path)
		for _, next := range f.calls {
			visit(next)
		}
		path = path[:len(path)-1]
		at[f], done[f] = 0, true
	}
	for _, f := range c.funcOrder {
		visit(funcCall{to: f})
	}
}

// reportRecursion reports a cycle of calls, at the one that closes it.
func (c *compilation) reportRecursion(cycle []funcCall) {
	last := cycle[len(cycle)-1]
	f := last.to
	if f.broken {
		return // once is enough
	}
	f.broken = true
	var r report
	if len(cycle) == 1 {
		r = c.err(recursion, last.at, "function %s calls itself", f.name.Name)
	} else {
		names := []string{f.name.Name}
		for _, call := range cycle {
			names = append(names, call.to.name.Name)
		}
		r = c.err(recursion, last.at, "functions call each other in a circle: %s", strings.Join(names, " -> "))
		for _, call := range cycle[:len(cycle)-1] {
			r.related(call.at, "calls %s", call.to.name.Name)
		}
	}
	r.note("how deep calls would go can't be known before it runs").
		help("write it as a loop: `var x = ...`, then `for i in 0..n { x = ... }`")
}

// proveFuncsUsed warns of functions that nothing calls.
func (c *compilation) proveFuncsUsed() {
	for _, f := range c.funcOrder {
		if !f.used && f.home.name == "" && !strings.HasPrefix(f.name.Name, "_") {
			c.warn(unusedFunc, f.name.Span(), "%s %s is never called", f.what(), f.name.Name).help("take it out")
		}
	}
}

// assembleFuncs gives the program the functions that its components need, each behind those it calls.
func (c *compilation) assembleFuncs() {
	for i := len(c.checked) - 1; i >= 0; i-- {
		f := c.checked[i]
		for _, call := range f.calls {
			call.to.live = call.to.live || f.live
			call.to.tested = call.to.tested || f.tested
		}
	}
	for _, f := range c.checked {
		if f.live {
			c.program.Funcs = append(c.program.Funcs, f.runs()...)
		}
		if f.live || f.tested {
			c.program.TestFuncs = append(c.program.TestFuncs, f.runs()...)
		}
	}
}
