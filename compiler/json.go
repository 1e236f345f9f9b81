package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/runtime/jsontext"
)

// isJSON reports whether t is json, or a json that may be missing: what functions on json take.
func isJSON(t *types.Type) bool {
	return t.Kind == types.JSON || t.Kind == types.Optional && t.Elem.Kind == types.JSON
}

// fromJSON are the types that a function of that name reads out of a json.
var fromJSON = map[types.Kind]string{
	types.Bool: "bool", types.Int: "int", types.Float: "float", types.Decimal: "decimal", types.String: "string", types.Time: "time",
	types.List: "list", types.Map: "entries",
}

// jsonResult is the result of a conversion that takes a json, and a text where result is for texts too.
func jsonResult(result *types.Type, alsoText bool) func([]ir.Expr) *types.Type {
	return func(args []ir.Expr) *types.Type {
		if t := args[0].Type(); isJSON(t) || alsoText && t.Kind == types.String {
			return types.OptionalOf(result)
		}
		return nil
	}
}

func toJSONResult(args []ir.Expr) *types.Type {
	if args[0].Type().Kind == types.None {
		return nil
	}
	return types.TJSON
}

// callJSON types json("..."), whose constant text is a literal, and json(text).
func (e *env) callJSON(x *ast.Call, arg ir.Expr) ir.Expr {
	c, ok := ir.Constant(arg)
	if !ok || arg.Type().Kind != types.String {
		return nil
	}
	text, problem := jsontext.Compact(c.(string))
	if !problem.OK() {
		e.err(badLiteral, x.Args[0].Span(), "this is no JSON").note("%s", problem).
			help("raw strings need no backslashes: json(`{\"a\": 1}`)")
		return invalid(x)
	}
	return &ir.Const{Typed: typed(types.TJSON, x), Value: text}
}

// jsonStep types `j?.name` and `j["name"]`: a part of a json, which may be missing.
func (e *env) jsonStep(at ast.Spanned, v, key ir.Expr) ir.Expr {
	return &ir.Index{Typed: typed(types.OptionalOf(types.TJSON), at), X: v, Index: key}
}

// jsonField types `j?.name`.
func (e *env) jsonField(x *ast.Select, v ir.Expr) ir.Expr {
	if v.Type().Kind == types.Optional && !x.Optional {
		op := x.Span()
		op.Start, op.End = x.X.Span().End, x.Field.Span().Start
		e.err(optionalUsed, op, "this is a json?, which may be missing").
			fix(op, "?.", "write `?.%s`, which is missing too then", x.Field.Name)
		return invalid(x)
	}
	return e.jsonStep(x, v, constant(x.Field.Name, x.Field))
}

// jsonIndex types `j[0]` and `j["name"]`.
func (e *env) jsonIndex(x *ast.Index, v ir.Expr) ir.Expr {
	i := e.expr(x.Index, nil)
	switch t := i.Type(); t.Kind {
	case types.Invalid:
		return invalid(x)
	case types.Int, types.String:
		return e.jsonStep(x, v, i)
	default:
		e.err(mismatch, x.Index.Span(), "a json is indexed by an int or a string, this is a %s", t)
		return invalid(x)
	}
}
