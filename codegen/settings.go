package codegen

import (
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
	g.number(d, "BatchTuples", s.BatchTuples, s.BatchTuplesParam)
	g.number(d, "BatchAge", int64(s.BatchAge), s.BatchAgeParam)
	g.number(d, "Timeout", int64(s.Timeout), s.TimeoutParam)
	g.number(d, "Pending", s.Pending, s.PendingParam)
	g.number(d, "Attempts", int64(s.Attempts), s.AttemptsParam)
	if p := s.WorkersParam; p != nil {
		d[jen.Id("Workers")] = jen.Int().Call(jen.Id("param").Dot(g.paramField(p)))
	} else {
		g.number(d, "Workers", int64(s.Workers), nil)
	}
	b.Id("p").Dot("Settings").Op("=").Func().Params().Qual(pkgApp, "Settings").Block(
		jen.Return(jen.Qual(pkgApp, "Settings").Values(d)))
}

// number writes a setting's number, or the param that gives it; nothing where the header does not say it.
func (g *generator) number(d jen.Dict, name string, n int64, p *ir.Param) {
	switch {
	case p != nil:
		d[jen.Id(name)] = jen.Id("param").Dot(g.paramField(p))
	case n != 0:
		d[jen.Id(name)] = jen.Lit(int(n))
	}
}
