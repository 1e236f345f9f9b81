package codegen

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// What a user's Go code is handed is its own: text that lives on, lists and maps that it may keep and change. What it
// gives is taken the same way. Values are converted by code that is written for their types; nothing is looked up when it runs.

// userPackage is a Go package of a user's, and what it is called in the generated code: never what something of ours is.
type userPackage struct{ path, alias string }

// aliasOf is the end of a package's path as a name may end.
func aliasOf(pkg string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, path.Base(pkg))
}

// nameUserPackages names the packages that the program calls, in the order in which it does.
func (g *generator) nameUserPackages() {
	seen := map[string]bool{}
	add := func(pkg string) {
		if pkg == "" || seen[pkg] {
			return
		}
		seen[pkg] = true
		g.userPackages = append(g.userPackages, userPackage{pkg, g.global.take("go_" + aliasOf(pkg))})
	}
	var types func(t *ir.GoType)
	types = func(t *ir.GoType) {
		if t == nil || t.Pkg == "time" && t.Own {
			return
		}
		add(t.Pkg)
		types(t.Key)
		types(t.Elem)
		for _, f := range t.Fields {
			types(f.Type)
		}
	}
	for _, c := range g.prog.Components {
		if c.Call != nil && !c.Call.Standard {
			add(c.Call.GoPkg)
			for _, a := range c.Call.Args {
				types(a.Type)
			}
		}
		if c.Go == nil {
			continue
		}
		add(c.Go.Pkg)
		types(c.Go.Rows)
		for _, a := range c.Go.Args {
			types(a.Type)
		}
		for _, call := range append([]*ir.GoCall{c.Go.Finish, c.Go.Tick}, c.Go.Calls...) {
			if call == nil {
				continue
			}
			types(call.Takes)
			for _, e := range call.Emits {
				types(e.Row)
			}
		}
	}
	for _, e := range g.prog.Edges {
		if e.Go != nil {
			add(e.Go.Pkg)
			types(e.Go.Takes)
		}
	}
	for _, f := range g.prog.Funcs {
		if f.Go != nil {
			add(f.Go.Pkg)
			types(f.Go.Result)
			for _, p := range f.Go.Params {
				types(p)
			}
		}
	}
}

// userType is code for the Go type that a value has in a user's code.
func (g *generator) userType(t *ir.GoType) *jen.Statement {
	switch {
	case t.Pkg != "":
		return jen.Qual(t.Pkg, t.Name)
	case t.Own, t.Var:
		return g.goType(t.Type)
	case t.Name != "":
		return jen.Id(t.Name)
	}
	switch t.Type.Kind {
	case types.Enum:
		return jen.String()
	case types.List:
		return jen.Index().Add(g.userType(t.Elem))
	case types.Map:
		return jen.Map(g.userType(t.Key)).Add(g.userType(t.Elem))
	case types.Optional:
		return jen.Op("*").Add(g.userType(t.Elem))
	}
	return g.goType(t.Type)
}

// toGo is code for v, which is simple, as the user's code takes it. Where keep is set it is a copy that lives on.
func (g *generator) toGo(t *ir.GoType, v jen.Code, keep bool) jen.Code {
	own := v
	if keep {
		own = g.clone(t.Type, v)
	}
	if t.Own {
		return own
	}
	var out jen.Code
	switch t.Type.Kind {
	case types.Enum:
		name := jen.Add(v).Dot("String").Call()
		if t.Name != "" {
			return g.userType(t).Parens(name)
		}
		return name
	case types.JSON:
		return g.userType(t).Parens(jen.Qual(pkgJSON, "Text").Call(v)) // a copy, kept or not
	case types.List:
		if t.Elem.Own {
			return g.userType(t).Parens(own)
		}
		out = jen.Qual(pkgValue, "ConvertList").Call(v, g.toGoFunc(t.Elem, keep))
	case types.Map:
		if t.Key.Own && t.Elem.Own {
			return g.userType(t).Parens(own)
		}
		out = jen.Qual(pkgValue, "ConvertMap").Call(v, g.toGoFunc(t.Key, keep), g.toGoFunc(t.Elem, keep))
	case types.Optional:
		return jen.Qual(pkgValue, "ToPointer").Call(v, g.toGoFunc(t.Elem, keep))
	case types.Record:
		r := g.recordOf(t.Type)
		return g.userType(t).Values(g.structOf(t, keep, func(i int) jen.Code {
			return jen.Add(v).Dot(r.goOf[t.Type.Fields[i].Name])
		}))
	default:
		return g.userType(t).Parens(own)
	}
	if t.Name != "" {
		out = g.userType(t).Parens(out)
	}
	return out
}

