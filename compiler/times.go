package compiler

import (
	"math"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/task"
)

// Event time. An output that says `time at lateness 10s` has its tuples' time in a field. A query that gives that field on has its time in the column. Windows over such
// streams go by it: when one begins is a key of its groups, computed by the bolt before the query, and the watermark ends them (ir.AtMark). What
// comes for a window that is over goes to `.late`, or where nobody reads that, fails.

// lateness is what becomes of tuples that come too late for a query's windows.
type lateness struct {
	comp   *component
	places []latePlace
	stream *stream // nil where nobody reads it
}

// latePlace is where one is found to be late.
type latePlace struct {
	block *ir.Block // what is done with it
	emit  []ir.Expr // what `.late` gets
}

// outputTime resolves `time at lateness 10s`.
func (c *compilation) outputTime(comp *component, s *stream, t *ast.Time) {
	if s.opaque {
		return
	}
	i := fieldIndex(s.ir.Fields, t.Field.Name)
	switch {
	case i < 0:
		c.err(timeField, t.Field.Span(), "this output has no field %s", t.Field.Name).
			choose(t.Field.Span(), t.Field.Name, "its fields", fieldNames(s.ir.Fields))
		return
	case s.ir.Fields[i].Type.Kind == types.Invalid:
		return
	case s.ir.Fields[i].Type.Kind != types.Time:
		c.err(timeField, t.Field.Span(), "field %s is a %s, and tuples have their time in a field of type time", t.Field.Name, s.ir.Fields[i].Type).
			help("make a time of it where it is read: `parse_time(text, layout)` or `time(text)`")
		return
	}
	out := &ir.Time{Field: i, Own: true}
	if t.Lateness != nil {
		e := &env{compilation: c, comp: comp, argument: true}
		out.Lateness = e.value(t.Lateness, types.TDuration, "the lateness of "+comp.name.Name)
		if isInvalid(out.Lateness) {
			return
		}
		if d, ok := ir.Constant(out.Lateness); ok && d.(time.Duration) < 0 {
			c.err(timeField, t.Lateness.Span(), "a lateness is not less than nothing").help("write e.g. `lateness 10s`")
			return
		}
	}
	s.ir.Time = out
}

// timeOf is where the tuples of an input have their time: nil where they have none, or not all of them the same.
func (c *compilation) timeOf(in *input) *ir.Time {
	var out *ir.Time
	for i, s := range in.sources {
		t := s.ir.Time
		if t == nil || in.opaque || i > 0 && in.sources[0].ir.Fields[out.Field].Name != s.ir.Fields[t.Field].Name {
			return nil
		}
		if out == nil {
			out = t
		}
	}
	return out
}

// eventTime makes a window one of event time, where what it reads has a time; false where it goes by the clock, or by rows.
func (c *compilation) eventTime(s *selecting, w *windowed) bool {
	t := c.timeOf(s.in)
	if w.kind == "count" {
		return false
	}
	if t == nil {
		for _, src := range s.in.sources {
			if late := c.ofWindows(src); late != nil {
				c.err(timeMixed, s.decl.From.Span(), "the rows of %s are of windows that go by the time of tuples, and have no time themselves", src.ir.FullName()).
					help("let %s give it on: `select ..., ALIAS.window_end as until`", late.comp.name.Name)
				s.broken = true
				return true
			}
			if src.ir.Time != nil {
				c.err(timeMixed, s.decl.From.Span(), "only some of what is read here has a time of its own, or by another name: %s has", src.ir.FullName()).
					help("let all of them say `time FIELD`, with one field's name, or read them by windows of their own")
				s.broken = true
				return true
			}
		}
		if w.clock = w.kind == "sliding" || s.comp.until != nil; !w.clock {
			return false
		}
		t = &ir.Time{}
	}
	if w.kind == "session" && w.every != nil {
		c.err(notYetTime, s.decl.Early.Span(), "a session by the time of tuples does not tell how it goes on yet").help("take `emit every` out: it tells when it ends")
		s.broken = true
		return true
	}
	w.time, w.within = t.Field, t.Window
	w.mark = markState(s.decl.Window)
	switch {
	case w.kind == "session":
		w.frames = &ir.Frames{Size: w.size, Session: true, Late: &ir.Local{ID: c.queryEnv(s).nextLocal(), Name: "late", Type: types.TBool}}
	case w.every != nil:
		w.frames = &ir.Frames{Size: w.size, Every: w.every, Growing: w.kind != "sliding"}
	}
	return true
}

