package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// resolveImplementation finds what runs for a component: a body, or a component of a library.
func (c *compilation) resolveImplementation(comp *component) {
	d := comp.decl
	if d == nil {
		return
	}
	switch {
	case d.Select != nil:
		return // see resolveQuery
	case len(d.Params) > 0:
		c.paramForInput(comp)
		if d.Call == nil && d.Body == nil && d.Go == nil {
			return
		}
	}
	switch {
	case d.Go != nil:
		c.goComponent(comp)
	case d.Kind == ast.Bolt:
		c.boltImplementation(comp)
	case d.Body != nil:
		r := c.err(badShape, headOf(d.Body, "{"), "a %s has no statements", d.Kind)
		if d.Kind == ast.Sink {
			r.help("declare a `bolt`, or name what writes the tuples: `= stdout.print()`")
		} else {
			r.help("name where the tuples come from: `= file.lines(path: \"...\")`")
		}
	case d.Call == nil:
		c.err(badShape, comp.name.Span(), "%s %s does not say what implements it", d.Kind, comp.name.Name).
			help("write `= library.component(...)` after it")
	default:
		c.libraryComponent(comp)
	}
}

// paramForInput reports `bolt b(l lines)`: an input without its colon, or a parameter where none can stand.
func (c *compilation) paramForInput(comp *component) {
	d, p := comp.decl, comp.decl.Params[0]
	c.brokenComponents = true // it reads something
	if t := p.Type; t != nil && t.Name != nil && t.Library == nil && c.types[t.Name.Name] == nil && (c.components[t.Name.Name] != nil || c.brokenNames[t.Name.Name]) && d.Kind != ast.Spout {
		c.err(inputColon, p.Span(), "an input stands before its source with a colon").
			fix(after(p.Name.Span()), ":", "write `%s: %s`", p.Name.Name, t.Name.Name)
		return
	}
	r := c.err(badShape, p.Span(), "parameters stand in the signatures of libraries only")
	switch {
	case d.Call == nil && d.Body == nil && d.Go == nil:
		r.help("say what implements %s: `= library.component(...)`", comp.name.Name)
	case d.Kind == ast.Spout:
		r.help("a spout reads nothing; what is set from outside is a param of the topology: `param %s TYPE`", p.Name.Name)
	default:
		r.help("say what it reads: `%s %s(x: source)`; what is set from outside is a param of the topology", d.Kind, comp.name.Name)
	}
}

func (c *compilation) boltImplementation(comp *component) {
	d := comp.decl
	switch {
	case d.Call != nil:
		if n, ok := d.Call.Fun.(*ast.Name); ok && c.signatures[n.Name] == nil {
			c.unknownGraph(d.Call)
			return
		}
		c.libraryComponent(comp)
	case d.Body == nil:
		c.err(badShape, comp.name.Span(), "bolt %s does not say what it does", comp.name.Name).
			help("add its statements: `{ ... }`")
	}
}

// libraryComponent resolves `= file.lines(path: input)`.
func (c *compilation) libraryComponent(comp *component) {
	d := comp.decl
	sig := c.findComponent(comp)
	if sig == nil || sig.broken {
		comp.open = comp.open || d.Kind == ast.Bolt
		e := &env{compilation: c, comp: comp, argument: true}
		e.ignoreLibraryArgs(d.Call.Args)
		return
	}
	comp.lib = sig
	if sig.kind != d.Kind {
		at := d.Call.Fun.Span()
		c.err(wrongKind, at, "%s is a %s, not a %s", sig.full(), sig.kind, d.Kind).
			help("declare it: `%s %s ...`", sig.kind, comp.name.Name)
		return
	}
	if sig.single && comp.ir.Many() {
		c.err(singleTasks, comp.tasksAt, "%s runs as one task", sig.full()).
			fix(comp.tasksAt, "", "take `tasks` out")
	}
	call := &ir.Call{
		Library: sig.home.name, Name: sig.name.Name, Standard: sig.home.standard != nil, GoPkg: sig.goPkg, GoType: sig.goType,
		AnyInput: sig.anyInput, AnyOutput: sig.anyOutput, Objects: sig.anyOutput && sig.objects, Replayable: sig.replayable,
		Commits: sig.commits, Idempotent: sig.idempotent, Span: d.Call.Span(),
	}
	comp.ir.Call = call
	if d.Kind != ast.Sink {
		c.matchOutputs(comp, sig)
	}
	if d.Kind != ast.Spout && len(comp.inputs) > 1 {
		c.err(badShape, comp.inputs[1].decl.Span(), "a %s has one input", map[bool]string{true: "sink", false: "bolt of a library"}[d.Kind == ast.Sink]).
			help("join sources of the same fields by `|`, or declare a %s for each", d.Kind)
	}
	c.arguments(comp, sig, call)
	c.noteEnd(comp, sig.ends, call)
	if sig.part != nil {
		comp.ir.Go = partOf(sig, call)
	}
}

