package compiler

import (
	"maps"

	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// codeScope is what code can name, beside the namespace.
type codeScope struct {
	x      *indexer
	m      *module
	comp   *component
	inputs map[string]*Symbol
	states map[string]*Symbol
	names  map[string]*Symbol // locals
	seen   source.Span        // the block that they are declared in
	emits  func(stream string) *Symbol
	fields *Symbol // of an argument that is the name of a field: those of the input
	// selects: it is a query, which has aggregates.
	selects bool
	// asks: it is a question to the running topology, which names bolts and their states.
	asks bool
}

// inner is the scope of a block.
func (s *codeScope) inner(at source.Span) *codeScope {
	n := *s
	n.names, n.seen = maps.Clone(s.names), at
	if n.names == nil {
		n.names = map[string]*Symbol{}
	}
	return &n
}

// declare makes a local, which can be named behind its declaration.
func (s *codeScope) declare(name *ast.Ident, from int, t *types.Type) {
	if name == nil || s.names == nil {
		return
	}
	seen := s.seen
	seen.Start = max(seen.Start, from)
	l := s.x.local("local", name, t, seen)
	s.x.declares(name, l)
	s.names[name.Name] = l
}

// inputDecl notes an input, and returns its name and symbol.
func (x *indexer) inputDecl(m *module, d *ast.Input, seen source.Span) (string, *Symbol) {
	name, sym := "", (*Symbol)(nil)
	switch {
	case d.Alias != nil:
		name = d.Alias.Name
		sym = x.local("input", d.Alias, nil, seen)
		x.declares(d.Alias, sym)
	case len(d.Sources) > 0:
		name = d.Sources[0].Component.Name
		// It has the name of what it reads: to rename one is to rename both.
		sym = &Symbol{Kind: "input", Name: name, At: x.real(d.Sources[0].Component.Span()), Seen: x.real(seen)}
		if comp := m.components[name]; comp != nil {
			union(x.component(comp), sym)
		}
		x.symbols = append(x.symbols, sym)
	default:
		return "", nil
	}
	x.sources(m, sym, d.Sources)
	for _, s := range d.Sources {
		x.innerQuery(m, s)
		x.code(&codeScope{x: x, m: m}, s.LoopMax)
	}
	if g := d.Grouping; g != nil {
		for _, f := range g.Fields {
			x.ref(f, sym.field(f.Name))
		}
		x.goRef(g.Go)
	}
	return name, sym
}

// componentDecl notes a component and what stands in it.
func (x *indexer) componentDecl(m *module, comp *component, d *ast.Component) {
	sym := x.component(comp)
	x.declares(d.Name, sym)
	scope := &codeScope{x: x, m: m, comp: comp, inputs: map[string]*Symbol{}, states: map[string]*Symbol{}, seen: d.Span(), names: map[string]*Symbol{}}
	all := &Symbol{}
	var inputs []*Symbol
	for _, in := range d.Inputs {
		name, input := x.inputDecl(m, in, d.Span())
		inputs = append(inputs, input)
		if input == nil {
			continue
		}
		if scope.inputs[name] == nil {
			scope.inputs[name] = input
		}
		for _, f := range input.parts {
			if first := all.field(f.Name); first == nil {
				all.parts = append(all.parts, f)
			}
		}
	}
	scope.fields = all
	for _, o := range d.Outputs {
		for _, s := range comp.outputs {
			if s.decl == nil || s.decl.Span() != o.Span() { // where only statements have changed, the head is still that of the text before
				continue
			}
			out := x.stream(sym, s)
			if o.Name != nil {
				x.declares(o.Name, out)
			}
			x.output(m, out, o)
		}
	}
	scope.emits = func(name string) *Symbol { return x.stream(sym, comp.output(name)) }
	for _, o := range d.Options {
		if n, ok := o.Value.(*ast.Name); ok && o.Name.Name == "near" && m.components[n.Name] != nil {
			x.ref(&ast.Ident{Node: n.Node, Name: n.Name}, x.component(m.components[n.Name]))
			continue
		}
		x.code(&codeScope{x: x, m: m}, o.Value)
	}
	x.call(scope, comp, d)
	if d.Go != nil {
		x.goRef(d.Go)
		for _, a := range d.Go.Args {
			x.code(scope, a.Value)
		}
	}
	if d.Body != nil {
		x.body(scope, d)
	}
	if d.Select != nil {
		x.selection(scope, comp, d, inputs)
	}
}

// call notes `= file.lines(path: input)`.
func (x *indexer) call(scope *codeScope, comp *component, d *ast.Component) {
	if d.Call == nil {
		return
	}
	var params *Symbol
	switch fun := d.Call.Fun.(type) {
	case *ast.Name:
		name := &ast.Ident{Node: fun.Node, Name: fun.Name}
		if sig := scope.m.signatures[fun.Name]; sig != nil {
			params = x.signatureSymbol(sig)
		} else if g := scope.m.graphs[fun.Name]; g != nil {
			params = x.graphSymbol(g)
		}
		x.ref(name, params)
	case *ast.Select:
		if lib, ok := fun.X.(*ast.Name); ok {
			if m := x.c.of2(scope.m).anyLibrary(lib.Name); m != nil {
				x.ref(&ast.Ident{Node: lib.Node, Name: lib.Name}, x.library(m))
				if sig := m.signatures[fun.Field.Name]; sig != nil && sig.home == m {
					params = x.signatureSymbol(sig)
				} else if g := m.graphs[fun.Field.Name]; g != nil {
					params = x.graphSymbol(g)
				}
				x.ref(fun.Field, params)
			}
		}
	}
	for i, a := range d.Call.Args {
		var p *Symbol
		if a.Name != nil {
			p = params.field(a.Name.Name)
			x.ref(a.Name, p)
		} else if params != nil && i < len(params.parts) {
			p = params.parts[i]
		}
		if n, ok := a.Value.(*ast.Name); ok && p != nil && p.Kind == "key" && (p.Type == "" || p.Type == "field") {
			if f := scope.fields.field(n.Name); f != nil {
				x.ref(&ast.Ident{Node: n.Node, Name: n.Name}, f)
				continue
			}
		}
		x.code(scope, a.Value)
	}
	// What it reads is what comes into its graph.
	if comp.instance != nil && comp.instance.of != nil && comp.instance.of.inside != nil {
		g := comp.instance.of
		for i, in := range d.Inputs {
			name := ""
			switch {
			case len(g.inputs) == 1:
				name = g.inputs[0].name.Name
			case in.Alias != nil:
				name = in.Alias.Name
			case len(in.Sources) > 0:
				name = in.Sources[0].Component.Name
			}
			if to := g.inside.components[name]; to != nil && i < len(d.Inputs) {
				for _, out := range to.outputs {
					for _, src := range in.Sources {
						unite(x.stream(x.component(to), out), x.source(scope.m, src))
					}
				}
			}
		}
	}
}

// of2 is the compilation of another namespace, which says nothing.
func (c *compilation) of2(m *module) *compilation { return &compilation{c.shared, m, &reporter{}} }

// body notes the statements of a bolt: its states first, which all of them see.
func (x *indexer) body(scope *codeScope, d *ast.Component) {
	for _, st := range d.Body.Stmts {
		st, ok := st.(*ast.State)
		if !ok || st.Name == nil {
			continue
		}
		s := x.local("state", st.Name, nil, d.Body.Span())
		if b := scope.comp.body; b != nil {
			if known := b.state(st.Name.Name); known != nil {
				s.setType(known.ir.Type)
			}
		}
		s.Doc, s.In = st.Doc.Text, x.component(scope.comp)
		x.declares(st.Name, s)
		scope.states[st.Name.Name] = s
		x.typeExpr(scope.m, st.Type)
		for _, k := range st.Per {
			x.key(scope, k)
		}
		x.code(&codeScope{x: x, m: scope.m}, st.Initial)
		x.code(&codeScope{x: x, m: scope.m}, st.TTL)
	}
	x.block(scope, d.Body)
}

// key notes a field of the key of state: all inputs that have it must have it by one name.
func (x *indexer) key(scope *codeScope, k *ast.Ident) *Symbol {
	var first *Symbol
	for _, in := range scope.inputs {
		f := in.field(k.Name)
		if f == nil {
			continue
		}
		if first == nil {
			first = f
			x.ref(k, f)
		}
		union(first, f)
	}
	return first
}

func (x *indexer) block(outer *codeScope, b *ast.Block) {
	if b == nil {
		return
	}
	s := outer.inner(b.Span())
	for _, st := range b.Stmts {
		x.stmt(s, st)
	}
}

func (x *indexer) stmt(s *codeScope, st ast.Stmt) {
	end := st.Span().End
	switch st := st.(type) {
	case *ast.Block:
		x.block(s, st)
	case *ast.BadStmt:
		for _, n := range st.Names {
			if !st.State {
				s.declare(n, end, nil)
			}
		}
		for _, b := range st.Body {
			x.block(s, b)
		}
	case *ast.Let:
		x.code(s, st.Value)
		if st.Else != nil {
			inner := s.inner(st.Else.Body.Span())
			if st.Else.Why != nil {
				inner.declare(st.Else.Why, st.Else.Body.Span().Start, types.TString)
			}
			x.block(inner, st.Else.Body)
		}
		s.declare(st.Name, end, x.noted(st.Name))
	case *ast.Var:
		x.typeExpr(s.m, st.Type)
		x.code(s, st.Value)
		s.declare(st.Name, end, x.noted(st.Name))
	case *ast.Assign:
		n := len(x.refs)
		x.code(s, st.Target)
		for i := n; i < len(x.refs); i++ {
			if at := x.real(st.Target.Span()); x.refs[i].At.Start == at.Start {
				x.refs[i].Writes = true
			}
		}
		x.code(s, st.Value)
	case *ast.ExprStmt:
		x.code(s, st.X)
	case *ast.If:
		x.code(s, st.Cond)
		then := s
		if st.Let != nil && st.Then != nil {
			then = s.inner(st.Then.Span())
			then.declare(st.Let, st.Then.Span().Start, x.noted(st.Let))
		}
		x.block(then, st.Then)
		if st.Else != nil {
			x.stmt(s, st.Else)
		}
	case *ast.For:
		x.code(s, st.In)
		if st.Body != nil {
			inner := s.inner(st.Body.Span())
			inner.declare(st.Key, st.Body.Span().Start, x.noted(st.Key))
			if st.Value != nil {
				inner.declare(st.Value, st.Body.Span().Start, x.noted(st.Value))
			}
			x.block(inner, st.Body)
		}
	case *ast.MatchStmt:
		x.code(s, st.Match)
	case *ast.Emit:
		x.emit(s, st)
	case *ast.Fail:
		x.code(s, st.Why)
	case *ast.Return:
		x.code(s, st.Value)
	case *ast.On:
		if in := s.inputs[st.Input.Name]; in != nil {
			x.ref(st.Input, in)
		}
		x.block(s, st.Body)
	case *ast.Timer:
		x.code(s, st.Delay)
		x.perKey(s, st.Per, st.Body)
	case *ast.Finish:
		x.perKey(s, st.Per, st.Body)
	}
}

// perKey notes a block that may run for each key: the key's fields are its locals, and have one name with the fields.
func (x *indexer) perKey(s *codeScope, per []*ast.Ident, b *ast.Block) {
	inner := s
	if len(per) > 0 && b != nil {
		inner = s.inner(b.Span())
		for _, k := range per {
			if f := x.key(s, k); f != nil {
				inner.names[k.Name] = f
			}
		}
	}
	x.block(inner, b)
}

func (x *indexer) emit(s *codeScope, st *ast.Emit) {
	var out *Symbol
	if s.emits != nil {
		name := ""
		if st.Stream != nil {
			name = st.Stream.Name
		}
		out = s.emits(name)
	}
	if st.Stream != nil {
		x.ref(st.Stream, out)
	}
	x.arguments(s, st.Args, out)
	x.code(s, st.To)
}

// arguments notes arguments, whose names are parts of something.
func (x *indexer) arguments(s *codeScope, args []*ast.Arg, of *Symbol) {
	for _, a := range args {
		if a.Name != nil {
			x.ref(a.Name, of.field(a.Name.Name))
		}
		if a.Spread && of != nil {
			x.spread(s, a.Value, of)
		}
		x.code(s, a.Value)
	}
}

// spread says that the fields of what is spread have the names of what they fill.
func (x *indexer) spread(s *codeScope, v ast.Expr, of *Symbol) {
	if n, ok := v.(*ast.Name); ok && s.names[n.Name] == nil && s.states[n.Name] == nil {
		if in := s.inputs[n.Name]; in != nil {
			unite(of, in)
			return
		}
	}
	t := x.noted(v)
	if t == nil {
		return
	}
	for _, f := range t.Fields {
		union(of.field(f.Name), x.recordField(t, f.Name))
	}
}

// typeExpr notes a written type.
func (x *indexer) typeExpr(m *module, t *ast.Type) {
	switch {
	case t == nil:
	case t.List != nil:
		x.typeExpr(m, t.List)
	case t.Map != nil:
		x.typeExpr(m, t.Map.Key)
		x.typeExpr(m, t.Map.Value)
	case t.Name != nil:
		x.typeName(m, t.Library, t.Name)
	}
}

func (x *indexer) typeName(m *module, lib, name *ast.Ident) {
	if lib != nil {
		home := x.c.of2(m).anyLibrary(lib.Name)
		if home == nil {
			return
		}
		x.ref(lib, x.library(home))
		m = home
	}
	if t := m.types[name.Name]; t != nil {
		x.ref(name, x.typeSymbol(t))
	} else if types.Basic(name.Name) != nil {
		x.ref(name, x.word("builtin", name.Name))
	}
}
