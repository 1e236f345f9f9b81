package codegen

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/runtime/value"
)

// main writes main.go: the params, and build, which registers edges and components with the engine.
func (g *generator) main(f *jen.File) {
	f.Func().Id("main").Params().Block(jen.Qual(pkgApp, "Main").Call(jen.Id("program").Call()))
	g.paramsType(f)
	g.params(f)
	f.Line()
	g.wiring(f)
}

// wiring writes the struct of edges, and the function that registers them and the components with the engine.
func (g *generator) wiring(f *jen.File) {
	f.Comment("edges are the streams on their way from component to component.")
	f.Type().Id(g.top("edges")).StructFunc(func(s *jen.Group) {
		for _, e := range g.prog.Edges {
			s.Id(g.edgeVar[e]).Op("*").Qual(pkgEngine, "Edge").Types(jen.Id(g.rowOf(e.Row()).goName))
		}
		for _, c := range g.prog.Components {
			if name := g.finders[c]; name != "" {
				s.Id(name).Map(jen.Int()).Op("*").Id(g.boltName[c]).Comment("// its tasks")
			}
		}
		g.tests.fields(s)
	})
	f.Comment("build registers everything with the engine.")
	build := f.Func().Id(g.top("build")).Params(jen.Id("topology").Op("*").Qual(pkgEngine, "Topology"), jen.Id("param").Op("*").Id(g.top("params")))
	if g.tests != nil {
		build.Op("*").Id(g.top("edges"))
	}
	build.BlockFunc(func(b *jen.Group) {
		b.Id("edges").Op(":=").Op("&").Id(g.top("edges")).ValuesFunc(func(v *jen.Group) {
			for _, e := range g.prog.Edges {
				v.Line().Id(g.edgeVar[e]).Op(":").Qual(pkgEngine, "Connect").Call(jen.Id("topology"), g.edgeSpec(e), jen.Id(g.rowOf(e.Row()).codecVar()))
			}
			for _, c := range g.prog.Components {
				if name := g.finders[c]; name != "" {
					v.Line().Id(name).Op(":").Map(jen.Int()).Op("*").Id(g.boltName[c]).Values()
				}
			}
			g.tests.values(v)
			v.Line()
		})
		for _, c := range g.prog.Components {
			if c.Kind == ir.Spout {
				b.Id("topology").Dot("Spout").Call(jen.Lit(c.Name), g.tasksOf(c),
					jen.Func().Params(jen.Id("n").Int()).Qual(pkgEngine, "SpoutTask").Block(append(g.embed.chosen(c),
						jen.Return(jen.Id(g.makers[c]).Call(jen.Id("topology"), jen.Id("param"), jen.Id("edges"), jen.Id("n"))))...))
				continue
			}
			made := func(maker string) jen.Code {
				return jen.Id(maker).Call(jen.Id("topology"), jen.Id("param"), jen.Id("edges"), jen.Id("n"))
			}
			b.Id("topology").Dot("Bolt").Call(jen.Lit(c.Name), g.tasksOf(c), jen.Lit(len(c.Inputs)),
				jen.Func().Params(jen.Id("n").Int()).Qual(pkgEngine, "Task").Block(append(append(g.tests.chosen(c, made), g.embed.chosen(c)...), jen.Return(made(g.makers[c])))...))
		}
		if g.tests == nil {
			for _, c := range g.prog.Components {
				g.placing(b, c)
			}
		}
		if g.tests != nil {
			b.Return(jen.Id("edges"))
		}
	})
}

// tasksOf is code for a component's number of tasks.
func (g *generator) tasksOf(c *ir.Component) jen.Code {
	if c.TasksParam != nil {
		return jen.Int().Call(jen.Id("param").Dot(g.paramField(c.TasksParam)))
	}
	return jen.Lit(c.Tasks)
}

