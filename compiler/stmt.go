package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// block types statements in the scope of e, and ends that scope.
func (e *env) block(stmts []ast.Stmt) *ir.Block {
	out := &ir.Block{}
	left := false
	for _, s := range stmts {
		if left {
			e.warn(unreachable, firstLine(e.compilation, s.Span()), "this is never reached").
				help("take it out, or move it before the statement that leaves")
			left = false // once is enough
		}
		n := len(out.Stmts)
		out.Stmts = append(out.Stmts, e.stmt(s)...)
		left = len(out.Stmts) > n && leaves(out.Stmts[len(out.Stmts)-1])
	}
	e.leave()
	return out
}

// leaves reports whether what stands after a statement is never reached.
func leaves(s ir.Stmt) bool {
	switch s := s.(type) {
	case *ir.Return, *ir.Fail, *ir.Branch:
		return true
	case *ir.If:
		return s.Else != nil && blockLeaves(s.Then) && blockLeaves(s.Else)
	case *ir.Nested:
		return blockLeaves(s.Block)
	case *ir.MatchStmt:
		for _, a := range s.Arms {
			if !blockLeaves(a.Body) {
				return false
			}
		}
		return true
	}
	return false
}

func blockLeaves(b *ir.Block) bool {
	for _, s := range b.Stmts {
		if leaves(s) {
			return true
		}
	}
	return false
}

func posOf(s ast.Spanned) ir.Pos { return ir.Pos{Span: s.Span()} }

// stmt types one statement; it may become none (where it is wrong) or two.
func (e *env) stmt(s ast.Stmt) []ir.Stmt {
	if e.fn != nil && e.boltStmt(s) {
		return nil
	}
	switch s := s.(type) {
	case *ast.Let:
		return one(e.let(s))
	case *ast.Var:
		return one(e.varStmt(s))
	case *ast.Assign:
		return e.assign(s)
	case *ast.ExprStmt:
		return e.exprStmt(s)
	case *ast.If:
		return one(e.ifStmt(s))
	case *ast.For:
		return one(e.forStmt(s))
	case *ast.Emit:
		return e.emit(s)
	case *ast.Fail:
		return one(e.fail(s))
	case *ast.Return:
		return one(e.returnStmt(s))
	case *ast.Branch:
		if e.loops == 0 {
			e.err(branchOutside, s.Span(), "`%s` stands in no `for`", s.Word).help("`return` ends the work on this tuple")
			return nil
		}
		return one(&ir.Branch{Pos: posOf(s), Word: s.Word})
	case *ast.Block:
		return one(&ir.Nested{Pos: posOf(s), Block: e.inner().block(s.Stmts)})
	case *ast.MatchStmt:
		return one(e.matchStmt(s))
	case *ast.BadStmt:
		return e.badStmt(s)
	case *ast.On, *ast.Finish, *ast.Timer:
		if !e.unclosed() {
			e.nested(s)
		}
	case *ast.State:
		if !e.unclosed() {
			e.err(stateNested, s.Name.Span(), "a state is declared at the top of the body, not in a block").
				help("move it before the first statement of the bolt")
		}
		e.declare(s.Name, types.TInvalid, "var") // what reads it is in order
	}
	return nil
}

// unclosed reports whether a block of the body is not closed: what seems to stand in one may stand at the top.
func (e *env) unclosed() bool {
	return e.comp != nil && e.comp.unread && e.comp.decl != nil && e.comp.decl.Body != nil && unclosed(e.comp.decl.Body)
}

// nested reports a block of a bolt that stands in another one.
func (e *env) nested(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.On:
		e.err(notHere, headOf(s, "on"), "`on` stands at the top of the body, not in a block")
	case *ast.Finish:
		e.err(notHere, headOf(s, "finish"), "`finish` stands at the top of the body, not in a block")
	case *ast.Timer:
		e.err(notHere, headOf(s, s.Word), "`%s` stands at the top of the body, not in a block", s.Word)
	}
}

func one(s ir.Stmt) []ir.Stmt { return []ir.Stmt{s} }

