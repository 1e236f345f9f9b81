package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// body lowers the statements of a block into the block being written.
func (f *fn) body(b *ir.Block) {
	for _, s := range b.Stmts {
		if f.g.tests != nil && f.g.tests.cover && !f.uncounted {
			f.add(f.g.tests.count(f.g.place(s.At())))
		}
		switch s.(type) {
		case *ir.Nested, *ir.Branch:
		case *ir.Return:
			if f.result != nil {
				f.add(f.g.marker(s.At()))
			}
		default:
			f.add(f.g.marker(s.At()))
		}
		f.stmt(s)
	}
}

func (f *fn) stmt(s ir.Stmt) {
	switch s := s.(type) {
	case *ir.Let:
		f.let(s)
	case *ir.LetElse:
		o := f.opt(s.Value)
		f.add(jen.If(jen.Op("!").Add(o.ok)).Block(f.block(func() {
			if s.Why != nil {
				f.declare(s.Why, o.why)
			}
			f.body(s.Else)
		})...))
		f.declare(s.Local, f.boundTo(s.Value, s.Local.Type, o.v))
	case *ir.Assign:
		f.assign(s)
		if state := rootState(s.Target); state != nil && f.wrote != nil {
			f.wrote(state)
		}
	case *ir.ExprStmt:
		f.add(jen.Id("_").Op("=").Add(f.expr(s.X).code))
	case *ir.If:
		f.ifStmt(s)
	case *ir.For:
		outer, inside := f.loop, f.inSwitch
		f.loop, f.inSwitch = &loop{}, false
		f.forStmt(s)
		if last := len(f.stmts) - 1; f.loop.label != "" {
			f.stmts[last] = jen.Id(f.loop.label).Op(":").Line().Add(f.stmts[last])
		}
		f.loop, f.inSwitch = outer, inside
	case *ir.MatchStmt:
		f.matchStmt(s)
	case *ir.Emit:
		f.emitStmt(s)
	case *ir.Fail:
		why := f.expr(s.Why)
		outer, lasting := f.passing, f.lasting
		if s.Passes {
			f.passing, f.lasting = true, nil
		}
		f.failed(s.Span, why.code)
		f.passing, f.lasting = outer, lasting
	case *ir.Return:
		if s.Value != nil {
			f.result(f.expr(s.Value).code)
		} else {
			f.returned()
		}
	case *ir.Branch:
		switch {
		case s.Word == "break" && f.inSwitch:
			if f.loop.label == "" {
				f.loop.label = f.labels + f.temp("loop")
			}
			f.add(jen.Break().Id(f.loop.label))
		case s.Word == "break":
			f.add(jen.Break())
		default:
			f.add(jen.Continue())
		}
	case *ir.Nested:
		f.add(jen.Block(f.block(func() { f.body(s.Block) })...))
	}
}

// rootState is the state that an assignment changes; nil where it is none.
func rootState(target ir.Expr) *ir.State {
	if ref, ok := ir.TargetRoot(target).(*ir.StateRef); ok {
		return ref.State
	}
	return nil
}

// declare writes `name := v`, and says that the name is used where the user never reads it.
func (f *fn) declare(l *ir.Local, v jen.Code) {
	f.add(jen.Id(localName(l)).Op(":=").Add(v))
	if f.reads[l] == 0 {
		f.add(jen.Id("_").Op("=").Id(localName(l)))
	}
}

func (f *fn) let(s *ir.Let) {
	if s.Value == nil {
		f.declare(s.Local, f.g.zero(s.Local.Type))
		return
	}
	v := f.expr(s.Value).code
	if isContainer(s.Local.Type) && (s.Local.Mutable && !deepFresh(s.Value) || !fresh(s.Value) && mentionsMutable(s.Value)) {
		v = f.g.clone(s.Local.Type, v)
	}
	f.declare(s.Local, v)
}

// zero is code for the zero value of a type: a map is empty, not nil, so that it can be written.
func (g *generator) zero(t *types.Type) jen.Code {
	switch t.Kind {
	case types.Bool:
		return jen.False()
	case types.Int:
		return jen.Int64().Call(jen.Lit(0))
	case types.Float:
		return jen.Lit(0.0)
	case types.String, types.JSON:
		return jen.Lit("")
	case types.Enum:
		return g.enumConst(t, ir.EnumValue{})
	case types.Duration:
		return jen.Qual("time", "Duration").Call(jen.Lit(0))
	case types.Bytes, types.List:
		return jen.Parens(g.goType(t)).Parens(jen.Nil())
	}
	return jen.Add(g.goType(t)).Values()
}

// fresh reports whether an expression makes a container of its own, that nothing else holds. What stands in a literal is
// owned by it (see owned); joined lists share the containers in them.
func fresh(e ir.Expr) bool {
	switch e := e.(type) {
	case *ir.ListLit, *ir.MapLit, *ir.RecordLit, *ir.Const, *ir.NoneConst:
		return true
	case *ir.Binary:
		return e.T.Kind == types.List && !isContainer(e.T.Elem)
	}
	return false
}

