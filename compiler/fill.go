package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// filling is what `emit (args)` and `Hit(args)` have in common: arguments for the fields of a tuple or
// record, all by position, or by name and by `..record`.
type filling struct {
	fields   []types.Field
	args     []*ast.Arg
	at       ast.Spanned
	taker    string // count
	what     string // "output count", "type Hit"
	code     string // of too few or too many
	schemaAt source.Span
	before   *[]ir.Stmt // where a statement may be put before this one; nil where it can't
}

// fill returns the values in the order of the fields.
func (e *env) fill(f filling) ([]ir.Expr, bool) {
	for _, a := range f.args {
		if a.Name != nil || a.Spread {
			return e.fillByName(f)
		}
	}
	if len(f.args) != len(f.fields) {
		var last ir.Expr
		for _, a := range f.args {
			last = e.expr(a.Value, nil)
		}
		r := e.err(f.code, f.at.Span(), "%s has %s, this gives %d", f.what, plural(len(f.fields), "field"), len(f.args)).
			related(f.schemaAt, "it is %s", types.Schema(f.fields))
		if len(f.args) == 1 && last.Type().Kind == types.Record {
			r.fix(before(f.args[0].Span()), "..", "to give its fields, write `..%s`", short(e.text(f.args[0].Span())))
		} else if f.schemaAt.IsZero() {
			r.help("it is %s", types.Schema(f.fields))
		}
		return nil, false
	}
	out := make([]ir.Expr, len(f.fields))
	ok := true
	for i, a := range f.args {
		out[i] = e.value(a.Value, f.fields[i].Type, "field "+f.fields[i].Name+" of "+f.taker)
		ok = ok && !isInvalid(out[i])
	}
	return out, ok
}

// fillByName fills by `name: value` and `..record`; what is named comes before what is spread.
func (e *env) fillByName(f filling) ([]ir.Expr, bool) {
	out := make([]ir.Expr, len(f.fields))
	from := make([]*ast.Arg, len(f.fields))
	ok := true
	for _, a := range f.args {
		switch {
		case a.Spread:
		case a.Name == nil:
			ok = false
			e.expr(a.Value, nil)
			e.err(mixedArguments, a.Span(), "fields are given all by position, or all by name").
				help("write its name before it: `name: %s`", short(e.text(a.Span())))
		default:
			i := fieldIndex(f.fields, a.Name.Name)
			if i < 0 {
				ok = false
				e.expr(a.Value, nil)
				e.err(unknownField, a.Name.Span(), "%s has no field %s", f.what, a.Name.Name).
					related(f.schemaAt, "it has %s", types.Schema(f.fields)).
					choose(a.Name.Span(), a.Name.Name, "its fields", fieldNames(f.fields))
				continue
			}
			v := e.value(a.Value, f.fields[i].Type, "field "+a.Name.Name+" of "+f.taker)
			if from[i] != nil {
				ok = false
				e.err(declaredTwice, a.Name.Span(), "field %s is given twice", a.Name.Name).related(from[i].Span(), "here first")
				continue
			}
			from[i], out[i] = a, v
			ok = ok && !isInvalid(v)
		}
	}
	for _, a := range f.args {
		if a.Spread && !e.spread(f, a, out, from) {
			ok = false
		}
	}
	var missing []string
	for i := range out {
		if from[i] == nil {
			missing = append(missing, f.fields[i].Name)
		}
	}
	if ok && len(missing) > 0 {
		e.err(f.code, f.at.Span(), "%s lacks its %s %s", f.what, pluralWord(len(missing), "field"), strings.Join(missing, ", ")).
			related(f.schemaAt, "it has %s", types.Schema(f.fields))
		return nil, false
	}
	return out, ok
}

// atHand reports whether a record is there without being computed.
func atHand(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.LocalRef, *ir.StateRef, *ir.FieldRef, *ir.ParamRef, *ir.Const, *ir.RecordLit:
		return true
	case *ir.RecordField:
		return atHand(x.X)
	}
	return false
}

// spread takes from a record the fields that are not given by name. Fields that the target
// lacks are left out: a spread is also how a tuple is cut down.
func (e *env) spread(f filling, a *ast.Arg, out []ir.Expr, from []*ast.Arg) bool {
	rec := e.expr(a.Value, nil)
	t := rec.Type()
	if t.Kind == types.Invalid {
		return false
	}
	if f.before != nil && t.Kind == types.Record && !atHand(rec) {
		// It is computed once, and not for each of its fields.
		l := &ir.Local{ID: e.nextLocal(), Name: "record", Type: t}
		*f.before = append(*f.before, &ir.Let{Pos: posOf(a), Local: l, Value: rec})
		rec = &ir.LocalRef{Typed: typed(t, a.Value), Local: l}
	}
	if t.Kind != types.Record {
		e.err(noFields, a.Value.Span(), "`..` takes a record apart, this is a %s", t)
		return false
	}
	ok, took := true, false
	for i, field := range f.fields {
		ft := t.Field(field.Name)
		if ft == nil || from[i] != nil && !from[i].Spread {
			continue
		}
		if from[i] != nil {
			e.err(declaredTwice, a.Span(), "field %s is in both records", field.Name).related(from[i].Span(), "here first").
				help("give it by name: `%s: ...`", field.Name)
			return false
		}
		var v ir.Expr = &ir.RecordField{Typed: typed(ft, a), X: rec, Name: field.Name}
		if lit, isLit := rec.(*ir.RecordLit); isLit {
			v = lit.Values[fieldIndex(t.Fields, field.Name)]
		}
		v, fits := convert(v, field.Type)
		if !fits {
			e.err(mismatch, a.Span(), "field %s of %s is a %s, in this record it is a %s", field.Name, f.taker, field.Type, ft).
				help("give it by name, converted: `%s: ...`", field.Name)
			ok = false
		}
		from[i], out[i], took = a, v, true
	}
	if ok && !took {
		e.err(emitArguments, a.Span(), "this record gives %s no field", f.taker).
			note("it has %s", types.Schema(t.Fields))
		return false
	}
	return ok
}
