package compiler

import (
	"slices"

	"github.com/topo-lang/topo/lang/ast"
)

// selection notes the names in a bolt that is a query; inputs are the symbols of what its parts read, in their order.
func (x *indexer) selection(outer *codeScope, comp *component, d *ast.Component, inputs []*Symbol) {
	out := x.stream(x.component(comp), comp.output(""))
	first := d.Select
	d.Select.Each(func(q *ast.Selection) {
		s := *outer
		s.selects, s.inputs, s.names = true, map[string]*Symbol{}, map[string]*Symbol{}
		read := 1 + len(q.Joins)
		for i := range min(read, len(inputs)) {
			if in := inputs[i]; in != nil {
				s.inputs[in.Name] = in
			}
		}
		inputs = inputs[min(read, len(inputs)):]
		row := s
		row.names = nil
		x.code(&row, q.Where)
		for _, k := range q.Keys {
			x.code(&row, k)
		}
		x.code(&codeScope{x: x, m: s.m}, q.TTL)
		for _, col := range q.Columns {
			x.code(&s, col.X)
			x.columnDecl(&s, out, col, q == first)
		}
		for _, j := range q.Joins {
			x.code(&row, j.On)
			x.code(&row, j.Within)
		}
		if q.Window != nil {
			x.code(&codeScope{x: x, m: s.m}, q.Window.Size)
			x.code(&codeScope{x: x, m: s.m}, q.Window.Every)
		}
		x.code(&codeScope{x: x, m: s.m}, q.Early)
		x.code(&s, q.Having)
		for _, o := range q.Order {
			x.code(&s, o.By)
		}
		x.code(&s, q.Limit)
	})
}

// innerQuery notes the names in a query in brackets.
func (x *indexer) innerQuery(m *module, src *ast.Source) {
	comp := m.components[src.Component.Name]
	if src.Query == nil || comp == nil || comp.decl == nil {
		return
	}
	scope := &codeScope{x: x, m: m, comp: comp, inputs: map[string]*Symbol{}, states: map[string]*Symbol{}, seen: src.Span(), names: map[string]*Symbol{}}
	var inputs []*Symbol
	for _, in := range comp.decl.Inputs {
		_, sym := x.inputDecl(m, in, src.Span())
		inputs = append(inputs, sym)
	}
	x.selection(scope, comp, comp.decl, inputs)
}

// columnDecl notes what a column is called: its own name, or that of the field which it is.
func (x *indexer) columnDecl(s *codeScope, out *Symbol, col *ast.Column, named bool) {
	if col.Name != nil {
		if f := out.field(col.Name.Name); f != nil && named {
			x.declares(col.Name, f)
			s.names[f.Name] = f
		}
		return
	}
	if col.X == nil {
		for _, in := range s.inputs {
			unite(in, out)
		}
		return
	}
	if sel, ok := col.X.(*ast.Select); ok {
		if f := out.field(sel.Field.Name); f != nil && named {
			s.names[f.Name] = f
			if n, ok := sel.X.(*ast.Name); ok {
				union(f, s.inputs[n.Name].field(f.Name))
			}
		}
	}
}

// aggregateWord is the symbol of an aggregate of the language; nil where a call is none.
func (s *codeScope) aggregateWord(name string) *Symbol {
	if !s.selects || !slices.Contains(aggregateNames, name) {
		return nil
	}
	return s.x.word("builtin", name)
}