// deepFresh reports whether nothing else holds an expression's container, nor one in it: parts of it may be assigned to.
func deepFresh(e ir.Expr) bool {
	var parts []ir.Expr
	switch e := e.(type) {
	case *ir.ListLit:
		parts = e.Items
	case *ir.MapLit:
		parts = e.Values
	case *ir.RecordLit:
		parts = e.Values
	case *ir.Convert:
		parts = []ir.Expr{e.X}
	default:
		return fresh(e)
	}
	for _, p := range parts {
		if isContainer(p.Type()) && !deepFresh(p) {
			return false
		}
	}
	return true
}

// boundTo is a value that an `if let`, a `let ... else` or an arm of a match gives a name: where parts of parts are assigned to, a copy.
func (f *fn) boundTo(from ir.Expr, t *types.Type, v jen.Code) jen.Code {
	if f.deep && isContainer(t) && mentionsMutable(from) {
		return f.g.clone(t, v)
	}
	return v
}

// owned lowers a part of a literal: a container that may change later is copied.
func (f *fn) owned(e ir.Expr) jen.Code {
	v := f.expr(e).code
	if isContainer(e.Type()) && !fresh(e) && mentionsMutable(e) {
		v = f.g.clone(e.Type(), v)
	}
	return v
}

// mentionsMutable reports whether a later assignment may change what e shares.
func mentionsMutable(e ir.Expr) bool {
	found := false
	ir.WalkExpr(e, func(e ir.Expr) {
		switch e := e.(type) {
		case *ir.StateRef:
			found = true
		case *ir.LocalRef:
			found = found || e.Local.Mutable
		}
	})
	return found
}

// selfAppend returns the items of `xs = xs + items`, which need not copy xs.
func selfAppend(s *ir.Assign) ir.Expr {
	b, ok := s.Value.(*ir.Binary)
	if !ok || b.Op != "+" || b.T.Kind != types.List {
		return nil
	}
	switch target := s.Target.(type) {
	case *ir.LocalRef:
		if x, ok := b.X.(*ir.LocalRef); ok && x.Local == target.Local {
			return b.Y
		}
	case *ir.StateRef:
		if x, ok := b.X.(*ir.StateRef); ok && x.State == target.State {
			return b.Y
		}
	}
	return nil
}

func (f *fn) assign(s *ir.Assign) {
	if change, is := s.Value.(*ir.Ordered); is && change.Op >= ir.Put {
		f.assignOrdered(change)
		return
	}
	switch target := s.Target.(type) {
	case *ir.Index:
		if ir.TargetRoot(target) == target.X {
			f.assignItem(target, s)
			return
		}
		f.assignPart(s)
		return
	case *ir.RecordField:
		f.assignPart(s)
		return
	}
	state, isState := s.Target.(*ir.StateRef)
	target := f.expr(s.Target).code
	t := s.Target.Type()
	if items := selfAppend(s); items != nil {
		v := f.expr(items).code
		if isState || isContainer(t.Elem) && !deepFresh(items) {
			v = f.g.clone(t, v)
		}
		f.add(jen.Add(target).Op("=").Append(target, jen.Add(v).Op("...")))
		return
	}
	v := f.expr(s.Value)
	_, isConst := s.Value.(*ir.Const)
	switch {
	case isConst:
	case isState && (t.Kind == types.String || t.Kind == types.JSON):
		// What stays the same is not copied again.
		text := f.once(v)
		f.add(jen.If(jen.Add(f.stateOf(state.State).code).Op("!=").Add(text)).Block(
			jen.Add(target).Op("=").Qual("strings", "Clone").Call(text)))
		return
	case isState || isContainer(t) && !deepFresh(s.Value):
		v.code = f.g.clone(t, v.code)
	}
	f.add(jen.Add(target).Op("=").Add(v.code))
}

func (f *fn) ifStmt(s *ir.If) {
	var cond jen.Code
	var bind func()
	if s.Let != nil {
		o := f.opt(s.Cond)
		cond = o.ok
		bind = func() { f.declare(s.Let, f.boundTo(s.Cond, s.Let.Type, o.v)) }
	} else {
		cond = f.expr(s.Cond).code
		bind = func() {}
	}
	code := jen.If(cond).Block(f.block(func() { bind(); f.body(s.Then) })...)
	if s.Else != nil {
		code = code.Else().Block(f.block(func() { f.body(s.Else) })...)
	}
	f.add(code)
}