func (g *generator) edgeSpec(e *ir.Edge) jen.Code {
	grouping := map[ir.GroupingKind]string{
		ir.ByShuffle: "Shuffle", ir.ByFields: "Fields", ir.ByAll: "All", ir.ByGlobal: "Global", ir.ByLocal: "Local",
		ir.ByPartial: "Partial", ir.ByDirect: "Direct", ir.ByGo: "Direct",
	}[e.Grouping]
	d := jen.Dict{
		jen.Id("From"):     jen.Lit(e.Stream.From.Name),
		jen.Id("To"):       jen.Lit(e.To.Name),
		jen.Id("Grouping"): jen.Qual(pkgEngine, grouping),
	}
	if e.Stream.Name != "" {
		d[jen.Id("Stream")] = jen.Lit(e.Stream.Name)
	}
	if e.Input.Index > 0 {
		d[jen.Id("Input")] = jen.Lit(e.Input.Index)
	}
	if e.Fused {
		d[jen.Id("Fused")] = jen.True()
	}
	if e.Loop != nil {
		d[jen.Id("Loop")] = jen.True()
		d[jen.Id("LoopMax")] = g.loopMax(e.Loop)
	}
	if len(e.Stream.Latest) > 0 && !e.InCycle || e.Combine != nil {
		d[jen.Id("Latest")] = jen.True()
	}
	if e.Stream.Failed || e.Stream.Name == "late" {
		d[jen.Id("Aside")] = jen.True()
	}
	if g.timed[e] {
		d[jen.Id("Timed")] = jen.True()
		if e.Stream.Time.Own {
			d[jen.Id("Times")] = g.times(e)
		} else if x := g.behind(e); x != nil {
			d[jen.Id("Behind")] = g.settled(e, x)
		}
	}
	return jen.Qual(pkgEngine, "EdgeSpec").Values(d)
}

// loopMax is code for the bound of a loop.
func (g *generator) loopMax(max ir.Expr) jen.Code {
	if p, ok := max.(*ir.ParamRef); ok {
		return jen.Id("param").Dot(g.paramField(p.Param))
	}
	v, _ := ir.Constant(max)
	return jen.Lit(v)
}

// paramField is the Go field of a param.
func (g *generator) paramField(p *ir.Param) string {
	local := g.embed.paramNames()
	for _, q := range g.prog.Params {
		name := local.take(q.Name)
		if q == p {
			return name
		}
	}
	panic("codegen: unknown param " + p.Name)
}

// paramsType writes the struct of params.
func (g *generator) paramsType(f *jen.File) {
	f.Comment("params are the settings given when the binary runs.")
	f.Type().Id(g.top("params")).StructFunc(func(s *jen.Group) {
		for _, p := range g.prog.Params {
			s.Id(g.paramField(p)).Add(g.goType(p.Type))
		}
		g.embed.paramFields(s)
	})
	f.Line()
}

// params writes the program that app.Main runs.
func (g *generator) params(f *jen.File) {
	f.Func().Id("program").Params().Op("*").Qual(pkgApp, "Program").BlockFunc(func(b *jen.Group) {
		b.Id("param").Op(":=").Op("&").Id(g.top("params")).ValuesFunc(func(v *jen.Group) {
			for _, p := range g.prog.Params {
				if p.Default != nil {
					v.Line().Id(g.paramField(p)).Op(":").Add(g.paramDefault(p.Default))
				}
			}
			v.Line()
		})
		b.Id("p").Op(":=").Id("about").Call()
		g.filled(b)
	})
}

// filled sets what the program has of params, its components and its settings.
func (g *generator) filled(b *jen.Group) {
	if names := g.durable(); names != nil {
		b.Id("p").Dot("Durable").Op("=").Index().String().ValuesFunc(func(v *jen.Group) {
			for _, name := range names {
				v.Lit(name)
			}
		})
	}
	if len(g.prog.Params) > 0 {
		b.Id("p").Dot("Params").Op("=").Index().Qual(pkgApp, "Param").ValuesFunc(func(v *jen.Group) {
			for _, p := range g.prog.Params {
				v.Line().Add(g.paramSpec(p))
			}
			v.Line()
		})
	}
	b.Id("p").Dot("Build").Op("=").Func().Params(jen.Id("t").Op("*").Qual(pkgEngine, "Topology")).Block(
		jen.Id(g.top("build")).Call(jen.Id("t"), jen.Id("param")))
	g.settings(b)
	g.queryTable(b)
	b.Return(jen.Id("p"))
}

