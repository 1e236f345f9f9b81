package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
)

// collect enters every declaration into its namespace. Broken ones are entered too, so that
// their names are known; of two with one name the first counts.
func (c *compilation) collect() {
	for _, f := range c.files {
		for _, d := range f.Decls {
			c.declare(d)
		}
	}
}

func (c *compilation) declare(d ast.Decl) {
	if c.name != "" && c.refused(d) {
		return
	}
	switch d := d.(type) {
	case *ast.Topology:
		if c.header == nil {
			c.header = d
		} else {
			c.err(twoTopologies, d.Name.Span(), "a second topology header, %s", d.Name.Name).
				related(c.header.Name.Span(), "topology %s is declared here", c.header.Name.Name).
				help("keep one of them: the files of a folder are one topology")
		}
	case *ast.Library:
		if c.name == "" {
			c.err(noLibrary, d.Span(), "a library among the files of a topology").
				help("give the library a folder of its own, and name it: `use \"./%s\"`", d.Name.Name)
		}
	case *ast.Use:
		// Was read before.
	case *ast.Param:
		c.declareValue(&valueSymbol{name: d.Name, param: d, typ: types.TInvalid})
	case *ast.Const:
		c.declareValue(&valueSymbol{name: d.Name, konst: d, typ: types.TInvalid})
	case *ast.TypeDecl:
		c.declareType(&typeSymbol{name: d.Name, decl: d, typ: types.TInvalid})
	case *ast.Enum:
		c.declareEnum(d)
	case *ast.Func:
		c.declareFunc(&funcSymbol{name: d.Name, decl: d})
	case *ast.Component:
		if c.name != "" {
			c.declareSignature(d)
			return
		}
		if d.Kind == ast.Store {
			c.err(storeOutside, headOf(d, "store"), "a store is declared by a library").help("write it into a file that begins with `library NAME`, and `in NAME.%s(...)` behind a state", d.Name.Name)
			return
		}
		c.declareComponent(&component{decl: d, name: d.Name, kind: d.Kind})
	case *ast.Graph:
		c.declareGraph(&graphSymbol{name: d.Name, decl: d})
	case *ast.Test:
		c.tests = append(c.tests, d)
	case *ast.Query:
		c.queries = append(c.queries, d)
	case *ast.Opaque:
		c.declareOpaque(d)
	case *ast.BadDecl:
		c.declareBroken(d)
	}
}

// declareOpaque enters what is parsed as text and reports that it does not compile.
func (c *compilation) declareOpaque(d *ast.Opaque) {
	r := c.err(notYetDeclaration, d.Span(), "`%s` does not compile yet", d.Keyword)
	switch d.Keyword {
	case "backend":
		r.help("a library declares where state can lie by `store NAME(path string)`")
	}
	// The keyword's line is enough of a place.
	if end := d.Span().Start + len(d.Keyword); end < d.Span().End {
		r.Span.End = end
	}
}

// declareBroken enters the name of a declaration that could not be parsed: the parser has reported it.
func (c *compilation) declareBroken(d *ast.BadDecl) {
	if top, ok := d.Partial.(*ast.Topology); ok && c.header == nil && top.Name != nil {
		c.header = top
		return
	}
	if d.Name == nil && slices.Contains(parser.Declarations(), d.Keyword) {
		if d.Keyword == "topology" || d.Keyword == "library" {
			c.brokenHeader = true
		}
		if c.nameless == nil {
			c.nameless = map[string]bool{}
		}
		c.nameless[namesOf(d.Keyword)] = true
		c.brokenComponents = true // perhaps it reads what nothing else does
		return
	}
	switch d.Keyword {
	case "topology":
		c.brokenHeader = true
	case "param", "const":
		c.declareValue(&valueSymbol{name: d.Name, typ: types.TInvalid, state: resolved, used: true})
	case "type", "enum":
		c.brokenEnum = c.brokenEnum || d.Keyword == "enum"
		c.declareType(&typeSymbol{name: d.Name, typ: types.TInvalid, state: resolved})
	case "func", "aggregate":
		c.declareFunc(&funcSymbol{name: d.Name, state: resolved, broken: true, used: true})
	case "graph":
		c.declareGraph(&graphSymbol{name: d.Name, broken: true, state: resolved})
		c.brokenComponents = true // perhaps it reads what nothing else does
	case "spout", "bolt", "sink":
		c.declareComponent(&component{name: d.Name, kind: ast.ComponentKind(d.Keyword), open: true})
		// What it reads is used, even where the rest of it can't be understood.
		if p, ok := d.Partial.(*ast.Component); ok {
			c.brokenInputs = append(c.brokenInputs, p.Inputs...)
		}
		c.brokenComponents = true
	case "query":
		c.brokenComponents = true // perhaps it reads what nothing else does
	case "library":
		c.brokenHeader = true
	case "use", "test":
	default:
		c.foreignDecl(d)
	}
}

// namesOf says whose names a declaration's is among.
func namesOf(keyword string) string {
	switch keyword {
	case "param", "const":
		return "value"
	case "enum":
		return "type"
	case "func", "aggregate":
		return "function"
	}
	return "component"
}

// symbol is what a declaration enters.
type symbol interface{ ident() *ast.Ident }

