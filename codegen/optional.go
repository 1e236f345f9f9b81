package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// optional is an optional taken apart: v holds where ok, why is evaluated only where not. All are simple.
type optional struct {
	v, ok, why jen.Code
	lasting    jen.Code // of what a call gave: that it would fail again; nil where that is not known
}

// costly is a reason that takes a call: it is made only where there is no value.
type costly struct{ jen.Code }

// opt lowers an optional expression, without making an Option of it.
func (f *fn) opt(e ir.Expr) optional {
	elem := e.Type()
	if elem.Kind == types.Optional {
		elem = elem.Elem
	}
	switch e := e.(type) {
	case *ir.NoneConst:
		zero := f.temp("none")
		f.add(jen.Var().Id(zero).Add(f.g.goType(elem)))
		why := jen.Code(jen.Lit("none"))
		if e.Why != nil {
			why = f.once(f.expr(e.Why))
		}
		return optional{jen.Id(zero), jen.False(), why, nil}
	case *ir.Convert:
		return optional{f.once(f.expr(e.X)), jen.True(), jen.Lit(""), nil}
	case *ir.Index:
		return f.index(e)
	case *ir.Capture:
		return f.capture(e)
	case *ir.FuncCall:
		if f.g.own[e.Func] == nil {
			return f.optCall(e)
		}
	case *ir.OptField:
		o := f.opt(e.X)
		r := f.g.recordOf(e.X.Type().Elem)
		v := jen.Add(o.v).Dot(r.goOf[e.Name])
		if field := e.X.Type().Elem.Field(e.Name); field != nil && field.Kind == types.Optional {
			// none where the record is, and where its field is.
			name := f.temp("opt")
			f.add(jen.Id(name).Op(":=").Add(v),
				jen.If(jen.Op("!").Add(o.ok)).Block(jen.Id(name).Op("=").Add(f.g.goType(field)).Values(jen.Dict{jen.Id("Why"): o.why})))
			return optional{jen.Id(name).Dot("V"), jen.Id(name).Dot("OK"), jen.Id(name).Dot("Why"), nil}
		}
		return optional{v, o.ok, o.why, o.lasting}
	case *ir.Default:
		// x ?? y with y optional too.
		o := f.opt(e.X)
		name := f.temp("opt")
		f.add(jen.Id(name).Op(":=").Add(f.g.goType(e.T)).Values(jen.Dict{jen.Id("V"): o.v, jen.Id("OK"): o.ok}))
		f.add(jen.If(jen.Op("!").Add(o.ok)).Block(f.block(func() {
			f.add(jen.Id(name).Op("=").Add(f.expr(e.Y).code))
		})...))
		return optional{jen.Id(name).Dot("V"), jen.Id(name).Dot("OK"), jen.Id(name).Dot("Why"), nil}
	}
	x := f.once(f.expr(e))
	return optional{jen.Add(x).Dot("V"), jen.Add(x).Dot("OK"), jen.Add(x).Dot("Why"), nil}
}

// index lowers list[i] and map[k].
func (f *fn) index(e *ir.Index) optional {
	if e.X.Type().Kind == types.JSON || e.X.Type().Kind == types.Optional {
		return f.jsonStep(e)
	}
	x := f.once(f.expr(e.X))
	i := f.once(f.expr(e.Index))
	v, ok := f.temp("tmp"), f.temp("ok")
	if e.X.Type().Kind == types.Map {
		f.add(jen.List(jen.Id(v), jen.Id(ok)).Op(":=").Add(x).Index(i))
		return f.flat(e.X.Type().Elem, optional{jen.Id(v), jen.Id(ok), jen.Lit("no such key in the map"), nil})
	}
	f.add(jen.List(jen.Id(v), jen.Id(ok)).Op(":=").Qual(pkgValue, "At").Call(x, i))
	return f.flat(e.X.Type().Elem, optional{jen.Id(v), jen.Id(ok), costly{jen.Qual(pkgValue, "NoItem").Call(i, jen.Len(x))}, nil})
}