// boltStmt reports a statement that stands in a function and belongs into a bolt.
func (e *env) boltStmt(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.Emit:
		e.ignoreArgs(s.Args)
		e.notInFunction(headOf(s, "emit"), "emits nothing", "`return` the value, and let the bolt emit it")
	case *ast.State:
		e.notInFunction(headOf(s, "state"), "has no state", "declare a `var`, or pass the state's value as an argument")
	case *ast.On:
		e.notInFunction(headOf(s, "on"), "has no inputs", "declare a bolt")
	case *ast.Finish:
		e.notInFunction(headOf(s, "finish"), "has no end to wait for", "declare a bolt")
	case *ast.Timer:
		e.notInFunction(headOf(s, s.Word), "has no timers", "declare a bolt")
	default:
		return false
	}
	return true
}

// badStmt types the blocks of a statement that could not be parsed, and declares its names with a type that suits everyone.
func (e *env) badStmt(s *ast.BadStmt) []ir.Stmt {
	in := e
	if len(s.Body) > 0 {
		in = e.inner()
		in.loops++
	}
	for _, n := range s.Names {
		l := in.declare(n, types.TInvalid, "let")
		l.read, l.broken = true, true
	}
	var out []ir.Stmt
	for _, b := range s.Body {
		// As if it might not run: what comes behind it can be reached.
		out = append(out, &ir.If{Pos: posOf(b), Cond: invalid(b), Then: in.inner().block(b.Stmts)})
	}
	return out
}

// let types `let x = v` and `let x = v else why { }`.
func (e *env) let(s *ast.Let) ir.Stmt {
	if s.Else != nil {
		return e.letElse(s)
	}
	v := e.expr(s.Value, nil)
	if v.Type().Kind == types.None {
		e.err(typeUnknown, s.Value.Span(), "none does not say what is missing").
			help("write its type: `var %s int? = none`", s.Name.Name)
		v = invalid(s.Value)
	}
	l := e.declare(s.Name, v.Type(), "let")
	l.wordAt = headOf(s, "let")
	return &ir.Let{Pos: posOf(s), Local: l.ir, Value: v}
}

func (e *env) letElse(s *ast.Let) ir.Stmt {
	v := e.expr(s.Value, nil)
	t := v.Type()
	elem := types.TInvalid
	switch t.Kind {
	case types.Optional:
		elem = t.Elem
	case types.Invalid:
	default:
		rest := s.Span()
		rest.Start = s.Value.Span().End
		e.err(notOptional, s.Value.Span(), "a %s is never missing", t).
			fix(rest, "", "take the `else` out")
		elem = t
	}
	out := &ir.LetElse{Pos: posOf(s), Value: v}
	inner := e.inner()
	if s.Else.Why != nil {
		why := inner.declare(s.Else.Why, types.TString, "why")
		out.Why = why.ir
	}
	out.Else = inner.block(s.Else.Body.Stmts)
	if !blockLeaves(out.Else) && !endsBroken(s.Else.Body.Stmts) {
		at := s.Else.Body.Span()
		at.Start = max(at.Start, at.End-1)
		e.err(elseMustLeave, at, "the `else` of a `let` must leave: %s has no value here", s.Name.Name).
			help("end it with `return`, `fail`, `break` or `continue`")
	}
	l := e.declare(s.Name, elem, "let")
	l.wordAt, l.checks = headOf(s, "let"), true
	out.Local = l.ir
	return out
}

// endsBroken reports whether a block holds a statement that could not be read, and may leave.
func endsBroken(stmts []ast.Stmt) bool {
	return slices.ContainsFunc(stmts, func(s ast.Stmt) bool { _, bad := s.(*ast.BadStmt); return bad })
}

// varStmt types `var x T = v`.
func (e *env) varStmt(s *ast.Var) ir.Stmt {
	out := &ir.Let{Pos: posOf(s)}
	var t *types.Type
	if s.Type != nil {
		t = e.typeOf(s.Type)
	}
	switch {
	case s.Value != nil && t != nil:
		out.Value = e.value(s.Value, t, s.Name.Name)
	case s.Value != nil:
		out.Value = e.expr(s.Value, nil)
		t = out.Value.Type()
		if t.Kind == types.None {
			e.err(typeUnknown, s.Value.Span(), "none does not say what is missing").
				help("write its type: `var %s int? = none`", s.Name.Name)
			t = types.TInvalid
		}
	case t == nil:
		t = types.TInvalid
	}
	out.Local = e.declare(s.Name, t, "var").ir
	return out
}

