package compiler

import (
	"github.com/topo-lang/topo/compiler/golang"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// goSignature compares a component of a user's library with its Go type, by types.
func (c *compilation) goSignature(s *signature) {
	g := s.goRef()
	p := c.goPackage(g)
	if p == nil {
		return
	}
	obj := c.goObject(p, g, true)
	if obj == nil {
		return
	}
	asked := golang.Signature{Columns: s.anyInput || s.anyOutput, Store: s.kind == ast.Store}
	var at []int
	for i, param := range s.params {
		if !param.perTuple {
			asked.Args = append(asked.Args, types.Field{Name: param.name, Type: param.typ})
			at = append(at, i)
		}
	}
	asked.Shape.Kind = ir.Kind(s.kind)
	if s.kind != ast.Spout && !s.anyInput {
		asked.Shape.Inputs = append(asked.Shape.Inputs, &ir.Input{Alias: "in", Fields: s.tuple})
	}
	self := &ir.Component{Name: s.name.Name, Kind: ir.Kind(s.kind)}
	for _, o := range s.outputs {
		asked.Shape.Outputs = append(asked.Shape.Outputs, &ir.Stream{From: self, Name: o.name, Fields: o.fields})
	}
	s.goPkg, s.goType = p.Path, obj.Name()
	found, differs := p.Signature(obj, asked)
	if differs != nil {
		place := s.name.Span()
		if s.decl.Go != nil {
			place = s.decl.Go.Span()
		}
		switch {
		case differs.Param >= 0:
			place = s.params[at[differs.Param]].at
		case differs.Output >= 0 && differs.Output < len(s.decl.Outputs):
			place = s.decl.Outputs[differs.Output].Span()
		}
		c.err(goPart, place, "%s %s differs from its Go: %s", s.kind, s.name.Name, differs.Message).
			related(differs.Go, "%s", differs.Label).
			help("%s", differs.Help())
		s.broken = true
		return
	}
	if s.replayable && !found.Replayable {
		c.err(notReplayable, s.replayableAt, "spout %s says that it is replayable, and its Go can give nothing again", s.name.Name).
			related(found.At, "%s has neither Position and Rewind nor Ack and Fail", obj.Name()).
			help("give the Go type `Position() ([]byte, error)` and `Rewind(position []byte) error`, or take `replayable` out: whoever wants at-least-once writes `durable` then")
	}
	if s.commits && !found.Commits {
		c.err(notCommitting, s.commitsAt, "sink %s says that it commits, and its Go writes at once", s.name.Name).
			related(found.At, "%s has not the methods of component.Commits", obj.Name()).
			help("give the Go type Prepare, Release, Mark, Resume, Recovered and Sync, or a method `Inner() any` that gives what has them, such as a store.Outlet; or take `commits` out")
	}
	s.part, s.objects = found.Part, found.Objects
	for i, f := range found.Args {
		s.params[at[i]].goField, s.params[at[i]].goType = f.Field, f.Type
	}
}

// partOf is what runs of a component of a user's library that has tuples of its own.
func partOf(s *signature, call *ir.Call) *ir.GoPart {
	part := *s.part
	part.Span = call.Span
	for _, a := range call.Args {
		part.Args = append(part.Args, &ir.GoArg{Name: a.Name, Field: a.Field, Type: a.Type, Value: a.Value})
	}
	return &part
}
