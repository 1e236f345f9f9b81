package compiler

import (
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// matching is a match on its way to the IR: what is matched, and which values the arms so far have taken.
type matching struct {
	x        *ast.Match
	value    ir.Expr
	of       *types.Type // of what is matched, or of the value where that may be missing
	optional bool
	known    bool // nothing was reported of what is matched or of a pattern

	first   map[any]ast.Expr // the pattern of each constant
	ranges  []matchedRange
	none    ast.Expr
	present ast.Expr // a name: every value that is there
	rest    ast.Expr // `_`
}

// matchedRange is the pattern `from..to`.
type matchedRange struct {
	from, to any
	at       ast.Expr
}

// matchExpr types `match x { a => value ... }`.
func (e *env) matchExpr(x *ast.Match, want *types.Type) ir.Expr {
	m := e.matched(x)
	var arms []*ir.MatchArm
	var at []ast.Expr
	var values []ir.Expr
	hint := want
	broken := false
	for _, a := range x.Arms {
		inner := e.inner()
		arm := inner.arm(m, a)
		v, ok := inner.armValue(a, hint)
		inner.leave()
		broken = broken || !ok
		if arm == nil {
			continue
		}
		arm.Value = v
		arms = append(arms, arm)
		if _, fails := v.(*ir.Failing); !fails && ok {
			at, values = append(at, a.Value), append(values, v)
			if hint == nil && v.Type().Kind != types.None {
				hint = v.Type()
			}
		}
	}
	e.complete(m)
	if !m.known || broken {
		return invalid(x)
	}
	values, t := e.oneType(values, at, want)
	switch {
	case t == nil && len(arms) == 0:
		return invalid(x) // reported: incomplete
	case t == nil:
		e.err(typeUnknown, headOf(x, "match"), "no arm says what this match gives").help("give a value in one of them")
		return invalid(x)
	case t.Kind == types.Invalid:
		return invalid(x)
	}
	for _, a := range arms {
		if f, fails := a.Value.(*ir.Failing); fails {
			f.T = t
		} else {
			a.Value, values = values[0], values[1:]
		}
	}
	if v := foldMatch(m.value, arms); v != nil {
		return v
	}
	return &ir.Match{Typed: typed(t, x), X: m.value, Arms: arms}
}

// armValue types what an arm of an expression gives: a value, or the failure of the tuple.
func (e *env) armValue(a *ast.MatchArm, want *types.Type) (ir.Expr, bool) {
	if a.Block == nil {
		v := e.expr(a.Value, want)
		return v, !isInvalid(v)
	}
	if len(a.Block.Stmts) == 1 {
		if f, ok := a.Block.Stmts[0].(*ast.Fail); ok && e.constant == "" && !e.argument {
			why := e.fail(f).(*ir.Fail).Why
			return &ir.Failing{Typed: typed(types.TInvalid, f), Why: why}, !isInvalid(why)
		}
	}
	e.err(badArm, a.Block.Span(), "an arm of a match that gives a value has no statements").
		help("write a value, or `fail \"why\"`; where a match stands alone, as a statement, its arms hold statements")
	return invalid(a), false
}

// oneType converts the values of branches to one type: the one wanted, or the one that holds them all; nil where there are none.
func (e *env) oneType(values []ir.Expr, at []ast.Expr, want *types.Type) ([]ir.Expr, *types.Type) {
	if len(values) == 0 {
		return nil, nil
	}
	if want != nil && want.Kind != types.None {
		if out, ok := convertAll(values, want); ok {
			return out, want
		}
	}
	var t *types.Type
	missing := false
	for _, v := range values {
		switch vt := v.Type(); {
		case vt.Kind == types.None:
			missing = true
			continue
		case vt.Kind == types.Optional:
			missing = true
			if t == nil {
				t = vt.Elem
			}
		case t == nil, t.Kind == types.Int && (vt.Kind == types.Float || vt.Kind == types.Decimal):
			t = vt
		}
	}
	if t == nil {
		return nil, nil
	}
	if missing {
		t = types.OptionalOf(t)
	}
	for i, v := range values {
		out, ok := convert(v, t)
		if !ok {
			e.mismatch(at[i], v, t, "what this match gives")
			return nil, types.TInvalid
		}
		values[i] = out
	}
	return values, t
}

func convertAll(values []ir.Expr, want *types.Type) ([]ir.Expr, bool) {
	out := make([]ir.Expr, len(values))
	for i, v := range values {
		var ok bool
		if out[i], ok = convert(v, want); !ok {
			return nil, false
		}
	}
	return out, true
}

// foldMatch is the constant that a match of a constant gives, or nil.
func foldMatch(x ir.Expr, arms []*ir.MatchArm) ir.Expr {
	v, ok := ir.Constant(x)
	if !ok {
		return nil
	}
	for _, a := range arms {
		hit := a.Rest
		for _, p := range a.Patterns {
			if p.To != nil {
				hit = hit || ordered("<=", p.Value.Value, v) && ordered("<", v, p.To.Value)
			} else {
				hit = hit || constKey(p.Value.Value) == constKey(v)
			}
		}
		if hit {
			if _, isConst := a.Value.(*ir.Const); isConst {
				return a.Value
			}
			return nil
		}
	}
	return nil
}

// matchStmt types `match x { a => { statements } ... }`.
func (e *env) matchStmt(s *ast.MatchStmt) ir.Stmt {
	m := e.matched(s.Match)
	out := &ir.MatchStmt{Pos: posOf(s), X: m.value}
	for _, a := range s.Match.Arms {
		inner := e.inner()
		arm := inner.arm(m, a)
		var body *ir.Block
		switch {
		case a.Block != nil:
			body = inner.inner().block(a.Block.Stmts)
		default:
			body = inner.inner().block([]ast.Stmt{armStmt(a)})
		}
		inner.leave()
		if arm != nil {
			arm.Body = body
			out.Arms = append(out.Arms, arm)
		}
	}
	e.complete(m)
	return out
}

// armStmt is the expression of an arm as the statement that it is.
func armStmt(a *ast.MatchArm) ast.Stmt {
	if m, ok := a.Value.(*ast.Match); ok {
		return &ast.MatchStmt{Node: m.Node, Match: m}
	}
	s := &ast.ExprStmt{X: a.Value}
	if n, ok := a.Value.(interface{ Where() ast.Node }); ok {
		s.Node = n.Where()
	}
	return s
}

// matched types what is matched.
func (e *env) matched(x *ast.Match) *matching {
	m := &matching{x: x, value: e.expr(x.X, nil), known: true, first: map[any]ast.Expr{}}
	m.of = m.value.Type()
	if m.of.Kind == types.Optional {
		m.of, m.optional = m.of.Elem, true
	}
	switch {
	case m.of.Kind == types.Invalid:
		m.known = false
	case m.of.Kind == types.None || !m.optional && !matchable(m.of):
		m.known = false
		m.of = types.TInvalid
		e.err(badMatch, x.X.Span(), "a %s can't be matched", m.value.Type()).
			help("match takes bools, numbers, strings, times, durations, enums, and what may be missing")
	}
	return m
}

// matchable reports whether there are patterns for values of a type.
func matchable(t *types.Type) bool {
	return t.Kind == types.Bool || t.Ordered() && t.Kind != types.Bytes
}

// arm types the patterns of an arm; nil where it is never reached.
func (e *env) arm(m *matching, a *ast.MatchArm) *ir.MatchArm {
	out := &ir.MatchArm{}
	if m.known && m.done() {
		why := "the arms before take every value"
		if m.rest != nil {
			why = "`_` has taken every value"
		}
		e.warn(unreachable, firstLine(e.compilation, a.Span()), "this is never reached").note("%s", why).help("take the arm out")
		quiet := &matching{x: m.x, of: types.TInvalid, first: map[any]ast.Expr{}}
		for _, p := range a.Patterns {
			if n, ok := p.(*ast.Name); ok {
				e.ignoredPattern(m, n)
				continue
			}
			e.pattern(quiet, a, p, out)
		}
		return nil
	}
	for _, p := range a.Patterns {
		e.pattern(m, a, p, out)
	}
	return out
}

// ignoredPattern declares the name that an arm which is never reached may use.
func (e *env) ignoredPattern(m *matching, n *ast.Name) {
	if m.of.Value(n.Name) < 0 && m.optional && n.Name != "_" {
		e.declare(&ast.Ident{Node: n.Node, Name: n.Name}, types.TInvalid, "match")
	}
}

// done reports whether the arms so far take every value.
func (m *matching) done() bool {
	if m.rest != nil {
		return true
	}
	if m.optional && m.none == nil {
		return false
	}
	return m.present != nil || m.allValues()
}

// allValues reports whether each value of a type of few values has its arm.
func (m *matching) allValues() bool {
	switch m.of.Kind {
	case types.Bool:
		return m.first[true] != nil && m.first[false] != nil
	case types.Enum:
		return len(m.missing()) == 0
	}
	return false
}

// missing lists the patterns of the values that no arm takes.
func (m *matching) missing() []string {
	var out []string
	switch m.of.Kind {
	case types.Enum:
		for _, v := range m.of.Values {
			if m.first[v] == nil {
				out = append(out, v)
			}
		}
	case types.Bool:
		if m.first[true] == nil {
			out = append(out, "true")
		}
		if m.first[false] == nil {
			out = append(out, "false")
		}
	}
	return out
}

// complete reports the values that no arm takes.
func (e *env) complete(m *matching) {
	if !m.known || m.done() {
		return
	}
	var missing []string
	if m.present == nil {
		missing = m.missing()
		if missing == nil && m.of.Kind != types.Enum && m.of.Kind != types.Bool {
			missing = []string{"_"}
		}
	}
	if m.optional && m.none == nil && (len(missing) != 1 || missing[0] != "_") {
		missing = append(missing, "none")
	}
	at := headOf(m.x, "match")
	at.End = max(at.End, m.x.X.Span().End)
	var r report
	switch {
	case missing[0] != "_":
		r = e.err(matchMissing, at, "this match does not say what happens for %s", listed(missing))
	case m.optional && m.none != nil:
		missing[0] = "value"
		for e.lookup(missing[0]) != nil || e.body.state(missing[0]) != nil || e.alias(missing[0]) != nil || e.values[missing[0]] != nil {
			missing[0] += "_"
		}
		r = e.err(matchMissing, at, "this match does not say what happens for every other %s", m.of).
			note("a name stands for the value that is there, `_` for all the rest")
	default:
		r = e.err(matchMissing, at, "this match does not say what happens for every other %s", m.value.Type()).
			note("`_` stands for all the rest")
	}
	text, where := e.missingArms(m.x, missing)
	r.fix(where, text, "add %s: %s", pluralWord(len(missing), "its arm"), "`"+short(strings.Join(missing, ", "))+" => ...`")
}

// missingArms is the text of arms for patterns, and where it belongs.
func (e *env) missingArms(x *ast.Match, missing []string) (string, source.Span) {
	whole := x.Span()
	where := source.Span{File: whole.File, Start: max(whole.Start, whole.End-1), End: max(whole.Start, whole.End-1)}
	if len(x.Arms) > 0 {
		where = after(x.Arms[len(x.Arms)-1].Span())
	}
	tail := e.text(source.Span{File: where.File, Start: where.End, End: whole.End})
	var b strings.Builder
	for i, p := range missing {
		arm := p + " => fail \"no rule for " + strings.TrimRight(p, "_") + "\""
		if p == "_" {
			arm = "_ => fail \"no rule for this\""
		}
		switch {
		case len(x.Arms) == 0 && i == 0:
			b.WriteString(" " + arm)
		case len(x.Arms) > 0 && strings.Contains(tail, "\n"):
			b.WriteString("\n" + e.indentOf(x.Arms[len(x.Arms)-1].Span()) + arm)
		default:
			b.WriteString(", " + arm)
		}
	}
	if len(x.Arms) == 0 {
		b.WriteString(" ")
	}
	return b.String(), where
}

// indentOf is the white space that the line of a place begins with.
func (c *compilation) indentOf(at source.Span) string {
	head := c.text(source.Span{File: at.File, Start: 0, End: at.Start})
	line := head[strings.LastIndexByte(head, '\n')+1:]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// constKey is a constant as a key: equal constants have equal keys.
func constKey(v any) any {
	switch v := v.(type) {
	case time.Time:
		return [2]int64{v.Unix(), int64(v.Nanosecond())}
	case ir.EnumValue:
		return v.Name
	}
	return v
}

// ordered compares constants of one type.
func ordered(op string, a, b any) bool {
	out, _ := fold(op, a, b)
	yes, _ := out.(bool)
	return yes
}