// markState is the state of a bolt that has its watermark.
func markState(at ast.Spanned) *ir.State {
	return &ir.State{Name: "watermark", Type: types.TInt, Scope: ir.Shared, Span: at.Span(),
		Initial: &ir.Const{Typed: typed(types.TInt, at), Value: int64(math.MinInt64)}}
}

// ofWindows is the query whose windows of event time a stream's rows are of; nil where they are of none.
func (c *compilation) ofWindows(src *stream) *lateness {
	for _, comp := range c.order {
		if comp.ir == src.ir.From && src.ir.Name == "" {
			return comp.late
		}
	}
	return nil
}

// core calls a function of the core library that only queries use.
func (s *selecting) core(c *compilation, name string, args ...ir.Expr) ir.Expr {
	m := c.prelude()
	f := m.funcs[name]
	c.in(m).checkFunc(f)
	return &ir.FuncCall{Typed: typed(f.ir.Result, s.decl.Window), Func: f.ir, Args: args}
}

// window adds the start of a tuple's window to what the bolt before a query computes.
func (b *rowsBefore) window(c *compilation, s *selecting) int {
	name := "window_start"
	for fieldIndex(b.fields, name) >= 0 {
		name += "_"
	}
	size := s.window.size
	start := s.timeIn(c, b.in)
	if s.window.clock {
		s.window.time = b.clock(s)
		start = b.values[len(b.values)-1]
	}
	switch f := s.window.frames; {
	case f == nil:
		start = s.core(c, "_window", start, size)
	case !f.Session:
		start = s.core(c, "_window", start, s.sliceOf(c))
	}
	b.fields, b.values = append(b.fields, types.Field{Name: name, Type: types.TTime}), append(b.values, start)
	return len(b.fields) - 1
}

// clock adds the time at which a row comes.
func (b *rowsBefore) clock(s *selecting) int {
	name := "clock"
	for fieldIndex(b.fields, name) >= 0 {
		name += "_"
	}
	now := &ir.FuncCall{Typed: typed(types.TTime, s.decl.Window), Func: &ir.Func{Name: "now", Builtin: "now", Result: types.TTime}}
	b.fields, b.values = append(b.fields, types.Field{Name: name, Type: types.TTime}), append(b.values, now)
	return len(b.fields) - 1
}

// clockTime is the time of rows that have that at which they come.
func (s *selecting) clockTime(c *compilation) *ir.Time {
	w := s.window
	t := &ir.Time{Field: w.time, Own: true, Clock: true}
	step := w.size
	if w.frames != nil {
		step = s.sliceOf(c)
	}
	if d, ok := ir.Constant(step); ok {
		t.Step = d.(time.Duration)
	}
	return t
}

// whole adds a key that all rows have in common: the slices of a window that has no keys are in one place.
func (b *rowsBefore) whole(s *selecting) int {
	name := "all"
	for fieldIndex(b.fields, name) >= 0 {
		name += "_"
	}
	b.fields, b.values = append(b.fields, types.Field{Name: name, Type: types.TInt}), append(b.values, s.number(0))
	return len(b.fields) - 1
}

// timeIn is the time of a row of an input.
func (s *selecting) timeIn(c *compilation, in *input) ir.Expr {
	at := &ir.FieldRef{Typed: typed(types.TTime, s.decl.Window), Input: in.ir, Index: s.window.time}
	if s.window.within != nil {
		return s.core(c, "_last", at, s.window.within)
	}
	return at
}

// rowTime is the time of the row that the query is at.
func (s *selecting) rowTime(c *compilation) ir.Expr { return s.timeIn(c, s.in) }

// sliceOf is how long the slices are of a query's windows.
func (s *selecting) sliceOf(c *compilation) ir.Expr {
	w := s.window
	size, known := ir.Constant(w.size)
	every, too := ir.Constant(w.every)
	if known && too {
		return &ir.Const{Typed: typed(types.TDuration, s.decl.Window), Value: task.Sliced(size.(time.Duration), every.(time.Duration))}
	}
	return s.core(c, "_slice", w.size, w.every)
}