func (f *fn) forStmt(s *ir.For) {
	switch in := s.In.(type) {
	case *ir.Range:
		// The bounds are those at the start, whatever the body assigns.
		from, to := f.bound(in.From), f.bound(in.To)
		// The counter is ours: the user's name is a copy, so that nothing in the body can change it.
		i := f.temp("i")
		f.add(jen.For(jen.Id(i).Op(":=").Add(from), jen.Id(i).Op("<").Add(to), jen.Id(i).Op("++")).Block(
			f.block(func() { f.declare(s.Key, jen.Id(i)); f.body(s.Body) })...))
		return
	case *ir.FuncCall:
		if in.Func.GoSeq != "" && s.Value == nil {
			f.forSeq(s, in)
			return
		}
		if in.Func.Go != nil && in.Func.Go.Seq != "" && s.Value == nil {
			f.forUserSeq(s, in)
			return
		}
	}
	x := f.expr(s.In).code
	if assignsItems(s.Body) && !fresh(s.In) && mentionsMutable(s.In) {
		// What is ranged over is the value at the start.
		x = f.g.clone(s.In.Type(), x)
	}
	i, item := f.temp("i"), f.temp("item")
	if s.In.Type().Kind == types.Map {
		m := f.once(val{code: x})
		f.add(jen.For(jen.List(jen.Id("_"), jen.Id(i)).Op(":=").Range().Add(f.g.sortedKeys(s.In.Type().Key, m))).Block(
			f.block(func() {
				f.declare(s.Key, jen.Id(i))
				if s.Value != nil {
					f.declare(s.Value, jen.Add(m).Index(jen.Id(i)))
				}
				f.body(s.Body)
			})...))
		return
	}
	if s.Value == nil {
		f.add(jen.For(jen.List(jen.Id("_"), jen.Id(item)).Op(":=").Range().Add(x)).Block(
			f.block(func() { f.declare(s.Key, jen.Id(item)); f.body(s.Body) })...))
		return
	}
	f.add(jen.For(jen.List(jen.Id(i), jen.Id(item)).Op(":=").Range().Add(x)).Block(
		f.block(func() {
			f.declare(s.Key, jen.Int64().Call(jen.Id(i)))
			f.declare(s.Value, jen.Id(item))
			f.body(s.Body)
		})...))
}

// bound is the value of an end of a range, kept.
func (f *fn) bound(e ir.Expr) jen.Code {
	v := f.expr(e)
	if _, ok := e.(*ir.Const); !ok {
		v.simple = false
	}
	return f.once(v)
}

// assignsDeep reports whether a block assigns to parts of parts, which other values that were taken out must not see.
func assignsDeep(b *ir.Block) bool {
	found := false
	walkBlock(b, func(s ir.Stmt) {
		if a, ok := s.(*ir.Assign); ok {
			switch t := a.Target.(type) {
			case *ir.Index:
				found = found || ir.TargetRoot(t) != t.X
			case *ir.RecordField:
				found = true
			}
		}
	}, func(ir.Expr) {})
	return found
}

// assignsItems reports whether a block assigns to parts of lists, maps or records.
func assignsItems(b *ir.Block) bool {
	found := false
	walkBlock(b, func(s ir.Stmt) {
		if a, ok := s.(*ir.Assign); ok {
			if ir.TargetRoot(a.Target) != a.Target {
				found = true
			}
		}
	}, func(ir.Expr) {})
	return found
}

// forSeq ranges over what a function makes item by item: no list is made.
func (f *fn) forSeq(s *ir.For, call *ir.FuncCall) {
	args := make([]jen.Code, len(call.Args))
	for i, a := range call.Args {
		args[i] = f.expr(a).code
	}
	if change := caseOnce(s, call.Func); change != nil {
		args[0] = jen.Qual(change.GoPkg, change.GoName).Call(jen.Op("&").Add(f.arenaOf()), args[0])
		if f.changed == nil {
			f.changed = map[*ir.Local]*ir.Func{}
		}
		f.changed[s.Key] = change
	}
	seq, item, more := f.temp("seq"), "_", f.temp("more")
	if f.reads[s.Key] > 0 {
		item = localName(s.Key)
	}
	f.add(jen.Id(seq).Op(":=").Qual(call.Func.GoPkg, call.Func.GoSeq).Call(args...))
	key := &itemKey{name: item + "key"}
	if call.Func.GoPkg == pkgText && call.Func.GoName == "Words" {
		if f.keys == nil {
			f.keys = map[string]*itemKey{}
		}
		f.keys[item] = key
	}
	body := f.block(func() { f.body(s.Body) })
	next := jen.List(jen.Id(item), jen.Id(more)).Op(":=").Id(seq).Dot("Next").Call()
	if key.used {
		next = jen.List(jen.Id(item), jen.Id(key.name), jen.Id(more)).Op(":=").Id(seq).Dot("NextKey").Call()
	}
	f.add(jen.For().Block(append([]jen.Code{next, jen.If(jen.Op("!").Id(more)).Block(jen.Break())}, body...)...))
}