func (g *generator) paramSpec(p *ir.Param) jen.Code {
	target := jen.Op("&").Id("param").Dot(g.paramField(p))
	switch t := p.Type; {
	case t.Kind == types.Enum:
		target = jen.Qual(pkgApp, "EnumOf").Call(target, jen.Id(g.enumOf(t).names))
	case t.Kind == types.List && t.Elem.Kind == types.Enum:
		target = jen.Qual(pkgApp, "EnumsOf").Call(target, jen.Id(g.enumOf(t.Elem).names))
	}
	d := jen.Dict{
		jen.Id("Name"):  jen.Lit(p.Name),
		jen.Id("Type"):  jen.Lit(p.Type.String()),
		jen.Id("Value"): target,
	}
	if p.Doc != "" {
		d[jen.Id("Doc")] = jen.Lit(p.Doc)
	}
	if p.Secret {
		d[jen.Id("Secret")] = jen.True()
	}
	if p.Default == nil {
		d[jen.Id("Required")] = jen.True()
	} else if !p.Secret {
		d[jen.Id("Default")] = jen.Lit(shownDefault(p.Default))
	}
	if p.Choices != nil {
		d[jen.Id("Choices")] = jen.Index().String().ValuesFunc(func(v *jen.Group) {
			for _, c := range p.Choices {
				v.Lit(c)
			}
		})
		d[jen.Id("Use")] = jen.Lit("it is " + strings.Join(p.For, " and "))
	}
	if p.Bounds != nil {
		least, most, use := bounds(p.Bounds)
		end := jen.Lit(int(most))
		if most == math.MaxInt64 {
			end = jen.Qual("math", "MaxInt64")
		}
		d[jen.Id("Least")], d[jen.Id("Most")], d[jen.Id("Use")] = jen.Lit(int(least)), end, jen.Lit(use)
	}
	return jen.Values(d)
}

// bounds are what all bounds of a param allow, and what it is used for.
func bounds(all []ir.Bound) (least, most int64, use string) {
	least, most = all[0].Least, all[0].Most
	var uses []string
	of := map[string][]string{}
	for _, b := range all {
		least, most = max(least, b.Least), min(most, b.Most)
		if !slices.Contains(uses, b.Use) {
			uses = append(uses, b.Use)
		}
		if b.Of != "" {
			of[b.Use] = append(of[b.Use], b.Of)
		}
	}
	for i, u := range uses {
		if names := of[u]; names != nil {
			uses[i] += " of " + strings.Join(names, " and ")
		}
	}
	return least, most, "it is " + strings.Join(uses, ", and ")
}

// paramDefault is code for a param's default: a constant, or a list of them.
func (g *generator) paramDefault(e ir.Expr) jen.Code {
	switch e := e.(type) {
	case *ir.Const:
		return g.constant(e)
	case *ir.ListLit:
		items := make([]jen.Code, len(e.Items))
		for i, item := range e.Items {
			items[i] = g.paramDefault(item)
		}
		return jen.Add(g.goType(e.T)).Values(items...)
	}
	panic(fmt.Sprintf("codegen: a param's default of %T: the checker let it through", e))
}

// shownDefault is a param's default as help shows it and a flag would take it.
func shownDefault(e ir.Expr) string {
	list, ok := e.(*ir.ListLit)
	if !ok {
		c, _ := ir.Constant(e)
		return shown(c)
	}
	items := make([]string, len(list.Items))
	for i, item := range list.Items {
		items[i] = shownDefault(item)
	}
	return value.JoinList(items)
}

// shown is a constant as a flag would take it.
func shown(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case ir.EnumValue:
		return v.Name
	case ir.Regex:
		return string(v)
	}
	return fmt.Sprint(v)
}

// about writes about.go: what the binary says of itself.
func (g *generator) about(f *jen.File, t Texts) {
	f.Comment("about is what the binary knows of itself.")
	var files []string
	for name := range g.sources {
		files = append(files, name)
	}
	sort.Strings(files)
	f.Func().Id(g.top("about")).Params().Op("*").Qual(pkgApp, "Program").Block(jen.Return(
		jen.Op("&").Qual(pkgApp, "Program").Values(jen.Dict{
			jen.Id("Name"):      jen.Lit(g.prog.Name),
			jen.Id("Doc"):       jen.Lit(g.prog.Doc),
			jen.Id("Guarantee"): jen.Lit(g.prog.Guarantee),
			jen.Id("Version"):   jen.Lit(t.Version),
			jen.Id("PlanText"):  jen.Lit(t.Plan),
			jen.Id("PlanJSON"):  jen.Lit(t.PlanJSON),
			jen.Id("DOT"):       jen.Lit(t.DOT),
			jen.Id("Mermaid"):   jen.Lit(t.Mermaid),
			jen.Id("SVG"):       jen.Lit(t.SVG),
			jen.Id("Sources"): jen.Index().Qual(pkgApp, "Source").ValuesFunc(func(v *jen.Group) {
				for _, name := range files {
					v.Values(jen.Dict{jen.Id("Name"): jen.Lit(filepath.Base(name)), jen.Id("Text"): jen.Lit(g.sources[name].Text)})
				}
			}),
		})))
}
