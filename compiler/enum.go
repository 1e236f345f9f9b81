package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// maxEnum is how many values an enum may have.
const maxEnum = 1000

// declareEnum enters an enum and its values. An enum needs no other declaration: it is resolved at once.
func (c *compilation) declareEnum(d *ast.Enum) {
	t := &typeSymbol{name: d.Name, enum: d, typ: types.TInvalid, state: resolved}
	var values []string
	first := map[string]*ast.Ident{}
	for _, v := range d.Values {
		switch {
		case first[v.Name] != nil:
			c.again("value", v, first[v.Name])
			continue
		case v.Name == "_" || v.Name == "none" || v.Name == "true" || v.Name == "false":
			c.err(reservedName, v.Span(), "%s can't name a value of an enum", v.Name).
				note("it means something else wherever a value stands").help("give the value another name")
			continue
		case c.foreignName(v):
			continue
		}
		first[v.Name] = v
		values = append(values, v.Name)
	}
	switch {
	case len(d.Values) == 0:
		c.err(badEnum, d.Name.Span(), "enum %s has no values", d.Name.Name).help("name them: `enum %s { first, second }`", d.Name.Name)
	case len(values) > maxEnum:
		c.err(badEnum, d.Name.Span(), "enum %s has more than %d values", d.Name.Name, maxEnum).help("use a string")
	}
	if len(values) > 0 && len(values) <= maxEnum {
		t.typ = types.EnumOf(d.Name.Name, values)
	}
	c.declareType(t)
	if c.types[d.Name.Name] != t {
		return
	}
	for _, v := range values {
		c.enumValues[v] = append(c.enumValues[v], t)
	}
}

// enumConst is a value of an enum.
func enumConst(t *types.Type, i int, at ast.Spanned) ir.Expr {
	return &ir.Const{Typed: typed(t, at), Value: ir.EnumValue{Index: i, Name: t.Values[i]}}
}

// bareEnumValue types a bare name as a value of the enum that is expected, or of the only one that has it; nil where it names none.
func (e *env) bareEnumValue(x *ast.Name, want *types.Type) ir.Expr {
	if t := want.Enum(); t != nil {
		if i := t.Value(x.Name); i >= 0 {
			return enumConst(t, i, x)
		}
	}
	enums := e.enumValues[x.Name]
	switch len(enums) {
	case 0:
		return nil
	case 1:
		if enums[0].typ.Kind == types.Invalid {
			return invalid(x)
		}
		e.noteHome(enums[0].home)
		return enumConst(enums[0].typ, enums[0].typ.Value(x.Name), x)
	}
	full := make([]string, len(enums))
	for i, t := range enums {
		full[i] = t.name.Name + "." + x.Name
	}
	e.err(enumAmbiguous, x.Span(), "%s is a value of %d enums", x.Name, len(enums)).
		related(enums[0].name.Span(), "one is here").related(enums[1].name.Span(), "one is here").
		help("write `%s`", strings.Join(full, "` or `"))
	return invalid(x)
}

// onlyEnumValue reports whether an expression is a bare name that means nothing but a value of an enum, so that which one it
// is may follow from what stands beside it.
func (e *env) onlyEnumValue(x ast.Expr) bool {
	n, ok := unparen(x).(*ast.Name)
	return ok && len(e.enumValues[n.Name]) > 0 && e.namesNothing(n.Name)
}

// ambiguousEnumValue reports whether it is one that several enums have.
func (e *env) ambiguousEnumValue(x ast.Expr) bool {
	n, ok := unparen(x).(*ast.Name)
	return ok && len(e.enumValues[n.Name]) > 1 && e.namesNothing(n.Name)
}

// enumNamed returns the enum of a name that is no value here: before a dot it means the enum.
func (e *env) enumNamed(name string) *typeSymbol {
	if t := e.types[name]; t != nil && t.enum != nil && e.namesNothing(name) {
		e.noteHome(t.home)
		return t
	}
	return nil
}

// enumOfLibrary returns the enum that `common.Kind` is; nil where it is none.
func (e *env) enumOfLibrary(x ast.Expr) *typeSymbol {
	s, ok := x.(*ast.Select)
	if !ok || s.Optional {
		return nil
	}
	n, ok := s.X.(*ast.Name)
	if !ok || !e.namesNothing(n.Name) || strings.HasPrefix(s.Field.Name, "_") {
		return nil
	}
	m := e.library(n.Name)
	if m == nil {
		return nil
	}
	if t := m.types[s.Field.Name]; t != nil && t.home == m && t.enum != nil {
		return t
	}
	return nil
}

