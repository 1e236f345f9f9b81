package codegen

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// On a fused edge that is direct no batch is filled: an emit calls the reading bolt's method with the tuple's fields, text as views, and the
// reader has done its work when the emit is over. That needs a sender which can't fail behind an emit, since what the
// reader did can't be taken back, and a reader that asks nothing of a batch: it never keeps a tuple, and needs no time of it.

// findDirect finds the inputs whose edges are all direct, and names what emits need of their bolts.
func (g *generator) findDirect() {
	g.direct, g.inlined = map[*ir.Input]bool{}, map[*ir.Input]bool{}
	for _, c := range g.prog.Components {
		for _, in := range c.Inputs {
			// What is followed on its way is followed by the batches that it is in.
			sites := 0
			direct := c.Body != nil && c.Body.Store == nil && !keepsTime(c) && !reachesOutside(c) && g.tests == nil && g.prog.Guarantee == "none"
			for _, e := range g.ins[c] {
				if e.Input == in {
					direct = direct && g.canCall(e)
					if direct {
						sites += emits(e)
					}
				}
			}
			if !direct {
				continue
			}
			g.direct[in] = true
			g.inlined[in] = sites == 1
			if g.boltName[c] == "" {
				g.boltName[c] = g.global.take(c.Name + "Bolt")
				g.finders[c] = g.global.take("find_" + c.Name)
			}
		}
	}
	for _, c := range g.prog.Components {
		for _, in := range c.Inputs {
			if g.direct[in] && g.waits(c, in) {
				g.bunched[in] = g.newInputBunch(c, in)
			}
		}
	}
}

// keepsTime reports whether a bolt needs to know when a batch came, or keeps tuples.
func keepsTime(c *ir.Component) bool {
	if c.Retry != nil || c.Timeout != nil {
		return true
	}
	for _, t := range c.Body.Timers {
		if t.Kind == ir.After || t.Kind == ir.AtMark {
			return true
		}
	}
	for _, s := range c.Body.States {
		if s.TTL != nil {
			return true
		}
	}
	return false
}

// reachesOutside reports whether a bolt calls what lies outside of the program, and so may wait for it: its batches are processed in
// pieces where that takes long, so that what it has done goes on meanwhile.
func reachesOutside(c *ir.Component) bool {
	found := false
	for _, b := range blocksOf(c) {
		ir.WalkBlock(b, func(ir.Stmt) {}, func(e ir.Expr) {
			if call, ok := e.(*ir.FuncCall); ok && ir.Passing(call.Func) {
				found = true
			}
		})
	}
	return found
}

// canCall reports whether the sender of a fused edge may call its reader for each tuple.
func (g *generator) canCall(e *ir.Edge) bool {
	s, from := e.Stream, e.Stream.From
	if !e.Fused || g.timed[e] || e.Combine != nil || s.Failed || s.Chosen || len(s.Latest) > 0 || from.Go != nil {
		return false
	}
	if from.Kind == ir.Spout {
		return g.embed == nil // where a test may stand in its place; a row fails before it is emitted, or not at all
	}
	for _, b := range blocksOf(from) {
		if emitsTo(b, s) && ir.NeedsRollback(b) {
			return false
		}
	}
	return true
}

// emits is at how many places a stream is emitted to.
func emits(e *ir.Edge) int {
	from := e.Stream.From
	if from.Kind == ir.Spout {
		if from.Call != nil && from.Call.Objects {
			return 2 // rows read as objects, and rows that come in columns
		}
		return 1
	}
	n := 0
	for _, b := range blocksOf(from) {
		ir.WalkBlock(b, func(st ir.Stmt) {
			if emit, ok := st.(*ir.Emit); ok && emit.Stream == e.Stream {
				n++
			}
		}, func(ir.Expr) {})
	}
	return n
}

// blocksOf are all blocks of a bolt.
func blocksOf(c *ir.Component) []*ir.Block {
	blocks := append([]*ir.Block{c.Body.Finish}, c.Body.On...)
	if c.Body.FinishPer != nil {
		blocks = append(blocks, c.Body.FinishPer.Block)
	}
	for _, t := range c.Body.Timers {
		blocks = append(blocks, t.Blocks()...)
	}
	return blocks
}

// tupleMethod is the method of a bolt that takes one tuple of a direct input.
func tupleMethod(in *ir.Input) string { return "tuple" + strconv.Itoa(in.Index) }

// hashedInput reports whether tuples of an input come with the hash of a key.
func (g *generator) hashedInput(c *ir.Component, in *ir.Input) bool {
	for _, e := range g.ins[c] {
		if e.Input == in && e.Grouping == ir.ByFields {
			return true
		}
	}
	return false
}

// fieldParam is the parameter that a field of a direct input comes by: as emit has it, times as nanoseconds.
func fieldParam(name string) string { return "raw_" + name + "_" }

// tupleNames are the names of tupleParams.
func (g *generator) tupleNames(c *ir.Component, in *ir.Input) []string {
	var out []string
	if g.hashedInput(c, in) {
		out = append(out, "hash_")
	}
	for _, f := range in.Fields {
		out = append(out, fieldParam(f.Name))
	}
	return out
}

// tupleParams are the parameters of tupleMethod.
func (g *generator) tupleParams(c *ir.Component, in *ir.Input) []jen.Code {
	var out []jen.Code
	if g.hashedInput(c, in) {
		out = append(out, jen.Id("hash_").Uint64())
	}
	for _, f := range in.Fields {
		out = append(out, jen.Id(fieldParam(f.Name)).Add(g.paramType(f.Type)))
	}
	return out
}

// paramType is the type of such a parameter.
func (g *generator) paramType(t *types.Type) jen.Code {
	if t.Kind == types.Time {
		return jen.Int64()
	}
	return g.goType(t)
}

