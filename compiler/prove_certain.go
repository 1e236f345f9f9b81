package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// Under exactly-once an attempt that came to nothing is made again. What it wrote to a sink that commits was
// never seen. What it wrote to a sink that overwrites by key was seen, and the next attempt overwrites it, if
// it gives the same keys: a key out of a clock or of chance, or a tuple that chance decides on, would leave rows
// behind that nobody asked for. So what differs between attempts is followed, through locals, state, functions
// and streams, to the keys and to the decisions on which such a sink's rows depend. The values beside the key
// may differ: they are overwritten.

// proveCertain reports sinks whose rows another attempt would not overwrite.
func (c *compilation) proveCertain() {
	t := &taint{fields: map[*ir.Stream][]source.Span{}, presence: map[*ir.Stream]source.Span{}, states: map[*ir.State]source.Span{}, locals: map[*ir.Local]source.Span{}}
	for t.changed = true; t.changed; {
		t.changed = false
		for _, comp := range c.order {
			t.component(comp)
		}
	}
	for _, comp := range c.order {
		call := comp.ir.Call
		if call == nil || call.Idempotent == "" || call.Commits || comp.ir.Accepts {
			continue
		}
		for _, a := range call.Args {
			if a.Name == call.Idempotent && a.FieldIndex >= 0 {
				c.reportUncertain(t, comp, a.FieldIndex)
			}
		}
	}
}

func (c *compilation) reportUncertain(t *taint, comp *component, key int) {
	for _, in := range comp.inputs {
		for _, e := range in.edges {
			s, what := e.Stream, "whether it gets a tuple"
			from := t.presence[s]
			if f := t.fields[s]; from.IsZero() && key < len(f) {
				from, what = f[key], "its key "+s.Fields[key].Name
			}
			if from.IsZero() {
				continue
			}
			why := "this gives another value in each attempt"
			for _, other := range c.order {
				if other.ir.Go != nil && other.ir.Go.Span == from {
					why = "Go code is not known to do the same in each attempt"
				}
			}
			name := comp.ir.Call.Library + "." + comp.ir.Call.Name
			c.err(uncertainRows, comp.name.Span(), "guarantee exactly-once does not hold at %s: %s differs from attempt to attempt", comp.name.Name, what).
				related(from, "%s", why).
				related(c.guaranteeAt, "%s", c.whose()).
				note("%s shows what an attempt wrote at once, and the next attempt overwrites it only where it gives the same keys", name).
				help("let the spout's tuple carry the value; or write `accept duplicates` if rows that are left behind are harmless")
			return
		}
	}
}

// taint is where values that differ between attempts come from; a zero span is a value that does not. It only ever grows.
type taint struct {
	fields   map[*ir.Stream][]source.Span
	presence map[*ir.Stream]source.Span // whether there is a tuple
	states   map[*ir.State]source.Span
	locals   map[*ir.Local]source.Span
	changed  bool

	comp  *component
	input *ir.Input // of the block, nil in a timer's
	left  source.Span
}

func set[K comparable](t *taint, m map[K]source.Span, k K, from source.Span) {
	if !from.IsZero() && m[k].IsZero() {
		m[k] = from
		t.changed = true
	}
}

func either(spans ...source.Span) source.Span {
	for _, s := range spans {
		if !s.IsZero() {
			return s
		}
	}
	return source.Span{}
}

func (t *taint) component(comp *component) {
	t.comp = comp
	b := comp.ir.Body
	if b == nil {
		// A component in Go: what comes in may decide on all that goes out. A bolt of one's own is not known to do the same in each attempt.
		for _, in := range comp.inputs {
			from := t.presenceOf(in.ir)
			if comp.ir.Go != nil {
				from = comp.ir.Go.Span
			}
			for i := range in.ir.Fields {
				from = either(from, t.field(in.ir, i))
			}
			if comp.ir.Go != nil {
				// What a user's Go does besides nobody knows.
				from = either(from, comp.ir.Go.Span)
			}
			for _, s := range comp.outputs {
				t.emit(s.ir, nil, from)
			}
		}
		return
	}
	run := func(in *ir.Input, block *ir.Block) {
		if block == nil {
			return
		}
		t.input, t.left = in, source.Span{}
		t.block(block, t.presenceOf(in))
	}
	for i, block := range b.On {
		if i < len(comp.ir.Inputs) {
			run(comp.ir.Inputs[i], block)
		}
	}
	run(nil, b.Finish)
	if b.FinishPer != nil {
		run(nil, b.FinishPer.Block)
	}
	for _, timer := range b.Timers {
		run(nil, timer.Block)
	}
}

