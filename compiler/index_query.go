package compiler

import "github.com/topo-lang/topo/lang/ast"

// query notes the names in a query.
func (x *indexer) query(m *module, d *ast.Query) {
	if d.Name == nil {
		return
	}
	sym := x.symbol("query", d.Name)
	sym.describeDecl(d, x.file(d))
	x.declares(d.Name, sym)
	s := &codeScope{x: x, m: m, asks: true, names: map[string]*Symbol{}, inputs: map[string]*Symbol{}, seen: d.Span()}
	c := x.c.of2(m)
	for _, p := range d.Params {
		l := x.local("parameter", p.Name, c.typeOf(p.Type), d.Span())
		x.declares(p.Name, l)
		s.names[p.Name.Name] = l
		x.typeExpr(m, p.Type)
	}
	fields := map[string]*Symbol{}
	for _, f := range d.Fields {
		one := x.symbol("field", f.Name)
		one.setType(c.typeOf(f.Type))
		one.In = sym
		x.declares(f.Name, one)
		fields[f.Name.Name] = one
		x.typeExpr(m, f.Type)
	}
	for _, v := range d.Row {
		x.code(s, v)
	}
	q := d.Select
	if q == nil {
		return
	}
	comp, rest := x.boltOf(m, q.Bolt)
	rows := x.local("input", q.Alias, nil, q.Span())
	x.declares(q.Alias, rows)
	if comp != nil {
		rows.parts = x.rowOf(comp)
		if len(rest) > 0 {
			x.ref(rest[0], x.stateOf(comp, rest[0].Name))
		}
	}
	s.inputs[q.Alias.Name] = rows
	for _, v := range q.Items {
		x.code(s, v)
	}
	x.code(s, q.Where)
	for _, v := range q.Group {
		x.code(s, v)
	}
	x.code(s, q.Having)
	ordered := *s
	ordered.names = map[string]*Symbol{}
	for name, f := range fields {
		ordered.names[name] = f
	}
	for name, l := range s.names {
		ordered.names[name] = l
	}
	for _, o := range q.Order {
		x.code(&ordered, o.By)
	}
	x.code(s, q.Limit)
}

// boltOf notes the names that lead to a bolt, and returns it with the names behind.
func (x *indexer) boltOf(m *module, names []*ast.Ident) (*component, []*ast.Ident) {
	comp := m.components[names[0].Name]
	if comp == nil {
		return nil, nil
	}
	x.ref(names[0], x.component(comp))
	names = names[1:]
	for len(names) > 0 {
		part := comp.part(names[0].Name)
		if part == nil {
			break
		}
		x.ref(names[0], x.component(part))
		comp, names = part, names[1:]
	}
	return comp, names
}

// stateOf is the symbol of a bolt's state; nil where it has none of that name.
func (x *indexer) stateOf(comp *component, name string) *Symbol {
	if st := comp.body.state(name); st != nil && st.decl != nil && st.decl.Name != nil {
		s := x.symbol("state", st.decl.Name)
		s.setType(st.ir.Type)
		return s
	}
	return nil
}

// rowOf are the fields of the rows of a bolt's keyed state: those of the key, which have the names of the tuples' fields, and the states.
func (x *indexer) rowOf(comp *component) (out []*Symbol) {
	if comp.body == nil {
		return nil
	}
	keyed := false
	for _, st := range comp.body.states {
		if len(st.ir.Key) == 0 {
			continue
		}
		for _, k := range st.ir.Key {
			if f := x.keyField(comp, k.Name); f != nil && !keyed {
				out = append(out, f)
			}
		}
		keyed = true
		if s := x.stateOf(comp, st.ir.Name); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// keyField is the field of a bolt's inputs that a part of its state's key is.
func (x *indexer) keyField(comp *component, name string) *Symbol {
	for _, in := range comp.inputs {
		if in.decl != nil && in.decl.Alias != nil {
			if f := x.by[in.decl.Alias].field(name); f != nil {
				return f
			}
		}
		if len(in.sources) == 0 || in.sources[0].ir == nil || in.sources[0].ir.From == nil {
			continue
		}
		if from := comp.home.components[in.sources[0].ir.From.Name]; from != nil {
			if f := x.stream(x.component(from), in.sources[0]).field(name); f != nil {
				return f
			}
		}
	}
	return nil
}

// asked notes `count.n` in a query; false where a selector is something else.
func (x *indexer) asked(s *codeScope, n *ast.Select) bool {
	names := chainOf(n)
	if !s.asks || len(names) < 2 || s.names[names[0].Name] != nil || s.inputs[names[0].Name] != nil || s.m.values[names[0].Name] != nil {
		return false
	}
	comp, rest := x.boltOf(s.m, names)
	if comp == nil {
		return false
	}
	if len(rest) > 0 {
		x.ref(rest[0], x.stateOf(comp, rest[0].Name))
	}
	return true
}
