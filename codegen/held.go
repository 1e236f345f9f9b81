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
	if ctx.rollback || ctx.alone || b.comp.Retry != nil || b.comp.Timeout != nil {
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
