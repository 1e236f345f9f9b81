package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// Queries read the state of bolts. What one looks up is known before it runs: the keys follow from its parameters, so that all of it is asked for at once, and
// is of one moment.

// queryCheck is one query on its way to an ir.Query.
type queryCheck struct {
	out   *ir.Query
	where *scope // its parameters
	// Of a select: the name of its rows, and their fields; inRow says that a row is at hand.
	alias  string
	fields []types.Field
	locals []*ir.Local
	inRow  bool
	inKey  bool // in a key, which states have no part in
	// Of a select whose answer has a row for each group.
	aggregated bool
	groups     []int     // of fields
	inside     *ast.Call // an aggregate
	same       map[string]*ir.Aggregate
	noKey      bool // a key was left out, of which a parameter may be meant to be one
}

// queryFlags are what the command that asks takes for itself.
var queryFlags = []string{"store", "server", "http", "timeout", "user-file", "tls-ca", "help", "h"}

// checkQueries types the queries. It comes behind the bodies of bolts, whose states they read, and before what is proven of these.
func (c *compilation) checkQueries() {
	c.program.Queries = nil
	for _, comp := range c.order {
		comp.queried = false
	}
	first := map[string]*ast.Query{}
	for _, d := range c.queries {
		if d.Name == nil {
			continue
		}
		if before := first[d.Name.Name]; before != nil {
			c.again("query", d.Name, before.Name)
		} else {
			first[d.Name.Name] = d
		}
		c.program.Queries = append(c.program.Queries, c.checkQuery(d))
	}
}

func (c *compilation) checkQuery(d *ast.Query) *ir.Query {
	q := &queryCheck{out: &ir.Query{Name: d.Name.Name, Doc: d.Docs(), Span: d.Span()}}
	e := (&env{compilation: c, query: q}).inner()
	for _, p := range d.Params {
		q.out.Params = append(q.out.Params, e.queryParam(p))
	}
	q.where = e.scope
	for _, f := range d.Fields {
		if fieldIndex(q.out.Fields, f.Name.Name) >= 0 {
			c.err(declaredTwice, f.Name.Span(), "field %s stands twice in this answer", f.Name.Name).help("rename one of them")
		}
		q.out.Fields = append(q.out.Fields, types.Field{Name: f.Name.Name, Type: c.typeOf(f.Type)})
	}
	if len(d.Fields) == 0 {
		c.err(queryShape, d.Name.Span(), "query %s answers nothing", d.Name.Name).help("say what its answer has: `-> (n int)`")
		return q.out
	}
	if d.Select == nil {
		q.out.Row = e.queryRow(d, d.Row)
	} else {
		e.querySelect(d)
	}
	return q.out
}

// whole is what fails where an expression does.
func (e *env) whole() string {
	if e.query != nil {
		return "query"
	}
	return "tuple"
}

// rowField proposes a field of a query's rows for a bare name that is one.
func (e *env) rowField(x *ast.Name) bool {
	if e.query == nil || !e.query.inRow || fieldIndex(e.query.fields, x.Name) < 0 {
		return false
	}
	full := e.query.alias + "." + x.Name
	e.err(unknownName, x.Span(), "unknown name %s", x.Name).
		note("what a row has is always written with the name of the rows").
		fix(x.Span(), full, "write `%s`", full)
	return true
}

// queryParam declares a parameter.
func (e *env) queryParam(p *ast.Field) *ir.Local {
	t := e.typeOf(p.Type)
	if slices.Contains(queryFlags, strings.ReplaceAll(p.Name.Name, "_", "-")) {
		e.err(queryShape, p.Name.Span(), "--%s is a flag of the command that asks: no parameter can have its name", strings.ReplaceAll(p.Name.Name, "_", "-")).help("give it another name")
	}
	if p.Default != nil {
		e.err(queryShape, p.Default.Span(), "a parameter of a query has no default").help("make it one that may be missing, `%s %s?`, and say what stands for it where it is used: `%s ?? ...`", p.Name.Name, t, p.Name.Name)
	}
	l := e.declare(p.Name, t, "let")
	return l.ir
}

