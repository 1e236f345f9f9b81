package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// signature is what a library says of a component that is written in Go: what it is given, takes and gives, and what it promises.
// The standard library's and users' are the same; see library_go.go for how the Go is compared.
type signature struct {
	decl   *ast.Component
	name   *ast.Ident
	home   *module
	kind   ast.ComponentKind
	state  resolution
	broken bool // reported: nothing more is said of its Go

	params    []parameter
	outputs   []given
	anyInput  bool // takes tuples of any schema
	anyOutput bool // gives what the topology declares
	objects   bool // its Go type hands over JSON objects as text
	tuple     []types.Field

	replayable, single bool
	replayableAt       source.Span
	commitsAt          source.Span
	commits            bool   // of a sink: what it writes is seen with the commit of its batch, or not at all
	idempotent         string // of a sink: the `key field` parameter by whose value it overwrites; "" where there is none
	// ends names the parameters that end a spout which else goes on; empty for one that ends by itself, or of which nothing is said.
	ends []string
	// owns names what there is one of and no other component may own: a parameter (`owns path`), or, of all calls the same, a text (`owns
	// "the standard input"`). Both are empty where it owns nothing.
	ownsParam, ownsText string

	goPkg, goType string
	part          *ir.GoPart // of a user's library, for what does not take or give columns
}

// given is an output of a signature; its name is "" where it is the only one.
type given struct {
	name   string
	fields []types.Field
}

// parameter is a parameter of a signature.
type parameter struct {
	name     string
	typ      *types.Type // nil of a field
	field    bool        // `key field`: the name of an input's field
	perTuple bool        // `text per tuple string`: an expression over the tuple
	in       []string    // `in ["tsv", "csv"]`: the values that are allowed; none: all
	fallback ast.Expr    // nil where an argument must be given
	value    ir.Expr     // of the fallback, where it is no field
	at       source.Span

	goField string
	goType  *ir.GoType // of a user's library: how the value is handed over
}

func (s *signature) full() string {
	if s.kind == ast.Store {
		return storeName(s.home.name, s.name.Name)
	}
	return s.home.name + "." + s.name.Name
}

// goRef names the Go of a component: what is written, or what has its name in the package beside the text.
func (s *signature) goRef() *ast.GoRef {
	if s.decl.Go != nil {
		return s.decl.Go
	}
	return besideIt(s.name)
}

// goRef names the Go of a function; nil of one that is written in the language.
func (f *funcSymbol) goRef() *ast.GoRef {
	switch d := f.decl; {
	case d.Go != nil:
		return d.Go
	case d.Expr == nil && d.Body == nil && f.home.name != "":
		return besideIt(f.name)
	}
	return nil
}

// besideIt names what has a declaration's name in the Go package of its folder: max_line is MaxLine.
func besideIt(name *ast.Ident) *ast.GoRef {
	return &ast.GoRef{
		Node: name.Node,
		Path: &ast.String{Node: name.Node, Parts: []ast.StringPart{{Text: "."}}},
		Name: &ast.Ident{Node: name.Node, Name: library.GoName(name.Name)},
	}
}

// declareSignature enters a component of a library.
func (c *compilation) declareSignature(d *ast.Component) {
	enter(c, "component", c.signatures, &c.signatureOrder, &signature{decl: d, name: d.Name, home: c.module, kind: d.Kind})
}

// resolveSignatures gives the components of a library their meaning.
func (c *compilation) resolveSignatures() {
	for _, s := range c.signatureOrder {
		c.resolveSignature(s)
	}
}

// resolveSignature gives a component of a library its meaning, once: when it is first needed.
func (c *compilation) resolveSignature(s *signature) {
	if s.state != untouched {
		return
	}
	s.state = resolved
	c = c.in(s.home)
	if s.decl.Go != nil && len(s.decl.Go.Args) > 0 {
		c.badSignature(s, s.decl.Go.Args[0].Span(), "the Go type of %s is named here, not called", s.name.Name).
			help("arguments are given by those who use the component: declare them, `%s %s(limit int)`", s.kind, s.name.Name)
	}
	for i, f := range s.decl.Params {
		c.resolveParameter(s, f, i == 0)
	}
	shape := c.fakeComponent(s.name, s.kind)
	for _, o := range s.decl.Outputs {
		c.resolveGiven(s, shape, o)
	}
	for _, o := range s.decl.Options {
		c.resolvePromise(s, o)
	}
	c.checkSignature(s)
	switch {
	case s.home.standard != nil:
		c.standardComponent(s)
	case !s.broken:
		c.goSignature(s)
	}
}

// badSignature reports what a signature can't say.
func (c *compilation) badSignature(s *signature, at source.Span, format string, args ...any) report {
	s.broken = true
	return c.err(wrongSignature, at, format, args...)
}