// structOf is the fields of a user's struct, given code for the value of each field of a record or tuple.
func (g *generator) structOf(t *ir.GoType, keep bool, value func(i int) jen.Code) jen.Dict {
	d := jen.Dict{}
	for _, f := range t.Fields {
		d[jen.Id(f.Name)] = g.toGo(f.Type, value(f.Index), keep)
	}
	return d
}

func (g *generator) toGoFunc(t *ir.GoType, keep bool) jen.Code {
	return jen.Func().Params(jen.Id("v").Add(g.goType(t.Type))).Add(g.userType(t)).Block(jen.Return(g.toGo(t, jen.Id("v"), keep)))
}

// fromGo is code for v, which is simple and came from the user's code, as a value of the language. Where share is set, lists and
// maps may be the user's: they are copied before anything else happens.
func (g *generator) fromGo(t *ir.GoType, v jen.Code, share bool) jen.Code {
	if t.Own {
		if share || !isContainer(t.Type) {
			return v
		}
		return g.clone(t.Type, v)
	}
	if t.Var {
		return g.fromGo(&ir.GoType{Type: t.Type, Own: true}, g.whole(t.Type, v), share)
	}
	switch t.Type.Kind {
	case types.Enum:
		return jen.Qual(pkgTask, "Named").Call(jen.Id(g.enumOf(t.Type).parse).Call(enumName(t, v))) // who calls it recovers
	case types.JSON:
		return jen.Qual(pkgJSON, "FromRaw").Call(v)
	case types.Decimal:
		return jen.Add(v).Dot("Trim").Call(jen.Lit(0))
	case types.Time:
		return jen.Add(v).Dot("Round").Call(jen.Lit(0)).Dot("UTC").Call()
	case types.List:
		if t.Elem.Own {
			return g.fromGo(&ir.GoType{Type: t.Type, Own: true}, g.goType(t.Type).Parens(v), share)
		}
		return jen.Qual(pkgValue, "ConvertList").Call(v, g.fromGoFunc(t.Elem, share))
	case types.Map:
		if t.Key.Own && t.Elem.Own {
			m := g.fromGo(&ir.GoType{Type: t.Type, Own: true}, g.goType(t.Type).Parens(v), share)
			return jen.Qual(pkgValue, "Made").Call(m)
		}
		return jen.Qual(pkgValue, "ConvertMap").Call(v, g.fromGoFunc(t.Key, share), g.fromGoFunc(t.Elem, share))
	case types.Optional:
		return jen.Qual(pkgValue, "FromPointer").Call(v, g.fromGoFunc(t.Elem, share))
	case types.Record:
		r := g.recordOf(t.Type)
		d := jen.Dict{}
		for _, f := range t.Fields {
			d[jen.Id(r.goOf[t.Type.Fields[f.Index].Name])] = g.fromGo(f.Type, jen.Add(v).Dot(f.Name), share)
		}
		return jen.Id(r.goName).Values(d)
	case types.Bytes:
		return g.fromGo(&ir.GoType{Type: t.Type, Own: true}, g.goType(t.Type).Parens(v), share)
	}
	return g.goType(t.Type).Parens(v)
}

