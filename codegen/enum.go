package codegen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// enumType is the Go type of an enum: a small int, its values counted in the order of the declaration.
type enumType struct {
	goName  string
	typ     *types.Type
	valueOf []string // the Go constants
	names   string   // the list of the values' names
	parse   string   // func(string) (T, error): the value of a name
	none    string   // the error where a name is none of them
}

// enumOf returns the Go type of an enum.
func (g *generator) enumOf(t *types.Type) *enumType {
	key := typeKey(t)
	if e := g.enums[key]; e != nil {
		return e
	}
	name := g.global.take(t.Name + "Enum")
	base := strings.TrimPrefix(name, g.global.prefix)
	e := &enumType{goName: name, typ: t, names: g.global.take(base + "Names"), parse: g.global.take("parse" + base), none: g.global.take("no" + base)}
	for _, v := range t.Values {
		e.valueOf = append(e.valueOf, g.global.take(base+"_"+v))
	}
	g.enums[key] = e
	g.enumList = append(g.enumList, e)
	return e
}

// enumKey writes an enum so that two are the same type where their names and values are.
func enumKey(t *types.Type) string { return t.Name + "{" + strings.Join(t.Values, " ") + "}" }

// enumConst is code for a value.
func (g *generator) enumConst(t *types.Type, v ir.EnumValue) jen.Code {
	return jen.Id(g.enumOf(t).valueOf[v.Index])
}

// write writes the type, its values, their names, and the function that reads a name.
func (e *enumType) write(f *jen.File) {
	number := jen.Uint8()
	if len(e.valueOf) > 256 {
		number = jen.Uint16()
	}
	f.Commentf("%s is enum %s.", e.goName, e.typ.Name)
	f.Type().Id(e.goName).Add(number)
	f.Const().DefsFunc(func(d *jen.Group) {
		for i, v := range e.valueOf {
			if i == 0 {
				d.Id(v).Id(e.goName).Op("=").Iota()
			} else {
				d.Id(v)
			}
		}
	})
	f.Var().Id(e.names).Op("=").Index().String().ValuesFunc(func(v *jen.Group) {
		for _, name := range e.typ.Values {
			v.Lit(name)
		}
	})
	f.Comment("String is the value's name.")
	f.Func().Params(jen.Id("v").Id(e.goName)).Id("String").Params().String().Block(jen.Return(jen.Id(e.names).Index(jen.Id("v"))))
	f.Func().Id(e.parse).Params(jen.Id("name").String()).Params(jen.Id(e.goName), jen.Error()).Block(
		jen.Switch(jen.Id("name")).BlockFunc(func(s *jen.Group) {
			for i, name := range e.typ.Values {
				s.Case(jen.Lit(name)).Block(jen.Return(jen.Id(e.valueOf[i]), jen.Nil()))
			}
		}),
		jen.Return(jen.Lit(0), jen.Id(e.none)))
	// Made once: a wrong name in every tuple of a stream costs no allocation.
	f.Var().Id(e.none).Op("=").Qual("errors", "New").Call(jen.Lit("not a " + e.typ.Name + ": " + few(e.typ.Values)))
	f.Line()
}

// few writes the names of a small enum, and how a large one begins.
func few(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", ..."
}

// named is code for the value of an enum that a field is, given as its name; the tuple fails where it names none.
func (f *fn) named(field types.Field, name jen.Code, span source.Span) jen.Code {
	v, err := f.temp("tmp"), f.temp("err")
	f.add(jen.List(jen.Id(v), jen.Id(err)).Op(":=").Id(f.g.enumOf(field.Type).parse).Call(name))
	f.failUnless(jen.Parens(jen.Id(err).Op("==").Nil()), span, jen.Lit("field "+field.Name+" is ").Op("+").Id(err).Dot("Error").Call())
	return jen.Id(v)
}
