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

// recordOfJSON types `Hit(j)`: a record out of a json; false where the call has another form.
func (e *env) recordOfJSON(t *types.Type, x *ast.Call) (ir.Expr, bool) {
	if len(x.Args) != 1 || x.Args[0].Name != nil || x.Args[0].Spread || x.Args[0].Value == nil ||
		len(t.Fields) == 1 && (isJSON(t.Fields[0].Type) || t.Fields[0].Type.Kind == types.Invalid) || e.constant != "" {
		return nil, false
	}
	if _, ok := x.Args[0].Value.(*ast.Literal); ok {
		return nil, false
	}
	v := e.expr(x.Args[0].Value, nil)
	if isInvalid(v) {
		return invalid(x), true
	}
	if !isJSON(v.Type()) {
		return nil, false
	}
	if t.Broken() {
		return invalid(x), true
	}
	if bad := notInJSON(t); bad != nil {
		e.err(mismatch, x.Span(), "%s can't be read from JSON: it holds a %s", t, bad).help("read its fields one by one, as in `int(j?.name)`")
		return invalid(x), true
	}
	result := types.OptionalOf(t)
	return &ir.FuncCall{Typed: typed(result, x), Args: []ir.Expr{v}, Func: &ir.Func{Name: t.Name, Builtin: "record", Result: result, Pure: true}}, true
}

// notInJSON returns the part of a type of which JSON can't be read, or nil: a map's keys are names of members.
func notInJSON(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Invalid, types.Bool, types.Int, types.Float, types.Decimal, types.String, types.Bytes, types.Time, types.Duration, types.JSON, types.Enum:
		return nil
	case types.List, types.Optional:
		return notInJSON(t.Elem)
	case types.Map:
		if t.Key.Kind != types.String && t.Key.Kind != types.Int {
			return t
		}
		return notInJSON(t.Elem)
	case types.Record:
		for _, f := range t.Fields {
			if bad := notInJSON(f.Type); bad != nil {
				return bad
			}
		}
		return nil
	}
	return t
}