// ignoreLibraryArgs types arguments of an unknown component for the names in them. Bare names may be
// fields, and texts may be made for each tuple: they are left alone.
func (e *env) ignoreLibraryArgs(args []*ast.Arg) {
	for _, a := range args {
		if n, ok := a.Value.(*ast.Name); ok && e.values[n.Name] != nil {
			e.values[n.Name].used = true
		}
	}
}

// findComponent finds the signature that a call names, or reports why there is none.
func (c *compilation) findComponent(comp *component) *signature {
	call := comp.decl.Call
	if s := c.named(comp.decl); s != nil {
		c.noteHome(s.home)
		c.resolveSignature(s)
		return s
	}
	sel, ok := call.Fun.(*ast.Select)
	if !ok {
		c.bareComponent(comp, call)
		return nil
	}
	lib, ok := sel.X.(*ast.Name)
	if !ok {
		c.err(unknownLibraryPart, call.Fun.Span(), "a component is named by its library: `file.lines`")
		return nil
	}
	m := c.anyLibrary(lib.Name)
	if m == nil {
		c.unknownLibrary(&ast.Ident{Node: lib.Node, Name: lib.Name})
		return nil
	}
	r := c.err(unknownLibraryPart, sel.Field.Span(), "library %s has no %s %s", lib.Name, comp.kind, sel.Field.Name)
	if f := m.funcs[sel.Field.Name]; f != nil && f.home == m {
		r.note("%s.%s is a function", lib.Name, sel.Field.Name).help("call it in statements: `{ emit (%s.%s(...)) }`", lib.Name, sel.Field.Name)
		return nil
	}
	names, what := m.signatureNames(comp.kind), "its "+string(comp.kind)+"s"
	if comp.kind == ast.Bolt {
		what = "its bolts and graphs"
		for _, g := range m.graphOrder {
			names = append(names, g.name.Name)
		}
	}
	r.choose(sel.Field.Span(), sel.Field.Name, what, names)
	return nil
}

// bareComponent reports `= lines(...)`: the library is missing.
func (c *compilation) bareComponent(comp *component, call *ast.Call) {
	n, ok := call.Fun.(*ast.Name)
	if !ok {
		c.err(unknownLibraryPart, call.Fun.Span(), "a component is named by its library: `file.lines`")
		return
	}
	if c.ambiguous("component", n.Name, n.Span()) {
		return
	}
	r := c.err(unknownLibraryPart, n.Span(), "%s names no library", n.Name)
	var found []string
	for _, name := range c.libs.Names() {
		if m := c.standard(name); m != nil && indexOf(m.signatureNames(comp.kind), n.Name) >= 0 {
			found = append(found, name+"."+n.Name)
		}
	}
	switch {
	case len(found) == 1:
		r.fix(n.Span(), found[0], "write `%s`", found[0])
	case len(found) > 1:
		r.help("write `%s`", strings.Join(found, "` or `"))
	default:
		r.help("a component is named by its library: `file.lines`")
	}
}

