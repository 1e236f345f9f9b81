package compiler

import (
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/value"
)

// assign types `target op= value`. `n += 1` becomes n = n + 1.
func (e *env) assign(s *ast.Assign) []ir.Stmt {
	switch unparen(s.Target).(type) {
	case *ast.Index, *ast.Select:
		return e.assignPart(s)
	}
	target, t := e.target(s.Target)
	if target == nil && s.Foreign {
		e.stepOfUnknown(s)
	}
	if target == nil {
		e.expr(s.Value, nil)
		return nil
	}
	v := e.assigned(s, target, t)
	return one(&ir.Assign{Pos: posOf(s), Target: target, Value: v})
}

// assigned types the value of an assignment, with the old value where the operator needs it.
func (e *env) assigned(s *ast.Assign, old ir.Expr, t *types.Type) ir.Expr {
	if s.Op == "=" {
		return e.value(s.Value, t, "what is assigned to")
	}
	v := e.expr(s.Value, hintOf(t))
	if k, vk := t.Kind, v.Type().Kind; k != vk && number(k) && number(vk) {
		if fits, ok := convert(v, t); ok {
			v = fits
		} else {
			e.mismatch(s.Value, v, t, "what `"+s.Op+"` changes here")
			return invalid(s)
		}
	}
	op := s.Op[:1]
	out := e.operation(s, s.Target, s.Value, op, old, v)
	if isInvalid(out) {
		return out
	}
	fits, ok := convert(out, t)
	if !ok {
		e.err(mismatch, s.Span(), "`%s` gives a %s here, not a %s", s.Op, out.Type(), t)
		return invalid(s)
	}
	return fits
}

// hintOf is what the right side of `x += ...` should be: a list for a list.
func hintOf(t *types.Type) *types.Type {
	if t.Kind == types.List {
		return t
	}
	return nil
}

// target types what stands left of `=`; nil where it can't be assigned to.
func (e *env) target(x ast.Expr) (target ir.Expr, t *types.Type) {
	switch x := unparen(x).(type) {
	case *ast.Name:
		return e.targetName(x)
	case nil:
		return nil, nil
	}
	e.expr(x, nil)
	e.err(badTarget, x.Span(), "this can't be assigned to").help("assign to a `var`, a state, or a part of one: `m[k] = v`, `r.f = v`")
	return nil, nil
}

func (e *env) targetName(x *ast.Name) (ir.Expr, *types.Type) {
	if l := e.lookup(x.Name); l != nil {
		if !l.ir.Mutable {
			l.read = true
			if l.broken {
				return nil, nil
			}
			r := e.err(assignedLet, x.Span(), "%s does not change", x.Name).
				related(l.at, "%s", declaredBy(l))
			if !l.wordAt.IsZero() {
				r.fix(l.wordAt, "var", "declare it by `var`")
			} else {
				r.help("keep the new value in a `var`")
			}
			return nil, nil
		}
		if l.ir.Type.Kind == types.Invalid {
			return nil, nil
		}
		return &ir.LocalRef{Typed: typed(l.ir.Type, x), Local: l.ir}, l.ir.Type
	}
	if s := e.body.state(x.Name); s != nil {
		ref := e.stateRef(s, x, true)
		if isInvalid(ref) {
			return nil, nil
		}
		return ref, s.ir.Type
	}
	switch {
	case e.alias(x.Name) != nil:
		e.err(badTarget, x.Span(), "%s is the current tuple: it can't be assigned to", x.Name)
	case e.values[x.Name] != nil:
		v := e.values[x.Name]
		v.used = true
		why := "given when the topology starts"
		if v.konst != nil {
			why = "a constant"
		}
		e.err(badTarget, x.Span(), "%s is %s: it can't be assigned to", x.Name, why).related(v.name.Span(), "declared here").
			help("keep what changes in a `state`")
	case e.lost():
	default:
		r := e.err(unknownName, x.Span(), "unknown name %s", x.Name)
		var names []string
		for sc := e.scope; sc != nil; sc = sc.outer {
			names = append(names, keysOf(sc.names)...)
		}
		if e.body != nil {
			for _, s := range e.body.states {
				names = append(names, s.ir.Name)
			}
		}
		e.meant(r.suggest(x.Span(), x.Name, names))
		switch {
		case r.Help != "":
		case e.fn != nil:
			r.help("declare it: `var %s = ...`", x.Name)
		default:
			r.help("declare it: `var %s = ...`, or `state %s ... per ...` to keep it", x.Name, x.Name)
		}
		e.once(r, x.Name)
	}
	return nil, nil
}

// declaredBy says where a local comes from.
func declaredBy(l *local) string {
	word := l.word
	switch word {
	case "param":
		return "it is a parameter of the function"
	case "if":
		word = "if let"
	case "why":
		word = "else"
	}
	return "it is declared by `" + word + "` here"
}

// zeroOf is the value that `+=` starts from.
func zeroOf(t *types.Type, at source.Span) ir.Expr {
	switch t.Kind {
	case types.Int:
		return constant(int64(0), place(at))
	case types.Float:
		return constant(0.0, place(at))
	case types.Decimal:
		return constant(value.Decimal{}, place(at))
	case types.String:
		return constant("", place(at))
	case types.Duration:
		return constant(time.Duration(0), place(at))
	case types.List:
		return &ir.ListLit{Typed: ir.Typed{T: t, Span: at}}
	}
	return nil
}

// cheap reports whether an expression may be computed twice.
func cheap(x ir.Expr) bool {
	switch x.(type) {
	case *ir.Const, *ir.LocalRef, *ir.FieldRef, *ir.ParamRef:
		return true
	}
	return false
}

// trimmed cuts white space off the ends of a span.
func trimmed(c *compilation, s source.Span) source.Span {
	text := c.text(s)
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t') {
		text = text[1:]
		s.Start++
	}
	return s
}
