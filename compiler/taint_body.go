package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// expr says whether an expression's value differs; decided is what decides that it is computed at all. Where it can fail, and that
// differs, it is noted.
func (t *taint) expr(x ir.Expr, decided source.Span) source.Span {
	all := func(list ...ir.Expr) (from source.Span) {
		for _, x := range list {
			if x != nil {
				from = either(from, t.expr(x, decided))
			}
		}
		return from
	}
	switch x := x.(type) {
	case nil, *ir.Const, *ir.ParamRef:
		return source.Span{}
	case *ir.NoneConst:
		return all(x.Why)
	case *ir.LocalRef:
		return t.locals[x.Local]
	case *ir.FieldRef:
		return t.field(x.Input, x.Index)
	case *ir.StateRef:
		return t.state(x.State, x.Span)
	case *ir.RecordField:
		return all(x.X)
	case *ir.OptField:
		return all(x.X)
	case *ir.FuncCall:
		from := all(x.Args...)
		if !x.Func.Pure {
			why := whyCall
			switch {
			case t.tasks:
				why = whyTask
			case x.Func.Go != nil:
				why = whyGo
			}
			from = either(from, t.begins(x.Span, why))
		}
		if t.canFail(x.Func) {
			t.fail = either(t.fail, from, decided)
		}
		return from
	case *ir.Unary:
		return all(x.X)
	case *ir.Binary:
		return t.binary(x, decided)
	case *ir.Convert:
		return all(x.X)
	case *ir.Index:
		return all(x.X, x.Index)
	case *ir.Default:
		from := all(x.X)
		return either(from, t.expr(x.Y, either(decided, from)))
	case *ir.Must:
		from := all(x.X)
		t.fail = either(t.fail, from, decided)
		return from
	case *ir.Interp:
		return all(x.Parts...)
	case *ir.ListLit:
		return all(x.Items...)
	case *ir.Ordered:
		return all(x.X, x.I, x.Item)
	case *ir.MapLit:
		return either(all(x.Keys...), all(x.Values...))
	case *ir.RecordLit:
		return all(x.Values...)
	case *ir.Range:
		return all(x.From, x.To)
	case *ir.Match:
		from := all(x.X)
		out := from
		for _, a := range x.Arms {
			t.bind(a.Local, either(from, decided))
			if a.Value != nil {
				out = either(out, t.expr(a.Value, either(decided, from)))
			}
		}
		return out
	case *ir.Capture:
		return all(x.X)
	case *ir.Failing:
		t.reason = either(t.reason, all(x.Why))
		t.fail = either(t.fail, decided)
		return source.Span{}
	}
	strange(x)
	return t.begins(x.At(), whyCall)
}

func (t *taint) binary(x *ir.Binary, decided source.Span) source.Span {
	left := t.expr(x.X, decided)
	switch x.Op {
	case "and", "or":
		return either(left, t.expr(x.Y, either(decided, left)))
	}
	right := t.expr(x.Y, decided)
	if divides(x) {
		t.fail = either(t.fail, right, decided)
	}
	return either(left, right)
}

// divides reports whether an operation may fail because it divides by nothing.
func divides(x *ir.Binary) bool {
	switch x.Op {
	case "/", "div", "mod":
		if c, ok := ir.Constant(x.Y); ok {
			return c == int64(0) || c == 0.0
		}
		return true
	}
	return false
}

// canFail reports whether a call of a function may fail the tuple.
func (t *taint) canFail(f *ir.Func) bool {
	if known, ok := t.failing[f]; ok || f.Body == nil {
		return known || f.Body == nil && f.Fails
	}
	t.failing[f] = false // a function that calls itself fails by what else it does
	fails := false
	ir.WalkBlock(f.Body.Block, func(s ir.Stmt) {
		switch s := s.(type) {
		case *ir.Fail:
			fails = true
		case *ir.Assign:
			fails = fails || placeCanFail(s.Target)
		}
	}, func(x ir.Expr) {
		switch x := x.(type) {
		case *ir.Must, *ir.Failing:
			fails = true
		case *ir.Binary:
			fails = fails || divides(x)
		case *ir.FuncCall:
			fails = fails || t.canFail(x.Func)
		}
	})
	t.failing[f] = fails
	return fails
}