func (c *compilation) resolveParameter(s *signature, f *ast.Field, first bool) {
	p := parameter{name: f.Name.Name, perTuple: f.PerTuple, fallback: f.Default, at: f.Span()}
	if i := slices.IndexFunc(s.params, func(q parameter) bool { return q.name == p.name }); i >= 0 {
		c.err(declaredTwice, f.Name.Span(), "parameter %s is declared twice", p.name).related(s.params[i].at, "first declared here").help("rename one of them")
		s.broken = true
		return
	}
	switch word := typeWord(f.Type); {
	case word == "any" && first && s.kind == ast.Sink && !p.perTuple:
		s.anyInput = true
		return
	case word == "any":
		c.badSignature(s, f.Span(), "`any` is the first parameter of a sink, or what a spout gives").
			help("a bolt says what it takes of a tuple: `ip per tuple string`")
		return
	case word == "field":
		p.field = true
	default:
		p.typ = c.typeOf(f.Type)
		s.broken = s.broken || p.typ.Kind == types.Invalid
	}
	if f.In != nil {
		p.in = c.allowed(s, f, p.typ)
	}
	if p.fallback != nil && !p.field {
		e := &env{compilation: c, constant: "the default of a parameter"}
		p.value = e.computed(p.fallback, e.value(p.fallback, p.typ, "parameter "+p.name))
		if text, ok := ir.Constant(p.value); ok && p.in != nil && !slices.Contains(p.in, text.(string)) {
			c.badSignature(s, p.fallback.Span(), "the default of %s is none of its allowed values", p.name).help("it may be %s", strings.Join(quoted(p.in), ", "))
		}
	}
	p.goField = library.GoName(p.name)
	s.params = append(s.params, p)
	if p.perTuple {
		s.tuple = append(s.tuple, types.Field{Name: p.name, Type: p.typ})
	}
}

// allowed reads `in ["tsv", "csv"]`.
func (c *compilation) allowed(s *signature, f *ast.Field, t *types.Type) []string {
	list, ok := f.In.(*ast.List)
	if !ok || t == nil || t.Kind != types.String || f.PerTuple || len(list.Items) == 0 {
		c.badSignature(s, f.In.Span(), "the allowed values of %s are no list of texts", f.Name.Name).help("write `%s string in [\"a\", \"b\"]`", f.Name.Name)
		return nil
	}
	var out []string
	for _, item := range list.Items {
		text, ok := item.(*ast.String)
		if !ok || len(text.Parts) > 1 || len(text.Parts) == 1 && text.Parts[0].Expr != nil {
			c.badSignature(s, item.Span(), "an allowed value of %s is a text in double quotes", f.Name.Name)
			return nil
		}
		value := ""
		if len(text.Parts) == 1 {
			value = text.Parts[0].Text
		}
		out = append(out, value)
	}
	return out
}

// resolveGiven reads one output.
func (c *compilation) resolveGiven(s *signature, shape *component, o *ast.Output) {
	if o.Record != nil && o.Library == nil && o.Record.Name == "any" {
		s.anyOutput = true
		return
	}
	before := len(shape.outputs)
	c.resolveOutput(shape, o)
	if len(shape.outputs) == before {
		s.broken = true
		return
	}
	out := shape.outputs[before]
	for _, f := range out.ir.Fields {
		s.broken = s.broken || f.Type.Kind == types.Invalid
	}
	s.broken = s.broken || out.opaque
	s.outputs = append(s.outputs, given{out.ir.Name, out.ir.Fields})
}

// resolvePromise reads one option.
func (c *compilation) resolvePromise(s *signature, o *ast.Option) {
	at := o.Name.Span()
	only := func(kind ast.ComponentKind) bool {
		if s.kind != kind {
			c.badSignature(s, at, "only a %s says `%s`, and %s is a %s", kind, o.Name.Name, s.name.Name, s.kind).help("take it out")
		}
		return s.kind == kind
	}
	switch o.Name.Name {
	case "replayable":
		s.replayable, s.replayableAt = only(ast.Spout), o.Span()
	case "commits":
		s.commits, s.commitsAt = only(ast.Sink), o.Span()
	case "idempotent":
		if !only(ast.Sink) {
			return
		}
		if x, ok := o.Value.(*ast.Name); ok && s.param(x.Name, func(p parameter) bool { return p.field }) {
			s.idempotent = x.Name
			return
		}
		c.badSignature(s, o.Span(), "`idempotent by` names a parameter of %s that is a field", s.name.Name).
			help("write `idempotent by key`, where it has a parameter `key field`")
	case "single":
		s.single = true
	case "ends":
		if only(ast.Spout) {
			c.resolveEnds(s, o.Value, o)
		}
	case "owns":
		c.resolveOwns(s, o)
	default:
		c.badSignature(s, at, "a signature has no option %s", o.Name.Name).
			help("signatures know replayable, commits, idempotent by, single, ends and owns; whoever uses the component says the others")
	}
}

