package codegen

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// run writes what runs the topology: for users of the package, then for itself.
func (e *embedGen) run(p *ir.Program, plan string) {
	e.linkEnds(p)
	g := newGenerator(p, e)
	e.g = g
	e.standIns()
	g.findAskings()
	g.prepareFuncs()

	e.defaultParams()
	e.topology()
	e.newHarness()
	e.asserts()

	f := e.file
	f.Comment("The topology's own code, which nobody else calls.")
	f.Line()
	e.program(plan)
	for _, c := range p.Components {
		g.file(c)
		e.writeEnd(c)
	}
	g.queries(f)
	g.paramsType(f)
	g.wiring(f)
	g.funcs(f)
	g.choosers(f)
	g.shared(f)
}

// paramNames returns what the names of the fields of params are taken from.
func (e *embedGen) paramNames() *names {
	n := newNames()
	if e != nil {
		n.taken["harness"] = true
	}
	return n
}

// paramFields are what params have in an embedded topology beside the params.
func (e *embedGen) paramFields(s *jen.Group) {
	if e == nil {
		return
	}
	for _, c := range e.g.prog.Components {
		if name := e.makes[c.Name]; name != "" && c.Go != nil {
			s.Id(name).Func().Params().Op("*").Qual(c.Go.Pkg, c.Go.Name)
		}
	}
	s.Id("harness").Op("*").Id("Harness").Comment("// of a test, or nil")
}

// publicParams writes Params.
func (e *embedGen) publicParams() {
	f, o := e.file, e.outline
	taken := newNames("harness")
	for _, q := range o.Params {
		taken.take(q.Name)
	}
	local := newNames()
	f.Commentf("Params are what topology %s can be told.", o.Name)
	f.Type().Id("Params").StructFunc(func(s *jen.Group) {
		for _, q := range o.Params {
			name := local.take(exported(q.Name))
			e.public[q.Name] = name
			comment := name + " is param " + q.Name
			if q.Default == nil {
				comment += ", which has no default"
			}
			s.Comment(comment + ".")
			if q.Doc != "" {
				s.Comment(oneLine(q.Doc))
			}
			s.Id(name).Add(e.goType(q.Type, name))
		}
		for _, c := range o.Components {
			made := e.made(c)
			if made == nil {
				continue
			}
			e.makes[c.Name] = taken.take("make_" + c.Name)
			name := local.take("New" + exported(c.Name))
			e.public["make "+c.Name] = name
			s.Commentf("%s makes the %s of each task of %s %s, as new does where it is nil.", name, c.GoName, c.Kind, c.Name)
			if c.Arguments {
				s.Comment("What the topology's text gives as arguments is set afterwards.")
			}
			s.Id(name).Func().Params().Op("*").Add(made)
		}
	})
	f.Line()
}

// defaultParams writes DefaultParams.
func (e *embedGen) defaultParams() {
	f, p := e.file, e.g.prog
	f.Comment("DefaultParams are the params as the topology's text has them.")
	f.Func().Id("DefaultParams").Params().Id("Params").Block(jen.Return(jen.Id("Params").Values(jen.DictFunc(func(d jen.Dict) {
		for _, q := range p.Params {
			if q.Default != nil {
				d[jen.Id(e.public[q.Name])] = e.defaultOf(q)
			}
		}
	}))))
	f.Line()
}

// defaultOf is code for a param's default, as the package has it.
func (e *embedGen) defaultOf(q *ir.Param) jen.Code {
	name := func(x ir.Expr) jen.Code {
		v, _ := ir.Constant(x)
		return jen.Lit(v.(ir.EnumValue).Name)
	}
	switch t := q.Type; {
	case t.Kind == types.Enum:
		return name(q.Default)
	case t.Kind == types.List && t.Elem.Kind == types.Enum:
		if list, ok := q.Default.(*ir.ListLit); ok {
			return jen.Index().Add(e.goType(t.Elem, "")).ValuesFunc(func(v *jen.Group) {
				for _, item := range list.Items {
					v.Add(name(item))
				}
			})
		}
	}
	return e.g.paramDefault(q.Default)
}

// topology writes Topology, and the function that makes params of Params.
func (e *embedGen) topology() {
	f, p := e.file, e.g.prog
	f.Commentf("Topology returns topology %s, to be run inside a program, as often as it likes. It shares nothing with others.", p.Name)
	if p.Doc != "" {
		f.Comment("//").Line().Comment(oneLine(p.Doc))
	}
	f.Func().Id("Topology").Params(jen.Id("p").Id("Params")).Op("*").Qual(pkgEmbedded, "Topology").Block(
		jen.Return(jen.Qual(pkgEmbedded, "New").Call(jen.Func().Params().Op("*").Qual(pkgApp, "Program").Block(
			jen.Return(jen.Id(e.g.top("program")).Call(jen.Id(e.g.top("given")).Call(jen.Id("p"))))))))
	f.Line()
	f.Comment("It compiles with a runtime that it was made for only; else run go generate.")
	f.Const().Id("_").Op("=").Qual(pkgEmbedded, "Version1")
	f.Line()
}

// oneLine is a text of the user's as one line of a comment.
func oneLine(text string) string {
	line := []rune("// ")
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			r = ' '
		}
		line = append(line, r)
	}
	return string(line)
}

