package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// goEnum is an enum as the package has it: a string, which is the value's name.
type goEnum struct {
	goName string
	of     *types.Type
}

// enumOf is the type of an enum, which is written where something that the package sees has a value of it.
func (e *embedGen) enumOf(t *types.Type) *goEnum {
	key := enumKey(t)
	if e.enums[key] == nil {
		e.enums[key] = &goEnum{goName: e.names.take(exported(t.Name)), of: t}
		e.named = append(e.named, e.enums[key])
	}
	return e.enums[key]
}

// writeEnum writes the type and its values.
func (e *embedGen) writeEnum(x *goEnum) {
	e.file.Commentf("%s is enum %s: the name of a value. What is none fails the tuple that would have it.", x.goName, x.of.Name)
	e.file.Type().Id(x.goName).String()
	e.file.Commentf("The values of %s.", x.goName)
	e.file.Const().DefsFunc(func(d *jen.Group) {
		for _, v := range x.of.Values {
			d.Id(e.names.take(x.goName + exported(v))).Id(x.goName).Op("=").Lit(v)
		}
	})
	e.file.Line()
}

// asks writes for each query a function that asks it, and what it answers.
func (e *embedGen) asks() {
	for _, q := range e.outline.Queries {
		if !slices.ContainsFunc(q.Params, func(f types.Field) bool { return !asJSON(f.Type, true) }) &&
			!slices.ContainsFunc(q.Fields, func(f types.Field) bool { return !asJSON(f.Type, false) }) {
			e.ask(q)
		}
	}
}

func (e *embedGen) ask(q *ir.OutlineQuery) {
	f := e.file
	row := e.names.take(exported(q.Name) + "Answer")
	name := e.names.take("Ask" + exported(q.Name))
	many := "a row of "
	if !q.Many {
		many = ""
	}
	f.Commentf("%s is %sthe answer of query %s: %s.", row, many, q.Name, types.Schema(q.Fields))
	f.Type().Id(row).Add(e.jsonStruct(q.Fields, false))
	f.Line()

	answer := jen.Id(row)
	if q.Many {
		answer = jen.Index().Id(row)
	}
	local := newNames("ctx", "t", "answer", "err")
	params := []jen.Code{jen.Id("ctx").Qual("context", "Context"), jen.Id("t").Op("*").Qual(pkgEmbedded, "Topology")}
	var values []jen.Code
	for _, p := range q.Params {
		id := jen.Id(local.take(lowerCamel(p.Name)))
		params = append(params, jen.Add(id).Add(e.jsonType(p.Type)))
		values = append(values, id)
	}
	given := jen.Nil()
	if len(values) > 0 {
		given = e.jsonStruct(q.Params, true).Values(values...)
	}
	f.Commentf("%s asks a topology that runs query %s. embedded.ErrNotRunning says that it does not.", name, q.Name)
	if q.Doc != "" {
		f.Comment("//").Line().Comment(oneLine(q.Doc))
	}
	f.Func().Id(name).Params(params...).Params(jen.Id("answer").Add(answer), jen.Err().Error()).Block(
		jen.Err().Op("=").Id("t").Dot("Query").Call(jen.Id("ctx"), jen.Lit(q.Name), given, jen.Op("&").Id("answer")),
		jen.Return(jen.Id("answer"), jen.Err()))
	f.Line()
}

// jsonStruct is code for a struct that encoding/json reads and writes as the language does. What may be missing is left out where a question has none.
func (e *embedGen) jsonStruct(fields []types.Field, asks bool) *jen.Statement {
	local := newNames()
	return jen.StructFunc(func(s *jen.Group) {
		for _, f := range fields {
			tag := f.Name
			if asks && f.Type.Kind == types.Optional {
				tag += ",omitempty"
			}
			s.Id(local.take(exported(f.Name))).Add(e.jsonType(f.Type)).Tag(map[string]string{"json": tag})
		}
	})
}

// jsonType is code for the Go type of values of t that come as JSON.
func (e *embedGen) jsonType(t *types.Type) *jen.Statement {
	switch t.Kind {
	case types.Duration:
		return jen.Qual(pkgEmbedded, "Duration")
	case types.List:
		return jen.Index().Add(e.jsonType(t.Elem))
	case types.Map:
		return jen.Map(e.jsonType(t.Key)).Add(e.jsonType(t.Elem))
	case types.Optional:
		return jen.Op("*").Add(e.jsonType(t.Elem))
	case types.Record:
		return e.jsonStruct(t.Fields, false)
	}
	return e.goType(t, "")
}

// asJSON reports whether encoding/json says values of t as the language does: all but what few have, for which there is Topology.Query.
func asJSON(t *types.Type, asks bool) bool {
	switch t.Kind {
	case types.Bool, types.Int, types.Float, types.String, types.Bytes, types.Time, types.Duration, types.Enum, types.JSON:
		return true
	case types.Decimal:
		return !asks // which Go would write as a text
	case types.List, types.Optional:
		return asJSON(t.Elem, asks)
	case types.Map:
		return (t.Key.Kind == types.String || t.Key.Kind == types.Int || t.Key.Kind == types.Enum) && asJSON(t.Elem, asks)
	case types.Record:
		return !slices.ContainsFunc(t.Fields, func(f types.Field) bool { return !asJSON(f.Type, asks) })
	}
	return false
}
