package compiler

import (
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// A window over the clock is a timer of the bolt: its groups are emitted at its end, and begin anew. A tumbling one is `every D per k`, a session
// `after D`; one of so many rows ends with the row that fills it. All keep how many rows they hold: what holds none has nothing to say. At the end of
// the input what is open is emitted as it is.

// idleGroups is how long the row of a group stays that gets no more rows, beside the length of its window.
const idleGroups = 24 * time.Hour

// windowed is the window of a query.
type windowed struct {
	kind  string
	size  ir.Expr
	every ir.Expr // of early results; nil where there are none
	rows  *ir.StateRef
	// Of a window of event time: which field of what it reads has its tuples' time, which of the keys is its start, and the state that knows how far time has come.
	time   int
	within ir.Expr // where that field is when a window began whose rows are read: how long it was
	start  int
	all    int // which field is the key of all rows, where there are no others; -1 where it is not needed
	mark   *ir.State
	// Of one that overlaps others: it is made of slices, and what is said of its end and its start is known when it ends.
	frames *ir.Frames
	clock  bool      // rows have the time at which they come
	end    *ir.Local // when it ends; nil where nobody asks
}

// windowNotYet reports the kinds of windows, and what belongs to them, that do not compile yet.
func (c *compilation) windowNotYet(q *ast.Selection, report func(x ast.Spanned, word, help string)) {
	if q.Window == nil {
		return
	}
	if q.Window.Kind.Name == "count" && q.Window.Every != nil {
		report(q.Window, "window "+q.Window.Kind.Name, "tumbling, sliding, session, count and cumulative windows do; a tumbling one with `emit every` tells how it goes on")
	}
}

// window resolves the window of a query; false where it is wrong.
func (c *compilation) window(s *selecting) bool {
	q := s.decl
	if q.Window == nil {
		return true
	}
	w := &windowed{kind: q.Window.Kind.Name, all: -1}
	at := headOf(q.Window, "window")
	switch {
	case !s.grouped || q.Distinct != nil:
		c.err(windowOfNothing, at, "a window holds groups, and this query has none").
			help("say what it counts or adds up: `select count() as n ... window %s`, or take the window out", c.text(q.Window.Kind.Span().To(q.Window.Span())))
		return false
	case w.kind == "session" && len(q.Keys) == 0:
		c.err(windowOfNothing, at, "a session is the rows of a key that come close together, and this query has no keys").help("say whose session it is: `group by KEY` before the window")
		return false
	case q.TTL != nil && w.kind != "count":
		c.err(orderNeedsWindow, q.TTL.Span(), "groups in a window end with it, and need no `ttl`").help("take it out")
		return false
	case q.Early != nil && (w.kind == "count" || w.kind == "cumulative" || w.kind == "sliding"):
		c.err(windowOfNothing, q.Early.Span(), "a window `%s` tells by itself how it goes on", w.kind).help("take `emit every` out")
		return false
	}
	of := strings.TrimSuffix(s.comp.name.Name, ".groups")
	if w.kind == "count" {
		e := &env{compilation: c, comp: s.comp, argument: true}
		w.size = e.value(q.Window.Size, types.TInt, "the rows of a window")
		if n, ok := ir.Constant(w.size); ok && w.size.Type().Kind == types.Int && n.(int64) < 1 {
			c.err(windowOfNothing, q.Window.Size.Span(), "a window has one row at least").help("write e.g. `window count 100`")
			return false
		}
	} else {
		w.size = c.delay(s.comp, q.Window.Size, "the length of the window of "+of)
	}
	switch {
	case q.Early != nil:
		w.every = c.delay(s.comp, q.Early, "the time between early results of "+of)
	case w.kind == "cumulative":
		w.every = c.delay(s.comp, q.Window.Every, "the time between the results of "+of)
	case w.kind == "sliding":
		w.every = c.delay(s.comp, q.Window.Every, "the time between the windows of "+of)
	}
	for _, x := range []ir.Expr{w.size, w.every} {
		if x == nil {
			continue
		}
		if d, ok := ir.Constant(x); isInvalid(x) || ok && d == any(time.Duration(0)) {
			return false // reported
		}
	}
	if size, ok := ir.Constant(w.size); ok && w.every != nil {
		every, ok := ir.Constant(w.every)
		switch {
		case ok && w.kind == "sliding" && every.(time.Duration) > size.(time.Duration):
			c.err(windowLeaves, w.every.At(), "windows of %s that move on by %s leave rows out", c.text(q.Window.Size.Span()), c.text(q.Window.Every.Span())).
				help("let them move on by less than their length; `where` says which rows are wanted")
			return false
		case ok && w.kind != "sliding" && every.(time.Duration) >= size.(time.Duration):
			c.err(windowOfNothing, w.every.At(), "results that come each %s are not early in a window of %s", every, size).help("let them come more often than the window ends")
			return false
		}
	}
	if c.eventTime(s, w) {
		s.window = w
		return !s.broken
	}
	if len(q.Keys) > 0 && w.kind != "count" {
		idle := &ir.Const{Typed: ir.Typed{T: types.TDuration, Span: at}, Value: idleGroups}
		if size, ok := ir.Constant(w.size); ok {
			if d := size.(time.Duration); d < 1<<62 {
				idle.Value = d + idleGroups
			}
			s.ttl = idle
		} else {
			s.ttl = &ir.Binary{Typed: idle.Typed, Op: "+", X: w.size, Y: idle}
		}
	}
	s.window = w
	return true
}

// openWindow makes the counter of the rows that a window holds.
func (s *selecting) openWindow(c *compilation) {
	if s.window == nil {
		return
	}
	s.window.rows = s.state(s.decl.Window, "rows", types.TInt, nil)
	if f := s.window.frames; f != nil && f.Session {
		s.lasts(c)
	}
	s.steps = append(s.steps, &ir.Assign{Pos: posOf(s.decl.Window), Target: s.window.rows, Value: s.binary("+", types.TInt, s.window.rows, s.number(1))})
	s.merges = append(s.merges, &ir.Assign{Pos: posOf(s.decl.Window), Target: s.window.rows, Value: s.binary("+", types.TInt, s.window.rows, s.with(s.window.rows))})
}

func (s *selecting) number(n int64) ir.Expr {
	return &ir.Const{Typed: typed(types.TInt, s.decl), Value: n}
}

func (s *selecting) binary(op string, t *types.Type, x, y ir.Expr) ir.Expr {
	return &ir.Binary{Typed: typed(t, s.decl.Window), Op: op, X: x, Y: y}
}

// result is what a window does that ends, or tells how it goes on: it emits a row where it holds one, and where it ends begins anew. keys are the
// locals of a block for each key; nil in the handler of a row.
func (s *selecting) result(c *compilation, keys []*ir.Local, ends bool) *ir.Block {
	pos := posOf(s.decl.Window)
	fresh := map[*ir.Local]*ir.Local{}
	in := func(x ir.Expr) ir.Expr {
		return ir.Rewrite(x, func(x ir.Expr) ir.Expr {
			switch x := x.(type) {
			case *ir.FieldRef:
				for i, k := range s.keys {
					if keys != nil && k.field == x.Index {
						return &ir.LocalRef{Typed: x.Typed, Local: keys[i]}
					}
				}
			case *ir.LocalRef:
				if l := fresh[x.Local]; l != nil {
					return &ir.LocalRef{Typed: x.Typed, Local: l}
				}
			}
			return x
		})
	}
	stmts := s.endOf(c, in)
	emit := &ir.Emit{Pos: pos, Stream: s.comp.output("").ir}
	e := &env{compilation: c, comp: s.comp}
	for _, col := range s.columns {
		v := in(col.value)
		if col.local != nil {
			l := &ir.Local{ID: e.nextLocal(), Name: col.local.Name, Type: col.local.Type}
			fresh[col.local] = l
			stmts = append(stmts, &ir.Let{Pos: pos, Local: l, Value: v})
			v = &ir.LocalRef{Typed: ir.Typed{T: v.Type(), Span: v.At()}, Local: l}
		}
		emit.Args = append(emit.Args, v)
	}
	if s.only != nil {
		stmts = append(stmts, &ir.If{Pos: pos, Cond: in(s.only), Then: &ir.Block{Stmts: []ir.Stmt{emit}}})
	} else {
		stmts = append(stmts, emit)
	}
	if ends {
		stmts = append(stmts, s.anew()...)
	}
	some := s.binary(">", types.TBool, s.window.rows, s.number(0))
	if s.window.kind == "count" && ends {
		some = s.binary(">=", types.TBool, s.window.rows, s.window.size)
	}
	return &ir.Block{Stmts: []ir.Stmt{&ir.If{Pos: pos, Cond: some, Then: &ir.Block{Stmts: stmts}}}}
}

// anew lets the states of a group begin anew. What has a flag or a counter beside it that says whether it holds is left as it is.
func (s *selecting) anew() []ir.Stmt {
	var out []ir.Stmt
	at := s.decl.Window
	for _, st := range s.states {
		v := st.Initial
		if v == nil {
			switch st.Type.Kind {
			case types.Bool:
				v = &ir.Const{Typed: typed(types.TBool, at), Value: false}
			case types.Optional:
				v = &ir.NoneConst{Typed: typed(st.Type, at)}
			case types.Map:
				v = &ir.MapLit{Typed: typed(st.Type, at)}
			default:
				v = zeroOf(st.Type, at.Span())
			}
		}
		if v != nil {
			out = append(out, &ir.Assign{Pos: posOf(at), Target: &ir.StateRef{Typed: typed(st.Type, at), State: st}, Value: v})
		}
	}
	return out
}

// keyLocals are the fields of a group's key, as a block for each key has them.
func (s *selecting) keyLocals(c *compilation) []*ir.Local {
	e := &env{compilation: c, comp: s.comp}
	var out []*ir.Local
	for _, k := range s.keys {
		f := s.in.ir.Fields[k.field]
		out = append(out, &ir.Local{ID: e.nextLocal(), Name: f.Name, Type: f.Type})
	}
	return out
}

// ends writes what ends the windows of a query.
func (s *selecting) ends(c *compilation, body *ir.Body) {
	w := s.window
	if s.order != nil {
		body.Mark, body.Timers = s.mark, append(body.Timers, s.order)
		return
	}
	if w == nil {
		return
	}
	at := s.decl.Window.Span()
	timer := func(kind ir.TimerKind, delay ir.Expr, ends bool) {
		t := &ir.Timer{Kind: kind, Delay: delay, Span: at, Aligned: kind != ir.After}
		if kind != ir.Every {
			t.Keys = s.keyLocals(c)
		}
		t.Block = s.result(c, t.Keys, ends)
		body.Timers = append(body.Timers, t)
		if !ends || !ir.BlockCanFail(t.Block) {
			return
		}
		// What fails at the end of a window takes back all that its block did: that the group begins anew is left to one behind it.
		t.Block = s.result(c, t.Keys, false)
		anew := *t
		anew.Block = &ir.Block{Stmts: s.anew()}
		body.Timers = append(body.Timers, &anew)
	}
	if w.mark != nil {
		body.Mark = w.mark
		t := &ir.Timer{Kind: ir.AtMark, Delay: w.size, Start: w.start, Span: at, Keys: s.keyLocals(c)}
		t.Block = s.result(c, t.Keys, false)
		body.Timers = append(body.Timers, t)
		if w.frames != nil {
			t.Frames = w.frames
			t.Frames.Merge, t.Frames.End = &ir.Block{Stmts: s.merges}, w.end
			s.allMerged(c)
		}
		return
	}
	every := ir.Every
	if len(s.keys) > 0 {
		every = ir.EveryPer
		keys := s.keyLocals(c)
		body.FinishPer = &ir.FinishPer{Keys: keys, Block: s.result(c, keys, false)}
	} else {
		body.Finish = s.result(c, nil, false)
	}
	// Where both are due, the end comes first, and there is nothing left to tell early.
	switch w.kind {
	case "tumbling", "cumulative":
		timer(every, w.size, true)
	case "session":
		timer(ir.After, w.size, true)
	}
	if w.every != nil {
		timer(every, w.every, false)
	}
}
