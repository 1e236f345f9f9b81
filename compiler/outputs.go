package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/spell"
)

// resolveOutputs gives a component its streams.
func (c *compilation) resolveOutputs(comp *component) {
	d := comp.decl
	if d == nil {
		return
	}
	if d.Kind == ast.Sink && len(d.Outputs) > 0 {
		c.err(badShape, d.Outputs[0].Span(), "sink %s has an output", comp.name.Name).
			help("a sink ends the way of a tuple: declare a `bolt`, or take the output out")
		comp.open = true
		return
	}
	if d.Select != nil {
		return // see resolveQuery
	}
	for _, o := range d.Outputs {
		c.resolveOutput(comp, o)
	}
	if d.Kind == ast.Bolt && len(d.Outputs) == 0 && comp.instance == nil && d.Select == nil {
		c.libraryOutputs(comp)
	}
}

// libraryOutputs gives a bolt out of a library, which says nothing of its outputs, those of its signature.
func (c *compilation) libraryOutputs(comp *component) {
	s := c.named(comp.decl)
	if s == nil {
		return
	}
	c.resolveSignature(s)
	if s.broken || s.kind != ast.Bolt {
		return
	}
	comp.open = false
	for i, o := range s.outputs {
		out := &stream{decl: s.decl.Outputs[i], ir: &ir.Stream{From: comp.ir, Name: o.name, Fields: o.fields, Span: s.decl.Outputs[i].Span()}}
		comp.outputs = append(comp.outputs, out)
		comp.ir.Outputs = append(comp.ir.Outputs, out.ir)
	}
}

// named finds the component of a library that a declaration names; nil where it names none.
func (c *compilation) named(d *ast.Component) *signature {
	if d.Call == nil {
		return nil
	}
	switch fun := d.Call.Fun.(type) {
	case *ast.Name:
		return c.signatures[fun.Name]
	case *ast.Select:
		if lib, ok := fun.X.(*ast.Name); ok {
			if m := c.anyLibrary(lib.Name); m != nil {
				if s := m.signatures[fun.Field.Name]; s != nil && s.home == m && !strings.HasPrefix(fun.Field.Name, "_") {
					return s
				}
			}
		}
	}
	return nil
}

func (c *compilation) resolveOutput(comp *component, o *ast.Output) {
	s := &stream{decl: o, ir: &ir.Stream{From: comp.ir, Span: o.Span()}}
	at := o.Span()
	if o.Name != nil {
		s.ir.Name, at = o.Name.Name, o.Name.Span()
	}
	switch {
	case s.ir.Name == "failed" || s.ir.Name == "late":
		c.err(reservedName, at, "every component has a stream `.%s` of its own", s.ir.Name).help("give the output another name")
		s.used = true
	case comp.output(s.ir.Name) != nil && o.Name != nil:
		c.again("output", o.Name, comp.output(s.ir.Name).decl.Name)
		return
	case o.Name == nil && o.Record != nil && comp.output("") != nil && comp.output("").opaque && comp.output("").decl.Record != nil:
		return // `-> line, n`, of which the first was reported
	case comp.output(s.ir.Name) != nil:
		c.err(declaredTwice, at, "%s has two outputs without a name", comp.name.Name).
			related(comp.output("").decl.Span(), "the first one").help("name them: `-> ok: (...), bad: (...)`")
		return
	}
	switch {
	case o.Record != nil && (o.Record.Name != "any" || o.Library != nil):
		var t *types.Type
		if o.Library != nil {
			t = c.libraryType(o.Library, o.Record)
		} else if t = c.bareField(o.Record); t == nil {
			t = c.namedType(o.Record)
		}
		if t.Kind == types.Record {
			s.ir.Fields = t.Fields
		} else {
			if t.Kind != types.Invalid {
				c.err(typeNotAllowed, o.Record.Span(), "an output is a record, not a %s", t).
					help("write its fields: `-> (value %s)`", o.Record.Name)
			}
			s.opaque = true
		}
	case o.Record != nil:
		c.namedType(o.Record) // reports it
		s.opaque = true
	default:
		s.ir.Fields = c.fields(o.Fields)
		if len(o.Fields) == 0 {
			c.err(badShape, at, "an output without fields carries nothing")
			s.opaque = true
		}
	}
	if o.Append != nil && o.Latest != nil {
		c.err(twoKinds, o.Append.Span(), "an output is `append` or `latest by`, not both").
			related(o.Latest[0].Span(), "its newest tuples of this count").
			note("append: every tuple is a fact, and all arrive; latest by: each replaces the one before").
			fix(o.Append.Span(), "", "take `append` out")
	}
	if !s.opaque {
		s.ir.Latest = c.latest(o, s.ir.Fields)
	}
	if o.Time != nil {
		c.outputTime(comp, s, o.Time)
	}
	comp.outputs = append(comp.outputs, s)
	comp.ir.Outputs = append(comp.ir.Outputs, s.ir)
}

// bareField reports a field without brackets and type where an output should be, `-> line`; nil where the word may be a type.
func (c *compilation) bareField(name *ast.Ident) *types.Type {
	word := name.Name
	if types.Basic(word) != nil || c.types[word] != nil || foreignTypes[word] != "" || word == regexWord || word == "field" || len(c.unloaded) > 0 || len(c.imported["type "+word]) > 0 || c.brokenNames[word] ||
		word[0] < 'a' || word[0] > 'z' || spell.Suggest(word, append(types.BasicNames(), keysOf(c.types)...)) != "" {
		return nil
	}
	c.err(unknownType, name.Span(), "unknown type %s", word).
		fix(name.Span(), "("+word+" string)", "an output is written with its fields and their types: `-> (%s string)`", word).asks()
	return types.TInvalid
}

// latest resolves the fields of `latest by`.
func (c *compilation) latest(o *ast.Output, fields []types.Field) []int {
	var out []int
	for _, k := range o.Latest {
		i := fieldIndex(fields, k.Name)
		switch {
		case i < 0:
			c.err(badLatestField, k.Span(), "this output has no field %s", k.Name).
				choose(k.Span(), k.Name, "its fields", fieldNames(fields))
		case !fields[i].Type.Hashable():
			c.err(unhashableField, k.Span(), "field %s is a %s, which can't be hashed", k.Name, fields[i].Type).
				note("%s", whyNoKey(fields[i].Type))
		default:
			for _, j := range out {
				if i == j {
					c.err(declaredTwice, k.Span(), "field %s stands twice in `latest by`", k.Name)
				}
			}
			out = append(out, i)
		}
	}
	return out
}

// schemaAt is where the schema of an input's tuples is declared.
func (in *input) schemaAt() source.Span {
	for _, s := range in.sources {
		if s.decl != nil {
			return s.decl.Span()
		}
		if s.ir.Failed {
			return in.decl.Span() // it has no declaration of its own
		}
	}
	return source.Span{}
}
