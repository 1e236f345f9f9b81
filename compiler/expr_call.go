package compiler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// foreignFuncs are other languages' functions, and ours for them.
var foreignFuncs = map[string]string{
	"length": "len", "size": "len", "count": "len", "strlen": "len", "str": "string", "toString": "string", "to_string": "string", "String": "string",
	"lowercase": "lower", "toLower": "lower", "toLowerCase": "lower", "uppercase": "upper", "toUpper": "upper", "toUpperCase": "upper",
	"integer": "int", "parseInt": "int", "parse_int": "int", "atoi": "int", "double": "float", "parseFloat": "float", "parse_float": "float",
	"bytes": "to_bytes", "parse_json": "json", "from_json": "json", "parseJSON": "json", "stringify": "to_json", "items": "entries", "println": "emit", "print": "emit", "printf": "emit",
}

// call types `f(args)`, `lib.f(args)` and the record `Hit(url: x)`.
func (e *env) call(x *ast.Call) ir.Expr {
	switch fun := x.Fun.(type) {
	case *ast.Name:
		return e.callName(fun, x)
	case *ast.Select:
		if lib, ok := fun.X.(*ast.Name); ok && e.namesNothing(lib.Name) {
			return e.callLibrary(lib, fun.Field, x)
		}
		return e.callMethod(fun, x)
	}
	e.ignoreArgs(x.Args)
	e.err(noEffect, x.Fun.Span(), "only functions can be called")
	return invalid(x)
}

// namesNothing reports whether a bare name is no value here, so that before a dot it means a library.
func (e *env) namesNothing(name string) bool {
	return e.lookup(name) == nil && e.body.state(name) == nil && e.alias(name) == nil && e.values[name] == nil
}

// ignoreArgs types arguments for the errors in them only.
func (e *env) ignoreArgs(args []*ast.Arg) {
	for _, a := range args {
		if a.Value != nil {
			e.expr(a.Value, nil)
		}
	}
}

func (e *env) callName(fun *ast.Name, x *ast.Call) ir.Expr {
	name := fun.Name
	if e.sel != nil && e.aggregates(x) {
		return e.aggregate(x, nil)
	}
	if e.query.aggregates(e, x) {
		return e.query.aggregate(e, x, nil)
	}
	if t := e.types[name]; t != nil {
		e.noteHome(t.home)
		return e.construct(t, x)
	}
	if f := e.funcs[name]; f != nil {
		return e.callOwn(f, fun.Span(), x)
	}
	if name == "capture" {
		return e.capture(x)
	}
	if b := builtins[name]; b != nil {
		return e.callBuiltin(b, fun, x)
	}
	if name == "time" {
		return e.callTime(x)
	}
	if f := e.prelude().funcs[name]; f != nil {
		return e.callOwn(f, fun.Span(), x)
	}
	if e.sel == nil || !e.sel.grouped {
		e.ignoreArgs(x.Args)
	} // else it may be meant as an aggregate, within which all rows are seen
	if !e.ambiguous("function", name, fun.Span()) && !e.ambiguous("type", name, fun.Span()) {
		e.unknownFunc(fun, x)
	}
	return invalid(x)
}

// unknownFunc reports a function that does not exist.
func (e *env) unknownFunc(fun *ast.Name, x *ast.Call) {
	if l := e.lookup(fun.Name); l != nil && l.broken || e.brokenNames[fun.Name] || e.nameless["function"] || e.foreignFunc(fun, x) {
		return
	}
	r := e.err(unknownFunction, fun.Span(), "unknown function %s", fun.Name)
	switch {
	case foreignFuncs[fun.Name] == "emit":
		r.help("%s", shows)
	case foreignFuncs[fun.Name] != "" && e.knowsFunc(foreignFuncs[fun.Name]):
		ours := foreignFuncs[fun.Name]
		r.fix(fun.Span(), ours, "write `%s`", ours)
	case e.components[fun.Name] != nil:
		r.note("%s is a component: tuples reach it by its inputs, it is never called", fun.Name)
	default:
		if lib := e.libraryOfFunc(fun.Name); lib != "" {
			r.fix(before(fun.Span()), lib+".", "write `%s.%s`", lib, fun.Name)
			return
		}
		names := e.funcNames()
		if e.body != nil && e.fn == nil {
			names = append(names, "emit")
		}
		r.suggest(fun.Span(), fun.Name, names)
	}
}

