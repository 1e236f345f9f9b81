package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// A value of the type json is a string in Go, whose text package jsontext knows to be valid.

// jsonValue lowers an expression that is a json, or one that may be missing; had and own are nil where it may not.
func (f *fn) jsonValue(e ir.Expr) (v, had, own jen.Code) {
	if e.Type().Kind == types.Optional {
		o := f.opt(e)
		return o.v, o.ok, o.why
	}
	return f.once(f.expr(e)), nil, nil
}

// jsonPart is what call finds in a json: it gives a value and whether there is one. Looking into a json that is missing finds
// nothing, or something that does not count.
func (f *fn) jsonPart(call jen.Code, had, own, why jen.Code) optional {
	v, ok := f.temp("tmp"), f.temp("ok")
	f.add(jen.List(jen.Id(v), jen.Id(ok)).Op(":=").Add(call))
	if had == nil {
		return optional{jen.Id(v), jen.Id(ok), why, nil}
	}
	f.add(jen.Id(ok).Op("=").Id(ok).Op("&&").Add(had))
	return optional{jen.Id(v), jen.Id(ok), jen.Qual(pkgJSON, "Because").Call(had, own, why), nil}
}

// jsonStep lowers `j?.name`, `j["name"]` and `j[0]`.
func (f *fn) jsonStep(e *ir.Index) optional {
	x, had, own := f.jsonValue(e.X)
	i := f.once(f.expr(e.Index))
	find, missing := "Key", "NoKey"
	if e.Index.Type().Kind == types.Int {
		find, missing = "At", "NoItem"
	}
	return f.jsonPart(jen.Qual(pkgJSON, find).Call(x, i), had, own, jen.Qual(pkgJSON, missing).Call(x, i))
}

// jsonConversions name the function of jsontext behind a builtin that reads a json, and what it looks for.
var jsonConversions = map[string]struct {
	name, wanted string
	arena        bool
}{
	"bool": {"Bool", "true or false", false}, "int": {"Int", "a whole number that an int holds", false},
	"float": {"Float", "a number that a float holds", false}, "string": {"String", "a string", true},
	"decimal": {"Decimal", "a number that a decimal holds (19 digits)", false},
	"time":    {"Time", "a time such as \"2026-01-02T15:04:05Z\"", false},
	"list":    {"List", "an array", true}, "entries": {"Entries", "an object", true},
}

// jsonCall lowers json(text), and the builtins that read a json.
func (f *fn) jsonCall(e *ir.FuncCall) (optional, bool) {
	if e.Func.Builtin == "json" {
		v, problem := f.temp("tmp"), f.temp("problem")
		f.add(jen.List(jen.Id(v), jen.Id(problem)).Op(":=").Qual(pkgJSON, "Parse").Call(jen.Op("&").Add(f.arenaOf()), f.expr(e.Args[0]).code))
		return optional{jen.Id(v), jen.Id(problem).Dot("OK").Call(), jen.Id(problem).Dot("String").Call(), nil}, true
	}
	if e.Func.Builtin == "record" {
		x, had, own := f.jsonValue(e.Args[0])
		v, decoder := f.decoded(e.Func.Result.Elem, x)
		ok := jen.Id(decoder).Dot("OK").Call()
		if had == nil {
			return optional{jen.Id(v), ok, jen.Id(decoder).Dot("Why").Call(), nil}, true
		}
		both := f.temp("ok")
		f.add(jen.Id(both).Op(":=").Add(ok).Op("&&").Add(had))
		return optional{jen.Id(v), jen.Id(both), jen.Qual(pkgJSON, "Because").Call(had, own, jen.Id(decoder).Dot("Why").Call()), nil}, true
	}
	c, ok := jsonConversions[e.Func.Builtin]
	if !ok {
		return optional{}, false
	}
	if t := e.Args[0].Type(); t.Kind != types.JSON && (t.Kind != types.Optional || t.Elem.Kind != types.JSON) {
		return optional{}, false
	}
	x, had, own := f.jsonValue(e.Args[0])
	args := []jen.Code{x}
	if c.arena {
		args = []jen.Code{jen.Op("&").Add(f.arenaOf()), x}
	}
	return f.jsonPart(jen.Qual(pkgJSON, c.name).Call(args...), had, own, jen.Qual(pkgJSON, "Not").Call(x, jen.Lit(c.wanted))), true
}

// toJSON lowers to_json(x).
func (f *fn) toJSON(t *types.Type, x jen.Code) val {
	if t.Kind == types.JSON {
		return val{x, true}
	}
	return f.text(func(buf string) {
		f.add(jen.Id(buf).Op("=").Add(f.g.jsonFunc(t)).Call(jen.Id(buf), x))
	})
}