// endOf computes when a window ends where its columns say so.
func (s *selecting) endOf(c *compilation, in func(ir.Expr) ir.Expr) []ir.Stmt {
	w := s.window
	if w.end == nil || w.frames != nil {
		return nil
	}
	k := s.keys[w.start].field
	start := in(&ir.FieldRef{Typed: typed(types.TTime, s.decl.Window), Input: s.in.ir, Index: k})
	return []ir.Stmt{&ir.Let{Pos: posOf(s.decl.Window), Local: w.end, Value: s.core(c, "_end", start, w.size)}}
}

// windowField is `alias.window_end` of a query whose windows go by the time of tuples; nil of other fields. What is known when a window ends only can't be read of a row.
func (s *selecting) windowField(e *env, in *input, x *ast.Select) ir.Expr {
	name := x.Field.Name
	if s == nil || in != s.in || name != "window_end" && name != "window_start" {
		return nil
	}
	w := s.window
	if w == nil || w.mark == nil || fieldIndex(s.read.ir.Fields, name) >= 0 {
		return nil // of the stream itself
	}
	if s.inside != nil && (name == "window_end" || w.frames != nil) {
		s.broken = true
		e.err(windowInside, x.Span(), "%s is known when the window ends, not of a row", e.text(x.Span())).related(s.inside.Span(), "this goes over rows").
			help("let it stand outside of the aggregate, in a column or behind `having`")
		return invalid(x)
	}
	if name == "window_start" {
		return nil
	}
	in.used = true
	if w.end == nil {
		w.end = &ir.Local{ID: e.nextLocal(), Name: "window_end", Type: types.TTime}
	}
	return &ir.LocalRef{Typed: typed(types.TTime, x), Local: w.end}
}

// lasts makes the states that say from when to when a session is.
func (s *selecting) lasts(c *compilation) {
	w, at, pos := s.window, s.decl.Window, posOf(s.decl.Window)
	first, last := s.state(at, "from", types.TTime, nil), s.state(at, "until", types.TTime, nil)
	w.frames.First, w.frames.Last, w.frames.Rows = first.State, last.State, w.rows.State
	is := func(op string, x, y ir.Expr) ir.Expr { return s.binary(op, types.TBool, x, y) }
	set := func(st *ir.StateRef, cond, v ir.Expr) ir.Stmt {
		return &ir.If{Pos: pos, Cond: cond, Then: &ir.Block{Stmts: []ir.Stmt{&ir.Assign{Pos: pos, Target: st, Value: v}}}}
	}
	row, none := s.rowTime(c), is("==", w.rows, s.number(0))
	s.steps = append(s.steps, set(first, is("or", none, is("<", row, first)), row), set(last, is("or", none, is(">", row, last)), row))
	s.merges = append(s.merges, set(first, is("<", s.with(first), first), s.with(first)), set(last, is(">", s.with(last), last), s.with(last)))
}

// allMerged sees that all that a query keeps is added up where parts of windows are.
func (s *selecting) allMerged(c *compilation) {
	merged := map[*ir.State]bool{s.window.mark: true}
	ir.WalkBlock(&ir.Block{Stmts: s.merges}, func(st ir.Stmt) {
		if a, ok := st.(*ir.Assign); ok {
			if ref, ok := ir.TargetRoot(a.Target).(*ir.StateRef); ok {
				merged[ref.State] = true
			}
		}
	}, func(ir.Expr) {})
	for _, st := range s.states {
		if !merged[st] {
			c.err(notYetTime, st.Span, "this does not go over windows that overlap yet").help("`window tumbling D` does")
		}
	}
}

// lateFirst is what a bolt does with a tuple before all else: it sees whether it comes too late.
func (s *selecting) lateFirst() []ir.Stmt {
	if s.late == nil {
		return nil
	}
	return []ir.Stmt{s.late}
}