// libraryOfFunc finds the one library that has a function of this name.
func (c *compilation) libraryOfFunc(name string) string {
	found := ""
	for _, n := range c.libs.Names() {
		if lib := c.standard(n); lib != nil && n != library.Prelude {
			if lib.funcs[name] != nil {
				if found != "" {
					return ""
				}
				found = n
			}
		}
	}
	return found
}

// knowsFunc reports whether a bare name is a function.
func (c *compilation) knowsFunc(name string) bool {
	return builtins[name] != nil || c.funcs[name] != nil || c.prelude().funcs[name] != nil
}

// funcNames lists what can be called without a prefix.
func (c *compilation) funcNames() []string {
	names := append(keysOf(builtins), keysOf(c.types)...)
	names = append(names, keysOf(c.funcs)...)
	return append(names, c.prelude().funcNamesOf()...)
}

// callLibrary types `lib.f(args)`.
func (e *env) callLibrary(lib *ast.Name, name *ast.Ident, x *ast.Call) ir.Expr {
	if m := e.anyLibrary(lib.Name); m != nil {
		return e.callOfLibrary(m, lib, name, x)
	}
	e.ignoreArgs(x.Args)
	if foreignWords[lib.Name] == "" && e.tuple != nil && fieldIndex(e.tuple.ir.Fields, lib.Name) >= 0 {
		e.unknownName(lib, nil)
		return invalid(x)
	}
	if !e.brokenNames[lib.Name] && !e.foreignCall(lib, name, x) {
		e.unknownLibrary(&ast.Ident{Node: lib.Node, Name: lib.Name})
	}
	return invalid(x)
}

// callMethod reports `x.f(args)`: values have no methods.
func (e *env) callMethod(fun *ast.Select, x *ast.Call) ir.Expr {
	if called := e.text(fun.Span()); printing.MatchString(called) {
		e.ignoreArgs(x.Args)
		e.err(unknownLibrary, fun.Span(), "there is no %s", called).help("%s", shows)
		return invalid(x)
	}
	v := e.expr(fun.X, nil)
	e.ignoreArgs(x.Args)
	if isInvalid(v) {
		return invalid(x)
	}
	if e.foreignMethod(fun, v, x) {
		return invalid(x)
	}
	name := fun.Field.Name
	if ours := foreignFuncs[name]; ours != "" && ours != "emit" {
		name = ours
	}
	r := e.err(unknownFunction, fun.Field.Span(), "a %s has no function %s: functions stand before their arguments", v.Type(), fun.Field.Name)
	if e.knowsFunc(name) {
		args := []string{e.text(fun.X.Span())}
		for _, a := range x.Args {
			args = append(args, e.text(a.Span()))
		}
		call := name + "(" + strings.Join(args, ", ") + ")"
		r.fix(x.Span(), call, "write `%s`", short(call))
	}
	return invalid(x)
}

// argumentOf types one argument; type variables met for the first time are bound to its type.
func (e *env) argumentOf(f *funcSymbol, i int, x ast.Expr, bound map[string]*types.Type) ir.Expr {
	p := f.ir.Params[i]
	want := p.Type
	if f.generic {
		want = want.Subst(bound)
	}
	taker := "argument " + p.Name + " of " + f.ir.Name
	if f.aggregate() && !f.once(i) {
		taker = "argument " + p.Name + " of aggregate " + f.ir.Name + ", which goes over a list,"
	}
	if want.Kind == types.Regex {
		return e.regexArg(x, taker)
	}
	if !want.Vars() {
		return e.value(x, want, taker)
	}
	v := e.expr(x, nil)
	if v.Type().Kind == types.None || v.Type().Kind == types.Optional && want.Kind != types.Optional {
		e.badArgument(x, v, want, taker, bound)
		return invalid(x)
	}
	if isInvalid(v) {
		return v
	}
	if !want.Unify(v.Type(), bound) {
		e.badArgument(x, v, want, taker, bound)
		return invalid(x)
	}
	return v
}

