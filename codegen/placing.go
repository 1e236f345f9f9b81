package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// placing writes what is known about where a component's tasks may run.
func (g *generator) placing(b *jen.Group, c *ir.Component) {
	d := jen.Dict{}
	p := c.Placing
	if p.Near != nil {
		d[jen.Id("Near")] = jen.Lit(p.Near.Name)
	}
	if p.Isolate {
		d[jen.Id("Isolate")] = jen.True()
	}
	if p.CPU > 0 {
		d[jen.Id("CPU")] = jen.Lit(p.CPU)
	}
	if p.Memory > 0 {
		d[jen.Id("Memory")] = jen.Lit(int(p.Memory))
	}
	if c.Call != nil && c.Call.Replayable {
		d[jen.Id("Replays")] = jen.True()
	}
	if keepsState(c) {
		d[jen.Id("Keeps")] = jen.True()
	}
	if c.Body != nil && c.Body.Store != nil && c.Body.Store.Mode != "plain" {
		d[jen.Id("Stores")] = jen.True()
	}
	place := jen.Qual(pkgEngine, "Place").Values(d)
	pkg, name := "", ""
	switch {
	case c.Go != nil:
		if !c.Go.Func {
			pkg, name = c.Go.Pkg, c.Go.Name
		}
	case c.Call != nil:
		pkg, name = c.Call.GoPkg, c.Call.GoType
	}
	switch {
	case name != "":
		place = jen.Qual(pkgTask, "Place").Call(jen.Parens(jen.Op("*").Qual(pkg, name)).Call(jen.Nil()), place)
	case len(d) == 0:
		return
	}
	b.Id("topology").Dot("Place").Call(jen.Lit(c.Name), place)
}

// keepsState reports whether what a component's tuples do stays in memory.
func keepsState(c *ir.Component) bool {
	return c.Body != nil && len(c.Body.States) > 0 && c.Body.Store == nil || c.Go != nil && (c.Go.Finish != nil || c.Go.Tick != nil)
}