// watchLate makes the statement that takes what comes too late.
func (c *compilation) watchLate(s *selecting) {
	w := s.window
	if w == nil || w.mark == nil {
		return
	}
	if w.clock {
		s.states = append(s.states, w.mark)
		return // nothing comes behind the clock
	}
	at := s.decl.Window
	pos := posOf(at)
	field := func(i int) ir.Expr {
		return &ir.FieldRef{Typed: typed(s.in.ir.Fields[i].Type, at), Input: s.in.ir, Index: i}
	}
	mark := &ir.StateRef{Typed: typed(types.TInt, at), State: w.mark}
	behind := s.core(c, "_behind", s.rowTime(c), mark)
	p := latePlace{block: &ir.Block{Stmts: []ir.Stmt{&ir.Fail{Pos: pos, Why: &ir.Interp{Typed: typed(types.TString, at), Parts: []ir.Expr{
		&ir.Const{Typed: typed(types.TString, at), Value: "too late: its window is over, and time has come on by "}, behind}}}}}}
	rec := &ir.RecordLit{Typed: typed(&types.Type{Kind: types.Record}, at)}
	for i, f := range s.in.ir.Fields {
		if i != s.keys[w.start].field && i != w.all {
			rec.T.Fields, rec.Values = append(rec.T.Fields, f), append(rec.Values, field(i))
		}
	}
	p.emit = []ir.Expr{&ir.FuncCall{Typed: typed(types.TJSON, at), Args: []ir.Expr{rec}, Func: &ir.Func{Name: "to_json", Builtin: "to_json", Result: types.TJSON, Pure: true}}, behind, s.rowTime(c)}
	s.comp.late = &lateness{comp: s.comp, places: []latePlace{p}}
	s.states = append(s.states, w.mark)
	start := field(s.keys[w.start].field)
	if f := w.frames; f != nil && f.Session {
		s.late = &ir.If{Pos: pos, Cond: &ir.LocalRef{Typed: typed(types.TBool, at), Local: f.Late}, Then: p.block}
		return
	} else if f != nil {
		// The last window that holds the slice.
		every := f.Every
		if f.Growing {
			every = f.Size
		}
		start = s.core(c, "_window", start, every)
	}
	s.late = &ir.If{Pos: pos, Cond: s.core(c, "_over", start, w.size, mark), Then: p.block}
}

// passedOn is the time of what a bolt gives on as it is.
func (c *compilation) passedOn(in *input) *ir.Time {
	t := c.timeOf(in)
	if t == nil {
		return nil
	}
	return &ir.Time{Field: t.Field, Window: t.Window, Lasting: t.Lasting}
}

// tooLate is what becomes of what is late for a query. The rows of a join are in time for its windows: what is late is late for the join.
func (c *component) tooLate() *lateness {
	if len(c.joinLate) > 0 {
		return c.joinLate[0]
	}
	return c.late
}

// lateStream is the stream of what comes too late for a query's windows.
func (c *compilation) lateStream(from *component, at source.Span) *stream {
	if from.ordering != nil {
		from = from.ordering.groups
	}
	l := from.tooLate()
	if l == nil {
		if !from.open {
			c.err(lateNothing, at, "nothing comes too late for %s: it has no windows, and no joins, that go by the time of tuples", from.name.Name).
				help("`.late` is of a query with a window or a join over streams that say `time FIELD lateness D`")
		}
		for _, s := range from.outputs {
			s.used = true
		}
		return nil
	}
	out := l.read(from)
	for i, other := range from.joinLate {
		if i > 0 {
			if !out.alias {
				out = &stream{alias: true, ir: out.ir, used: true, parts: []*stream{out}}
			}
			out.parts = append(out.parts, other.read(from))
		}
	}
	return out
}

// read is the stream of what is late in one place.
func (l *lateness) read(from *component) *stream {
	if l.stream == nil {
		s := &ir.Stream{From: l.comp.ir, Name: "late", Span: from.name.Span(), Time: nil, Fields: []types.Field{
			{Name: "tuple", Type: types.TJSON}, {Name: "lateness", Type: types.TDuration}, {Name: "at", Type: types.TTime},
		}}
		l.stream = &stream{ir: s, used: true}
		pos := ir.Pos{Span: from.name.Span()}
		for _, p := range l.places {
			p.block.Stmts = []ir.Stmt{&ir.Emit{Pos: pos, Stream: s, Args: p.emit}, &ir.Return{Pos: pos}}
		}
	}
	return l.stream
}