// importEnum makes the values of a used library's enum known by their bare names.
func (c *compilation) importEnum(t *typeSymbol) {
	if t.enum == nil || strings.HasPrefix(t.name.Name, "_") {
		return
	}
	for _, v := range t.typ.Values {
		c.enumValues[v] = append(c.enumValues[v], t)
	}
}

// qualifiedEnumValue types `Kind.deposit`.
func (e *env) qualifiedEnumValue(s *typeSymbol, x *ast.Select) ir.Expr {
	if s.typ.Kind != types.Enum {
		return invalid(x)
	}
	if x.Optional {
		op := x.Span()
		op.Start, op.End = x.X.Span().End, x.Field.Span().Start
		e.err(notOptional, op, "a value of an enum is never missing").fix(op, ".", "write `.%s`", x.Field.Name)
	}
	if i := s.typ.Value(x.Field.Name); i >= 0 {
		return enumConst(s.typ, i, x)
	}
	e.err(noEnumValue, x.Field.Span(), "enum %s has no value %s", s.name.Name, x.Field.Name).
		related(s.name.Span(), "declared here").
		choose(x.Field.Span(), x.Field.Name, "its values", s.typ.Values)
	return invalid(x)
}

// parseEnum types `Kind(text)`: the value of that name, or none.
func (e *env) parseEnum(s *typeSymbol, x *ast.Call) ir.Expr {
	if len(x.Args) != 1 || x.Args[0].Name != nil || x.Args[0].Spread {
		e.ignoreArgs(x.Args)
		e.err(argumentCount, x.Span(), "%s takes one text", s.name.Name).
			help("`%s(text)` is the value that the text names, `%s.%s` is this one", s.name.Name, s.name.Name, s.typ.Values[0])
		return invalid(x)
	}
	arg := x.Args[0].Value
	v := e.expr(arg, nil)
	if v.Type().Equal(s.typ) && !isInvalid(v) {
		e.err(mismatch, arg.Span(), "this is a %s already", s.typ).fix(x.Span(), e.text(arg.Span()), "leave `%s()` out", s.name.Name)
		return v
	}
	if out, ok := convert(v, types.TString); ok {
		v = out
	} else {
		e.mismatch(arg, v, types.TString, "what "+s.name.Name+" reads")
		return invalid(x)
	}
	if isInvalid(v) {
		return invalid(x)
	}
	if text, ok := ir.Constant(v); ok && s.typ.Value(text.(string)) < 0 {
		e.err(noEnumValue, arg.Span(), "enum %s has no value %s", s.name.Name, text).
			related(s.name.Span(), "declared here").help("its values: %s", listed(s.typ.Values))
		return invalid(x)
	}
	t := types.OptionalOf(s.typ)
	return &ir.FuncCall{Typed: typed(t, x), Args: []ir.Expr{v}, Func: &ir.Func{
		Name: s.name.Name, Builtin: "enum", Result: t, Pure: true,
	}}
}

// notEnum reports a value that is none of the enum wanted, with the value that was probably meant.
func (e *env) notEnum(at ast.Spanned, v ir.Expr, want *types.Type, taker string) {
	enum := want.Enum()
	r := e.err(mismatch, at.Span(), "%s is a %s, this is a %s", taker, want, v.Type())
	if n, ok := at.(*ast.Name); ok && enum.Value(n.Name) >= 0 {
		full := enum.Name + "." + n.Name
		r.note("%s names something else here", n.Name).fix(at.Span(), full, "write `%s`", full)
		return
	}
	if v.Type().Kind != types.String {
		if v.Type().Kind == types.Enum {
			r.help("its values: %s", listed(enum.Values))
		}
		return
	}
	if c, ok := ir.Constant(v); ok {
		r.choose(at.Span(), c.(string), "its values", enum.Values)
		if enum.Value(c.(string)) >= 0 {
			r.fix(at.Span(), c.(string), "write `%s`", c)
		}
		return
	}
	text := enum.Name + "(" + e.text(at.Span()) + ")!"
	r.fix(at.Span(), text, "write `%s`, which fails the tuple where the text names no value", short(text))
}

// listed writes names for people, the first dozen of them.
func listed(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
