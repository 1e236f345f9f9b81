package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// failedStream is the stream of a component's failed tuples. Every component has one; it is made where it is read.
func (c *component) failedStream() *stream {
	if c.failed == nil {
		s := &ir.Stream{From: c.ir, Name: "failed", Failed: true, Span: c.name.Span(), Fields: []types.Field{
			{Name: "tuple", Type: types.TJSON}, {Name: "reason", Type: types.TString},
			{Name: "place", Type: types.TString}, {Name: "attempts", Type: types.TInt},
		}}
		c.failed = &stream{ir: s, used: true}
	}
	return c.failed
}

// assembleFailed adds the streams of failed tuples that are read to their components, behind those that are declared.
func (c *compilation) assembleFailed() {
	for _, comp := range c.order {
		if comp.failed != nil {
			comp.ir.Outputs = append(comp.ir.Outputs, comp.failed.ir)
		}
		if comp.late != nil && comp.late.stream != nil {
			comp.ir.Outputs = append(comp.ir.Outputs, comp.late.stream.ir)
		}
	}
}