// program writes what makes params and the program.
func (e *embedGen) program(plan string) {
	g, f, p := e.g, e.file, e.g.prog
	f.Func().Id(g.top("given")).Params(jen.Id("p").Id("Params")).Op("*").Id(g.top("params")).Block(
		jen.Return(jen.Op("&").Id(g.top("params")).Values(jen.DictFunc(func(d jen.Dict) {
			for _, q := range p.Params {
				d[jen.Id(g.paramField(q))] = e.toParam(q)
			}
			for _, c := range p.Components {
				if field := e.makes[c.Name]; field != "" && c.Go != nil {
					d[jen.Id(field)] = jen.Id("p").Dot(e.public["make "+c.Name])
				}
			}
		}))))
	f.Line()
	f.Func().Id(g.top("program")).Params(jen.Id("param").Op("*").Id(g.top("params"))).Op("*").Qual(pkgApp, "Program").BlockFunc(func(b *jen.Group) {
		b.Id("p").Op(":=").Op("&").Qual(pkgApp, "Program").Values(jen.Dict{
			jen.Id("Name"): jen.Lit(p.Name), jen.Id("Doc"): jen.Lit(p.Doc), jen.Id("Guarantee"): jen.Lit(p.Guarantee),
			jen.Id("Version"): jen.Lit(e.home.Version), jen.Id("PlanText"): lines(plan),
		})
		g.filled(b)
	})
	f.Line()
}

// lines is code for a text, a line of it a line.
func lines(text string) jen.Code {
	out := jen.Lit("")
	for line := range strings.Lines(text) {
		out.Op("+").Line().Lit(line)
	}
	return out
}

// toParam is code for the value of a param out of Params.
func (e *embedGen) toParam(q *ir.Param) jen.Code {
	v := jen.Id("p").Dot(e.public[q.Name])
	place := jen.Lit("param " + q.Name)
	switch t := q.Type; {
	case t.Kind == types.Enum:
		return jen.Qual(pkgEmbedded, "Value").Call(place, jen.Id(e.g.enumOf(t).parse), v)
	case t.Kind == types.List && t.Elem.Kind == types.Enum:
		return jen.Qual(pkgEmbedded, "Values").Call(place, jen.Id(e.g.enumOf(t.Elem).parse), v)
	}
	return v
}

// asserts says in Go what was found out about the package's components, where they are just what their interfaces say.
func (e *embedGen) asserts() {
	for _, c := range e.g.prog.Components {
		if c.Go == nil || c.Go.Func || c.Go.Pkg != e.home.Path || e.parts[c.Name] == "" || !e.canonical(c) {
			continue
		}
		e.file.Var().Id("_").Id(e.parts[c.Name]).Op("=").Parens(jen.Op("*").Id(c.Go.Name)).Call(jen.Nil())
	}
	e.file.Line()
}

// canonical reports that a component's Go is as its interface has it.
func (e *embedGen) canonical(c *ir.Component) bool {
	row := func(t *ir.GoType, s *ir.Stream) bool {
		return t != nil && t.Pkg == e.home.Path && s != nil && t.Name == e.shapeNamed(e.tuples[s.FullName()]).goName
	}
	var part *ir.OutlinePart
	for _, o := range e.outline.Components {
		if o.Name == c.Name {
			part = o
		}
	}
	if part == nil {
		return false
	}
	var outputs []*ir.Stream
	for _, s := range c.Outputs {
		if !s.Failed {
			outputs = append(outputs, s)
		}
	}
	switch {
	case c.Kind == ir.Spout:
		return len(outputs) == 1 && row(c.Go.Rows, outputs[0])
	case c.Go.Rows != nil:
		return len(part.Sources) == 1 && row(c.Go.Rows, part.Sources[0])
	case c.Kind == ir.Sink && len(c.Inputs) == 1:
		return false // it takes tuple by tuple
	}
	for i, call := range c.Go.Calls {
		if i >= len(part.Sources) || !call.Error || call.Context || !row(call.Takes, part.Sources[i]) || len(call.Emits) != len(outputs) {
			return false
		}
		if len(c.Inputs) == 1 && call.Name != "Process" || len(c.Inputs) > 1 && call.Name != "On"+exported(c.Inputs[i].Alias) {
			return false
		}
		for n, emit := range call.Emits {
			if emit.Output != n || !row(emit.Row, outputs[n]) {
				return false
			}
		}
	}
	return true
}

// user is code for the Go value of a component, where it is not just made here; start is what is done when its task is made.
func (e *embedGen) user(c *ir.Component, start *fn) jen.Code {
	if e == nil {
		return nil
	}
	if end := e.sinks[c]; end != nil && end.stand == c {
		return jen.Op("&").Id(end.taken).Values(jen.Id("param").Dot("harness"))
	}
	field := e.makes[c.Name]
	if field == "" {
		return nil
	}
	start.add(jen.Id("user").Op(":=").Qual(pkgEmbedded, "Make").Call(jen.Id("param").Dot(field)))
	for _, a := range c.Go.Args {
		start.add(jen.Id("user").Dot(a.Field).Op("=").Add(e.g.toGo(a.Type, start.once(start.expr(a.Value)), true)))
	}
	return jen.Id("user")
}

// DeclaredBy is what a generated file says that it was made of and by: `topoc v0.3.0 from topology words`; ok is false where it is no such file.
func DeclaredBy(firstLine string) (version, topology string, ok bool) {
	n, err := fmt.Sscanf(firstLine, "// Code generated by topoc %s from topology %s DO NOT EDIT.", &version, &topology)
	if err != nil || n != 2 || topology == "" || topology[len(topology)-1] != '.' {
		return "", "", false
	}
	return version, topology[:len(topology)-1], true
}