// callReader is code that hands a tuple to the bolt at the other end of a direct edge.
func (g *generator) callReader(f *fn, o *output, args []jen.Code) []jen.Code {
	if o.edge.Where != nil {
		return f.where(o, jen.Id("t").Dot(o.field), args, func() []jen.Code { return g.callAlways(f, o, args) })
	}
	return g.callAlways(f, o, args)
}

// callAlways is callReader without the edge's condition.
func (g *generator) callAlways(f *fn, o *output, args []jen.Code) []jen.Code {
	e := o.edge
	waits := g.bunched[e.Input]
	var values []jen.Code
	if waits == nil && g.hashedInput(e.To, e.Input) {
		var h jen.Code = jen.Uint64().Call(jen.Lit(0))
		if e.Grouping == ir.ByFields {
			h = f.edgeHash(e, args)
		}
		values = append(values, h)
	}
	for _, read := range e.Input.Fields {
		for i, field := range e.Stream.Fields {
			if field.Name != read.Name {
				continue
			}
			switch read.Type.Kind {
			case types.String, types.Bytes, types.JSON, types.Time:
				values = append(values, args[i])
			default:
				values = append(values, g.clone(read.Type, args[i]))
			}
		}
	}
	passed := jen.Id("t").Dot(o.field).Dot("Passed").Op("++")
	if o.counted {
		passed = jen.Null()
	}
	if waits != nil {
		g.file(e.To)
		return []jen.Code{passed, waits.put(jen.Id("t").Dot(o.next), f.keyFor(waits, e.Input.Fields[waits.keyAt].Type, values[waits.keyAt]), values)}
	}
	if g.inlined[e.Input] {
		g.file(e.To)
		return []jen.Code{passed, jen.Block(g.hereReads(o, values)...)}
	}
	return []jen.Code{
		passed,
		jen.Id("t").Dot(o.next).Dot(tupleMethod(e.Input)).Call(values...),
	}
}

// value is code for a field of a direct input as statements see it.
func (g *generator) directValue(t *types.Type, name string) jen.Code {
	v := jen.Id(fieldParam(name))
	if t.Kind == types.Time {
		return jen.Qual(pkgValue, "Time").Call(v)
	}
	return v
}

// arriveAlone lets a handler's body read its tuple out of the parameters of tupleMethod.
func (b *boltGen) arriveAlone(in *ir.Input, ctx *context) {
	ctx.alone, ctx.inlined = true, b.g.inlined[in] && b.g.bunched[in] == nil
	if ctx.inlined {
		name := strings.ReplaceAll(b.comp.Name, ".", "_") + "_" + strconv.Itoa(in.Index)
		ctx.exit, ctx.bodyName = "tuple_"+name, "body_"+name
	}
	ctx.raw = func(i int) *jen.Statement { return jen.Id(fieldParam(in.Fields[i].Name)) }
	ctx.hash = func() *jen.Statement { return jen.Id("hash_") }
	ctx.failing.params, ctx.failing.args = nil, nil
	for _, f := range in.Fields {
		t := b.g.goType(f.Type)
		if f.Type.Kind == types.Time {
			t = jen.Int64()
		}
		ctx.failing.params = append(ctx.failing.params, jen.Id(fieldParam(f.Name)).Add(t))
		ctx.failing.args = append(ctx.failing.args, jen.Id(fieldParam(f.Name)))
	}
	ctx.failing.values = func() []named {
		var out []named
		for _, f := range in.Fields {
			out = append(out, named{f.Name, f.Type, b.g.directValue(f.Type, f.Name)})
		}
		return out
	}
}

// finder writes the function that makes the task of a number, or finds it where it was made for the sake of one that calls it, and
// the function that build calls.
func (b *boltGen) finder(f *jen.File) {
	g, name := b.g, b.g.finders[b.comp]
	params := []jen.Code{jen.Id("topology").Op("*").Qual(pkgEngine, "Topology"), jen.Id("param").Op("*").Id(g.top("params")),
		jen.Id("edges").Op("*").Id(g.top("edges")), jen.Id("n").Int()}
	known := jen.If(jen.Id("t").Op(":=").Id("edges").Dot(name).Index(jen.Id("n")), jen.Id("t").Op("!=").Nil()).Block(jen.Return(jen.Id("t")))
	f.Line()
	f.Commentf("%s makes a task, or returns the one that was made for who calls it.", name)
	f.Func().Id(name).Params(params...).Op("*").Id(b.goName).Block(append([]jen.Code{known}, b.make()...)...)
	g.maker(f, b.comp, "Task", []jen.Code{jen.Return(jen.Id(name).Call(jen.Id("topology"), jen.Id("param"), jen.Id("edges"), jen.Id("n")))})
}

// hereReads is the code of a bolt that one emit feeds, for the place of that emit: its parameters as variables, its task as t.
func (g *generator) hereReads(o *output, values []jen.Code) []jen.Code {
	var names, ignored []jen.Code
	for _, p := range g.tupleNames(o.edge.To, o.edge.Input) {
		names = append(names, jen.Id(p))
		ignored = append(ignored, jen.Id("_"))
	}
	names, ignored = append(names, jen.Id("t")), append(ignored, jen.Id("_"))
	values = append(values, jen.Id("t").Dot(o.next))
	for _, own := range g.bodyOwns[o.edge.Input] {
		g.owns = append(g.owns, heldOwn{own.name, append([]string{o.next}, own.way...)})
	}
	return append([]jen.Code{
		jen.Comment("// " + o.edge.To.Name),
		jen.List(names...).Op(":=").List(values...),
		jen.List(ignored...).Op("=").List(names...),
	}, g.bodies[o.edge.Input]...)
}