// queryRow types the values of a row.
func (e *env) queryRow(d *ast.Query, values []ast.Expr) []ir.Expr {
	q := e.query
	if len(values) != len(q.out.Fields) {
		for _, x := range values {
			e.expr(x, nil)
		}
		at := d.Name.Span()
		if len(values) > 0 {
			at = values[0].Span().To(values[len(values)-1].Span())
		}
		e.err(queryShape, at, "the answer of %s has %s, this is %s", d.Name.Name, plural(len(q.out.Fields), "field"), plural(len(values), "value")).
			note("it has %s", types.Schema(q.out.Fields)).help("write a value for each field")
		e.leave()
		return nil
	}
	var out []ir.Expr
	for i, x := range values {
		f := q.out.Fields[i]
		v := e.value(x, f.Type, "field "+f.Name+" of the answer")
		e.noSecret(v)
		out = append(out, v)
	}
	if d.Select == nil {
		e.leave()
	}
	return out
}

// noSecret reports a secret in an answer.
func (e *env) noSecret(v ir.Expr) {
	ir.WalkExpr(v, func(x ir.Expr) {
		if p, ok := x.(*ir.ParamRef); ok && p.Param.Secret {
			e.err(secretShown, x.At(), "a secret would be told to whoever asks").help("take it out of the answer")
		}
	})
}

// querySelect types `select ... from c: count.n ...`.
func (e *env) querySelect(d *ast.Query) {
	q, s := e.query, d.Select
	if e.scope.names[s.Alias.Name] != nil {
		e.err(declaredTwice, s.Alias.Span(), "%s names a parameter too", s.Alias.Name).help("give the rows another name")
	}
	comp, state, ok := e.selectFrom(s)
	if !ok {
		e.leaveAll()
		return
	}
	scan := &ir.Scan{Component: comp.ir}
	q.out.Scan, q.alias = scan, s.Alias.Name
	add := func(name *ast.Ident, f types.Field) *ir.Local {
		l := &ir.Local{ID: e.nextLocal(), Name: f.Name, Type: f.Type}
		q.fields, q.locals = append(q.fields, f), append(q.locals, l)
		return l
	}
	broken := false
	for _, one := range comp.body.states {
		if one.ir.Scope != ir.PerKey || state != nil && one != state {
			continue
		}
		one.used, broken = true, broken || one.broken
		if scan.Keys == nil {
			for _, k := range one.ir.Key {
				scan.Keys = append(scan.Keys, add(s.Alias, k))
			}
		}
		if fieldIndex(q.fields, one.ir.Name) < 0 { // else the key has that name
			scan.States = append(scan.States, one.ir)
			scan.Values = append(scan.Values, add(s.Alias, types.Field{Name: one.ir.Name, Type: one.ir.Type}))
		}
	}
	if broken {
		e.leaveAll()
		return
	}
	q.inRow = true
	if s.Where != nil {
		scan.Where = e.condition(s.Where, "the condition of `where`")
	}
	if q.aggregated = len(s.Group) > 0 || e.anyQueryAggregate(s); q.aggregated {
		e.queryGroups(s)
	}
	scan.Row = e.queryRow(d, s.Items)
	if s.Having != nil && !q.aggregated {
		e.err(queryGroups, s.Having.Span(), "`having` chooses among groups, and there are none").help("write `where`, which chooses among rows")
	} else if s.Having != nil {
		scan.Having = e.condition(s.Having, "the condition of `having`")
	}
	for _, o := range s.Order {
		v, named := e.orderByField(d, o)
		if !named {
			v = e.expr(o.By, nil)
		}
		if t := v.Type(); t.Kind != types.Invalid && !t.Ordered() {
			r := e.err(badOperands, o.By.Span(), "rows can't be ordered by a %s", t)
			if t.Kind == types.Optional && t.Elem.Ordered() {
				r.help("say what stands for a missing one: `%s ?? %s`", short(e.text(o.By.Span())), zeroText(t.Elem))
			}
		}
		scan.Order = append(scan.Order, ir.Order{By: v, Desc: o.Desc})
	}
	q.inRow = false
	if s.Limit != nil {
		scan.Limit = e.value(s.Limit, types.TInt, "the number of rows")
		if n, ok := ir.Constant(scan.Limit); ok && n.(int64) < 1 {
			e.err(queryShape, s.Limit.Span(), "a limit of %d rows leaves none", n.(int64)).help("write 1 or more")
		}
	}
	e.leave()
}

