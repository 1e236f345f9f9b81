package compiler

import (
	"cmp"
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// foreignWords are other languages' words for ours.
var foreignWords = map[string]string{
	"nil": "none", "null": "none", "None": "none", "NULL": "none", "undefined": "none",
	"True": "true", "False": "false", "TRUE": "true", "FALSE": "false", "yes": "true", "no": "false",
}

// name types a bare name: a local, a state, an input's tuple, a param, a const or a value of an enum.
func (e *env) name(x *ast.Name, want *types.Type) ir.Expr {
	if l := e.lookup(x.Name); l != nil {
		l.read = true
		return &ir.LocalRef{Typed: typed(l.ir.Type, x), Local: l.ir}
	}
	if v := e.query.name(e, x); v != nil {
		return v
	}
	if s := e.body.state(x.Name); s != nil {
		return e.stateRef(s, x, false)
	}
	if v := e.sel.row(e, x); v != nil {
		return v
	}
	if in := e.alias(x.Name); in != nil {
		return e.wholeTuple(in, x)
	}
	if v := e.sel.column(e, x); v != nil {
		return v
	}
	if v := e.values[x.Name]; v != nil {
		return e.valueRef(v, x)
	}
	if v := e.bareEnumValue(x, want); v != nil {
		return v
	}
	e.unknownName(x, want)
	return invalid(x)
}

// valueRef types the name of a param or const.
func (e *env) valueRef(v *valueSymbol, x *ast.Name) ir.Expr {
	v.used = true
	e.noteHome(v.home)
	e.resolveValue(v)
	if v.ir == nil {
		if v.value == nil || v.given != nil && v.given.open && e.constant != "" {
			return invalid(x)
		}
		if c, ok := v.value.(*ir.Const); ok {
			return &ir.Const{Typed: typed(c.T, x), Value: c.Value}
		}
		return v.value
	}
	if e.constant != "" {
		e.err(notConstant, x.Span(), "%s must be known when the topology is compiled, but %s is a param", e.constant, x.Name).
			related(v.name.Span(), "its value is given when the topology runs").
			help("use a number, or a `const`")
		return invalid(x)
	}
	// What a spout or sink is made with plays no part in tests.
	v.needed = v.needed || e.comp == nil || e.comp.kind == ast.Bolt || e.tuple != nil
	if v.typ.Kind == types.Regex {
		e.err(badRegex, x.Span(), "%s is a regular expression: it stands only where a function takes one", x.Name).
			related(v.name.Span(), "declared here").help("write `matches(text, %s)`", x.Name)
		return invalid(x)
	}
	return &ir.ParamRef{Typed: typed(v.typ, x), Param: v.ir}
}

// alias finds an input of the component by its name.
func (e *env) alias(name string) *input {
	if e.comp == nil {
		return nil
	}
	for _, in := range e.comp.inputs {
		if in.ir.Alias == name {
			return in
		}
	}
	return nil
}

// wholeTuple makes a record of the current tuple: its input's name standing alone.
func (e *env) wholeTuple(in *input, x *ast.Name) ir.Expr {
	if !e.atTuple(in, x) || in.opaque {
		return invalid(x)
	}
	in.used = true
	t := &types.Type{Kind: types.Record, Fields: in.ir.Fields}
	if t.Broken() {
		return invalid(x)
	}
	rec := &ir.RecordLit{Typed: typed(t, x)}
	for i, f := range in.ir.Fields {
		rec.Values = append(rec.Values, &ir.FieldRef{Typed: typed(f.Type, x), Input: in.ir, Index: i})
	}
	return rec
}

// atTuple reports whether the current tuple is one of in; if not it says so.
func (e *env) atTuple(in *input, at ast.Spanned) bool {
	if e.tuple == in {
		return true
	}
	switch {
	case e.argument:
		e.err(noTuple, at.Span(), "there is no tuple here: this argument is made once, before the first tuple comes").
			help("use constants and params")
	case e.tuple == nil:
		when := map[string]string{"every": "it runs by the clock", "after": "it runs when a key has been silent"}[e.inBlock]
		if when == "" {
			when = "it runs once the input has ended"
		}
		e.err(noTuple, at.Span(), "there is no tuple in `%s`: %s", cmp.Or(e.inBlock, "finish"), when).
			help("keep what it needs in a state")
	default:
		e.err(noTuple, at.Span(), "there is no tuple of %s here: this handler has one of %s", in.ir.Alias, e.tuple.ir.Alias).
			help("keep what it needs in a state")
	}
	return false
}

// unknownName reports a bare name that means nothing, with the best guess at what it should be.
func (e *env) unknownName(x *ast.Name, want *types.Type) {
	if e.ambiguous("name", x.Name, x.Span()) {
		return
	}
	if e.lost() {
		return
	}
	if ours := foreignWords[x.Name]; ours != "" {
		e.err(unknownName, x.Span(), "unknown name %s", x.Name).fix(x.Span(), ours, "write `%s`", ours)
		return
	}
	if e.constant == "" && e.tuple != nil && fieldIndex(e.tuple.ir.Fields, x.Name) >= 0 {
		full := e.tuple.ir.Alias + "." + x.Name
		e.err(unknownName, x.Span(), "unknown name %s", x.Name).
			note("fields of a tuple are always written with their input").
			fix(x.Span(), full, "write `%s`", full)
		return
	}
	if e.rowField(x) {
		return
	}
	if e.brokenEnum || e.brokenNames[x.Name] {
		return // it may be one of its values
	}
	if e.argument && e.comp != nil && e.comp.decl != nil && len(e.comp.decl.Inputs) == 0 && e.components[x.Name] != nil {
		return // see proveReached
	}
	if e.fn != nil && e.fn.decl != nil && slices.ContainsFunc(e.fn.decl.Params, func(p *ast.Field) bool { return swapped(p) == x.Name }) {
		return // the type stands before the name: reported
	}
	if t := want.Enum(); t != nil {
		e.err(noEnumValue, x.Span(), "enum %s has no value %s", t, x.Name).
			choose(x.Span(), x.Name, "its values", t.Values)
		return
	}
	r := e.err(unknownName, x.Span(), "unknown name %s", x.Name)
	switch {
	case e.types[x.Name] != nil && e.types[x.Name].enum != nil:
		r.note("%s is an enum", x.Name).help("write one of its values: `%s.VALUE`", x.Name)
	case e.components[x.Name] != nil && want == types.TInt:
		r.note("%s is a component; `to` names one of the reader's tasks by its number", x.Name).
			help("take `to %s` out: whoever reads this stream gets its tuples", x.Name)
	case e.components[x.Name] != nil:
		r.note("%s is a component", x.Name).help("read its tuples through an input: `(x: %s)`", x.Name)
	case e.knowsFunc(x.Name):
		r.note("%s is a function", x.Name).help("call it: `%s(...)`", x.Name)
	default:
		e.meant(r.suggest(x.Span(), x.Name, e.bareNames()))
		if e.fn != nil && r.Help == "" {
			r.help("a function sees its parameters, and the topology's params and constants: pass it what else it needs")
		}
	}
	e.once(r, x.Name)
}

// meant notes that the name of a suggestion was probably meant: that it is unused would be a
// second report of one mistake.
func (e *env) meant(r report) {
	for _, f := range r.Fixes {
		if v := e.values[f.Text]; v != nil {
			v.used = true
		}
		if l := e.lookup(f.Text); l != nil {
			l.read = true
		}
		if s := e.body.state(f.Text); s != nil {
			s.used = true
		}
	}
}

// bareNames lists every name that could stand here.
func (e *env) bareNames() []string {
	var names []string
	for s := e.scope; s != nil; s = s.outer {
		names = append(names, keysOf(s.names)...)
	}
	if e.body != nil {
		for _, s := range e.body.states {
			names = append(names, s.ir.Name)
		}
	}
	if e.comp != nil && e.tuple != nil {
		names = append(names, e.tuple.ir.Alias)
	}
	for _, n := range keysOf(e.values) {
		if e.constant == "" || e.values[n].konst != nil {
			names = append(names, n)
		}
	}
	if e.query != nil {
		names = append(names, e.keeping()...)
	}
	return append(names, keysOf(e.enumValues)...)
}

// selector types `x.field` and `x?.field`.
func (e *env) selector(x *ast.Select) ir.Expr {
	if v := e.valueOfLibrary(x); v != nil {
		return v
	}
	if v := e.query.selector(e, x); v != nil {
		return v
	}
	if n, ok := x.X.(*ast.Name); ok && e.lookup(n.Name) == nil && e.body.state(n.Name) == nil {
		if v := e.sel.joined(e, n, x); v != nil {
			return v
		}
		if in := e.alias(n.Name); in != nil {
			return e.fieldRef(in, n, x)
		}
		if s := e.enumNamed(n.Name); s != nil {
			return e.qualifiedEnumValue(s, x)
		}
		if e.values[n.Name] == nil && len(e.enumValues[n.Name]) == 0 && e.selectorOfName(n, x) {
			return invalid(x)
		}
	}
	v := e.expr(x.X, nil)
	t := v.Type()
	if t.Kind == types.Optional && t.Elem.Kind == types.Record {
		return e.optField(x, v)
	}
	if isJSON(t) {
		return e.jsonField(x, v)
	}
	if t.Kind == types.Invalid {
		return invalid(x)
	}
	if t.Kind != types.Record {
		e.noFields(x, t)
		return invalid(x)
	}
	if x.Optional {
		op := x.Span()
		op.Start, op.End = x.X.Span().End, x.Field.Span().Start
		e.err(notOptional, op, "a %s is never missing", t).fix(op, ".", "write `.%s`", x.Field.Name)
	}
	ft := t.Field(x.Field.Name)
	if ft == nil {
		e.err(unknownField, x.Field.Span(), "%s has no field %s", t, x.Field.Name).
			choose(x.Field.Span(), x.Field.Name, "its fields", fieldNames(t.Fields))
		return invalid(x)
	}
	// A field of a record that is made on the spot is that field.
	if rec, ok := v.(*ir.RecordLit); ok {
		return rec.Values[fieldIndex(t.Fields, x.Field.Name)]
	}
	return &ir.RecordField{Typed: typed(ft, x), X: v, Name: x.Field.Name}
}

// selectorOfName reports `x.y` where x is no value at all; false where x is simply unknown.
func (e *env) selectorOfName(n *ast.Name, x *ast.Select) bool {
	if e.constant == "" && e.comp != nil && e.components[n.Name] != nil {
		r := e.err(unknownName, n.Span(), "%s is a component, not an input of this one", n.Name)
		for _, in := range e.comp.inputs {
			for _, s := range in.sources {
				if s.ir != nil && s.ir.From != nil && s.ir.From.Name == n.Name {
					r.fix(n.Span(), in.ir.Alias, "its tuples arrive as `%s`", in.ir.Alias)
				}
			}
		}
		if n.Name == e.comp.name.Name && len(e.comp.inputs) == 1 {
			r.fix(n.Span(), e.comp.inputs[0].ir.Alias, "its tuples arrive as `%s`", e.comp.inputs[0].ir.Alias)
		}
		e.once(r, n.Name)
		return true
	}
	if lib := e.standard(n.Name); lib != nil {
		f := lib.funcs[x.Field.Name]
		r := e.err(wrongKindOfName, n.Span(), "%s is a library, not a value", n.Name)
		if f != nil {
			r.help("call the function: `%s.%s(...)`", n.Name, x.Field.Name)
		}
		return true
	}
	if e.tuple != nil && foreignWords[n.Name] == "" && fieldIndex(e.tuple.ir.Fields, n.Name) < 0 {
		if e.lost() {
			return true
		}
		r := e.err(unknownName, n.Span(), "unknown name %s", n.Name).choose(n.Span(), n.Name, "names that can stand here", e.bareNames())
		e.meant(r)
		e.once(r, n.Name)
		return true
	}
	return false
}

// fieldRef types `alias.field`.
func (e *env) fieldRef(in *input, n *ast.Name, x *ast.Select) ir.Expr {
	if !e.atTuple(in, n) {
		return invalid(x)
	}
	in.used = true
	if v := e.sel.windowField(e, in, x); v != nil {
		return v
	}
	if !e.sel.sees(e, in, x) {
		return invalid(x)
	}
	if x.Optional {
		op := x.Span()
		op.Start, op.End = n.Span().End, x.Field.Span().Start
		e.err(notOptional, op, "the tuple is never missing").fix(op, ".", "write `%s.%s`", n.Name, x.Field.Name)
	}
	if in.opaque {
		return invalid(x)
	}
	i := fieldIndex(in.ir.Fields, x.Field.Name)
	if i < 0 && slices.Contains(in.lacks, x.Field.Name) {
		return invalid(x) // reported of its grouping
	}
	if i < 0 && in.comesFrom(x.Field.Name) {
		op := x.Span()
		op.Start = n.Span().End
		e.err(unknownField, x.Field.Span(), "%s has no field %s", n.Name, x.Field.Name).
			related(in.schemaAt(), "it has %s", types.Schema(in.ir.Fields)).
			note("the tuples of the output %s arrive as `%s`", x.Field.Name, n.Name).
			fix(op, "", "write `%s.FIELD`, without `.%s`", n.Name, x.Field.Name)
		return invalid(x)
	}
	if i < 0 {
		e.once(e.err(unknownField, x.Field.Span(), "%s has no field %s", n.Name, x.Field.Name).
			related(in.schemaAt(), "it has %s", types.Schema(in.ir.Fields)).
			suggest(x.Field.Span(), x.Field.Name, fieldNames(in.ir.Fields)), n.Name+"."+x.Field.Name)
		return invalid(x)
	}
	f := in.ir.Fields[i]
	if f.Type.Broken() {
		return invalid(x)
	}
	return &ir.FieldRef{Typed: typed(f.Type, x), Input: in.ir, Index: i}
}

// comesFrom reports whether a stream that an input reads has this name among its component's.
func (in *input) comesFrom(output string) bool {
	return slices.ContainsFunc(in.sources, func(s *stream) bool { return s.ir != nil && s.ir.Name == output })
}

// optField types `r?.field` for an optional record.
func (e *env) optField(x *ast.Select, v ir.Expr) ir.Expr {
	rec := v.Type().Elem
	if !x.Optional {
		op := x.Span()
		op.Start, op.End = x.X.Span().End, x.Field.Span().Start
		e.err(optionalUsed, op, "this is a %s, which may be missing", v.Type()).
			fix(op, "?.", "write `?.%s`, which is missing too then", x.Field.Name)
		return invalid(x)
	}
	ft := rec.Field(x.Field.Name)
	if ft == nil {
		e.err(unknownField, x.Field.Span(), "%s has no field %s", rec, x.Field.Name).
			choose(x.Field.Span(), x.Field.Name, "its fields", fieldNames(rec.Fields))
		return invalid(x)
	}
	return &ir.OptField{Typed: typed(types.OptionalOf(ft), x), X: v, Name: x.Field.Name}
}

// noFields reports `x.field` of a value that has none, with what other languages mean by it.
func (e *env) noFields(x *ast.Select, t *types.Type) {
	r := e.err(noFields, x.Field.Span(), "a %s has no fields", t)
	text := short(e.text(x.X.Span()))
	switch {
	case x.Field.Name == "length" || x.Field.Name == "size" || x.Field.Name == "len":
		r.help("write `len(%s)`", text)
	case t.Kind == types.Optional:
		r.help("unwrap it first: `%s!` fails the tuple where it is missing", text)
	case e.knowsFunc(x.Field.Name):
		r.help("%s is a function: write `%s(%s)`", x.Field.Name, x.Field.Name, text)
	}
}
