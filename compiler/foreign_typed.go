package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
)

// What the parser says of signs of other languages is said better by who knows the types: what is reported under its code at its place stands
// for it, see told.

// habit is the parser's code of such signs.
const habit = "E0106"

// told leaves out what the parser said of a sign where the checker says more. The diagnostics are in their order, of one place the parser's first.
func told(diags []*diag.Diagnostic) []*diag.Diagnostic {
	out := diags[:0:0]
	for i, d := range diags {
		better := func(o *diag.Diagnostic) bool { return o.Code == habit && o.Span == d.Span }
		rest := diags[i+1:]
		if end := slices.IndexFunc(rest, func(o *diag.Diagnostic) bool { return o.Span.File != d.Span.File || o.Span.Start != d.Span.Start }); end >= 0 {
			rest = rest[:end]
		}
		if d.Code != habit || !slices.ContainsFunc(rest, better) {
			out = append(out, d)
		}
	}
	return out
}

// isNil reports whether an expression is what others write for `none`.
func isNil(x ast.Expr) (*ast.Literal, bool) {
	l, ok := x.(*ast.Literal)
	return l, ok && l.Kind == ast.NoneLit && l.Text != "none"
}

// nilFor says what is written for `nil` where a value of some type is asked for.
func (e *env) nilFor(x *ast.Literal, want *types.Type) {
	if want == nil || want.Broken() || want.Vars() {
		return
	}
	if want.Kind == types.Optional {
		e.err(habit, x.Span(), "what is missing is written `none`").fix(x.Span(), "none", "write `none`")
		return
	}
	r := e.err(habit, x.Span(), "there is no `%s`, and a %s is never missing", x.Text, want)
	text := emptyText(want)
	switch {
	case text == "":
		r.help("let its type be `%s?`, and write `none`", want)
	case want.Kind == types.List || want.Kind == types.Map || want.Kind == types.String:
		r.fix(x.Span(), text, "an empty one is `%s`", text).asks()
	default:
		r.fix(x.Span(), text, "write `%s`; or let its type be `%s?`, and write `none`", text, want).asks()
	}
}

// emptyText is the value that stands for nothing; "" where a type has none.
func emptyText(t *types.Type) string {
	switch t.Kind {
	case types.Map:
		return "map[]"
	case types.Enum:
		return ""
	}
	if text := zeroText(t); text != "other" {
		return text
	}
	return ""
}

// nilCompared says how a value is compared with what others write for `none`.
func (e *env) nilCompared(x *ast.Binary, l, r ir.Expr) {
	if x.Op != "==" && x.Op != "!=" {
		return
	}
	of, v := x.X, l
	none, ok := isNil(x.Y)
	if !ok {
		of, v = x.Y, r
		if none, ok = isNil(x.X); !ok {
			return
		}
	}
	t := v.Type()
	if t.Broken() || t.Kind == types.None || t.Kind == types.JSON {
		return
	}
	if t.Kind == types.Optional {
		e.err(habit, none.Span(), "what is missing is written `none`").
			fix(none.Span(), "none", "write `none`; what is there is unwrapped by `if let v = %s { ... }`, or `let v = %s else why { ... }`", short(e.text(of.Span())), short(e.text(of.Span())))
		return
	}
	text := e.text(of.Span())
	rep := e.err(habit, none.Span(), "there is no `%s`, and a %s is never missing", none.Text, t)
	switch t.Kind {
	case types.String:
		rep.fix(none.Span(), `""`, "an empty one is `\"\"`").asks()
	case types.List, types.Map, types.Bytes:
		rep.fix(x.Span(), "len("+text+") "+x.Op+" 0", "an empty one is `len(%s) %s 0`", short(text), x.Op).asks()
	default:
		rep.help("take the comparison out")
	}
}

// remainderOf says, of another language's `%`, that what it was given has no remainder.
func (e *env) remainderOf(x *ast.Binary, l, r *types.Type) {
	rep := e.err(habit, x.OpPos.Span(), "the remainder is written as a word, and is one of ints")
	switch {
	case l.Kind == types.String:
		rep.help("values are written into a text: \"{x} of {y}\"")
	case l.Kind == types.Float || r.Kind == types.Float:
		rep.help("`int(x)!` makes an int of a float; of two ints write `a mod b`")
	default:
		rep.help("write `a mod b` of two ints")
	}
}

// stepOfUnknown joins what was just said of a name that is not there with what was said of the `++` behind it.
func (e *env) stepOfUnknown(s *ast.Assign) {
	all := e.all
	if e.reporter.of != nil {
		all = e.reporter.of.all
	}
	if len(all) == 0 {
		return
	}
	last := all[len(all)-1]
	if last.Code != unknownName || last.Span != unparen(s.Target).Span() {
		return
	}
	name := e.text(last.Span)
	sign := e.text(s.Value.Span())
	last.Code, last.Message, last.Fixes = habit, "there is no "+sign+", and no name "+name, nil
	last.Help += "; then write `" + name + " " + s.Op + " 1`"
	last.Span = s.Value.Span()
}

// cutOut says how parts are cut out where a range stands as an index.
func (e *env) cutOut(x *ast.Index, v ir.Expr, at *ast.Binary) ir.Expr {
	e.expr(at.X, types.TInt)
	e.expr(at.Y, types.TInt)
	f := map[types.Kind]string{types.List: "slice", types.String: "substring"}[v.Type().Kind]
	switch {
	case at.Foreign || v.Type().Kind == types.Invalid: // enough was said
	case f == "":
		e.err(notHere, at.Span(), "a range is no index: it stands in `for` only").help("write `for i in a..b { ... }`")
	default:
		text := f + "(" + e.text(x.X.Span()) + ", " + e.text(at.X.Span()) + ", " + e.text(at.Y.Span()) + ")"
		e.err(notHere, at.Span(), "parts are cut out by a function").fix(x.Span(), text, "write `%s`", short(text))
	}
	return invalid(x)
}