// exprStmt types an expression that stands alone: only `x!` has an effect.
func (e *env) exprStmt(s *ast.ExprStmt) []ir.Stmt {
	if call, ok := s.X.(*ast.Call); ok {
		if n, ok := call.Fun.(*ast.Name); ok && e.comp.output(n.Name) != nil && !e.knowsFunc(n.Name) {
			e.ignoreArgs(call.Args)
			e.err(noEffect, n.Span(), "%s is an output: a tuple is sent to it by `emit`", n.Name).
				fix(before(n.Span()), "emit ", "write `emit %s(...)`", n.Name)
			return nil
		}
	}
	v := e.expr(s.X, nil)
	if isInvalid(v) {
		return nil
	}
	if _, ok := unparen(s.X).(*ast.Must); ok {
		if _, ok := v.(*ir.Must); !ok {
			return nil // reported: it is never missing
		}
		return one(&ir.ExprStmt{Pos: posOf(s), X: v})
	}
	r := e.err(noEffect, s.Span(), "this has no effect")
	if e.fn != nil && e.fn.decl.Body != nil && len(e.fn.decl.Body.Stmts) > 0 && e.fn.decl.Body.Stmts[len(e.fn.decl.Body.Stmts)-1] == ast.Stmt(s) {
		e.fn.lost = true
		r.fix(before(s.Span()), "return ", "a function gives its value by `return`: write `return %s`", short(e.text(s.Span())))
		return nil
	}
	switch x := s.X.(type) {
	case *ast.Binary:
		if x.Op == "==" {
			r.fix(x.OpPos.Span(), "=", "to assign, write `=`")
		}
	case *ast.Call:
		r.note("functions only compute").help("use what it returns: `let x = %s`", short(e.text(s.Span())))
	}
	return nil
}

func (e *env) ifStmt(s *ast.If) ir.Stmt {
	out := &ir.If{Pos: posOf(s)}
	inner := e.inner()
	if s.Let != nil {
		out.Cond = e.expr(s.Cond, nil)
		elem := types.TInvalid
		switch t := out.Cond.Type(); t.Kind {
		case types.Optional:
			elem = t.Elem
		case types.Invalid:
		default:
			e.err(notOptional, s.Cond.Span(), "`if let` unwraps what may be missing, a %s is always there", t).
				help("write `let %s = ...`", s.Let.Name)
			elem = t
		}
		l := inner.declare(s.Let, elem, "if")
		out.Let = l.ir
	} else {
		out.Cond = e.condition(s.Cond, "a condition")
	}
	out.Then = inner.block(s.Then.Stmts)
	switch els := s.Else.(type) {
	case *ast.Block:
		out.Else = e.inner().block(els.Stmts)
	case *ast.If:
		out.Else = &ir.Block{Stmts: []ir.Stmt{e.ifStmt(els)}}
	}
	return out
}

func (e *env) forStmt(s *ast.For) ir.Stmt {
	out := &ir.For{Pos: posOf(s)}
	key, value := types.TInvalid, types.TInvalid
	if r, ok := unparen(s.In).(*ast.Binary); ok && r.Op == ".." {
		from := e.value(r.X, types.TInt, "the start of a range")
		to := e.value(r.Y, types.TInt, "the end of a range")
		out.In = &ir.Range{Typed: typed(types.ListOf(types.TInt), r), From: from, To: to}
		key = types.TInt
		if s.Value != nil {
			e.err(notIterable, s.Value.Span(), "a range gives one name: its number")
		}
	} else {
		out.In = e.expr(s.In, nil)
		switch t := out.In.Type(); t.Kind {
		case types.Invalid:
		case types.List:
			key = t.Elem
			if s.Value != nil {
				key, value = types.TInt, t.Elem
			} else if strings.Contains(e.text(source.Span{File: s.Key.Span().File, Start: s.Key.Span().End, End: s.In.Span().Start}), "= range") {
				key = types.TInvalid // Go's, which the parser has reported: the index or an item, who knows
			}
		case types.Map:
			key, value = t.Key, t.Elem
		default:
			e.notIterable(s, t)
		}
	}
	inner := e.inner()
	inner.loops++
	out.Key = inner.declare(s.Key, key, "for").ir
	if s.Value != nil {
		out.Value = inner.declare(s.Value, value, "for").ir
	}
	out.Body = inner.inner().block(s.Body.Stmts)
	return out
}

func unparen(x ast.Expr) ast.Expr {
	for {
		p, ok := x.(*ast.Paren)
		if !ok {
			return x
		}
		x = p.X
	}
}