// orderByField is a bare name in `order by` that is a field of the answer.
func (e *env) orderByField(d *ast.Query, o *ast.Order) (ir.Expr, bool) {
	n, ok := o.By.(*ast.Name)
	if !ok || e.lookup(n.Name) != nil {
		return nil, false
	}
	i := fieldIndex(e.query.out.Fields, n.Name)
	if i < 0 || e.query.out.Scan == nil || i >= len(e.query.out.Scan.Row) {
		return nil, false
	}
	return e.query.out.Scan.Row[i], true
}

// leaveAll ends a query that can't be understood: nothing is said of what it does not use.
func (e *env) leaveAll() {
	for _, l := range e.scope.order {
		l.read = true
	}
}

// selectFrom finds the bolt of a select, and the state, where one is named.
func (e *env) selectFrom(s *ast.QuerySelect) (*component, *state, bool) {
	comp, rest := e.boltPath(s.Bolt)
	at := s.Bolt[0].Span().To(s.Bolt[len(s.Bolt)-1].Span())
	if comp == nil {
		e.unknownBolt(s.Bolt[0])
		return nil, nil, false
	}
	if !e.keeps(comp, at) {
		return nil, nil, false
	}
	keyed := slices.ContainsFunc(comp.body.states, func(s *state) bool { return s.ir.Scope == ir.PerKey })
	switch {
	case comp.body.store != nil:
		e.err(storedVisits, at, "the state of %s lies in a store: a select would go through its rows", comp.ir.Name).
			help("ask for the row of a key, `= (%s.%s[KEY])`; or ask the store itself", comp.ir.Name, comp.body.states[0].ir.Name)
		return nil, nil, false
	case len(rest) == 0 && !keyed:
		e.err(queryState, at, "%s keeps nothing by a key: it has no rows", comp.ir.Name).help("read what it keeps once by a row: `= (%s.STATE)`", comp.ir.Name)
		return nil, nil, false
	case len(rest) == 0:
		return comp, nil, true
	case len(rest) > 1:
		e.err(queryState, rest[1].Span(), "the rows of a state have no part %s here", rest[1].Name).help("write `from %s: %s.%s`", s.Alias.Name, comp.ir.Name, rest[0].Name)
		return nil, nil, false
	}
	st := e.stateNamed(comp, rest[0])
	if st == nil {
		return nil, nil, false
	}
	if st.ir.Scope != ir.PerKey {
		e.err(queryState, rest[0].Span(), "there is one %s in a task, which has no rows", st.ir.Name).help("read it by a row: `= (%s.%s)`", comp.ir.Name, st.ir.Name)
		return nil, nil, false
	}
	return comp, st, true
}

// boltPath finds the component that names begin with, and what of the names is left.
func (e *env) boltPath(names []*ast.Ident) (*component, []*ast.Ident) {
	comp := e.components[names[0].Name]
	names = names[1:]
	for comp != nil && len(names) > 0 {
		part := comp.part(names[0].Name)
		if part == nil {
			break
		}
		comp, names = part, names[1:]
	}
	return comp, names
}

// unknownBolt reports a name that no component has.
func (e *env) unknownBolt(name *ast.Ident) {
	if e.brokenComponents {
		return
	}
	e.err(unknownComponent, name.Span(), "unknown component %s", name.Name).choose(name.Span(), name.Name, "bolts that keep something", e.keeping())
}

// keeping are the bolts that keep something.
func (e *env) keeping() []string {
	var out []string
	for _, comp := range e.order {
		if comp.body != nil && len(comp.body.states) > 0 {
			out = append(out, comp.ir.Name)
		}
	}
	return out
}

