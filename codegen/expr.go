package codegen

import (
	"fmt"
	"math"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/runtime/value"
)

// expr lowers an expression to code for its value; an optional's value is an arena.Option.
func (f *fn) expr(e ir.Expr) val {
	switch e := e.(type) {
	case *ir.Const:
		if d, ok := e.Value.(value.Decimal); ok {
			return simple(jen.Id(f.g.decimalConst(d)))
		}
		return simple(f.g.constant(e))
	case *ir.ParamRef:
		return simple(f.paramOf().Dot(f.g.paramField(e.Param)))
	case *ir.LocalRef:
		return simple(jen.Id(localName(e.Local)))
	case *ir.FieldRef:
		return f.fieldOf(e.Input, e.Index)
	case *ir.StateRef:
		return f.stateOf(e.State)
	case *ir.RecordField:
		x := f.expr(e.X)
		return val{jen.Add(x.code).Dot(f.g.recordOf(e.X.Type()).goOf[e.Name]), x.simple}
	case *ir.Unary:
		return f.unary(e)
	case *ir.Binary:
		return f.binary(e)
	case *ir.Convert:
		if e.T.Kind != types.Optional {
			return computed(jen.Float64().Call(f.expr(e.X).code))
		}
	case *ir.Match:
		return f.match(e)
	case *ir.Default:
		if e.T.Kind != types.Optional {
			return f.orElse(e)
		}
	case *ir.Must:
		o := f.opt(e.X)
		var called *ir.Func
		if call, ok := e.X.(*ir.FuncCall); ok {
			called = call.Func
		}
		f.mayPass(called, func() {
			f.lasting = o.lasting
			f.failUnless(o.ok, e.Span, o.why)
			f.lasting = nil
		})
		return simple(o.v)
	case *ir.Interp:
		return f.interp(e)
	case *ir.ListLit:
		items := make([]jen.Code, len(e.Items))
		for i, item := range e.Items {
			items[i] = f.owned(item)
		}
		return computed(jen.Add(f.g.goType(e.T)).Values(items...))
	case *ir.Ordered:
		return f.ordered(e)
	case *ir.MapLit:
		m := f.temp("tmp")
		f.add(jen.Id(m).Op(":=").Make(f.g.goType(e.T), jen.Lit(len(e.Keys))))
		for i := range e.Keys {
			k := f.expr(e.Keys[i]).code
			f.add(jen.Id(m).Index(k).Op("=").Add(f.owned(e.Values[i])))
		}
		return simple(jen.Id(m))
	case *ir.RecordLit:
		r := f.g.recordOf(e.T)
		values := jen.Dict{}
		for i, field := range e.T.Fields {
			values[jen.Id(r.goOf[field.Name])] = f.owned(e.Values[i])
		}
		return computed(jen.Id(r.goName).Values(values))
	case *ir.FuncCall:
		if f.g.own[e.Func] != nil {
			return f.ownCall(e)
		}
		if e.T.Kind != types.Optional {
			return f.call(e)
		}
	}
	// What is left is optional.
	o := f.opt(e)
	if _, made := o.why.(costly); made {
		name := f.temp("opt")
		f.add(jen.Id(name).Op(":=").Add(f.g.goType(e.Type())).Values(jen.Dict{jen.Id("V"): o.v, jen.Id("OK"): o.ok}),
			jen.If(jen.Op("!").Add(o.ok)).Block(jen.Id(name).Dot("Why").Op("=").Add(o.why)))
		return simple(jen.Id(name))
	}
	return computed(jen.Add(f.g.goType(e.Type())).Values(jen.Dict{
		jen.Id("V"): o.v, jen.Id("OK"): o.ok, jen.Id("Why"): o.why,
	}))
}

// constant is a Go literal of a constant's value.
func (g *generator) constant(c *ir.Const) jen.Code {
	switch v := c.Value.(type) {
	case ir.EnumValue:
		return g.enumConst(c.T, v)
	case ir.Regex:
		return g.regex(v)
	case int64:
		return jen.Int64().Call(jen.Lit(int(v)))
	case time.Duration:
		return jen.Qual("time", "Duration").Call(jen.Lit(int(v)))
	case time.Time:
		return jen.Qual("time", "Unix").Call(jen.Lit(int(v.Unix())), jen.Lit(v.Nanosecond())).Dot("UTC").Call()
	case value.Decimal:
		return jen.Qual(pkgValue, "MustDecimal").Call(jen.Lit(string(value.AppendDecimal(nil, v))))
	case []byte:
		return jen.Index().Byte().Call(jen.Lit(string(v)))
	case float64:
		// Go's constants know no zero below zero, no infinity, and nothing that is not a number.
		switch {
		case v == 0 && math.Signbit(v):
			return jen.Qual("math", "Copysign").Call(jen.Lit(0.0), jen.Lit(-1.0))
		case math.IsInf(v, 0), math.IsNaN(v):
			return jen.Qual("math", "Float64frombits").Call(jen.Lit(math.Float64bits(v)))
		}
		return jen.Lit(v)
	case bool, string:
		return jen.Lit(v)
	}
	panic(fmt.Sprintf("codegen: constant of type %T: the checker let it through", c.Value))
}

// call lowers a call of a library function or a builtin whose result is not optional.
func (f *fn) call(e *ir.FuncCall) val {
	if e.Func.Builtin != "" {
		return f.builtin(e)
	}
	if l := argument(e); l != nil && f.changed[l] == e.Func {
		return simple(jen.Id(localName(l)))
	}
	call, after := f.goCall(e)
	out := computed(call)
	if e.Func.TakesContext {
		out = simple(f.once(out))
		after("")
	}
	if e.Func.GoRecord != nil {
		return computed(f.g.fromGo(e.Func.GoRecord, f.once(out), true))
	}
	return out
}

