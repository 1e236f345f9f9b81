package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// fakedPart is a component that some test replaces: which code its tasks have is asked of a variable when they are made.
type fakedPart struct {
	real   *ir.Component
	choice string // the variable: 0 for the real one, else a number of fakes
	fakes  []*ir.FakePart
}

// findParts finds what tests replace, and makes bolts of the sinks that do something for each tuple in a test: those replaced, and those with
// arguments `per tuple`. Such a bolt emits what the sink is given, its arguments behind the tuple's own fields, to where it is recorded.
func (t *testGen) findParts(p *ir.Program) {
	t.parts, t.fakeOf = map[*ir.Component]*fakedPart{}, map[*ir.Component]*ir.FakePart{}
	for _, test := range p.Tests {
		for _, s := range test.Steps {
			if fake, ok := s.(*ir.Fake); ok {
				t.kept = append(t.kept, fake.Kept...)
			}
			if fake, ok := s.(*ir.FakePart); ok {
				t.kept = append(t.kept, fake.Kept...)
				part := t.parts[fake.Component]
				if part == nil {
					part = &fakedPart{real: fake.Component}
					t.parts[fake.Component] = part
				}
				part.fakes = append(part.fakes, fake)
				t.fakeOf[fake.With] = fake
				fake.With.Outputs = fake.Component.Outputs
			}
		}
	}
	for i, c := range p.Components {
		if c.Kind == ir.Sink && (t.parts[c] != nil || c.TupleArgs() != nil) {
			p.Components[i] = t.sinkBolt(p, c)
		}
	}
}

// sinkBolt puts a bolt in the place of a sink, and its recorder behind it.
func (t *testGen) sinkBolt(p *ir.Program, sink *ir.Component) *ir.Component {
	bolt := *sink
	bolt.Kind, bolt.Call, bolt.Go, bolt.Retry = ir.Bolt, nil, nil, nil
	in := sink.Inputs[0]
	fields := slices.Clone(in.Fields)
	args := make([]ir.Expr, len(in.Fields))
	for i, f := range in.Fields {
		args[i] = &ir.FieldRef{Typed: ir.Typed{T: f.Type, Span: sink.Span}, Input: in, Index: i}
	}
	for _, a := range sink.TupleArgs() {
		fields = append(fields, types.Field{Name: a.Name, Type: a.Value.Type()})
		args = append(args, a.Value)
	}
	given := &ir.Stream{From: &bolt, Name: "given", Fields: fields, Span: sink.Span}
	bolt.Outputs = append(slices.Clone(sink.Outputs), given)
	emit := func() ir.Stmt { return &ir.Emit{Pos: ir.Pos{Span: sink.Span}, Stream: given, Args: args} }
	latest := latestOf(p, sink)
	bolt.Body = &ir.Body{On: []*ir.Block{{Stmts: []ir.Stmt{emit()}}}}
	for i, e := range p.Edges {
		if e.To == sink {
			moved := *e
			moved.To = &bolt
			p.Edges[i] = &moved
		}
	}
	if part := t.parts[sink]; part != nil {
		delete(t.parts, sink)
		part.real = &bolt
		t.parts[&bolt] = part
		for _, fake := range part.fakes {
			// What the fake fails it takes back: also this.
			fake.With.Outputs = bolt.Outputs
			block := *fake.With.Body.On[0]
			block.Stmts = append([]ir.Stmt{emit()}, block.Stmts...)
			fake.With.Body.On[0] = &block
		}
	}
	t.plain = append(t.plain, &bolt)
	t.recorded(p, sink, given, latest)
	return &bolt
}

// recorded puts the recorder of a sink behind the bolt that stands in its place.
func (t *testGen) recorded(p *ir.Program, sink *ir.Component, given *ir.Stream, latest []int) {
	in := &ir.Input{Alias: "rows", Fields: given.Fields}
	c := &ir.Component{Name: t.names.take(sink.Name + "_given"), Kind: ir.Sink, Span: sink.Span, Tasks: 1, Inputs: []*ir.Input{in}}
	p.Edges = append(p.Edges, &ir.Edge{ID: len(p.Edges), Stream: given, To: c, Input: in, Grouping: ir.ByGlobal, Span: sink.Span})
	p.Components = append(p.Components, c)
	end := t.end(c, latest)
	t.sinks[sink], t.sinks[c] = end, end
}

