package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// taint is where values come from that are not the same each time: in each attempt, or in each task. A zero span is a value that is the same.
// It follows values, and what decides that something is done: conditions, what leaves a block, and what fails, which takes back all that its
// execution did. It only ever grows, so that it ends. That arithmetic overflows is not looked at.
type taint struct {
	// tasks says that the tasks of a bolt are compared, which all get the same tuple; otherwise attempts are.
	tasks bool

	fields   map[*ir.Stream][]source.Span
	presence map[*ir.Stream]source.Span // whether there is a tuple
	states   map[*ir.State]source.Span
	written  map[*ir.State]source.Span // whether it is
	locals   map[*ir.Local]source.Span
	fails    map[*ir.Block]source.Span // whether an execution of it fails
	reasons  map[*ir.Block]source.Span // what a failure of it says
	why      map[source.Span]string    // of places where it begins
	failing  map[*ir.Func]bool         // functions that can fail
	changed  bool

	// Of the block that is followed.
	comp   *component
	input  *ir.Input   // nil in a timer's
	left   source.Span // whether what follows in the block runs
	loop   source.Span // whether what follows in the loop's body runs
	fail   source.Span
	reason source.Span
	// assigned, where not nil, sees each assignment, what its value comes from, and what decides on it.
	assigned func(s *ir.Assign, value, decided source.Span)
}

func newTaint(tasks bool) *taint {
	spans := func() map[*ir.State]source.Span { return map[*ir.State]source.Span{} }
	blocks := func() map[*ir.Block]source.Span { return map[*ir.Block]source.Span{} }
	return &taint{
		tasks: tasks, fields: map[*ir.Stream][]source.Span{}, presence: map[*ir.Stream]source.Span{}, states: spans(), written: spans(),
		locals: map[*ir.Local]source.Span{}, fails: blocks(), reasons: blocks(), why: map[source.Span]string{}, failing: map[*ir.Func]bool{},
	}
}

// strange is called for what the analysis does not know; it counts as what is never the same. Tests replace it.
var strange = func(any) {}

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

// begins notes a place where something begins to differ.
func (t *taint) begins(at source.Span, why string) source.Span {
	t.why[at] = why
	return at
}

const (
	whyCall   = "this gives another value in each attempt"
	whyGo     = "Go code is not known to do the same in each attempt"
	whyTTL    = "when a `ttl` is over, and it is as it began, is another matter in each attempt"
	whyWrites = "whether this can be written is another matter in each attempt"
	whyOwn    = "each task has one of its own"
	whyTask   = "this gives another value in each task"
)

func (t *taint) component(comp *component) {
	t.comp = comp
	b := comp.ir.Body
	if b == nil {
		t.foreign(comp)
		return
	}
	var fails, reasons source.Span
	run := func(in *ir.Input, block *ir.Block, decided source.Span) {
		if block == nil {
			return
		}
		t.input, t.left, t.loop, t.fail, t.reason = in, source.Span{}, source.Span{}, source.Span{}, source.Span{}
		t.block(block, either(decided, t.fails[block]))
		set(t, t.fails, block, t.fail)
		set(t, t.reasons, block, t.reason)
		fails, reasons = either(fails, t.fails[block]), either(reasons, t.reasons[block])
	}
	for i, block := range b.On {
		if i < len(comp.ir.Inputs) {
			fails = either(fails, t.presenceOf(comp.ir.Inputs[i]))
			run(comp.ir.Inputs[i], block, t.presenceOf(comp.ir.Inputs[i]))
		}
	}
	run(nil, b.Finish, source.Span{})
	if b.FinishPer != nil {
		run(nil, b.FinishPer.Block, t.keys(b.FinishPer.Keys))
	}
	for _, timer := range b.Timers {
		for _, b := range timer.Blocks() {
			run(nil, b, t.keys(timer.Keys))
		}
	}
	if s := comp.failed; s != nil {
		tuple := reasons
		for _, in := range comp.ir.Inputs {
			for i := range in.Fields {
				tuple = either(tuple, t.field(in, i))
			}
		}
		t.send(s.ir, []source.Span{tuple, reasons}, fails)
	}
}

