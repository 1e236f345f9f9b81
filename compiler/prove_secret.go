package compiler

import (
	"slices"
	"strconv"
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
	seen := &secretsSeen{told: map[source.Span]bool{}, calls: map[secretCall]bool{}}
	for _, comp := range c.order {
		if call := comp.ir.Call; call != nil {
			w := newSecrets(c, seen)
			for _, a := range call.TupleArgs {
				w.check(a.Value, "what "+call.Library+"."+call.Name+" is told of each tuple")
				w.reasons(a.Value)
			}
		}
		b := comp.ir.Body
		if b == nil {
			continue
		}
		w := newSecrets(c, seen)
		for _, on := range b.On {
			w.block(on)
		}
		w.block(b.Finish)
		if b.FinishPer != nil {
			w.block(b.FinishPer.Block)
		}
		for _, t := range b.Timers {
			for _, b := range t.Blocks() {
				w.block(b)
			}
		}
	}
}

// secrets follows the secrets of one body.
type secrets struct {
	*compilation
	held     map[*ir.Local]source.Span // locals that hold a secret, and where they got it
	answers  map[*ir.Local]source.Span // locals that hold the answer of an address with a secret in it
	returned bool                      // a function's result is a secret
	by       string                    // the last function in Go that was taken to pass one on
	seen     *secretsSeen
}

func newSecrets(c *compilation, seen *secretsSeen) *secrets {
	return &secrets{compilation: c, seen: seen, held: map[*ir.Local]source.Span{}, answers: map[*ir.Local]source.Span{}}
}

// secretsSeen is what the bodies have in common: what was reported, and whether calls return a secret.
type secretsSeen struct {
	told  map[source.Span]bool
	calls map[secretCall]bool
}

// secretCall is a function that is given secrets: which of its arguments are, is written as a text.
type secretCall struct {
	f    *ir.Func
	args string
}

// check reports a value that is, or holds, a secret.
func (w *secrets) check(x ir.Expr, where string) {
	w.by = ""
	from, ok := w.secretIn(x)
	if !ok || w.toldWithin(x.At()) {
		return
	}
	w.seen.told[x.At()] = true
	r := w.err(secretShown, x.At(), "a secret would be %s", where)
	if from != x.At() {
		r.related(from, "the secret comes from here")
	}
	r.note("a secret param's value is for components and functions that need it, and is shown to nobody").
		help("leave it out, or make something of it that may be known, e.g. `sha256(...)`")
	if w.by != "" {
		r.note("what %s makes of a secret is taken for one because it is `pure`: where it shows nothing of it, leave that word out", w.by)
	}
}