// prepareParts gives what stands for components its names, and its inputs the edges of the real ones.
func (t *testGen) prepareParts() {
	g := t.g
	g.findOrigins() // again: what stands for components may ask for it where they do not
	t.keeps = map[*ir.State]string{}
	first := map[source.Span]*ir.State{} // the fake of a generic function is there for each of its types, and its state once
	t.kept = slices.DeleteFunc(t.kept, func(s *ir.State) bool {
		if same := first[s.Span]; same != nil {
			t.keeps[s] = t.keeps[same]
			return true
		}
		first[s.Span] = s
		t.keeps[s] = g.global.take("kept_" + s.Name)
		return false
	})
	for _, c := range g.prog.Components {
		part := t.parts[c]
		if part == nil {
			continue
		}
		part.choice = g.global.take("choice_of_" + c.Name)
		for _, fake := range part.fakes {
			g.makers[fake.With] = g.global.take("new_fake_" + c.Name)
			g.limits = g.limits || fake.With.Timeout != nil
			for _, e := range g.ins[c] {
				own := *e
				own.To, own.Input = fake.With, fake.With.Inputs[e.Input.Index]
				g.ins[fake.With] = append(g.ins[fake.With], &own)
			}
		}
	}
}

// isPlain reports a bolt that stands in the place of a sink and passes on what that is given.
func (t *testGen) isPlain(c *ir.Component) bool { return t != nil && slices.Contains(t.plain, c) }

// standsIn reports a bolt that is the text of a fake.
func (t *testGen) standsIn(c *ir.Component) bool { return t != nil && t.fakeOf[c] != nil }

// writeParts writes what stands for components.
func (t *testGen) writeParts(f *jen.File) {
	for _, s := range t.kept {
		f.Commentf("%s is state %s of a fake (%s).", t.keeps[s], s.Name, cleanPlace(t.g.place(s.Span)))
		f.Var().Id(t.keeps[s]).Add(t.g.goType(s.Type))
	}
	for _, c := range t.g.prog.Components {
		part := t.parts[c]
		if part == nil {
			continue
		}
		f.Commentf("%s says what stands for %s.", part.choice, c.Name)
		f.Var().Id(part.choice).Int()
		for _, fake := range part.fakes {
			t.g.bolt(f, fake.With)
		}
	}
}

// chosen is code that makes a task of what stands for a component, where something does.
func (t *testGen) chosen(c *ir.Component, call func(maker string) jen.Code) []jen.Code {
	if t == nil || t.parts[c] == nil {
		return nil
	}
	part := t.parts[c]
	var cases []jen.Code
	for i, fake := range part.fakes {
		cases = append(cases, jen.Case(jen.Lit(i+1)).Block(jen.Return(call(t.g.makers[fake.With]))))
	}
	return []jen.Code{jen.Switch(jen.Id(part.choice)).Block(cases...)}
}

// begin sets the variables for a test.
func (t *testGen) begin(b *jen.Group, test *ir.Test) {
	for _, s := range t.kept {
		target := jen.Id(t.keeps[s]).Op("=")
		switch {
		case s.Initial != nil:
			f := t.stepFn()
			v := f.expr(s.Initial).code
			for _, stmt := range f.stmts {
				b.Add(stmt)
			}
			b.Add(target.Add(v))
		case s.Type.Kind == types.Map:
			b.Add(target.Add(t.g.goType(s.Type)).Values())
		default:
			b.Add(target.Op("*").New(t.g.goType(s.Type)))
		}
	}
	for _, c := range t.g.prog.Components {
		part := t.parts[c]
		if part == nil {
			continue
		}
		n := 0
		for i, fake := range part.fakes {
			for _, s := range test.Steps {
				if s == ir.TestStep(fake) {
					n = i + 1
				}
			}
		}
		b.Id(part.choice).Op("=").Lit(n)
	}
}

// asksAgain reports whether what stands for a component in some test may fail for a reason that passes.
func (t *testGen) asksAgain(c *ir.Component) bool {
	if t == nil || t.parts[c] == nil {
		return false
	}
	return slices.ContainsFunc(t.parts[c].fakes, func(f *ir.FakePart) bool { return asksAgain(f.With) })
}