// keeps reports whether a component keeps something that a query may read; if not it says so.
func (e *env) keeps(comp *component, at source.Span) bool {
	comp.queried = true
	switch {
	case comp.decl == nil || comp.open && comp.body == nil:
		return false // it could not be read
	case comp.body == nil && comp.decl.Body == nil || comp.body != nil && len(comp.body.states) == 0:
		r := e.err(queryState, at, "%s %s keeps nothing that a query could read", comp.kind, comp.ir.Name)
		switch {
		case comp.decl.Select != nil:
			r.help("the columns of a `select` can't be asked for yet: write the bolt with statements and a `state`")
		case comp.kind == ast.Bolt:
			r.help("a query reads the `state` of a bolt that is written here")
		default:
			r.help("a query reads the `state` of a bolt")
		}
		return false
	}
	return comp.body != nil
}

// stateNamed finds a state of a bolt; nil where there is none, or it is broken.
func (e *env) stateNamed(comp *component, name *ast.Ident) *state {
	s := comp.body.state(name.Name)
	if s == nil {
		if comp.unread {
			return nil
		}
		var names []string
		for _, other := range comp.body.states {
			names = append(names, other.ir.Name)
		}
		e.err(queryState, name.Span(), "%s keeps no %s", comp.ir.Name, name.Name).choose(name.Span(), name.Name, "it keeps", names)
		return nil
	}
	s.used = true
	if s.broken {
		return nil
	}
	return s
}

// chainOf are the names of `a.b.c`; nil of anything else.
func chainOf(x ast.Expr) []*ast.Ident {
	switch x := x.(type) {
	case *ast.Name:
		return []*ast.Ident{{Node: x.Node, Name: x.Name}}
	case *ast.Select:
		if before := chainOf(x.X); before != nil && !x.Optional {
			return append(before, x.Field)
		}
	}
	return nil
}

// component finds the bolt that `count.n` begins with; mine is false where the names mean something else.
func (q *queryCheck) component(e *env, x ast.Expr) (comp *component, rest []*ast.Ident, mine bool) {
	names := chainOf(x)
	if q == nil || len(names) < 2 || e.lookup(names[0].Name) != nil || e.values[names[0].Name] != nil || q.inRow && names[0].Name == q.alias {
		return nil, nil, false
	}
	comp, rest = e.boltPath(names)
	return comp, rest, comp != nil
}

// name types a bare name in a select: the whole row.
func (q *queryCheck) name(e *env, x *ast.Name) ir.Expr {
	if q == nil || !q.inRow || x.Name != q.alias {
		return nil
	}
	if q.aggregated && q.inside == nil {
		e.err(queryGroups, x.Span(), "%s is one row, and the answer has a row for each group", x.Name).help("name what its rows have in common, which stands behind `group by`; or write an aggregate, such as `count()`")
		return invalid(x)
	}
	t := &types.Type{Kind: types.Record, Fields: q.fields}
	rec := &ir.RecordLit{Typed: typed(t, x)}
	for _, l := range q.locals {
		rec.Values = append(rec.Values, &ir.LocalRef{Typed: typed(l.Type, x), Local: l})
	}
	return rec
}

// selector types `count.total`, a state that there is once, and `c.word` of a select's row; nil is none of these.
func (q *queryCheck) selector(e *env, x *ast.Select) ir.Expr {
	if q == nil {
		return nil
	}
	if n, ok := x.X.(*ast.Name); ok && q.inRow && n.Name == q.alias {
		i := fieldIndex(q.fields, x.Field.Name)
		if i < 0 {
			e.err(unknownField, x.Field.Span(), "%s has no field %s", n.Name, x.Field.Name).choose(x.Field.Span(), x.Field.Name, "its fields", fieldNames(q.fields))
			return invalid(x)
		}
		if q.aggregated && q.inside == nil && !slices.Contains(q.groups, i) {
			return q.ofOneRow(e, n.Name, x)
		}
		return &ir.LocalRef{Typed: typed(q.locals[i].Type, x), Local: q.locals[i]}
	}
	comp, rest, mine := q.component(e, x)
	if !mine || len(rest) != 1 {
		return nil
	}
	s := q.state(e, comp, rest[0], x)
	if s == nil {
		return invalid(x)
	}
	if s.ir.Scope == ir.PerKey {
		e.query.noKey = true
		e.err(queryKey, x.Span(), "there is one %s per %s: this does not say which", s.ir.Name, joinFields(s.ir.Key)).
			help("write `%s%s`; of all of them tells `select ... from c: %s`", short(e.text(x.Span())), keyBrackets(s.ir.Key), short(e.text(x.Span())))
		return invalid(x)
	}
	if s.ir.Scope == ir.PerTask && comp.ir.Many() {
		e.err(queryKey, x.Span(), "each of %s keeps a %s of its own: this does not say which", tasksOf(comp.ir), s.ir.Name).
			help("let %s have one task, or collect what the tasks know in a bolt behind it", comp.ir.Name)
		return invalid(x)
	}
	return q.get(e, comp, s, nil, x, s.ir.Type)
}