// goCall is code for the call of a function's Go implementation, and writes what follows it, given the name of its error.
func (f *fn) goCall(e *ir.FuncCall) (call jen.Code, after func(err string)) {
	var args []jen.Code
	if e.Func.TakesArena {
		args = append(args, jen.Op("&").Add(f.arenaOf()))
	}
	for _, a := range e.Args {
		args = append(args, f.expr(a).code)
	}
	ctx, after := f.inTime(e)
	if ctx != nil {
		args = append([]jen.Code{ctx}, args...)
	}
	return jen.Qual(e.Func.GoPkg, e.Func.GoName).Call(args...), after
}

// builtin lowers a function that has no one Go type.
func (f *fn) builtin(e *ir.FuncCall) val {
	if e.Func.Builtin == "sorted" {
		return f.sorted(e)
	}
	args := make([]jen.Code, len(e.Args))
	for i, a := range e.Args {
		v := f.expr(a)
		if e.Func.Builtin == "string" || e.Func.Builtin == "to_json" || e.Func.Builtin == "min" || e.Func.Builtin == "max" {
			args[i] = f.once(v)
		} else {
			args[i] = v.code
		}
	}
	t := e.Args
	switch e.Func.Builtin {
	case "len":
		return computed(jen.Int64().Call(jen.Len(args[0])))
	case "int":
		return computed(jen.Int64().Call(args[0]))
	case "float":
		if t[0].Type().Kind == types.Decimal {
			return computed(jen.Qual(pkgValue, "DecimalFloat").Call(args[0]))
		}
		return computed(jen.Float64().Call(args[0]))
	case "decimal":
		return computed(jen.Qual(pkgValue, "IntDecimal").Call(args[0]))
	case "round":
		return f.round(t[0].Type(), args)
	case "now":
		return computed(f.nowOf())
	case "to_json":
		return f.toJSON(t[0].Type(), args[0])
	case "abs":
		if t[0].Type().Kind == types.Int {
			return f.checked(jen.Qual(pkgValue, "Abs").Call(args[0]), e.Span, jen.Lit("the absolute value of the least int does not fit an int"))
		}
		if k := t[0].Type().Kind; k == types.Duration || k == types.Decimal {
			return computed(jen.Add(args[0]).Dot("Abs").Call())
		}
		return computed(jen.Qual("math", "Abs").Call(args[0]))
	case "min", "max":
		if t[0].Type().Kind == types.Time {
			best := f.temp("tmp")
			f.add(jen.Id(best).Op(":=").Add(args[0]))
			method := map[string]string{"min": "Before", "max": "After"}[e.Func.Builtin]
			for _, a := range args[1:] {
				f.add(jen.If(jen.Add(a).Dot(method).Call(jen.Id(best))).Block(jen.Id(best).Op("=").Add(a)))
			}
			return simple(jen.Id(best))
		}
		if t[0].Type().Kind == types.Decimal {
			best := args[0]
			for _, a := range args[1:] {
				best = jen.Add(best).Dot(map[string]string{"min": "Min", "max": "Max"}[e.Func.Builtin]).Call(a)
			}
			return computed(best)
		}
		return computed(jen.Id(e.Func.Builtin).Call(args...))
	case "string":
		if t[0].Type().Kind == types.String {
			return val{args[0], true}
		}
		if t[0].Type().Kind == types.Enum {
			return computed(jen.Add(args[0]).Dot("String").Call())
		}
		return f.text(func(buf string) {
			f.add(jen.Id(buf).Op("=").Add(f.appendText(t[0].Type(), jen.Id(buf), args[0])))
		})
	}
	panic("codegen: unknown builtin " + e.Func.Builtin)
}

// text writes statements that append to a buffer of the arena, and returns the text made.
func (f *fn) text(write func(buf string)) val {
	buf, out := f.temp("buf"), f.temp("tmp")
	f.add(jen.Id(buf).Op(":=").Add(f.arenaOf().Dot("Bytes").Call(jen.Lit(64))))
	write(buf)
	f.add(jen.Id(out).Op(":=").Add(f.arenaOf().Dot("Commit").Call(jen.Id(buf))))
	return simple(jen.Id(out))
}

// interp lowers "{a} and {b}".
func (f *fn) interp(e *ir.Interp) val {
	// The parts first: what they put before themselves may use the arena too.
	parts := make([]jen.Code, len(e.Parts))
	for i, p := range e.Parts {
		parts[i] = f.once(f.expr(p))
	}
	return f.text(func(buf string) {
		for i, p := range e.Parts {
			f.add(jen.Id(buf).Op("=").Add(f.appendText(p.Type(), jen.Id(buf), parts[i])))
		}
	})
}

// appendText is code for buf with a value appended as "{x}" shows it.
func (f *fn) appendText(t *types.Type, buf, v jen.Code) jen.Code {
	switch t.Kind {
	case types.String, types.Bytes:
		return jen.Append(buf, jen.Add(v).Op("..."))
	case types.Enum:
		return jen.Append(buf, jen.Add(v).Dot("String").Call().Op("..."))
	case types.Bool, types.Int, types.Float, types.Decimal, types.Time, types.Duration:
		return jen.Qual(pkgValue, map[types.Kind]string{
			types.Bool: "AppendBool", types.Int: "AppendInt", types.Float: "AppendFloat",
			types.Decimal: "AppendDecimal", types.Time: "AppendTime", types.Duration: "AppendDuration",
		}[t.Kind]).Call(buf, v)
	}
	return jen.Add(f.g.jsonFunc(t)).Call(buf, v)
}
