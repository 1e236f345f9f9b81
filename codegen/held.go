package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// A loop over many tuples that appends to the one batch of an output holds that batch, and its rows, in variables of its own, for as long as the batch does
// not leave: to look them up in the output again for each tuple takes longer than to write the row.

// heldBatch is the variables that hold an output's batch.
type heldBatch struct{ batch, rows string }

// canHold reports whether nothing but the loop itself looks at an output's batch before the loop is over, or the batch leaves.
func (g *generator) canHold(o *output) bool {
	s := o.edge.Stream
	return g.tests == nil && o.single && !o.log && o.next == "" && o.combine == nil && !o.edge.InCycle && o.edge.Grouping != ir.ByGo &&
		!s.Failed && !s.Chosen && len(s.Latest) == 0
}

// canHold reports whether a handler may hold the batches of its outputs.
func (b *boltGen) canHold(in *ir.Input, ctx *context) bool {
	return !ctx.alone && b.undisturbed(in, ctx)
}

// undisturbed reports whether what a handler changes is never taken back, and what it emits nothing else looks at.
func (b *boltGen) undisturbed(in *ir.Input, ctx *context) bool {
	if ctx.rollback || b.comp.Retry != nil || b.comp.Timeout != nil {
		return false // what is taken back is taken out of the output's batch
	}
	loose := false
	ir.WalkBlock(b.comp.Body.On[in.Index], func(s ir.Stmt) {
		if emit, ok := s.(*ir.Emit); ok && emit.Unanchored {
			loose = true
		}
	}, func(ir.Expr) {})
	return !loose
}

// isSmall reports whether a task's own state is a few numbers, which a loop may hold.
func (o *ownState) isSmall() bool {
	if o == nil || len(o.states) > 4 {
		return false
	}
	for _, s := range o.states {
		switch s.Type.Kind {
		case types.Bool, types.Int, types.Float, types.Duration:
		default:
			return false
		}
		if s.Scope != ir.PerTask {
			return false
		}
	}
	return true
}

// heldOwn is a task's own state, held in a variable by the loop in which its tuples are emitted.
type heldOwn struct {
	name string
	way  []string // fields that lead from the loop's task to the one that keeps it
}

// ownVar is the variable in which a handler's loop may hold its task's own state, or "": a number in memory that each tuple reads and writes
// costs as much as a small step does. Of a body that stands in another's loop it is that loop which holds it.
func (b *boltGen) ownVar(in *ir.Input, ctx *context) string {
	switch {
	case !b.own.isSmall():
		return ""
	case b.canHold(in, ctx):
		return "own"
	case ctx.inlined && b.undisturbed(in, ctx) && b.g.inOneLoop(b.comp):
		return "own_" + b.goName
	}
	return ""
}

// inOneLoop reports whether all that comes to a bolt comes in the loop of one sender, where its body stands.
func (g *generator) inOneLoop(c *ir.Component) bool {
	if len(c.Inputs) != 1 || len(g.ins[c]) != 1 || !g.sendersReturn(c, c.Inputs[0]) {
		return false
	}
	from := g.ins[c][0].Stream.From
	if from.Kind == ir.Spout {
		return true
	}
	if from.Retry != nil || from.Timeout != nil {
		return false
	}
	for i, on := range from.Body.On {
		in := from.Inputs[i]
		if !emitsTo(on, g.ins[c][0].Stream) {
			continue
		}
		return !g.direct[in] || g.bunched[in] == nil && g.inOneLoop(from)
	}
	return false
}

// emitsTo reports whether a block emits to a stream.
func emitsTo(b *ir.Block, s *ir.Stream) (found bool) {
	ir.WalkBlock(b, func(st ir.Stmt) {
		if emit, ok := st.(*ir.Emit); ok && emit.Stream == s {
			found = true
		}
	}, func(ir.Expr) {})
	return found
}

// collectOwns begins to collect what the bodies that are written into a loop want held; what it returns ends that.
func (g *generator) collectOwns() (end func() []heldOwn) {
	before := g.owns
	g.owns = nil
	return func() []heldOwn {
		owns := g.owns
		g.owns = before
		return owns
	}
}

// holdingOwns is code that runs a loop with these held.
func holdingOwns(owns []heldOwn, loop []jen.Code) []jen.Code {
	var before, after []jen.Code
	for _, o := range owns {
		kept := jen.Id("t")
		for _, field := range o.way {
			kept = kept.Dot(field)
		}
		kept = kept.Dot("own")
		before = append(before, jen.Id(o.name).Op(":=").Add(kept))
		after = append(after, jen.Add(kept).Op("=").Id(o.name))
	}
	return append(append(before, loop...), after...)
}

