package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// ordered lowers what is read of a list that is ordered by time.
func (f *fn) ordered(e *ir.Ordered) val {
	rows := f.expr(e.X).code
	at := f.expr(e.I).code
	rec := f.g.recordOf(e.X.Type().Elem)
	switch e.Op {
	case ir.UpTo:
		of := jen.Func().Params(jen.Id("r").Op("*").Id(rec.goName)).Int64().Block(jen.Return(jen.Id("r").Dot(rec.goOf[e.Name])))
		return computed(jen.Qual(pkgTask, "UpTo").Call(rows, at, of))
	case ir.Nth:
		return computed(jen.Add(rows).Index(at))
	}
	panic("codegen: a list by time is changed where it is read")
}

// assignOrdered changes such a list. What may be taken back changes flags only: rows are put and cut where nothing fails any more.
func (f *fn) assignOrdered(e *ir.Ordered) {
	rows := f.expr(e.X).code
	at := f.once(f.expr(e.I))
	rec := f.g.recordOf(e.X.Type().Elem)
	switch e.Op {
	case ir.Put:
		item := f.g.clone(e.Item.Type(), f.expr(e.Item).code)
		f.add(jen.Add(rows).Op("=").Qual(pkgTask, "Put").Call(rows, at, item))
	case ir.Cut:
		f.add(jen.Add(rows).Op("=").Qual(pkgTask, "Cut").Call(rows, at))
	case ir.Check:
		flag := jen.Add(rows).Index(at).Dot(rec.goOf[e.Name])
		if f.undo != nil {
			list, i := f.temp("list"), f.temp("at")
			f.add(jen.List(jen.Id(list), jen.Id(i)).Op(":=").List(rows, at))
			flag = jen.Id(list).Index(jen.Id(i)).Dot(rec.goOf[e.Name])
			f.add(jen.If(jen.Op("!").Add(flag)).Block(f.block(func() {
				f.undo(jen.Add(flag).Op("=").False())
				f.add(jen.Add(flag).Op("=").True())
			})...))
			return
		}
		f.add(jen.Add(flag).Op("=").True())
	}
}