// matchOutputs compares a spout's declared outputs with its signature.
func (c *compilation) matchOutputs(comp *component, sig *signature) {
	name := sig.full()
	if len(comp.outputs) == 0 {
		r := c.err(outputMissing, comp.name.Span(), "%s %s does not declare its output", comp.kind, comp.name.Name)
		if sig.anyOutput {
			r.help("write `-> (field type, ...)` after its name: %s gives what you declare", name)
		} else {
			text := " -> " + outputsText(sig)
			if comp.kind == ast.Bolt {
				r.fix(c.beforeEquals(comp), text[1:]+" ", "write `%s` behind its inputs", text[1:])
			} else {
				r.fix(after(comp.name.Span()), text, "write `%s%s`", comp.name.Name, text)
			}
		}
		comp.open = true
		return
	}
	if sig.anyOutput {
		if len(comp.outputs) > 1 {
			c.err(outputDiffers, comp.outputs[1].decl.Span(), "%s gives one output", name)
		}
		for _, f := range comp.outputs[0].ir.Fields {
			if bad := notInJSON(f.Type); bad != nil {
				c.err(typeNotAllowed, comp.outputs[0].decl.Span(), "field %s can't be read: it holds a %s", f.Name, bad).
					help("declare it as a string or a json, and let a bolt read it")
			}
		}
		return
	}
	if len(sig.outputs) > 0 {
		comp.ir.Call.RowFields = fieldNames(sig.outputs[0].fields)
	}
	differs := len(comp.outputs) != len(sig.outputs)
	for i, s := range comp.outputs {
		if s.opaque {
			return
		}
		if !differs {
			differs = s.ir.Name != sig.outputs[i].name || !sameSchema(s.ir.Fields, sig.outputs[i].fields) && !renamed(s.ir.Fields, sig.outputs[i].fields)
		}
	}
	if !differs {
		return
	}
	at := comp.outputs[0].decl.Span().To(comp.outputs[len(comp.outputs)-1].decl.Span())
	want := outputsText(sig)
	r := c.err(outputDiffers, at, "%s gives %s, not this", name, want)
	if len(comp.outputs) == 1 && len(comp.outputs[0].decl.Latest) == 0 && comp.outputs[0].decl.Time == nil {
		r.fix(shapeSpan(comp.outputs[0].decl), want, "write `-> %s`; a bolt can rename its fields", want)
	} else {
		r.help("write `-> %s`", want)
	}
	// The library is right: whoever reads the spout is checked against what it gives.
	for i := range min(len(comp.outputs), len(sig.outputs)) {
		comp.outputs[i].opaque = true
	}
}

// renamed reports whether an output has one field, as the library's has, by another name: what that one holds can't be mistaken.
func renamed(got, want []types.Field) bool {
	return len(got) == 1 && len(want) == 1 && got[0].Type.Equal(want[0].Type)
}

// shapeSpan is the span of an output's name and fields.
func shapeSpan(o *ast.Output) source.Span { return o.Span() }

// outputsText writes the outputs of a signature.
func outputsText(sig *signature) string {
	parts := make([]string, len(sig.outputs))
	for i, o := range sig.outputs {
		if o.name != "" {
			parts[i] = o.name + ": "
		}
		parts[i] += types.Schema(o.fields)
	}
	return strings.Join(parts, ", ")
}

// arguments matches the arguments of a component's call with its signature.
func (c *compilation) arguments(comp *component, sig *signature, call *ir.Call) {
	given := c.givenArguments(comp, sig)
	for i := range sig.params {
		p := &sig.params[i]
		arg := &ir.CallArg{Name: p.name, Field: p.goField, Type: p.goType, FieldIndex: -1}
		e := &env{compilation: c, comp: comp, argument: true}
		g := given[p.name]
		taker := "argument " + p.name + " of " + sig.full()
		switch {
		case g == nil && p.fallback == nil:
			continue // reported
		case p.field && g == nil:
			arg.FieldIndex = c.fieldArgument(comp, p.fallback, taker)
		case p.field:
			arg.FieldIndex = c.fieldArgument(comp, g.Value, taker)
		case g == nil:
			arg.Value = p.value
		default:
			if p.perTuple && len(comp.inputs) == 1 {
				e.tuple, e.argument = comp.inputs[0], false
			}
			arg.Value = e.value(g.Value, p.typ, taker)
			if !p.perTuple {
				c.choice(comp, sig, p, g.Value, arg.Value)
			}
		}
		if p.perTuple {
			call.TupleArgs = append(call.TupleArgs, arg)
		} else {
			call.Args = append(call.Args, arg)
		}
	}
}

// givenArguments sorts the arguments that are written by the parameters they are for.
func (c *compilation) givenArguments(comp *component, sig *signature) map[string]*ast.Arg {
	var names, needed []string
	for _, p := range sig.params {
		names = append(names, p.name)
		if p.fallback == nil {
			needed = append(needed, p.name)
		}
	}
	return c.matchArguments(comp.decl.Call, sig.full(), names, needed, signatureText(sig))
}