// toldWithin reports whether a secret was reported at a place already, or in a part of it, or in what it is a part of.
func (w *secrets) toldWithin(at source.Span) bool {
	for told := range w.seen.told {
		if told.File == at.File && told.Start < at.End && at.Start < told.End {
			return true
		}
	}
	return false
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
		if x.Func.Go != nil && x.Func.Pure && holdsText(x.T) {
			for _, a := range x.Args {
				if at, ok := w.secretIn(a); ok {
					w.by = x.Func.Name
					return at, true
				}
			}
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
		if at, ok := w.asked(x.X); ok && x.Name == "url" {
			return at, true
		}
		parts = []ir.Expr{x.X}
	case *ir.OptField:
		if at, ok := w.asked(x.X); ok && x.Name == "url" {
			return at, true
		}
		parts = []ir.Expr{x.X}
	case *ir.Range:
		parts = []ir.Expr{x.From, x.To}
	case *ir.ListLit:
		parts = x.Items
	case *ir.Ordered:
		parts = []ir.Expr{x.X, x.I, x.Item}
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

// changesLooks reports whether a function's result may be its argument, as it is or in another form: that of each pure function of the standard
// library may, but for those that only tell something of it.
func changesLooks(f *ir.Func) bool {
	return f.Pure && strings.Contains(f.GoPkg, "/stdlib/") && !tellsOf[f.GoName]
}

// holdsText reports whether values of a type have a text, or bytes, in them: what a pure function in Go makes of a text may be that text in another form.
func holdsText(t *types.Type) bool {
	switch t.Kind {
	case types.String, types.Bytes, types.JSON:
		return true
	case types.List, types.Optional:
		return holdsText(t.Elem)
	case types.Map:
		return holdsText(t.Key) || holdsText(t.Elem)
	case types.Record:
		return slices.ContainsFunc(t.Fields, func(f types.Field) bool { return holdsText(f.Type) })
	}
	return false
}

// tellsOf are the functions of libraries, by their names in Go, whose result is no part of what they are given: digests, counts, comparisons.
var tellsOf = map[string]bool{
	"SHA256": true, "RuneCount": true, "Find": true, "Contains": true, "StartsWith": true, "EndsWith": true, "Matches": true,
	"Includes": true, "IndexOf": true, "Has": true, "IsNaN": true, "IsFinite": true,
}

// asked returns where a secret stands in the address that an answer of the library http is of: the answer is none, but its url is that address.
func (w *secrets) asked(x ir.Expr) (source.Span, bool) {
	switch x := x.(type) {
	case *ir.LocalRef:
		at, ok := w.answers[x.Local]
		return at, ok
	case *ir.Must:
		return w.asked(x.X)
	case *ir.Convert:
		return w.asked(x.X)
	case *ir.Default:
		if at, ok := w.asked(x.X); ok {
			return at, true
		}
		return w.asked(x.Y)
	case *ir.FuncCall:
		if strings.HasSuffix(x.Func.GoPkg, "/stdlib/http") && len(x.Args) > 0 {
			return w.secretIn(x.Args[0])
		}
	}
	return source.Span{}, false
}

// keyIn returns where a secret stands as a key in what an assignment goes through: the map has it from then on.
func (w *secrets) keyIn(target ir.Expr) (ir.Expr, bool) {
	for {
		switch t := target.(type) {
		case *ir.Index:
			if t.X.Type().Kind != types.List {
				if _, ok := w.secretIn(t.Index); ok {
					return t.Index, true
				}
			}
			target = t.X
		case *ir.RecordField:
			target = t.X
		default:
			return nil, false
		}
	}
}

// returns reports whether the result of a function of the topology's own is a secret that it reads itself, or is given.
func (w *secrets) returns(call *ir.FuncCall) bool {
	inner := newSecrets(w.compilation, w.seen)
	key := secretCall{f: call.Func}
	for i, p := range call.Func.Body.Params {
		at, ok := w.secretIn(call.Args[i])
		if ok {
			inner.held[p] = at
		}
		key.args += strconv.FormatBool(ok) + " "
	}
	returned, known := w.seen.calls[key]
	if !known {
		w.seen.calls[key] = false // a function that calls itself is an error, told elsewhere
		inner.block(call.Func.Body.Block)
		returned = inner.returned
		w.seen.calls[key] = returned
	}
	return returned
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
	if at, ok := w.asked(v); ok {
		w.answers[l] = at
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
			case *ir.NoneConst:
				if x.Why != nil {
					w.check(x.Why, "the reason why something is missing")
				}
			case *ir.Failing:
				w.check(x.Why, "the reason of a failure")
			case *ir.FuncCall:
				if x.Func.Body != nil {
					w.returns(x) // what fails in it has its reasons, too
				}
			}
		})
	}
}

// reasonOf returns what an optional expression was made of, where its reason would show a secret in it.
func (w *secrets) reasonOf(x ir.Expr) (ir.Expr, bool) {
	call, ok := x.(*ir.FuncCall)
	if !ok || call.Func.Builtin == "" && !strings.Contains(call.Func.GoPkg, "/stdlib/core/") || strings.HasSuffix(call.Func.GoPkg, "/core/list") {
		return nil, false // what a list is asked for it has not: the reason tells no item
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
	if s, ok := s.(*ir.Emit); ok { // that it is emitted says more than why it might not be
		for _, a := range s.Args {
			w.check(a, "emitted")
		}
	}
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
			if key, ok := w.keyIn(s.Target); ok {
				w.hold(t.Local, key)
			}
		case *ir.StateRef:
			w.check(s.Value, "kept in state "+t.State.Name)
			if key, ok := w.keyIn(s.Target); ok {
				w.check(key, "kept in state "+t.State.Name+" as a key")
			}
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
