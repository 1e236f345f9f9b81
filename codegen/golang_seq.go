package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// forUserSeq ranges over what a user's Go function gives item by item. Its panics fail the tuple, as those of any function do.
func (f *fn) forUserSeq(s *ir.For, call *ir.FuncCall) {
	goFunc := call.Func.Go
	place := jen.Lit(f.g.place(call.Span))
	args := []jen.Code{jen.Qual(goFunc.Pkg, goFunc.Seq)}
	for i, a := range call.Args {
		arg := f.g.toGo(goFunc.Params[i], f.once(f.expr(a)), !goFunc.Borrows)
		if goFunc.SeqGeneric && goFunc.Params[i].Own {
			arg = jen.Parens(f.g.goType(a.Type())).Call(arg) // of which a number alone says too little
		}
		args = append(args, arg)
	}
	seq, fault, item, more := f.temp("seq"), f.temp("fault"), "_", f.temp("more")
	failed := func() jen.Code {
		return jen.If(jen.Id(fault).Op("!=").Nil()).Block(f.block(func() {
			f.failedIn(jen.Id(fault).Dot("Place"), jen.Id(fault).Dot("Why"))
		})...)
	}
	f.add(jen.List(jen.Id(seq), jen.Id(fault)).Op(":=").Qual(pkgTask, "Call"+strconv.Itoa(len(call.Args))).Call(append([]jen.Code{place}, args...)...))
	f.add(failed())
	if f.reads[s.Key] > 0 {
		item = localName(s.Key)
	}
	from := jen.Op("&").Id(seq)
	if goFunc.SeqPointer {
		from = jen.Id(seq)
	}
	f.add(jen.For().Block(f.block(func() {
		f.add(jen.List(jen.Id(item), jen.Id(more), jen.Id(fault)).Op(":=").Qual(pkgTask, "Next").Call(place, from))
		f.add(failed())
		f.add(jen.If(jen.Op("!").Id(more)).Block(jen.Break()))
		if t := call.T.Elem; goFunc.SeqGeneric && item != "_" && !ir.Whole(t) {
			f.add(jen.Id(item).Op("=").Add(f.g.whole(t, jen.Id(item))))
		}
		f.body(s.Body)
	})...))
}
