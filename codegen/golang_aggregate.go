package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// aggregate writes that a user's aggregate goes over lists, parameters p0, p1 and so on: each item of theirs is added. It returns the call of Result. Err ends the
// function, given code for an error; why does, given code for a reason.
func (g *generator) aggregate(f *ir.Func, err func(*jen.Statement) []jen.Code, why func(jen.Code) []jen.Code) (before []jen.Code, call jen.Code) {
	a := f.Go.Aggregate
	typ := jen.Qual(f.Go.Pkg, f.Go.Name)
	if len(a.TypeArgs) > 0 {
		var args []jen.Code
		for _, t := range a.TypeArgs {
			args = append(args, g.userType(t))
		}
		typ = typ.Types(args...)
	}
	before = append(before, jen.Var().Id("all").Add(typ))
	var lists []int
	for i, field := range a.Fields {
		if field == "" {
			lists = append(lists, i)
			continue
		}
		before = append(before, jen.Id("all").Dot(field).Op("=").Add(g.toGo(f.Go.Params[i], jen.Id("p"+strconv.Itoa(i)), true)))
	}
	first := jen.Id("p0")
	for _, i := range lists[1:] {
		other := jen.Id("p" + strconv.Itoa(i))
		before = append(before, jen.If(jen.Len(first).Op("!=").Len(other)).Block(
			why(jen.Qual(pkgTask, "Uneven").Call(jen.Lit(f.Name), jen.Lit(f.Params[0].Name), jen.Len(first), jen.Lit(f.Params[i].Name), jen.Len(other)))...))
	}
	index, items := jen.Id("_"), []jen.Code{g.toGo(f.Go.Params[0], jen.Id("item"), true)}
	for _, i := range lists[1:] {
		index = jen.Id("i")
		items = append(items, g.toGo(f.Go.Params[i], jen.Id("p"+strconv.Itoa(i)).Index(jen.Id("i")), true))
	}
	add := jen.Id("all").Dot("Add").Call(items...)
	if a.AddFails {
		add = jen.If(jen.Err().Op(":=").Add(add), jen.Err().Op("!=").Nil()).Block(err(jen.Err())...)
	}
	before = append(before, jen.For(jen.List(index, jen.Id("item")).Op(":=").Range().Add(first)).Block(add))
	return before, jen.Id("all").Dot("Result").Call()
}