// enumName is code for the name of an enum's value as a string, of v, which came from the user's code.
func enumName(t *ir.GoType, v jen.Code) jen.Code {
	if t.Name != "" {
		return jen.String().Parens(v)
	}
	return v
}

// holdsEnum reports that a value of t has one of an enum in it: what Go gives for it may be none.
func holdsEnum(t *types.Type) bool {
	switch t.Kind {
	case types.Enum:
		return true
	case types.List, types.Optional:
		return holdsEnum(t.Elem)
	case types.Map:
		return holdsEnum(t.Key) || holdsEnum(t.Elem)
	case types.Record:
		return slices.ContainsFunc(t.Fields, func(f types.Field) bool { return holdsEnum(f.Type) })
	}
	return false
}

// taken is code for a field of a row that the user's code gave, and that goes into a tuple; what is none of its type fails that.
func (f *fn) taken(field types.Field, goType *ir.GoType, v jen.Code, span source.Span) val {
	switch {
	case field.Type.Kind == types.Time:
		return f.checked(jen.Qual(pkgValue, "Nanos").Call(v), span, jen.Lit("a tuple carries times from the years 1678 to 2262 only"))
	case field.Type.Kind == types.Enum:
		return simple(f.named(field, enumName(goType, v), span))
	case holdsEnum(field.Type):
		made, err := f.temp("tmp"), f.temp("err")
		f.add(jen.List(jen.Id(made), jen.Id(err)).Op(":=").Func().Params().Params(jen.Id("made").Add(f.g.goType(field.Type)), jen.Id("err").Error()).Block(
			jen.Defer().Qual(pkgTask, "CaughtError").Call(jen.Op("&").Id("err")),
			jen.Return(f.g.fromGo(goType, v, true), jen.Nil())).Call())
		f.failUnless(jen.Parens(jen.Id(err).Op("==").Nil()), span, jen.Lit("field "+field.Name+": ").Op("+").Id(err).Dot("Error").Call())
		return simple(jen.Id(made))
	}
	out := computed(f.g.fromGo(goType, v, true))
	out.simple = out.simple || goType.Own
	return out
}

func (g *generator) fromGoFunc(t *ir.GoType, share bool) jen.Code {
	return jen.Func().Params(jen.Id("v").Add(g.userType(t))).Add(g.goType(t.Type)).Block(jen.Return(g.fromGo(t, jen.Id("v"), share)))
}