// outputTime is where the rows that a query gives have their time: in the column that has that of what it reads.
func (s *selecting) outputTime() *ir.Time {
	if s.window != nil && s.window.mark != nil {
		start := s.keys[s.window.start].field
		w := s.window
		for i, col := range s.columns {
			if ref, ok := col.value.(*ir.LocalRef); ok && ref.Local == w.end {
				return &ir.Time{Field: i, Window: &ir.Const{Typed: typed(types.TDuration, s.decl.Window), Value: time.Duration(0)}}
			}
			if ref, ok := col.value.(*ir.FieldRef); ok && ref.Index == start && (w.frames == nil || !w.frames.Growing && !w.frames.Session) {
				return &ir.Time{Field: i, Window: w.size, Lasting: w.size}
			}
		}
		return nil
	}
	if s.grouped || s.comp.sel == nil || s.comp.sel.Union != nil {
		return nil
	}
	for _, src := range s.in.sources {
		if src.ir.Time == nil {
			return nil
		}
		for i, col := range s.columns {
			if ref, ok := col.value.(*ir.FieldRef); ok && ref.Index == src.ir.Time.Field && len(s.in.sources) == 1 {
				return &ir.Time{Field: i, Window: src.ir.Time.Window, Lasting: src.ir.Time.Lasting}
			}
		}
	}
	return nil
}

// testStart is when the clock of a test begins: runtime/trial has the same.
var testStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// givenAt is the time of the tuples of `given view at 5s`: so long behind the beginning of the test.
func (t *testCheck) givenAt(s *ast.Given) ir.Expr {
	v, ok := t.constValue(s.At, types.TDuration, "the time of the tuples, behind the beginning of the test,")
	if !ok {
		return invalid(s.At)
	}
	return &ir.Const{Typed: typed(types.TTime, s.At), Value: testStart.Add(v.(time.Duration))}
}

// proveTimes sees that no window waits for a time that goes round a cycle: what comes round once more may be as old as it likes.
func (c *compilation) proveTimes() {
	c.warnForgotten()
	wants := map[*ir.Component]bool{}
	told := map[*ir.Component]bool{}
	for again := true; again; {
		again = false
		for _, comp := range c.order {
			if (comp.late != nil || comp.ordering != nil) && !wants[comp.ir] {
				wants[comp.ir], again = true, true
			}
			for _, in := range comp.inputs {
				for _, e := range in.edges {
					from := e.Stream.From
					if !wants[comp.ir] || e.Stream.Time == nil {
						continue
					}
					if e.InCycle && !told[comp.ir] {
						told[comp.ir] = true
						c.of(comp).err(timeInCycle, in.decl.Span(), "%s is in a cycle, and a window behind it goes by the time of what it reads: what comes round once more would be too late", comp.name.Name).
							help("let an output behind the cycle say `time FIELD lateness D`")
					}
					if !e.Stream.Time.Own && !wants[from] {
						wants[from], again = true, true
					}
				}
			}
		}
	}
}

// warnForgotten tells of windows by the clock behind a stream that says when its tuples were: a bolt between them does not give that on.
func (c *compilation) warnForgotten() {
	known := map[*ir.Component]*component{}
	for _, comp := range c.order {
		known[comp.ir] = comp
	}
	for _, comp := range c.order {
		if comp.sel == nil || comp.sel.Window == nil || comp.late != nil || comp.open || comp.rows || comp.sel.Window.Kind.Name == "count" {
			continue
		}
		if timed := timedAbove(comp, known, map[*ir.Component]bool{}); timed != nil {
			c.of(comp).warn(timeForgotten, headOf(comp.sel.Window, "window"), "this window goes by the clock: what %s reads has no time of its own, though %s has", comp.name.Name, timed.FullName()).
				related(timed.Span, "this one").
				help("let what it reads say `time FIELD lateness D`, or give that column on by `select`")
		}
	}
}

// timedAbove is a stream above a component that says when its tuples were; nil where there is none.
func timedAbove(comp *component, known map[*ir.Component]*component, seen map[*ir.Component]bool) *ir.Stream {
	if comp == nil || seen[comp.ir] {
		return nil
	}
	seen[comp.ir] = true
	for _, in := range comp.inputs {
		for _, e := range in.edges {
			if t := e.Stream.Time; t != nil && t.Own && !t.Clock {
				return e.Stream
			}
			if s := timedAbove(known[e.Stream.From], known, seen); s != nil {
				return s
			}
		}
	}
	return nil
}
