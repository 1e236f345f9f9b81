package optimise

import (
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// Combining adds up before an edge what a bolt would add up behind it: where all that a tuple does is to change numbers that are kept by
// its key, in ways whose order does not matter, and nobody sees the values in between, the sender keeps a small table and sends a row for each key,
// not for each tuple. At run time it is switched off where it does not make the rows fewer.
var combining = Pass{Name: "combine", Run: func(p *ir.Program) []ir.Note {
	var notes []ir.Note
	b := &bounds{p: p, known: map[streamField]interval{}}
	for _, c := range p.Components {
		if c.Body == nil || len(c.Inputs) != 1 || len(c.Body.States) == 0 || c.Body.Store != nil {
			continue
		}
		updates, why := combinable(c)
		if len(updates) == 0 {
			continue
		}
		if against := combinableEdges(p, c); against == nothing {
			continue
		} else if why == "" {
			why = against
		}
		for _, u := range updates {
			if why == "" && u.op == "+" {
				why = b.mayOverflow(c, u)
			}
		}
		var states []string
		for _, u := range updates {
			states = append(states, u.state.Name)
		}
		what := fmt.Sprintf("%s of %s", strings.Join(states, ", "), c.Name)
		if why != "" {
			notes = append(notes, ir.Note{What: what + " is not combined before it travels", Why: why, Left: true, Span: c.NameAt})
			continue
		}
		var senders []string
		for _, e := range into(p, c) {
			senders = append(senders, e.Stream.From.Name)
		}
		combine(p, c, updates)
		notes = append(notes, ir.Note{What: fmt.Sprintf("%s is combined in %s before it travels", what, list(senders)), Span: c.NameAt,
			Why: "many tuples of a key become one row; where that does not make them fewer, each travels by itself"})
	}
	return notes
}}

// nothing is the reason for what nobody would expect to be combined.
const nothing = "-"

// update is a change of a state that can be combined: n = n op value.
type update struct {
	state  *ir.State
	op     string // + min max
	assign *ir.Assign
	value  ir.Expr
}

// combinable finds the changes that a bolt's one handler consists of. Where there are some, why says what stands against combining them, "" for nothing.
func combinable(c *ir.Component) (updates []*update, why string) {
	in, on := c.Inputs[0], c.Body.On[0]
	emitted := false
	for _, s := range on.Stmts {
		switch s := s.(type) {
		case *ir.Assign:
			u, reason := updateOf(s)
			if u == nil {
				return nil, ""
			}
			if emitted || slices.ContainsFunc(updates, func(v *update) bool { return v.state == u.state }) {
				return nil, ""
			}
			updates = append(updates, u)
			if why == "" {
				why = reason
			}
		case *ir.Emit:
			emitted = true
			if reason := onlyLast(c, in, s); why == "" {
				why = reason
			}
		default:
			return nil, ""
		}
	}
	for _, s := range c.Body.States {
		if s.Scope != ir.PerKey {
			return nil, ""
		}
	}
	if why != "" {
		return updates, why
	}
	for _, s := range c.Body.States {
		if s.TTL != nil {
			return updates, fmt.Sprintf("%s is forgotten by time, and each tuple counts for that", s.Name)
		}
	}
	if len(c.Body.Timers) > 0 {
		return updates, fmt.Sprintf("%s looks at its state by the clock", c.Name)
	}
	for _, s := range c.Outputs {
		if s.Failed {
			return updates, fmt.Sprintf("somebody reads %s.failed, and an overflow must name its tuple", c.Name)
		}
	}
	return updates, ""
}

// updateOf reads `n = n op value`; nil where it is nothing of the kind. why says what stands against combining it.
func updateOf(s *ir.Assign) (u *update, why string) {
	target, ok := s.Target.(*ir.StateRef)
	if !ok || target.State.Scope != ir.PerKey {
		return nil, ""
	}
	is := func(e ir.Expr) bool {
		ref, ok := e.(*ir.StateRef)
		return ok && ref.State == target.State
	}
	u = &update{state: target.State, assign: s}
	switch v := s.Value.(type) {
	case *ir.Binary:
		switch {
		case v.Op == "+" && is(v.X), v.Op == "-" && is(v.X):
			u.op, u.value = "+", v.Y
		case v.Op == "+" && is(v.Y):
			u.op, u.value = "+", v.X
		default:
			return nil, ""
		}
	case *ir.FuncCall:
		if v.Func.Builtin != "min" && v.Func.Builtin != "max" || len(v.Args) != 2 {
			return nil, ""
		}
		u.op, u.value = v.Func.Builtin, v.Args[1]
		if is(v.Args[1]) {
			u.value = v.Args[0]
		} else if !is(v.Args[0]) {
			return nil, ""
		}
	default:
		return nil, ""
	}
	if readsState(u.value) {
		return nil, ""
	}
	switch t := target.State.Type; {
	case t.Kind == types.Float && u.op == "+":
		return u, "a sum of floats depends on their order"
	case t.Kind != types.Int && t.Kind != types.Duration:
		return nil, ""
	case !pure(u.value):
		return u, fmt.Sprintf("what is added to %s can fail, or is something else each time", u.state.Name)
	}
	return u, ""
}

// onlyLast says why the values that an emit has in between are seen; "" where only the last of a key is, and the key and the state make it.
func onlyLast(c *ir.Component, in *ir.Input, s *ir.Emit) string {
	if len(s.Stream.Latest) == 0 {
		return fmt.Sprintf("%s carries every value; of a stream `latest by` a key only the last would be wanted", s.Stream.FullName())
	}
	key := func(e ir.Expr) bool {
		ref, ok := e.(*ir.FieldRef)
		return ok && slices.ContainsFunc(c.Body.States[0].Key, func(f types.Field) bool { return f.Name == in.Fields[ref.Index].Name })
	}
	ok := s.To == nil
	for i, a := range s.Args {
		if slices.Contains(s.Stream.Latest, i) {
			ok = ok && key(a)
			continue
		}
		ok = ok && !ir.CanFail(a)
		ir.WalkExpr(a, func(e ir.Expr) {
			switch e := e.(type) {
			case *ir.FieldRef:
				ok = ok && key(e)
			case *ir.FuncCall:
				ok = ok && e.Func.Pure && e.Func.Go == nil
			}
		})
		if a.Type().Kind == types.Time {
			_, ref := a.(*ir.FieldRef)
			ok = ok && ref
		}
	}
	if !ok {
		return fmt.Sprintf("what %s carries is not made of the key and the state alone", s.Stream.FullName())
	}
	return ""
}

// combinableEdges says why the edges into a bolt can't carry combined rows; "" where they can.
func combinableEdges(p *ir.Program, c *ir.Component) string {
	why := ""
	for _, e := range into(p, c) {
		from := e.Stream.From
		switch {
		case e.Fused:
			return nothing // nothing travels
		case e.Grouping != ir.ByFields || from.Body == nil:
			return nothing
		case len(e.Keys) != len(stateKey(c)):
			return nothing // by a part of the key
		case len(e.Stream.Latest) > 0 || e.InCycle || e.Stream.Failed:
			return nothing
		}
		for _, b := range blocks(from.Body) {
			if emits(b, e.Stream) && ir.NeedsRollback(b) {
				why = fmt.Sprintf("what %s emits may have to be taken back", from.Name)
			}
		}
	}
	return why
}

// stateKey is the key of a bolt's keyed state.
func stateKey(c *ir.Component) []types.Field {
	for _, s := range c.Body.States {
		if s.Scope == ir.PerKey {
			return s.Key
		}
	}
	return nil
}

func emits(b *ir.Block, s *ir.Stream) bool {
	found := false
	ir.WalkBlock(b, func(st ir.Stmt) {
		e, ok := st.(*ir.Emit)
		found = found || ok && e.Stream == s
	}, func(ir.Expr) {})
	return found
}

// combine lets the edges into a bolt carry its keys and what is to be added, and the bolt add that.
func combine(p *ir.Program, c *ir.Component, updates []*update) {
	in := c.Inputs[0]
	var fields []types.Field
	taken := map[string]bool{}
	for _, k := range c.Body.States[0].Key {
		fields = append(fields, k)
		taken[k.Name] = true
	}
	keys := len(fields)
	for _, u := range updates {
		name := u.state.Name
		for taken[name] {
			name += "_"
		}
		taken[name] = true
		fields = append(fields, types.Field{Name: name, Type: u.state.Type})
	}
	for _, e := range into(p, c) {
		row := &ir.Stream{From: e.Stream.From, Name: e.Stream.Name, Fields: fields, Span: e.Stream.Span}
		e.Combine = &ir.Combine{Row: row}
		for _, f := range fields[:keys] {
			at := slices.IndexFunc(e.Stream.Fields, func(g types.Field) bool { return g.Name == f.Name })
			e.Combine.Keys = append(e.Combine.Keys, at)
		}
		for _, u := range updates {
			e.Combine.Parts = append(e.Combine.Parts, ir.CombinePart{Op: u.op, Value: onStream(u.value, in, e)})
		}
	}
	for _, s := range c.Body.On[0].Stmts {
		if emit, ok := s.(*ir.Emit); ok {
			for i, a := range emit.Args {
				emit.Args[i] = ir.Rewrite(a, func(x ir.Expr) ir.Expr {
					ref, ok := x.(*ir.FieldRef)
					if !ok {
						return x
					}
					name := in.Fields[ref.Index].Name
					return &ir.FieldRef{Typed: ref.Typed, Input: in, Index: slices.IndexFunc(fields[:keys], func(f types.Field) bool { return f.Name == name })}
				})
			}
		}
	}
	for i, u := range updates {
		part := &ir.FieldRef{Typed: ir.Typed{T: u.state.Type, Span: u.value.At()}, Input: in, Index: keys + i}
		switch v := u.assign.Value.(type) {
		case *ir.Binary:
			sum := *v
			if sum.X == u.value {
				sum.X = part
			} else {
				sum.Y = part
			}
			u.assign.Value = &sum
		case *ir.FuncCall:
			call := *v
			call.Args = []ir.Expr{v.Args[0], part}
			if v.Args[0] == u.value {
				call.Args = []ir.Expr{part, v.Args[1]}
			}
			u.assign.Value = &call
		}
	}
	in.Fields = fields
}
