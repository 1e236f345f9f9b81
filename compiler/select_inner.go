package compiler

import (
	"strconv"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
)

// Queries in brackets, and parts of unions that group, are bolts of their own: `x.o` is what `x` reads as `o`. A union that leaves out rows
// which come twice is a `select distinct` over one that does not.

// groups reports whether the rows of a query are added up.
func (c *compilation) groups(q *ast.Selection) bool {
	return len(q.Keys) > 0 || q.Distinct != nil || c.anyAggregate(q)
}

// lowerQueries takes queries apart that have others within.
func (c *compilation) lowerQueries() {
	var order []*component
	for _, comp := range c.order {
		if comp.decl != nil && comp.decl.Select != nil && comp.sel == nil {
			l := &lowering{c: c.of(comp), comp: comp, whole: comp}
			comp.sel = l.query(comp.decl.Select)
			order = append(order, l.bolts...)
		}
		order = append(order, comp)
	}
	c.order = order
}

// lowering is a query that is taken apart.
type lowering struct {
	c           *compilation
	comp, whole *component
	bolts       []*component
	apart       bool // what stands in brackets in it is taken apart already
}

// query makes bolts of what stands within a query, and returns what is left.
func (l *lowering) query(q *ast.Selection) *ast.Selection {
	var parts []*ast.Selection
	once := 0 // the last part that a union adds which leaves out what comes twice
	q.Each(func(q *ast.Selection) {
		if !l.apart {
			l.sources(q.From)
			for _, j := range q.Joins {
				l.sources(j.Input)
			}
		}
		parts = append(parts, q)
		if q.Union != nil && q.All == nil {
			once = len(parts)
		}
	})
	if len(parts) == 1 {
		return l.ordered(q)
	}
	if once > 0 {
		first, last := parts[0], parts[once]
		head := &ast.Selection{Node: first.Node, Distinct: parts[once-1].UnionAt, Columns: []*ast.Column{{Node: first.Node}}}
		if last.TTL != nil && !l.c.groups(last) {
			// Behind the whole union: how long a row is known.
			copied := *last
			head.TTL, copied.TTL = last.TTL, nil
			parts[once] = &copied
		}
		head.From = l.reads("row", first.From.Node, l.bolt("union", l.chain(parts[:once+1], parts[0]), true))
		parts = append([]*ast.Selection{head}, parts[once+1:]...)
		if len(parts) == 1 {
			return head
		}
		return l.chain(parts, first)
	}
	return l.chain(parts, parts[0])
}

// sources makes a bolt of a query in brackets.
func (l *lowering) sources(in *ast.Input) {
	for _, src := range in.Sources {
		if src.Query != nil && in.Alias != nil {
			src.Component.Name = l.bolt(in.Alias.Name, src.Query, false).name.Name
		}
	}
}

// chain puts parts together by `union all`. What groups is a bolt of its own; columns have the names of the first part.
func (l *lowering) chain(parts []*ast.Selection, first *ast.Selection) *ast.Selection {
	var out *ast.Selection
	all := &ast.Ident{Node: first.Node, Name: "all"}
	for i := len(parts) - 1; i >= 0; i-- {
		q := *parts[i]
		q.Union, q.UnionAt, q.All = nil, nil, nil
		if l.c.groups(&q) {
			q.Columns = nil
			for n, col := range parts[i].Columns {
				if _, isField := col.X.(*ast.Select); col.X != nil && col.Name == nil && !isField && n < len(first.Columns) {
					named := *col
					named.Name = first.Columns[n].Name
					if sel, isField := first.Columns[n].X.(*ast.Select); isField && named.Name == nil {
						named.Name = sel.Field
					}
					col = &named
				}
				q.Columns = append(q.Columns, col)
			}
			whole := q
			b := l.bolt("part"+strconv.Itoa(i+1), &whole, true)
			q = ast.Selection{Node: q.Node, Columns: []*ast.Column{{Node: q.Node}}, From: l.reads("row", q.From.Node, b)}
		}
		if out != nil {
			q.Union, q.UnionAt, q.All = out, all, all
		}
		out = &q
	}
	return out
}

// reads is an input that reads such a bolt.
func (l *lowering) reads(alias string, at ast.Node, b *component) *ast.Input {
	return &ast.Input{Node: at, Alias: &ast.Ident{Node: at, Name: alias}, Sources: []*ast.Source{{Node: at, Component: &ast.Ident{Node: at, Name: b.name.Name}}}}
}

// bolt enters a query as a bolt into the topology. apart says that what stands in brackets in it is taken apart already.
func (l *lowering) bolt(suffix string, q *ast.Selection, apart bool) *component {
	names := l.comp.home.components
	free := suffix
	for n := 2; names[l.comp.name.Name+"."+free] != nil || free == "rows"; n++ {
		free = suffix + strconv.Itoa(n)
	}
	at := ast.Node{Pos: q.Pos, EndPos: q.Pos}
	at.EndPos.Offset, at.EndPos.Column = at.EndPos.Offset+len("select"), at.EndPos.Column+len("select")
	name := &ast.Ident{Node: at, Name: l.comp.name.Name + "." + free}
	b := &component{
		decl: &ast.Component{Node: q.Node, Kind: ast.Bolt, Name: name, Select: q}, name: name, kind: ast.Bolt,
		home: l.comp.home, rep: l.comp.rep, expanded: true, whole: l.whole,
	}
	b.ir = &ir.Component{Name: l.comp.ir.Name + "." + free, Kind: ir.Bolt, NameAt: name.Span(), Span: q.Span(), Tasks: 1, Box: l.comp.ir.Box}
	q.Each(func(q *ast.Selection) {
		b.decl.Inputs = append(b.decl.Inputs, q.From)
		for _, j := range q.Joins {
			b.decl.Inputs = append(b.decl.Inputs, j.Input)
		}
	})
	names[name.Name] = b
	inner := &lowering{c: l.c, comp: b, whole: l.whole, apart: apart}
	b.sel = inner.query(q)
	l.bolts = append(append(l.bolts, inner.bolts...), b)
	return b
}
