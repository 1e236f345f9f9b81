package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"
)

// fields writes the struct's fields.
func (b *boltGen) fields(s *jen.Group) {
	s.Qual(pkgTask, "Bolt")
	if b.failer {
		s.Id("failer").Qual(pkgEngine, "Failer")
	}
	if len(b.failings) > 0 {
		s.Id("tuple").Index().Byte().Comment("// the last that failed")
	}
	if b.param {
		s.Id("param").Op("*").Id(b.g.top("params"))
	}
	if b.now {
		s.Id("now").Func().Params().Qual("time", "Time")
	}
	if b.scratch {
		s.Id("scratch").Qual(pkgArena, "Arena")
	}
	if b.limit {
		s.Id("limit").Op("*").Qual(pkgTask, "Limit").Comment("// of its calls to the outside")
	}
	b.timerFields(s)
	if b.retry {
		s.Id("retry").Op("*").Qual(pkgTask, "Retry")
	}
	b.ttl.fields(s)
	b.epochs.fields(s)
	b.stored.fields(s)
	b.keyed.field(b, s)
	for _, in := range b.comp.Inputs {
		if w := b.g.bunched[in]; w != nil {
			w.write(s)
		}
	}
	b.own.field(s)
	for _, g := range b.gatherList() {
		s.Id(g.member).Qual(pkgEngine, "Gather").Comment("// keys whose tuple waits to leave")
	}
	for _, o := range b.outs.list {
		s.Id(o.field).Op("*").Qual(pkgEngine, "Out").Types(jen.Id(o.row.goName))
		if o.combine != nil {
			o.combine.fields(s)
		}
		if o.next != "" {
			s.Id(o.next).Op("*").Id(b.g.boltName[o.edge.To])
		}
		if b.marks {
			s.Id(o.field+"Mark").Index().Qual(pkgTask, "Mark")
		}
	}
	if b.marks {
		s.Id("undo").Index().Func().Params()
	}
}

// gatherList is the gatherings in the order of the outputs.
func (b *boltGen) gatherList() []*gathering {
	var list []*gathering
	for _, s := range b.comp.Outputs {
		if g := b.gather[s]; g != nil {
			list = append(list, g)
		}
	}
	return list
}

// make is code that makes a task.
func (b *boltGen) make() []jen.Code {
	task := jen.Op("&").Id(b.goName).Values(b.literal())
	if b.stored != nil {
		start := b.g.startup(b.comp)
		backend := start.component(b.comp.Body.Store.Call)
		return append(start.stmts, jen.Id("t").Op(":=").Add(task), jen.Id("t").Dot("stored").Dot("Backend").Op("=").Add(backend), jen.Return(jen.Id("t")))
	}
	combines := slices.ContainsFunc(b.outs.list, func(o *output) bool { return o.combine != nil })
	if len(b.gather) == 0 && !combines && b.g.finders[b.comp] == "" {
		return []jen.Code{jen.Return(task)}
	}
	out := []jen.Code{jen.Id("t").Op(":=").Add(task)}
	for _, o := range b.outs.list {
		if c := o.combine; c != nil {
			out = append(out, jen.Id("t").Dot(c.gather).Dot("Move").Op("=").Id("t").Dot(c.move),
				jen.Id("t").Dot(c.gather).Dot("Moved").Op("=").Id("t").Dot(c.moved),
				jen.Id("t").Dot(o.field).Dot("Gather").Op("=").Op("&").Id("t").Dot(c.gather))
		}
	}
	for _, g := range b.gatherList() {
		out = append(out, jen.Id("t").Dot(g.member).Dot("Move").Op("=").Id("t").Dot(g.move))
		for _, o := range b.outs.of[g.stream] {
			out = append(out, jen.Id("t").Dot(o.field).Dot("Gather").Op("=").Op("&").Id("t").Dot(g.member))
		}
	}
	if b.g.finders[b.comp] != "" {
		out = append(out, jen.Id("edges").Dot(b.g.finders[b.comp]).Index(jen.Id("n")).Op("=").Id("t"))
	}
	return append(out, jen.Return(jen.Id("t")))
}

// literal is what a new task's fields are set to.
func (b *boltGen) literal() jen.Dict {
	d := jen.Dict{}
	if b.failer {
		d[jen.Id("failer")] = jen.Id("topology").Dot("Failer").Call()
	}
	if b.param {
		d[jen.Id("param")] = jen.Id("param")
	}
	b.outs.values(b.g, d)
	b.epochs.literal(d)
	return d
}
