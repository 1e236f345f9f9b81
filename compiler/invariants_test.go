package compiler

import (
	"testing"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// checkProgram checks the invariants that package ir promises to codegen.
func checkProgram(t *testing.T, p *ir.Program) {
	t.Helper()
	placed := map[*ir.Component]bool{}
	for _, c := range p.Components {
		for _, e := range p.Edges {
			if e.To == c && e.Loop == nil && !placed[e.Stream.From] {
				t.Errorf("%s stands before %s, which it reads", c.Name, e.Stream.From.Name)
			}
		}
		placed[c] = true
		if n := btoi(c.Body != nil) + btoi(c.Call != nil) + btoi(c.Go != nil); n != 1 {
			t.Errorf("%s has %d of body, call and Go", c.Name, n)
		}
		if c.Call != nil {
			for _, a := range append(append([]*ir.CallArg{}, c.Call.Args...), c.Call.TupleArgs...) {
				if (a.Value == nil) == (a.FieldIndex < 0) {
					t.Errorf("argument %s of %s has not one of value and field", a.Name, c.Name)
				}
				checkExpr(t, c, a.Value)
			}
		}
		if c.Body != nil {
			checkBodyOf(t, c)
		}
	}
	for i, e := range p.Edges {
		if e.ID != i {
			t.Errorf("edge %d has the number %d", i, e.ID)
		}
		if (e.Grouping == ir.ByFields || e.Grouping == ir.ByPartial) != (len(e.Keys) > 0) || e.Grouping == "" {
			t.Errorf("edge %d is by %q with the keys %v", i, e.Grouping, e.Keys)
		}
	}
}

func checkBodyOf(t *testing.T, c *ir.Component) {
	ids := map[int]*ir.Local{}
	local := func(l *ir.Local) {
		if l == nil {
			return
		}
		if ids[l.ID] != nil && ids[l.ID] != l {
			t.Errorf("%s has two locals of number %d", c.Name, l.ID)
		}
		ids[l.ID] = l
		checkType(t, c, l.Type)
	}
	var block func(b *ir.Block)
	block = func(b *ir.Block) {
		if b == nil {
			return
		}
		for _, s := range b.Stmts {
			switch s := s.(type) {
			case *ir.Let:
				local(s.Local)
				checkExpr(t, c, s.Value)
				sameType(t, c, s.Value, s.Local.Type)
			case *ir.LetElse:
				local(s.Local)
				local(s.Why)
				checkExpr(t, c, s.Value)
				block(s.Else)
			case *ir.Assign:
				checkExpr(t, c, s.Target)
				checkExpr(t, c, s.Value)
				if ix, ok := s.Target.(*ir.Index); ok {
					sameType(t, c, s.Value, ix.X.Type().Elem)
				} else {
					sameType(t, c, s.Value, s.Target.Type())
				}
			case *ir.ExprStmt:
				checkExpr(t, c, s.X)
			case *ir.If:
				local(s.Let)
				checkExpr(t, c, s.Cond)
				block(s.Then)
				block(s.Else)
			case *ir.For:
				local(s.Key)
				local(s.Value)
				checkExpr(t, c, s.In)
				block(s.Body)
			case *ir.Emit:
				if len(s.Args) != len(s.Stream.Fields) {
					t.Errorf("%s emits %d values to %s", c.Name, len(s.Args), s.Stream.FullName())
					continue
				}
				for i, a := range s.Args {
					checkExpr(t, c, a)
					sameType(t, c, a, s.Stream.Fields[i].Type)
				}
			case *ir.Fail:
				checkExpr(t, c, s.Why)
			case *ir.Nested:
				block(s.Block)
			case *ir.MatchStmt:
				checkExpr(t, c, s.X)
				for _, a := range s.Arms {
					local(a.Local)
					block(a.Body)
				}
			case *ir.Return, *ir.Branch:
			default:
				t.Errorf("%s has a %T, which nothing here knows", c.Name, s)
			}
		}
	}
	for i, on := range c.Body.On {
		if on == nil {
			t.Errorf("input %d of %s has no handler", i, c.Name)
		}
		block(on)
	}
	block(c.Body.Finish)
	if f := c.Body.FinishPer; f != nil {
		for _, k := range f.Keys {
			local(k)
		}
		block(f.Block)
	}
	for _, timer := range c.Body.Timers {
		for _, k := range timer.Keys {
			local(k)
		}
		block(timer.Block)
	}
}

// sameType checks that a conversion is written out.
func sameType(t *testing.T, c *ir.Component, e ir.Expr, want *types.Type) {
	t.Helper()
	if e != nil && !e.Type().Equal(want) {
		t.Errorf("%s: a %s stands where a %s belongs", c.Name, e.Type(), want)
	}
}

func checkType(t *testing.T, c *ir.Component, typ *types.Type) {
	t.Helper()
	if typ == nil || typ.Broken() || typ.Vars() || typ.Kind == types.None {
		t.Errorf("%s has a value of type %v", c.Name, typ)
	}
}

func checkExpr(t *testing.T, c *ir.Component, e ir.Expr) {
	t.Helper()
	ir.WalkExpr(e, func(e ir.Expr) {
		checkType(t, c, e.Type())
		if m, ok := e.(*ir.Match); ok {
			for _, a := range m.Arms {
				sameType(t, c, a.Value, m.T)
			}
		}
		if b, ok := e.(*ir.Binary); ok && b.Op == "/" && b.T.Kind == types.Float && b.X.Type().Kind == types.Int {
			t.Errorf("%s: `/` on ints without a conversion", c.Name)
		}
		if f, ok := e.(*ir.FuncCall); ok && f.Func.Builtin == "" && f.Func.GoName == "" && f.Func.Body == nil && f.Func.Go == nil {
			t.Errorf("%s calls %s, which nothing implements", c.Name, f.Func.Name)
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
