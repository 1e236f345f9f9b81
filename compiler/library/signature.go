package library

import (
	"path"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// declare takes one declaration of a library's .topo into the library.
func (l *Library) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.Library:
		l.Doc = d.Docs()
		if d.Name != nil && d.Name.Name != l.Name {
			l.broken(d.Name.Span(), "library "+d.Name.Name+" stands in the folder of library "+l.Name, "name it as its folder")
		}
	case *ast.Component:
		l.declareComponent(d)
	case *ast.Func:
		l.declareFunc(d)
	case *ast.TypeDecl:
		// Before all others.
	case *ast.BadDecl:
		// Reported by the parser.
	default:
		l.broken(d.Span(), "a library declares types, components and functions only", "")
	}
}

// GoName is the exported Go name of a .topo name: max_line is MaxLine.
func GoName(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

func (l *Library) declareComponent(d *ast.Component) {
	c := &Component{
		Library: l.Name, Name: d.Name.Name, Kind: d.Kind, Doc: d.Docs(), Span: d.Name.Span(),
		GoPkg: path.Join(importPath, l.Name), GoType: GoName(d.Name.Name),
	}
	if l.components[c.Name] != nil {
		l.broken(c.Span, "component "+c.Name+" is declared twice", "")
		return
	}
	l.components[c.Name] = c
	for i, f := range d.Params {
		p := Param{Name: f.Name.Name, PerTuple: f.PerTuple, Default: f.Default, Span: f.Span()}
		switch word := typeWord(f.Type); {
		case word == "any" && i == 0 && d.Kind == ast.Sink:
			c.AnyInput = true
			continue
		case word == "field":
			p.Field = true
		default:
			p.Type = l.typeOf(f.Type)
		}
		if f.In != nil {
			p.In = l.allowed(f, p.Type)
		}
		c.Params = append(c.Params, p)
	}
	if d.Kind == ast.Sink && !c.AnyInput {
		l.broken(c.Span, "sink "+c.Name+" does not say what it takes", "write its first parameter as `rows any`")
	}
	for _, o := range d.Outputs {
		if o.Record != nil && o.Record.Name == "any" {
			c.AnyOutput = true
			continue
		}
		out := Output{}
		if o.Name != nil {
			out.Name = o.Name.Name
		}
		for _, f := range o.Fields {
			out.Fields = append(out.Fields, types.Field{Name: f.Name.Name, Type: l.typeOf(f.Type)})
		}
		c.Outputs = append(c.Outputs, out)
	}
	for _, o := range d.Options {
		switch o.Name.Name {
		case "replayable":
			c.Replayable = true
		case "commits":
			c.Commits = true
		case "idempotent":
			l.declareIdempotent(c, o)
		case "single":
			c.Single = true
		case "ends":
			l.declareEnds(c, o.Value, o)
		case "owns":
			l.declareOwns(c, o)
		default:
			l.broken(o.Name.Span(), "a signature has no option "+o.Name.Name, "signatures know replayable, commits, idempotent by, single, ends and owns")
		}
	}
	if c.Kind == ast.Sink && c.Replayable {
		l.broken(c.Span, "sink "+c.Name+" is replayable, which only a spout can be", "a sink says `commits` or `idempotent by key`")
	}
	if c.Kind != ast.Sink && (c.Commits || c.Idempotent != "") {
		l.broken(c.Span, string(c.Kind)+" "+c.Name+" commits or is idempotent, which only a sink can be", "a spout says `replayable`")
	}
}

// declareIdempotent reads `idempotent by key`.
func (l *Library) declareIdempotent(c *Component, o *ast.Option) {
	if x, ok := o.Value.(*ast.Name); ok {
		for _, p := range c.Params {
			if p.Name == x.Name && p.Field {
				c.Idempotent = x.Name
				return
			}
		}
	}
	l.broken(o.Span(), "`idempotent by` names a parameter of "+c.Name+" that is a field", "write `idempotent by key`, where it has a parameter `key field`")
}

// declareEnds reads `ends count` and `ends count or idle`.
func (l *Library) declareEnds(c *Component, x ast.Expr, o *ast.Option) {
	switch x := x.(type) {
	case *ast.Binary:
		if x.Op == "or" {
			l.declareEnds(c, x.X, o)
			l.declareEnds(c, x.Y, o)
			return
		}
	case *ast.Name:
		for _, p := range c.Params {
			if p.Name == x.Name {
				c.Ends = append(c.Ends, x.Name)
				return
			}
		}
	}
	l.broken(o.Span(), "`ends` names parameters of "+c.Name, "write e.g. `ends count or idle`")
}

// declareOwns reads `owns path` and `owns "the standard input"`.
func (l *Library) declareOwns(c *Component, o *ast.Option) {
	switch x := o.Value.(type) {
	case *ast.Name:
		for _, p := range c.Params {
			if p.Name == x.Name && !p.Field && !p.PerTuple {
				c.OwnsParam = x.Name
				return
			}
		}
	case *ast.String:
		if len(x.Parts) == 1 && x.Parts[0].Expr == nil {
			c.OwnsText = x.Parts[0].Text
			return
		}
	}
	l.broken(o.Span(), "owns names a parameter of the component, or a text", "write `owns path` or `owns \"the standard input\"`")
}

// allowed reads `in ["tsv", "csv"]`.
func (l *Library) allowed(f *ast.Field, t *types.Type) []string {
	list, ok := f.In.(*ast.List)
	if !ok || t == nil || t.Kind != types.String || f.PerTuple || len(list.Items) == 0 {
		l.broken(f.In.Span(), "the allowed values of "+f.Name.Name+" are no list of texts", "write `"+f.Name.Name+" string in [\"a\", \"b\"]`")
		return nil
	}
	var out []string
	for _, item := range list.Items {
		s, ok := item.(*ast.String)
		if !ok || len(s.Parts) != 1 || s.Parts[0].Expr != nil {
			l.broken(item.Span(), "an allowed value of "+f.Name.Name+" is a text in double quotes", "")
			return nil
		}
		out = append(out, s.Parts[0].Text)
	}
	if d, ok := f.Default.(*ast.String); ok && (len(d.Parts) != 1 || !slices.Contains(out, d.Parts[0].Text)) {
		l.broken(d.Span(), "the default of "+f.Name.Name+" is none of its allowed values", "")
	}
	return out
}

func (l *Library) declareFunc(d *ast.Func) {
	name := d.Name.Name
	if l.funcs[name] != nil {
		l.broken(d.Name.Span(), "function "+name+" is declared twice", "")
		return
	}
	if d.Go == nil || d.Result == nil {
		l.broken(d.Name.Span(), "function "+name+" needs a result and `= go \"./package\".Name`", "")
		return
	}
	dir := ""
	for _, p := range d.Go.Path.Parts {
		dir += p.Text
	}
	f := &ir.Func{
		Name: name, Result: l.typeOf(d.Result), GoPkg: path.Join(importPath, l.Name, dir), GoName: d.Go.Name.Name,
		// What takes nothing and is no constant asks the world: a clock, a die.
		Pure: len(d.Params) > 0,
	}
	if l.Name != Prelude {
		f.Name = l.Name + "." + name
	}
	for _, p := range d.Params {
		if p.Default != nil {
			l.broken(p.Span(), "parameters of functions have no defaults", "")
		}
		f.Params = append(f.Params, types.Field{Name: p.Name.Name, Type: l.typeOf(p.Type)})
	}
	l.funcs[name] = &Func{IR: f, Doc: d.Docs(), Span: d.Name.Span(), decl: d}
}

// typeWord returns the word that a type consists of, or "".
func typeWord(t *ast.Type) string {
	if t == nil || t.Name == nil || t.Optional {
		return ""
	}
	return t.Name.Name
}

// typeOf resolves a type of a signature: basic types, type variables (one upper-case letter), lists, maps, optionals.
func (l *Library) typeOf(t *ast.Type) *types.Type {
	if t == nil {
		return types.TInvalid
	}
	var out *types.Type
	switch {
	case t.List != nil:
		out = types.ListOf(l.typeOf(t.List))
	case t.Map != nil:
		out = types.MapOf(l.typeOf(t.Map.Key), l.typeOf(t.Map.Value))
	case t.Name != nil:
		name := t.Name.Name
		out = types.Basic(name)
		if name == types.TRegex.String() {
			out = types.TRegex
		}
		if out == nil && len(name) == 1 && name[0] >= 'A' && name[0] <= 'Z' {
			out = &types.Type{Kind: types.Var, Name: name}
		}
		if out == nil {
			out = l.types[name]
		}
		if out == nil {
			l.broken(t.Span(), "unknown type "+name, "signatures know the basic types, regex, records declared above, lists, maps, and type variables of one upper-case letter")
			out = types.TInvalid
		}
	default:
		return types.TInvalid
	}
	if t.Optional {
		out = types.OptionalOf(out)
	}
	return out
}