// goFunc writes the function that calls a user's Go function: it converts, and turns its errors and panics into failures of the tuple.
func (g *generator) goFunc(file *jen.File, f *ir.Func, o *ownFunc) {
	var params, args, again []jen.Code // of the function, of the call, and of one that is made in a goroutine
	var kept []jen.Code
	ctx := f.Go.Context
	if ctx && o.limit {
		args = append(args, jen.Id("ctx"))
	} else if ctx {
		args = append(args, jen.Qual("context", "Background").Call())
	}
	if f.Go.Borrows {
		params = append(params, jen.Id("scratch").Op("*").Qual(pkgArena, "Arena"))
		args = append(args, jen.Id("scratch"))
		again = append(again, jen.New(jen.Qual(pkgArena, "Arena")))
	}
	if o.limit {
		params = append(params, jen.Id("limit").Op("*").Qual(pkgTask, "Limit"))
		again = append(again, jen.Nil())
	}
	for i, p := range f.Go.Params {
		name := "p" + strconv.Itoa(i)
		typ := f.Params[i].Type
		params = append(params, jen.Id(name).Add(g.goType(typ)))
		if f.Go.Aggregate == nil {
			args = append(args, g.toGo(p, jen.Id(name), !f.Go.Borrows))
		}
		again = append(again, jen.Id(name))
		if holdsText(typ) || isContainer(typ) {
			kept = append(kept, jen.Id(name).Op("=").Add(g.clone(typ, jen.Id(name))))
		}
	}
	place := g.place(f.Span)
	fault := func(why jen.Code, more jen.Dict) jen.Code {
		d := jen.Dict{jen.Id("Place"): jen.Lit(place), jen.Id("Why"): why}
		for k, v := range more {
			d[k] = v
		}
		return jen.Return(jen.Id("result"), jen.Op("&").Qual(pkgValue, "Fault").Values(d))
	}
	none := func(why jen.Code) []jen.Code {
		return []jen.Code{jen.Id("result").Dot("Why").Op("=").Add(why), jen.Return(jen.Id("result"), jen.Nil())}
	}
	var call jen.Code = jen.Qual(f.Go.Pkg, f.Go.Name).Call(args...)
	optional := f.Result.Kind == types.Optional && !f.Go.Result.Pointer
	value := func() jen.Code {
		v := g.fromGo(f.Go.Result, jen.Id("v"), false)
		if optional {
			v = g.goType(f.Result).Values(jen.Dict{jen.Id("V"): v, jen.Id("OK"): jen.True()})
		}
		return jen.Return(v, jen.Nil())
	}
	failed := func(err *jen.Statement, more jen.Dict) []jen.Code {
		if f.Result.Kind == types.Optional {
			return none(err.Dot("Error").Call())
		}
		return []jen.Code{fault(err.Dot("Error").Call(), more)}
	}
	var body []jen.Code
	if o.limit && !ctx {
		// It has no way to be told that time is over: it is called in a goroutine, with values that live on, and left behind if need be.
		answer := func() *jen.Statement { return jen.Qual(pkgTask, "Answer").Types(g.goType(f.Result)) }
		body = append(body, jen.If(jen.Id("limit").Op("!=").Nil()).Block(append(kept,
			jen.List(jen.Id("answer"), jen.Id("late")).Op(":=").Qual(pkgTask, "Within").Call(jen.Id("limit"), jen.Lit(f.Name), jen.Func().Params().Params(jen.Id("a").Add(answer())).Block(
				jen.List(jen.Id("a").Dot("Result"), jen.Id("a").Dot("Fault")).Op("=").Id(o.goName).Call(again...),
				jen.Return(jen.Id("a")))),
			jen.If(jen.Id("late").Op("!=").Nil()).Block(failed(jen.Id("late"), nil)...),
			jen.Return(jen.Id("answer").Dot("Result"), jen.Id("answer").Dot("Fault")))...))
	}
	body = append(body, jen.Defer().Qual(pkgTask, "Caught").Call(jen.Op("&").Id("fault"), jen.Lit(place)))
	if ctx && o.limit {
		body = append(body, jen.List(jen.Id("ctx"), jen.Id("cancel")).Op(":=").Id("limit").Dot("Context").Call(), jen.Defer().Id("cancel").Call())
	}
	var lasting jen.Dict
	if ir.Passing(f) {
		lasting = jen.Dict{jen.Id("Permanent"): jen.Qual(pkgComponent, "IsPermanent").Call(jen.Err())}
	}
	if f.Go.Aggregate != nil {
		var before []jen.Code
		before, call = g.aggregate(f, func(err *jen.Statement) []jen.Code { return failed(err, lasting) }, func(why jen.Code) []jen.Code {
			if f.Result.Kind == types.Optional {
				return none(why)
			}
			return []jen.Code{fault(why, nil)}
		})
		body = append(body, before...)
	}
	switch f.Go.Second {
	case "":
		body = append(body, jen.Id("v").Op(":=").Add(call))
	case "error":
		body = append(body, jen.List(jen.Id("v"), jen.Err()).Op(":=").Add(call))
		if ctx && o.limit {
			body = append(body, jen.Err().Op("=").Id("limit").Dot("Ended").Call(jen.Id("ctx"), jen.Id("cancel"), jen.Err()))
		}
		body = append(body, jen.If(jen.Err().Op("!=").Nil()).Block(failed(jen.Err(), lasting)...))
	case "bool":
		body = append(body, jen.List(jen.Id("v"), jen.Id("ok")).Op(":=").Add(call),
			jen.If(jen.Op("!").Id("ok")).Block(none(jen.Lit(f.Name+" has none"))...))
	}
	file.Commentf("%s calls Go for function %s (%s).", o.goName, f.Name, cleanPlace(place))
	file.Func().Id(o.goName).Params(params...).
		Params(jen.Id("result").Add(g.goType(f.Result)), jen.Id("fault").Op("*").Qual(pkgValue, "Fault")).
		Block(append(body, value())...)
	file.Line()
}