// hold begins to hold the batches of the outputs that allow it; what it returns ends that.
func (g *generator) hold(outs []*output) (end func()) {
	for _, o := range outs {
		if g.canHold(o) {
			o.held = &heldBatch{"o_" + o.field, "rows_" + o.field}
		}
	}
	return func() {
		for _, o := range outs {
			o.held = nil
		}
	}
}

// holding is code that runs a loop in which the batch of an output is held.
func (o *output) holding(loop []jen.Code) []jen.Code {
	batch, rows := jen.Id(o.held.batch), jen.Id(o.held.rows)
	before := []jen.Code{
		jen.Add(batch).Op(":=").Id("t").Dot(o.field).Dot("Pending").Index(jen.Lit(0)),
		jen.Add(rows).Op(":=").Add(batch).Dot("Rows"),
	}
	return append(append(before, loop...), jen.Add(batch).Dot("Rows").Op("=").Add(rows))
}

// count returns code that counts a batch which a spout has read on each direct edge, where all of it, or most, is handed on: a counter in memory costs as
// much a tuple as a small step does. Until done is called callReader counts nothing on them.
func (e *ends) count(s *ir.Stream) (code []jen.Code, done func()) {
	rows := jen.Len(jen.Id("rows"))
	if e.comp.Call.AnyOutput {
		rows = jen.Id("rows").Dot("N")
	}
	for _, field := range s.Fields {
		_, kind := columnOf(field.Type)
		if field.Type.Kind == types.Time || field.Type.Kind == types.Enum || e.comp.Call.AnyOutput && kind == "JSON" {
			return nil, func() {} // what it holds may be no value of the stream
		}
	}
	for _, o := range e.outs.of[s] {
		if o.next != "" {
			o.counted = true
			code = append(code, jen.Id("t").Dot(o.field).Dot("Passed").Op("+=").Int64().Call(jen.Add(rows)))
		}
	}
	return code, func() {
		for _, o := range e.outs.of[s] {
			o.counted = false
		}
	}
}

// copied is the output to which each row that a spout has read goes, and nothing else: rows of numbers, none of which can fail. Nil where it is not so.
func (e *ends) copied(s *ir.Stream) *output {
	outs := e.outs.of[s]
	if e.comp.Call.AnyOutput || len(outs) != 1 || outs[0].held == nil || outs[0].edge.Where != nil || outs[0].edge.Grouping == ir.ByFields || outs[0].row.origins || len(s.Fields) == 0 {
		return nil
	}
	for _, field := range s.Fields {
		switch field.Type.Kind {
		case types.Bool, types.Int, types.Float, types.Duration:
		default:
			return nil
		}
	}
	return outs[0]
}

// copying is code that copies rows into the batch, as many at once as it has room for.
func (o *output) copying(s *ir.Stream, value func(i int) jen.Code) jen.Code {
	values := jen.Dict{}
	for i, field := range s.Fields {
		values[jen.Id(o.row.goField(field.Name))] = value(i)
	}
	out := jen.Id("t").Dot(o.field)
	return jen.For(jen.Len(jen.Id("rows")).Op(">").Lit(0)).Block(
		jen.Id("into").Op(":=").Add(out).Dot("Room").Call(jen.Len(jen.Id("rows"))),
		jen.Id("part").Op(":=").Id("rows").Index(jen.Op(":").Len(jen.Id("into"))),
		jen.For(jen.Id("i").Op(":=").Range().Id("into")).Block(
			jen.Id("in").Op(":=").Op("&").Id("part").Index(jen.Id("i")),
			jen.Id("into").Index(jen.Id("i")).Op("=").Id(o.row.goName).Values(values)),
		jen.Id("rows").Op("=").Id("rows").Index(jen.Len(jen.Id("into")).Op(":")),
		jen.If(jen.Add(out).Dot("Pending").Index(jen.Lit(0)).Dot("Full").Call(jen.Add(out).Dot("Limit"))).Block(jen.Add(out).Dot("Check").Call()))
}

// full is code that lets the batch go where it is full.
func (h *heldBatch) full(o *output, out *jen.Statement) jen.Code {
	batch, rows := jen.Id(h.batch), jen.Id(h.rows)
	full := jen.Len(rows).Op(">=").Add(out).Dot("Limit")
	for _, field := range o.row.fields {
		switch field.Type.Kind {
		case types.String, types.Bytes, types.JSON:
			full = jen.Add(batch).Dot("Over").Call(jen.Len(rows), jen.Add(out).Dot("Limit"))
		}
	}
	return jen.If(full).Block(
		jen.Add(batch).Dot("Rows").Op("=").Add(rows),
		jen.Add(out).Dot("Check").Call(),
		jen.Add(batch).Op("=").Add(out).Dot("Pending").Index(jen.Lit(0)),
		jen.Add(rows).Op("=").Add(batch).Dot("Rows"))
}