// badArgument reports an argument that a type with variables does not fit: one that may be missing, where what it holds would do, or another type.
func (e *env) badArgument(x ast.Expr, v ir.Expr, want *types.Type, taker string, bound map[string]*types.Type) {
	if t := v.Type(); t.Kind == types.Optional && want.Unify(t.Elem, maps.Clone(bound)) {
		e.mismatch(x, v, t.Elem, taker)
		return
	}
	e.mismatch(x, v, want, taker)
}

// arrange puts arguments in the order of the parameters: by position first, then by name.
func (e *env) arrange(name string, params []string, signature string, x *ast.Call) ([]*ast.Arg, bool) {
	return e.arrangeSome(name, params, signature, x, func(int) bool { return false })
}

// arrangeSome is arrange where some parameters have defaults: these stay nil.
func (e *env) arrangeSome(name string, params []string, signature string, x *ast.Call, optional func(i int) bool) ([]*ast.Arg, bool) {
	out := make([]*ast.Arg, len(params))
	ok, named := true, false
	bad := func(a *ast.Arg) {
		ok = false
		if a.Value != nil {
			e.expr(a.Value, nil)
		}
	}
	count := 0
	for i, a := range x.Args {
		switch {
		case a.Spread:
			bad(a)
			e.err(mixedArguments, a.Span(), "`..` spreads a record into the fields of a tuple or record, not into arguments")
		case a.Name != nil:
			named = true
			j := indexOf(params, a.Name.Name)
			if j < 0 {
				bad(a)
				e.err(unknownArgument, a.Name.Span(), "%s has no parameter %s", name, a.Name.Name).
					choose(a.Name.Span(), a.Name.Name, "its parameters", params)
			} else if out[j] != nil {
				bad(a)
				e.err(declaredTwice, a.Name.Span(), "argument %s is given twice", a.Name.Name).related(out[j].Span(), "here first")
			} else {
				out[j] = a
			}
		case named:
			bad(a)
			e.err(mixedArguments, a.Span(), "an argument by position can't follow one by name")
		case i >= len(params):
			count++
			bad(a)
		default:
			out[i] = a
		}
	}
	if count > 0 {
		e.err(argumentCount, x.Args[len(params)].Span().To(x.Args[len(x.Args)-1].Span()), "%s takes %s, not %d", name, plural(len(params), "argument"), len(x.Args)).
			help("it is %s", signature)
		return out, false
	}
	if !ok {
		e.typeRest(out)
		return out, false
	}
	var missing []string
	for i, a := range out {
		if a == nil && !optional(i) {
			missing = append(missing, params[i])
		}
	}
	if len(missing) > 0 {
		e.typeRest(out)
		e.err(argumentMissing, x.Span(), "%s lacks its %s %s", name, pluralWord(len(missing), "argument"), strings.Join(missing, ", ")).
			help("it is %s", signature)
		return out, false
	}
	return out, true
}

func (e *env) typeRest(args []*ast.Arg) {
	for _, a := range args {
		if a != nil && a.Value != nil {
			e.expr(a.Value, nil)
		}
	}
}

// record types `Hit(url: x, ip: y)`.
func (e *env) record(t *types.Type, x *ast.Call) ir.Expr {
	var before []ir.Stmt
	values, ok := e.fill(filling{
		before: &before,
		fields: t.Fields, args: x.Args, at: x, taker: t.Name, code: argumentCount, what: "type " + t.Name,
	})
	if !ok {
		return invalid(x)
	}
	var out ir.Expr = &ir.RecordLit{Typed: typed(t, x), Values: values}
	for _, s := range slices.Backward(before) {
		// What is spread is computed once: a name for it, which a match of one arm gives.
		let := s.(*ir.Let)
		out = &ir.Match{Typed: typed(t, x), X: let.Value, Arms: []*ir.MatchArm{{Rest: true, Local: let.Local, Value: out}}}
	}
	return out
}

func indexOf(list []string, s string) int {
	for i, v := range list {
		if v == s {
			return i
		}
	}
	return -1
}

// plural is `1 argument`, `2 arguments`.
func plural(n int, word string) string {
	if n == 0 {
		return "no " + word + "s"
	}
	return fmt.Sprintf("%d %s", n, pluralWord(n, word))
}

func pluralWord(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
