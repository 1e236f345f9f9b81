package codegen

import (
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// settings writes what the header says beside the guarantee, as the binary knows it when its params are set.
func (g *generator) settings(b *jen.Group) {
	s := g.prog.Settings
	if s == (ir.Settings{}) {
		return
	}
	d := jen.Dict{}
	number := func(name string, n int64, p *ir.Param, typ func(jen.Code) jen.Code) {
		switch {
		case p != nil:
			d[jen.Id(name)] = typ(jen.Id("param").Dot(g.paramField(p)))
		case n != 0:
			d[jen.Id(name)] = jen.Lit(int(n))
		}
	}
	duration := func(name string, value time.Duration, p *ir.Param) {
		number(name, int64(value), p, func(c jen.Code) jen.Code { return c })
	}
	number("BatchTuples", s.BatchTuples, s.BatchTuplesParam, func(c jen.Code) jen.Code { return c })
	duration("BatchAge", s.BatchAge, s.BatchAgeParam)
	duration("Timeout", s.Timeout, s.TimeoutParam)
	number("Pending", s.Pending, s.PendingParam, func(c jen.Code) jen.Code { return c })
	number("Workers", int64(s.Workers), s.WorkersParam, func(c jen.Code) jen.Code { return jen.Int().Call(c) })
	b.Id("p").Dot("Settings").Op("=").Func().Params().Qual(pkgApp, "Settings").Block(
		jen.Return(jen.Qual(pkgApp, "Settings").Values(d)))
}
