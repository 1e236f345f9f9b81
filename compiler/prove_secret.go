package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// A secret param is for those who open connections: components' arguments and functions of Go. What is emitted, kept in state or told as a reason
// is seen by sinks, queries and people, so that a secret must not get there as a text or a part of one. What a function makes
// of it (a digest, the answer to a request) is no secret; the text functions of the prelude only change its looks.

// proveSecrets reports secrets on their way out.
func (c *compilation) proveSecrets() {
	hidden := false
	for _, p := range c.program.Params {
		hidden = hidden || p.Secret
	}
	if !hidden {
		return
	}
	for _, comp := range c.order {
		if call := comp.ir.Call; call != nil {
			w := &secrets{compilation: c}
			for _, a := range call.TupleArgs {
				w.check(a.Value, "what "+call.Library+"."+call.Name+" is told of each tuple")
			}
		}
		b := comp.ir.Body
		if b == nil {
			continue
		}
		w := &secrets{compilation: c, held: map[*ir.Local]source.Span{}}
		for _, on := range b.On {
			w.block(on)
		}
		w.block(b.Finish)
		if b.FinishPer != nil {
			w.block(b.FinishPer.Block)
		}
		for _, t := range b.Timers {
			w.block(t.Block)
		}
	}
}

// secrets follows the secrets of one body.
type secrets struct {
	*compilation
	held     map[*ir.Local]source.Span // locals that hold a secret, and where they got it
	returned bool                      // a function's result is a secret
	quiet    bool                      // in a function: only its result matters
	told     map[source.Span]bool
}

// check reports a value that is, or holds, a secret.
func (w *secrets) check(x ir.Expr, where string) {
	from, ok := w.secretIn(x)
	if !ok || w.quiet || w.told[x.At()] {
		return
	}
	if w.told == nil {
		w.told = map[source.Span]bool{}
	}
	w.told[x.At()] = true
	r := w.err(secretShown, x.At(), "a secret would be %s", where)
	if from != x.At() {
		r.related(from, "the secret comes from here")
	}
	r.note("a secret param's value is for components and functions that need it, and is shown to nobody").
		help("leave it out, or make something of it that may be known, e.g. `sha256(...)`")
}

// secretIn returns where a secret stands in an expression whose value holds it.
func (w *secrets) secretIn(x ir.Expr) (source.Span, bool) {
	var parts []ir.Expr
	switch x := x.(type) {
	case *ir.ParamRef:
		return x.Span, x.Param.Secret
	case *ir.LocalRef:
		at, ok := w.held[x.Local]
		return at, ok
	case *ir.Binary:
		if x.T.Kind != types.Bool { // what a comparison tells is no secret
			parts = []ir.Expr{x.X, x.Y}
		}
	case *ir.Unary:
		if x.T.Kind != types.Bool {
			parts = []ir.Expr{x.X}
		}
	case *ir.Match:
		for _, a := range x.Arms {
			w.hold(a.Local, x.X)
			parts = append(parts, a.Value)
		}
	case *ir.Capture:
		parts = []ir.Expr{x.X}
	case *ir.FuncCall:
		if x.Func.Body != nil && w.returns(x) {
			return x.Span, true
		}
		if x.Func.Builtin != "" && x.Func.Builtin != "len" || changesLooks(x.Func) {
			parts = x.Args
		}
	case *ir.Interp:
		parts = x.Parts
	case *ir.Convert:
		parts = []ir.Expr{x.X}
	case *ir.Default:
		parts = []ir.Expr{x.X, x.Y}
	case *ir.Must:
		parts = []ir.Expr{x.X}
	case *ir.Index:
		parts = []ir.Expr{x.X}
	case *ir.RecordField:
		parts = []ir.Expr{x.X}
	case *ir.OptField:
		parts = []ir.Expr{x.X}
	case *ir.ListLit:
		parts = x.Items
	case *ir.MapLit:
		parts = append(append(parts, x.Keys...), x.Values...)
	case *ir.RecordLit:
		parts = x.Values
	}
	for _, p := range parts {
		if at, ok := w.secretIn(p); ok {
			return at, true
		}
	}
	return source.Span{}, false
}

// changesLooks reports whether a function's result is its argument in another form.
func changesLooks(f *ir.Func) bool {
	t := f.Result
	if t.Kind == types.Optional || t.Kind == types.List {
		t = t.Elem
	}
	return strings.HasSuffix(f.GoPkg, "/stdlib/core/text") && (t.Kind == types.String || t.Kind == types.Bytes) && f.Name != "sha256"
}

// returns reports whether the result of a function of the topology's own is a secret that it reads itself, or is given.
func (w *secrets) returns(call *ir.FuncCall) bool {
	inner := &secrets{compilation: w.compilation, held: map[*ir.Local]source.Span{}, quiet: true}
	for i, p := range call.Func.Body.Params {
		if at, ok := w.secretIn(call.Args[i]); ok {
			inner.held[p] = at
		}
	}
	inner.block(call.Func.Body.Block)
	return inner.returned
}

func (w *secrets) block(b *ir.Block) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		w.stmt(s)
	}
}