func (v *valueSymbol) ident() *ast.Ident { return v.name }
func (t *typeSymbol) ident() *ast.Ident  { return t.name }
func (f *funcSymbol) ident() *ast.Ident  { return f.name }
func (g *graphSymbol) ident() *ast.Ident { return g.name }
func (s *signature) ident() *ast.Ident   { return s.name }

// enter makes a symbol known by its name; of two with one name the first counts.
func enter[S symbol](c *compilation, what string, names map[string]S, order *[]S, s S) {
	name := s.ident()
	if first, taken := names[name.Name]; taken {
		c.again(what, name, first.ident())
		return
	}
	names[name.Name] = s
	*order = append(*order, s)
}

// again reports a second declaration of a name.
func (c *compilation) again(what string, name, first *ast.Ident) {
	way := "rename one of them"
	if what == "setting" || what == "option" {
		way = "take one of them out"
	}
	c.err(declaredTwice, name.Span(), "%s %s is declared twice", what, name.Name).
		label("declared again here").
		related(first.Span(), "first declared here").
		help("%s", way)
}

// refused reports what a library can't declare.
func (c *compilation) refused(d ast.Decl) bool {
	switch d := d.(type) {
	case *ast.Topology:
		c.notInLibrary(d, "topology", "take the header out, or the `library` line")
	case *ast.Param:
		c.notInLibrary(d, "params", "make it a parameter of what needs it: whoever runs the topology sets its params")
	case *ast.Component:
		if beside(d) || d.Go != nil {
			return false
		}
		c.notInLibrary(d, "components that run", "put it into a `graph`, which a topology takes as often as it needs it")
	case *ast.Test:
		at := d.Span()
		if d.Title != nil {
			at = d.Title.Span()
		}
		c.err(notOfLibrary, at, "a library has no tests").
			help("write a topology beside it whose tests they are: it begins with `topology %s_test`, and uses the library as `use \"../%s\"`", c.name, c.name)
	case *ast.Query:
		c.notInLibrary(d, "queries", "they belong to a topology")
	default:
		return false
	}
	return true
}

func (c *compilation) declareValue(v *valueSymbol) {
	v.home = c.module
	if parser.Reserved(v.name.Name) {
		c.err(reservedName, v.name.Span(), "%s is a word of the language: it could not be read as a value", v.name.Name).help("choose another name")
		v.used = true
	}
	v.used = c.foreignName(v.name) || v.used
	enter(c, "name", c.values, &c.valueOrder, v)
}

func (c *compilation) declareType(t *typeSymbol) {
	t.home = c.module
	name := t.name.Name
	if types.Basic(name) != nil || name == regexWord || name == "field" || name == "any" || name == "none" {
		c.err(reservedName, t.name.Span(), "%s is a type of the language", name).
			help("give the type another name")
		return
	}
	enter(c, "type", c.types, &c.typeOrder, t)
}

// unread reports whether a statement of a body could not be parsed: then nothing is known to be unused. Where it is lost what such a one declares,
// no name is known to be unknown.
func (c *compilation) unread(body *ast.Block) (found, lost bool) {
	if body != nil {
		ast.Walk(body, func(n ast.Spanned) bool {
			bad, ok := n.(*ast.BadStmt)
			found, lost = found || ok, lost || ok && bad.Lost
			return true
		})
	}
	c.brokenComponents = c.brokenComponents || found
	return found, lost
}

// unclosed reports whether a block of a body is not closed: where those around it end is a guess.
func unclosed(body *ast.Block) bool {
	found := false
	ast.Walk(body, func(n ast.Spanned) bool {
		bad, ok := n.(*ast.BadStmt)
		found = found || ok && bad.Pos == bad.EndPos
		return !found
	})
	return found
}

func (c *compilation) declareFunc(f *funcSymbol) {
	if f.decl != nil {
		f.unread, f.unsure = c.unread(f.decl.Body)
	}
	name := f.name.Name
	f.home = c.module
	if builtins[name] != nil || types.Basic(name) != nil || name == regexWord {
		c.err(takenName, f.name.Span(), "%s is a function of the language", name).
			help("give the function another name")
		return
	}
	if name == "map" {
		c.err(takenName, f.name.Span(), "`map(` begins a map: no call of a function map could be read").help("give the function another name")
		f.used, f.live = true, true
	} else if c.foreignName(f.name) {
		f.used, f.live = true, true
	}
	// Who calls it all the same is told nothing more.
	enter(c, "function", c.funcs, &c.funcOrder, f)
}

func (c *compilation) declareComponent(comp *component) {
	comp.home, comp.rep = c.module, c.reporter
	if comp.decl != nil {
		comp.unread, comp.lost = c.unread(comp.decl.Body)
	}
	if first := c.components[comp.name.Name]; first != nil {
		c.again("component", comp.name, first.name)
		// Its own text is checked all the same; only its name is the first one's.
	} else {
		c.components[comp.name.Name] = comp
	}
	comp.ir = &ir.Component{Name: comp.name.Name, Kind: ir.Kind(comp.kind), NameAt: comp.name.Span(), Tasks: 1}
	if comp.decl != nil {
		comp.ir.Doc, comp.ir.Span = comp.decl.Docs(), comp.decl.Span()
	}
	c.order = append(c.order, comp)
}