// foreign follows a component in Go: what comes in may decide on all that goes out. A bolt of one's own is not known to do the same in each attempt.
func (t *taint) foreign(comp *component) {
	for _, in := range comp.inputs {
		from := t.presenceOf(in.ir)
		for i := range in.ir.Fields {
			from = either(from, t.field(in.ir, i))
		}
		if comp.ir.Go != nil {
			// What a user's Go does besides nobody knows.
			from = t.begins(comp.ir.Go.Span, whyGo)
		}
		for _, s := range comp.outputs {
			t.send(s.ir, nil, from)
		}
		if s := comp.failed; s != nil {
			if comp.ir.Call != nil && comp.ir.Kind == ir.Sink {
				from = either(from, t.begins(comp.ir.Call.Span, whyWrites))
			}
			t.send(s.ir, nil, from)
		}
	}
}

// arguments says whether it differs that the arguments of a sink that are computed for each tuple can be.
func (t *taint) arguments(comp *component) source.Span {
	if len(comp.ir.Inputs) == 0 {
		return source.Span{}
	}
	t.comp, t.input, t.fail = comp, comp.ir.Inputs[0], source.Span{}
	for _, a := range comp.ir.Call.TupleArgs {
		t.expr(a.Value, source.Span{})
	}
	return t.fail
}

// keys gives the names of a key their values in a block that runs for each live one, and says whether it differs which ones are.
func (t *taint) keys(names []*ir.Local) source.Span {
	var live source.Span
	if len(names) == 0 {
		return live
	}
	for _, in := range t.comp.ir.Inputs {
		live = either(live, t.presenceOf(in))
		for i, f := range in.Fields {
			for _, name := range names {
				if name.Name == f.Name {
					set(t, t.locals, name, t.field(in, i))
					live = either(live, t.field(in, i))
				}
			}
		}
	}
	for _, s := range t.comp.ir.Body.States {
		if s.Scope == ir.PerKey {
			live = either(live, t.written[s])
			if s.TTL != nil && !t.tasks {
				live = either(live, t.begins(s.Span, whyTTL))
			}
		}
	}
	return live
}

// presenceOf says whether it differs which tuples an input gets.
func (t *taint) presenceOf(in *ir.Input) source.Span {
	var from source.Span
	for _, i := range t.comp.inputs {
		if in != nil && i.ir == in && !t.tasks {
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
		if i.ir != in || t.tasks {
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

// send notes a tuple of a stream: what its values come from, as far as they are known, and what decides that it is sent.
func (t *taint) send(s *ir.Stream, values []source.Span, decided source.Span) {
	fields := t.fields[s]
	if fields == nil {
		fields = make([]source.Span, len(s.Fields))
		t.fields[s] = fields
	}
	for i := range fields {
		from := decided
		if i < len(values) {
			from = either(values[i], decided)
		}
		if fields[i].IsZero() && !from.IsZero() {
			fields[i] = from
			t.changed = true
		}
	}
	set(t, t.presence, s, decided)
}

// keyOf says whether it differs whose state the tuple at work has.
func (t *taint) keyOf(s *ir.State) source.Span {
	var from source.Span
	if s.Scope != ir.PerKey || t.input == nil {
		return from
	}
	for _, i := range s.InputKeys(t.input) {
		if i >= 0 {
			from = either(from, t.field(t.input, i))
		}
	}
	return from
}

// state says whether what a state holds differs.
func (t *taint) state(s *ir.State, at source.Span) source.Span {
	switch {
	case t.tasks && s.Scope == ir.Shared:
		return source.Span{} // that is what is proven
	case t.tasks:
		return t.begins(at, whyOwn)
	case s.TTL != nil:
		return either(t.states[s], t.keyOf(s), t.begins(s.Span, whyTTL))
	}
	return either(t.states[s], t.keyOf(s))
}