// keyed types `count.n[word]`; nil is something else.
func (q *queryCheck) keyed(e *env, x *ast.Index) ir.Expr {
	if q == nil {
		return nil
	}
	indexes := []ast.Expr{x.Index}
	inner := x.X
	for {
		i, ok := inner.(*ast.Index)
		if !ok {
			break
		}
		indexes, inner = append([]ast.Expr{i.Index}, indexes...), i.X
	}
	comp, rest, mine := q.component(e, inner)
	if !mine || len(rest) != 1 || comp.body == nil {
		return nil
	}
	named := comp.body.state(rest[0].Name)
	if named != nil && named.ir.Scope != ir.PerKey || named != nil && len(indexes) > len(named.ir.Key) {
		return nil // a part of what is kept: its own index is typed first
	}
	s := q.state(e, comp, rest[0], x)
	if s == nil {
		for _, i := range indexes {
			e.expr(i, nil)
		}
		return invalid(x)
	}
	if len(indexes) < len(s.ir.Key) {
		e.query.noKey = true
		e.err(queryKey, x.Span(), "there is one %s per %s: this does not say which", s.ir.Name, joinFields(s.ir.Key)).
			help("write `%s%s`", short(e.text(inner.Span())), keyBrackets(s.ir.Key))
		return invalid(x)
	}
	q.inKey = true
	var keys []ir.Expr
	ok := true
	for i, k := range s.ir.Key {
		v := e.value(indexes[i], k.Type, "the key "+k.Name)
		ok = ok && !isInvalid(v)
		keys = append(keys, v)
	}
	q.inKey = false
	if !ok {
		return invalid(x)
	}
	t := s.ir.Type
	if t.Kind != types.Optional {
		t = types.OptionalOf(t)
	}
	return q.get(e, comp, s, keys, x, t)
}

func keyBrackets(key []types.Field) string {
	out := ""
	for _, k := range key {
		out += "[" + k.Name + "]"
	}
	return out
}

// state finds what is looked up; nil where it can't be, which is reported.
func (q *queryCheck) state(e *env, comp *component, name *ast.Ident, x ast.Spanned) *state {
	switch {
	case q.inRow:
		e.err(queryState, x.Span(), "a select reads the rows of one bolt").help("take %s out, or make it a query of its own", short(e.text(x.Span())))
		return nil
	case q.inKey:
		e.err(queryKey, x.Span(), "what is looked up must follow from the parameters: all of it is read at one moment").
			help("make it two queries, the first of which answers the key of the second")
		return nil
	case !e.keeps(comp, x.Span()):
		return nil
	}
	return e.stateNamed(comp, name)
}

// get notes that a state is looked up.
func (q *queryCheck) get(e *env, comp *component, s *state, keys []ir.Expr, x ast.Spanned, t *types.Type) ir.Expr {
	l := &ir.Local{ID: e.nextLocal(), Name: s.ir.Name, Type: t}
	q.out.Gets = append(q.out.Gets, &ir.Get{Component: comp.ir, State: s.ir, Keys: keys, Local: l})
	return &ir.LocalRef{Typed: typed(t, x), Local: l}
}