// hold notes what a local is given.
func (w *secrets) hold(l *ir.Local, v ir.Expr) {
	if l == nil || v == nil {
		return
	}
	if at, ok := w.secretIn(v); ok {
		w.held[l] = at
	}
}

// reasons looks into an expression for secrets that a reason would show: why a list has no such item, or why a text could not be read, where `!` makes it
// the reason of a failure.
func (w *secrets) reasons(exprs ...ir.Expr) {
	for _, x := range exprs {
		if x == nil {
			continue
		}
		ir.WalkExpr(x, func(x ir.Expr) {
			switch x := x.(type) {
			case *ir.Index:
				if k := x.X.Type().Kind; k == types.List || k == types.JSON || k == types.Optional {
					w.check(x.Index, "the reason why there is no such item")
				}
			case *ir.Must:
				if from, ok := w.reasonOf(x.X); ok {
					w.check(from, "a part of the reason why it can't be read")
				}
			}
		})
	}
}

// reasonOf returns what an optional expression was made of, where its reason would show a secret in it.
func (w *secrets) reasonOf(x ir.Expr) (ir.Expr, bool) {
	call, ok := x.(*ir.FuncCall)
	if !ok || call.Func.Builtin == "" && !strings.Contains(call.Func.GoPkg, "/stdlib/core/") {
		return nil, false
	}
	for _, a := range call.Args {
		if _, ok := w.secretIn(a); ok {
			return a, true
		}
	}
	return nil, false
}

// exprsOf are the expressions of a statement, without those of the blocks in it.
func exprsOf(s ir.Stmt) []ir.Expr {
	switch s := s.(type) {
	case *ir.Let:
		return []ir.Expr{s.Value}
	case *ir.LetElse:
		return []ir.Expr{s.Value}
	case *ir.Assign:
		return append(targetParts(s.Target), s.Value)
	case *ir.ExprStmt:
		return []ir.Expr{s.X}
	case *ir.If:
		return []ir.Expr{s.Cond}
	case *ir.For:
		return []ir.Expr{s.In}
	case *ir.Emit:
		return append([]ir.Expr{s.To}, s.Args...)
	case *ir.Fail:
		return []ir.Expr{s.Why}
	case *ir.Return:
		return []ir.Expr{s.Value}
	case *ir.MatchStmt:
		return []ir.Expr{s.X}
	}
	return nil
}

// targetParts are what an assignment goes through on its way to its target: each part of it may have no such item.
func targetParts(target ir.Expr) []ir.Expr {
	switch target.(type) {
	case *ir.Index, *ir.RecordField:
		return []ir.Expr{target}
	}
	return nil
}

func (w *secrets) stmt(s ir.Stmt) {
	w.reasons(exprsOf(s)...)
	switch s := s.(type) {
	case *ir.Let:
		w.hold(s.Local, s.Value)
	case *ir.LetElse:
		w.hold(s.Local, s.Value)
		if from, ok := w.reasonOf(s.Value); ok {
			w.hold(s.Why, from)
		}
		w.block(s.Else)
	case *ir.Assign:
		switch t := ir.TargetRoot(s.Target).(type) {
		case *ir.LocalRef:
			w.hold(t.Local, s.Value)
		case *ir.StateRef:
			w.check(s.Value, "kept in state "+t.State.Name)
		}
	case *ir.If:
		w.hold(s.Let, s.Cond)
		w.block(s.Then)
		w.block(s.Else)
	case *ir.MatchStmt:
		for _, a := range s.Arms {
			w.hold(a.Local, s.X)
			w.block(a.Body)
		}
	case *ir.For:
		w.hold(s.Key, s.In)
		w.hold(s.Value, s.In)
		// Twice: what the loop's end assigns comes before its start again.
		w.block(s.Body)
		w.block(s.Body)
	case *ir.Emit:
		for _, a := range s.Args {
			w.check(a, "emitted")
		}
	case *ir.Fail:
		w.check(s.Why, "the reason of a failure")
	case *ir.Return:
		if s.Value != nil {
			_, ok := w.secretIn(s.Value)
			w.returned = w.returned || ok
		}
	case *ir.Nested:
		w.block(s.Block)
	}
}

// fileOfSecret reports a param whose flag is the one that gives a secret's file.
func (c *compilation) fileOfSecret(v *valueSymbol) {
	base, ok := strings.CutSuffix(v.name.Name, "_file")
	if !ok {
		return
	}
	other := c.values[base]
	if other == nil || other.param == nil || !other.param.Secret {
		return
	}
	c.err(reservedName, v.name.Span(), "param %s would hide the flag --%s-file, by which the secret %s is read from a file", v.name.Name, base, base).
		related(other.name.Span(), "the secret").help("give the param another name")
	v.used = true
}

// foreignName reports a name that people bring from other languages for a value of ours.
func (c *compilation) foreignName(name *ast.Ident) bool {
	if ours := foreignWords[name.Name]; ours != "" && ours == "none" {
		c.err(reservedName, name.Span(), "%s can't be a name: it would be read as what is missing", name.Name).
			note("that is `none` here").help("choose another name")
		return true
	}
	return false
}
