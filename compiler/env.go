package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// env is the place that an expression or statement stands in: what it may see.
type env struct {
	*compilation
	constant string      // not "": only constants are seen here, and what this is: "the value of a const"
	argument bool        // an argument of a component: made once, before the first tuple
	comp     *component  // nil outside of components
	fn       *funcSymbol // nil outside of functions
	test     *ast.Test   // nil outside of tests
	query    *queryCheck // nil outside of queries
	tuple    *input      // the input of the current tuple; nil where there is none
	body     *body       // nil outside of bodies
	scope    *scope      // nil outside of bodies
	loops    int         // how many loops are around
	inBlock  string      // finish, every, after: a block that no tuple runs
	perKey   bool        // in such a block that runs for a key
	sel      *selecting  // in a `select`
}

// scope holds the locals of a block.
type scope struct {
	outer *scope
	names map[string]*local
	order []*local
}

// local is a variable on its way to an ir.Local.
type local struct {
	ir     *ir.Local
	checks bool   // of `let x = v else { }`: it does something, whether x is read or not
	word   string // let, var, for, finish
	at     source.Span
	wordAt source.Span // of `let`, to make it `var`
	read   bool
	broken bool // what declares it could not be read
}

// inner returns the env of a nested block.
func (e *env) inner() *env {
	n := *e
	n.scope = &scope{outer: e.scope, names: map[string]*local{}}
	return &n
}

// nextLocal numbers the locals of a component or function.
func (e *env) nextLocal() int {
	var owner any = e.comp
	switch {
	case e.fn != nil:
		owner = e.fn
	case e.test != nil:
		owner = e.test
	}
	id := e.lastLocal[owner]
	e.lastLocal[owner]++
	return id
}

// lookup finds a local.
func (e *env) lookup(name string) *local {
	for s := e.scope; s != nil; s = s.outer {
		if l := s.names[name]; l != nil {
			return l
		}
	}
	return nil
}

// declare makes a local in the innermost block.
func (e *env) declare(name *ast.Ident, t *types.Type, word string) *local {
	l := &local{ir: &ir.Local{ID: e.nextLocal(), Name: name.Name, Type: t, Mutable: word == "var"}, word: word, at: name.Span()}
	// What an error was reported of is not reported as unused too.
	l.read = name.Name == "_" || t.Kind == types.Invalid
	if name.Name == "_" {
		return l
	}
	l.read = l.read || e.foreignName(name)
	if first := e.scope.names[name.Name]; first != nil {
		e.err(declaredTwice, name.Span(), "%s is declared twice in this block", name.Name).
			label("declared again here").related(first.at, "first declared here").
			help("rename one of them, or assign to a `var`")
		first.read, l.read = true, true
	} else if s := e.body.state(name.Name); s != nil {
		e.err(wrongKindOfName, name.Span(), "%s would hide the state %s", name.Name, name.Name).
			related(s.decl.Name.Span(), "the state is declared here").help("give the local another name")
		l.read = true
	} else if in := e.alias(name.Name); in != nil && word != "finish" {
		e.err(wrongKindOfName, name.Span(), "%s would hide the input %s", name.Name, name.Name).
			related(in.decl.Span(), "the input is declared here").help("give the local another name")
		l.read = true
	}
	e.notes.note(name, t)
	e.scope.names[name.Name] = l
	e.scope.order = append(e.scope.order, l)
	return l
}

// leave ends a block: what was never read in it is reported.
func (e *env) leave() {
	if e.fn != nil && e.fn.unread || e.comp != nil && e.comp.unread || e.query != nil && e.query.noKey {
		return // perhaps what could not be read reads it
	}
	for _, l := range e.scope.order {
		if l.read || strings.HasPrefix(l.ir.Name, "_") || l.word != "let" && l.word != "var" {
			continue
		}
		what := "is never used"
		if l.word == "var" {
			what = "is never read"
		}
		help := "take it out, or begin its name with `_`"
		if l.checks {
			help = "begin its name with `_`: what the `else` is for is still looked at"
		}
		e.warn(unusedLocal, l.at, "%s %s", l.ir.Name, what).help("%s", help)
	}
}

// typed makes the part that all expressions have.
func typed(t *types.Type, at ast.Spanned) ir.Typed { return ir.Typed{T: t, Span: at.Span()} }

// invalid stands for an expression in which an error was reported.
func invalid(at ast.Spanned) ir.Expr { return &ir.NoneConst{Typed: typed(types.TInvalid, at)} }

func isInvalid(x ir.Expr) bool { return x.Type().Kind == types.Invalid }

// text returns the source text of a span.
func (c *compilation) text(s source.Span) string {
	if len(c.byName) != len(c.sources) {
		c.byName = map[string]*source.File{}
		for _, f := range c.sources {
			c.byName[f.Name] = f
		}
	}
	if f := c.byName[s.File]; f != nil && s.Start >= 0 && s.Start <= s.End && s.End <= len(f.Text) {
		return f.Text[s.Start:s.End]
	}
	return ""
}

func spanOf(file string, start, end int) source.Span {
	return source.Span{File: file, Start: start, End: end}
}