// flat makes one optional of what may not be there and, where t is one, is itself an optional: the language has no T??.
func (f *fn) flat(t *types.Type, o optional) optional {
	if t.Kind != types.Optional {
		return o
	}
	name := f.temp("opt")
	f.add(jen.Id(name).Op(":=").Add(o.v),
		jen.If(jen.Op("!").Add(o.ok)).Block(jen.Id(name).Op("=").Add(f.g.goType(t)).Values(jen.Dict{jen.Id("Why"): o.why})))
	return optional{jen.Id(name).Dot("V"), jen.Id(name).Dot("OK"), jen.Id(name).Dot("Why"), nil}
}

// given is the type that a function's own `T?` result has before it may be missing: an optional, where T is bound to one.
func given(e *ir.FuncCall) *types.Type {
	r := e.Func.Result
	if r == nil || r.Kind != types.Optional || r.Elem.Kind != types.Var {
		return types.TInvalid
	}
	bound := map[string]*types.Type{}
	for i, p := range e.Func.Params {
		if i < len(e.Args) {
			p.Type.Unify(e.Args[i].Type(), bound)
		}
	}
	if t := bound[r.Elem.Name]; t != nil {
		return t
	}
	return types.TInvalid
}

// optCall lowers a function that may have no result: (T, error) in Go.
func (f *fn) optCall(e *ir.FuncCall) optional {
	if o, ok := f.jsonCall(e); ok {
		return o
	}
	v, err := f.temp("tmp"), f.temp("err")
	after := func(string) {}
	var call jen.Code
	switch arg := e.Args; e.Func.Builtin {
	case "enum":
		call = jen.Id(f.g.enumOf(e.T.Elem).parse).Call(f.expr(arg[0]).code)
	case "":
		call, after = f.goCall(e)
	case "int":
		if arg[0].Type().Kind == types.Float {
			f.add(jen.List(jen.Id(v), jen.Id(err)).Op(":=").Qual(pkgValue, "FloatToInt").Call(f.expr(arg[0]).code))
			return optional{jen.Id(v), jen.Id(err), jen.Lit("the number does not fit an int"), nil}
		}
		if arg[0].Type().Kind == types.Decimal {
			f.add(jen.List(jen.Id(v), jen.Id(err)).Op(":=").Qual(pkgValue, "DecimalInt").Call(f.expr(arg[0]).code))
			return optional{jen.Id(v), jen.Id(err), jen.Lit("the number does not fit an int"), nil}
		}
		call = jen.Qual(pkgValue, "ParseInt").Call(f.expr(arg[0]).code)
	case "bool":
		call = jen.Qual(pkgValue, "ParseBool").Call(f.expr(arg[0]).code)
	case "decimal":
		if arg[0].Type().Kind == types.Float {
			f.add(jen.List(jen.Id(v), jen.Id(err)).Op(":=").Qual(pkgValue, "FloatDecimal").Call(f.expr(arg[0]).code))
			return optional{jen.Id(v), jen.Id(err), jen.Lit("the number does not fit a decimal (19 digits)"), nil}
		}
		call = jen.Qual(pkgValue, "ParseDecimal").Call(f.expr(arg[0]).code)
	case "float":
		call = jen.Qual(pkgValue, "ParseFloat").Call(f.expr(arg[0]).code)
	default:
		panic("codegen: builtin " + e.Func.Builtin + " has no optional form")
	}
	f.add(jen.List(jen.Id(v), jen.Id(err)).Op(":=").Add(call))
	after(err)
	if e.Func.GoRecord != nil {
		record := f.temp("tmp")
		f.add(jen.Id(record).Op(":=").Add(f.g.fromGo(e.Func.GoRecord, jen.Id(v), true)))
		v = record
	}
	var lasting jen.Code
	if ir.Passing(e.Func) {
		lasting = jen.Qual(pkgComponent, "IsPermanent").Call(jen.Id(err))
	}
	return f.flat(given(e), optional{jen.Id(v), jen.Parens(jen.Id(err).Op("==").Nil()), costly{jen.Qual(pkgValue, "Why").Call(jen.Id(err))}, lasting})
}

// orElse lowers x ?? y for a y that is not optional: y is evaluated only where x is none.
func (f *fn) orElse(e *ir.Default) val {
	o := f.opt(e.X)
	name := f.temp("tmp")
	f.add(jen.Id(name).Op(":=").Add(o.v))
	f.add(jen.If(jen.Op("!").Add(o.ok)).Block(f.block(func() {
		f.add(jen.Id(name).Op("=").Add(f.expr(e.Y).code))
	})...))
	return simple(jen.Id(name))
}