// param reports whether there is a parameter of that name, and it is so.
func (s *signature) param(name string, is func(p parameter) bool) bool {
	return slices.ContainsFunc(s.params, func(p parameter) bool { return p.name == name && is(p) })
}

// resolveEnds reads `ends count` and `ends count or idle`.
func (c *compilation) resolveEnds(s *signature, x ast.Expr, o *ast.Option) {
	switch x := x.(type) {
	case *ast.Binary:
		if x.Op == "or" {
			c.resolveEnds(s, x.X, o)
			c.resolveEnds(s, x.Y, o)
			return
		}
	case *ast.Name:
		if s.param(x.Name, func(p parameter) bool { return !p.field }) {
			s.ends = append(s.ends, x.Name)
			return
		}
	}
	c.badSignature(s, o.Span(), "`ends` names parameters of %s", s.name.Name).help("write e.g. `ends count or idle`")
}

// resolveOwns reads `owns path` and `owns "the standard input"`.
func (c *compilation) resolveOwns(s *signature, o *ast.Option) {
	switch x := o.Value.(type) {
	case *ast.Name:
		if s.param(x.Name, func(p parameter) bool { return !p.field && !p.perTuple }) {
			s.ownsParam = x.Name
			return
		}
	case *ast.String:
		if len(x.Parts) == 1 && x.Parts[0].Expr == nil {
			s.ownsText = x.Parts[0].Text
			return
		}
	}
	c.badSignature(s, o.Span(), "owns names a parameter of the component, or a text").help("write `owns path` or `owns \"the standard input\"`")
}

// checkSignature sees that what a component takes and gives goes with its kind.
func (c *compilation) checkSignature(s *signature) {
	if s.broken {
		return
	}
	if s.kind == ast.Store {
		c.checkStore(s)
		return
	}
	at, name := s.name.Span(), s.name.Name
	for _, p := range s.params {
		switch {
		case s.kind == ast.Spout && (p.perTuple || p.field):
			c.badSignature(s, p.at, "spout %s takes no tuples: its parameter %s can't be of one", name, p.name).help("take `per tuple` out")
			return
		case p.field && !s.anyInput:
			c.badSignature(s, p.at, "parameter %s names a field of tuples that %s does not see", p.name, name).
				help("write `rows any` first, which takes them whole; or take the value: `%s per tuple string`", p.name)
			return
		}
	}
	switch {
	case len(s.decl.Inputs) > 0:
		c.badSignature(s, s.decl.Inputs[0].Span(), "a component of a library reads no streams by their names").
			help("parameters are written `name TYPE`; what it takes of each tuple `name per tuple TYPE`")
	case s.kind == ast.Spout && !s.anyOutput && len(s.outputs) != 1 || s.anyOutput && len(s.decl.Outputs) > 1:
		c.badSignature(s, at, "spout %s does not say what it gives", name).help("write one output, `-> (line string)`, or `-> any` for what the topology declares")
	case s.kind == ast.Sink && len(s.decl.Outputs) > 0:
		c.badSignature(s, s.decl.Outputs[0].Span(), "sink %s gives nothing", name).help("make it a bolt, or take the output out")
	case s.kind == ast.Sink && !s.anyInput && len(s.tuple) == 0:
		c.badSignature(s, at, "sink %s does not say what it takes", name).
			help("write its first parameter as `rows any`, for whole tuples, or what it takes of each: `text per tuple string`")
	case s.kind == ast.Bolt && s.anyOutput:
		c.badSignature(s, s.decl.Outputs[0].Span(), "bolt %s does not say what it gives", name).help("write its fields: `-> (country string)`")
	case s.kind == ast.Bolt && len(s.outputs) == 0:
		c.badSignature(s, at, "bolt %s does not say what it gives", name).help("write `-> (field type, ...)` behind its parameters")
	case s.kind == ast.Bolt && len(s.tuple) == 0:
		c.badSignature(s, at, "bolt %s does not say what it takes", name).help("write what it takes of each tuple: `%s(ip per tuple string)`", name)
	}
}

// typeWord returns the word that a type consists of, or "".
func typeWord(t *ast.Type) string {
	if t == nil || t.Name == nil || t.Library != nil || t.Optional {
		return ""
	}
	return t.Name.Name
}

// signatureNames lists the components of a kind that others may name; of all kinds where kind is "".
func (m *module) signatureNames(kind ast.ComponentKind) []string {
	var out []string
	for _, s := range m.signatureOrder {
		if (kind == "" || s.kind == kind) && !strings.HasPrefix(s.name.Name, "_") {
			out = append(out, s.name.Name)
		}
	}
	slices.Sort(out)
	return out
}

// funcNamesOf lists the functions of a library that others may call.
func (m *module) funcNamesOf() []string {
	var out []string
	for _, f := range m.funcOrder {
		if !strings.HasPrefix(f.name.Name, "_") {
			out = append(out, f.name.Name)
		}
	}
	slices.Sort(out)
	return out
}