// matchArguments sorts the arguments of a call, by position first and then by name, by the parameters they are for; it reports
// those that are none, and those needed that are not given.
func (c *compilation) matchArguments(d *ast.Call, name string, names, needed []string, signature string) map[string]*ast.Arg {
	given := map[string]*ast.Arg{}
	position, guess := 0, false
	for _, a := range d.Args {
		param := ""
		switch {
		case a.Spread:
			c.err(mixedArguments, a.Span(), "`..` does not spread into arguments")
			guess = true
			continue
		case a.Name != nil:
			position = len(names) // no more by position
			param = a.Name.Name
			if indexOf(names, param) < 0 {
				c.err(unknownArgument, a.Name.Span(), "%s has no argument %s", name, param).
					choose(a.Name.Span(), param, "its arguments", names)
				guess = true
				continue
			}
		case position < len(names):
			param = names[position]
			position++
		default:
			c.err(argumentCount, a.Span(), "%s takes %s", name, plural(len(names), "argument")).
				help("%s", signature)
			continue
		}
		if first := given[param]; first != nil {
			c.err(declaredTwice, a.Span(), "argument %s is given twice", param).related(first.Span(), "here first")
			continue
		}
		given[param] = a
	}
	needed = slices.DeleteFunc(needed, func(p string) bool { return given[p] != nil })
	if len(needed) > 0 && !guess {
		c.err(argumentMissing, d.Span(), "%s lacks its %s %s", name, pluralWord(len(needed), "argument"), strings.Join(needed, ", ")).
			help("%s", signature)
	}
	return given
}

// signatureText shows how a component is called.
func signatureText(sig *signature) string {
	parts := make([]string, len(sig.params))
	for i, p := range sig.params {
		t := "a field's name"
		if !p.field {
			t = p.typ.String()
			if p.in != nil {
				t = strings.Join(quoted(p.in), " | ")
			}
		}
		parts[i] = p.name + ": " + t
		if p.fallback != nil {
			parts[i] = "[" + parts[i] + "]"
		}
	}
	return "it is called " + sig.full() + "(" + strings.Join(parts, ", ") + ")"
}

// fieldArgument resolves `key: word`; -1 where that is not possible, which is reported.
func (c *compilation) fieldArgument(comp *component, x ast.Expr, taker string) int {
	if len(comp.inputs) == 0 {
		return -1
	}
	in := comp.inputs[0]
	var name *ast.Ident
	switch x := x.(type) {
	case *ast.Name:
		name = &ast.Ident{Node: x.Node, Name: x.Name}
	case *ast.Select:
		if n, ok := x.X.(*ast.Name); ok && n.Name == in.ir.Alias {
			c.err(mismatch, x.Span(), "%s is the name of a field", taker).
				fix(x.Span(), x.Field.Name, "write `%s`", x.Field.Name)
			return -1
		}
	case *ast.String:
		if len(x.Parts) == 1 && x.Parts[0].Expr == nil && fieldIndex(in.ir.Fields, x.Parts[0].Text) >= 0 {
			c.err(mismatch, x.Span(), "%s is the name of a field, not a text", taker).
				fix(x.Span(), x.Parts[0].Text, "write `%s`", x.Parts[0].Text)
			return -1
		}
	}
	if name == nil {
		c.err(mismatch, x.Span(), "%s is the name of a field", taker).
			help("write one of %s", strings.Join(fieldNames(in.ir.Fields), ", "))
		return -1
	}
	if in.opaque {
		return -1
	}
	i := fieldIndex(in.ir.Fields, name.Name)
	if i < 0 {
		c.err(unknownField, name.Span(), "%s has no field %s", in.sourceName(), name.Name).
			related(in.schemaAt(), "it is %s", types.Schema(in.ir.Fields)).
			suggest(name.Span(), name.Name, fieldNames(in.ir.Fields))
		return -1
	}
	if !in.ir.Fields[i].Type.Hashable() {
		c.err(unhashableField, name.Span(), "field %s is a %s, which can't be a key", name.Name, in.ir.Fields[i].Type).
			note("%s", whyNoKey(in.ir.Fields[i].Type))
	}
	return i
}
