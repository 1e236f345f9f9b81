package compiler

import (
	"math"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// builtin is a function that codegen writes itself, because it takes values of several types.
type builtin struct {
	name   string
	least  int    // arguments
	most   int    // -1: any number
	takes  string // for people
	result func(args []ir.Expr) *types.Type
}

// builtins are the functions without a signature in a library.
var builtins = map[string]*builtin{
	"len":    {"len", 1, 1, "a string, bytes, list or map", lenResult},
	"int":    {"int", 1, 1, "a float, a decimal, a string or a json", intResult},
	"float":  {"float", 1, 1, "an int, a decimal, a string or a json", floatResult},
	"string": {"string", 1, 1, "any value that is not missing", stringResult},
	"bool":   {"bool", 1, 1, "a string or a json", jsonResult(types.TBool, true)},
	"min":    {"min", 2, -1, "two or more numbers, strings, times or durations of one type", orderedResult},
	"max":    {"max", 2, -1, "two or more numbers, strings, times or durations of one type", orderedResult},
	"abs":    {"abs", 1, 1, "an int, float, decimal or duration", absResult},
	"round":  {"round", 1, 2, "a float or a decimal, and to how many decimal places", roundResult},
	"now":    {"now", 0, 0, "nothing", func([]ir.Expr) *types.Type { return types.TTime }},

	"decimal": {"decimal", 1, 1, "an int, a float, a string or a json", decimalResult},
	"json":    {"json", 1, 1, "a string", func(args []ir.Expr) *types.Type { return textResult(args, types.TJSON) }},
	"capture": {"capture", 2, 2, "a string and a regular expression", nil}, // see regex.go
	"to_json": {"to_json", 1, 1, "any value", toJSONResult},
	"list":    {"list", 1, 1, "a json", jsonResult(types.ListOf(types.TJSON), false)},
	"entries": {"entries", 1, 1, "a json", jsonResult(types.MapOf(types.TString, types.TJSON), false)},
}

func lenResult(args []ir.Expr) *types.Type {
	switch args[0].Type().Kind {
	case types.String, types.Bytes, types.List, types.Map:
		return types.TInt
	}
	return nil
}

// textResult is the result of a conversion of texts.
func textResult(args []ir.Expr, result *types.Type) *types.Type {
	if args[0].Type().Kind != types.String {
		return nil
	}
	return types.OptionalOf(result)
}

func intResult(args []ir.Expr) *types.Type {
	if t := args[0].Type(); t.Kind == types.Float || t.Kind == types.Decimal || t.Kind == types.String || isJSON(t) {
		return types.OptionalOf(types.TInt)
	}
	return nil
}

func floatResult(args []ir.Expr) *types.Type {
	switch args[0].Type().Kind {
	case types.Int, types.Decimal:
		return types.TFloat
	case types.String:
		return types.OptionalOf(types.TFloat)
	}
	if isJSON(args[0].Type()) {
		return types.OptionalOf(types.TFloat)
	}
	return nil
}

func stringResult(args []ir.Expr) *types.Type {
	if isJSON(args[0].Type()) {
		return types.OptionalOf(types.TString)
	}
	if args[0].Type().Printable() {
		return types.TString
	}
	return nil
}

func orderedResult(args []ir.Expr) *types.Type {
	t := args[0].Type()
	if !t.Ordered() || t.Kind == types.Bytes {
		return nil
	}
	for _, a := range args {
		if !a.Type().Equal(t) {
			return nil
		}
	}
	return t
}

func absResult(args []ir.Expr) *types.Type {
	switch t := args[0].Type(); t.Kind {
	case types.Int, types.Float, types.Decimal, types.Duration:
		return t
	}
	return nil
}

// callBuiltin types the call of a builtin.
func (e *env) callBuiltin(b *builtin, fun *ast.Name, x *ast.Call) ir.Expr {
	args := make([]ir.Expr, len(x.Args))
	broken := false
	for i, a := range x.Args {
		args[i] = e.expr(a.Value, nil)
		if a.Name != nil || a.Spread {
			e.err(mixedArguments, a.Span(), "%s takes its arguments by position", b.name)
			return invalid(x)
		}
		broken = broken || isInvalid(args[i])
	}
	if len(args) < b.least || b.most >= 0 && len(args) > b.most {
		e.err(argumentCount, x.Span(), "%s takes %s, not %d", b.name, plural(b.least, "argument"), len(args)).
			help("%s takes %s", b.name, b.takes)
		return invalid(x)
	}
	if broken {
		return invalid(x)
	}
	if b.name == "min" || b.name == "max" {
		for i := 1; i < len(args); i++ {
			args[0], args[i] = balance(args[0], args[i], false)
		}
		for i := 1; i < len(args); i++ {
			args[0], args[i] = balance(args[0], args[i], false)
		}
	}
	t := b.result(args)
	if t == nil {
		e.badBuiltin(b, fun, x, args)
		return invalid(x)
	}
	if b.name == "decimal" {
		if out := e.callDecimal(x, args[0]); out != nil {
			return out
		}
	}
	if b.name == "json" {
		if out := e.callJSON(x, args[0]); out != nil {
			return out
		}
	}
	if out := foldBuiltin(b.name, args); out != nil {
		return constant(out, x)
	}
	if b.name == "now" {
		e.impure()
	}
	return &ir.FuncCall{Typed: typed(t, x), Args: args, Func: &ir.Func{
		Name: b.name, Builtin: b.name, Result: t, Pure: b.name != "now",
	}}
}

// badBuiltin reports arguments that a builtin does not take.
func (e *env) badBuiltin(b *builtin, fun *ast.Name, x *ast.Call, args []ir.Expr) {
	var kinds []string
	for i, a := range args {
		if a.Type().Kind == types.Optional {
			e.badOperand(x.Args[i], a.Type(), b.name)
			return
		}
		kinds = append(kinds, a.Type().String())
	}
	at := x.Args[0].Span()
	at.End = x.Args[len(x.Args)-1].Span().End
	r := e.err(mismatch, at, "%s does not take (%s)", b.name, strings.Join(kinds, ", ")).help("%s takes %s", b.name, b.takes)
	if (b.name == "int" || b.name == "float") && args[0].Type().String() == b.name {
		r.fix(x.Span(), e.text(at), "this is a%s %s already: leave `%s()` out", map[string]string{"int": "n", "float": ""}[b.name], b.name, b.name)
	}
	if b.name == "int" && args[0].Type().Kind == types.Duration {
		r.help("divide by a duration: `%s / 1s` is the number of seconds", short(e.text(at)))
	}
}

// foldBuiltin computes a builtin of constants, where that is exact and cannot fail.
func foldBuiltin(name string, args []ir.Expr) any {
	if len(args) == 0 {
		return nil
	}
	c, ok := ir.Constant(args[0])
	if !ok || args[0].Type().Kind == types.JSON {
		return nil
	}
	if name == "string" {
		if text, ok := constText(args[0]); ok {
			return text
		}
	}
	switch v := c.(type) {
	case string:
		if name == "len" {
			return int64(len(v))
		}
	case int64:
		switch {
		case name == "float":
			return float64(v)
		case name == "abs" && v != math.MinInt64:
			return max(v, -v)
		}
	case float64:
		if name == "abs" {
			return math.Abs(v)
		}
	}
	return nil
}

// callTime types time("2026-01-02T15:04:05Z"): the literal of a time.
func (e *env) callTime(x *ast.Call) ir.Expr {
	if len(x.Args) != 1 || x.Args[0].Name != nil || x.Args[0].Spread {
		e.ignoreArgs(x.Args)
		e.err(argumentCount, x.Span(), "time takes one constant text")
		return invalid(x)
	}
	v := e.expr(x.Args[0].Value, types.TString)
	if isInvalid(v) {
		return invalid(x)
	}
	if isJSON(v.Type()) {
		t := types.OptionalOf(types.TTime)
		return &ir.FuncCall{Typed: typed(t, x), Args: []ir.Expr{v}, Func: &ir.Func{Name: "time", Builtin: "time", Result: t, Pure: true}}
	}
	c, _ := ir.Constant(v)
	text, ok := c.(string)
	if !ok {
		r := e.err(notConstant, x.Args[0].Span(), "time(...) takes a constant text, or a json")
		if e.knowsFunc("parse_time") {
			r.help("use `parse_time` for texts that come with the tuples")
		}
		return invalid(x)
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return constant(t.UTC(), x)
		}
	}
	e.err(badLiteral, x.Args[0].Span(), "this is no time").help("write it as time(\"2026-01-02T15:04:05Z\") or time(\"2026-01-02\")")
	return invalid(x)
}

// impure notes the call of a function that may give another value each time.
func (e *env) impure() {
	if e.fn != nil {
		e.fn.ir.Pure = false
	}
}