// choose computes the task of a tuple on each edge where a user's Go function names it, before the tuple goes anywhere: it can fail.
func (f *fn) choose(outs []*output, s *ir.Stream, args []jen.Code) {
	f.chosen = map[*ir.Edge]jen.Code{}
	for _, o := range outs {
		if o.edge.Go == nil {
			continue
		}
		n, fault := f.temp("task"), f.temp("fault")
		given := []jen.Code{jen.Len(jen.Id("t").Dot(o.field).Dot("Pending"))}
		for _, field := range o.edge.Go.Takes.Fields {
			v := args[field.Index]
			if s.Fields[field.Index].Type.Kind == types.Time {
				v = jen.Qual(pkgValue, "Time").Call(v)
			}
			given = append(given, v)
		}
		f.add(jen.List(jen.Id(n), jen.Id(fault)).Op(":=").Id(f.g.chooser(o.edge)).Call(given...))
		f.add(jen.If(jen.Id(fault).Op("!=").Nil()).Block(f.block(func() {
			f.failedIn(jen.Id(fault).Dot("Place"), jen.Id(fault).Dot("Why"))
		})...))
		f.chosen[o.edge] = jen.Id(n)
	}
}

// chooser is the name of the function that names the task of an edge's tuples.
func (g *generator) chooser(e *ir.Edge) string { return g.top("choose_" + g.edgeVar[e]) }

// choosers writes these functions; it reports whether there are any.
func (g *generator) choosers(file *jen.File) bool {
	found := false
	for _, e := range g.prog.Edges {
		if e.Go == nil {
			continue
		}
		found = true
		params := []jen.Code{jen.Id("tasks").Int()}
		values := jen.Dict{}
		for i, field := range e.Go.Takes.Fields {
			name := "p" + strconv.Itoa(i)
			params = append(params, jen.Id(name).Add(g.goType(field.Type.Type)))
			values[jen.Id(field.Name)] = g.toGo(field.Type, jen.Id(name), true)
		}
		place := jen.Lit(g.place(e.Span))
		file.Commentf("%s asks Go which task of %s gets a tuple of %s.", g.chooser(e), e.To.Name, e.Stream.FullName())
		file.Func().Id(g.chooser(e)).Params(params...).Params(jen.Id("task_").Int64(), jen.Id("fault").Op("*").Qual(pkgValue, "Fault")).Block(
			jen.Defer().Qual(pkgTask, "Caught").Call(jen.Op("&").Id("fault"), place),
			jen.Id("n").Op(":=").Int64().Call(jen.Qual(e.Go.Pkg, e.Go.Name).Call(g.userType(e.Go.Takes).Values(values), jen.Id("tasks"))),
			jen.If(jen.Id("n").Op("<").Lit(0).Op("||").Id("n").Op(">=").Int64().Call(jen.Id("tasks"))).Block(
				jen.Return(jen.Lit(0), jen.Op("&").Qual(pkgValue, "Fault").Values(jen.Dict{
					jen.Id("Place"): place, jen.Id("Why"): jen.Qual(pkgTask, "NoTask").Call(jen.Id("n"), jen.Lit(e.To.Name), jen.Id("tasks")),
				}))),
			jen.Return(jen.Id("n"), jen.Nil()))
		file.Line()
	}
	return found
}
