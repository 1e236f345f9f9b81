package compiler

import (
	"slices"
	"strconv"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// rowsBefore is a bolt before a query, which computes what it groups by.
type rowsBefore struct {
	comp   *component
	in     *input // what the query reads
	fields []types.Field
	values []ir.Expr
	env    *env
}

func (c *compilation) rowsBefore(s *selecting) *rowsBefore {
	d := s.comp.decl
	name := &ast.Ident{Node: s.comp.name.Node, Name: s.comp.name.Name + ".rows"}
	b := &component{
		decl: &ast.Component{Node: d.Node, Kind: ast.Bolt, Name: name, Inputs: []*ast.Input{s.decl.From}, Select: s.decl},
		name: name, kind: ast.Bolt, home: s.comp.home, rep: s.comp.rep, query: resolved, whole: s.comp, expanded: true,
		inputs: []*input{s.in}, rows: true,
	}
	b.ir = &ir.Component{Name: s.comp.ir.Name + ".rows", Kind: ir.Bolt, NameAt: name.Span(), Span: d.Span(), Tasks: 1, Inputs: []*ir.Input{s.in.ir}, Box: s.comp.ir.Box}
	sel := *s
	sel.comp, sel.place = b, "group by"
	return &rowsBefore{comp: b, in: s.in, fields: slices.Clone(s.in.ir.Fields), env: c.queryEnv(&sel)}
}

// add computes one more field, and returns its index; -1 where it can't be.
func (b *rowsBefore) add(c *compilation, s *selecting, x ast.Expr, text string) int {
	v := b.env.expr(x, nil)
	if isInvalid(v) {
		return -1
	}
	if v.Type().Kind == types.None {
		c.err(groupKey, x.Span(), "rows can't be grouped by what is always missing")
		return -1
	}
	name := ""
	for _, col := range s.decl.Columns {
		if col.X != nil && col.Name != nil && words(c.text(col.X.Span())) == text {
			name = col.Name.Name
		}
	}
	for n := len(b.values) + 1; name == "" || fieldIndex(b.fields, name) >= 0; n++ {
		name = "key" + strconv.Itoa(n)
	}
	b.fields, b.values = append(b.fields, types.Field{Name: name, Type: v.Type()}), append(b.values, v)
	return len(b.fields) - 1
}

// finish enters the bolt into the topology, and lets the query read it.
func (b *rowsBefore) finish(c *compilation, s *selecting, where ast.Expr) bool {
	comp := b.comp
	out := &stream{used: true, ir: &ir.Stream{From: comp.ir, Fields: b.fields, Span: s.decl.Span()}}
	if out.ir.Time = c.passedOn(b.in); s.window != nil && s.window.clock {
		out.ir.Time = s.clockTime(c)
	}
	comp.outputs, comp.ir.Outputs = []*stream{out}, []*ir.Stream{out.ir}
	emit := &ir.Emit{Pos: posOf(s.decl), Stream: out.ir}
	for i, f := range b.in.ir.Fields {
		emit.Args = append(emit.Args, &ir.FieldRef{Typed: typed(f.Type, s.decl), Input: b.in.ir, Index: i})
	}
	emit.Args = append(emit.Args, b.values...)
	block := &ir.Block{Stmts: []ir.Stmt{emit}}
	ok := true
	if where != nil {
		b.env.sel.place = "where"
		cond := b.env.condition(where, "the condition of `where`")
		ok = !isInvalid(cond)
		block = &ir.Block{Stmts: []ir.Stmt{&ir.If{Pos: posOf(where), Cond: cond, Then: block}}}
	}
	comp.ir.Body = &ir.Body{On: []*ir.Block{block}}
	for _, e := range b.in.edges {
		e.To = comp.ir
	}
	alongside(comp, b.in)
	next := &input{decl: b.in.decl, ir: &ir.Input{Alias: b.in.ir.Alias, Fields: b.fields}, used: true, sources: []*stream{out}, from: b.in.from[:1]}
	next.edges = []*ir.Edge{{Stream: out.ir, To: s.comp.ir, Input: next.ir, Span: s.decl.From.Span()}}
	s.in = next
	s.comp.inputs, s.comp.ir.Inputs = []*input{next}, []*ir.Input{next.ir}
	c.enter(comp)
	return ok
}

// alongside gives a bolt without state as many tasks as what it reads has, so that the two can be one.
func alongside(comp *component, in *input) {
	from := in.sources[0].ir.From
	for _, s := range in.sources {
		if s.ir.From != from {
			return
		}
	}
	comp.ir.Tasks, comp.ir.TasksParam = from.Tasks, from.TasksParam
	if latest := in.sources[0].ir.Latest; len(latest) > 0 && len(in.sources) == 1 {
		in.regroup(ir.ByFields, in.latestKeys())
		return
	}
	in.regroup(ir.ByLocal, nil)
}

// latestKeys are the fields by which the tuples of an input's first source replace one another.
func (in *input) latestKeys() []string {
	var names []string
	for _, k := range in.sources[0].ir.Latest {
		names = append(names, in.sources[0].ir.Fields[k].Name)
	}
	return names
}

// regroup sets how the tuples of an input spread.
func (in *input) regroup(kind ir.GroupingKind, keys []string) {
	in.grouping, in.keys = kind, keys
	for _, e := range in.edges {
		e.Grouping, e.Keys = kind, nil
		for _, k := range keys {
			e.Keys = append(e.Keys, fieldIndex(e.Stream.Fields, k))
		}
	}
}

// place says how a query's rows come to it, and where it runs.
func (c *compilation) place(comp *component, s *selecting) {
	if whole := comp.whole; whole != nil && s.grouped && comp.tasksAt.IsZero() {
		comp.ir.Tasks, comp.ir.TasksParam, comp.tasksAt = whole.ir.Tasks, whole.ir.TasksParam, whole.tasksAt
	}
	switch {
	case s.order != nil:
		comp.ir.Tasks, comp.ir.TasksParam = 1, nil
		s.in.regroup(ir.ByFields, []string{untilField})
	case !s.grouped:
		if comp.tasksAt.IsZero() && len(comp.inputs) == 1 {
			alongside(comp, s.in)
		} else if len(s.in.sources) == 1 && len(s.in.sources[0].ir.Latest) > 0 && comp.ir.Many() {
			s.in.regroup(ir.ByFields, s.in.latestKeys())
		}
	case len(s.keys) == 0:
		if comp.ir.Many() {
			s.in.regroup(ir.ByGlobal, nil)
		}
	default:
		var names []string
		for i, k := range s.keys {
			if s.window != nil && s.window.mark != nil && i == s.window.start && len(s.keys) > 1 {
				continue // all windows of a key in one place
			}
			names = append(names, s.in.ir.Fields[k.field].Name)
		}
		s.in.regroup(ir.ByFields, names)
	}
}

// besideQueries gives the bolts that stand before queries their place among the components.
func (c *compilation) besideQueries() {
	if len(c.before) == 0 {
		return
	}
	var order []*component
	for _, comp := range c.order {
		order = append(order, c.before[comp]...)
		delete(c.before, comp)
		order = append(order, comp)
	}
	c.order = order
}

// proveGroups warns of groups that become ever more.
func (c *compilation) proveGroups() {
	known := &endlessness{spout: map[*component]*component{}, none: map[*component]bool{}}
	for _, comp := range c.order {
		if comp.decl == nil || comp.decl.Select == nil || comp.open || comp.rows || comp.ordering != nil || comp.ir.Body == nil || len(comp.ir.Body.States) == 0 {
			continue
		}
		st := comp.ir.Body.States[0]
		if w := comp.sel.Window; comp.sel.TTL != nil || boundedKey(st.Key) || w != nil && w.Kind.Name != "count" {
			continue
		}
		c := c.of(comp)
		spout := known.above(c, comp)
		if spout == nil {
			continue
		}
		c.warn(groupsGrow, comp.name.Span(), "%s keeps a group for each %s as long as the topology runs", comp.name.Name, joinFields(st.Key)).
			related(spout.endless.Span(), "this has no end").
			help("write `ttl 24h` behind its keys to forget those that get no row for so long, or `ttl never` where there are few of them")
	}
}
