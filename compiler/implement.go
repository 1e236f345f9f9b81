package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
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
		c.err(notYetSelect, headOf(d.Select, "select"), "`select` does not compile yet").
			help("write the bolt with statements: `bolt %s(x: source) -> (...) { ... }`", comp.name.Name)
		return
	case len(d.Params) > 0 && d.Call == nil && d.Body == nil:
		c.err(badShape, d.Params[0].Span(), "parameters stand in the signatures of libraries only").
			help("say what implements %s: `= library.component(...)`", comp.name.Name)
		return
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

func (c *compilation) boltImplementation(comp *component) {
	d := comp.decl
	switch {
	case d.Call != nil:
		if _, ok := d.Call.Fun.(*ast.Select); ok {
			c.err(notYetBolt, d.Call.Span(), "bolts from libraries do not compile yet").help("write the bolt with statements")
			return
		}
		c.unknownGraph(d.Call)
	case d.Body == nil:
		c.err(badShape, comp.name.Span(), "bolt %s does not say what it does", comp.name.Name).
			help("add its statements: `{ ... }`")
	}
}

// libraryComponent resolves `= file.lines(path: input)`.
func (c *compilation) libraryComponent(comp *component) {
	d := comp.decl
	sig := c.findComponent(comp)
	if sig == nil {
		e := &env{compilation: c, comp: comp, argument: true}
		e.ignoreLibraryArgs(d.Call.Args)
		return
	}
	comp.lib = sig
	if sig.Kind != d.Kind {
		at := d.Call.Fun.Span()
		c.err(wrongKind, at, "%s.%s is a %s, not a %s", sig.Library, sig.Name, sig.Kind, d.Kind).
			help("declare it: `%s %s ...`", sig.Kind, comp.name.Name)
		return
	}
	if sig.Single && comp.ir.Many() {
		c.err(singleTasks, comp.tasksAt, "%s.%s runs as one task", sig.Library, sig.Name).
			fix(comp.tasksAt, "", "take `tasks` out")
	}
	call := &ir.Call{
		Library: sig.Library, Name: sig.Name, GoPkg: sig.GoPkg, GoType: sig.GoType,
		AnyInput: sig.AnyInput, AnyOutput: sig.AnyOutput, Objects: sig.AnyOutput && sig.Objects, Replayable: sig.Replayable,
		Commits: sig.Commits, Idempotent: sig.Idempotent, Span: d.Call.Span(),
	}
	comp.ir.Call = call
	if d.Kind == ast.Spout {
		c.matchOutputs(comp, sig)
	} else if len(comp.inputs) > 1 {
		c.err(badShape, comp.inputs[1].decl.Span(), "a sink has one input").
			help("join sources of the same fields by `|`, or declare a sink for each")
	}
	c.arguments(comp, sig, call)
	c.noteEnd(comp, sig.Ends, call)
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
func (c *compilation) findComponent(comp *component) *library.Component {
	call := comp.decl.Call
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
	l, diags := c.libs.Load(lib.Name)
	if l == nil {
		c.unknownLibrary(&ast.Ident{Node: lib.Node, Name: lib.Name})
		return nil
	}
	c.libraryDiags(lib.Name, diags)
	sig, diags := l.Component(sel.Field.Name)
	if sig == nil {
		c.err(unknownLibraryPart, sel.Field.Span(), "library %s has no %s %s", lib.Name, comp.kind, sel.Field.Name).
			choose(sel.Field.Span(), sel.Field.Name, "its "+string(comp.kind)+"s", l.ComponentNames(comp.kind))
		return nil
	}
	c.libraryDiags(lib.Name+"."+sel.Field.Name, diags)
	return sig
}

// bareComponent reports `= lines(...)`: the library is missing.
func (c *compilation) bareComponent(comp *component, call *ast.Call) {
	n, ok := call.Fun.(*ast.Name)
	if !ok {
		c.err(unknownLibraryPart, call.Fun.Span(), "a component is named by its library: `file.lines`")
		return
	}
	r := c.err(unknownLibraryPart, n.Span(), "%s names no library", n.Name)
	var found []string
	for _, name := range c.libs.Names() {
		if l, _ := c.libs.Load(name); l != nil && indexOf(l.ComponentNames(comp.kind), n.Name) >= 0 {
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

// libraryDiags passes on what is wrong with a library, once.
func (c *compilation) libraryDiags(part string, diags []diag.Diagnostic) {
	if c.reported[part] || len(diags) == 0 {
		return
	}
	c.reported[part] = true
	c.add(diags...)
	name, _, _ := strings.Cut(part, ".")
	if l, _ := c.libs.Load(name); l != nil && !slices.Contains(c.libSources, l.Source) {
		c.libSources = append(c.libSources, l.Source)
	}
}

// matchOutputs compares a spout's declared outputs with its signature.
func (c *compilation) matchOutputs(comp *component, sig *library.Component) {
	name := sig.Library + "." + sig.Name
	if len(comp.outputs) == 0 {
		r := c.err(outputMissing, comp.name.Span(), "spout %s does not declare its output", comp.name.Name)
		if sig.AnyOutput {
			r.help("write `-> (field type, ...)` after its name: %s gives what you declare", name)
		} else {
			text := " -> " + outputsText(sig)
			r.fix(after(comp.name.Span()), text, "write `%s%s`", comp.name.Name, text)
		}
		comp.open = true
		return
	}
	if sig.AnyOutput {
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
	if len(sig.Outputs) > 0 {
		comp.ir.Call.RowFields = fieldNames(sig.Outputs[0].Fields)
	}
	differs := len(comp.outputs) != len(sig.Outputs)
	for i, s := range comp.outputs {
		if s.opaque {
			return
		}
		if !differs {
			differs = s.ir.Name != sig.Outputs[i].Name || !sameSchema(s.ir.Fields, sig.Outputs[i].Fields) && !renamed(s.ir.Fields, sig.Outputs[i].Fields)
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
	for i := range min(len(comp.outputs), len(sig.Outputs)) {
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
func outputsText(sig *library.Component) string {
	parts := make([]string, len(sig.Outputs))
	for i, o := range sig.Outputs {
		if o.Name != "" {
			parts[i] = o.Name + ": "
		}
		parts[i] += types.Schema(o.Fields)
	}
	return strings.Join(parts, ", ")
}

// arguments matches the arguments of a component's call with its signature.
func (c *compilation) arguments(comp *component, sig *library.Component, call *ir.Call) {
	given := c.givenArguments(comp, sig)
	for i := range sig.Params {
		p := &sig.Params[i]
		arg := &ir.CallArg{Name: p.Name, Field: library.GoName(p.Name), FieldIndex: -1}
		x := p.Default
		e := &env{compilation: c, comp: comp, argument: true}
		if g := given[p.Name]; g != nil {
			x = g.Value
		} else if x == nil {
			continue // reported
		} else {
			e = &env{compilation: c, constant: "the default of " + p.Name}
		}
		taker := "argument " + p.Name + " of " + sig.Library + "." + sig.Name
		switch {
		case p.Field:
			arg.FieldIndex = c.fieldArgument(comp, x, taker)
		case p.PerTuple:
			if len(comp.inputs) == 1 {
				e.tuple, e.argument = comp.inputs[0], false
			}
			arg.Value = e.value(x, p.Type, taker)
			call.TupleArgs = append(call.TupleArgs, arg)
			continue
		default:
			arg.Value = e.value(x, p.Type, taker)
			c.choice(comp, sig, p, x, arg.Value)
		}
		call.Args = append(call.Args, arg)
	}
}

// givenArguments sorts the arguments that are written by the parameters they are for.
func (c *compilation) givenArguments(comp *component, sig *library.Component) map[string]*ast.Arg {
	var names, needed []string
	for _, p := range sig.Params {
		names = append(names, p.Name)
		if p.Default == nil {
			needed = append(needed, p.Name)
		}
	}
	return c.matchArguments(comp.decl.Call, sig.Library+"."+sig.Name, names, needed, signatureText(sig))
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
func signatureText(sig *library.Component) string {
	parts := make([]string, len(sig.Params))
	for i, p := range sig.Params {
		t := "a field's name"
		if !p.Field {
			t = p.Type.String()
			if p.In != nil {
				t = strings.Join(quoted(p.In), " | ")
			}
		}
		parts[i] = p.Name + ": " + t
		if p.Default != nil {
			parts[i] = "[" + parts[i] + "]"
		}
	}
	return "it is called " + sig.Library + "." + sig.Name + "(" + strings.Join(parts, ", ") + ")"
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