// presenceOf says whether it differs which tuples an input gets.
func (t *taint) presenceOf(in *ir.Input) source.Span {
	var from source.Span
	for _, i := range t.comp.inputs {
		if in != nil && i.ir == in {
			for _, e := range i.edges {
				from = either(from, t.presence[e.Stream])
			}
		}
	}
	return from
}

// field says whether a field of an input's tuples differs.
func (t *taint) field(in *ir.Input, index int) source.Span {
	var from source.Span
	for _, i := range t.comp.inputs {
		if i.ir != in {
			continue
		}
		for _, e := range i.edges {
			if f := t.fields[e.Stream]; index < len(f) {
				from = either(from, f[index])
			}
		}
	}
	return from
}

// expr says whether an expression's value differs; an `x!` of one that does may leave the block.
func (t *taint) expr(x ir.Expr) source.Span {
	var from source.Span
	ir.WalkExpr(x, func(x ir.Expr) {
		switch x := x.(type) {
		case *ir.FuncCall:
			if !x.Func.Pure {
				from = either(from, x.Span)
			}
		case *ir.LocalRef:
			from = either(from, t.locals[x.Local])
		case *ir.StateRef:
			from = either(from, t.states[x.State])
		case *ir.FieldRef:
			from = either(from, t.field(x.Input, x.Index))
		}
	})
	if !from.IsZero() {
		ir.WalkExpr(x, func(x ir.Expr) {
			if m, ok := x.(*ir.Must); ok {
				t.left = either(t.left, t.expr(m.X))
			}
		})
	}
	return from
}

// emit notes a tuple of a stream; each argument may differ, and whether it is sent.
func (t *taint) emit(s *ir.Stream, args []ir.Expr, decided source.Span) {
	fields := t.fields[s]
	if fields == nil {
		fields = make([]source.Span, len(s.Fields))
		t.fields[s] = fields
	}
	for i := range fields {
		from := decided
		if i < len(args) {
			from = either(t.expr(args[i]), decided)
		}
		if fields[i].IsZero() && !from.IsZero() {
			fields[i] = from
			t.changed = true
		}
	}
	set(t, t.presence, s, decided)
}

// block follows statements; `decided` is what decides that they run, where that differs.
func (t *taint) block(b *ir.Block, decided source.Span) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		t.stmt(s, either(decided, t.left))
	}
}

func (t *taint) stmt(s ir.Stmt, decided source.Span) {
	switch s := s.(type) {
	case *ir.Let:
		set(t, t.locals, s.Local, either(t.expr(s.Value), decided))
	case *ir.LetElse:
		from := t.expr(s.Value)
		set(t, t.locals, s.Local, either(from, decided))
		if s.Why != nil {
			set(t, t.locals, s.Why, either(from, decided))
		}
		t.block(s.Else, either(decided, from))
		t.left = either(t.left, from)
	case *ir.Assign:
		t.assign(s.Target, either(t.expr(s.Value), decided))
	case *ir.ExprStmt:
		t.expr(s.X)
	case *ir.If:
		from := either(decided, t.expr(s.Cond))
		if s.Let != nil {
			set(t, t.locals, s.Let, from)
		}
		t.block(s.Then, from)
		t.block(s.Else, from)
	case *ir.For:
		from := either(decided, t.expr(s.In))
		for _, l := range []*ir.Local{s.Key, s.Value} {
			if l != nil {
				set(t, t.locals, l, from)
			}
		}
		t.block(s.Body, from)
	case *ir.Emit:
		t.emit(s.Stream, s.Args, decided)
	case *ir.Fail, *ir.Return, *ir.Branch:
		t.left = either(t.left, decided) // what follows runs or not
	case *ir.Nested:
		t.block(s.Block, decided)
	}
}

// assign notes a change of a local or a state, or of an entry of one.
func (t *taint) assign(target ir.Expr, from source.Span) {
	switch x := target.(type) {
	case *ir.LocalRef:
		set(t, t.locals, x.Local, from)
	case *ir.StateRef:
		set(t, t.states, x.State, from)
	case *ir.Index:
		t.assign(x.X, either(from, t.expr(x.Index)))
	case *ir.RecordField:
		t.assign(x.X, from)
	}
}