// placeCanFail reports whether what is assigned to may not be there: an item of a list, or a field of what a map has not.
func placeCanFail(target ir.Expr) bool {
	switch x := target.(type) {
	case *ir.RecordField:
		if i, ok := x.X.(*ir.Index); ok && i.X.Type().Kind == types.Map {
			return true
		}
		return placeCanFail(x.X)
	case *ir.Index:
		return x.X.Type().Kind == types.List || placeCanFail(x.X)
	}
	return false
}

// bind notes what a name stands for.
func (t *taint) bind(l *ir.Local, from source.Span) {
	if l != nil {
		set(t, t.locals, l, from)
	}
}

// block follows statements; `decided` is what decides that they run, where that differs.
func (t *taint) block(b *ir.Block, decided source.Span) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		t.stmt(s, either(decided, t.left, t.loop))
	}
}

func (t *taint) stmt(s ir.Stmt, decided source.Span) {
	switch s := s.(type) {
	case *ir.Let:
		t.bind(s.Local, either(t.expr(s.Value, decided), decided))
	case *ir.LetElse:
		from := either(t.expr(s.Value, decided), decided)
		t.bind(s.Local, from)
		t.bind(s.Why, from)
		t.block(s.Else, from)
	case *ir.Assign:
		value := t.expr(s.Value, decided)
		index := t.place(s.Target, decided)
		if t.assigned != nil {
			t.assigned(s, either(value, index), decided)
		}
		switch x := ir.TargetRoot(s.Target).(type) {
		case *ir.LocalRef:
			t.bind(x.Local, either(value, index, decided))
		case *ir.StateRef:
			set(t, t.states, x.State, either(value, index, decided, t.keyOf(x.State)))
			set(t, t.written, x.State, either(decided, t.keyOf(x.State)))
		}
	case *ir.ExprStmt:
		t.expr(s.X, decided)
	case *ir.If:
		from := either(t.expr(s.Cond, decided), decided)
		t.bind(s.Let, from)
		t.block(s.Then, from)
		t.block(s.Else, from)
	case *ir.For:
		from := either(t.expr(s.In, decided), decided)
		t.bind(s.Key, from)
		t.bind(s.Value, from)
		outer := t.loop
		t.block(s.Body, from)
		t.block(s.Body, from) // what the body's end does comes before its start again
		t.loop = outer
	case *ir.Emit:
		values := make([]source.Span, len(s.Args))
		for i, a := range s.Args {
			values[i] = t.expr(a, decided)
		}
		if s.To != nil {
			to := t.expr(s.To, decided)
			if _, ok := ir.Constant(s.To); !ok {
				t.fail = either(t.fail, to, decided)
			}
			decided = either(decided, to)
		}
		if s.Stream.Chosen {
			why := whyGo
			if t.tasks {
				why = whyTask
			}
			t.fail = either(t.fail, t.begins(s.Span, why))
		}
		t.send(s.Stream, values, decided)
	case *ir.Fail:
		t.reason = either(t.reason, t.expr(s.Why, decided))
		t.fail = either(t.fail, decided)
		t.left = either(t.left, decided)
	case *ir.Return:
		t.expr(s.Value, decided)
		t.left = either(t.left, decided) // what follows runs or not
	case *ir.Branch:
		t.loop = either(t.loop, decided)
	case *ir.Nested:
		t.block(s.Block, decided)
	case *ir.MatchStmt:
		from := either(t.expr(s.X, decided), decided)
		for _, a := range s.Arms {
			t.bind(a.Local, from)
			t.block(a.Body, from)
		}
	default:
		strange(s)
		t.fail = either(t.fail, t.begins(s.At(), whyCall))
	}
}

// place says whether it differs which part of a local or a state is assigned to. Where a list has no such item, the assignment fails.
func (t *taint) place(target ir.Expr, decided source.Span) source.Span {
	var from source.Span
	for _, i := range ir.TargetIndexes(target) {
		from = either(from, t.expr(i, decided))
	}
	if placeCanFail(target) {
		t.fail = either(t.fail, from, t.expr(ir.TargetRoot(target), decided), decided)
	}
	return from
}