func (e *env) notIterable(s *ast.For, t *types.Type) {
	text := short(e.text(s.In.Span()))
	r := e.err(notIterable, s.In.Span(), "`for` goes through lists, maps and ranges, not a %s", t)
	if isJSON(t) {
		r.help("say what it is: `list(%s)!`, or `entries(%s)!`", text, text)
		return
	}
	switch t.Kind {
	case types.Int:
		r.fix(before(s.In.Span()), "0..", "write `0..%s`", text)
	case types.String:
		r.help("cut it into a list first: `words(%s)`, or `split(%s, \",\")`", text, text)
	case types.Optional:
		r.help("unwrap it first: `%s!` fails the tuple where it is missing", text)
	}
}

func (e *env) fail(s *ast.Fail) ir.Stmt {
	if s.Why == nil {
		return &ir.Fail{Pos: posOf(s), Why: constant("failed", s), Passes: e.mayPass()}
	}
	return &ir.Fail{Pos: posOf(s), Why: e.value(s.Why, types.TString, "the reason of a failure"), Passes: e.mayPass()}
}

// emit types `emit (args)` and `emit bad(args)`.
func (e *env) emit(s *ast.Emit) []ir.Stmt {
	out := e.emitTarget(s)
	to := e.emitTo(s, out)
	if out == nil || out.opaque {
		e.ignoreArgs(s.Args)
		return nil
	}
	at := s.Span()
	if s.Stream != nil {
		at.Start = s.Stream.Span().End
	} else {
		at.Start = min(at.End, at.Start+len("emit"))
	}
	at = trimmed(e.compilation, at)
	var before []ir.Stmt
	args, ok := e.fill(filling{
		before: &before,
		fields: out.ir.Fields, args: s.Args, at: place(at), taker: out.ir.FullName(), code: emitArguments,
		what: "output " + out.ir.FullName(), schemaAt: out.decl.Span(),
	})
	if !ok {
		return nil
	}
	return append(before, &ir.Emit{Pos: posOf(s), Stream: out.ir, Args: args, To: to, Unanchored: e.unanchored(s)})
}

// emitTarget finds the output of an emit; nil where there is none, which is reported.
func (e *env) emitTarget(s *ast.Emit) *stream {
	name := ""
	if s.Stream != nil {
		name = s.Stream.Name
	}
	if out := e.comp.output(name); out != nil {
		return out
	}
	if e.comp.astray = true; e.comp.open {
		return nil
	}
	names := e.comp.outputNames()
	head := headOf(s, "emit")
	switch {
	case e.comp.sink:
		e.err(unknownOutput, head, "%s is a sink: what stands for it emits nothing", e.comp.name.Name).
			help("take it out: `expect %s: (...)` is what it was given and did not `fail`", e.comp.name.Name)
	case len(e.comp.outputs) == 0:
		e.err(unknownOutput, head, "%s declares no output to emit to", e.comp.name.Name).
			related(e.comp.name.Span(), "declared here").
			help("declare it: `-> (field type, ...)` after the inputs")
	case s.Stream == nil:
		e.err(unknownOutput, head, "%s has no output without a name", e.comp.name.Name).
			related(e.comp.outputs[0].decl.Span(), "its outputs have names").
			help("write `emit %s(...)`", strings.Join(names, "(...)` or `emit "))
	default:
		r := e.err(unknownOutput, s.Stream.Span(), "%s has no output %s", e.comp.name.Name, name).
			related(e.comp.outputs[0].decl.Span(), "its outputs")
		if e.knowsFunc(name) && e.comp.output("") != nil {
			text := e.text(s.Span())
			rest := strings.TrimSpace(strings.TrimPrefix(text, "emit"))
			fixed := s.Span()
			r.note("%s is a function", name).fix(fixed, "emit ("+rest+")", "write `emit (%s)`", short(rest))
			return nil
		}
		if name == "unanchored" {
			fixed := s.Span()
			text := e.text(fixed)
			rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(text, "emit")), name))
			r.fix(fixed, "emit "+rest+" unanchored", "the word stands behind the tuple: write `emit %s unanchored`", short(rest))
			return nil
		}
		if e.comp.output("") != nil {
			r.fix(s.Stream.Span(), "", "the output has no name: write `emit (...)`")
			return nil
		}
		r.choose(s.Stream.Span(), name, "its outputs", names)
	}
	return nil
}
