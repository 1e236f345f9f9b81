package compiler

import (
	"math"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/describe"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// Symbol is something that has a name.
type Symbol struct {
	// Kind is the word that declares it (spout, bolt, sink, param, const, type, enum, func, graph, state, library), or stream, field, input,
	// local, parameter, value (of an enum), key (what is given to a component or function), builtin, go.
	Kind string
	Name string
	At   source.Span // its name where it is declared; zero where it has no text
	Type string      // of what has a value: how its type is written
	Doc  string
	// Signature is how it is declared, without its body.
	Signature string
	In        *Symbol     // what it is a part of; nil of what stands by itself
	Seen      source.Span // of a local, an input, a state or a parameter: where it can be named
	Standard  bool        // of the standard library

	same  *Symbol // it stands for the same as another one: union-find
	typ   *types.Type
	decl  ast.Decl
	file  *source.File // that decl is in
	parts []*Symbol    // fields of a stream, a type or an input, in their order; values of an enum
	comp  *component
}

// Fields are the parts of a stream, an input, a type or an enum.
func (s *Symbol) Fields() []*Symbol { return s.parts }

// root is the symbol for all that must have one name.
func (s *Symbol) root() *Symbol {
	for s.same != nil {
		s = s.same
	}
	return s
}

// Declared is how the symbol is declared, without its body; "" where it has no declaration of its own.
func (s *Symbol) Declared() string {
	if s.decl == nil || s.file == nil {
		return ""
	}
	e, _ := describe.Declaration(s.file, s.decl)
	if s.Kind == "topology" || s.Kind == "library" {
		return s.Kind + " " + s.Name
	}
	return e.Signature
}

// Is reports whether two symbols must have one name: a field, and the field of the input that it is read by.
func (s *Symbol) Is(o *Symbol) bool { return s != nil && o != nil && s.root() == o.root() }

// Ref is a place where a symbol is named.
type Ref struct {
	At       source.Span
	Symbol   *Symbol
	Declares bool
	Writes   bool // it is given a value here
}

// Index is what the names of a topology's texts, and of its libraries' texts, mean.
type Index struct {
	Refs    []Ref // by file, in the order of the text
	Symbols []*Symbol
	x       *indexer
}

// At returns the name at a place, nil where there is none.
func (x *Index) At(file string, offset int) *Ref {
	var best *Ref
	for i := range x.Refs {
		r := &x.Refs[i]
		if r.At.File == file && r.At.Start <= offset && offset <= r.At.End && (best == nil || r.At.End-r.At.Start < best.At.End-best.At.Start || r.At.Start == offset && best.At.End == offset) {
			best = r
		}
	}
	return best
}

// In lists the names of a file from a place on, in the order of the text.
func (x *Index) In(file string, from int) []Ref {
	find := func(from int) int {
		n, _ := slices.BinarySearchFunc(x.Refs, from, func(r Ref, from int) int {
			if n := strings.Compare(r.At.File, file); n != 0 {
				return n
			}
			if r.At.Start < from {
				return -1
			}
			return 1
		})
		return n
	}
	return x.Refs[find(from):find(math.MaxInt)]
}

// Of lists where a symbol, and all that must have its name, is named.
func (x *Index) Of(s *Symbol) []Ref {
	var out []Ref
	for _, r := range x.Refs {
		if r.Symbol.Is(s) {
			out = append(out, r)
		}
	}
	return out
}

// Index says what the names of the texts that were checked last mean. It lives as long as these are the last.
func (s *Session) Index() *Index {
	if s.last == nil {
		return &Index{x: newIndexer(s)}
	}
	if s.index != nil {
		return s.index
	}
	x := newIndexer(s)
	c := s.last.c
	x.c = c
	x.know(c.module)
	for _, g := range c.graphOrder {
		x.graph(c.module, g)
	}
	x.module(c.module)
	for _, path := range keysOf(c.modules) {
		if m := c.modules[path]; m != nil && m != c.module {
			x.module(m)
		}
	}
	slices.SortStableFunc(x.refs, func(a, b Ref) int {
		if n := strings.Compare(a.At.File, b.At.File); n != 0 {
			return n
		}
		return a.At.Start - b.At.Start
	})
	s.index = &Index{Refs: slices.CompactFunc(x.refs, func(a, b Ref) bool { return a.At == b.At && a.Symbol == b.Symbol }), Symbols: x.symbols, x: x}
	return s.index
}

// indexer makes an index: it goes over the syntax trees, with what the passes have found out at hand.
type indexer struct {
	s       *Session
	c       *compilation
	parts   map[string]*part // by the name that a part has for the compiler
	refs    []Ref
	symbols []*Symbol
	by      map[*ast.Ident]*Symbol
	builtin map[string]*Symbol
	libs    map[*module]*Symbol
	streams map[*ast.Output]*Symbol
	compOf  map[*ast.Component]*component
	files   map[string]*source.File
}

func newIndexer(s *Session) *indexer {
	x := &indexer{
		s: s, parts: map[string]*part{}, by: map[*ast.Ident]*Symbol{}, builtin: map[string]*Symbol{}, libs: map[*module]*Symbol{},
		streams: map[*ast.Output]*Symbol{}, compOf: map[*ast.Component]*component{}, files: map[string]*source.File{},
	}
	if s.last != nil {
		for _, p := range s.last.parts {
			x.parts[p.file.Name] = p
		}
	}
	return x
}

// know remembers the components of a namespace by their declarations; instances of graphs are no longer in its order.
func (x *indexer) know(m *module) {
	for _, comp := range m.order {
		if comp.decl != nil && x.compOf[comp.decl] == nil {
			x.compOf[comp.decl] = comp
		}
	}
	for _, comp := range m.components {
		if comp.decl != nil && x.compOf[comp.decl] == nil {
			x.compOf[comp.decl] = comp
		}
	}
}

// real is a place in a file as the user knows it.
func (x *indexer) real(at source.Span) source.Span {
	if p := x.parts[at.File]; p != nil {
		return source.Span{File: p.in.Name, Start: at.Start + p.base, End: at.End + p.base}
	}
	return at
}

// symbol is the symbol that an ident declares.
func (x *indexer) symbol(kind string, name *ast.Ident) *Symbol {
	if s := x.by[name]; s != nil {
		return s
	}
	s := &Symbol{Kind: kind, Name: name.Name, At: x.real(name.Span())}
	x.by[name] = s
	x.symbols = append(x.symbols, s)
	return s
}

// local is a symbol that can be named in a part of a text only.
func (x *indexer) local(kind string, name *ast.Ident, t *types.Type, seen source.Span) *Symbol {
	s := x.symbol(kind, name)
	s.Seen = x.real(seen)
	s.setType(t)
	return s
}

func (s *Symbol) setType(t *types.Type) {
	if t != nil && t.Kind != types.Invalid {
		s.typ, s.Type = t, t.String()
	}
}

// word is the symbol of something that the language or a type has, without a text.
func (x *indexer) word(kind, name string) *Symbol {
	key := kind + " " + name
	if x.builtin[key] == nil {
		x.builtin[key] = &Symbol{Kind: kind, Name: name}
	}
	return x.builtin[key]
}

func (x *indexer) ref(name *ast.Ident, s *Symbol) {
	if name != nil && s != nil {
		x.refs = append(x.refs, Ref{At: x.real(name.Span()), Symbol: s})
	}
}

func (x *indexer) declares(name *ast.Ident, s *Symbol) {
	if name != nil && s != nil {
		x.refs = append(x.refs, Ref{At: x.real(name.Span()), Symbol: s, Declares: true})
	}
}

// union says that two symbols must have one name.
func union(a, b *Symbol) {
	if a == nil || b == nil {
		return
	}
	if a, b = a.root(), b.root(); a != b {
		b.same = a
	}
}

// noted is the type that an expression or a local was given.
func (x *indexer) noted(n ast.Spanned) *types.Type {
	if n == nil || x.s.last == nil {
		return nil
	}
	return x.s.last.types.of(n)
}

// typeNotes are the types that expressions and locals were given: of the heads, and of each bolt's statements.
type typeNotes struct {
	heads map[ast.Spanned]*types.Type
	// components are those of the heads of components.
	components map[ast.Spanned]*types.Type
	bodies     map[string]map[ast.Spanned]*types.Type // by the part that they stand in
	tests      map[ast.Spanned]*types.Type            // of what is checked last, and each time
	now        map[ast.Spanned]*types.Type            // that which is filled
}

// note keeps a type, where somebody wants to know.
func (n *typeNotes) note(x ast.Spanned, t *types.Type) {
	if n != nil && n.now != nil && x != nil {
		n.now[x] = t
	}
}

func (n *typeNotes) of(x ast.Spanned) *types.Type {
	if n == nil {
		return nil
	}
	if t := n.heads[x]; t != nil {
		return t
	}
	if t := n.components[x]; t != nil {
		return t
	}
	if t := n.tests[x]; t != nil {
		return t
	}
	return n.bodies[x.Span().File][x]
}

// describeDecl gives a symbol the words of its declaration.
func (s *Symbol) describeDecl(d ast.Decl, file *source.File) {
	s.decl, s.file, s.Doc = d, file, d.Docs()
}

// TypeAt is the type of the largest expression that ends at a place; "" where none is known.
func (x *Index) typeAt(file string, end int) *types.Type {
	if x.x == nil || x.x.s.last == nil {
		return nil
	}
	for _, p := range x.x.s.last.parts {
		if p.in.Name != file || end < p.base || end > p.base+len(p.file.Text) {
			continue
		}
		var found *types.Type
		for _, d := range p.tree.Decls {
			ast.Walk(d, func(n ast.Spanned) bool {
				at := n.Span()
				if at.Start > end-p.base || at.End < end-p.base {
					return false
				}
				if _, isExpr := n.(ast.Expr); isExpr && at.End == end-p.base && found == nil {
					found = x.x.noted(n)
				}
				return true
			})
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// kindOf is the kind of a component's symbol.
func kindOf(c *component) string {
	if c.kind == "" {
		return "component"
	}
	return string(c.kind)
}
